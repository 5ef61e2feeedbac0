//! What a payment covers: a year for what is paid once, a calendar month for what is paid by the month.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::trust::log::entry::MAX_TIME_MS;

/// A day in milliseconds.
pub const DAY_MS: i64 = 86_400_000;
/// What is paid once is worn off, for a refund, in so many days; its licence is renewed free of charge for as many.
pub const ONCE_DAYS: i64 = 365;
/// The last month that can be paid, counted from the first.
pub const MAX_MONTH: u32 = 1_200;

/// From a moment, included, to another, excluded. In milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Beginning.
    pub from: i64,
    /// End.
    pub until: i64,
}

impl Period {
    /// The 365 days from a moment; none if they reach beyond the year 9999.
    #[must_use]
    pub fn once(from: i64) -> Option<Self> {
        let until = from.checked_add(ONCE_DAYS * DAY_MS)?;
        Self { from, until }.if_possible()
    }

    /// Month number `index`, from 0, of what began at `start`: on the same day of the month at the same time (UTC), or on the
    /// last day of a month that is too short. Counted from the start each time, so that the day does not drift.
    ///
    /// None beyond month [`MAX_MONTH`] and the year 9999.
    #[must_use]
    pub fn month(start: i64, index: u32) -> Option<Self> {
        if index > MAX_MONTH {
            return None;
        }
        Self {
            from: months_after(start, index)?,
            until: months_after(start, index.checked_add(1)?)?,
        }
        .if_possible()
    }

    /// The number of the month, of what began at `start`, in which `now` lies; 0 before that.
    #[must_use]
    pub fn month_index(start: i64, now: i64) -> Option<u32> {
        // No month has more than 31 days, so this is never too late.
        let sure = now.saturating_sub(start).max(0) / (31 * DAY_MS);
        let mut index = u32::try_from(sure).ok()?;
        while Self::month(start, index)?.until <= now {
            index = index.checked_add(1)?;
        }
        Some(index)
    }

    /// Whether a moment lies in it.
    #[must_use]
    pub const fn contains(&self, at: i64) -> bool {
        self.from <= at && at < self.until
    }

    /// Its whole days, rounded up: what a refund is counted in.
    #[must_use]
    pub const fn days(&self) -> i64 {
        let length = self.until.saturating_sub(self.from);
        length.saturating_add(DAY_MS - 1) / DAY_MS
    }

    /// The whole days of it that have not begun at `now`.
    #[must_use]
    pub fn unused_days(&self, now: i64) -> i64 {
        let left = self.until.saturating_sub(now.max(self.from)).max(0);
        if now <= self.from {
            self.days()
        } else {
            left / DAY_MS
        }
    }

    fn if_possible(self) -> Option<Self> {
        let possible = 0 <= self.from && self.from < self.until && self.until <= MAX_TIME_MS;
        possible.then_some(self)
    }
}

fn months_after(start: i64, months: u32) -> Option<i64> {
    let span = Span::new().try_months(months).ok()?;
    let start = Timestamp::from_millisecond(start).ok()?;
    let end = start.to_zoned(TimeZone::UTC).checked_add(span).ok()?;
    Some(end.timestamp().as_millisecond())
}
