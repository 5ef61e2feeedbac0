//! Installed releases: bound by a consent, named as signed, with the state of their name. The guest is `tests/guests/prober`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod guest;

use guest::prober;
use guildhall_host::{
    AuthoritySet, Consent, FileGrant, Grants, Host, Invocation, LoadError, Outcome, Release,
    RunStatus, Skill, Trust,
};
use guildhall_package::{Access, Digest, section};
use serde_json::json;
use std::path::Path;

const TABLES: &str = "[[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"https://shop.test/*\"\nreason = \"R.\"\n\
    [[capabilities.files]]\nname = \"out\"\naccess = \"read-write\"\nreason = \"R.\"\n\
    [[capabilities.payments]]\npayees = [\"book:*\"]\nreason = \"R.\"\n\
    [[capabilities.messages]]\nchannels = [\"email\"]\nreason = \"R.\"\n\
    [capabilities.state]\nreason = \"R.\"\nmax-bytes = 1000\n";

fn component(version: &str) -> Vec<u8> {
    let manifest = format!(
        "name = \"acme/shop\"\nversion = \"{version}\"\ndescription = \"D.\"\nlicence = \"MIT\"\n{TABLES}"
    );
    section::embed(&prober(), &manifest, None).unwrap()
}

fn everything() -> Consent {
    Consent {
        network: vec!["GET https://shop.test/*".parse().unwrap()],
        files: vec![("out".parse().unwrap(), Access::ReadWrite)],
        state: true,
        payees: vec!["book:*".parse().unwrap()],
        channels: vec!["email".parse().unwrap()],
    }
}

fn release(version: &str, bytes: &[u8], consent: Consent) -> Release {
    Release {
        name: "acme/shop".to_owned(),
        version: version.to_owned(),
        component: Digest::of(bytes),
        marketplace: "market.test".to_owned(),
        consent,
    }
}

async fn call(
    host: &Host,
    skill: &Skill,
    operation: &str,
    input: serde_json::Value,
    grants: Grants,
) -> Outcome {
    let invocation = Invocation::new(operation, input).grants(grants);
    host.invoke(skill, invocation).await.unwrap()
}

fn out(path: &Path) -> Grants {
    Grants::none().file(FileGrant {
        name: "out".parse().unwrap(),
        path: path.to_owned(),
        access: Access::Write,
        is_folder: true,
    })
}

#[tokio::test]
async fn a_release_has_no_more_authority_than_its_consent() {
    let host = Host::builder().build().await.unwrap();
    let bytes = component("1.0.0");
    let folder = tempfile::tempdir().unwrap();
    let write = || json!({ "path": "out/a.txt", "text": "x" });
    let whole = host
        .load_release(&bytes, &release("1.0.0", &bytes, everything()))
        .await
        .unwrap();
    let outcome = call(&host, &whole, "write", write(), out(folder.path())).await;
    assert_eq!(outcome.status, RunStatus::AwaitingApproval);
    let less = Consent {
        files: Vec::new(),
        state: false,
        ..everything()
    };
    let bound = host
        .load_release(&bytes, &release("1.0.0", &bytes, less))
        .await
        .unwrap();
    for (operation, input, rule) in [
        ("write", write(), "files.not-consented"),
        ("recall", json!({ "key": "k" }), "state.not-consented"),
    ] {
        let outcome = call(&host, &bound, operation, input, out(folder.path())).await;
        assert_eq!(outcome.status, RunStatus::Refused, "{operation}");
        assert_eq!(
            (outcome.refusals[0].rule.as_str(), outcome.refusals[0].set),
            (rule, Some(AuthoritySet::Consent))
        );
    }
    // The one that was loaded before is not changed by it.
    let outcome = call(&host, &whole, "write", write(), out(folder.path())).await;
    assert_eq!(outcome.status, RunStatus::AwaitingApproval);
}

#[tokio::test]
async fn a_release_is_named_as_signed_and_the_same_bytes_as_a_file_are_not() {
    let host = Host::builder().build().await.unwrap();
    let bytes = component("1.0.0");
    let signed = host
        .load_release(&bytes, &release("1.0.0", &bytes, everything()))
        .await
        .unwrap();
    let file = host.load(&bytes).await.unwrap();
    let trust = Trust::SignedRelease {
        marketplace: "market.test".to_owned(),
    };
    assert_eq!(signed.identity().trust, trust);
    assert_eq!(file.identity().trust, Trust::UnsignedLocalFile);
    assert_eq!(signed.digest(), file.digest());
    assert_eq!(trust.words(), "signed release from market.test");
    assert!(trust.is_signed() && !file.identity().trust.is_signed());
}

#[tokio::test]
async fn bytes_that_are_not_the_release_are_refused() {
    let host = Host::builder().build().await.unwrap();
    let bytes = component("1.0.0");
    let good = release("1.0.0", &bytes, everything());
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    let other = component("1.0.1");
    let wrong = [
        (other.clone(), good.clone(), "digest"),
        (
            other.clone(),
            Release {
                component: Digest::of(&other),
                ..good.clone()
            },
            "1.0.1",
        ),
        (
            bytes.clone(),
            Release {
                name: "acme/other".to_owned(),
                ..good.clone()
            },
            "acme/other",
        ),
        (
            prober(),
            Release {
                component: Digest::of(&prober()),
                ..good.clone()
            },
            "no manifest",
        ),
    ];
    for (bytes, release, word) in wrong {
        let error = host.load_release(&bytes, &release).await.err().unwrap();
        assert!(matches!(error, LoadError::NotTheRelease(_)), "{error}");
        assert!(error.to_string().contains(word), "{word}: {error}");
    }
    assert!(host.load_release(&changed, &good).await.is_err());
}

#[tokio::test]
async fn the_state_of_a_release_is_that_of_its_name_and_its_marketplace() {
    let host = Host::builder().build().await.unwrap();
    let (first, second) = (component("1.0.0"), component("1.1.0"));
    let load = |bytes: Vec<u8>, release: Release| {
        let host = host.clone();
        async move { host.load_release(&bytes, &release).await.unwrap() }
    };
    let old = load(first.clone(), release("1.0.0", &first, everything())).await;
    let input = json!({ "key": "k", "value": "kept", "then_fail": false });
    let outcome = call(&host, &old, "remember", input, Grants::none()).await;
    assert_eq!(outcome.status, RunStatus::Completed);
    let recall = |skill: Skill| {
        let host = host.clone();
        async move {
            call(
                &host,
                &skill,
                "recall",
                json!({ "key": "k" }),
                Grants::none(),
            )
            .await
            .output
            .map(|output| output.value().unwrap())
        }
    };
    let new = load(second.clone(), release("1.1.0", &second, everything())).await;
    assert_eq!(recall(new).await, Some(json!("kept")));
    // A skill of the same name from elsewhere, and the same bytes as a file, are others.
    let elsewhere = Release {
        marketplace: "other.test".to_owned(),
        ..release("1.0.0", &first, everything())
    };
    assert_eq!(
        recall(load(first.clone(), elsewhere).await).await,
        Some(json!(null))
    );
    assert_eq!(
        recall(host.load(&first).await.unwrap()).await,
        Some(json!(null))
    );
}
