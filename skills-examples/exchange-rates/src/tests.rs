#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use guildhall_sdk::testing::FakeHost;
use guildhall_sdk::{Money, Refusal, RefusalKind};
use proptest::prelude::*;

use crate::bindings::{Conversion, Guest, NoRateReason, RatesError, Rounding};
use crate::ecb::{self, Unreadable};
use crate::exact::{self, Rate};
use crate::{ExchangeRates, PAGE};

const SAMPLE: &str = include_str!("../sample/eurofxref-daily.xml");
const ZONE: &str = "xmlns:gesmes='http://www.gesmes.org/xml/2002-08-01' \
                    xmlns='http://www.ecb.int/vocabulary/2002-08-01/eurofxref'";

fn bank(status: u16, page: &str) -> FakeHost {
    FakeHost::new()
        .answer(&format!("GET {PAGE}"), status, page)
        .now("2026-11-24T12:00:00Z")
}

fn convert(text: &str, from: &str, to: &str) -> Result<Conversion, RatesError> {
    ExchangeRates::convert(Money::parse(text, from).unwrap(), to.to_owned())
}

fn reason(result: Result<impl std::fmt::Debug, RatesError>) -> NoRateReason {
    match result.unwrap_err() {
        RatesError::Unavailable(no_rate) => no_rate.reason,
        other => panic!("{other:?}"),
    }
}

fn page(day: &str) -> String {
    format!("<gesmes:Envelope {ZONE}><Cube>{day}</Cube></gesmes:Envelope>")
}

fn unreadable(text: &str) -> &'static str {
    ecb::read(text).unwrap_err().0
}

#[test]
fn a_conversion_names_rate_date_and_source() {
    let host = bank(200, SAMPLE);
    let conversion = convert("100.00", "USD", "JPY").unwrap();
    assert_eq!(conversion.amount, Money::new(12_800, "JPY").unwrap());
    assert_eq!(conversion.rate, "128");
    assert_eq!(conversion.rounding, Rounding::None);
    assert_eq!(conversion.date, "2026-11-23");
    assert_eq!(conversion.source, PAGE);
    let based_on: Vec<_> = conversion
        .based_on
        .iter()
        .map(|rate| (rate.currency.as_str(), rate.per_euro.as_str()))
        .collect();
    assert_eq!(based_on, [("USD", "1.2500"), ("JPY", "160.00")]);
    assert_eq!(host.requests().len(), 1);
}

#[test]
fn the_euro_needs_no_published_rate() {
    let _host = bank(200, SAMPLE);
    let conversion = convert("10.00", "EUR", "PLN").unwrap();
    assert_eq!(conversion.amount.to_string(), "43.21 PLN");
    assert_eq!(conversion.rate, "4.321");
    assert_eq!(conversion.based_on.len(), 1);
    let same = convert("10.00", "EUR", "EUR").unwrap();
    assert_eq!((same.amount.minor, same.rate.as_str()), (1_000, "1"));
}

#[test]
fn a_tie_goes_to_the_even_digit_also_below_zero() {
    // Two units for one: a cent is half a cent of the other.
    let half = (Rate::parse("2").unwrap(), 2);
    for (given, expected) in [(1, 0), (3, 2), (5, 2), (-1, 0), (-3, -2), (-5, -2)] {
        let halved = exact::convert(given, half, (Rate::ONE, 2)).unwrap();
        assert_eq!((halved.minor, halved.exact), (expected, false), "{given}");
    }
    assert!(exact::convert(4, half, (Rate::ONE, 2)).unwrap().exact);
}

#[test]
fn rounding_goes_to_the_decimal_places_of_the_target() {
    let _host = bank(200, SAMPLE);
    let conversion = convert("0.01", "SGD", "GBP").unwrap();
    assert_eq!(conversion.amount.to_string(), "0.01 GBP");
    assert_eq!(conversion.rate, "0.533333333333");
    assert_eq!(conversion.rounding, Rounding::HalfEven);
    let yen = convert("0.99", "USD", "JPY").unwrap();
    assert_eq!(yen.amount.to_string(), "127 JPY");
}

#[test]
fn a_currency_that_the_bank_does_not_list_is_unavailable() {
    let _host = bank(200, SAMPLE);
    assert_eq!(
        reason(convert("1.000", "KWD", "EUR")),
        NoRateReason::NotListed
    );
    assert_eq!(
        reason(convert("1.00", "EUR", "KWD")),
        NoRateReason::NotListed
    );
}

#[test]
fn a_currency_that_does_not_exist_is_an_invalid_request_and_nothing_is_fetched() {
    let host = bank(200, SAMPLE);
    for to in ["ABC", "usd", "", "US", "EURO", "XXX", "US\u{202e}"] {
        assert!(matches!(
            convert("1.00", "EUR", to),
            Err(RatesError::InvalidRequest(_))
        ));
    }
    assert!(host.requests().is_empty());
}

#[test]
fn an_amount_that_does_not_fit_is_an_invalid_request() {
    let _host = bank(200, SAMPLE);
    let amount = Money::new(i64::MAX, "EUR").unwrap();
    assert!(matches!(
        ExchangeRates::convert(amount, "IDR".to_owned()),
        Err(RatesError::InvalidRequest(_))
    ));
}

#[test]
fn without_a_grant_or_an_answer_there_is_no_rate() {
    let refusal = Refusal::new(RefusalKind::Denied, "network.not-granted", "No grant.");
    let host = FakeHost::new().refuse(&format!("GET {PAGE}"), refusal);
    assert_eq!(reason(convert("1", "EUR", "USD")), NoRateReason::NotGranted);
    drop(host);
    let host = FakeHost::new();
    assert_eq!(reason(ExchangeRates::rates()), NoRateReason::NoAnswer);
    drop(host);
    let _host = bank(503, SAMPLE);
    assert_eq!(reason(ExchangeRates::rates()), NoRateReason::NoAnswer);
}

#[test]
fn rates_are_used_for_seven_days_and_never_from_the_future() {
    for (now, outcome) in [
        ("2026-11-22T23:30:00Z", None),
        ("2026-11-23T00:00:00Z", None),
        ("2026-11-30T23:59:59Z", None),
        ("2026-12-01T00:00:00Z", Some(NoRateReason::Outdated)),
        ("2026-11-21T23:59:59Z", Some(NoRateReason::Unreadable)),
    ] {
        let _host = bank(200, SAMPLE).now(now);
        assert_eq!(
            ExchangeRates::rates()
                .err()
                .map(|error| reason(Err::<(), _>(error))),
            outcome,
            "{now}"
        );
    }
}

#[test]
fn the_merchant_decides_how_old_rates_may_be() {
    let host = bank(200, SAMPLE).setting("max-age-days", "0");
    assert_eq!(reason(ExchangeRates::rates()), NoRateReason::Outdated);
    drop(host);
    let host = bank(200, SAMPLE).setting("max-age-days", "1");
    assert_eq!(ExchangeRates::rates().unwrap().rates.len(), 29);
    drop(host);
    let _host = bank(200, SAMPLE).setting("max-age-days", "soon");
    assert!(matches!(
        ExchangeRates::rates(),
        Err(RatesError::InvalidRequest(_))
    ));
}

#[test]
fn a_page_with_a_document_type_definition_is_refused() {
    let bomb = SAMPLE.replacen(
        "<gesmes:Envelope",
        "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]><gesmes:Envelope",
        1,
    );
    assert_eq!(unreadable(&bomb), "it has a document type definition");
    let _host = bank(200, &bomb);
    assert_eq!(reason(ExchangeRates::rates()), NoRateReason::Unreadable);
}

#[test]
fn a_page_that_contradicts_itself_is_refused() {
    let usd = "<Cube currency='USD' rate='1.25'/>";
    let good = page(&format!("<Cube time='2026-11-23'>{usd}</Cube>"));
    assert_eq!(ecb::read(&good).unwrap().rates.len(), 1);
    for (day, what) in [
        (
            format!("<Cube time='2026-11-23'>{usd}{usd}</Cube>"),
            "it lists a currency twice",
        ),
        (
            format!("<Cube time='2026-11-23'>{usd}</Cube><Cube time='2026-11-20'>{usd}</Cube>"),
            "it has more than one day",
        ),
        (
            format!("<Cube time='2026-02-30'>{usd}</Cube>"),
            "its date is no date",
        ),
        (
            usd.to_owned(),
            "an element has an attribute that the bank does not use",
        ),
        (
            "<Cube time='2026-11-23'/>".to_owned(),
            "it has a day without rates",
        ),
        (String::new(), "it has no rates of a day"),
        (
            "<Cube time='2026-11-23'><Cube currency='EUR' rate='1'/></Cube>".to_owned(),
            "it gives a rate for the euro itself",
        ),
        (
            "<Cube time='2026-11-23'><Cube currency='USD'/></Cube>".to_owned(),
            "an element lacks its date, currency or rate",
        ),
        (
            "<Cube time='2026-11-23'><Cube currency='usd' rate='1'/></Cube>".to_owned(),
            "a currency is not three capital letters",
        ),
        (
            format!("<Cube time='2026-11-23'><Cube>{usd}</Cube></Cube>"),
            "an element lacks its date, currency or rate",
        ),
        (
            format!("<Cube time='2026-11-23'>{usd}<script>{usd}</script></Cube>"),
            "its elements are not where the bank puts them",
        ),
    ] {
        assert_eq!(unreadable(&page(&day)), what, "{day}");
    }
}

#[test]
fn a_rate_is_a_plain_positive_decimal_number() {
    for wrong in [
        "",
        "0",
        "0.000",
        "-1",
        "+1",
        "1e3",
        "1,5",
        "1.",
        ".5",
        "NaN",
        "1.2.3",
        "1234567890123",
        "&#49;",
    ] {
        let day = format!("<Cube time='2026-11-23'><Cube currency='USD' rate='{wrong}'/></Cube>");
        assert_eq!(
            unreadable(&page(&day)),
            "a rate is not a positive decimal number",
            "{wrong}"
        );
    }
    assert_eq!(
        Rate::parse("123456789012").unwrap().to_string(),
        "123456789012"
    );
    assert_eq!(Rate::parse("0.80000").unwrap().to_string(), "0.80000");
}

#[test]
fn another_vocabulary_a_second_root_or_a_cut_file_is_refused() {
    let other = SAMPLE.replace("http://www.ecb.int/", "http://www.example.org/");
    assert_eq!(
        ecb::read(&other),
        Err(Unreadable("it uses another vocabulary than the bank"))
    );
    let cut = SAMPLE.split_at(SAMPLE.len() - 20).0;
    assert!(ecb::read(cut).is_err());
    assert!(ecb::read(&format!("{SAMPLE}{SAMPLE}")).is_err());
    let deep = format!("<gesmes:Envelope {ZONE}>{}", "<a>".repeat(100_000));
    assert_eq!(unreadable(&deep), "its elements nest too deeply");
    for character in ['\0', '\u{1b}', '\u{fffe}'] {
        let text = SAMPLE.replace("European Central Bank", &format!("European{character}"));
        assert!(text.contains(character));
        assert_eq!(
            unreadable(&text),
            "it holds a character that XML does not allow"
        );
    }
    assert_eq!(
        unreadable("<html></html>"),
        "its elements are not where the bank puts them"
    );
    let _host = bank(200, &" ".repeat(70_000));
    assert_eq!(reason(ExchangeRates::rates()), NoRateReason::Unreadable);
}

proptest! {
    #[test]
    fn no_page_makes_the_reader_panic(text in "\\PC{0,200}") {
        let _ = ecb::read(&text);
    }

    #[test]
    fn no_damage_to_a_good_page_makes_the_reader_panic(at in 0..SAMPLE.len(), piece in "[<>/'\"&; a-zA-Z0-9=!\\[\\]-]{0,12}") {
        let mut text = SAMPLE.to_owned();
        let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        text.insert_str(at, &piece);
        let _ = ecb::read(&text);
    }

    #[test]
    fn a_conversion_agrees_with_rust_decimal(minor in -1_000_000_000_000_i64..1_000_000_000_000, from in 1_u32..10_000_000, to in 1_u32..10_000_000) {
        use rust_decimal::{Decimal, RoundingStrategy};
        let text = |rate: u32| Decimal::new(i64::from(rate), 4).to_string();
        let (from_rate, to_rate) = (Rate::parse(&text(from)).unwrap(), Rate::parse(&text(to)).unwrap());
        let converted = exact::convert(minor, (from_rate, 2), (to_rate, 3)).unwrap();
        let expected = (Decimal::new(minor, 2) * Decimal::new(i64::from(to), 4) / Decimal::new(i64::from(from), 4))
            .round_dp_with_strategy(3, RoundingStrategy::MidpointNearestEven);
        prop_assert_eq!(Decimal::new(converted.minor, 3), expected);
    }

    #[test]
    fn an_exact_conversion_converts_back(minor in any::<i32>(), rate in 1_u32..1_000_000) {
        let rate = Rate::parse(&rate.to_string()).unwrap();
        let there = exact::convert(i64::from(minor), (Rate::ONE, 2), (rate, 2)).unwrap();
        prop_assert!(there.exact);
        let back = exact::convert(there.minor, (rate, 2), (Rate::ONE, 2)).unwrap();
        prop_assert_eq!(back, exact::Converted { minor: i64::from(minor), exact: true });
    }

    #[test]
    fn no_numbers_make_a_conversion_panic(minor in any::<i64>(), a in "[0-9]{1,8}(\\.[0-9]{1,4})?", b in "[0-9]{1,8}(\\.[0-9]{1,4})?", places in 0_u8..5) {
        if let (Some(a), Some(b)) = (Rate::parse(&a), Rate::parse(&b)) {
            let _ = exact::convert(minor, (a, places), (b, 4 - places));
            let _ = exact::cross_rate(a, b);
        }
    }
}
