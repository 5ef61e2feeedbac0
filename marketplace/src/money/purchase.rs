//! Which purchase and which month an order is for. Pure.

use guildhall_package::market::money::order::ORDER_AHEAD_MS;
use guildhall_package::market::money::{Period, PriceModel};

use crate::store::orders::Purchase;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// This has to be paid.
    Order {
        /// Number of the purchase.
        purchase: u32,
        /// Its month; 0 for what is paid once.
        period: u32,
        /// When the purchase began.
        began: i64,
    },
    /// It is paid: this month of this purchase, with its number.
    Paid {
        /// Number of the purchase.
        purchase: u32,
        /// Its month.
        period: u32,
    },
    /// Further months were cancelled, or a month of the purchase was paid back, then.
    Cancelled {
        /// When.
        at: i64,
    },
}

/// Decides. `known` is the merchant's newest purchase of the skill, `paid` the months of it that are paid and were not paid
/// back, `model` how the skill is sold now; `next` says that the next month is meant if this one is paid.
///
/// A month is ordered only if it is this one or the next. If months lie between it and the last that was paid, a new
/// purchase begins now: nobody pays for time in which he had nothing.
///
/// Of months one can be paid back while another goes on: what is still paid is not paid again, and no host that renews by
/// itself begins anew.
#[must_use]
pub fn decide(
    known: Option<Purchase>,
    paid: &[u32],
    model: PriceModel,
    next: bool,
    now: i64,
) -> Decision {
    let anew = |purchase| Decision::Order {
        purchase,
        period: 0,
        began: now,
    };
    let Some(known) = known else { return anew(0) };
    let purchase = known.number;
    let after = anew(purchase.saturating_add(1));
    if known.model != PriceModel::PerMonth {
        return match known.ended {
            Some(_) => after,
            None => Decision::Paid {
                purchase,
                period: 0,
            },
        };
    }
    let stopped = known.ended.or(known.cancelled);
    let Some(current) = Period::month_index(known.began, now) else {
        return match stopped {
            Some(at) if next => Decision::Cancelled { at },
            _ => after,
        };
    };
    let order = |period| Decision::Order {
        purchase,
        period,
        began: known.began,
    };
    let is_paid = |period: u32| paid.contains(&period);
    if !is_paid(current) {
        let follows = current.checked_sub(1).is_some_and(is_paid);
        return match stopped {
            Some(at) if next => Decision::Cancelled { at },
            None if follows && model == PriceModel::PerMonth => order(current),
            _ => after,
        };
    }
    let here = Decision::Paid {
        purchase,
        period: current,
    };
    if !next {
        return here;
    }
    let coming = current.saturating_add(1);
    if is_paid(coming) {
        return Decision::Paid {
            purchase,
            period: coming,
        };
    }
    if let Some(at) = stopped {
        return Decision::Cancelled { at };
    }
    let is_near = Period::month(known.began, current)
        .is_some_and(|month| month.until.saturating_sub(now) <= ORDER_AHEAD_MS);
    if is_near && model == PriceModel::PerMonth && Period::month(known.began, coming).is_some() {
        order(coming)
    } else {
        here
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall_package::market::money::period::DAY_MS;
    use proptest::prelude::*;

    /// 31 January 2026, 10:00 UTC; the months then have 28 and 31 days.
    const START: i64 = 1_769_853_600_000;
    const ENDED: i64 = START + 7;

    const fn purchase(model: PriceModel) -> Purchase {
        Purchase {
            number: 2,
            model,
            began: START,
            cancelled: None,
            ended: None,
        }
    }

    const fn order(purchase: u32, period: u32, began: i64) -> Decision {
        Decision::Order {
            purchase,
            period,
            began,
        }
    }

    const fn paid(period: u32) -> Decision {
        Decision::Paid {
            purchase: 2,
            period,
        }
    }

    #[test]
    fn what_is_paid_once_is_bought_once_until_it_is_paid_back() {
        let once = purchase(PriceModel::OneTime);
        let later = START + 900 * DAY_MS;
        for next in [false, true] {
            let decided =
                |known, paid: &[u32]| decide(known, paid, PriceModel::OneTime, next, later);
            assert_eq!(decided(None, &[]), order(0, 0, later));
            assert_eq!(decided(Some(once), &[0]), paid_once());
            let ended = Purchase {
                ended: Some(START),
                ..once
            };
            assert_eq!(decided(Some(ended), &[]), order(3, 0, later));
        }
    }

    const fn paid_once() -> Decision {
        paid(0)
    }

    #[test]
    fn months_follow_each_other_and_the_next_one_can_be_ordered_a_week_ahead() {
        let monthly = Some(purchase(PriceModel::PerMonth));
        let at = |days: i64| START + days * DAY_MS;
        let decided =
            |months: &[u32], next, now| decide(monthly, months, PriceModel::PerMonth, next, now);
        assert_eq!(decided(&[0], false, at(25)), paid(0));
        assert_eq!(decided(&[0], true, at(20)), paid(0));
        assert_eq!(decided(&[0], true, at(21)), order(2, 1, START));
        assert_eq!(decided(&[0, 1], true, at(25)), paid(1));
        // In the days of grace.
        assert_eq!(decided(&[0], false, at(28)), order(2, 1, START));
        assert_eq!(decided(&[0], true, at(30)), order(2, 1, START));
        // A month without it is not paid for.
        assert_eq!(decided(&[0], false, at(70)), order(3, 0, at(70)));
    }

    #[test]
    fn what_was_cancelled_goes_on_to_its_end_and_is_then_bought_anew() {
        let at = |days: i64| START + days * DAY_MS;
        let cancelled = Some(Purchase {
            cancelled: Some(at(3)),
            ..purchase(PriceModel::PerMonth)
        });
        let decided = |next, now| decide(cancelled, &[0], PriceModel::PerMonth, next, now);
        assert_eq!(decided(false, at(10)), paid(0));
        let no = Decision::Cancelled { at: at(3) };
        assert_eq!(decided(true, at(25)), no);
        assert_eq!(decided(true, at(29)), no);
        assert_eq!(decided(false, at(29)), order(3, 0, at(29)));
    }

    #[test]
    fn a_skill_that_is_sold_otherwise_by_now_begins_a_new_purchase() {
        let at = |days: i64| START + days * DAY_MS;
        let monthly = Some(purchase(PriceModel::PerMonth));
        let decided = |next, now| decide(monthly, &[0], PriceModel::OneTime, next, now);
        assert_eq!(decided(true, at(25)), paid(0));
        assert_eq!(decided(false, at(29)), order(3, 0, at(29)));
    }

    #[test]
    fn a_month_that_is_still_paid_is_not_paid_again_when_another_was_paid_back() {
        let at = |days: i64| START + days * DAY_MS;
        let ended = Some(Purchase {
            ended: Some(at(5)),
            cancelled: Some(at(4)),
            ..purchase(PriceModel::PerMonth)
        });
        let decided =
            |months: &[u32], next, now| decide(ended, months, PriceModel::PerMonth, next, now);
        let no = Decision::Cancelled { at: at(5) };
        assert_eq!(decided(&[0], false, at(10)), paid(0));
        assert_eq!(decided(&[0], true, at(10)), no);
        assert_eq!(decided(&[0], true, at(25)), no);
        // What was ordered before and is paid after it counts, too.
        assert_eq!(decided(&[0, 1], true, at(25)), paid(1));
        for months in [&[][..], &[0], &[1]] {
            assert_eq!(decided(months, false, at(90)), order(3, 0, at(90)));
            assert_eq!(decided(months, true, at(90)), no);
        }
        assert_eq!(decided(&[], false, at(6)), order(3, 0, at(6)));
        assert_eq!(decided(&[], true, at(6)), no);
        // A clock that was set back.
        assert_eq!(decided(&[0], true, at(-1)), no);
    }

    proptest! {
        /// Whatever is ordered is not paid, begins at most a week ahead, and is not over.
        #[test]
        fn nothing_is_ordered_twice_or_for_another_time(
            months in prop::collection::vec(0_u32..8, 0..6), cancelled: bool, ended: bool, next: bool,
            once_now: bool, once_then: bool, days in 0_i64..300,
        ) {
            let now = START + days * DAY_MS;
            let model = |once| if once { PriceModel::OneTime } else { PriceModel::PerMonth };
            let known = Purchase {
                cancelled: cancelled.then_some(START), ended: ended.then_some(ENDED), ..purchase(model(once_then))
            };
            match decide(Some(known), &months, model(once_now), next, now) {
                Decision::Order { purchase, period, began } => {
                    if purchase == known.number {
                        prop_assert!(!months.contains(&period) && !cancelled && !ended);
                        let month = Period::month(began, period);
                        prop_assert!(month.is_some_and(|it| it.from - now <= ORDER_AHEAD_MS && now < it.until));
                    } else {
                        prop_assert_eq!((purchase, period, began), (3, 0, now));
                        // No month that is paid is left for a new purchase, and no renewal begins one after a refund.
                        let current = Period::month_index(START, now).filter(|_| !once_then);
                        prop_assert!(current.is_none_or(|current| !months.contains(&current)));
                        prop_assert!(once_then || !next || !(ended || cancelled));
                    }
                }
                Decision::Paid { purchase, period } => {
                    prop_assert_eq!(purchase, known.number);
                    let is_paid = if once_then { !ended } else { months.contains(&period) };
                    prop_assert!(is_paid);
                }
                Decision::Cancelled { at } => {
                    prop_assert!((cancelled || ended) && next && !once_then);
                    prop_assert_eq!(at, if ended { ENDED } else { START });
                }
            }
        }
    }
}
