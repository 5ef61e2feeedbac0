//! Credit transfers as an ISO 20022 `pain.001` file, which the merchant uploads to his bank.
//!
//! Orders in, bytes out: no clock, no file, no network. What a bank would refuse is refused here, before a file
//! exists. Ids are written as given or not at all, because statements are matched by them; names and remittance
//! texts are brought into the SEPA character set.

mod amount;
mod batch;
mod check;
mod error;
mod text;
mod xml;

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod properties;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod reading;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod samples;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;

pub use batch::{Batch, CreditOrder, Debtor};
pub use error::Pain001Error;

/// The XML namespace of the files, which names the message version.
///
/// Version 9 (2019) is the one that the SEPA guidelines for customers name and that banks take; a newer one would be
/// turned away by many. Versions 10 and 11 have the same elements for what is written here: moving on is a change of this line.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";

/// Most orders in one file. Banks cap files; this is far above what one approval covers.
pub const MAX_ORDERS: usize = 10_000;

/// Most characters of a message id or an end-to-end id.
pub const MAX_ID: usize = 35;

/// Stands for an end-to-end id that was not given.
pub const NOT_PROVIDED: &str = "NOTPROVIDED";

/// The file for `batch`: UTF-8, indented. The same batch gives the same bytes.
///
/// Orders are put together by requested date and currency, in that sequence, and keep their own sequence inside.
/// Euro orders carry the service level SEPA and charges as it rules them; others carry none and shared charges.
///
/// # Errors
/// The first thing that a bank would refuse: see [`Pain001Error`].
pub fn write(batch: &Batch) -> Result<Vec<u8>, Pain001Error> {
    xml::document(&check::checked(batch)?).map_err(|_| Pain001Error::NotWritten)
}
