//! Decimal numbers as XML writes them, read exactly.

use rust_decimal::Decimal;

/// Digits before the decimal point. Sums of 100,000 such numbers still have room for ten decimal places.
const MAX_WHOLE: usize = 13;
/// Digits after the decimal point that are not trailing zeros.
const MAX_FRACTION: usize = 10;

/// Reads an `xs:decimal`: an optional sign, digits, and an optional point. No exponent, no grouping, no spaces inside.
///
/// None also for numbers beyond 13 digits before and 10 after the point: no invoice needs them, and within these
/// bounds sums and products are exact.
pub(crate) fn parse(text: &str) -> Option<Decimal> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction_digits(fraction)?;
    if whole.is_empty() && fraction.is_empty() && !digits.contains('0') {
        return None;
    }
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > MAX_WHOLE || fraction.len() > MAX_FRACTION {
        return None;
    }
    let mut mantissa: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        mantissa = mantissa * 10 + i128::from(byte - b'0');
    }
    let scale = u32::try_from(fraction.len()).ok()?;
    let signed = if negative { -mantissa } else { mantissa };
    Decimal::try_from_i128_with_scale(signed, scale).ok()
}

/// The digits after the point without trailing zeros; none if something else is among them.
fn fraction_digits(fraction: &str) -> Option<&str> {
    fraction
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| fraction.trim_end_matches('0'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        for (text, expected) in [
            ("0", "0"),
            ("-0.00", "0"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+1.50", "1.5"),
            ("-625743.54", "-625743.54"),
            ("000100.000", "100"),
            ("9999999999999.9999999999", "9999999999999.9999999999"),
            ("1.00000000000000000000000000000000000000000", "1"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_plain_decimal_is_not_read() {
        for text in [
            "",
            "-",
            "+",
            ".",
            "-.",
            "1,5",
            "1e3",
            "1 000",
            "0x10",
            "NaN",
            "INF",
            "--1",
            "1.2.3",
            "١",
            "10000000000000",
            "0.00000000001",
            "1.-5",
            "−1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
