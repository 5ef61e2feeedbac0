//! skill.toml.

use guildhall_package::section::embed;
use guildhall_package::{Inspection, Manifest, SkillPackage};

/// The smallest component: magic, version, layer.
const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

/// A manifest never panics; every mistake has a place in the text and a way to mend it; and what is embedded is read
/// back as it was.
pub fn manifest(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let manifest = match Manifest::parse(text) {
        Ok(manifest) => manifest,
        Err(errors) => {
            assert!(!errors.as_slice().is_empty(), "refused without a reason");
            let lines = text.split('\n').count();
            for error in errors.as_slice() {
                assert!(
                    (1..=lines).contains(&error.line),
                    "line {} of {lines}",
                    error.line
                );
                assert!(
                    error.column >= 1 && !error.message.is_empty() && !error.fix.is_empty(),
                    "{error:?}"
                );
            }
            return;
        }
    };
    let component = embed(EMPTY, text, None).expect("a manifest that parses can be embedded");
    let package = SkillPackage::read(&component).expect("an embedded component can be read");
    assert_eq!(
        package.manifest.as_ref(),
        Some(&manifest),
        "embedded and read, it changed"
    );
    let _ = manifest.check(&package);
    let _ = Inspection::of(&package);
}
