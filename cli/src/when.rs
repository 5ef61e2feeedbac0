//! Points in time for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const TWO_DAYS: i64 = 2 * DAY;

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
            now_ms: Timestamp::now().as_millisecond(),
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
        let seconds = ms.saturating_sub(self.now_ms).div_euclid(1_000);
        let size = seconds.abs();
        // To the nearest whole unit; the exact time is shown beside it.
        let nearest = |unit: i64| (size + unit / 2) / unit;
        let (count, unit) = match size {
            0..MINUTE => {
                return if seconds > 0 {
                    "in less than a minute"
                } else {
                    "just now"
                }
                .to_owned();
            }
            MINUTE..HOUR => (nearest(MINUTE), "minute"),
            HOUR..TWO_DAYS => (nearest(HOUR), "hour"),
            _ => (nearest(DAY), "day"),
        };
        let plural = if count == 1 { "" } else { "s" };
        if seconds > 0 {
            format!("in {count} {unit}{plural}")
        } else {
            format!("{count} {unit}{plural} ago")
        }
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
    fn a_time_without_a_zone_is_refused() {
        assert!(parse_rfc3339("2026-01-31T09:30:00").is_err());
        assert!(parse_rfc3339("yesterday").is_err());
    }
}
