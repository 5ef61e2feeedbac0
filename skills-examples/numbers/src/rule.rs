//! What a country's numbers obey, as data. A rule is a form, what is never issued, and the check digits.

use crate::form::Form;

/// One way in which a number can be right.
pub struct Rule {
    /// How it is written.
    pub form: &'static str,
    /// Shorter numbers are checked with zeros (or this character) before them, up to this length.
    pub pad: (usize, char),
    /// What is never issued.
    pub only: &'static [Only],
    /// All of these hold.
    pub checks: &'static [Check],
    /// Day from which such numbers are issued; empty for as long as anybody remembers.
    pub since: &'static str,
    /// Why the sources disagree about such numbers; empty if they do not.
    pub disputed: &'static str,
}

/// A rule with a form alone.
pub const fn form(form: &'static str) -> Rule {
    Rule {
        form,
        pad: (0, '0'),
        only: &[],
        checks: &[],
        since: "",
        disputed: "",
    }
}

impl Rule {
    /// Zeros before a shorter number, up to this length.
    pub const fn pad(mut self, length: usize) -> Rule {
        self.pad = (length, '0');
        self
    }

    /// What is never issued.
    pub const fn only(mut self, only: &'static [Only]) -> Rule {
        self.only = only;
        self
    }

    /// The check digits.
    pub const fn checks(mut self, checks: &'static [Check]) -> Rule {
        self.checks = checks;
        self
    }

    /// Day from which such numbers are issued.
    pub const fn since(mut self, day: &'static str) -> Rule {
        self.since = day;
        self
    }

    /// Why the sources disagree.
    pub const fn disputed(mut self, why: &'static str) -> Rule {
        self.disputed = why;
        self
    }
}

/// What is never issued, though the form allows it. Positions count from 0, the end is not included.
pub enum Only {
    /// These characters lie between two texts of the same length.
    Range(usize, usize, &'static str, &'static str),
    /// These characters are one of the texts.
    OneOf(usize, usize, &'static [&'static str]),
    /// These characters are none of the texts.
    NoneOf(usize, usize, &'static [&'static str]),
    /// These digits are not all zero.
    NotZero(usize, usize),
    /// These digits are no later year than this one: with four digits, or with two.
    PastYear(usize, usize),
    /// Something else holds, such as that there is such a day.
    Holds(fn(&[char]) -> bool, &'static str),
}

/// A check digit.
pub enum Check {
    /// A weighted sum; the remainder says what the check character is.
    Sum(Sum),
    /// The first sum whose remainder has a check character (is not `-`) decides.
    Sums(&'static [Sum]),
    /// The weighted sum of all digits leaves one of these remainders: weights, modulus, remainders.
    Total(&'static [i64], i64, &'static [i64]),
    /// Luhn's sum over these characters, in base 10 or 36.
    Luhn(usize, usize, u32),
    /// ISO 7064 MOD 11,10 over all digits.
    Mod1110,
    /// All of it as one number (letters as two digits, after this text) leaves this remainder: text, modulus, remainder.
    Whole(&'static str, u64, u64),
    /// A part as a number gives the check digits.
    Residue(Residue),
    /// A part as a number, plus something, gives a letter of this list: start, end, plus, letters, position of the letter.
    Letter(usize, usize, u64, &'static str, usize),
    /// Computed by a function of its own.
    Own(fn(&[char]) -> bool),
}

/// A weighted sum.
pub struct Sum {
    /// Weights of the characters from the first on; 0 leaves one out.
    pub weights: &'static [i64],
    /// The sum is taken modulo this.
    pub modulus: i64,
    /// Check character by remainder; `-` where there is none and no such number is issued.
    pub expect: &'static str,
    /// Position of the check character.
    pub at: usize,
    /// What a character is worth at its position.
    pub value: fn(usize, char) -> Option<i64>,
    /// Whether the digits of each product are added up.
    pub fold: bool,
}

/// Digits that are what is left of `number × times + plus`.
pub struct Residue {
    /// Where the number begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Times.
    pub times: u64,
    /// Plus.
    pub plus: u64,
    /// Modulus.
    pub modulus: u64,
    /// The check digits: start and end.
    pub check: (usize, usize),
    /// Whether they are the modulus less the remainder.
    pub complement: bool,
}

/// A sum whose check character follows the weighted ones.
pub const fn sum(weights: &'static [i64], modulus: i64, expect: &'static str) -> Sum {
    Sum {
        weights,
        modulus,
        expect,
        at: weights.len(),
        value: digit,
        fold: false,
    }
}

impl Sum {
    /// The check character stands elsewhere.
    pub const fn at(mut self, at: usize) -> Sum {
        self.at = at;
        self
    }

    /// Characters are worth something else than their digit.
    pub const fn value(mut self, value: fn(usize, char) -> Option<i64>) -> Sum {
        self.value = value;
        self
    }

    /// The digits of each product are added up.
    pub const fn fold(mut self) -> Sum {
        self.fold = true;
        self
    }

    /// The check character; none if a character is worth nothing.
    fn expected(&self, number: &[char]) -> Option<char> {
        let mut sum = 0;
        for (position, weight) in self.weights.iter().enumerate() {
            if *weight == 0 {
                continue;
            }
            let product = weight * (self.value)(position, *number.get(position)?)?;
            sum += match self.fold {
                true => product / 100 + product / 10 % 10 + product % 10,
                false => product,
            };
        }
        let remainder = usize::try_from(sum.rem_euclid(self.modulus)).ok()?;
        self.expect.chars().nth(remainder)
    }
}

/// What an ASCII digit is worth.
pub fn digit(_: usize, character: char) -> Option<i64> {
    character.to_digit(10).map(i64::from)
}

/// Digits, then letters from 10 on.
pub fn base36(_: usize, character: char) -> Option<i64> {
    character.to_digit(36).map(i64::from)
}

/// How a number fares with one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It obeys the rule.
    Obeys,
    /// A check digit is wrong.
    Checksum,
    /// It is of the form, but this part is never issued: its first and last position from 1, or in words.
    Never(usize, usize, &'static str),
    /// It is of the form, but such numbers are issued later only.
    TooEarly(&'static str),
    /// It is of another form.
    OtherForm,
}

impl Rule {
    /// Holds a number against the rule, on a day.
    pub fn judge(&self, number: &[char], today: &str) -> Outcome {
        if !Form::read(self.form).matches(number) {
            return Outcome::OtherForm;
        }
        if today < self.since {
            return Outcome::TooEarly(self.since);
        }
        let (length, with) = self.pad;
        let missing = length.saturating_sub(number.len());
        let padded: Vec<char> = std::iter::repeat_n(with, missing)
            .chain(number.iter().copied())
            .collect();
        for only in self.only {
            if !only.holds(&padded, today) {
                let (start, end, words) = only.part();
                return Outcome::Never(
                    (start + 1).saturating_sub(missing),
                    end.saturating_sub(missing),
                    words,
                );
            }
        }
        match self.checks.iter().all(|check| check.holds(&padded)) {
            true => Outcome::Obeys,
            false => Outcome::Checksum,
        }
    }
}

impl Only {
    fn holds(&self, number: &[char], today: &str) -> bool {
        match self {
            Only::Range(start, end, from, to) => {
                let part = part(number, *start, *end);
                *from <= part.as_str() && part.as_str() <= *to
            }
            Only::OneOf(start, end, of) => of.contains(&part(number, *start, *end).as_str()),
            Only::NoneOf(start, end, of) => !of.contains(&part(number, *start, *end).as_str()),
            Only::NotZero(start, end) => {
                part(number, *start, *end).bytes().any(|byte| byte != b'0')
            }
            Only::PastYear(start, end) => {
                let year = today.get(4 - (end - start)..4).unwrap_or_default();
                part(number, *start, *end).as_str() <= year
            }
            Only::Holds(holds, _) => holds(number),
        }
    }

    fn part(&self) -> (usize, usize, &'static str) {
        match self {
            Only::Range(start, end, ..)
            | Only::OneOf(start, end, _)
            | Only::NoneOf(start, end, _)
            | Only::NotZero(start, end)
            | Only::PastYear(start, end) => (*start, *end, ""),
            Only::Holds(_, words) => (0, 0, words),
        }
    }
}

impl Check {
    /// Whether the check digit is right. What cannot be computed is not right.
    pub fn holds(&self, number: &[char]) -> bool {
        match self {
            Check::Sum(sum) => decides(std::slice::from_ref(sum), number),
            Check::Sums(sums) => decides(sums, number),
            Check::Total(weights, modulus, allowed) => {
                let digits = number.iter().map(|character| character.to_digit(10));
                let products = weights
                    .iter()
                    .zip(digits)
                    .map(|(weight, digit)| Some(weight * i64::from(digit?)));
                let total: Option<i64> = products.sum();
                number.len() == weights.len()
                    && total.is_some_and(|total| allowed.contains(&total.rem_euclid(*modulus)))
            }
            Check::Luhn(start, end, base) => luhn(number.get(*start..*end), *base),
            Check::Mod1110 => mod_11_10(number),
            Check::Whole(before, modulus, remainder) => {
                let mut rest = 0;
                for character in before.chars().chain(number.iter().copied()) {
                    match character.to_digit(36).map(u64::from) {
                        Some(value) if value < 10 => rest = (rest * 10 + value) % modulus,
                        Some(value) => rest = (rest * 100 + value) % modulus,
                        None => return false,
                    }
                }
                rest == *remainder
            }
            Check::Residue(residue) => residue.holds(number),
            Check::Letter(start, end, plus, letters, at) => {
                let count = u64::try_from(letters.len()).unwrap_or(1);
                value(number, *start, *end)
                    .and_then(|value| usize::try_from((value + plus) % count).ok())
                    .and_then(|place| letters.chars().nth(place))
                    .is_some_and(|letter| number.get(*at) == Some(&letter))
            }
            Check::Own(holds) => holds(number),
        }
    }
}

/// The first sum that has a check character decides.
fn decides(sums: &[Sum], number: &[char]) -> bool {
    for sum in sums {
        match sum.expected(number) {
            Some('-') => {}
            Some(expected) => return number.get(sum.at) == Some(&expected),
            None => return false,
        }
    }
    false
}

impl Residue {
    fn holds(&self, number: &[char]) -> bool {
        let rest = value(number, self.start, self.end)
            .map(|value| (value % self.modulus * self.times + self.plus) % self.modulus);
        let expected = rest.map(|rest| match self.complement {
            true => self.modulus - rest,
            false => rest,
        });
        expected.is_some() && expected == value(number, self.check.0, self.check.1)
    }
}

/// Some of the characters as text.
pub fn part(number: &[char], start: usize, end: usize) -> String {
    number.get(start..end).unwrap_or_default().iter().collect()
}

/// Some of the characters as a number.
pub fn value(number: &[char], start: usize, end: usize) -> Option<u64> {
    part(number, start, end).parse().ok()
}

/// Luhn's sum: from the right, every second value is doubled and its digits are added up. The last is the check character.
fn luhn(number: Option<&[char]>, base: u32) -> bool {
    let mut sum = 0;
    for (place, character) in number.unwrap_or_default().iter().rev().enumerate() {
        let Some(value) = character.to_digit(base) else {
            return false;
        };
        sum += match place % 2 {
            0 => value,
            _ => value * 2 / base + value * 2 % base,
        };
    }
    number.is_some() && sum % base == 0
}

/// ISO/IEC 7064 MOD 11,10.
fn mod_11_10(number: &[char]) -> bool {
    let Some((check, digits)) = number.split_last() else {
        return false;
    };
    let mut product = 10;
    for digit in digits {
        let Some(digit) = digit.to_digit(10) else {
            return false;
        };
        let sum = (digit + product) % 10;
        product = match sum {
            0 => 9,
            _ => sum * 2 % 11,
        };
    }
    // A sum of 0 counts as 10, and 20 modulo 11 is 9.
    check.to_digit(10) == Some((11 - product) % 10)
}
