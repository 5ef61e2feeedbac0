//! What a skill may ask to be sent, checked when it is staged.

use guildhall_package::authority::FolderName;
use guildhall_package::text::{is_unsafe, plain};

use super::{AddressError, ChannelKind, MailAddress, chat};

/// Bytes of a recipient.
pub const RECIPIENT_MAX_BYTES: usize = 320;
/// Characters of a subject.
pub const SUBJECT_MAX_CHARS: usize = 300;
/// Bytes of a body, in UTF-8.
pub const BODY_MAX_BYTES: usize = 256 * 1024;
/// Files that go along with one message.
pub const ATTACHMENTS_MAX: usize = 20;
/// Bytes of all files of one message: a third more is sent, which common mail servers still take.
pub const ATTACHMENT_BYTES_MAX: u64 = 10 << 20;

/// Bytes of the path of a file.
const PATH_MAX_BYTES: usize = 1024;

/// A message as a skill hands it over: untrusted.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Name of a channel.
    pub channel: &'a str,
    /// Address in that channel.
    pub recipient: &'a str,
    /// Subject line, if any.
    pub subject: Option<&'a str>,
    /// Plain text.
    pub body: &'a str,
    /// Paths of the files to attach. Only their form is checked here, not whether they are granted.
    pub attachments: &'a [String],
}

/// Which rule a message breaks. What it quotes has been made plain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageFault {
    /// The channel's name.
    #[error("`{0}` is not a name for a channel")]
    Channel(String),
    /// The recipient as an e-mail address.
    #[error("the recipient cannot be used: {0}")]
    Address(AddressError),
    /// The recipient of another channel.
    #[error("the recipient `{0}` is empty, or not one line of visible text")]
    Recipient(String),
    /// The recipient is over [`RECIPIENT_MAX_BYTES`].
    #[error("the recipient has {0} bytes; at most {RECIPIENT_MAX_BYTES} are taken")]
    RecipientTooLong(usize),
    /// The subject has line breaks or other control characters.
    #[error("the subject has a line break or another control character")]
    SubjectLines,
    /// The subject could be decoded into other words than those that were approved.
    #[error(
        "the subject contains `=?`, which mail programs decode into other text than what is shown for approval"
    )]
    SubjectEncoded,
    /// The subject is over [`SUBJECT_MAX_CHARS`].
    #[error("the subject has {0} characters; at most {SUBJECT_MAX_CHARS} are taken")]
    SubjectTooLong(usize),
    /// The body has control characters other than line breaks and tabs.
    #[error("the body has a control character that is neither a line break nor a tab")]
    Body,
    /// The body is over [`BODY_MAX_BYTES`].
    #[error("the body has {0} bytes; at most {BODY_MAX_BYTES} are taken")]
    BodyTooLarge(usize),
    /// A path that cannot be the path of a file.
    #[error("the attachment `{0}` has a path or a file name that cannot be used")]
    Attachment(String),
    /// A path is there twice.
    #[error("the file `{0}` is attached twice")]
    AttachedTwice(String),
    /// More files than [`ATTACHMENTS_MAX`].
    #[error("the message has {0} attachments; at most {ATTACHMENTS_MAX} are taken")]
    TooManyAttachments(usize),
    /// More bytes than [`ATTACHMENT_BYTES_MAX`] in all files.
    #[error("the attachments have {0} bytes together; at most {ATTACHMENT_BYTES_MAX} are taken")]
    AttachmentsTooLarge(u64),
    /// The recipient of a chat.
    #[error("the recipient `{recipient}` is not {}", .kind)]
    NoChat {
        /// What was given.
        recipient: String,
        /// What the channel wants.
        kind: &'static str,
    },
    /// Files for a chat.
    #[error("the channel leads to a chat, which carries no files")]
    ChatFiles,
    /// Nothing, or too much, for one message of a chat.
    #[error(
        "subject and body are empty together, or more than the {} characters that one chat message holds",
        chat::TEXT_MAX_UNITS
    )]
    ChatText,
}

impl MessageFault {
    /// Stable word for the rule.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Channel(_) => "messages.invalid-channel",
            Self::Address(_)
            | Self::Recipient(_)
            | Self::RecipientTooLong(_)
            | Self::NoChat { .. } => "messages.invalid-recipient",
            Self::ChatFiles => "messages.invalid-attachment",
            Self::ChatText => "messages.body-too-large",
            Self::SubjectLines | Self::SubjectEncoded | Self::SubjectTooLong(_) => {
                "messages.invalid-subject"
            }
            Self::Body => "messages.invalid-body",
            Self::BodyTooLarge(_) => "messages.body-too-large",
            Self::Attachment(_) | Self::AttachedTwice(_) => "messages.invalid-attachment",
            Self::TooManyAttachments(_) => "messages.too-many-attachments",
            Self::AttachmentsTooLarge(_) => "messages.attachments-too-large",
        }
    }

    /// What to do instead.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        match self {
            Self::Channel(_) => "use the name under which the merchant has set the channel up",
            Self::Address(_) => "pass one address such as name@example.com",
            Self::Recipient(_) | Self::RecipientTooLong(_) => {
                "pass the recipient as the channel's receiver knows it"
            }
            Self::NoChat { .. } => {
                "pass the number of a Telegram chat, or for WhatsApp a phone number like +4930123456"
            }
            Self::ChatFiles => "leave the attachments out, or use a channel of another kind",
            Self::ChatText => "write some text, and shorter",
            Self::SubjectLines | Self::SubjectTooLong(_) => "pass one short line",
            Self::SubjectEncoded => "pass the subject as plain Unicode; the host encodes it",
            Self::Body => "pass plain text",
            Self::BodyTooLarge(_) => "send less, or put it into an attachment",
            Self::Attachment(_) => "pass the path of one granted or staged file",
            Self::AttachedTwice(_) => "attach each file once",
            Self::TooManyAttachments(_) | Self::AttachmentsTooLarge(_) => {
                "attach less, or send several messages"
            }
        }
    }

    /// Whether a limit was reached, rather than something being malformed.
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::BodyTooLarge(_)
                | Self::TooManyAttachments(_)
                | Self::AttachmentsTooLarge(_)
                | Self::ChatText
        )
    }
}

/// Checks `draft` for a channel of kind `kind`; the host looks that up by the channel's name first, or checks again
/// once it knows it: without a kind, only what holds for all channels is checked. Gives the channel's name.
///
/// # Errors
/// The first rule that it breaks.
pub fn check_message(
    draft: &Draft<'_>,
    kind: Option<ChannelKind>,
) -> Result<FolderName, MessageFault> {
    let channel = draft
        .channel
        .parse()
        .map_err(|_| MessageFault::Channel(plain(draft.channel, 64)))?;
    check_recipient(draft.recipient, kind)?;
    if let Some(subject) = draft.subject {
        check_subject(subject)?;
    }
    check_body(draft.body)?;
    if matches!(kind, Some(ChannelKind::Telegram | ChannelKind::Whatsapp)) {
        if !draft.attachments.is_empty() {
            return Err(MessageFault::ChatFiles);
        }
        if !chat::fits(draft.subject, draft.body) {
            return Err(MessageFault::ChatText);
        }
    }
    if draft.attachments.len() > ATTACHMENTS_MAX {
        return Err(MessageFault::TooManyAttachments(draft.attachments.len()));
    }
    for (at, path) in draft.attachments.iter().enumerate() {
        check_path(path)?;
        if draft
            .attachments
            .iter()
            .take(at)
            .any(|earlier| earlier == path)
        {
            return Err(MessageFault::AttachedTwice(plain(path, 120)));
        }
    }
    Ok(channel)
}

/// Checks the bytes of all files together, once they are known.
///
/// # Errors
/// [`MessageFault::AttachmentsTooLarge`].
pub const fn check_attachment_bytes(total: u64) -> Result<(), MessageFault> {
    if total > ATTACHMENT_BYTES_MAX {
        Err(MessageFault::AttachmentsTooLarge(total))
    } else {
        Ok(())
    }
}

fn check_recipient(recipient: &str, kind: Option<ChannelKind>) -> Result<(), MessageFault> {
    if recipient.len() > RECIPIENT_MAX_BYTES {
        return Err(MessageFault::RecipientTooLong(recipient.len()));
    }
    if recipient.trim().is_empty()
        || recipient.trim() != recipient
        || recipient.chars().any(is_unsafe)
    {
        return Err(MessageFault::Recipient(plain(recipient, 80)));
    }
    let no_chat = |kind| MessageFault::NoChat {
        recipient: plain(recipient, 80),
        kind,
    };
    match kind {
        Some(ChannelKind::Smtp) => recipient
            .parse::<MailAddress>()
            .map(|_| ())
            .map_err(MessageFault::Address),
        Some(ChannelKind::Telegram) if !chat::is_chat(recipient) => {
            Err(no_chat("a chat of Telegram"))
        }
        Some(ChannelKind::Whatsapp) if !chat::is_number(recipient) => {
            Err(no_chat("a phone number with its country"))
        }
        _ => Ok(()),
    }
}

/// Checks a subject on its own: the message composer asks again.
pub(super) fn check_subject(subject: &str) -> Result<(), MessageFault> {
    let chars = subject.chars().count();
    if chars > SUBJECT_MAX_CHARS {
        return Err(MessageFault::SubjectTooLong(chars));
    }
    if subject.chars().any(is_line_or_control) {
        return Err(MessageFault::SubjectLines);
    }
    if subject.contains("=?") {
        return Err(MessageFault::SubjectEncoded);
    }
    Ok(())
}

/// Checks a body on its own: the message composer asks again.
pub(super) fn check_body(body: &str) -> Result<(), MessageFault> {
    if body.len() > BODY_MAX_BYTES {
        return Err(MessageFault::BodyTooLarge(body.len()));
    }
    if body
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err(MessageFault::Body);
    }
    Ok(())
}

/// Checks the name of an attached file on its own: the message composer asks again.
pub(super) fn check_file_name(name: &str) -> Result<(), MessageFault> {
    let bad = name.is_empty()
        || name.len() > 255
        || name == "."
        || name == ".."
        || name.contains(['/', '\\', '"'])
        || name.contains("=?")
        || name.chars().any(is_unsafe);
    if bad {
        return Err(MessageFault::Attachment(plain(name, 120)));
    }
    Ok(())
}

fn check_path(path: &str) -> Result<(), MessageFault> {
    if path.len() > PATH_MAX_BYTES || path.chars().any(is_line_or_control) {
        return Err(MessageFault::Attachment(plain(path, 120)));
    }
    check_file_name(super::file_name(path))
}

fn is_line_or_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn draft<'a>() -> Draft<'a> {
        Draft {
            channel: "email",
            recipient: "anna@example.com",
            subject: Some("Zahlungsavis 4711"),
            body: "Guten Tag,\r\n\tdie Zahlung ist unterwegs.\n",
            attachments: &[],
        }
    }

    fn rule(draft: &Draft<'_>) -> &'static str {
        match check_message(draft, Some(ChannelKind::Smtp)) {
            Ok(_) => "ok",
            Err(fault) => fault.rule(),
        }
    }

    #[test]
    fn an_ordinary_message_passes() {
        assert_eq!(
            check_message(&draft(), Some(ChannelKind::Smtp))
                .unwrap()
                .as_str(),
            "email"
        );
        assert_eq!(
            rule(&Draft {
                subject: None,
                body: "",
                ..draft()
            }),
            "ok"
        );
        let files = ["outbox/a.pdf".to_owned(), "outbox/b.pdf".to_owned()];
        assert_eq!(
            rule(&Draft {
                attachments: &files,
                ..draft()
            }),
            "ok"
        );
    }

    #[test]
    fn each_rule_has_its_word() {
        let long = "r".repeat(RECIPIENT_MAX_BYTES + 1);
        let subject = "ü".repeat(SUBJECT_MAX_CHARS + 1);
        let body = "b".repeat(BODY_MAX_BYTES + 1);
        let many: Vec<String> = (0..=ATTACHMENTS_MAX).map(|n| format!("f/{n}")).collect();
        let twice = ["f/a".to_owned(), "f/a".to_owned()];
        let path = |path: &str| [path.to_owned()];
        for (draft, expected) in [
            (
                Draft {
                    channel: "E-Mail",
                    ..draft()
                },
                "messages.invalid-channel",
            ),
            (
                Draft {
                    recipient: "anna",
                    ..draft()
                },
                "messages.invalid-recipient",
            ),
            (
                Draft {
                    recipient: "",
                    ..draft()
                },
                "messages.invalid-recipient",
            ),
            (
                Draft {
                    recipient: &long,
                    ..draft()
                },
                "messages.invalid-recipient",
            ),
            (
                Draft {
                    recipient: "a@b.co\nBcc: c@d.co",
                    ..draft()
                },
                "messages.invalid-recipient",
            ),
            (
                Draft {
                    subject: Some("a\r\nBcc: c@d.co"),
                    ..draft()
                },
                "messages.invalid-subject",
            ),
            (
                Draft {
                    subject: Some("a\u{2028}b"),
                    ..draft()
                },
                "messages.invalid-subject",
            ),
            (
                Draft {
                    subject: Some("=?utf-8?q?Rechnung?="),
                    ..draft()
                },
                "messages.invalid-subject",
            ),
            (
                Draft {
                    subject: Some(&subject),
                    ..draft()
                },
                "messages.invalid-subject",
            ),
            (
                Draft {
                    body: "a\u{1b}[2J",
                    ..draft()
                },
                "messages.invalid-body",
            ),
            (
                Draft {
                    body: &body,
                    ..draft()
                },
                "messages.body-too-large",
            ),
            (
                Draft {
                    attachments: &many,
                    ..draft()
                },
                "messages.too-many-attachments",
            ),
            (
                Draft {
                    attachments: &twice,
                    ..draft()
                },
                "messages.invalid-attachment",
            ),
            (
                Draft {
                    attachments: &path(""),
                    ..draft()
                },
                "messages.invalid-attachment",
            ),
            (
                Draft {
                    attachments: &path("f/"),
                    ..draft()
                },
                "messages.invalid-attachment",
            ),
            (
                Draft {
                    attachments: &path("f/a\r\nb"),
                    ..draft()
                },
                "messages.invalid-attachment",
            ),
            (
                Draft {
                    attachments: &path("f/fdp\u{202e}cod.exe"),
                    ..draft()
                },
                "messages.invalid-attachment",
            ),
            (
                Draft {
                    attachments: &path("f/=?utf-8?q?a?="),
                    ..draft()
                },
                "messages.invalid-attachment",
            ),
        ] {
            assert_eq!(rule(&draft), expected, "{draft:?}");
            let fault = check_message(&draft, Some(ChannelKind::Smtp)).unwrap_err();
            assert!(!fault.fix().is_empty());
        }
        assert!(check_attachment_bytes(ATTACHMENT_BYTES_MAX).is_ok());
        let fault = check_attachment_bytes(ATTACHMENT_BYTES_MAX + 1).unwrap_err();
        assert!(fault.is_limit() && fault.rule() == "messages.attachments-too-large");
    }

    #[test]
    fn limits_hold_to_the_last_unit() {
        let subject = "ü".repeat(SUBJECT_MAX_CHARS);
        let body = "b".repeat(BODY_MAX_BYTES);
        let many: Vec<String> = (0..ATTACHMENTS_MAX).map(|n| format!("f/{n}")).collect();
        let full = Draft {
            subject: Some(&subject),
            body: &body,
            attachments: &many,
            ..draft()
        };
        assert_eq!(rule(&full), "ok");
        let recipient = "r".repeat(RECIPIENT_MAX_BYTES);
        let full = Draft {
            recipient: &recipient,
            ..full
        };
        assert!(check_message(&full, Some(ChannelKind::Webhook)).is_ok());
    }

    #[test]
    fn the_receiver_of_a_webhook_gives_recipients_their_meaning() {
        for (recipient, fits) in [
            ("#accounts", true),
            ("+49 30 1234", true),
            ("a\u{200b}b", false),
            (" a", false),
            ("a\tb", false),
        ] {
            let draft = Draft {
                recipient,
                ..draft()
            };
            assert_eq!(
                check_message(&draft, Some(ChannelKind::Webhook)).is_ok(),
                fits,
                "{recipient:?}"
            );
            assert_eq!(check_message(&draft, None).is_ok(), fits, "{recipient:?}");
        }
    }

    proptest! {
        #[test]
        fn no_draft_makes_the_check_panic_and_what_passes_is_one_line(
            channel in "\\PC*|[a-z-]{1,9}", recipient in ".*|\\PC{1,20}",
            subject in ".*", body in ".*",
            attachments in proptest::collection::vec(".*", 0..4),
        ) {
            let draft = Draft {
                channel: &channel,
                recipient: &recipient,
                subject: Some(&subject),
                body: &body,
                attachments: &attachments,
            };
            for kind in [
                None, Some(ChannelKind::Webhook), Some(ChannelKind::Smtp), Some(ChannelKind::Telegram),
                Some(ChannelKind::Whatsapp),
            ] {
                match check_message(&draft, kind) {
                    Ok(name) => {
                        prop_assert_eq!(name.as_str(), &channel);
                        for line in [&recipient, &subject].into_iter().chain(&attachments) {
                            prop_assert!(!line.contains(['\r', '\n']));
                        }
                    }
                    Err(fault) => {
                        let plain = !fault.to_string().contains(['\r', '\n', '\u{1b}']);
                        prop_assert!(plain);
                    }
                }
            }
        }
    }
}
