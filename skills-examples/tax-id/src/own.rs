//! What the general rules cannot say: days of birth inside numbers, and values that depend on the position.

use guildhall_sdk::Date;

use guildhall_numbers::rule::{base36, digit, value};

use crate::table::issued::{INDONESIAN_PLACES, SAN_MARINO};

/// Whether there is such a day.
fn day(year: u64, month: u64, day: u64) -> bool {
    format!("{year:04}-{month:02}-{day:02}")
        .parse::<Date>()
        .is_ok()
}

/// The two digits from `start` on.
fn two(number: &[char], start: usize) -> u64 {
    value(number, start, start + 2).unwrap_or(99)
}

/// Bulgarian EGN: the month is 20 more for the nineteenth century and 40 more for the twenty-first.
pub fn bulgarian_birth(number: &[char]) -> bool {
    let (year, month) = (two(number, 0), two(number, 2));
    match month {
        41.. => day(2000 + year, month - 40, two(number, 4)),
        21.. => day(1800 + year, month - 20, two(number, 4)),
        _ => day(1900 + year, month, two(number, 4)),
    }
}

/// Czech birth number of nine digits, given until 1953: women's months are 50 more.
pub fn czech_birth_short(number: &[char]) -> bool {
    let year = match two(number, 0) {
        year @ 80.. => 1800 + year,
        year => 1900 + year,
    };
    year <= 1953 && day(year, two(number, 2) % 50 % 20, two(number, 4))
}

/// Czech birth number of ten digits, given since 1954.
pub fn czech_birth(number: &[char]) -> bool {
    let year = match two(number, 0) {
        year @ 54.. => 1900 + year,
        year => 2000 + year,
    };
    day(year, two(number, 2) % 50 % 20, two(number, 4))
}

/// Check digit of that number: nine digits modulo 11, and 0 where that leaves 10.
pub fn czech_birth_digit(number: &[char]) -> bool {
    value(number, 0, 9).map(|nine| nine % 11 % 10) == value(number, 9, 10)
}

/// Latvian personal code: day, month, year, and the century after them.
pub fn latvian_birth(number: &[char]) -> bool {
    let century = value(number, 6, 7).unwrap_or(9);
    day(
        1800 + century * 100 + two(number, 4),
        two(number, 2),
        two(number, 0),
    )
}

/// Indonesian NIK: day (women's 40 more), month, year of this or the last century.
pub fn indonesian_birth(number: &[char]) -> bool {
    let (of_month, month, year) = (two(number, 6) % 40, two(number, 8), two(number, 10));
    day(1900 + year, month, of_month) || day(2000 + year, month, of_month)
}

/// Mexican RFC: year, month, day.
pub fn mexican_company_day(number: &[char]) -> bool {
    day(2000 + two(number, 3), two(number, 5), two(number, 7))
}

/// As [`mexican_company_day`], one place later.
pub fn mexican_person_day(number: &[char]) -> bool {
    day(2000 + two(number, 4), two(number, 6), two(number, 8))
}

/// Cyprus: digits at odd places (from 1) are worth something else.
pub fn cypriot(position: usize, character: char) -> Option<i64> {
    let digit = usize::try_from(digit(position, character)?).ok()?;
    match position % 2 {
        0 => [1, 0, 5, 7, 9, 13, 15, 17, 19, 21].get(digit).copied(),
        _ => i64::try_from(digit).ok(),
    }
}

/// Ireland: the letter at the end counts from W = 0, A = 1.
pub fn irish(position: usize, character: char) -> Option<i64> {
    match character {
        'W' => Some(0),
        'A'..='V' => base36(position, character).map(|value| value - 9),
        _ => digit(position, character),
    }
}

/// Brazil since letters came: what ASCII makes of the character, less 48.
pub fn brazilian(_: usize, character: char) -> Option<i64> {
    Some(i64::from(u32::from(character)) - 48)
}

/// China's alphabet of 31 characters, without I, O, S, V and Z (GB 32100-2015).
pub fn chinese(_: usize, character: char) -> Option<i64> {
    let place = CHINESE.chars().position(|one| one == character)?;
    i64::try_from(place).ok()
}

/// See [`chinese`].
pub const CHINESE: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Belarus: a letter in the second place counts from 0 in this list.
pub fn belarusian(position: usize, character: char) -> Option<i64> {
    match (position, "ABCEHKMOPT".find(character)) {
        (1, Some(place)) => i64::try_from(place).ok(),
        _ => base36(position, character),
    }
}

/// Venezuela: the letter says who it is, and is worth four times as much.
pub fn venezuelan(position: usize, character: char) -> Option<i64> {
    match "-VEJPG".find(character) {
        Some(place @ 1..) => i64::try_from(4 * place).ok(),
        _ => digit(position, character),
    }
}

/// Korea: of the ninth digit times five, the tens are added, too.
pub fn korean(position: usize, character: char) -> Option<i64> {
    let digit = digit(position, character)?;
    Some(match position {
        8 => digit * 5 + digit / 2,
        _ => digit,
    })
}

/// Türkiye: each digit plus its place from the right, times a power of two, modulo 9 (9 for 0).
pub fn turkish(position: usize, character: char) -> Option<i64> {
    let place = 9 - i64::try_from(position).ok()?;
    let moved = (digit(position, character)? + place) % 10;
    let power = 1_i64 << place;
    Some(match (moved, moved * power % 9) {
        (0, _) => 0,
        (_, 0) => 9,
        (_, rest) => rest,
    })
}

/// France's keys with a letter: the two characters and the SIREN, modulo 11.
pub fn french_key(number: &[char]) -> bool {
    let place = |at: usize| {
        let character = *number.get(at)?;
        u64::try_from(FRENCH.find(character)?).ok()
    };
    let (Some(first), Some(second), Some(siren)) = (place(0), place(1), value(number, 2, 11))
    else {
        return false;
    };
    let key = match first {
        0..=9 => first * 24 + second - 10,
        _ => first * 34 + second - 100,
    };
    (siren + 1 + key / 11) % 11 == key % 11
}

/// Digits and letters without I and O.
const FRENCH: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Taiwan: the digits of the products add up; a seventh digit of 7 makes 10, which counts as 1 or as 0.
fn taiwanese(number: &[char], modulus: i64) -> bool {
    let weights = [1, 2, 1, 2, 1, 2, 4, 1];
    let mut sum = 0;
    for (position, weight) in weights.into_iter().enumerate() {
        let Some(digit) = number.get(position).and_then(|one| digit(position, *one)) else {
            return false;
        };
        sum += weight * digit / 10 + weight * digit % 10;
    }
    sum % modulus == 0 || (number.get(6) == Some(&'7') && (sum + 1) % modulus == 0)
}

/// The rule until 31 March 2023: divisible by ten.
pub fn taiwanese_by_ten(number: &[char]) -> bool {
    taiwanese(number, 10)
}

/// The rule since 1 April 2023: divisible by five.
pub fn taiwanese_by_five(number: &[char]) -> bool {
    taiwanese(number, 5)
}

/// Ecuador: the tenth digit is Luhn's over ten digits.
pub fn folded_pair(number: &[char]) -> bool {
    let mut sum = 0;
    for (place, character) in number.iter().take(10).enumerate() {
        let Some(digit) = character.to_digit(10) else {
            return false;
        };
        sum += match (place % 2, digit) {
            (0, 5..) => digit * 2 - 9,
            (0, _) => digit * 2,
            _ => digit,
        };
    }
    sum % 10 == 0
}

/// Whether the first four digits are a place of registration.
pub fn indonesian_place(number: &[char]) -> bool {
    let place = value(number, 0, 4).unwrap_or_default();
    INDONESIAN_PLACES
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&place))
}

/// Liechtenstein: four to twelve digits, whatever zeros stand before them.
pub fn liechtenstein(number: &[char]) -> bool {
    value(number, 0, number.len()).is_some_and(|value| (1_000..1_000_000_000_000).contains(&value))
}

/// Five digits at most, whatever zeros stand before them; below a hundred only those in use.
pub fn san_marino(number: &[char]) -> bool {
    match value(number, 0, number.len()) {
        Some(value @ ..100) => SAN_MARINO.contains(&value),
        Some(value) => value < 100_000,
        None => false,
    }
}
