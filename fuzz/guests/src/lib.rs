//! What must hold inside the sandbox, whatever is fed. `cargo test` here replays `fuzz/corpus/guests`.

use guildhall_invoice::{MAX_FINDINGS, check, read};

/// Invoice XML: nothing panics; a document is the same whenever it is read; findings are bounded and each says something.
pub fn invoice(data: &[u8]) {
    let Ok(document) = read(data) else {
        return;
    };
    assert_eq!(
        read(data).ok().as_ref(),
        Some(&document),
        "read twice, it differs"
    );
    let findings = check(&document);
    assert!(
        findings.len() <= MAX_FINDINGS,
        "{} findings",
        findings.len()
    );
    for finding in &findings {
        assert!(!finding.to_string().is_empty());
    }
    let _ = (document.payable(), document.owed());
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn every_seed_of_invoice_keeps_the_promises() -> std::io::Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/guests/invoice");
        let mut replayed = 0;
        for entry in std::fs::read_dir(folder)? {
            super::invoice(&std::fs::read(entry?.path())?);
            replayed += 1;
        }
        assert!(replayed > 0, "there is no seed");
        Ok(())
    }
}
