//! Signed and logged JSON: envelopes, statements, root files, statuses, log entries, image manifests, configs and bundles.

use guildhall_package::trust::dsse::{self, Envelope};
use guildhall_package::trust::log::Entry;
use guildhall_package::trust::release::oci::MANIFEST_TYPE;
use guildhall_package::trust::release::{Referrer, ReferrerKind, oci::Descriptor};
use guildhall_package::trust::root::ROOT_TYPE;
use guildhall_package::trust::statement::{Claim, PublisherClaim, ReviewClaim, Statement};
use guildhall_package::trust::status::STATUS_TYPE;
use guildhall_package::trust::{Artifact, LogState, SigningKey, Status, TrustedRoot, bundle};

/// The smallest component: magic, version, layer.
const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

/// No document makes its reader panic, and one that counts has exactly one spelling. Payloads are signed here, so that what
/// lies behind a good signature is reached.
pub fn documents(data: &[u8]) {
    if let Ok(entry) = Entry::parse(data) {
        let again = entry.to_bytes().expect("what was read can be written");
        assert_eq!(again, data, "an entry has two spellings");
        let mut state = LogState::default();
        let _ = state.apply(&entry);
        assert_eq!(state.size(), 1);
    }
    if let Ok(envelope) = Envelope::parse(data) {
        let again = envelope.to_bytes().expect("what was read can be written");
        assert_eq!(again, data, "an envelope has two spellings");
    }
    if let Ok(evidence) = bundle::read(data) {
        let written = bundle::write(&evidence).expect("what was read can be written");
        assert_eq!(bundle::read(&written).as_ref(), Ok(&evidence));
    }
    statement::<PublisherClaim>(data);
    statement::<ReviewClaim>(data);
    let key = SigningKey::from_seed(&[1; 32]);
    if let Ok(status) = Status::verify(&signed(STATUS_TYPE, data), &key.public(), "log") {
        let again = status.sign(&key).expect("what was read can be signed");
        assert_eq!(again, signed(STATUS_TYPE, data), "a status has two forms");
        assert!(status.check_after(&status).is_ok());
    }
    if let Ok(root) = TrustedRoot::pin(&signed(ROOT_TYPE, data)) {
        let again = root
            .file()
            .sign(&[&key])
            .expect("what was read can be signed");
        assert_eq!(again, root.envelope(), "a root file has two forms");
        assert!(root.update(root.envelope()).is_ok());
    }
    release(data);
}

fn signed(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let key = SigningKey::from_seed(&[1; 32]);
    dsse::sign(payload_type, payload, &key)
        .and_then(|envelope| envelope.to_bytes())
        .expect("an input is far below the limit")
}

fn statement<C: Claim>(payload: &[u8]) {
    let key = SigningKey::from_seed(&[1; 32]);
    let envelope = signed(C::PAYLOAD_TYPE, payload);
    if let Ok(signed) = Statement::<C>::verify(&envelope, &[key.public()]) {
        let again = signed
            .statement
            .sign(&key)
            .expect("what was read can be signed");
        assert_eq!(again, envelope, "a statement has two forms");
    }
}

fn release(data: &[u8]) {
    let manifest = "name = \"a/b\"\nversion = \"1.0.0\"\ndescription = \"D.\"\nlicence = \"MIT\"\n";
    let component = guildhall_package::section::embed(EMPTY, manifest, None)
        .expect("a manifest that parses can be embedded");
    let built = Artifact::build(&component, 0).expect("it fits its manifest");
    let as_config = Artifact::check(&built.manifest, data, &component).is_ok();
    assert_eq!(as_config, data == built.config, "another config is taken");
    let as_manifest = Artifact::check(data, &built.config, &component).is_ok();
    assert_eq!(
        as_manifest,
        data == built.manifest,
        "another image manifest is taken"
    );
    let subject = Descriptor::of(MANIFEST_TYPE, &built.manifest);
    for kind in ReferrerKind::ALL {
        let expected = Referrer::build(kind, &subject, b"blob").expect("a small blob");
        let taken = Referrer::check(data, kind, &subject, b"blob").is_ok();
        assert_eq!(taken, data == expected.manifest);
    }
}
