//! Money is exact, and says so when it cannot be.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use guildhall_sdk::{Currency, Money, MoneyError};
use proptest::prelude::*;

fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR").unwrap()
}

#[test]
fn decimal_places_follow_iso_4217() {
    for (code, places, one) in [
        ("EUR", 2, "1.00"),
        ("USD", 2, "1.00"),
        ("HUF", 2, "1.00"),
        ("JPY", 0, "1"),
        ("ISK", 0, "1"),
        ("CLP", 0, "1"),
        ("KWD", 3, "1.000"),
        ("TND", 3, "1.000"),
        ("IQD", 3, "1.000"),
        ("CLF", 4, "1.0000"),
    ] {
        let currency: Currency = code.parse().unwrap();
        assert_eq!(currency.exponent(), places, "{code}");
        let money = Money::of(currency.minor_per_major(), currency);
        assert_eq!(money.amount().unwrap(), one);
        assert_eq!(money.to_string(), format!("{one} {code}"));
    }
}

#[test]
fn codes_without_minor_units_and_wrong_codes_are_refused() {
    for code in [
        "XXX",
        "XAU",
        "eur",
        "EU",
        "",
        "EURO",
        "ZZZ",
        "EUR ",
        "\u{202e}EUR",
    ] {
        assert_eq!(
            Currency::new(code),
            Err(MoneyError::UnknownCurrency(code.to_owned()))
        );
    }
}

#[test]
fn text_is_read_exactly() {
    for (text, minor) in [
        ("0", 0),
        ("12", 1_200),
        ("12.3", 1_230),
        ("12.34", 1_234),
        ("012.3400", 1_234),
        ("-0.05", -5),
        ("+7.00", 700),
        ("92233720368547758.07", i64::MAX),
        ("-92233720368547758.08", i64::MIN),
    ] {
        assert_eq!(Money::parse(text, "EUR"), Ok(eur(minor)), "{text}");
    }
    assert_eq!(Money::parse("1.0", "JPY").unwrap().minor, 1);
}

#[test]
fn what_is_no_plain_decimal_number_is_refused() {
    for text in [
        "", "-", ".", "1.", ".5", "1,50", "1 000", "1e3", "0x10", "--1", "1.2.3", "NaN", "٣",
        "1.-5", "€1",
    ] {
        assert_eq!(
            Money::parse(text, "EUR"),
            Err(MoneyError::NotANumber(text.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn decimal_places_that_would_be_lost_are_refused() {
    assert!(matches!(
        Money::parse("1.005", "EUR"),
        Err(MoneyError::TooManyDecimals { exponent: 2, .. })
    ));
    assert!(matches!(
        Money::parse("0.5", "JPY"),
        Err(MoneyError::TooManyDecimals { exponent: 0, .. })
    ));
}

#[test]
fn sums_neither_overflow_nor_mix_currencies() {
    assert_eq!(eur(1).checked_add(&eur(2)), Ok(eur(3)));
    assert_eq!(eur(1).checked_sub(&eur(2)), Ok(eur(-1)));
    assert_eq!(
        eur(i64::MAX).checked_add(&eur(1)),
        Err(MoneyError::OutOfRange)
    );
    assert_eq!(eur(i64::MIN).checked_neg(), Err(MoneyError::OutOfRange));
    assert_eq!(Money::sum([&eur(1), &eur(2)], "EUR"), Ok(eur(3)));
    assert_eq!(Money::sum([], "EUR"), Ok(eur(0)));
    assert!(matches!(
        eur(1).checked_add(&Money::new(1, "USD").unwrap()),
        Err(MoneyError::CurrencyMismatch { .. })
    ));
    assert!(Money::sum([&eur(1)], "USD").is_err());
}

#[test]
fn an_amount_in_an_unknown_currency_is_shown_without_a_guess_at_its_places() {
    let money = Money {
        minor: 5,
        currency: "ABC".to_owned(),
    };
    assert_eq!(money.to_string(), "5 minor units of `ABC`");
    assert!(money.amount().is_err());
}

#[cfg(feature = "decimal")]
#[test]
fn decimals_are_rounded_only_as_told() {
    use guildhall_sdk::rust_decimal::{Decimal, RoundingStrategy};

    let rounded = |text: &str, currency: &str| {
        let amount = text.parse().unwrap();
        Money::from_decimal(amount, currency, RoundingStrategy::MidpointNearestEven)
            .map(|money| money.minor)
    };
    assert_eq!(rounded("1.005", "EUR"), Ok(100));
    assert_eq!(rounded("1.015", "EUR"), Ok(102));
    assert_eq!(rounded("2.5", "JPY"), Ok(2));
    assert_eq!(rounded("7", "KWD"), Ok(7_000));
    assert_eq!(
        rounded("92233720368547758.08", "EUR"),
        Err(MoneyError::OutOfRange)
    );
    assert_eq!(
        rounded("79228162514264337593543950335", "EUR"),
        Err(MoneyError::OutOfRange)
    );
    assert_eq!(eur(-1).to_decimal().unwrap(), Decimal::new(-1, 2));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(minor in any::<i64>(), code in prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF"])) {
        let money = Money::new(minor, code).unwrap();
        prop_assert_eq!(Money::parse(&money.amount().unwrap(), code), Ok(money));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,60}", code in "[A-Z]{3}") {
        let _ = Money::parse(&text, &code);
    }

    #[test]
    fn numbers_like_an_amount_never_panic(text in "[-+]?[0-9]{0,25}(\\.[0-9]{0,25})?") {
        for code in ["EUR", "JPY", "KWD"] {
            if let Ok(money) = Money::parse(&text, code) {
                prop_assert!(money.amount().is_ok());
            }
        }
    }
}
