use proptest::prelude::*;

use super::{DAY, START, key, order};
use crate::market::money::licence::{CLOCK_TOLERANCE_MS, best};
use crate::market::money::{Licence, PriceModel, Standing};

fn monthly(period: u32) -> Licence {
    let order = order(PriceModel::PerMonth, period);
    Licence::for_order(&order, START).unwrap()
}

fn standing(licence: &Licence, now: i64, seen: Option<i64>) -> Standing {
    licence.check(
        &key(1).public(),
        &"acme/shop".parse().unwrap(),
        now,
        seen,
        false,
    )
}

#[test]
fn a_licence_is_valid_then_in_grace_then_over() {
    let licence = monthly(0);
    let until = START + 28 * DAY;
    let end = until + 7 * DAY;
    for (now, expected) in [
        (START, Standing::Valid { until }),
        (START - CLOCK_TOLERANCE_MS, Standing::Valid { until }),
        (until - 1, Standing::Valid { until }),
        (until, Standing::Grace { until: end }),
        (end - 1, Standing::Grace { until: end }),
        (end, Standing::Expired { at: end }),
        (i64::MAX, Standing::Expired { at: end }),
    ] {
        let found = standing(&licence, now, None);
        assert_eq!(found, expected, "{now}");
        assert_eq!(
            found.may_run(),
            !matches!(expected, Standing::Expired { .. })
        );
    }
}

#[test]
fn a_clock_that_was_set_back_is_noticed() {
    let licence = monthly(0);
    let seen = START + 40 * DAY;
    // Back in the month that was paid, by the clock.
    let back = standing(&licence, START + DAY, Some(seen));
    assert_eq!(back, Standing::ClockSetBack { seen });
    assert!(!back.may_run());
    // Before it was issued at all, whatever was seen.
    let before = standing(&licence, START - CLOCK_TOLERANCE_MS - 1, Some(0));
    assert_eq!(before, Standing::ClockSetBack { seen: START });
    // Clocks are set right by minutes.
    let little = standing(
        &licence,
        START + DAY - CLOCK_TOLERANCE_MS,
        Some(START + DAY),
    );
    assert!(little.may_run());
}

#[test]
fn a_licence_counts_for_one_merchant_and_one_skill_and_not_after_a_refund() {
    let licence = monthly(0);
    let (own, skill) = (key(1).public(), "acme/shop".parse().unwrap());
    let other = "acme/other".parse().unwrap();
    let stranger = key(2).public();
    let check = |merchant, skill, refunded| licence.check(merchant, skill, START, None, refunded);
    assert!(check(&own, &skill, false).may_run());
    assert_eq!(check(&stranger, &skill, false), Standing::NotYours);
    assert_eq!(check(&own, &other, false), Standing::OtherSkill);
    assert_eq!(check(&own, &skill, true), Standing::Refunded);
}

#[test]
fn what_is_paid_once_is_renewed_for_a_year_from_now() {
    let order = order(PriceModel::OneTime, 0);
    let first = Licence::for_order(&order, START).unwrap();
    assert_eq!((first.from, first.until), (START, START + 365 * DAY));
    let later = Licence::for_order(&order, START + 300 * DAY).unwrap();
    assert_eq!((later.from, later.until), (START, START + 665 * DAY));
    assert_eq!(Licence::for_order(&order, i64::MAX - 1), None);
    // A month stays a month.
    assert_eq!(monthly(0).until, START + 28 * DAY);
}

#[test]
fn of_several_licences_the_best_counts() {
    let (first, second) = (monthly(0), monthly(1));
    let all = |now| best([&first, &second].map(|it| standing(it, now, None)));
    assert_eq!(all(START), Some(Standing::Valid { until: first.until }));
    assert_eq!(
        all(first.until),
        Some(Standing::Valid {
            until: second.until
        })
    );
    assert_eq!(best([]), None);
    let early = standing(&second, START, None);
    assert_eq!(early, Standing::NotYet { from: second.from });
    assert!(!early.may_run());
}

proptest! {
    #[test]
    fn it_runs_only_in_its_time_by_a_clock_that_went_on(now in START - 50 * DAY..START + 800 * DAY, seen in prop::option::of(START - 50 * DAY..START + 800 * DAY), once: bool) {
        let model = if once { PriceModel::OneTime } else { PriceModel::PerMonth };
        let licence = Licence::for_order(&order(model, 0), START).unwrap();
        let standing = standing(&licence, now, seen);
        let in_time = now + CLOCK_TOLERANCE_MS >= licence.from && now < licence.grace_until();
        let went_on = seen.is_none_or(|seen| now + CLOCK_TOLERANCE_MS >= seen);
        prop_assert_eq!(standing.may_run(), in_time && went_on);
    }
}
