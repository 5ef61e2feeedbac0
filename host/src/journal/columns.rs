//! Columns of the store's rows. A column that can't be what the host wrote is `JournalError::Corrupt`, never a panic and never a default.

use super::JournalError;
use super::db::{Query, Row};
use super::runs::stored;
use crate::invocation::Usage;
use crate::retention::Retention;

/// A number that is never negative.
pub(super) fn count(row: &Row, column: &str) -> Result<u64, JournalError> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number)
        .map_err(|_| JournalError::Corrupt(format!("the number {number} as `{column}`")))
}

/// What a run used.
pub(super) fn usage(row: &Row) -> Result<Usage, JournalError> {
    Ok(Usage {
        fuel: count(row, "fuel")?,
        wall_ms: count(row, "wall_ms")?,
        memory_bytes: count(row, "memory_bytes")?,
        host_calls: count(row, "host_calls")?,
        bytes_in: count(row, "bytes_in")?,
        bytes_out: count(row, "bytes_out")?,
        log_bytes_dropped: count(row, "log_dropped")?,
    })
}

/// Adds what a run used, in the order of the columns above.
pub(super) fn bind_usage<'q>(query: Query<'q>, usage: &Usage) -> Query<'q> {
    let bind = |query: Query<'q>, number| query.bind(stored(number));
    numbers(usage).into_iter().fold(query, bind)
}

/// Whether what a run used can be read back as it was.
pub(super) fn is_exact(usage: &Usage) -> bool {
    numbers(usage)
        .into_iter()
        .all(|number| stored(number) != i64::MAX)
}

fn numbers(usage: &Usage) -> [u64; 7] {
    let usage = *usage;
    [
        usage.fuel,
        usage.wall_ms,
        usage.memory_bytes,
        usage.host_calls,
        usage.bytes_in,
        usage.bytes_out,
        usage.log_bytes_dropped,
    ]
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
