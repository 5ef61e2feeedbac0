//! Times as carriers write them: RFC 3339, with a zone.

use guildhall_sdk::Date;

/// Seconds since 1970 of `2026-11-20T10:00:00+01:00`; a fraction of a second is left out.
pub fn seconds(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let date: Date = date.parse().ok()?;
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (clock, zone) = rest.split_at_checked(zone_at)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let of_day = match pairs(clock)?.as_slice() {
        [hour @ ..24, minute @ ..60, second @ ..60] => hour * 3_600 + minute * 60 + second,
        _ => return None,
    };
    let ahead = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, offset) => match pairs(offset)?.as_slice() {
            [hour @ ..24, minute @ ..60] => {
                let offset = hour * 3_600 + minute * 60;
                if sign == "-" { -offset } else { offset }
            }
            _ => return None,
        },
    };
    Some(date.days_since_epoch() * 86_400 + of_day - ahead)
}

/// The numbers of two digits between colons.
fn pairs(text: &str) -> Option<Vec<i64>> {
    text.split(':')
        .map(|pair| match pair.len() {
            2 if pair.bytes().all(|byte| byte.is_ascii_digit()) => pair.parse().ok(),
            _ => None,
        })
        .collect()
}

/// `2026-11-20 10:00 +01:00`, for a person.
pub fn shown(text: &str) -> String {
    let zone = text.rfind(['Z', '+', '-']).unwrap_or(text.len());
    let (day, clock) = (text.get(..10), text.get(11..16));
    match (day, clock, text.get(zone..)) {
        (Some(day), Some(clock), Some(zone)) => {
            let zone = if zone == "Z" { "UTC" } else { zone };
            format!("{day} {clock} {zone}")
        }
        _ => text.to_owned(),
    }
}
