//! Dates agree with an independent calendar library.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use guildhall_sdk::{Date, context, testing::FakeHost};
use proptest::prelude::*;

#[test]
fn only_existing_days_in_iso_form_are_read() {
    for text in [
        "2026-11-24",
        "2024-02-29",
        "2000-02-29",
        "0000-01-01",
        "9999-12-31",
    ] {
        assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "2026-02-29",
        "1900-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-04-31",
        "2026-01-00",
        "2026-1-01",
        "26-01-01",
        "2026/01/01",
        "20260101",
        "2026-01-01T00:00:00Z",
        "+026-01-01",
        "２０２６-01-01",
        " 2026-01-01",
    ] {
        assert!(text.parse::<Date>().is_err(), "{text}");
    }
}

#[test]
fn days_are_counted_over_leap_years() {
    let day = |text: &str| text.parse::<Date>().unwrap();
    assert_eq!(day("2024-03-01").days_since(day("2024-02-28")), 2);
    assert_eq!(day("2026-03-01").days_since(day("2026-02-28")), 1);
    assert_eq!(day("1969-12-31").days_since_epoch(), -1);
    assert!(day("2026-11-24") > day("2026-02-25"));
}

#[test]
fn today_is_the_utc_date_of_the_run() {
    let _host = FakeHost::new().now("2026-11-24T23:59:58Z");
    assert_eq!(context::today().to_string(), "2026-11-24");
    assert_eq!(context::now().to_string(), "2026-11-24T23:59:58Z");
}

proptest! {
    #[test]
    fn every_day_agrees_with_the_time_crate(days in -719_528_i64..=2_932_896) {
        let ours = Date::from_days_since_epoch(days);
        let theirs = time::Date::from_ordinal_date(1970, 1).unwrap() + time::Duration::days(days);
        prop_assert_eq!(
            (ours.year(), ours.month(), ours.day()),
            (theirs.year(), u8::from(theirs.month()), theirs.day())
        );
        prop_assert_eq!(ours.days_since_epoch(), days);
        prop_assert_eq!(ours.to_string().parse::<Date>(), Ok(ours));
    }

    #[test]
    fn no_number_of_days_makes_a_date_panic(days in any::<i64>()) {
        let _ = Date::from_days_since_epoch(days).to_string();
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,12}") {
        let _ = text.parse::<Date>();
    }
}
