//! Families of sources that agree, and that do not.
#![allow(clippy::unwrap_used)]

use guildhall_answer::{Claim, Judged, Source, Status, judge};
use proptest::prelude::*;

fn claim(family: &'static str, date: &'static str, value: u8) -> Claim<u8> {
    Claim {
        family,
        value,
        source: Source::new(family, date, "MIT"),
    }
}

#[test]
fn two_families_that_agree_answer() {
    let judged = judge([claim("a", "2026-01-01", 19), claim("b", "2026-02-01", 19)]);
    assert_eq!((judged.status, judged.value), (Status::Answered, Some(19)));
    assert_eq!(
        (judged.sources.len(), judged.as_of.as_str()),
        (2, "2026-02-01")
    );
}

#[test]
fn a_copy_of_a_source_is_no_second_family() {
    let judged = judge([claim("a", "2026-01-01", 19), claim("a", "2026-01-01", 19)]);
    assert_eq!(
        (judged.status, judged.value),
        (Status::SingleSource, Some(19))
    );
    assert_eq!(judged.sources.len(), 1);
}

#[test]
fn sources_that_disagree_give_no_value() {
    let judged = judge([
        claim("a", "2026-01-01", 5),
        claim("b", "2026-01-01", 10),
        claim("c", "2026-01-01", 10),
    ]);
    assert_eq!((judged.status, judged.value), (Status::Disputed, None));
    assert_eq!(judged.sources.len(), 3);
}

#[test]
fn the_newest_source_of_a_family_corrects_its_older_one() {
    let judged = judge([
        claim("a", "2020-01-01", 5),
        claim("a", "2022-01-01", 10),
        claim("b", "2021-01-01", 10),
    ]);
    assert_eq!((judged.status, judged.value), (Status::Answered, Some(10)));
    let same_day = judge([claim("a", "2022-01-01", 5), claim("a", "2022-01-01", 10)]);
    assert_eq!((same_day.status, same_day.value), (Status::Disputed, None));
}

#[test]
fn without_a_source_there_is_no_answer() {
    let judged = judge(Vec::<Claim<u8>>::new());
    assert_eq!(judged, Judged::out_of_scope());
    assert_eq!(
        (judged.status, judged.as_of.as_str()),
        (Status::OutOfScope, "")
    );
    assert_eq!(
        judged.not_older_than("2026-01-01").status,
        Status::OutOfScope
    );
}

#[test]
fn what_is_too_old_loses_its_value() {
    let law = Source::new("a law", "2025-01-01", "law");
    let proved = Judged::proved(19, vec![law]);
    assert_eq!(proved.status, Status::Answered);
    let fresh = proved.clone().not_older_than("2025-01-01");
    assert_eq!(fresh, proved);
    let stale = proved.not_older_than("2025-01-02");
    assert_eq!((stale.status, stale.value), (Status::Stale, None));
    assert_eq!(stale.as_of, "2025-01-01");
}

proptest! {
    #[test]
    fn a_value_is_what_every_speaking_family_says(claims in proptest::collection::vec((0..3_usize, 0..3_u8), 0..8)) {
        let families = ["a", "b", "c"];
        let claims: Vec<_> = claims.iter().map(|(family, value)| claim(families.get(*family).unwrap(), "2026-01-01", *value)).collect();
        let judged = judge(claims.clone());
        let values: std::collections::BTreeSet<_> = claims.iter().map(|claim| claim.value).collect();
        let said: std::collections::BTreeSet<_> = claims.iter().map(|claim| claim.family).collect();
        prop_assert_eq!(judged.value.is_some(), values.len() == 1);
        prop_assert_eq!(judged.status == Status::Answered, values.len() == 1 && said.len() > 1);
    }
}
