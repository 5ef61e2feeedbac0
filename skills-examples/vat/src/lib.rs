//! What invoices add to sums of VAT. `vat-report` and `vat-return` share it.
//!
//! [`each_document`] reads a folder, [`share`] says what one document adds in whole minor units, or why it adds nothing, and
//! [`Sums`] adds up. [`Seen`] tells when two files are one document, and when they contradict each other.

mod folder;
mod seen;
mod sums;

pub use folder::{MAX_FILES, NoFolder, each_document, kind, sentence};
pub use seen::{Seen, Twice};
pub use sums::{Key, NotSummed, Reason, Row, Share, Sum, Sums, share};
