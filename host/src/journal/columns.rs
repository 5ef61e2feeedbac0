//! Columns of the store's rows. A column that can't be what the host wrote is `JournalError::Corrupt`, never a panic and never a default.

use super::JournalError;
use super::db::Row;
use crate::retention::Retention;

/// A number that is never negative.
pub(super) fn count(row: &Row, column: &str) -> Result<u64, JournalError> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number)
        .map_err(|_| JournalError::Corrupt(format!("the number {number} as `{column}`")))
}

/// The handle of an effect in its run.
pub(super) fn index(row: &Row) -> Result<u32, JournalError> {
    let number: i64 = row.try_get("idx")?;
    u32::try_from(number)
        .map_err(|_| JournalError::Corrupt(format!("the number {number} as an effect's handle")))
}

/// What is kept of a run.
pub(super) fn retention(row: &Row) -> Result<Retention, JournalError> {
    row.try_get::<String, _>("retention")?
        .parse()
        .map_err(|_| JournalError::Corrupt("a retention".to_owned()))
}
