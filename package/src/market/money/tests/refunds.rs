use proptest::prelude::*;

use super::{DAY, START, eur};
use crate::market::money::refund::refund;
use crate::market::money::{Period, RefundError, RefundRule};

#[test]
fn all_of_it_comes_back_within_14_days_if_it_never_ran() {
    let year = Period::once(START).unwrap();
    for (days, runs, expected) in [
        (0, 0, Ok((1_200, RefundRule::Full))),
        (14, 0, Ok((1_200, RefundRule::Full))),
        // 365 - 15 days of 365, rounded down.
        (15, 0, Ok((1_150, RefundRule::UnusedDays))),
        (0, 1, Ok((1_200, RefundRule::UnusedDays))),
        (1, 1, Ok((1_196, RefundRule::UnusedDays))),
        (364, 0, Ok((3, RefundRule::UnusedDays))),
        (
            365,
            0,
            Err(RefundError::NothingLeft {
                unused: 0,
                days: 365,
            }),
        ),
        (
            9_999,
            3,
            Err(RefundError::NothingLeft {
                unused: 0,
                days: 365,
            }),
        ),
    ] {
        let found = refund(eur(1_200), &year, runs, START + days * DAY);
        let found = found.map(|(amount, rule)| (amount.minor, rule));
        assert_eq!(found, expected, "{days} {runs}");
    }
    // A day that has begun is used.
    let begun = refund(eur(1_200), &year, 1, START + 1).unwrap();
    assert_eq!(begun.0, eur(1_196));
    let late = refund(eur(1_200), &year, 0, START + 14 * DAY + 1).unwrap();
    assert_eq!(late.1, RefundRule::UnusedDays);
    // A month that was paid early and has not begun.
    let month = Period::month(START, 1).unwrap();
    let early = refund(eur(1_200), &month, 7, START).unwrap();
    assert_eq!(early, (eur(1_200), RefundRule::UnusedDays));
}

#[test]
fn less_than_a_minor_unit_is_nothing() {
    let year = Period::once(START).unwrap();
    let found = refund(eur(1), &year, 1, START + DAY);
    assert_eq!(
        found,
        Err(RefundError::NothingLeft {
            unused: 364,
            days: 365
        })
    );
}

proptest! {
    #[test]
    fn never_more_comes_back_than_was_paid_nor_more_later(minor in 1..=1_000_000_000_000_i64, at in -400 * DAY..800 * DAY, later in 0..100 * DAY, runs in 0_u64..3, month in 0_u32..30, once: bool) {
        let covers = if once { Period::once(START) } else { Period::month(START, month) }.unwrap();
        let now = START + at;
        let back = |now| refund(eur(minor), &covers, runs, now).map_or(0, |(amount, _)| amount.minor);
        prop_assert!((0..=minor).contains(&back(now)));
        prop_assert!(back(now + later) <= back(now));
        if now >= covers.until && (runs > 0 || now > covers.from + 14 * DAY) {
            prop_assert_eq!(back(now), 0);
        }
    }
}
