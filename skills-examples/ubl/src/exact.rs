//! Decimal numbers as whole numbers with a number of decimal places.

use std::fmt;

/// Digits before the point.
const MAX_WHOLE: usize = 12;
/// Digits after the point that are not trailing zeros.
const MAX_PLACES: usize = 6;

/// A decimal number: `units` / 10^`places`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact {
    units: i128,
    places: u32,
}

impl Exact {
    /// Zero.
    pub const ZERO: Exact = Exact {
        units: 0,
        places: 0,
    };
    /// One.
    pub const ONE: Exact = Exact {
        units: 1,
        places: 0,
    };
    /// One hundred: what per cent are of.
    pub const HUNDRED: Exact = Exact {
        units: 100,
        places: 0,
    };

    /// Reads a plain decimal number: a sign, digits, a point. Up to 12 digits before the point and 6 after it; no grouping,
    /// no exponent. Trailing zeros after the point are left out.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, places) = match digits.split_once('.') {
            Some((whole, places)) if !places.is_empty() => (whole, places.trim_end_matches('0')),
            Some(_) => return None,
            None => (digits, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || whole.len() > MAX_WHOLE
            || places.len() > MAX_PLACES
            || !all_digits(whole)
            || !all_digits(places)
        {
            return None;
        }
        let units = whole
            .bytes()
            .chain(places.bytes())
            .fold(0_i128, |units, digit| units * 10 + i128::from(digit - b'0'));
        Some(Exact {
            units: if negative { -units } else { units },
            places: u32::try_from(places.len()).ok()?,
        })
    }

    /// Reads a number that is not negative.
    pub fn parse_unsigned(text: &str) -> Option<Self> {
        Self::parse(text).filter(|number| !number.is_negative())
    }

    /// `units` / 10^`places`.
    pub const fn new(units: i128, places: u32) -> Self {
        Exact { units, places }
    }

    /// Numerator.
    pub fn units(&self) -> i128 {
        self.units
    }

    /// Power of ten below it.
    pub fn places(&self) -> u32 {
        self.places
    }

    /// Whether it is less than zero.
    pub fn is_negative(&self) -> bool {
        self.units < 0
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.units == 0
    }

    /// Whether it is more than zero.
    pub fn is_positive(&self) -> bool {
        self.units > 0
    }

    /// Whether it is at most as much as `other`. The order of `Ord` is that of the digits, not of the values.
    pub fn at_most(self, other: Exact) -> bool {
        self.millionths() <= other.millionths()
    }

    /// The sum; none if one is missing, if there are none, or if it gets too large.
    pub fn sum(numbers: impl IntoIterator<Item = Option<Exact>>) -> Option<Exact> {
        let mut sum = None;
        for number in numbers {
            sum = Some(number?.millionths()?.checked_add(sum.unwrap_or(0))?);
        }
        // Without the zeros that nobody wrote.
        Exact::parse(&Exact::new(sum?, 6).to_string())
    }

    fn millionths(self) -> Option<i128> {
        self.product(Exact::ONE, Exact::ONE, 6)
    }

    /// `self` × `other` ÷ `by`, in units of 10^-`places`, rounded once, half away from zero. None if `by` is zero or it gets too
    /// large.
    pub fn product(self, other: Exact, by: Exact, places: u32) -> Option<i128> {
        let numerator = self
            .units
            .checked_mul(other.units)?
            .checked_mul(power(by.places.checked_add(places)?)?)?;
        let denominator = by
            .units
            .checked_mul(power(self.places.checked_add(other.places)?)?)?;
        round_ratio(numerator, denominator)
    }
}

/// `123450` with two places is `1234.50`: all places are written.
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = self.units.unsigned_abs().to_string();
        let places = usize::try_from(self.places).unwrap_or(usize::MAX);
        if places == 0 {
            return write!(f, "{sign}{digits}");
        }
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

fn power(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

/// A quotient as a whole number, half away from zero. None for a divisor of zero.
pub fn round_ratio(numerator: i128, denominator: i128) -> Option<i128> {
    if denominator == 0 {
        return None;
    }
    let quotient = numerator.checked_div(denominator)?;
    let rest = numerator.checked_rem(denominator)?;
    if rest.unsigned_abs() < denominator.unsigned_abs().div_ceil(2) {
        return Some(quotient);
    }
    let away = if (numerator < 0) == (denominator < 0) {
        1
    } else {
        -1
    };
    quotient.checked_add(away)
}
