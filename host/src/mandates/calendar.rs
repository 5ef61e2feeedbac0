//! The calendar in which limits are counted. Zones come from the library, not from the machine, so that a bucket is the
//! same everywhere.

use guildhall_package::text::plain;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// After how long a limit starts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// A calendar day.
    Day,
    /// A week of ISO 8601: Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// Never.
    InAll,
}

/// Why a mandate can't be used or counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MandateError {
    /// No time zone of this name. The name, made plain.
    #[error("`{0}` is not a time zone; use a name of the IANA list, for example `Europe/Berlin`")]
    Zone(String),
    /// A time that no calendar has.
    #[error("{0} milliseconds since 1970 is outside the calendar (years -9999 to 9999)")]
    Time(i64),
    /// A limit or a count of zero or less.
    #[error("a mandate with a limit of zero allows nothing; name a limit above zero")]
    Limit,
    /// A folder that is not an absolute path without `..`.
    #[error("a mandate names a folder by its absolute path without `..`")]
    Folder,
    /// It ends before it begins.
    #[error("the mandate ends before it begins; choose a later end")]
    Window,
}

impl Period {
    /// All periods.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::InAll];

    /// The word on the command line and in the journal: `day`, `week`, `month`, `in-all`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::InAll => "in-all",
        }
    }

    /// The period of a word; none for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.word() == word)
    }

    /// In a sentence: `a day`, `in all`.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Day => "a day",
            Self::Week => "a week",
            Self::Month => "a month",
            Self::InAll => "in all",
        }
    }
}

/// The bucket in which something at `now_ms` (milliseconds since the Unix epoch) is counted, by the calendar of `zone`:
/// `2026-11-24`, `2026-W48`, `2026-11` or `all`.
///
/// # Errors
/// Unknown zone, time outside the calendar.
pub fn bucket(period: Period, zone: &str, now_ms: i64) -> Result<String, MandateError> {
    let date = local(zone, now_ms)?.date();
    Ok(match period {
        Period::Day => date.to_string(),
        Period::Week => {
            let week = date.iso_week_date();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        Period::Month => format!("{:04}-{:02}", date.year(), date.month()),
        Period::InAll => "all".to_owned(),
    })
}

/// The first moment of the day after that of `ms`, by the calendar of `zone`, in milliseconds since the Unix epoch.
///
/// # Errors
/// Unknown zone, time outside the calendar.
pub fn day_after(zone: &str, ms: i64) -> Result<i64, MandateError> {
    let next = local(zone, ms)?
        .tomorrow()
        .and_then(|next| next.start_of_day())
        .map_err(|_| MandateError::Time(ms))?;
    Ok(next.timestamp().as_millisecond())
}

/// Whether `zone` is a time zone in which limits can be counted.
///
/// # Errors
/// It is not.
pub fn check_zone(zone: &str) -> Result<(), MandateError> {
    time_zone(zone).map(drop)
}

/// The local time of `zone`.
pub(super) fn local(zone: &str, ms: i64) -> Result<Zoned, MandateError> {
    let time = Timestamp::from_millisecond(ms).map_err(|_| MandateError::Time(ms))?;
    Ok(time.to_zoned(time_zone(zone)?))
}

pub(super) fn time_zone(zone: &str) -> Result<TimeZone, MandateError> {
    match ZONES.get(zone) {
        Ok(found) if !found.is_unknown() => Ok(found),
        _ => Err(MandateError::Zone(plain(zone, 40))),
    }
}
