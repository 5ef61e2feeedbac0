//! Pulling, as the OCI distribution specification 1.1 asks for it.

use guildhall_package::Digest;
use guildhall_package::trust::release::oci::{ImageIndex, ImageManifest};
use reqwest::{Method, Response};
use serde_json::Value;

use crate::author::{Author, Package};
use crate::both;
use crate::component::Recipe;
use crate::shop::{Db, Shop, answer};

both!(
    manifests_by_tag_and_digest,
    blobs_whole_and_in_part,
    a_blob_is_the_same_before_the_router_and_behind_it,
    tags_in_order_and_in_pages,
    referrers_of_a_release
);
both!(
    writing_is_refused_in_the_words_of_oci,
    what_is_not_released_is_not_here,
    a_large_component_is_streamed
);

async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    let error = &body["errors"][0];
    assert!(!error["message"].as_str().unwrap().is_empty());
    (status, error["code"].as_str().unwrap().to_owned())
}

async fn open(db: Db) -> (Shop, Author, Package) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let component = Recipe::new("northwind/invoices", "1.0.0")
        .padded(10_000)
        .build();
    let package = Package::signed(component, Some(b"golden".to_vec()), &author.key);
    author.released(&shop, &package).await;
    (shop, author, package)
}

async fn manifests_by_tag_and_digest(db: Db) {
    let (shop, _, package) = open(db).await;
    let base = shop.get("/v2/").await;
    assert_eq!(base.status(), 200);
    assert_eq!(
        base.headers()["docker-distribution-api-version"],
        "registry/2.0"
    );
    let digest = package.artifact.release.to_string();
    for reference in ["1.0.0", "latest", digest.as_str()] {
        let path = format!("/v2/northwind/invoices/manifests/{reference}");
        let got = shop.get(&path).await;
        assert_eq!(got.headers()["docker-content-digest"], digest.as_str());
        assert_eq!(
            got.headers()["content-type"],
            "application/vnd.oci.image.manifest.v1+json"
        );
        let length = got.headers()["content-length"].clone();
        assert_eq!(got.bytes().await.unwrap(), package.artifact.manifest);
        let head = shop.ask(Method::HEAD, &path).send().await.unwrap();
        assert_eq!(head.status(), 200);
        assert_eq!(head.headers()["docker-content-digest"], digest.as_str());
        assert_eq!(head.headers()["content-length"], length);
        assert!(head.bytes().await.unwrap().is_empty());
        let known = shop
            .ask(Method::GET, &path)
            .header("if-none-match", format!("\"{digest}\""));
        assert_eq!(known.send().await.unwrap().status(), 304);
    }
    for (reference, wanted) in [
        ("2.0.0", (404, "MANIFEST_UNKNOWN")),
        ("a%20b", (404, "MANIFEST_UNKNOWN")),
        ("1.0", (404, "MANIFEST_UNKNOWN")),
        ("sha256:abc", (400, "DIGEST_INVALID")),
        (
            &digest.to_uppercase().replace("SHA256", "sha256"),
            (400, "DIGEST_INVALID"),
        ),
        (&format!("md5:{}", "a".repeat(32)), (400, "DIGEST_INVALID")),
        (
            &format!("sha512:{}", "a".repeat(128)),
            (404, "MANIFEST_UNKNOWN"),
        ),
        (&Digest::of(b"no").to_string(), (404, "MANIFEST_UNKNOWN")),
        // A blob is no manifest.
        (
            &package.artifact.component.to_string(),
            (404, "MANIFEST_UNKNOWN"),
        ),
    ] {
        let found = code(
            shop.get(&format!("/v2/northwind/invoices/manifests/{reference}"))
                .await,
        )
        .await;
        assert_eq!((found.0, found.1.as_str()), wanted, "{reference}");
    }
    let none = code(shop.get("/v2/northwind/nothing/manifests/1.0.0").await).await;
    assert_eq!(none, (404, "NAME_UNKNOWN".to_owned()));
    let deep = code(shop.get("/v2/a/b/c/manifests/1.0.0").await).await;
    assert_eq!(deep, (404, "NAME_UNKNOWN".to_owned()));
    let registry: Value = shop.get_json("/.well-known/wasm-pkg/registry.json").await;
    assert_eq!(registry["preferredProtocol"], "oci");
}

async fn blobs_whole_and_in_part(db: Db) {
    let (shop, _, package) = open(db).await;
    let digest = package.artifact.component.to_string();
    let path = format!("/v2/northwind/invoices/blobs/{digest}");
    let size = package.component.len();
    let got = shop.get(&path).await;
    assert_eq!(got.headers()["docker-content-digest"], digest.as_str());
    assert_eq!(got.headers()["accept-ranges"], "bytes");
    assert_eq!(got.headers()["content-length"], size.to_string().as_str());
    assert_eq!(got.bytes().await.unwrap(), package.component);
    let head = shop.ask(Method::HEAD, &path).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-length"], size.to_string().as_str());
    assert!(head.bytes().await.unwrap().is_empty());
    let ranged = async |range: &str| {
        let request = shop.ask(Method::GET, &path).header("range", range);
        request.send().await.unwrap()
    };
    for (range, first, last) in [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, size - 1),
        ("bytes=-7", size - 7, size - 1),
        ("bytes=5-999999999", 5, size - 1),
    ] {
        let got = ranged(range).await;
        assert_eq!(got.status(), 206, "{range}");
        assert_eq!(
            got.headers()["content-range"],
            format!("bytes {first}-{last}/{size}").as_str()
        );
        assert_eq!(
            got.headers()["content-length"],
            (last - first + 1).to_string().as_str()
        );
        assert_eq!(got.bytes().await.unwrap(), package.component[first..=last]);
    }
    let behind = ranged(&format!("bytes={size}-")).await;
    assert_eq!(
        behind.headers()["content-range"],
        format!("bytes */{size}").as_str()
    );
    assert_eq!(code(behind).await.0, 416);
    assert_eq!(ranged("bytes=0-1,3-4").await.status(), 200);
    let other = shop
        .ask(Method::GET, &path)
        .header("range", "bytes=0-9")
        .header("if-range", "\"sha256:other\"");
    assert_eq!(other.send().await.unwrap().status(), 200);
    let known = shop
        .ask(Method::GET, &path)
        .header("if-none-match", format!("\"{digest}\""));
    assert_eq!(known.send().await.unwrap().status(), 304);
    // Everything that a pull needs is there: config, statements, golden cases, the empty config of what is attached.
    for blob in [
        package.artifact.config_digest,
        Digest::of(&package.statement),
        Digest::of(b"golden"),
        Digest::of(b"{}"),
        package.artifact.release,
    ] {
        let got = shop
            .get(&format!("/v2/northwind/invoices/blobs/{blob}"))
            .await;
        assert_eq!(Digest::of(&got.bytes().await.unwrap()), blob);
    }
    let wrong = code(shop.get("/v2/northwind/invoices/blobs/sha256:zz").await).await;
    assert_eq!(wrong, (400, "DIGEST_INVALID".to_owned()));
    let none = shop
        .get(&format!(
            "/v2/northwind/invoices/blobs/{}",
            Digest::of(b"no")
        ))
        .await;
    assert_eq!(code(none).await, (404, "BLOB_UNKNOWN".to_owned()));
    // A blob of another skill is not one of this one.
    let elsewhere = shop
        .get(&format!("/v2/northwind/letters/blobs/{digest}"))
        .await;
    assert_eq!(code(elsewhere).await, (404, "NAME_UNKNOWN".to_owned()));
}

async fn a_blob_is_the_same_before_the_router_and_behind_it(db: Db) {
    let (shop, _, package) = open(db).await;
    let digest = package.artifact.component.to_string();
    let plain = format!("/v2/northwind/invoices/blobs/{digest}");
    // What is written otherwise is left to the router.
    let encoded = format!("/v2/%6eorthwind/invoices/blobs/{digest}");
    let tag = format!("\"{digest}\"");
    for (name, value) in [
        ("accept", "*/*"),
        ("range", "bytes=3-9"),
        ("range", "bytes=99999999-"),
        ("if-none-match", tag.as_str()),
    ] {
        let mut answers = Vec::new();
        for path in [&plain, &encoded] {
            let asked = shop.ask(Method::GET, path).header(name, value);
            let got = asked.send().await.unwrap();
            let mut headers = got.headers().clone();
            assert!(headers.remove("x-request-id").is_some(), "{path}");
            headers.remove("date");
            answers.push((got.status(), headers, got.bytes().await.unwrap()));
        }
        assert_eq!(answers[0], answers[1], "{name}: {value}");
        assert_eq!(answers[0].1["x-content-type-options"], "nosniff");
    }
    let metrics = shop.get("/metrics").await.text().await.unwrap();
    let counted =
        r#"requests_total{route="/v2/{publisher}/{skill}/blobs/{digest}",status="2xx"} 4"#;
    assert!(metrics.contains(counted), "{metrics}");
}

async fn tags_in_order_and_in_pages(db: Db) {
    let (shop, author, _) = open(db).await;
    for version in ["1.0.10", "1.0.9", "2.0.0-rc.1"] {
        author
            .released(&shop, &author.release("invoices", version))
            .await;
    }
    let path = "/v2/northwind/invoices/tags/list";
    let all: Value = shop.get_json(path).await;
    assert_eq!(all["name"], "northwind/invoices");
    assert_eq!(
        all["tags"],
        serde_json::json!(["1.0.0", "1.0.10", "1.0.9", "2.0.0-rc.1", "latest"])
    );
    let mut at = format!("{path}?n=2");
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..3 {
        let response = shop.get(&at).await;
        let link = response
            .headers()
            .get("link")
            .map(|link| link.to_str().unwrap().to_owned());
        let page: Value = answer(response).await;
        let tags: Vec<String> = serde_json::from_value(page["tags"].clone()).unwrap();
        assert!(tags.len() <= 2);
        seen.extend(tags);
        match link {
            Some(link) => {
                let (next, rel) = link.split_once(">; ").unwrap();
                assert_eq!(rel, "rel=\"next\"");
                at = next.trim_start_matches('<').to_owned();
            }
            None => break,
        }
    }
    assert_eq!(serde_json::json!(seen), all["tags"]);
    let none: Value = shop.get_json(&format!("{path}?n=0")).await;
    assert_eq!(none["tags"], serde_json::json!([]));
    let rest: Value = shop.get_json(&format!("{path}?last=1.0.9")).await;
    assert_eq!(rest["tags"], serde_json::json!(["2.0.0-rc.1", "latest"]));
    assert_eq!(code(shop.get(&format!("{path}?n=x")).await).await.0, 400);
    let none = code(shop.get("/v2/northwind/nothing/tags/list").await).await;
    assert_eq!(none, (404, "NAME_UNKNOWN".to_owned()));
    // A pre-release is never the latest.
    let latest = shop.get("/v2/northwind/invoices/manifests/latest").await;
    let tenth = shop.get("/v2/northwind/invoices/manifests/1.0.10").await;
    assert_eq!(
        latest.headers()["docker-content-digest"],
        tenth.headers()["docker-content-digest"]
    );
}

async fn referrers_of_a_release(db: Db) {
    let (shop, _, package) = open(db).await;
    let path = format!(
        "/v2/northwind/invoices/referrers/{}",
        package.artifact.release
    );
    let response = shop.get(&path).await;
    assert_eq!(
        response.headers()["content-type"],
        "application/vnd.oci.image.index.v1+json"
    );
    assert!(response.headers().get("oci-filters-applied").is_none());
    let index: ImageIndex = answer(response).await;
    assert_eq!(index.manifests.len(), 3);
    for descriptor in &index.manifests {
        let got = shop
            .get(&format!(
                "/v2/northwind/invoices/manifests/{}",
                descriptor.digest
            ))
            .await
            .bytes()
            .await
            .unwrap();
        assert_eq!(Digest::of(&got), descriptor.digest);
        assert_eq!(u64::try_from(got.len()).unwrap(), descriptor.size);
        let manifest: ImageManifest = serde_json::from_slice(&got).unwrap();
        assert_eq!(manifest.subject.unwrap().digest, package.artifact.release);
        assert_eq!(manifest.artifact_type, descriptor.artifact_type);
        let layer = manifest.layers[0].digest;
        let blob = shop
            .get(&format!("/v2/northwind/invoices/blobs/{layer}"))
            .await;
        assert_eq!(Digest::of(&blob.bytes().await.unwrap()), layer);
    }
    let one = shop
        .get(&format!(
            "{path}?artifactType=application/vnd.guildhall.golden.v1%2Btar"
        ))
        .await;
    assert_eq!(one.headers()["oci-filters-applied"], "artifactType");
    let index: ImageIndex = answer(one).await;
    assert_eq!(index.manifests.len(), 1);
    let none: ImageIndex = shop.get_json(&format!("{path}?artifactType=other")).await;
    assert!(none.manifests.is_empty());
    let unknown: ImageIndex = shop
        .get_json(&format!(
            "/v2/northwind/invoices/referrers/{}",
            Digest::of(b"no")
        ))
        .await;
    assert!(unknown.manifests.is_empty());
    let wrong = code(shop.get("/v2/northwind/invoices/referrers/sha256:1").await).await;
    assert_eq!(wrong, (400, "DIGEST_INVALID".to_owned()));
}

async fn writing_is_refused_in_the_words_of_oci(db: Db) {
    let (shop, author, package) = open(db).await;
    for (method, path) in [
        (Method::POST, "blobs/uploads/".to_owned()),
        (Method::PUT, "manifests/1.0.0".to_owned()),
        (Method::DELETE, "manifests/1.0.0".to_owned()),
        (
            Method::DELETE,
            format!("blobs/{}", package.artifact.component),
        ),
        (Method::PATCH, "blobs/uploads/x".to_owned()),
        (Method::PUT, "tags/list".to_owned()),
    ] {
        let request = shop
            .ask(method.clone(), &format!("/v2/northwind/invoices/{path}"))
            .bearer_auth(&author.token)
            .body("x");
        let found = code(request.send().await.unwrap()).await;
        assert_eq!(found, (405, "UNSUPPORTED".to_owned()), "{method} {path}");
    }
    assert_eq!(
        shop.get("/v2/northwind/invoices/manifests/1.0.0")
            .await
            .status(),
        200
    );
}

async fn what_is_not_released_is_not_here(db: Db) {
    let (shop, author, _) = open(db).await;
    shop.reviewer.now(crate::reviewer::Does::Hangs);
    let staged = author.release("invoices", "3.0.0");
    assert_eq!(author.upload(&shop, &staged).await.status(), 202);
    for path in [
        "manifests/3.0.0".to_owned(),
        format!("manifests/{}", staged.artifact.release),
        format!("blobs/{}", staged.artifact.component),
        format!("blobs/{}", Digest::of(&staged.statement)),
    ] {
        let got = shop.get(&format!("/v2/northwind/invoices/{path}")).await;
        assert_eq!(got.status(), 404, "{path}");
    }
}

async fn a_large_component_is_streamed(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let recipe = Recipe::new("northwind/large", "1.0.0").padded(9 << 20);
    let package = author.pack(&recipe);
    author.released(&shop, &package).await;
    let path = format!("/v2/northwind/large/blobs/{}", package.artifact.component);
    let got = shop.get(&path).await;
    let size = package.component.len();
    assert_eq!(got.headers()["content-length"], size.to_string().as_str());
    assert_eq!(got.bytes().await.unwrap(), package.component);
    let part = shop
        .ask(Method::GET, &path)
        .header("range", "bytes=9000000-9000009")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(
        part.bytes().await.unwrap(),
        package.component[9_000_000..9_000_010]
    );
}
