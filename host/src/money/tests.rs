#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use super::*;
use proptest::prelude::*;
use serde_json::json;

const DE: &str = "DE89370400440532013000";
const GB: &str = "GB29NWBK60161331926819";

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn purse(grants: &[&str]) -> Purse {
    Purse::new(grants.iter().map(|text| text.parse().unwrap()).collect())
}

/// Every code of three capitals that is accepted.
fn currencies() -> Vec<Currency> {
    let letters = || b'A'..=b'Z';
    letters()
        .flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])))
        .filter_map(|code| Currency::parse(std::str::from_utf8(&code).unwrap()).ok())
        .collect()
}

fn any_currency() -> impl Strategy<Value = Currency> {
    proptest::sample::select(currencies())
}

#[test]
fn exponents_are_those_of_iso_4217() {
    // List one of ISO 4217, where it is not 2.
    let special = [
        (
            0,
            "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        ),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    ];
    let all = currencies();
    assert!(all.len() > 150, "{}", all.len());
    for currency in all {
        let expected = special
            .iter()
            .find(|(_, codes)| codes.split(' ').any(|code| code == currency.code()))
            .map_or(2, |(exponent, _)| *exponent);
        assert_eq!(currency.exponent(), expected, "{currency}");
    }
}

#[test]
fn only_currencies_to_pay_in_are_read() {
    for code in [
        "XAU", "XAG", "XPT", "XPD", "XXX", "XTS", "XDR", "XSU", "XUA", "XBA",
    ] {
        let error = Currency::parse(code).unwrap_err();
        assert_eq!(error, MoneyError::NoMinorUnit(error_code(&error)), "{code}");
    }
    for code in [
        "", "eur", "Eur", " EUR", "EUR ", "EU", "EURO", "978", "DEM", "ZZZ", "€", "ЕUR",
    ] {
        assert!(
            matches!(Currency::parse(code), Err(MoneyError::UnknownCurrency(_))),
            "{code}"
        );
    }
    for (code, successor) in [
        ("BGN", "EUR"),
        ("HRK", "EUR"),
        ("SLL", "SLE"),
        ("ZWL", "ZWG"),
    ] {
        let expected = MoneyError::Withdrawn { code, successor };
        assert_eq!(Currency::parse(code), Err(expected));
    }
    for code in ["EUR", "VES", "VED", "SLE", "CHF", "CLF", "XCG"] {
        assert_eq!(Currency::parse(code).unwrap().code(), code);
    }
    let hostile = Currency::parse("\u{1b}[31mEURO and much more of it").unwrap_err();
    assert!(!hostile.to_string().contains('\u{1b}'));
    assert!(hostile.to_string().len() < 140);
}

fn error_code(error: &MoneyError) -> &'static str {
    match error {
        MoneyError::NoMinorUnit(code) => code,
        _ => "",
    }
}

#[test]
fn amounts_are_read_as_people_write_them() {
    for (text, minor) in [
        ("EUR 500.00", 50_000),
        ("EUR 500", 50_000),
        ("EUR 500.5", 50_050),
        ("EUR 0.01", 1),
        ("EUR 0", 0),
        ("JPY 5000", 5000),
        ("KWD 1.250", 1250),
        ("KWD 1.25", 1250),
        ("CLF 0.0001", 1),
        ("EUR 92233720368547758.07", i64::MAX),
        ("JPY 9223372036854775807", i64::MAX),
    ] {
        assert_eq!(amount(text).minor, minor, "{text}");
    }
}

#[test]
fn amounts_written_in_another_way_are_refused() {
    for text in [
        "",
        " ",
        "EUR",
        "EUR ",
        "EUR  5",
        " EUR 5",
        "EUR 5 ",
        "EUR5",
        "5 EUR",
        "5",
        "EUR\t5",
        "EUR\u{a0}5",
        "EUR -5",
        "EUR +5",
        "EUR 5.",
        "EUR .5",
        "EUR .",
        "EUR 5.0.0",
        "EUR 1e3",
        "EUR 1,000",
        "EUR 1,00",
        "EUR 1_000",
        "EUR 1'000",
        "EUR 1 000",
        "EUR 0x10",
        "EUR ٥",
        "EUR ５",
        "EUR NaN",
        "EUR inf",
        "EUR 5\n",
    ] {
        let error = text.parse::<Amount>().unwrap_err();
        assert!(matches!(error, MoneyError::Shape(_)), "{text}: {error}");
    }
    assert!(matches!(
        "eur 5".parse::<Amount>(),
        Err(MoneyError::UnknownCurrency(_))
    ));
}

#[test]
fn too_many_decimals_are_refused_with_the_exponent() {
    for (text, exponent) in [
        ("EUR 1.000", 2),
        ("EUR 1.005", 2),
        ("JPY 1.0", 0),
        ("KWD 1.0000", 3),
        ("CLF 1.00000", 4),
    ] {
        let error = text.parse::<Amount>().unwrap_err();
        assert!(matches!(error, MoneyError::TooFine { .. }), "{text}");
        let words = format!("exponent is {exponent}");
        assert!(error.to_string().contains(&words), "{error}");
    }
}

#[test]
fn nothing_overflows_in_silence() {
    for text in [
        "EUR 92233720368547758.08",
        "EUR 92233720368547759",
        "JPY 9223372036854775808",
        "CLF 9223372036854775807",
        &format!("EUR {}", "9".repeat(5000)),
    ] {
        assert_eq!(text.parse::<Amount>(), Err(MoneyError::Overflow), "{text}");
    }
    let max = amount("EUR 92233720368547758.07");
    let cent = amount("EUR 0.01");
    assert_eq!(max.checked_add(cent), Err(MoneyError::Overflow));
    assert_eq!(max.checked_sub(max).unwrap().minor, 0);
    let low = Amount {
        minor: i64::MIN,
        ..cent
    };
    assert_eq!(low.checked_sub(cent), Err(MoneyError::Overflow));
    assert_eq!(low.to_string(), "EUR -92,233,720,368,547,758.08");
    assert_eq!(
        cent.checked_add(amount("USD 1")),
        Err(MoneyError::OtherCurrency {
            left: cent.currency,
            right: amount("USD 1").currency
        })
    );
}

#[test]
fn what_is_paid_is_positive() {
    assert_eq!(Amount::positive(1, "EUR").unwrap(), amount("EUR 0.01"));
    for minor in [0, -1, i64::MIN] {
        assert!(matches!(
            Amount::positive(minor, "EUR"),
            Err(MoneyError::NotPositive(_))
        ));
    }
    assert!(Amount::positive(1, "XAU").is_err());
    assert!(Amount::positive(1, "eur").is_err());
}

#[test]
fn amounts_are_shown_with_groups_and_all_decimals() {
    for (minor, code, shown, plain) in [
        (123_450, "EUR", "EUR 1,234.50", "EUR 1234.50"),
        (5, "EUR", "EUR 0.05", "EUR 0.05"),
        (0, "EUR", "EUR 0.00", "EUR 0.00"),
        (-123_456_789, "EUR", "EUR -1,234,567.89", "EUR -1234567.89"),
        (-5, "EUR", "EUR -0.05", "EUR -0.05"),
        (100_000, "JPY", "JPY 100,000", "JPY 100000"),
        (999, "JPY", "JPY 999", "JPY 999"),
        (1250, "KWD", "KWD 1.250", "KWD 1.250"),
        (1, "CLF", "CLF 0.0001", "CLF 0.0001"),
        (
            i64::MAX,
            "EUR",
            "EUR 92,233,720,368,547,758.07",
            "EUR 92233720368547758.07",
        ),
    ] {
        let currency = Currency::parse(code).unwrap();
        let amount = Amount { minor, currency };
        assert_eq!(amount.to_string(), shown);
        assert_eq!(amount.plain(), plain);
    }
    assert_eq!(format!("[{:>10}]", amount("EUR 1")), "[  EUR 1.00]");
}

#[test]
fn amounts_keep_their_last_unit_in_canonical_json() {
    let canonical = |minor| {
        let amount = Amount {
            minor,
            ..amount("EUR 1")
        };
        serde_json_canonicalizer::to_string(&amount).unwrap()
    };
    assert_eq!(canonical(1250), r#"{"currency":"EUR","minor":1250}"#);
    assert_eq!(
        canonical(i64::MAX),
        r#"{"currency":"EUR","minor":"9223372036854775807"}"#
    );
    let edge = (1_i64 << 53) - 1;
    for minor in [edge, -edge, edge + 1, i64::MIN, i64::MAX - 1] {
        assert_ne!(canonical(minor), canonical(minor + 1));
        let back: Amount = serde_json::from_str(&canonical(minor)).unwrap();
        assert_eq!(back.minor, minor);
    }
    for wrong in [
        json!({ "minor": 1.5, "currency": "EUR" }),
        json!({ "minor": "+5", "currency": "EUR" }),
        json!({ "minor": "05", "currency": "EUR" }),
        json!({ "minor": "5.0", "currency": "EUR" }),
        json!({ "minor": u64::MAX, "currency": "EUR" }),
        json!({ "minor": "9223372036854775808", "currency": "EUR" }),
        json!({ "minor": null, "currency": "EUR" }),
        json!({ "minor": 5, "currency": "XAU" }),
        json!({ "minor": 5, "currency": "eur" }),
        json!({ "minor": 5 }),
    ] {
        assert!(
            serde_json::from_value::<Amount>(wrong.clone()).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn a_money_grant_is_read_from_the_command_line() {
    for (text, shown) in [
        ("EUR 500", "EUR 500.00".to_owned()),
        ("EUR 500.00 to iban:*", "EUR 500.00 to iban:*".to_owned()),
        (
            "EUR 500.00 to book:acme/skills",
            "EUR 500.00 to book:acme/skills".to_owned(),
        ),
        (
            "EUR 500.00 to DE89 3704 0044 0532 0130 00",
            format!("EUR 500.00 to iban:{DE}"),
        ),
        (
            " EUR 500  to  iban: DE89\u{a0}3704 0044 0532 0130 00 ",
            format!("EUR 500.00 to iban:{DE}"),
        ),
        (
            "JPY 5000 to GB29NWBK60161331926819",
            format!("JPY 5000 to iban:{GB}"),
        ),
    ] {
        let grant: PayGrant = text.parse().unwrap();
        assert_eq!(grant.to_string(), shown);
        assert_eq!(shown.parse::<PayGrant>().unwrap(), grant);
        let json = serde_json::to_string(&grant).unwrap();
        assert_eq!(serde_json::from_str::<PayGrant>(&json).unwrap(), grant);
    }
    let grant: PayGrant = format!("EUR 5 to {DE}").parse().unwrap();
    assert_eq!(
        serde_json::to_value(grant).unwrap(),
        json!({ "ceiling": { "minor": 500, "currency": "EUR" }, "payee": format!("iban:{DE}") })
    );
}

#[test]
fn a_money_grant_that_is_not_one_is_refused() {
    for text in [
        "",
        "to",
        "EUR 0",
        "EUR -1",
        "EUR 500 to",
        "EUR 500 to ",
        "to DE89370400440532013000",
        "EUR 500 for x",
    ] {
        assert!(
            matches!(text.parse::<PayGrant>(), Err(PayGrantError::Ceiling(_))),
            "{text}"
        );
    }
    for text in [
        "EUR 500 to acme",
        "EUR 500 to *",
        "EUR 500 to DE88370400440532013000",
        "EUR 500 to de89370400440532013000",
        "EUR 500 to paypal:acme",
        "EUR 500 to book:Acme",
        "EUR 500 to book:",
        "EUR 500 to DE89370400440532013000 to DE89370400440532013000",
    ] {
        assert!(
            matches!(text.parse::<PayGrant>(), Err(PayGrantError::Payee { .. })),
            "{text}"
        );
    }
}

#[test]
fn a_payment_is_taken_from_the_narrowest_grant_that_has_room() {
    let specific = format!("EUR 100 to {DE}");
    let mut purse = purse(&[
        "EUR 80",
        "EUR 50 to iban:*",
        &specific,
        "EUR 70",
        "USD 1000",
    ]);
    let steps = [
        (DE, "EUR 90", [0, 0, 9000, 0, 0]),
        (DE, "EUR 20", [0, 2000, 9000, 0, 0]),
        (DE, "EUR 40", [0, 2000, 9000, 4000, 0]),
        (DE, "EUR 10", [0, 2000, 10_000, 4000, 0]),
        (GB, "EUR 60", [6000, 2000, 10_000, 4000, 0]),
        (GB, "USD 1000", [6000, 2000, 10_000, 4000, 100_000]),
    ];
    for (account, asked, expected) in steps {
        purse.allot("iban", account, amount(asked)).unwrap();
        let used: Vec<i64> = purse.used().map(|(_, used)| used.minor).collect();
        assert_eq!(used, expected, "{asked}");
    }
    assert_eq!(
        purse.allot("iban", DE, amount("EUR 31")),
        Err(PurseRefusal::OverCeiling {
            ceiling: amount("EUR 50"),
            used: amount("EUR 20"),
            asked: amount("EUR 31"),
        })
    );
    purse.allot("iban", DE, amount("EUR 30")).unwrap();
}

#[test]
fn a_grant_for_one_account_is_used_up_before_one_for_anybody_even_with_more_room() {
    let specific = format!("EUR 100 to {DE}");
    let mut purse = purse(&["EUR 10", "EUR 20 to iban:*", &specific]);
    let mut expect = |text: &str, expected: [i64; 3]| {
        purse.allot("iban", DE, amount(text)).unwrap();
        let used: Vec<i64> = purse.used().map(|(_, used)| used.minor).collect();
        assert_eq!(used, expected);
    };
    expect("EUR 5", [0, 0, 500]);
    expect("EUR 95", [0, 0, 10_000]);
    expect("EUR 5", [0, 500, 10_000]);
}

#[test]
fn a_payment_is_not_split_between_grants() {
    let mut purse = purse(&["EUR 60", "EUR 60"]);
    assert!(purse.allot("iban", DE, amount("EUR 100")).is_err());
    purse.allot("iban", DE, amount("EUR 60")).unwrap();
    purse.allot("iban", DE, amount("EUR 60")).unwrap();
    assert!(purse.allot("iban", DE, amount("EUR 0.01")).is_err());
}

#[test]
fn what_no_grant_names_is_not_granted() {
    let specific = format!("EUR 100 to {DE}");
    let mut purse = purse(&[&specific, "EUR 10 to book:*"]);
    for (scheme, account, asked) in [
        ("iban", GB, "EUR 1"),
        ("iban", DE, "USD 1"),
        ("IBAN", DE, "EUR 1"),
        ("iban", "DE89 3704 0044 0532 0130 00", "EUR 1"),
        ("x402", "a", "EUR 1"),
    ] {
        let refusal = purse.allot(scheme, account, amount(asked)).unwrap_err();
        assert!(
            matches!(refusal, PurseRefusal::NotGranted { .. }),
            "{refusal}"
        );
    }
    let words = purse
        .allot("iban", GB, amount("EUR 1234"))
        .unwrap_err()
        .remedy();
    assert!(
        words.contains(&format!("`--pay 'EUR 1234.00 to iban:{GB}'`")),
        "{words}"
    );
    let hostile = purse.allot("book", "x'; rm -rf ~; '", amount("USD 1"));
    assert!(!hostile.unwrap_err().remedy().contains("--pay"));
    let zero = purse.allot("iban", DE, amount("EUR 0"));
    assert!(matches!(zero, Err(PurseRefusal::NotPositive { .. })));
    let minus = Amount {
        minor: -5,
        ..amount("EUR 0")
    };
    assert!(matches!(
        purse.allot("iban", DE, minus),
        Err(PurseRefusal::NotPositive { .. })
    ));
}

#[test]
fn the_largest_amount_fits_the_largest_ceiling_once() {
    let mut purse = purse(&["EUR 92233720368547758.07"]);
    let max = amount("EUR 92233720368547758.07");
    purse.allot("iban", DE, amount("EUR 0.01")).unwrap();
    assert!(purse.allot("iban", DE, max).is_err());
    purse
        .allot("iban", DE, amount("EUR 92233720368547758.06"))
        .unwrap();
    assert!(purse.allot("iban", DE, amount("EUR 0.01")).is_err());
}

#[test]
fn a_ceiling_below_zero_in_stored_data_grants_nothing() {
    let ceiling = Amount {
        minor: i64::MIN,
        ..amount("EUR 1")
    };
    let mut purse = Purse::new(vec![PayGrant {
        ceiling,
        payee: None,
    }]);
    assert!(purse.allot("iban", DE, amount("EUR 0.01")).is_err());
    assert!(
        purse
            .allot("iban", DE, amount("EUR 92233720368547758.07"))
            .is_err()
    );
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".{0,60}") {
        let _ = text.parse::<Amount>();
        let _ = text.parse::<PayGrant>();
        let _ = Currency::parse(&text);
        let _ = serde_json::from_str::<Amount>(&text);
    }

    #[test]
    fn reading_something_like_an_amount_never_panics(text in "[A-Z]{2,4}[ ]{0,2}[-+0-9.,]{0,30}( to .{0,20})?") {
        let _ = text.parse::<Amount>();
        let _ = text.parse::<PayGrant>();
    }

    #[test]
    fn a_plain_amount_reads_back(minor in 0..=i64::MAX, currency in any_currency()) {
        let amount = Amount { minor, currency };
        prop_assert_eq!(amount.plain().parse::<Amount>().unwrap(), amount);
        let json = serde_json::to_string(&amount).unwrap();
        prop_assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), amount);
        prop_assert_eq!(amount.to_string().replace(',', ""), amount.plain());
    }

    #[test]
    fn sums_are_those_of_wide_integers(a: i64, b: i64, currency in any_currency()) {
        let (x, y) = (Amount { minor: a, currency }, Amount { minor: b, currency });
        let wide = |sum: i128| i64::try_from(sum).ok();
        prop_assert_eq!(x.checked_add(y).ok().map(|s| s.minor), wide(i128::from(a) + i128::from(b)));
        prop_assert_eq!(x.checked_sub(y).ok().map(|s| s.minor), wide(i128::from(a) - i128::from(b)));
    }

    #[test]
    fn no_more_is_taken_than_was_granted(
        grants in prop::collection::vec((prop_oneof![1..2000_i64, i64::MAX - 5..=i64::MAX], 0..5_usize, any::<bool>()), 0..5),
        payments in prop::collection::vec((prop_oneof![4 => -5..900_i64, 1 => i64::MAX - 900..=i64::MAX], 0..3_usize, any::<bool>()), 0..40),
    ) {
        let code = |euro| if euro { "EUR" } else { "JPY" };
        let payees = [None, Some("iban:*".to_owned()), Some("book:*".to_owned()), Some(format!("iban:{DE}")), Some("book:acme".to_owned())];
        let accounts = [("iban", DE), ("iban", GB), ("book", "acme")];
        let grants: Vec<PayGrant> = grants.into_iter().map(|(minor, payee, euro)| PayGrant {
            ceiling: Amount::positive(minor, code(euro)).unwrap(),
            payee: payees[payee].as_ref().map(|text| text.parse().unwrap()),
        }).collect();
        let mut purse = Purse::new(grants);
        let mut taken: i128 = 0;
        for (minor, account, euro) in payments {
            let (scheme, id) = accounts[account];
            let asked = Amount { minor, currency: Currency::parse(code(euro)).unwrap() };
            let before: Vec<i64> = purse.used().map(|(_, used)| used.minor).collect();
            let outcome = purse.allot(scheme, id, asked);
            let after: Vec<(PayGrant, i64)> = purse.used().map(|(grant, used)| (grant.clone(), used.minor)).collect();
            let mut changed = 0;
            for (old, (grant, new)) in before.iter().zip(&after) {
                prop_assert!(*new >= 0 && *new <= grant.ceiling.minor);
                if old != new {
                    changed += 1;
                    prop_assert_eq!(i128::from(*new) - i128::from(*old), i128::from(minor));
                    prop_assert_eq!(grant.ceiling.currency, asked.currency);
                    prop_assert!(grant.payee.as_ref().is_none_or(|payee| payee.allows(scheme, id)));
                }
            }
            prop_assert_eq!(changed, usize::from(outcome.is_ok()));
            if outcome.is_ok() { taken += i128::from(minor); }
            // It is refused only where no single grant had room.
            let could = after.iter().any(|(grant, used)| grant.ceiling.currency == asked.currency
                && grant.payee.as_ref().is_none_or(|payee| payee.allows(scheme, id))
                && i128::from(*used) + i128::from(minor) <= i128::from(grant.ceiling.minor));
            prop_assert!(outcome.is_ok() || minor <= 0 || !could);
        }
        let sum: i128 = purse.used().map(|(_, used)| i128::from(used.minor)).sum();
        prop_assert_eq!(sum, taken);
    }
}
