//! What was spent, summed by day, by payee and by skill. Pure.

use crate::mandates::{MandateError, Period, bucket, day_after};
use crate::money::Currency;
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What spending of a skill is gathered by: its name, or for a file its digest.
type OfSkill<'a> = (Option<&'a str>, Option<Digest>);

/// Most days of one answer: more than a host asks for.
const MOST_DAYS: usize = 3_700;

/// Which payments are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpendFilter {
    /// From when, in milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// The first moment that is not in it any more.
    pub until_ms: i64,
    /// Sums are of one currency; nothing is converted.
    pub currency: Currency,
}

/// What was paid in a time: payments that were carried out, by the moment at which they were. What the bank sent back is not
/// among them. Amounts are in minor units of the currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// Currency of every amount.
    pub currency: Currency,
    /// Time zone in which days are counted.
    pub zone: String,
    /// Paid in sum.
    pub minor: i64,
    /// How many payments.
    pub payments: u64,
    /// What came back for payments, whenever those were made.
    pub refunded: i64,
    /// Each day of the time, in its order, also those on which nothing was paid.
    pub days: Vec<DaySpend>,
    /// Each payee, the one who got most first.
    pub payees: Vec<PayeeSpend>,
    /// Each skill, the one that paid most first.
    pub skills: Vec<SkillSpend>,
}

/// What was paid on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySpend {
    /// `2026-11-29`.
    pub day: String,
    /// In sum.
    pub minor: i64,
    /// How many payments.
    pub payments: u64,
}

/// What was paid to one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeSpend {
    /// Scheme and account: `iban:NL91ABNA0417164300`.
    pub payee: String,
    /// The name under which it was last paid; empty if that is not kept.
    pub name: String,
    /// In sum.
    pub minor: i64,
    /// How many payments.
    pub payments: u64,
}

/// What was paid by one skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillSpend {
    /// The skill's name, if it has one.
    pub name: Option<String>,
    /// Its digest; none for payments whose runs are not kept any more.
    pub digest: Option<Digest>,
    /// In sum.
    pub minor: i64,
    /// How many payments.
    pub payments: u64,
}

/// One payment that was carried out.
#[derive(Debug, Clone)]
pub(crate) struct Paid {
    pub(crate) at_ms: i64,
    pub(crate) minor: i64,
    pub(crate) payee: String,
    /// Name and digest of the skill, if its run is kept.
    pub(crate) skill: Option<(Option<String>, Digest)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    minor: i64,
    payments: u64,
}

impl Sum {
    const fn add(&mut self, minor: i64) {
        self.minor = self.minor.saturating_add(minor);
        self.payments = self.payments.saturating_add(1);
    }
}

/// Sums payments of the filter's time.
///
/// # Errors
/// If the zone is none, or a time is outside the calendar.
pub(crate) fn spending(
    filter: &SpendFilter,
    zone: &str,
    paid: &[Paid],
    refunded: i64,
    names: &BTreeMap<String, String>,
) -> Result<Spending, MandateError> {
    let mut all = Sum::default();
    let mut days = empty_days(filter, zone)?;
    let mut payees: BTreeMap<&str, Sum> = BTreeMap::new();
    // By name where there is one: releases of a skill are one skill.
    let mut skills: BTreeMap<OfSkill<'_>, (Option<Digest>, Sum)> = BTreeMap::new();
    for one in paid {
        all.add(one.minor);
        days.entry(bucket(Period::Day, zone, one.at_ms)?)
            .or_default()
            .add(one.minor);
        payees.entry(&one.payee).or_default().add(one.minor);
        let name = one.skill.as_ref().and_then(|(name, _)| name.as_deref());
        let digest = one.skill.as_ref().map(|(_, digest)| *digest);
        let key = (name, if name.is_some() { None } else { digest });
        let entry = skills.entry(key).or_insert((digest, Sum::default()));
        entry.1.add(one.minor);
    }
    let mut payees: Vec<PayeeSpend> = payees
        .into_iter()
        .map(|(payee, sum)| PayeeSpend {
            payee: payee.to_owned(),
            name: names.get(payee).cloned().unwrap_or_default(),
            minor: sum.minor,
            payments: sum.payments,
        })
        .collect();
    payees.sort_by_key(|one| std::cmp::Reverse(one.minor));
    let mut skills: Vec<SkillSpend> = skills
        .into_iter()
        .map(|((name, _), (digest, sum))| SkillSpend {
            name: name.map(str::to_owned),
            digest,
            minor: sum.minor,
            payments: sum.payments,
        })
        .collect();
    skills.sort_by_key(|one| std::cmp::Reverse(one.minor));
    Ok(Spending {
        currency: filter.currency,
        zone: zone.to_owned(),
        minor: all.minor,
        payments: all.payments,
        refunded,
        days: days
            .into_iter()
            .map(|(day, sum)| DaySpend {
                day,
                minor: sum.minor,
                payments: sum.payments,
            })
            .collect(),
        payees,
        skills,
    })
}

/// Every day of the time; its dates sort as texts.
fn empty_days(filter: &SpendFilter, zone: &str) -> Result<BTreeMap<String, Sum>, MandateError> {
    let mut days = BTreeMap::new();
    let mut at = filter.from_ms;
    while at < filter.until_ms && days.len() < MOST_DAYS {
        days.insert(bucket(Period::Day, zone, at)?, Sum::default());
        at = day_after(zone, at)?;
    }
    Ok(days)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: i64 = 86_400_000;
    /// 28 November 2026, 00:00 in Berlin.
    const START: i64 = 1_795_820_400_000;

    fn filter(days: i64) -> SpendFilter {
        SpendFilter {
            from_ms: START,
            until_ms: START + days * DAY,
            currency: Currency::parse("EUR").unwrap(),
        }
    }

    fn paid(at_ms: i64, minor: i64, payee: &str, skill: Option<&str>) -> Paid {
        Paid {
            at_ms,
            minor,
            payee: payee.to_owned(),
            skill: skill.map(|name| (Some(name.to_owned()), Digest::of(name.as_bytes()))),
        }
    }

    #[test]
    fn payments_are_summed_by_the_days_of_the_zone_and_empty_days_are_there() {
        let list = [
            paid(START, 100, "book:acme", Some("acme/a")),
            // An hour before midnight in Berlin, which is the same day in London.
            paid(START + 23 * 3_600_000, 20, "book:b", Some("acme/b")),
            paid(START + 2 * DAY, 3, "book:b", None),
        ];
        let names = BTreeMap::from([("book:acme".to_owned(), "Acme".to_owned())]);
        let sums = spending(&filter(3), "Europe/Berlin", &list, 7, &names).unwrap();
        let days: Vec<_> = sums
            .days
            .iter()
            .map(|d| (d.day.as_str(), d.minor))
            .collect();
        assert_eq!(
            days,
            [("2026-11-28", 120), ("2026-11-29", 0), ("2026-11-30", 3)]
        );
        assert_eq!((sums.minor, sums.payments, sums.refunded), (123, 3, 7));
        assert_eq!(
            (sums.payees[0].name.as_str(), sums.payees[0].minor),
            ("Acme", 100)
        );
        assert_eq!(
            (sums.payees[1].payee.as_str(), sums.payees[1].payments),
            ("book:b", 2)
        );
        assert_eq!(sums.skills[2].digest, None, "what is not kept is no skill");
        let in_london = spending(&filter(3), "Europe/London", &list, 0, &names).unwrap();
        assert_eq!(in_london.days[0].day, "2026-11-27");
        assert_eq!(
            (in_london.days[0].minor, in_london.days[1].minor),
            (100, 20)
        );
    }

    #[test]
    fn two_releases_of_a_skill_are_one_and_two_files_are_two() {
        let mut other = paid(START, 2, "p", Some("acme/a"));
        other.skill = Some((Some("acme/a".to_owned()), Digest::of(b"2")));
        let file = |bytes: &[u8]| Paid {
            skill: Some((None, Digest::of(bytes))),
            ..paid(START, 1, "p", None)
        };
        let list = [
            paid(START, 1, "p", Some("acme/a")),
            other,
            file(b"x"),
            file(b"y"),
        ];
        let sums = spending(&filter(1), "UTC", &list, 0, &BTreeMap::new()).unwrap();
        assert_eq!(sums.skills.len(), 3);
        assert_eq!(sums.skills[0].minor, 3);
    }

    proptest! {
        #[test]
        fn each_way_of_summing_comes_to_the_same(
            list in proptest::collection::vec((0..10 * DAY, 1..1_000_000i64, 0..4u8, 0..4u8), 0..40),
        ) {
            let list: Vec<Paid> = list
                .iter()
                .map(|(at, minor, payee, skill)| {
                    paid(START + at, *minor, &format!("book:{payee}"), (*skill > 0).then_some("s/s"))
                })
                .collect();
            let sums = spending(&filter(10), "America/New_York", &list, 0, &BTreeMap::new()).unwrap();
            let total: i64 = list.iter().map(|one| one.minor).sum();
            prop_assert_eq!(sums.minor, total);
            prop_assert_eq!(sums.days.iter().map(|d| d.minor).sum::<i64>(), total);
            prop_assert_eq!(sums.payees.iter().map(|d| d.minor).sum::<i64>(), total);
            prop_assert_eq!(sums.skills.iter().map(|d| d.minor).sum::<i64>(), total);
        }
    }
}
