#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use guildhall_sdk::Money;
use guildhall_sdk::testing::FakeHost;
use proptest::prelude::*;

use crate::RfqNegotiate;
use crate::bindings::{
    Action, Guest, Move, Negotiation, Offer, Preferences, PriceRange, Range, Reserve,
    RfqNegotiateAnswer, Side, Status, Turn,
};
use crate::deal::{Table, WHOLE};

fn host() -> FakeHost {
    FakeHost::new().now("2026-11-24T12:00:00Z")
}

fn euro(minor: i64) -> Money {
    Money::new(minor, "EUR").unwrap()
}

fn range(best: u32, worst: u32, step: u32, weight: u32) -> Option<Range> {
    Some(Range {
        best,
        worst,
        step: Some(step),
        weight,
    })
}

/// A buyer: 9.00 to 12.00 apiece, at best 500 pieces, 10 to 40 days, 0 to 60 days of credit.
fn buyer() -> Negotiation {
    Negotiation {
        preferences: Preferences {
            price: PriceRange {
                best: euro(900),
                worst: euro(1_200),
                step: Some(5),
                weight: 5,
            },
            quantity: range(500, 1_000, 100, 1),
            delivery_days: range(10, 40, 5, 2),
            payment_days: range(60, 0, 15, 2),
            reserve: Reserve::Points(400),
        },
        history: Vec::new(),
        rounds: 10,
        round: None,
        answer_follows: None,
    }
}

fn offer(price: i64, quantity: u32, delivery: u32, payment: u32) -> Offer {
    Offer {
        price: euro(price),
        quantity: Some(quantity),
        delivery_days: Some(delivery),
        payment_days: Some(payment),
        valid_until: None,
    }
}

fn turn(by: Side, offer: Offer) -> Turn {
    Turn { by, offer }
}

fn ask(negotiation: &Negotiation) -> RfqNegotiateAnswer {
    RfqNegotiate::next_move(negotiation.clone()).unwrap()
}

fn moved(negotiation: &Negotiation) -> Move {
    let answer = ask(negotiation);
    answer.value.unwrap_or_else(|| panic!("{}", answer.reason))
}

fn field(negotiation: Negotiation) -> String {
    RfqNegotiate::next_move(negotiation).unwrap_err().field
}

fn worth(negotiation: &Negotiation, offer: &Offer) -> i128 {
    let table = Table::of(negotiation).unwrap();
    table
        .worth(&table.deal("offer", offer).unwrap())
        .unwrap_or(-1)
}

#[test]
fn the_opening_asks_for_everything_and_says_that_nobody_has_spoken() {
    let _host = host();
    let answer = ask(&buyer());
    assert_eq!(answer.status, Status::SingleSource);
    assert!(
        answer.reason.contains("nobody has offered"),
        "{}",
        answer.reason
    );
    let value = answer.value.unwrap();
    assert_eq!(value.action, Action::Offer(offer(900, 500, 10, 60)));
    assert_eq!((value.worth, value.reserve, value.round), (1_000, 400, 1));
    assert_eq!(value.their_worth, None);
}

#[test]
fn what_is_offered_first_is_taken_for_what_they_want_and_given_where_it_costs_least() {
    let _host = host();
    let mut asked = buyer();
    asked.history = vec![
        turn(Side::Us, offer(900, 500, 10, 60)),
        turn(Side::Them, offer(1_200, 1_000, 10, 0)),
        turn(Side::Us, offer(900, 500, 10, 60)),
        turn(Side::Them, offer(1_195, 600, 10, 0)),
    ];
    asked.round = Some(7);
    let answer = ask(&asked);
    assert_eq!(answer.status, Status::Answered);
    let value = answer.value.unwrap();
    let Action::Offer(next) = &value.action else {
        panic!("{value:?}");
    };
    // They like ten days as we do, so nothing is given there.
    assert_eq!(next.delivery_days, Some(10));
    assert!(value.worth >= value.reserve && value.worth < 1_000);
    assert!(!value.changes.is_empty());
    assert!(
        value
            .changes
            .iter()
            .all(|change| change.ends_with("in theirs.")),
        "{:?}",
        value.changes
    );
}

#[test]
fn an_offer_as_good_as_what_we_would_ask_for_is_accepted() {
    let _host = host();
    let mut asked = buyer();
    let good = offer(900, 500, 10, 60);
    asked.history = vec![turn(Side::Them, good.clone())];
    let answer = ask(&asked);
    assert!(answer.reason.contains("Accept"), "{}", answer.reason);
    assert_eq!(answer.value.unwrap().action, Action::Accept(good));
}

#[test]
fn in_the_last_round_what_is_above_the_reserve_is_accepted_and_what_is_below_never() {
    let _host = host();
    let mut asked = buyer();
    asked.round = Some(10);
    // 5/10 of (1200-1076)/300, and 2/10 each of 20 of 30 days and of 0 days: 206 + 100 + 133.
    let enough = offer(1_076, 500, 20, 0);
    assert_eq!(worth(&asked, &enough), 439_999);
    asked.history = vec![turn(Side::Them, enough.clone())];
    assert_eq!(moved(&asked).action, Action::Accept(enough));
    let less = offer(1_101, 500, 20, 0);
    assert_eq!(worth(&asked, &less), 398_333);
    asked.history = vec![turn(Side::Them, less)];
    let value = moved(&asked);
    assert!(matches!(value.action, Action::Offer(_)), "{value:?}");
    assert!(value.worth >= 400);
    asked.round = Some(11);
    assert_eq!(moved(&asked).action, Action::WalkAway);
}

#[test]
fn what_lies_beyond_the_worst_is_never_accepted_whatever_else_it_brings() {
    let _host = host();
    let mut asked = buyer();
    asked.round = Some(10);
    asked.history = vec![turn(Side::Them, offer(1_201, 500, 10, 60))];
    let value = moved(&asked);
    assert_eq!(value.their_worth, None);
    assert!(matches!(value.action, Action::Offer(_)));
    // Better than the best counts as the best.
    let asked = Negotiation {
        history: vec![turn(Side::Them, offer(1, 500, 1, 90))],
        ..buyer()
    };
    assert_eq!(moved(&asked).their_worth, Some(1_000));
}

#[test]
fn a_reserve_can_be_a_deal() {
    let _host = host();
    let mut asked = buyer();
    let least = offer(1_101, 500, 20, 0);
    asked.preferences.reserve = Reserve::Deal(least.clone());
    assert_eq!(moved(&asked).reserve, 398);
    asked.round = Some(10);
    asked.history = vec![turn(Side::Them, least.clone())];
    assert_eq!(moved(&asked).action, Action::Accept(least));
    asked.preferences.reserve = Reserve::Deal(offer(1_201, 500, 20, 0));
    assert_eq!(field(asked), "preferences.reserve");
}

#[test]
fn near_the_end_they_are_offered_what_they_have_offered_themselves() {
    let _host = host();
    let mut asked = buyer();
    let best = offer(1_000, 600, 20, 30);
    asked.history = vec![
        turn(Side::Them, offer(1_200, 1_000, 40, 0)),
        turn(Side::Them, best.clone()),
        turn(Side::Them, offer(1_010, 600, 25, 30)),
    ];
    asked.round = Some(9);
    assert_eq!(moved(&asked).action, Action::Offer(best));
}

#[test]
fn what_they_refuse_to_take_back_is_no_floor_any_more() {
    let _host = host();
    let mut asked = buyer();
    let best = offer(1_000, 600, 20, 30);
    asked.history = vec![
        turn(Side::Them, best.clone()),
        turn(Side::Us, best.clone()),
        turn(Side::Them, offer(1_200, 1_000, 40, 0)),
    ];
    asked.round = Some(9);
    let value = moved(&asked);
    assert!(matches!(value.action, Action::Offer(_)), "{value:?}");
    assert!(value.worth >= value.reserve);
    assert!(
        i128::from(value.worth) < worth(&asked, &best) / 1_000,
        "{value:?}"
    );
    // Until they refuse it, it is one: nothing below it is offered.
    asked.history.remove(1);
    assert_eq!(moved(&asked).action, Action::Offer(best));
}

#[test]
fn in_the_last_round_an_offer_above_the_reserve_is_taken_even_if_they_had_offered_more() {
    let _host = host();
    let mut asked = buyer();
    let last = offer(1_010, 600, 25, 30);
    asked.history = vec![
        turn(Side::Them, offer(1_000, 600, 20, 30)),
        turn(Side::Them, last.clone()),
    ];
    asked.round = Some(10);
    for follows in [None, Some(false), Some(true)] {
        asked.answer_follows = follows;
        assert_eq!(moved(&asked).action, Action::Accept(last.clone()));
    }
}

#[test]
fn an_offer_that_has_expired_is_not_accepted() {
    let _host = host();
    let mut asked = buyer();
    let mut good = offer(900, 500, 10, 60);
    good.valid_until = Some("2026-11-23".to_owned());
    asked.history = vec![turn(Side::Them, good.clone())];
    let answer = ask(&asked);
    assert_eq!((answer.status, answer.value), (Status::Stale, None));
    good.valid_until = Some("2026-11-24".to_owned());
    asked.history = vec![turn(Side::Them, good)];
    assert!(matches!(moved(&asked).action, Action::Accept(_)));
}

#[test]
fn an_own_offer_below_the_reserve_is_a_contradiction() {
    let _host = host();
    let mut asked = buyer();
    asked.history = vec![turn(Side::Us, offer(1_200, 1_000, 40, 0))];
    let answer = ask(&asked);
    assert_eq!((answer.status, answer.value), (Status::Disputed, None));
}

#[test]
fn what_cannot_be_understood_names_its_field() {
    let _host = host();
    let with = |change: fn(&mut Negotiation)| {
        let mut asked = buyer();
        asked.history = vec![turn(Side::Them, offer(1_100, 600, 20, 30))];
        change(&mut asked);
        field(asked)
    };
    assert_eq!(with(|asked| asked.rounds = 0), "rounds");
    assert_eq!(with(|asked| asked.rounds = 1_001), "rounds");
    assert_eq!(with(|asked| asked.round = Some(0)), "rounds");
    assert_eq!(
        with(|asked| asked.preferences.reserve = Reserve::Points(1_001)),
        "preferences.reserve"
    );
    assert_eq!(
        with(|asked| asked.preferences.price.worst = euro(900)),
        "preferences.price"
    );
    assert_eq!(
        with(|asked| asked.preferences.price.best = euro(-1)),
        "preferences.price"
    );
    assert_eq!(
        with(|asked| asked.preferences.price.step = Some(0)),
        "preferences.price"
    );
    assert_eq!(
        with(|asked| asked.preferences.price.worst.currency = "USD".to_owned()),
        "preferences.price"
    );
    assert_eq!(
        with(|asked| asked.preferences.price.best.currency = "ＥＵＲ".to_owned()),
        "preferences.price"
    );
    assert_eq!(
        with(|asked| asked.preferences.quantity = range(1, 2, 1, 0)),
        "preferences.quantity"
    );
    assert_eq!(
        with(|asked| asked.preferences.quantity = None),
        "history, offer 1"
    );
    assert_eq!(
        with(|asked| asked.history[0].offer.quantity = None),
        "history, offer 1"
    );
    assert_eq!(
        with(|asked| asked.history[0].offer.price.minor = -1),
        "history, offer 1"
    );
    assert_eq!(
        with(|asked| asked.history[0].offer.price.currency = "USD".to_owned()),
        "history, offer 1"
    );
    for day in [
        "24.11.2026",
        "２０２６-11-24",
        "2026-11-24\u{200b}",
        "٢٠٢٦-11-24",
        "2026-02-30",
    ] {
        let mut asked = buyer();
        let mut their = offer(1_100, 600, 20, 30);
        their.valid_until = Some(day.to_owned());
        asked.history = vec![turn(Side::Them, their)];
        assert_eq!(field(asked), "history, offer 1", "{day}");
    }
    let many = vec![turn(Side::Them, offer(1_100, 600, 20, 30)); 401];
    assert_eq!(
        field(Negotiation {
            history: many,
            ..buyer()
        }),
        "history"
    );
}

#[test]
fn one_bad_negotiation_of_a_batch_keeps_none_from_its_move() {
    let _host = host();
    let bad = Negotiation {
        rounds: 0,
        ..buyer()
    };
    let moves = RfqNegotiate::next_moves(vec![buyer(), bad, buyer()]);
    assert_eq!(
        moves.iter().map(Result::is_ok).collect::<Vec<_>>(),
        [true, false, true]
    );
    assert!(RfqNegotiate::next_moves(vec![buyer(); 501])[0].is_err());
}

fn any_negotiation() -> impl Strategy<Value = Negotiation> {
    let issue = || (0..100_u32, 0..100_u32, 1..30_u32, 1..10_u32);
    let history = prop::collection::vec(
        (
            any::<bool>(),
            0..3_000_i64,
            0..120_u32,
            0..120_u32,
            0..120_u32,
        ),
        0..12,
    );
    (
        (0..3_000_i64, 0..3_000_i64, 1..400_u32, 1..10_u32),
        (issue(), issue(), issue()),
        0..=1_000_u32,
        history,
        (1..12_u32, 1..14_u32, any::<bool>()),
    )
        .prop_map(
            |(price, (quantity, delivery, payment), reserve, history, (rounds, round, follows))| {
                let of = |(best, worst, step, weight): (u32, u32, u32, u32)| {
                    range(
                        best,
                        if best == worst { worst + 1 } else { worst },
                        step,
                        weight,
                    )
                };
                let worst = if price.0 == price.1 {
                    price.1 + 1
                } else {
                    price.1
                };
                let mut asked = buyer();
                asked.preferences = Preferences {
                    price: PriceRange {
                        best: euro(price.0),
                        worst: euro(worst),
                        step: Some(price.2),
                        weight: price.3,
                    },
                    quantity: of(quantity),
                    delivery_days: of(delivery),
                    payment_days: of(payment),
                    reserve: Reserve::Points(reserve),
                };
                asked.rounds = rounds;
                asked.round = Some(round);
                asked.answer_follows = Some(follows);
                for (us, price, quantity, delivery, payment) in history {
                    let offer = offer(price, quantity, delivery, payment);
                    let least = i128::from(reserve) * WHOLE / 1_000;
                    // Offers of ours below the reserve are a contradiction, and tested by themselves.
                    let us = us && worth(&asked, &offer) >= least;
                    asked
                        .history
                        .push(turn(if us { Side::Us } else { Side::Them }, offer));
                }
                asked
            },
        )
}

proptest! {
    #[test]
    fn nothing_below_the_reserve_is_ever_offered_or_accepted(asked in any_negotiation()) {
        let _host = host();
        let value = moved(&asked);
        let Reserve::Points(points) = asked.preferences.reserve else { unreachable!() };
        let reserve = i128::from(points) * WHOLE / 1_000;
        match &value.action {
            Action::Offer(offer) | Action::Accept(offer) => prop_assert!(worth(&asked, offer) >= reserve, "{value:?}"),
            Action::WalkAway => prop_assert!(asked.round.unwrap() > asked.rounds),
        }
        if let Action::Accept(offer) = &value.action {
            let last = asked.history.iter().rev().find(|turn| turn.by == Side::Them).unwrap();
            prop_assert_eq!(offer, &last.offer);
        }
        prop_assert!(value.target >= value.reserve);
        prop_assert_eq!(value, moved(&asked), "the same question, the same move");
    }

    /// A few prices and quantities only, so that what is worth the reserve is soon offered, all of it.
    #[test]
    fn no_game_that_is_played_to_its_end_goes_below_the_reserve(reserve in 0..=1_000_u32, weights in (1..5_u32, 1..5_u32), theirs in prop::collection::vec((0..6_i64, 0..4_u32), 12), rounds in 1..12_u32, first in any::<bool>()) {
        let _host = host();
        let mut asked = buyer();
        asked.preferences = Preferences {
            price: PriceRange { best: euro(0), worst: euro(5), step: None, weight: weights.0 },
            quantity: range(3, 0, 1, weights.1),
            delivery_days: None,
            payment_days: None,
            reserve: Reserve::Points(reserve),
        };
        asked.rounds = rounds;
        asked.answer_follows = Some(first);
        let least = i128::from(reserve) * WHOLE / 1_000;
        let made = |price, quantity| Offer { delivery_days: None, payment_days: None, ..offer(price, quantity, 0, 0) };
        for (round, (price, quantity)) in (1..=rounds).zip(&theirs) {
            if !first || round > 1 {
                asked.history.push(turn(Side::Them, made(*price, *quantity)));
            }
            asked.round = Some(round);
            match moved(&asked).action {
                Action::Offer(next) => {
                    prop_assert!(worth(&asked, &next) >= least, "{next:?}");
                    asked.history.push(turn(Side::Us, next));
                }
                Action::Accept(last) => {
                    prop_assert!(worth(&asked, &last) >= least, "{last:?}");
                    break;
                }
                Action::WalkAway => prop_assert!(false, "a round was left"),
            }
        }
    }

    #[test]
    fn no_numbers_make_it_panic(best in any::<i64>(), worst in any::<i64>(), step in any::<Option<u32>>(), weights in prop::array::uniform4(any::<u32>()), values in prop::array::uniform6(any::<u32>()), theirs in (any::<i64>(), any::<u32>(), any::<u32>(), any::<u32>()), round in any::<Option<u32>>(), rounds in 0..1_100_u32, points in 0..1_100_u32) {
        let _host = host();
        let mut asked = buyer();
        asked.preferences.price = PriceRange { best: euro(best), worst: euro(worst), step, weight: weights[0] };
        asked.preferences.quantity = Some(Range { best: values[0], worst: values[1], step, weight: weights[1] });
        asked.preferences.delivery_days = Some(Range { best: values[2], worst: values[3], step, weight: weights[2] });
        asked.preferences.payment_days = Some(Range { best: values[4], worst: values[5], step, weight: weights[3] });
        asked.preferences.reserve = Reserve::Points(points);
        asked.history = vec![turn(Side::Them, offer(theirs.0, theirs.1, theirs.2, theirs.3))];
        asked.round = round;
        asked.rounds = rounds;
        let _ = RfqNegotiate::next_move(asked);
    }
}
