//! The artifact of a release: its bytes, that it is what `wkg` reads, and that nothing else is taken.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::testing::{CONTRACT, component as bare, skill};
use crate::trust::release::artifact::*;
use crate::trust::release::oci::*;
use crate::trust::release::*;
use crate::trust::testing::{NOW, component};
use crate::{Digest, SkillPackage};

fn rates() -> Vec<u8> {
    component("acme/rates", "1.2.0")
}

fn artifact() -> Artifact {
    Artifact::build(&rates(), NOW).unwrap()
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Checks with a config that was changed, and a manifest that was made to fit it.
fn with_config(change: impl FnOnce(&mut Value)) -> ReleaseError {
    let artifact = artifact();
    let mut config = json_of(&artifact.config);
    change(&mut config);
    let config = serde_json::to_vec(&config).unwrap();
    let mut manifest = json_of(&artifact.manifest);
    manifest["config"]["digest"] = json!(Digest::of(&config));
    manifest["config"]["size"] = json!(config.len());
    let manifest = serde_json::to_vec(&manifest).unwrap();
    Artifact::check(&manifest, &config, &rates()).unwrap_err()
}

fn with_manifest(change: impl FnOnce(&mut Value)) -> ReleaseError {
    let artifact = artifact();
    let mut manifest = json_of(&artifact.manifest);
    change(&mut manifest);
    let manifest = serde_json::to_vec(&manifest).unwrap();
    Artifact::check(&manifest, &artifact.config, &rates()).unwrap_err()
}

#[test]
fn the_artifact_is_made_in_one_way_from_the_component_and_the_time() {
    let artifact = artifact();
    assert_eq!(Artifact::build(&rates(), NOW).unwrap(), artifact);
    assert_ne!(
        Artifact::build(&rates(), NOW + 1).unwrap().release,
        artifact.release
    );
    let (component, config) = (Digest::of(&rates()), Digest::of(&artifact.config));
    let expected = format!(
        concat!(
            r#"{{"created":"2027-01-15T08:00:00Z","architecture":"wasm","os":"wasip2","layerDigests":["{}"],"#,
            r#""component":{{"exports":["run"],"imports":["guildhall:skill/network@1.0.0"]}}}}"#,
        ),
        component
    );
    assert_eq!(
        String::from_utf8(artifact.config.clone()).unwrap(),
        expected
    );
    let expected = format!(
        concat!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","#,
            r#""config":{{"mediaType":"application/vnd.wasm.config.v0+json","digest":"{}","size":{}}},"#,
            r#""layers":[{{"mediaType":"application/wasm","digest":"{}","size":{},"annotations":{{"org.opencontainers.image.title":"rates.wasm"}}}}],"#,
            r#""annotations":{{"org.opencontainers.image.created":"2027-01-15T08:00:00Z","#,
            r#""org.opencontainers.image.description":"Fetches rates.","org.opencontainers.image.licenses":"MIT","#,
            r#""org.opencontainers.image.title":"acme/rates","org.opencontainers.image.url":"https://acme.test/","#,
            r#""org.opencontainers.image.version":"1.2.0"}}}}"#,
        ),
        config,
        artifact.config.len(),
        component,
        rates().len()
    );
    assert_eq!(
        String::from_utf8(artifact.manifest.clone()).unwrap(),
        expected
    );
    assert_eq!(artifact.release, Digest::of(&artifact.manifest));
    assert_eq!(artifact.config_digest, config);
    assert_eq!(artifact.component, component);
    assert_eq!(artifact.name.to_string(), "acme/rates");
    assert_eq!(artifact.version.to_string(), "1.2.0");
    assert_eq!(artifact.descriptor().digest, artifact.release);
}

#[test]
fn what_was_made_is_what_is_checked() {
    for created in [
        0,
        1,
        999,
        1000,
        NOW,
        NOW + 123,
        crate::trust::log::entry::MAX_TIME_MS,
    ] {
        let made = Artifact::build(&rates(), created).unwrap();
        let checked = Artifact::check(&made.manifest, &made.config, &rates()).unwrap();
        assert_eq!(checked, made);
        assert_eq!(checked.created, created);
        let package = SkillPackage::read(&rates()).unwrap();
        assert_eq!(
            Artifact::check_package(&made.manifest, &made.config, &package).unwrap(),
            made
        );
        assert_eq!(Artifact::of(&package, created).unwrap(), made);
    }
}

#[test]
fn the_config_lists_the_names_that_wkg_lists() {
    // `wkg` decodes the component into a world, and lists the keys of that.
    let wit = format!(
        "package local:test@0.1.0;\n{CONTRACT}\n\
         interface api {{ record r {{ a: u32 }} go: func(x: r) -> r; }}\n\
         world skill {{ import guildhall:skill/files@1.0.0; import guildhall:skill/log@1.0.0;\n\
           use guildhall:skill/types@1.0.0.{{refusal}}; export run: func() -> result<u32, refusal>; export api; }}"
    );
    for bytes in [
        bare(&wit),
        rates(),
        skill("export a-b: func(x: string) -> u8;"),
    ] {
        let package = SkillPackage::read(&bytes).unwrap();
        let wit_component::DecodedWasm::Component(resolve, world) =
            wit_component::decode(&bytes).unwrap()
        else {
            panic!("a component")
        };
        let world = &resolve.worlds[world];
        let imports: Vec<String> = world
            .imports
            .keys()
            .map(|key| resolve.name_world_key(key))
            .collect();
        let exports: Vec<String> = world
            .exports
            .keys()
            .map(|key| resolve.name_world_key(key))
            .collect();
        assert_eq!(package.names.imports, imports);
        assert_eq!(package.names.exports, exports);
    }
}

#[test]
fn a_component_without_a_fitting_manifest_makes_no_release() {
    let bare = skill("export run: func();");
    assert_eq!(Artifact::build(&bare, NOW), Err(ReleaseError::NoManifest));
    let undeclared = crate::section::embed(
        &skill("import guildhall:skill/network@1.0.0; export run: func();"),
        "name = \"acme/rates\"\nversion = \"1.0.0\"\ndescription = \"D.\"\nlicence = \"MIT\"\n",
        None,
    )
    .unwrap();
    assert!(matches!(
        Artifact::build(&undeclared, NOW),
        Err(ReleaseError::Manifest(_))
    ));
    assert!(matches!(
        Artifact::build(b"\0asm", NOW),
        Err(ReleaseError::Component(_))
    ));
    let long = |length: usize| format!("1.0.0-{}", "a".repeat(length - 6));
    for version in ["1.0.0+b", &long(129)] {
        assert!(matches!(
            Artifact::build(&component("acme/rates", version), NOW),
            Err(ReleaseError::Version(_))
        ));
    }
    assert!(Artifact::build(&component("acme/rates", &long(128)), NOW).is_ok());
    for name in ["acme-/rates", "acme/rates-"] {
        assert_eq!(
            Artifact::build(&component(name, "1.0.0"), NOW),
            Err(ReleaseError::Name(name.to_owned()))
        );
    }
    assert!(Artifact::build(&component("a--b/c-1-d", "1.0.0"), NOW).is_ok());
    for created in [-1, i64::MIN, i64::MAX] {
        assert_eq!(Artifact::build(&rates(), created), Err(ReleaseError::Time));
    }
}

#[test]
fn a_config_that_lies_about_imports_is_named() {
    let hidden = with_config(|config| config["component"]["imports"] = json!([]));
    assert_eq!(
        hidden,
        ReleaseError::ConfigImports(" (it hides `guildhall:skill/network@1.0.0`)".to_owned())
    );
    let added = with_config(|config| {
        config["component"]["imports"] =
            json!(["guildhall:skill/network@1.0.0", "wasi:http/types@0.2.0"]);
    });
    assert_eq!(
        added,
        ReleaseError::ConfigImports(" (it adds `wasi:http/types@0.2.0`)".to_owned())
    );
    let twice = with_config(|config| {
        config["component"]["imports"] = json!([
            "guildhall:skill/network@1.0.0",
            "guildhall:skill/network@1.0.0"
        ]);
    });
    assert!(matches!(twice, ReleaseError::ConfigImports(_)));
    let exports = with_config(|config| config["component"]["exports"] = json!(["walk"]));
    assert!(matches!(exports, ReleaseError::ConfigExports(_)));
}

#[test]
fn each_other_lie_of_a_config_has_its_name() {
    let other = Digest::of(b"other");
    assert_eq!(
        with_config(|config| config["layerDigests"] = json!([other])),
        ReleaseError::ConfigLayer
    );
    assert_eq!(
        with_config(|config| config["layerDigests"] = json!([])),
        ReleaseError::ConfigLayer
    );
    for (name, value) in [("architecture", "amd64"), ("os", "linux")] {
        let error = with_config(|config| config[name] = json!(value));
        assert_eq!(error, ReleaseError::ConfigField { field: name });
    }
    // A time has one spelling.
    for created in [
        "2027-01-15T08:00:00.000Z",
        "2027-01-15T08:00:00+00:00",
        "2027-01-15 08:00:00Z",
        "2027-01-15T09:00:00+01:00",
        "2027-01-15T08:00:00.0000001Z",
        "-000001-01-15T08:00:00Z",
        "yesterday",
        "",
    ] {
        let error = with_config(|config| config["created"] = json!(created));
        assert_eq!(
            error,
            ReleaseError::ConfigField { field: "created" },
            "{created}"
        );
    }
    for change in [
        |config: &mut Value| config["author"] = json!("me"),
        |config: &mut Value| config["component"]["target"] = json!("x"),
        |config: &mut Value| drop(config.as_object_mut().unwrap().remove("os")),
        |config: &mut Value| *config = json!({}),
        |config: &mut Value| *config = json!([]),
    ] {
        let error = with_config(change);
        assert!(
            matches!(
                error,
                ReleaseError::Malformed {
                    document: Document::Config,
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[test]
fn each_lie_of_an_image_manifest_has_its_name() {
    let other = json!(Digest::of(b"other"));
    let title = json!({ "org.opencontainers.image.title": "x.wasm" });
    for change in [
        |manifest: &mut Value, other: &Value| manifest["config"]["digest"] = other.clone(),
        |manifest: &mut Value, _: &Value| manifest["config"]["size"] = json!(1),
        |manifest: &mut Value, _: &Value| manifest["config"]["mediaType"] = json!(EMPTY_TYPE),
    ] {
        let error = with_manifest(|manifest| change(manifest, &other));
        assert_eq!(error, ReleaseError::ManifestConfig);
    }
    for change in [
        |layer: &mut Value, other: &Value, _: &Value| layer["digest"] = other.clone(),
        |layer: &mut Value, _: &Value, _: &Value| layer["size"] = json!(1),
        |layer: &mut Value, _: &Value, _: &Value| layer["mediaType"] = json!("application/x"),
        |layer: &mut Value, _: &Value, title: &Value| layer["annotations"] = title.clone(),
    ] {
        let error = with_manifest(|manifest| change(&mut manifest["layers"][0], &other, &title));
        assert_eq!(error, ReleaseError::ManifestLayer);
    }
    for layers in [0, 2] {
        let error = with_manifest(|manifest| {
            let layer = manifest["layers"][0].clone();
            manifest["layers"] = json!(vec![layer; layers]);
        });
        assert_eq!(error, ReleaseError::ManifestLayers(layers));
    }
    for key in [
        VERSION,
        DESCRIPTION,
        LICENSES,
        TITLE,
        CREATED,
        URL,
        "org.example.more",
    ] {
        let error = with_manifest(|manifest| manifest["annotations"][key] = json!("x"));
        assert_eq!(
            error,
            ReleaseError::ManifestAnnotation {
                key: key.to_owned()
            }
        );
    }
    let error =
        with_manifest(|manifest| drop(manifest.as_object_mut().unwrap().remove("annotations")));
    assert!(matches!(error, ReleaseError::ManifestAnnotation { .. }));
    let subject = json!({ "mediaType": MANIFEST_TYPE, "digest": other, "size": 1 });
    for (field, value) in [
        ("schemaVersion", json!(3)),
        ("mediaType", json!(INDEX_TYPE)),
        ("artifactType", json!("application/x")),
        ("subject", subject),
    ] {
        let error = with_manifest(|manifest| manifest[field] = value);
        assert_eq!(error, ReleaseError::ManifestField { field });
    }
    let error = with_manifest(|manifest| manifest["more"] = json!(1));
    assert!(matches!(
        error,
        ReleaseError::Malformed {
            document: Document::Manifest,
            ..
        }
    ));
}

#[test]
fn another_component_or_another_spelling_is_refused() {
    let made = artifact();
    let other = component("acme/rates", "1.2.1");
    assert_eq!(
        Artifact::check(&made.manifest, &made.config, &other),
        Err(ReleaseError::ConfigLayer)
    );
    let spaced = serde_json::to_vec_pretty(&json_of(&made.manifest)).unwrap();
    assert_eq!(
        Artifact::check(&spaced, &made.config, &rates()),
        Err(ReleaseError::Spelling {
            document: Document::Manifest,
            at: 1
        })
    );
    let mut longer = made.config.clone();
    longer.push(b'\n');
    assert_eq!(
        Artifact::check(&made.manifest, &longer, &rates()),
        Err(ReleaseError::Spelling {
            document: Document::Config,
            at: made.config.len()
        })
    );
    let twice =
        String::from_utf8(made.config.clone())
            .unwrap()
            .replacen('{', "{\"os\":\"wasip2\",", 1);
    assert!(matches!(
        Artifact::check(&made.manifest, twice.as_bytes(), &rates()),
        Err(ReleaseError::Malformed { .. })
    ));
}

#[test]
fn sizes_are_limited_before_anything_is_read() {
    let made = artifact();
    let huge = vec![b' '; MAX_CONFIG_BYTES + 1];
    assert_eq!(
        Artifact::check(&made.manifest, &huge, &rates()),
        Err(ReleaseError::TooLarge {
            document: Document::Config,
            size: MAX_CONFIG_BYTES + 1,
            limit: MAX_CONFIG_BYTES
        })
    );
    let huge = vec![b' '; MAX_MANIFEST_BYTES + 1];
    assert_eq!(
        Artifact::check(&huge, &made.config, b"not even a component"),
        Err(ReleaseError::TooLarge {
            document: Document::Manifest,
            size: MAX_MANIFEST_BYTES + 1,
            limit: MAX_MANIFEST_BYTES
        })
    );
}

#[test]
fn what_is_attached_names_its_release_and_its_kind() {
    let release = artifact().descriptor();
    assert_eq!(
        Digest::of(EMPTY).to_string(),
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    );
    for kind in ReferrerKind::ALL {
        let made = Referrer::build(kind, &release, b"content").unwrap();
        let manifest = json_of(&made.manifest);
        assert_eq!(manifest["subject"]["digest"], json!(release.digest));
        assert_eq!(manifest["subject"]["mediaType"], MANIFEST_TYPE);
        assert_eq!(manifest["artifactType"], kind.artifact_type());
        assert_eq!(manifest["config"]["mediaType"], EMPTY_TYPE);
        assert_eq!(manifest["config"]["size"], 2);
        assert_eq!(
            manifest["layers"][0]["digest"],
            json!(Digest::of(b"content"))
        );
        assert_eq!(made.digest, Digest::of(&made.manifest));
        assert_eq!(
            Referrer::check(&made.manifest, kind, &release, b"content").unwrap(),
            made
        );
        // Of another kind, for another release, with another content.
        for other in ReferrerKind::ALL.into_iter().filter(|other| *other != kind) {
            assert!(matches!(
                Referrer::check(&made.manifest, other, &release, b"content"),
                Err(ReleaseError::Referrer {
                    field: "artifactType",
                    ..
                })
            ));
        }
        let stranger = Descriptor::of(MANIFEST_TYPE, b"another release");
        assert!(matches!(
            Referrer::check(&made.manifest, kind, &stranger, b"content"),
            Err(ReleaseError::Referrer {
                field: "subject",
                ..
            })
        ));
        assert!(matches!(
            Referrer::check(&made.manifest, kind, &release, b"contents"),
            Err(ReleaseError::Referrer {
                field: "layers",
                ..
            })
        ));
        let mut spaced = made.manifest.clone();
        spaced.push(b' ');
        assert!(matches!(
            Referrer::check(&spaced, kind, &release, b"content"),
            Err(ReleaseError::Spelling {
                document: Document::Referrer,
                ..
            })
        ));
    }
    let large = vec![0; crate::trust::statement::MAX_STATEMENT_BYTES + 1];
    for kind in [ReferrerKind::Publisher, ReferrerKind::Review] {
        assert!(matches!(
            Referrer::build(kind, &release, &large),
            Err(ReleaseError::TooLarge {
                document: Document::Attachment,
                ..
            })
        ));
    }
    assert!(Referrer::build(ReferrerKind::Golden, &release, &large).is_ok());
}

#[test]
fn the_index_of_what_is_attached_lists_each_with_its_kind_and_can_be_filtered() {
    let release = artifact().descriptor();
    let all: Vec<Referrer> = ReferrerKind::ALL
        .into_iter()
        .map(|kind| Referrer::build(kind, &release, b"content").unwrap())
        .collect();
    let index = json_of(&referrers_index(&all, None).unwrap());
    assert_eq!(index["schemaVersion"], 2);
    assert_eq!(index["mediaType"], INDEX_TYPE);
    let listed = index["manifests"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    for referrer in &all {
        let found = listed
            .iter()
            .find(|one| one["digest"] == json!(referrer.digest))
            .unwrap();
        assert_eq!(found["artifactType"], referrer.kind.artifact_type());
        assert_eq!(found["mediaType"], MANIFEST_TYPE);
        assert_eq!(found["size"], json!(referrer.manifest.len()));
        let one = json_of(&referrers_index(&all, Some(referrer.kind.artifact_type())).unwrap());
        assert_eq!(one["manifests"], json!([found]));
    }
    let mut turned = all.clone();
    turned.reverse();
    assert_eq!(
        referrers_index(&turned, None).unwrap(),
        referrers_index(&all, None).unwrap()
    );
    let none = json_of(&referrers_index(&all, Some("application/x")).unwrap());
    assert_eq!(none["manifests"], json!([]));
    let parsed: ImageIndex = serde_json::from_slice(&referrers_index(&[], None).unwrap()).unwrap();
    assert_eq!(parsed.manifests, []);
}

proptest! {
    #[test]
    fn any_changed_byte_of_manifest_or_config_is_refused(in_config in any::<bool>(), at in any::<prop::sample::Index>(), with in proptest::collection::vec(any::<u8>(), 0..4), length in 0..4_usize) {
        let made = artifact();
        let (mut manifest, mut config) = (made.manifest.clone(), made.config.clone());
        let changed = if in_config { &mut config } else { &mut manifest };
        let from = at.index(changed.len());
        let to = (from + length).min(changed.len());
        changed.splice(from..to, with);
        let same = manifest == made.manifest && config == made.config;
        prop_assert_eq!(Artifact::check(&manifest, &config, &rates()).is_ok(), same);
    }
}
