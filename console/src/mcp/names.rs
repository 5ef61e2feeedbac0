//! Names of tools. Pure.
//!
//! An operation is called `SKILL_OPERATION`, in small letters, digits and `_`. A name that is taken is never given twice, and
//! never taken away from who had it: skills are named in the order in which they were installed, and a later one gets the name
//! of its publisher in front. Names are written down: one whose skill was taken away is kept for that publisher's skill, so that
//! an agent that knows a tool never finds another publisher's behind it. Only a prefix that the merchant chooses gives it on.

use super::book::Given;
use guildhall_package::SkillName;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Longest name that clients take.
const MAX: usize = 64;
/// Digits of the digest at the end of a name that would be too long.
const DIGEST: usize = 8;

/// Prefixes that the merchant chose, by skill. May be empty.
pub type Prefixes = BTreeMap<SkillName, String>;

/// Names that belong to a skill, installed or not.
pub type Held = BTreeMap<String, SkillName>;

/// Names that are taken.
#[derive(Debug, Default)]
pub struct Names {
    taken: BTreeSet<String>,
    held: Held,
    given: Vec<Given>,
}

impl Names {
    /// With names that no skill gets.
    #[must_use]
    pub fn without(reserved: &[&str], held: Held) -> Self {
        Self {
            taken: reserved.iter().map(|name| (*name).to_owned()).collect(),
            held,
            given: Vec::new(),
        }
    }

    /// What was given that nobody held.
    #[must_use]
    pub fn given(self) -> Vec<Given> {
        self.given
    }

    /// The name of an operation; none if what it could be called is taken.
    pub fn give(
        &mut self,
        skill: &SkillName,
        operation: &str,
        prefixes: &Prefixes,
    ) -> Option<String> {
        let prefix = prefixes.get(skill);
        let short = match prefix {
            Some(prefix) => format!("{prefix}{operation}"),
            None => format!("{}_{operation}", skill.skill),
        };
        let long = format!("{}_{}_{operation}", skill.publisher, skill.skill);
        [(short, prefix.is_some()), (long, false)]
            .into_iter()
            .find_map(|(name, chosen)| self.take(skill, fit(&name), chosen))
    }

    fn take(&mut self, skill: &SkillName, name: String, chosen: bool) -> Option<String> {
        let holder = self.held.get(&name);
        let is_own = holder == Some(skill);
        if holder.is_some() && !is_own && !chosen {
            return None;
        }
        if !self.taken.insert(name.clone()) {
            return None;
        }
        if !is_own {
            self.given.push(Given {
                name: name.clone(),
                skill: skill.clone(),
                chosen,
            });
        }
        Some(name)
    }
}

/// A name out of the characters that every client takes, of a length that every client takes.
fn fit(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' | '_' => c,
            'A'..='Z' => c.to_ascii_lowercase(),
            _ => '_',
        })
        .collect();
    if plain.len() <= MAX && !plain.is_empty() {
        return plain;
    }
    let digest = hex::encode(Sha256::digest(name.as_bytes()));
    let head = plain.get(..MAX - DIGEST - 1).unwrap_or(&plain);
    let tail = digest.get(..DIGEST).unwrap_or(&digest);
    format!("{head}_{tail}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn skill(name: &str) -> SkillName {
        name.parse().unwrap()
    }

    #[test]
    fn a_name_is_the_skill_and_the_operation() {
        let mut names = Names::default();
        let none = Prefixes::new();
        let given = names.give(&skill("acme/vat-report"), "list-currencies", &none);
        assert_eq!(given.unwrap(), "vat_report_list_currencies");
        let given = names.give(&skill("acme/vat-report"), "api.report", &none);
        assert_eq!(given.unwrap(), "vat_report_api_report");
    }

    #[test]
    fn a_later_skill_neither_shadows_nor_renames() {
        let mut names = Names::without(&["guildhall_run"], Held::new());
        let none = Prefixes::new();
        let mut give = |name: &str, operation| names.give(&skill(name), operation, &none);
        assert_eq!(give("acme/pay", "go").unwrap(), "pay_go");
        assert_eq!(give("evil/pay", "go").unwrap(), "evil_pay_go");
        // `evil/pay` with `go` and `e-v-i-l/…` tricks end with no name rather than with somebody's.
        assert_eq!(give("x/evil", "pay-go").unwrap(), "x_evil_pay_go");
        assert_eq!(give("x/evil", "pay-go"), None);
        assert_eq!(give("a/guildhall", "run").unwrap(), "a_guildhall_run");
    }

    #[test]
    fn a_name_stays_with_its_skill_when_that_is_taken_away_and_only_the_merchant_gives_it_on() {
        let none = Prefixes::new();
        let mut names = Names::default();
        names.give(&skill("acme/pay"), "go", &none).unwrap();
        let held: Held = names
            .given()
            .into_iter()
            .map(|given| (given.name, given.skill))
            .collect();
        // It is gone, and another publisher's comes.
        let mut names = Names::without(&[], held.clone());
        let given = names.give(&skill("evil/pay"), "go", &none);
        assert_eq!(given.unwrap(), "evil_pay_go");
        // It comes again, after the other one.
        let given = names.give(&skill("acme/pay"), "go", &none);
        assert_eq!(given.unwrap(), "pay_go");
        assert_eq!(names.given().len(), 1);
        let prefixes = Prefixes::from([(skill("other/pay"), "pay_".to_owned())]);
        let mut names = Names::without(&[], held);
        let given = names.give(&skill("other/pay"), "go", &prefixes);
        assert_eq!(given.unwrap(), "pay_go");
        let given = names.given();
        assert!(given[0].chosen && given[0].skill == skill("other/pay"));
    }

    #[test]
    fn a_merchant_may_choose_the_prefix_also_none() {
        let prefixes = Prefixes::from([
            (skill("acme/fixtures"), String::new()),
            (skill("acme/pay"), "Rent-".to_owned()),
        ]);
        let mut names = Names::default();
        let given = names.give(&skill("acme/fixtures"), "test-simple-text", &prefixes);
        assert_eq!(given.unwrap(), "test_simple_text");
        let given = names.give(&skill("acme/pay"), "go", &prefixes);
        assert_eq!(given.unwrap(), "rent_go");
    }

    proptest! {
        #[test]
        fn every_name_is_short_plain_and_given_once(operations in proptest::collection::vec(".{0,90}", 1..20)) {
            let mut names = Names::default();
            let mut seen = BTreeSet::new();
            for operation in &operations {
                let Some(name) = names.give(&skill("acme/x"), operation, &Prefixes::new()) else { continue };
                prop_assert!((1..=64).contains(&name.len()));
                prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
                prop_assert!(seen.insert(name));
            }
        }
    }
}
