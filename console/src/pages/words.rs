//! Words and times of pages.

use guildhall_package::market::Problem;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time, as people read it and as programs do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// `29 Nov 2026, 12:30 UTC`.
    pub text: String,
    /// RFC 3339.
    pub exact: String,
}

/// A time of a row, in milliseconds since 1970 UTC.
#[must_use]
pub fn when(ms: i64) -> When {
    let time = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let text = time
        .to_zoned(TimeZone::UTC)
        .strftime("%-d %b %Y, %H:%M UTC")
        .to_string();
    When {
        text,
        exact: time.to_string(),
    }
}

/// A text as a sentence: with a capital and a full stop.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let mut sentence: String = first.to_uppercase().chain(letters).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// What happened and what to do, for the head of a form.
#[must_use]
pub fn problem(problem: &Problem) -> String {
    format!("{} {}", sentence(&problem.detail), sentence(&problem.fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sentences_are_as_people_write_them() {
        assert_eq!(when(1_795_955_400_000).text, "29 Nov 2026, 12:30 UTC");
        assert_eq!(when(i64::MAX).text, "1 Jan 1970, 00:00 UTC");
        assert_eq!(sentence("it broke"), "It broke.");
        assert_eq!(sentence(" Éa? "), "Éa?");
        assert_eq!(sentence(""), "");
    }
}
