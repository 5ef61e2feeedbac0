//! Signed notes: what a log, a witness and their keys write as lines of text.

use guildhall_package::trust::log::checkpoint::{Checkpoint, SignedCheckpoint};
use guildhall_package::trust::log::cosignature::cosignatures;
use guildhall_package::trust::log::note::{Note, NoteSignature, VerifierKey};
use guildhall_package::trust::log::witness::{AddCheckpoint, WatchedLog, decide};

/// A key whose signatures are in the corpus.
const LOG: &str =
    "example.com/behind-the-sofa+ad9f5b5a+AYE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";
const WITNESS: &str =
    "witness.example.com/w1+04758baf+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";

/// No note, checkpoint, key or witness request makes a reader panic, and what is read has exactly one spelling.
pub fn notes(data: &[u8]) {
    let log: VerifierKey = LOG.parse().expect("the key of the log");
    let witness: VerifierKey = WITNESS.parse().expect("the key of the witness");
    if let Ok(note) = Note::parse(data) {
        assert_eq!(note.to_text().as_bytes(), data, "a note has two spellings");
        let _ = note.signed_by(&log);
        let _ = cosignatures(&note, std::slice::from_ref(&witness));
    }
    if let Ok(signed) = SignedCheckpoint::parse(data) {
        assert_eq!(signed.to_text().as_bytes(), data);
        let text = signed.unverified().to_string();
        assert_eq!(
            Checkpoint::parse(&text).as_ref(),
            Ok(signed.unverified()),
            "a checkpoint has two spellings"
        );
        if let Ok(verified) = signed.verify(log.name(), std::slice::from_ref(&log)) {
            assert_eq!(
                verified.head.size, 20_852_163,
                "nothing else was ever signed"
            );
        }
    }
    if let Ok(request) = AddCheckpoint::parse(data) {
        assert_eq!(
            request.to_body().as_bytes(),
            data,
            "a request has two spellings"
        );
        let watched = WatchedLog {
            origin: log.name().to_owned(),
            keys: vec![log],
        };
        let _ = request.authenticate(&[watched]);
        if let Ok(next) = decide(None, &request) {
            assert!(request.old == 0 && next == request.checkpoint.unverified().head);
            let again = decide(Some(&next), &request);
            assert!(again.is_ok() == (next.size == 0), "{again:?}");
        }
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(lines) = NoteSignature::parse_lines(text) {
        let written: String = lines.iter().map(ToString::to_string).collect();
        assert_eq!(written, text, "a signature has two spellings");
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text, "a key has two spellings");
    }
}
