//! A message as an e-mail: one recipient, the same bytes in every attempt.
//!
//! Encoding is lettre's. What is fixed here, so that the bytes are stable and nothing the skill wrote can become
//! structure: the text is always quoted-printable and files are always base64, in which the boundary (it contains
//! `=_`) cannot occur; and the finished message is checked once more, line by line.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Body, MultiPart, SinglePart};
use lettre::{Address, Message};
use sha2::{Digest as _, Sha256};

use super::check::{check_body, check_file_name, check_subject};
use super::outgoing::is_message_id;
use super::{AddressError, Attachment, MailAddress, Mailbox, MessageFault, Outgoing};

/// Octets of a line without its end (RFC 5322 section 2.1.1).
const LINE_MAX: usize = 998;

/// 31 December 9999, in seconds since 1970: dates have four digits for the year.
const LAST_SECOND: i64 = 253_402_300_799;

/// A whole e-mail with its envelope. Only [`compose`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    id: String,
    from: Address,
    to: Address,
    bytes: Vec<u8>,
}

/// Why a message makes no e-mail. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The recipient is not one plain address.
    #[error("the recipient cannot be used: {0}")]
    Recipient(AddressError),
    /// Subject, body or the name of a file breaks a rule.
    #[error("the message cannot be sent as e-mail: {0}")]
    Message(MessageFault),
    /// The date is before 1970 or after 9999.
    #[error("the date of the message is out of range; check the clock of this machine")]
    Date,
    /// The message's id is not usable.
    #[error(
        "the message's id is not 1 to 100 letters, digits, `_` and `-`; this is a fault of the host: report it"
    )]
    Id,
    /// The mail library refuses it, or what it wrote breaks a rule of mail.
    #[error(
        "the message cannot be written as e-mail ({0}); this is a fault of the host: report it"
    )]
    Library(String),
}

impl Mail {
    /// The message's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Sender of the envelope.
    #[must_use]
    pub const fn from(&self) -> &Address {
        &self.from
    }

    /// The one recipient of the envelope.
    #[must_use]
    pub const fn to(&self) -> &Address {
        &self.to
    }

    /// Header and content: ASCII lines that end in CR LF.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail")
            .field("id", &self.id)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Writes `outgoing` as an e-mail from `from`. The same message always gives the same bytes.
///
/// # Errors
/// What cannot be written as e-mail.
pub fn compose(outgoing: &Outgoing, from: &Mailbox) -> Result<Mail, MailError> {
    if !is_message_id(&outgoing.id) {
        return Err(MailError::Id);
    }
    let recipient: MailAddress = outgoing.recipient.parse().map_err(MailError::Recipient)?;
    check_body(&outgoing.body).map_err(MailError::Message)?;
    let to = address(&recipient)?;
    let sender = address(&from.address)?;
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}@{}>", outgoing.id, from.address.domain())))
        .date(date(outgoing.sent_at_ms)?)
        .from(lettre::message::Mailbox::new(
            from.name.clone(),
            sender.clone(),
        ))
        .to(to.clone().into())
        // Holiday notices and other robots do not answer what says this (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    if let Some(subject) = outgoing.subject.as_deref().map(str::trim)
        && !subject.is_empty()
    {
        check_subject(subject).map_err(MailError::Message)?;
        builder = builder.subject(subject);
    }
    let text = text_part(&outgoing.body)?;
    let message = if outgoing.attachments.is_empty() {
        builder.singlepart(text)
    } else {
        let mut parts = MultiPart::mixed()
            .boundary(boundary(&outgoing.id))
            .singlepart(text);
        for file in &outgoing.attachments {
            parts = parts.singlepart(file_part(file)?);
        }
        builder.multipart(parts)
    }
    .map_err(|error| MailError::Library(error.to_string()))?;
    let bytes = message.formatted();
    check_lines(&bytes)?;
    Ok(Mail {
        id: outgoing.id.clone(),
        from: sender,
        to,
        bytes,
    })
}

fn address(address: &MailAddress) -> Result<Address, MailError> {
    Address::new(address.local(), address.domain())
        .map_err(|error| MailError::Library(error.to_string()))
}

fn date(ms: i64) -> Result<SystemTime, MailError> {
    let seconds = ms.div_euclid(1000);
    if !(0..=LAST_SECOND).contains(&seconds) {
        return Err(MailError::Date);
    }
    Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs()))
}

/// Lines of the parts can't be equal to it: in quoted-printable and base64, `=` never comes before `_`.
fn boundary(id: &str) -> String {
    let mut digest = hex::encode(Sha256::digest(id.as_bytes()));
    digest.truncate(32);
    format!("=_{digest}")
}

fn text_part(body: &str) -> Result<SinglePart, MailError> {
    // Every way to end a line becomes CR LF here; the library would insert its own one by one, which takes time that
    // grows with the square of their number.
    let lines = body.replace("\r\n", "\n").replace(['\r', '\n'], "\r\n");
    let encoded = Body::new_with_encoding(lines, ContentTransferEncoding::QuotedPrintable)
        .map_err(|_| MailError::Library("quoted-printable".to_owned()))?;
    Ok(SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(encoded))
}

fn file_part(file: &Attachment) -> Result<SinglePart, MailError> {
    check_file_name(&file.name).map_err(MailError::Message)?;
    let encoded = Body::new_with_encoding(file.bytes.clone(), ContentTransferEncoding::Base64)
        .map_err(|_| MailError::Library("base64".to_owned()))?;
    Ok(Part::new(file.name.clone()).body(encoded, media_type(&file.media_type)?))
}

/// The media type, or `application/octet-stream` for what could change how the content is taken apart.
fn media_type(text: &str) -> Result<ContentType, MailError> {
    let token = |part: &str| {
        (1..=64).contains(&part.len())
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
    };
    let bare = text.strip_suffix("; charset=utf-8").unwrap_or(text);
    let usable = bare.split_once('/').is_some_and(|(kind, sub)| {
        token(kind) && token(sub) && kind != "multipart" && kind != "message"
    });
    let usable = if usable {
        text
    } else {
        "application/octet-stream"
    };
    ContentType::parse(usable).map_err(|_| MailError::Library("media type".to_owned()))
}

/// Nothing but CR LF ends a line: servers that took a lone LF for one could be made to see the end of the message, and
/// commands, inside it.
fn check_lines(bytes: &[u8]) -> Result<(), MailError> {
    let broken = |what: &str| Err(MailError::Library(what.to_owned()));
    let Some(lines) = bytes.strip_suffix(b"\r\n") else {
        return broken("it does not end in a line end");
    };
    for line in lines.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > LINE_MAX {
            return broken("a line is too long");
        }
        if line
            .iter()
            .any(|byte| matches!(byte, b'\r' | 0) || !byte.is_ascii())
        {
            return broken("a line has a byte that mail does not carry");
        }
    }
    let ends = |end: &[u8]| {
        lines
            .windows(end.len())
            .filter(|window| *window == end)
            .count()
    };
    if ends(b"\n") != ends(b"\r\n") {
        return broken("a line ends in LF alone");
    }
    Ok(())
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;
