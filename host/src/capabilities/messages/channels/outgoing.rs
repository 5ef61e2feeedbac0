//! One message, ready to be sent.

use std::fmt;

use guildhall_package::authority::FolderName;
use sha2::{Digest as _, Sha256};

/// One approved message to one recipient. Everything that a repeated attempt must say again in the same words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Names the message for good, whatever the number of attempts. Receivers drop what they have
    /// seen by it. 1 to 100 letters, digits, `_` and `-`.
    pub id: String,
    /// Name of the merchant's channel.
    pub channel: FolderName,
    /// Address in that channel, as approved.
    pub recipient: String,
    /// Subject line, if any.
    pub subject: Option<String>,
    /// Plain text.
    pub body: String,
    /// Files that go along, in order.
    pub attachments: Vec<Attachment>,
    /// Name of the skill that staged it: for the host's records, never sent.
    pub skill: String,
    /// When it was committed, in milliseconds since 1970 UTC: the date on the message, the same in every attempt.
    pub sent_at_ms: i64,
}

/// One file that goes along.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name without folders.
    pub name: String,
    /// Media type such as `application/pdf`.
    pub media_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("name", &self.name)
            .field("media_type", &self.media_type)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// The stable id of the message that effect number `effect` of run `run` sends.
#[must_use]
pub fn message_id(run: &str, effect: u32) -> String {
    let mut hash = Sha256::new();
    hash.update(b"guildhall message 1\n");
    hash.update(run.as_bytes());
    hash.update(b"\n");
    hash.update(effect.to_be_bytes());
    let mut id = hex::encode(hash.finalize());
    // 128 bits are plenty, and some receivers keep short columns.
    id.truncate(32);
    format!("msg_{id}")
}

/// Whether `id` may name a message. A full stop would make two signed messages one (Standard Webhooks, "signature
/// scheme"); anything else unusual could break a header.
pub(super) fn is_message_id(id: &str) -> bool {
    (1..=100).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// The name under which the file at `path` is attached: its last segment.
#[must_use]
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Media type for a file by the end of its name, for what skills commonly write; else `application/octet-stream`.
/// Text says that it is UTF-8 only if it is.
#[must_use]
pub fn media_type_of(name: &str, bytes: &[u8]) -> &'static str {
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase())
        .unwrap_or_default();
    match ending.as_str() {
        "pdf" => "application/pdf",
        "json" => "application/json",
        "xml" => "application/xml",
        "zip" => "application/zip",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "txt" | "md" if is_utf8(bytes) => "text/plain; charset=utf-8",
        "csv" if is_utf8(bytes) => "text/csv; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn is_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_is_stable_and_differs_by_run_and_by_effect() {
        let id = message_id("0197a3d0-0000-7000-8000-000000000001", 0);
        assert_eq!(id, "msg_96e62060934160452d6a4048aa84998d");
        assert_ne!(id, message_id("0197a3d0-0000-7000-8000-000000000001", 1));
        assert_ne!(id, message_id("0197a3d0-0000-7000-8000-000000000002", 0));
        assert!(is_message_id(&id));
    }

    #[test]
    fn ids_that_could_be_read_as_two_fields_are_refused() {
        for bad in ["", "a.b", "a b", "a\r\n", "<a>", "ä", &"a".repeat(101)] {
            assert!(!is_message_id(bad), "{bad:?}");
        }
    }

    #[test]
    fn attachments_are_named_by_their_last_segment() {
        assert_eq!(file_name("outbox/2026/advice.pdf"), "advice.pdf");
        assert_eq!(file_name("advice.pdf"), "advice.pdf");
    }

    #[test]
    fn text_is_called_utf8_only_if_it_is() {
        assert_eq!(
            media_type_of("a.CSV", "ä".as_bytes()),
            "text/csv; charset=utf-8"
        );
        assert_eq!(media_type_of("a.csv", &[0xe4]), "application/octet-stream");
        assert_eq!(media_type_of("a.pdf", b""), "application/pdf");
        assert_eq!(media_type_of("pdf", b""), "application/octet-stream");
        assert_eq!(media_type_of("a.html", b""), "application/octet-stream");
    }

    #[test]
    fn the_content_of_an_attachment_is_not_printed() {
        let attachment = Attachment {
            name: "a".to_owned(),
            media_type: "b".to_owned(),
            bytes: vec![65; 3],
        };
        assert!(format!("{attachment:?}").contains("bytes: 3"));
    }

    proptest! {
        #[test]
        fn names_and_ids_never_panic(text in ".*", effect: u32) {
            let _ = file_name(&text);
            let _ = media_type_of(&text, text.as_bytes());
            prop_assert!(is_message_id(&message_id(&text, effect)));
        }
    }
}
