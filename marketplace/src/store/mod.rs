//! What is durable: rows in SQLite or PostgreSQL by the same SQL. Functions here read and write rows and know no rules;
//! each takes a connection, so that what must happen together is one transaction of its caller.

pub mod accounts;
pub mod downloads;
pub mod earnings;
pub mod ledger;
pub mod log;
pub mod orders;
pub mod payouts;
pub mod publishers;
pub mod publishes;
pub mod reports;
pub mod sessions;

use guildhall_package::trust::PublicKey;
pub use guildhall_web::store::{Kind, Store, StoreError, Tables, Tx};
pub(crate) use guildhall_web::store::{column, json, parsed, parsed_option};

/// How the tables are made.
const TABLES: Tables = Tables {
    steps: &[
        include_str!("schema.sql"),
        include_str!("money.sql"),
        include_str!("pages.sql"),
        include_str!("payouts.sql"),
    ],
    lock: Lock::Schema as i64,
};

/// What is serialised on PostgreSQL by a lock that ends with the transaction.
#[derive(Debug, Clone, Copy)]
pub enum Lock {
    /// Making and changing tables.
    Schema = 0x6768_6d01,
    /// Granting names of publishers: each is compared with all others.
    Names = 0x6768_6d02,
    /// Appending to the log.
    Log = 0x6768_6d03,
    /// References of settlements: each counts once.
    Settlements = 0x6768_6d05,
    /// Payouts: what one pays out the next can't.
    Payouts = 0x6768_6d06,
}

impl From<Lock> for i64 {
    fn from(lock: Lock) -> Self {
        lock as Self
    }
}

/// First number of the locks of merchants.
const MERCHANTS: i32 = 0x6768_6d04;

/// Opens the database and brings its tables up to date.
///
/// # Errors
/// [`StoreError`] if it can't be reached or is newer than this version.
pub async fn open(url: &str) -> Result<Store, StoreError> {
    Store::open(url, TABLES).await
}

/// Waits until no other transaction is about this merchant: what he ordered, paid and got back is decided one after the other.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn lock_merchant(tx: &mut Tx, merchant: &PublicKey) -> Result<(), StoreError> {
    // Two merchants whose numbers are the same wait for each other, which harms nobody.
    let [a, b, c, d, ..] = *guildhall_package::Digest::of(merchant.as_bytes()).as_bytes();
    tx.lock_one(MERCHANTS, i32::from_be_bytes([a, b, c, d]))
        .await
}
