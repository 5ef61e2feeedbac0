//! The console's own database: who people and agents are, and what is under way at the doors. What skills were given, did and
//! answered is in the host's journal alone: no table here holds any input, output, message or payload.

pub mod agents;
pub mod approver_tokens;
pub mod chat;
pub mod hooks;
pub mod installs;
pub mod oauth;
pub mod passkeys;
pub mod people;
pub mod requests;
pub mod sessions;
pub mod settings;
pub mod skill_settings;
pub mod states;
pub mod tool_names;
pub mod uploads;

use std::path::{Path, PathBuf};

pub use guildhall_web::store::{Kind, Store, StoreError, Tables, Tx, column, parsed};

/// A connection to it.
pub type Db = sqlx::AnyConnection;

/// The steps that make its tables, in order. One that was released is never changed.
const STEPS: &[&str] = &[
    include_str!("people.sql"),
    include_str!("agents.sql"),
    include_str!("oauth.sql"),
    include_str!("states.sql"),
    include_str!("approvals.sql"),
    include_str!("settings.sql"),
    include_str!("uploads.sql"),
    include_str!("api.sql"),
    include_str!("chat.sql"),
    include_str!("scopes.sql"),
    include_str!("installs.sql"),
    include_str!("tool_names.sql"),
    include_str!("granted.sql"),
];
/// Number of the lock under which they are made, on PostgreSQL.
const LOCK: i64 = 0x6768_6301;

/// The file of the database over a state folder, where it is one.
#[must_use]
pub fn file(state: &Path) -> PathBuf {
    state.join("console.sqlite")
}

/// The address of such a file, which is made if it is not there.
#[must_use]
pub fn url(file: &Path) -> String {
    format!("sqlite://{}?mode=rwc", file.display())
}

/// Opens the database and brings its tables up to date.
///
/// # Errors
/// [`StoreError`] if it can't be opened or is newer than this program.
pub async fn open(url: &str) -> Result<Store, StoreError> {
    let tables = Tables {
        steps: STEPS,
        lock: LOCK,
    };
    Store::open(url, tables).await
}

/// Overwrites what deleted rows have left in the files of the database. On PostgreSQL that is for its operator to do.
///
/// # Errors
/// [`StoreError`], if others read or write all the time.
pub async fn scrub(store: &Store) -> Result<(), StoreError> {
    if store.kind() == Kind::Postgres {
        return Ok(());
    }
    let mut db = store.read().await?;
    sqlx::query("VACUUM").execute(&mut *db).await?;
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(&mut *db)
        .await?;
    match sqlx::Row::try_get::<i64, _>(&row, 0)? {
        0 => Ok(()),
        _ => Err(StoreError::Busy),
    }
}
