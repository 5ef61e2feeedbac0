//! Calendar dates as UBL writes them.

use time::{Date, Month};

/// Reads `YYYY-MM-DD`. A time zone behind it (`Z`, `+02:00`), which XML allows, is left aside: it does not move the day.
/// None for anything else and for days that do not exist.
pub fn parse_date(text: &str) -> Option<Date> {
    let (day, zone) = text.split_at_checked(10)?;
    let zoned = match zone.as_bytes() {
        [] | [b'Z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()),
        _ => false,
    };
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *day.as_bytes() else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u16, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u16::from(digit - b'0'))
        })
    };
    let year = number(&[y1, y2, y3, y4])?;
    let month = Month::try_from(u8::try_from(number(&[m1, m2])?).ok()?).ok()?;
    let day = u8::try_from(number(&[d1, d2])?).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, day).ok()?;
    // Year 0 is what empty templates write.
    (zoned && year > 0).then_some(date)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn days_that_exist_are_read() {
        for text in [
            "2026-11-24",
            "2024-02-29",
            "2000-02-29",
            "0001-01-01",
            "9999-12-31",
        ] {
            assert_eq!(parse_date(text).unwrap().to_string(), text);
        }
        assert_eq!(parse_date("2026-11-24Z"), parse_date("2026-11-24+02:00"));
    }

    #[test]
    fn days_that_do_not_exist_are_not_read() {
        for text in [
            "2026-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-11-00",
            "0000-01-01",
            "24.11.2026",
            "2026-11-24T10:00:00",
            "2026-1-2",
            "20261124",
            "",
            "2026-11-24+2:00",
            "２０２６-11-24",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
