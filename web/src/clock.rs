//! The time, in milliseconds since 1970 UTC. One place asks the system for it, so that tests can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The service's clock: the system's, moved by an offset that is 0 outside tests. Clones share the offset.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset: Arc<AtomicI64>,
}

impl Clock {
    /// Milliseconds since 1970 UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        jiff::Timestamp::now()
            .as_millisecond()
            .saturating_add(self.offset.load(Ordering::Relaxed))
    }

    /// Moves this clock and its clones forward. For tests of what expires.
    pub fn advance(&self, ms: i64) {
        self.offset.fetch_add(ms, Ordering::Relaxed);
    }
}

/// A time or count of the database as it goes over the wire; nothing there is negative.
#[must_use]
pub fn wire(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A time or count of the wire as it goes into the database.
#[must_use]
pub fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
