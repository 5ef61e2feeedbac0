//! What is published through `guildhall` is pulled with clients that others wrote, byte for byte.

use guildhall_package::Digest;
use guildhall_tests::proxy::Proxy;
use guildhall_tests::puller::Puller;
use guildhall_tests::{Draft, Home, Market, Value, json};
use std::fs;
use std::path::Path;

/// A marketplace with two versions of one skill. The digest of the first release, and its component.
fn published() -> (Market, Home, String, Vec<u8>) {
    let market = Market::start();
    let author = market.author("ann", "acme");
    let draft = Draft::new("acme/shop", "1.0.0");
    let digest = draft.release(&author)["release"]
        .as_str()
        .unwrap()
        .to_owned();
    Draft::new("acme/shop", "1.1.0").release(&author);
    (market, author, digest, draft.component())
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn json_file(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&read(folder, name)).unwrap()
}

#[test]
fn oci_client_pulls_a_release_and_all_that_is_attached_to_it() {
    let (market, _author, digest, component) = published();
    let home = Home::new();
    let mut answers = Vec::new();
    for (name, reference) in [("tag", "1.0.0"), ("digest", &digest)] {
        let folder = home.folder(name);
        let found = Puller::OciClient
            .pull(market.address(), "acme/shop", reference, &folder)
            .unwrap();
        assert_eq!(found["digest"], *digest);
        assert_eq!(found["head"], *digest);
        assert_eq!(found["media_type"], "application/wasm");
        assert_eq!(found["tags"], json!(["1.0.0", "1.1.0", "latest"]));
        assert_eq!(
            Digest::of(&read(&folder, "manifest.json")).to_string(),
            digest
        );
        assert_eq!(read(&folder, "component.wasm"), component);
        let from = usize::try_from(found["part"].as_u64().unwrap()).unwrap();
        assert_eq!(read(&folder, "part.wasm"), component[from..]);
        let config = json_file(&folder, "config.json");
        assert_eq!(
            config["layerDigests"],
            json!([Digest::of(&component).to_string()])
        );
        // Both statements and the golden cases, each bound to this release.
        let attached = found["attached"].as_array().unwrap().clone();
        assert_eq!(attached.len(), 3, "{attached:#?}");
        assert!(attached.iter().all(|one| one["subject"] == *digest));
        answers.push(found);
    }
    assert_eq!(answers[0], answers[1], "a tag and a digest name the same");
}

#[test]
fn wasm_pkg_client_learns_from_the_registry_how_to_pull_and_gets_the_component() {
    let (market, _author, _, component) = published();
    let folder = Home::new().folder("pulled");
    let found = Puller::WasmPkg
        .pull(market.address(), "acme/shop", "1.0.0", &folder)
        .unwrap();
    assert_eq!(found["versions"], json!(["1.0.0", "1.1.0"]));
    assert_eq!(found["content"], Digest::of(&component).to_string());
    assert_eq!(read(&folder, "component.wasm"), component);
}

#[test]
fn oras_of_pypi_pulls_the_component() {
    let (market, _author, digest, component) = published();
    let home = Home::new();
    for (name, reference) in [("tag", "1.0.0"), ("digest", &digest)] {
        let folder = home.folder(name);
        let found = Puller::Oras
            .pull(market.address(), "acme/shop", reference, &folder)
            .unwrap();
        assert_eq!(found["tags"], json!(["1.0.0", "1.1.0", "latest"]));
        let files = found["files"].as_array().unwrap();
        assert_eq!(files.len(), 1, "{found:#}");
        assert_eq!(fs::read(files[0].as_str().unwrap()).unwrap(), component);
        assert_eq!(
            found["manifest"]["layers"][0]["digest"],
            Digest::of(&component).to_string()
        );
    }
}

#[test]
fn skopeo_copies_a_release_out_with_its_digests() {
    let (market, _author, digest, component) = published();
    let home = Home::new();
    for (name, reference) in [("tag", "1.0.0"), ("digest", &digest)] {
        let folder = home.folder(name);
        Puller::Skopeo
            .pull(market.address(), "acme/shop", reference, &folder)
            .unwrap();
        let index = json_file(&folder, "index.json");
        assert_eq!(index["manifests"].as_array().unwrap().len(), 1);
        assert_eq!(index["manifests"][0]["digest"], *digest);
        let blob = |digest: &str| read(&folder, &format!("blobs/{}", digest.replace(':', "/")));
        let manifest = blob(&digest);
        assert_eq!(Digest::of(&manifest).to_string(), digest);
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let named = |descriptor: &Value| descriptor["digest"].as_str().unwrap().to_owned();
        assert_eq!(blob(&named(&manifest["layers"][0])), component);
        let config = named(&manifest["config"]);
        assert_eq!(Digest::of(&blob(&config)).to_string(), config);
    }
}

#[test]
fn what_is_revoked_can_no_longer_be_pulled_and_what_is_yanked_only_by_who_names_it() {
    let (market, author, digest, component) = published();
    let home = Home::new();
    let withdraw = |version: &str, more: &[&str]| {
        let what = format!("acme/shop@{version}");
        let mut args = vec!["yank", &what, "--reason", "rounds wrongly", "--json"];
        args.extend(more);
        let _ = author.guildhall(args).exits(0);
    };
    withdraw("1.0.0", &[]);
    let folder = home.folder("yanked");
    let found = Puller::OciClient
        .pull(market.address(), "acme/shop", "1.0.0", &folder)
        .unwrap();
    assert_eq!(found["tags"], json!(["1.1.0", "latest"]));
    assert_eq!(read(&folder, "component.wasm"), component);
    withdraw("1.0.0", &["--revoke"]);
    for puller in Puller::ALL {
        for reference in ["1.0.0", &digest] {
            // wasm-pkg-client knows no digests.
            if puller == Puller::WasmPkg && reference == digest {
                continue;
            }
            let folder = home.folder(&format!("{puller:?}-{}", &reference[..5]));
            let refused = puller.pull(market.address(), "acme/shop", reference, &folder);
            assert!(refused.is_err(), "{puller:?} {reference}: {refused:?}");
        }
    }
}

#[test]
fn clients_that_check_digests_refuse_what_somebody_changed_on_the_way() {
    let (market, _author, digest, _) = published();
    let proxy = Proxy::before(market.address());
    let registry = proxy.url().replace("http://", "");
    let home = Home::new();
    let pull = |puller: Puller, what: &str| {
        let folder = home.folder(&format!("{puller:?}-{what}"));
        puller.pull(&registry, "acme/shop", "1.0.0", &folder)
    };
    // oras of PyPI checks no digest, which is said in docs/threat-model.md.
    let checking = [Puller::OciClient, Puller::WasmPkg, Puller::Skopeo];
    for puller in checking {
        let _ = pull(puller, "unchanged").unwrap();
    }
    proxy.changing(|path, body| {
        if path.contains("/blobs/") {
            let at = body.len() / 2;
            body[at] ^= 1;
        }
    });
    for puller in checking {
        let refused = pull(puller, "changed");
        assert!(refused.is_err(), "{puller:?} took it: {refused:?}");
    }
    // Nobody can be given another manifest for a digest.
    proxy.changing(|path, body| {
        if path.contains("/manifests/") {
            body.push(b' ');
        }
    });
    for puller in [Puller::OciClient, Puller::Skopeo] {
        let folder = home.folder(&format!("{puller:?}-manifest"));
        let refused = puller.pull(&registry, "acme/shop", &digest, &folder);
        assert!(refused.is_err(), "{puller:?} took it: {refused:?}");
    }
}
