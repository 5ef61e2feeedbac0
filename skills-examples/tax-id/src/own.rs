//! What the general rules cannot say: days of birth inside numbers, and values that depend on the position.

use guildhall_sdk::Date;

use guildhall_numbers::rule::{base36, digit, value};

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
    match character {
        'V' => Some(4),
        'E' => Some(8),
        'J' => Some(12),
        'P' => Some(16),
        'G' => Some(20),
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

/// Indonesia's places of registration as of 2012: regencies and cities, by their four digits.
const INDONESIAN_PLACES: [(u64, u64); 70] = [
    (1101, 1118),
    (1171, 1175),
    (1201, 1225),
    (1271, 1278),
    (1301, 1312),
    (1371, 1377),
    (1401, 1410),
    (1471, 1471),
    (1473, 1473),
    (1501, 1509),
    (1571, 1572),
    (1601, 1611),
    (1671, 1674),
    (1701, 1709),
    (1771, 1771),
    (1801, 1812),
    (1871, 1872),
    (1901, 1906),
    (1971, 1971),
    (2101, 2105),
    (2171, 2172),
    (3101, 3101),
    (3171, 3175),
    (3201, 3217),
    (3271, 3279),
    (3301, 3329),
    (3371, 3376),
    (3401, 3404),
    (3471, 3471),
    (3501, 3529),
    (3571, 3579),
    (3601, 3604),
    (3671, 3674),
    (5101, 5108),
    (5171, 5171),
    (5201, 5208),
    (5271, 5272),
    (5301, 5320),
    (5371, 5371),
    (6101, 6112),
    (6171, 6172),
    (6201, 6213),
    (6271, 6271),
    (6301, 6311),
    (6371, 6372),
    (6401, 6410),
    (6471, 6474),
    (7101, 7111),
    (7171, 7174),
    (7201, 7210),
    (7271, 7271),
    (7301, 7318),
    (7322, 7322),
    (7325, 7326),
    (7371, 7373),
    (7401, 7410),
    (7471, 7472),
    (7501, 7505),
    (7571, 7571),
    (7601, 7605),
    (8101, 8109),
    (8171, 8172),
    (8201, 8207),
    (8271, 8272),
    (9101, 9110),
    (9171, 9171),
    (9401, 9404),
    (9408, 9420),
    (9426, 9436),
    (9471, 9471),
];

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

/// San Marino: of the first hundred numbers, these are in use.
const SAN_MARINO: [u64; 65] = [
    2, 4, 6, 7, 8, 9, 10, 11, 13, 16, 18, 19, 20, 21, 25, 26, 30, 32, 33, 35, 36, 37, 38, 39, 40,
    42, 45, 47, 49, 51, 52, 55, 56, 57, 58, 59, 61, 62, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74,
    75, 76, 79, 80, 81, 84, 85, 87, 88, 91, 92, 94, 95, 96, 97, 99,
];

/// Five digits at most, whatever zeros stand before them; below a hundred only those in use.
pub fn san_marino(number: &[char]) -> bool {
    match value(number, 0, number.len()) {
        Some(value @ ..100) => SAN_MARINO.contains(&value),
        Some(value) => value < 100_000,
        None => false,
    }
}
