//! Points in time for people.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock and a time zone to show times in.
#[derive(Debug, Clone)]
pub struct Clock {
    now_ms: i64,
    zone: TimeZone,
}

impl Clock {
    /// The machine's.
    #[must_use]
    pub fn system() -> Self {
        Self {
            now_ms: now_ms(),
            zone: TimeZone::system(),
        }
    }

    /// A clock that stands still, in UTC.
    #[cfg(test)]
    pub const fn fixed(now_ms: i64) -> Self {
        Self {
            now_ms,
            zone: TimeZone::UTC,
        }
    }

    /// `2026-12-01 11:44 +01:00`.
    #[must_use]
    pub fn date(&self, ms: i64) -> String {
        match Timestamp::from_millisecond(ms) {
            Ok(time) => time
                .to_zoned(self.zone.clone())
                .strftime("%Y-%m-%d %H:%M %:z")
                .to_string(),
            Err(_) => format!("{ms} ms after 1970"),
        }
    }

    /// `in 7 days`, `3 minutes ago`, `just now`.
    #[must_use]
    pub fn relative(&self, ms: i64) -> String {
        guildhall_host::words::relative(ms, self.now_ms)
    }
}

/// The last day before a moment, in a zone: `2027-03-31`.
#[must_use]
pub fn last_day(ms: i64, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    match Timestamp::from_millisecond(ms.saturating_sub(1)) {
        Ok(time) => time.to_zoned(zone).date().to_string(),
        Err(_) => format!("{ms} ms after 1970"),
    }
}

/// The machine's time zone by its IANA name; UTC where it has none that every calendar knows.
#[must_use]
pub fn zone() -> String {
    let system = TimeZone::system();
    system
        .iana_name()
        .filter(|name| {
            TimeZoneDatabase::bundled()
                .get(name)
                .is_ok_and(|zone| !zone.is_unknown())
        })
        .unwrap_or("UTC")
        .to_owned()
}

/// The time now, in milliseconds since the Unix epoch.
#[must_use]
pub fn now_ms() -> i64 {
    // Not by the calendar's own clock, which panics where no calendar goes; the host refuses to work then.
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// The day so many months after a moment, in a zone: `2027-03-31`. None where no calendar has it.
#[must_use]
pub fn day_in_months(ms: i64, zone: &str, months: i32) -> Option<String> {
    let zone = TimeZone::get(zone).ok()?;
    let today = Timestamp::from_millisecond(ms).ok()?.to_zoned(zone).date();
    let span = Span::new().try_months(months).ok()?;
    today.checked_add(span).ok().map(|day| day.to_string())
}

/// A moment as programs read it: `2026-01-31T09:30:00Z`.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    match Timestamp::from_millisecond(ms) {
        Ok(time) => time.to_string(),
        Err(_) => ms.to_string(),
    }
}

/// Reads an RFC 3339 time into milliseconds since the Unix epoch.
pub fn parse_rfc3339(text: &str) -> Result<i64, String> {
    text.parse::<Timestamp>()
        .map(Timestamp::as_millisecond)
        .map_err(|_| "write a time as in 2026-01-31T09:30:00Z".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * 60;
    const DAY: i64 = 24 * HOUR;

    #[test]
    fn times_are_shown_with_their_distance() {
        let now = parse_rfc3339("2026-01-31T09:30:00Z").unwrap();
        let clock = Clock::fixed(now);
        assert_eq!(clock.date(now), "2026-01-31 09:30 +00:00");
        assert_eq!(clock.relative(now + 7 * DAY * 1000 - 5), "in 7 days");
        assert_eq!(clock.relative(now - HOUR * 1000), "1 hour ago");
        assert_eq!(clock.relative(now), "just now");
        assert!(clock.date(i64::MAX).contains("after 1970"));
        assert!(!clock.relative(i64::MIN).is_empty());
    }

    #[test]
    fn a_day_some_months_ahead_is_counted_in_the_zone() {
        let late = parse_rfc3339("2026-11-30T23:30:00Z").unwrap();
        assert_eq!(day_in_months(late, "UTC", 3).as_deref(), Some("2027-02-28"));
        assert_eq!(
            day_in_months(late, "Europe/Berlin", 3).as_deref(),
            Some("2027-03-01")
        );
        assert_eq!(day_in_months(late, "Mars/Olympus", 3), None);
    }

    #[test]
    fn an_end_is_shown_by_the_last_day_in_it() {
        let end = parse_rfc3339("2027-03-31T22:00:00Z").unwrap();
        assert_eq!(last_day(end, "Europe/Berlin"), "2027-03-31");
        assert!(last_day(i64::MAX, "UTC").contains("after 1970"));
    }

    #[test]
    fn the_zone_of_the_machine_is_one_that_calendars_know() {
        assert!(TimeZoneDatabase::bundled().get(&zone()).is_ok());
    }

    #[test]
    fn a_time_without_a_zone_is_refused() {
        assert!(parse_rfc3339("2026-01-31T09:30:00").is_err());
        assert!(parse_rfc3339("yesterday").is_err());
    }
}
