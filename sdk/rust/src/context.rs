//! Facts about this invocation: time, random bytes, the merchant's language and settings. Needs no grant.

use std::fmt;

use crate::date::Date;
use crate::refusal::Refusal;

pub use crate::bindings::guildhall::skill::context::Instant;

/// Time of the last recorded event of this run. It does not move while the skill computes.
pub fn now() -> Instant {
    crate::host::context::now()
}

/// Today's date in UTC, by [`now`].
pub fn today() -> Date {
    now().date()
}

/// Random bytes from a seed that the journal keeps, at most 4,096 a call.
///
/// # Errors
/// The host's refusal when more are asked for.
pub fn random(length: u32) -> Result<Vec<u8>, Refusal> {
    crate::host::context::random(length)
}

/// The merchant's language as a BCP 47 tag, for example `de-DE`.
pub fn locale() -> String {
    crate::host::context::locale()
}

/// A setting that `skill.toml` declares: the merchant's value, or its default; none if neither exists.
pub fn setting(name: &str) -> Option<String> {
    crate::host::context::setting(name)
}

/// Identifier of this invocation.
pub fn invocation() -> String {
    crate::host::context::invocation()
}

impl Instant {
    /// The date in UTC.
    pub fn date(&self) -> Date {
        Date::from_days_since_epoch(self.seconds.div_euclid(86_400))
    }
}

/// `YYYY-MM-DDTHH:MM:SSZ`, fractions of a second left out.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.seconds.rem_euclid(86_400);
        let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}Z", self.date())
    }
}
