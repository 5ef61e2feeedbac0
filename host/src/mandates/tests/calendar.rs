//! Buckets and ends of days.

use super::*;
use jiff::civil::date;
use jiff::tz::TimeZoneDatabase;

/// Milliseconds of a moment written as `2026-11-24T12:00:00Z`.
fn ms(moment: &str) -> i64 {
    moment.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn day(zone: &str, moment: &str) -> String {
    bucket(Period::Day, zone, ms(moment)).unwrap()
}

#[test]
fn each_period_has_its_bucket() {
    assert_eq!(NOW, ms("2026-11-24T11:00:00Z"));
    for (period, expected) in [
        (Period::Day, "2026-11-24"),
        (Period::Week, "2026-W48"),
        (Period::Month, "2026-11"),
        (Period::InAll, "all"),
    ] {
        assert_eq!(bucket(period, ZONE, NOW).unwrap(), expected);
        assert_eq!(Period::from_word(period.word()), Some(period));
        let json = serde_json::to_value(period).unwrap();
        assert_eq!(json, period.word());
    }
    assert_eq!(Period::from_word("Day"), None);
}

#[test]
fn a_day_begins_at_midnight_of_its_zone() {
    assert_eq!(day(ZONE, "2026-11-23T22:59:59.999Z"), "2026-11-23");
    assert_eq!(day(ZONE, "2026-11-23T23:00:00Z"), "2026-11-24");
    assert_eq!(day("UTC", "2026-11-23T23:00:00Z"), "2026-11-23");
    assert_eq!(
        day("America/New_York", "2026-11-24T04:59:59Z"),
        "2026-11-23"
    );
    assert_eq!(day("Asia/Kathmandu", "2026-11-23T18:15:00Z"), "2026-11-24");
}

#[test]
fn both_changes_of_the_clock_are_in_one_day() {
    // 23 hours.
    assert_eq!(day(ZONE, "2026-03-28T22:59:59Z"), "2026-03-28");
    assert_eq!(day(ZONE, "2026-03-28T23:00:00Z"), "2026-03-29");
    assert_eq!(day(ZONE, "2026-03-29T21:59:59Z"), "2026-03-29");
    assert_eq!(day(ZONE, "2026-03-29T22:00:00Z"), "2026-03-30");
    // 25 hours.
    assert_eq!(day(ZONE, "2026-10-24T21:59:59Z"), "2026-10-24");
    assert_eq!(day(ZONE, "2026-10-24T22:00:00Z"), "2026-10-25");
    assert_eq!(day(ZONE, "2026-10-25T22:59:59Z"), "2026-10-25");
    assert_eq!(day(ZONE, "2026-10-25T23:00:00Z"), "2026-10-26");
}

#[test]
fn samoa_had_no_30th_of_december_in_2011() {
    assert_eq!(day("Pacific/Apia", "2011-12-30T09:59:59Z"), "2011-12-29");
    assert_eq!(day("Pacific/Apia", "2011-12-30T10:00:00Z"), "2011-12-31");
    let end = ms("2011-12-30T10:00:00Z");
    assert_eq!(until_ms("2011-12-29", "Pacific/Apia").unwrap(), end);
    assert_eq!(until_ms("2011-12-30", "Pacific/Apia").unwrap(), end);
}

#[test]
fn weeks_are_those_of_iso_8601_across_new_year() {
    for (moment, week) in [
        ("2026-12-31T12:00:00Z", "2026-W53"),
        ("2027-01-03T22:59:59Z", "2026-W53"),
        ("2027-01-03T23:00:00Z", "2027-W01"),
        ("2024-12-30T12:00:00Z", "2025-W01"),
        ("2026-03-29T22:00:00Z", "2026-W14"),
    ] {
        assert_eq!(bucket(Period::Week, ZONE, ms(moment)).unwrap(), week);
    }
}

#[test]
fn an_unknown_zone_and_a_time_outside_the_calendar_are_refused() {
    for zone in [
        "",
        "Mars/Olympus",
        "Berlin",
        "+01:00",
        "Etc/Unknown",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe/Berlin ",
        "right/Europe/Berlin",
        "\u{1b}[2J",
    ] {
        for period in Period::ALL {
            let error = bucket(period, zone, NOW).unwrap_err();
            assert!(matches!(error, MandateError::Zone(_)), "{zone}");
            assert!(!error.to_string().contains('\u{1b}'));
        }
        assert!(check_zone(zone).is_err());
    }
    for now in [i64::MIN, i64::MAX] {
        assert_eq!(
            bucket(Period::InAll, "UTC", now),
            Err(MandateError::Time(now))
        );
    }
    assert!(check_zone("Europe/Berlin").is_ok());
}

#[test]
fn until_is_the_end_of_that_day_in_the_zone() {
    assert_eq!(
        until_ms("2027-03-31", ZONE).unwrap(),
        ms("2027-03-31T22:00:00Z")
    );
    assert_eq!(
        until_ms("2027-03-28", ZONE).unwrap(),
        ms("2027-03-28T22:00:00Z")
    );
    assert_eq!(
        until_ms("2026-10-25", ZONE).unwrap(),
        ms("2026-10-25T23:00:00Z")
    );
    // There, midnight of the 15th did not exist.
    assert_eq!(
        until_ms("2017-10-14", "America/Sao_Paulo").unwrap(),
        ms("2017-10-15T03:00:00Z")
    );
    // There, clocks went from 23:30 to 0:30.
    assert_eq!(
        until_ms("1919-03-30", "America/Toronto").unwrap(),
        ms("1919-03-31T04:30:00Z")
    );
}

#[test]
fn a_date_in_another_spelling_is_refused() {
    for date in [
        "",
        "20270331",
        "2027-3-31",
        "2027-02-30",
        "31.3.2027",
        "2027-03-31T00:00",
        "tomorrow",
        " 2027-03-31",
        "2027-03-31 ",
        "+002027-03-31",
        "9999-12-31",
        "2027-W13",
    ] {
        assert!(
            matches!(until_ms(date, ZONE), Err(TermsError::Date(_))),
            "{date}"
        );
    }
}

#[test]
fn terms_are_read_from_the_command_line() {
    let terms = Terms::parse(
        Some("2027-03-31"),
        Some("EUR 200.00"),
        Some("week"),
        ZONE,
        NOW,
    )
    .unwrap();
    assert_eq!(
        terms,
        Terms {
            until_ms: Some(ms("2027-03-31T22:00:00Z")),
            limit: Some(amount("EUR 200")),
            per: Some(Period::Week),
            count: None,
        }
    );
    let none = Terms::parse(None, None, None, ZONE, NOW).unwrap();
    assert_eq!(none, Terms::default());
    let today = Terms::parse(Some("2026-11-24"), None, None, ZONE, NOW).unwrap();
    assert_eq!(today.until_ms, Some(ms("2026-11-24T23:00:00Z")));
    let wrong = |until, limit, per| Terms::parse(until, limit, per, ZONE, NOW).unwrap_err();
    assert_eq!(
        wrong(Some("2026-11-23"), None, None),
        TermsError::Over("2026-11-23".to_owned())
    );
    for limit in ["EUR 0", "200", "EUR -5", "EUR 1.005", "XAU 1"] {
        assert!(
            matches!(wrong(None, Some(limit), None), TermsError::Limit(_)),
            "{limit}"
        );
    }
    for per in ["", "days", "a day", "year"] {
        assert!(
            matches!(wrong(None, None, Some(per)), TermsError::Per(_)),
            "{per}"
        );
    }
    let zone = Terms::parse(Some("2027-03-31"), None, None, "Mars", NOW);
    assert!(matches!(zone, Err(TermsError::Zone(_))));
}

#[test]
fn terms_replace_what_was_proposed() {
    let terms = Terms::parse(None, Some("EUR 300"), Some("month"), ZONE, NOW).unwrap();
    let scope = terms.apply(&payments()).unwrap();
    let Scope::Payment {
        limit_minor,
        each_minor,
        per,
        ..
    } = &scope
    else {
        panic!("{scope:?}")
    };
    assert_eq!(
        (*limit_minor, *each_minor, *per),
        (30_000, None, Period::Month)
    );
    assert_eq!(
        terms.apply(&files("/a", false, 1)),
        Err(TermsError::NotMoney)
    );
    let dollars = Terms {
        limit: Some(amount("USD 1")),
        ..Terms::default()
    };
    assert!(matches!(
        dollars.apply(&payments()),
        Err(TermsError::OtherCurrency { .. })
    ));
    assert_eq!(Terms::default().apply(&payments()).unwrap(), payments());
    let many = |count| Terms {
        count: Some(count),
        ..Terms::default()
    };
    assert_eq!(
        many(20).apply(&files("/a", false, 1)).unwrap(),
        files("/a", false, 20)
    );
    // Money is not counted in pieces.
    assert_eq!(many(20).apply(&payments()).unwrap(), payments());
    for count in [0, 1_000_001] {
        let refused = many(count).apply(&files("/a", false, 1));
        assert_eq!(refused, Err(TermsError::Count), "{count}");
    }
    let month = Terms {
        limit: None,
        ..terms
    };
    assert_eq!(
        month.apply(&files("/a", true, 2)).unwrap().per(),
        Period::Month
    );
    let kept = month.apply(&payments()).unwrap();
    assert!(matches!(
        kept,
        Scope::Payment {
            each_minor: Some(12_000),
            limit_minor: 20_000,
            ..
        }
    ));
}

fn any_zone() -> impl Strategy<Value = String> {
    let names: Vec<String> = TimeZoneDatabase::bundled()
        .available()
        .map(|name| name.to_string())
        .collect();
    assert!(names.len() > 400);
    prop::sample::select(names)
}

proptest! {
    #[test]
    fn a_mandate_until_a_day_counts_in_all_of_that_day_and_never_after(
        zone in any_zone(), y in 1900..2100_i16, m in 1..=12_i8, d in 1..=28_i8,
    ) {
        let wanted = date(y, m, d);
        let end = until_ms(&wanted.to_string(), &zone).unwrap();
        let last = bucket(Period::Day, &zone, end - 1).unwrap();
        let first = bucket(Period::Day, &zone, end).unwrap();
        prop_assert!(first > wanted.to_string(), "{first}");
        // A day that the zone skipped has no moment.
        let skipped = wanted.at(12, 0, 0, 0).to_zoned(TimeZoneDatabase::bundled().get(&zone).unwrap()).unwrap().date() != wanted;
        prop_assert!(skipped || last == wanted.to_string(), "{last}");
    }

    #[test]
    fn buckets_nest(zone in any_zone(), now in -3_000_000_000_000..5_000_000_000_000_i64) {
        let of = |period| bucket(period, &zone, now).unwrap();
        let (day, month) = (of(Period::Day), of(Period::Month));
        prop_assert!(day.starts_with(&month));
        prop_assert_eq!(of(Period::InAll), "all");
        prop_assert_eq!(of(Period::Week).len(), "2026-W48".len());
    }

    #[test]
    fn reading_terms_never_panics(a in ".{0,20}", b in ".{0,20}", c in "[-0-9TW:+]{0,14}", zone in ".{0,20}", now: i64) {
        let _ = Terms::parse(Some(&a), Some(&b), Some(&c), &zone, now);
        let _ = Terms::parse(Some(&c), Some(&a), Some(&b), ZONE, now);
        for period in Period::ALL {
            let _ = bucket(period, &zone, now);
            let _ = bucket(period, ZONE, now);
        }
    }
}
