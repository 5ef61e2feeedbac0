//! What a form of tracking numbers is, whose a number of it is, and what no weights can say; the forms are in `table::formats`.

use guildhall_numbers::rule::{Rule, base36, digit, part};

use crate::bindings::Numbering;
use crate::table::owners::{AIRLINES, OWNERS, POSTS};

/// A form of numbers of one carrier.
pub struct Format {
    /// Who numbers like this.
    pub numbering: Numbering,
    /// The carrier; empty if the number itself names it.
    pub carrier: &'static str,
    /// Which of its numbers.
    pub service: &'static str,
    /// One of so many random numbers passes.
    pub one_in: u32,
    /// A number is of this form if it obeys one of these.
    pub rules: &'static [Rule],
}

/// The sum of GS1 (weights 3 and 1 from the left) over some digits with others before them.
pub fn gs1_holds(number: &[char], before: &str, start: usize, at: usize) -> bool {
    let digits = part(number, start, at);
    let all = before.chars().chain(digits.chars());
    let mut total = 0;
    for (weight, character) in [3, 1].into_iter().cycle().zip(all) {
        let Some(digit) = digit(0, character) else {
            return false;
        };
        total += weight * digit;
    }
    let check = number.get(at).and_then(|check| digit(0, *check));
    !digits.is_empty() && check == Some((10 - total % 10) % 10)
}

/// ISO 6346: letters count from 10 on, without 11, 22 and 33.
pub fn container(position: usize, character: char) -> Option<i64> {
    let value = base36(position, character)?;
    Some(match value {
        ..=10 => value,
        11..=20 => value + 1,
        21..=30 => value + 2,
        _ => value + 3,
    })
}

/// UPS: letters are worth the last digit of their place in ASCII less three.
pub fn ups(position: usize, character: char) -> Option<i64> {
    match character {
        'A'..='Z' => Some((i64::from(u32::from(character)) - 3) % 10),
        _ => digit(position, character),
    }
}

/// Whether the country has a post.
pub fn post(number: &[char]) -> bool {
    let country = part(number, 11, 13);
    POSTS.split_ascii_whitespace().any(|code| code == country)
}

/// Whether the first of the digits that are summed are 9 and 1 to 5.
pub fn of_usps(number: &[char]) -> bool {
    number.first() == Some(&'9') && matches!(number.get(1), Some('1'..='5'))
}

/// See [`of_usps`].
pub fn not_of_usps(number: &[char]) -> bool {
    !of_usps(number)
}

/// Who has a number of this form.
pub fn carrier(format: &Format, number: &[char]) -> String {
    let start = part(number, 0, 3);
    let named = |table: &[(&str, &str)]| {
        let of_start = |(codes, _): &&(&str, &str)| codes.split(' ').any(|code| code == start);
        table
            .iter()
            .find(of_start)
            .map(|(_, name)| (*name).to_owned())
    };
    match format.numbering {
        Numbering::Courier => format.carrier.to_owned(),
        Numbering::Post => format!("Post of {}", part(number, 11, 13)),
        Numbering::Container => {
            named(OWNERS).unwrap_or_else(|| format!("Owner {start} (BIC register)"))
        }
        Numbering::AirWaybill => {
            named(AIRLINES).unwrap_or_else(|| format!("Airline with the prefix {start}"))
        }
        Numbering::LogisticUnit => "Whoever transports this unit; ask the sender".to_owned(),
    }
}
