//! Why bytes are no invoice.

use thiserror::Error;

use crate::xml::{MAX_ATTRIBUTES, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS};

/// The bytes could not be read as an invoice or credit note. Each message says what happened and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The file is larger than [`MAX_BYTES`].
    #[error(
        "the file has {bytes} bytes; at most {MAX_BYTES} are read. Ask the sender for the invoice without its attachments"
    )]
    TooLarge {
        /// Size of the file in bytes.
        bytes: usize,
    },
    /// The file is not UTF-8 text.
    #[error("{what}. Ask the sender for the invoice as XML in UTF-8")]
    Encoding {
        /// What was found instead, as the beginning of a sentence.
        what: String,
    },
    /// The file is not well-formed XML.
    #[error(
        "the file is not well-formed XML (byte {position}): {what}. Ask the sender for it again"
    )]
    Malformed {
        /// Byte at which reading stopped.
        position: u64,
        /// What is wrong there.
        what: String,
    },
    /// The file has a document type definition. Through it a file can make its reader open other files or fill its memory.
    #[error(
        "the file has a document type definition (<!DOCTYPE …>), which is never read. A UBL invoice needs none: ask the sender for it without"
    )]
    DocumentType,
    /// The file uses an entity that XML itself does not define.
    #[error(
        "the file uses the entity `&{name};`, which XML does not define and which is never looked up. Ask the sender for it again"
    )]
    Entity {
        /// Name of the entity, shortened.
        name: String,
    },
    /// Elements nest deeper than [`MAX_DEPTH`].
    #[error("the elements of the file nest deeper than {MAX_DEPTH}; those of an invoice do not")]
    TooDeep,
    /// The file has more elements than [`MAX_ELEMENTS`].
    #[error("the file has more than {MAX_ELEMENTS} elements. Ask the sender to split the invoice")]
    TooManyElements,
    /// An element has more attributes than [`MAX_ATTRIBUTES`].
    #[error(
        "an element of the file has more than {MAX_ATTRIBUTES} attributes; those of an invoice do not"
    )]
    TooManyAttributes,
    /// It is XML (or another format), but no UBL 2.1 Invoice or CreditNote.
    #[error("the file is {found}, not a UBL 2.1 Invoice or CreditNote. {next}")]
    NotAnInvoice {
        /// What it is instead.
        found: String,
        /// What to do about it.
        next: &'static str,
    },
}
