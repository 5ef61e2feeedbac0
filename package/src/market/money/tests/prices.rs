use proptest::prelude::*;
use serde_json::json;

use super::{START, eur};
use crate::market::money::{Period, Price, PriceError, PriceModel, Share, period::DAY_MS};
use crate::trust::log::entry::MAX_PRICE_MINOR;

fn price(minor: u64, currency: &str) -> Price {
    Price::OneTime {
        minor,
        currency: currency.to_owned(),
    }
}

#[test]
fn what_is_no_price_is_refused() {
    for minor in [0, MAX_PRICE_MINOR + 1, u64::MAX] {
        assert_eq!(price(minor, "EUR").amount(), Err(PriceError::Bounds));
    }
    assert_eq!(price(1, "EUR").amount(), Ok(Some(eur(1))));
    let most = i64::try_from(MAX_PRICE_MINOR).unwrap();
    assert_eq!(price(MAX_PRICE_MINOR, "EUR").amount(), Ok(Some(eur(most))));
    for currency in ["", "eur", "EURO", "ZZZ", "XAU", "DEM", "HRK"] {
        assert!(
            matches!(price(1, currency).amount(), Err(PriceError::Currency(_))),
            "{currency}"
        );
    }
    for minor in [0, -1, i64::MIN, i64::MAX] {
        assert_eq!(
            Price::of(PriceModel::PerMonth, eur(minor)),
            Err(PriceError::Bounds)
        );
    }
    // On the wire, a negative or broken number is none at all.
    for minor in [json!(-1), json!(1.5), json!("1"), json!(null)] {
        let value = json!({ "model": "one-time", "minor": minor, "currency": "EUR" });
        assert!(serde_json::from_value::<Price>(value).is_err());
    }
}

#[test]
fn prices_are_written_for_people() {
    let monthly = Price::of(PriceModel::PerMonth, eur(123_456)).unwrap();
    assert_eq!(monthly.to_string(), "EUR 1,234.56 per month");
    assert_eq!(price(5, "EUR").to_string(), "EUR 0.05 once");
    assert_eq!(Price::Free.to_string(), "free");
    // The log took it when there still was such a currency.
    assert_eq!(price(5, "HRK").to_string(), "not for sale any more");
}

#[test]
fn months_end_on_the_day_they_began_and_do_not_drift() {
    let day = |index| {
        let from = Period::month(START, index).unwrap().from;
        jiff::Timestamp::from_millisecond(from).unwrap().to_string()
    };
    assert_eq!(day(0), "2026-01-31T10:00:00Z");
    assert_eq!(day(1), "2026-02-28T10:00:00Z");
    assert_eq!(day(2), "2026-03-31T10:00:00Z");
    assert_eq!(day(25), "2028-02-29T10:00:00Z");
    assert_eq!(Period::month(START, 0).unwrap().days(), 28);
    assert_eq!(Period::once(START).unwrap().days(), 365);
    assert_eq!(Period::month(START, 1_201), None);
    assert_eq!(Period::month(i64::MAX, 0), None);
    assert_eq!(Period::once(i64::MAX), None);
}

proptest! {
    #[test]
    fn every_moment_lies_in_exactly_one_month(start in 0_i64..4_000_000_000_000, after in 0_i64..3_000_000_000_000) {
        let now = start + after;
        match Period::month_index(start, now) {
            Some(index) => {
                let month = Period::month(start, index).unwrap();
                prop_assert!(month.contains(now));
                prop_assert!((28..=31).contains(&month.days()));
                if let Some(next) = Period::month(start, index + 1) {
                    prop_assert_eq!(next.from, month.until);
                }
            }
            None => prop_assert!(after > 1_200 * 28 * DAY_MS),
        }
    }

    #[test]
    fn a_share_adds_up_and_the_author_gets_the_rest(minor in 0_i64..=i64::MAX, points in 0_u16..=10_000) {
        let split = Share::new(points).unwrap().split(minor);
        prop_assert_eq!(split.author + split.fee, minor);
        prop_assert!(split.author >= 0 && split.fee >= 0);
        let exact = i128::from(minor) * i128::from(10_000 - points);
        prop_assert!(i128::from(split.fee) * 10_000 <= exact && exact < (i128::from(split.fee) + 1) * 10_000);
    }

    #[test]
    fn a_refund_is_given_back_in_the_same_proportion(minor in 1_i64..=i64::MAX, points in 0_u16..=10_000, part in 0.0..=1.0_f64) {
        let split = Share::new(points).unwrap().split(minor);
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        let refunded = ((minor as f64 * part) as i64).min(minor);
        let back = split.of_refund(refunded);
        prop_assert_eq!(back.author + back.fee, refunded);
        prop_assert!((0..=split.author).contains(&back.author));
        prop_assert!((0..=split.fee).contains(&back.fee));
        prop_assert_eq!(split.of_refund(minor), split);
    }
}

#[test]
fn more_than_all_is_no_share() {
    assert!(Share::new(10_001).is_err());
    assert!(serde_json::from_str::<Share>("10001").is_err());
    assert_eq!(Share::default().basis_points(), 8_500);
}
