//! Writes UBL 2.1 documents. `einvoice` and `trade-docs` share it.
//!
//! [`Writer`] puts elements and text into a document that is well formed by construction; [`Party`] and [`Address`] write what
//! every UBL document has. What a caller gives is checked on the way in: [`Problems`] collects what is wrong, each problem with
//! the business term it is about, so that a merchant can put everything right at once. [`Exact`] computes in whole numbers.
//!
//! Nothing here knows which document it writes, and the order of elements is the caller's: XML Schema decides it.

mod codes;
mod exact;
mod party;
mod problem;
mod text;
mod writer;

pub use codes::{UNITS, is_country, is_endpoint_scheme, is_unit, unit_name};
pub use exact::{Exact, round_ratio};
pub use party::{Address, Contact, Party};
pub use problem::{Problem, Problems};
pub use text::{MAX_TEXT, identifier, optional, required};
pub use writer::Writer;
