//! The database under the journal, behind types of its own: the journal's statements are written once, and these carry them out.
//!
//! - A statement has `$1`, `$2` … for its values, and only what databases understand alike. Where they differ, it is given once for
//!   each ([`Text::each`]).
//! - Values are whole numbers of 64 bits, texts and bytes, or nothing of such a kind; rows give the same back.
//! - Which database it is, is decided when the journal is opened, and asked by a `match` at each statement, never for each row.
//! - One connection writes, in transactions that [`Pen::begin`] opens; others read.

mod connection;
mod limits;
mod nul;
mod open;
mod pen;
mod postgres;
mod query;
mod row;
mod search;
mod value;

pub(super) use connection::{Connection, On, Readers};
pub(crate) use open::Place;
pub(super) use open::{Opened, open};
pub(super) use pen::{Pen, is_away};
pub use postgres::{DatabaseUrl, InvalidDatabaseUrl};
pub(super) use query::{Query, Text, query};
pub(super) use row::{Row, Stored};
pub(super) use search::Search;
