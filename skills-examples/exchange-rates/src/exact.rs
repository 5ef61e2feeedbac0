//! Conversion without loss: rates are whole numbers with a power of ten, and one rounding happens at the very end.

use std::fmt;

/// A positive decimal number, `digits` × 10^-`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    digits: u64,
    scale: u8,
}

/// A rate has at most so many digits (the bank gives six). With an amount of 64 bits every product fits 128.
const MAX_DIGITS: usize = 12;

/// Decimal places of a cross rate as it is shown.
const SHOWN_PLACES: u8 = 12;

/// An amount in minor units, and whether it came out whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Converted {
    /// Minor units of the target currency.
    pub minor: i64,
    /// Nothing was rounded.
    pub exact: bool,
}

impl Rate {
    /// The euro's own rate.
    pub const ONE: Rate = Rate {
        digits: 1,
        scale: 0,
    };

    /// Reads a positive decimal number such as `1.0876`: no sign, no exponent, no grouping.
    pub fn parse(text: &str) -> Option<Rate> {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (text, ""),
        };
        if whole.is_empty() || whole.len() + fraction.len() > MAX_DIGITS {
            return None;
        }
        let mut digits: u64 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return None;
            }
            digits = digits * 10 + u64::from(byte - b'0');
        }
        let scale = u8::try_from(fraction.len()).ok()?;
        (digits > 0).then_some(Rate { digits, scale })
    }
}

/// As it was published, trailing zeros included.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal(i128::from(self.digits), self.scale))
    }
}

/// Converts `minor` units by two rates per euro, each with the decimal places of its currency. Rounds once, half to
/// even. None if a number in between does not fit 128 bits or the result does not fit 64.
pub fn convert(minor: i64, from: (Rate, u8), to: (Rate, u8)) -> Option<Converted> {
    let ((from, from_places), (to, to_places)) = (from, to);
    // minor / 10^from_places / from.rate * to.rate * 10^to_places, as one fraction.
    let tens =
        i32::from(from.scale) + i32::from(to_places) - i32::from(to.scale) - i32::from(from_places);
    let (up, down) = powers_of_ten(tens)?;
    let numerator = i128::from(minor)
        .checked_mul(i128::from(to.digits))?
        .checked_mul(up)?;
    let denominator = i128::from(from.digits).checked_mul(down)?;
    let (quotient, exact) = divide_half_even(numerator, denominator)?;
    Some(Converted {
        minor: i64::try_from(quotient).ok()?,
        exact,
    })
}

/// Units of `to` for one unit of `from`, rounded to 12 decimal places, trailing zeros left out. None if nothing is
/// left of it there.
pub fn cross_rate(from: Rate, to: Rate) -> Option<String> {
    let tens = i32::from(from.scale) + i32::from(SHOWN_PLACES) - i32::from(to.scale);
    let (up, down) = powers_of_ten(tens)?;
    let numerator = i128::from(to.digits).checked_mul(up)?;
    let denominator = i128::from(from.digits).checked_mul(down)?;
    let (quotient, _) = divide_half_even(numerator, denominator)?;
    let text = decimal(quotient, SHOWN_PLACES);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    (quotient > 0).then(|| text.to_owned())
}

fn powers_of_ten(tens: i32) -> Option<(i128, i128)> {
    let power = 10_i128.checked_pow(tens.unsigned_abs())?;
    Some(if tens >= 0 { (power, 1) } else { (1, power) })
}

/// The quotient rounded half to even, and whether nothing was rounded. `denominator` is positive.
fn divide_half_even(numerator: i128, denominator: i128) -> Option<(i128, bool)> {
    let quotient = numerator.checked_div_euclid(denominator)?;
    let remainder = numerator.checked_rem_euclid(denominator)?;
    let twice = remainder.checked_mul(2)?;
    let up = twice > denominator || (twice == denominator && quotient % 2 != 0);
    Some((quotient.checked_add(i128::from(up))?, remainder == 0))
}

fn decimal(digits: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let text = format!("{digits:0>width$}", width = scale + 1);
    match text.split_at_checked(text.len() - scale) {
        Some((whole, fraction)) if scale > 0 => format!("{whole}.{fraction}"),
        _ => text,
    }
}
