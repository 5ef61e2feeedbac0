//! Mandates and a whole effect set.

use super::*;
use crate::payees::AskReason;

type Decision = Result<Vec<(String, Charge)>, Vec<Uncovered>>;

fn decide(mandates: &[(Mandate, i64)], facts: &[Fact]) -> Decision {
    cover_all(mandates, skill(), facts, &vec![None; facts.len()], NOW)
}

fn ids(decision: Decision) -> Vec<String> {
    decision.unwrap().into_iter().map(|(id, _)| id).collect()
}

fn payment_mandate(id: &str, limit: i64, each: Option<i64>) -> Mandate {
    let mut scope = payments();
    if let Scope::Payment {
        limit_minor,
        each_minor,
        ..
    } = &mut scope
    {
        (*limit_minor, *each_minor) = (limit, each);
    }
    mandate(id, scope)
}

#[test]
fn what_earlier_facts_take_is_gone_for_later_ones() {
    let mandates = [(mandate("m", payments()), 5000)];
    let facts = [pay(DE, "EUR 50"), pay(DE, "EUR 100")];
    assert_eq!(
        decide(&mandates, &facts),
        Ok(vec![
            ("m".to_owned(), charge(5000)),
            ("m".to_owned(), charge(10_000))
        ])
    );
    let facts = [pay(DE, "EUR 50"), pay(DE, "EUR 100"), pay(DE, "EUR 0.01")];
    let uncovered = decide(&mandates, &facts).unwrap_err();
    assert_eq!(uncovered.len(), 1);
    assert_eq!(uncovered[0].fact, 2);
    let Why::Exhausted { mandate, why } = &uncovered[0].why else {
        panic!("{uncovered:?}")
    };
    assert_eq!(
        (mandate.as_str(), why.limit, why.used, why.asked),
        ("m", 20_000, 20_000, 1)
    );
}

#[test]
fn one_uncovered_fact_leaves_the_whole_set_to_a_person() {
    let mandates = [(mandate("m", payments()), 0)];
    let facts = [pay(DE, "EUR 1"), pay(GB, "EUR 1"), write("/a/x", false)];
    let uncovered = decide(&mandates, &facts).unwrap_err();
    let places: Vec<usize> = uncovered.iter().map(|u| u.fact).collect();
    assert_eq!(places, [1, 2]);
    assert!(uncovered.iter().all(|u| u.why == Why::NoMandate));
    assert!(decide(&mandates, &facts[..1]).is_ok());
    assert_eq!(decide(&[], &[]), Ok(Vec::new()));
}

#[test]
fn what_always_asks_is_never_decided_by_a_mandate() {
    let mandates = [(mandate("m", payments()), 0)];
    let facts = [pay(DE, "EUR 1"), pay(DE, "EUR 2")];
    let asks = [Some(AskReason::First), None];
    let uncovered = cover_all(&mandates, skill(), &facts, &asks, NOW).unwrap_err();
    assert_eq!(
        uncovered,
        [Uncovered {
            fact: 0,
            why: Why::AlwaysAsks(AskReason::First)
        }]
    );
    assert_eq!(
        uncovered[0].to_string(),
        "always asked: first payment to this account"
    );
    // A fact about which nobody has answered.
    let uncovered = cover_all(&mandates, skill(), &facts, &[None], NOW).unwrap_err();
    assert_eq!(
        uncovered,
        [Uncovered {
            fact: 1,
            why: Why::NotJudged
        }]
    );
}

#[test]
fn the_reason_is_that_of_the_nearest_mandate() {
    let ended = Mandate {
        until_ms: Some(NOW),
        ..payment_mandate("ended", i64::MAX, None)
    };
    let small = payment_mandate("small", 100, None);
    let foreign = Mandate {
        skill: Digest::of(b"x"),
        ..payment_mandate("foreign", i64::MAX, None)
    };
    let why = |mandates: &[Mandate]| {
        let mandates: Vec<_> = mandates.iter().cloned().map(|m| (m, 0)).collect();
        decide(&mandates, &[pay(DE, "EUR 2")])
            .unwrap_err()
            .remove(0)
            .why
    };
    assert_eq!(why(std::slice::from_ref(&foreign)), Why::NoMandate);
    let named = |why: Why| match why {
        Why::NotCovered { mandate, .. } | Why::Exhausted { mandate, .. } => mandate,
        other => panic!("{other:?}"),
    };
    assert_eq!(named(why(&[foreign.clone(), ended.clone()])), "ended");
    assert_eq!(
        named(why(&[ended.clone(), small.clone(), foreign.clone()])),
        "small"
    );
    let mandates = [
        (ended, 0),
        (small, 0),
        (payment_mandate("full", 300, None), 101),
    ];
    let uncovered = decide(&mandates, &[pay(DE, "EUR 2")]).unwrap_err();
    assert_eq!(
        uncovered[0].to_string(),
        "the mandate full has no room: of its limit of EUR 3.00, EUR 1.01 are used; EUR 2.00 more do not fit"
    );
}

#[test]
fn larger_payments_choose_first_and_take_the_least_room() {
    let mandates = [
        (payment_mandate("large", 10_000, None), 0),
        (payment_mandate("small", 5000, None), 0),
    ];
    let facts = [pay(DE, "EUR 50"), pay(DE, "EUR 100")];
    assert_eq!(ids(decide(&mandates, &facts)), ["small", "large"]);
    let facts = [pay(DE, "EUR 40"), pay(DE, "EUR 60"), pay(DE, "EUR 40")];
    assert_eq!(ids(decide(&mandates, &facts)), ["large", "large", "small"]);
}

#[test]
fn a_new_file_leaves_the_right_to_replace_to_those_that_need_it() {
    let mandates = [
        (mandate("a-any", files("/a", true, 1)), 0),
        (mandate("new", files("/a", false, 2)), 0),
    ];
    let facts = [write("/a/x", false), write("/a/y", true)];
    assert_eq!(ids(decide(&mandates, &facts)), ["new", "a-any"]);
}

#[test]
fn a_mandate_that_is_listed_twice_counts_once() {
    let twice = [(mandate("m", payments()), 0), (mandate("m", payments()), 0)];
    let facts = [pay(DE, "EUR 120"), pay(DE, "EUR 120")];
    assert!(decide(&twice, &facts).is_err());
}

#[test]
fn the_largest_amounts_are_counted_without_overflow() {
    let mandates = [(payment_mandate("m", i64::MAX, None), 1)];
    let max = Amount {
        minor: i64::MAX,
        currency: eur(),
    };
    assert!(decide(&mandates, &[pay_minor(DE, max)]).is_err());
    let fits = Amount {
        minor: i64::MAX - 1,
        ..max
    };
    assert!(decide(&mandates, &[pay_minor(DE, fits)]).is_ok());
    assert!(decide(&mandates, &[pay_minor(DE, fits), pay(DE, "EUR 0.01")]).is_err());
}

proptest! {
    #[test]
    fn no_mandate_gives_more_than_it_has_and_every_charge_is_covered(
        facts in prop::collection::vec(any_fact(), 0..12),
        patterns in prop::collection::vec((any_fact(), 1..900_i64, 0..900_i64, any::<bool>(), any::<bool>()), 0..10),
        asks in prop::collection::vec(prop::bool::weighted(0.05), 12),
    ) {
        let mandates: Vec<(Mandate, i64)> = patterns.into_iter().enumerate().map(|(n, (fact, limit, used, each, ended))| {
            let per = Period::Day;
            let count = limit.unsigned_abs() % 7 + 1;
            let scope = match fact {
                Fact::Payment { scheme, account, amount } => Scope::Payment {
                    scheme, account, currency: amount.currency, limit_minor: limit, per, each_minor: each.then_some(limit / 2 + 1),
                },
                Fact::FileWrite { target, .. } => Scope::FileWrite { folder: target.parent().unwrap().to_owned(), replace: each, per, count },
                Fact::Message { channel, recipient } => Scope::Message { channel, recipient, per, count },
            };
            let mut made = mandate(&format!("m{n}"), scope);
            if ended && n % 3 == 0 { made.until_ms = Some(NOW); }
            (made, used % 300)
        }).collect();
        let asks: Vec<Option<AskReason>> = facts.iter().zip(asks).map(|(_, ask)| ask.then_some(AskReason::First)).collect();
        let decision = cover_all(&mandates, skill(), &facts, &asks, NOW);
        prop_assert_eq!(&decision, &cover_all(&mandates, skill(), &facts, &asks, NOW));
        match decision {
            Ok(charges) => {
                prop_assert_eq!(charges.len(), facts.len());
                prop_assert!(asks.iter().all(Option::is_none));
                for (fact, (id, charge)) in facts.iter().zip(&charges) {
                    let (mandate, _) = mandates.iter().find(|(m, _)| m.id == *id).unwrap();
                    prop_assert_eq!(covers(mandate, skill(), fact, NOW), Ok(*charge));
                }
                for (mandate, used) in &mandates {
                    let taken: i128 = charges.iter().filter(|(id, _)| *id == mandate.id).map(|(_, c)| i128::from(c.amount_or_count)).sum();
                    prop_assert!(taken == 0 || taken + i128::from(*used) <= i128::from(mandate.scope.limit()));
                }
            }
            Err(uncovered) => {
                prop_assert!(!uncovered.is_empty());
                prop_assert!(uncovered.windows(2).all(|pair| pair[0].fact < pair[1].fact));
                for one in uncovered {
                    prop_assert_eq!(asks[one.fact].is_some(), matches!(one.why, Why::AlwaysAsks(_)));
                    prop_assert!(!one.to_string().is_empty());
                }
            }
        }
    }
}
