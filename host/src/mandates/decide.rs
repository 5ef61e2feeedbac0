//! Whether mandates decide about a whole effect set.

use super::fact::Fact;
use super::mandate::{Charge, Exhausted, Mandate, NotCovered, covers, room};
use crate::payees::AskReason;
use guildhall_package::Digest;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// A fact for which a person has to be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Uncovered {
    /// Its place among the facts that were given.
    pub fact: usize,
    /// Why.
    pub why: Why,
}

/// Why no mandate decides about a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// A person is asked whatever mandates say.
    #[error("always asked: {0}")]
    AlwaysAsks(AskReason),
    /// Nobody said whether a person is always asked.
    #[error("it was not checked whether this is always asked")]
    NotJudged,
    /// No mandate of this skill is for this target.
    #[error("no mandate of this skill is for this")]
    NoMandate,
    /// The mandate that comes nearest does not cover it.
    #[error("the mandate {mandate} does not cover it: {why}")]
    NotCovered {
        /// Its identifier.
        mandate: String,
        /// The rule.
        why: NotCovered,
    },
    /// The mandate that comes nearest has no room left.
    #[error("the mandate {mandate} has no room: {why}")]
    Exhausted {
        /// Its identifier.
        mandate: String,
        /// How it stands.
        why: Exhausted,
    },
}

/// A mandate while one effect set is held against it.
struct Line<'a> {
    mandate: &'a Mandate,
    used: i64,
}

/// Holds an effect set against mandates, each with what is used of its bucket at `now_ms`.
///
/// `always_ask` has one entry for each fact: why a person is asked whatever mandates say, or none. The answer has one
/// mandate and charge for each fact, in their order; what one fact takes is gone for the others. Larger facts choose
/// first; each takes a mandate that allows no more than it must, then the one with the least room that is enough.
///
/// # Errors
/// All facts for which a person has to be asked. Then no mandate decides about any: a set is approved as a whole.
pub fn cover_all(
    mandates: &[(Mandate, i64)],
    skill: Digest,
    facts: &[Fact],
    always_ask: &[Option<AskReason>],
    now_ms: i64,
) -> Result<Vec<(String, Charge)>, Vec<Uncovered>> {
    let mut seen = BTreeSet::new();
    let mut lines: Vec<Line> = mandates
        .iter()
        // Listed twice, a mandate would count twice.
        .filter(|(mandate, _)| seen.insert(&mandate.id))
        .map(|(mandate, used)| Line {
            mandate,
            used: (*used).max(0),
        })
        .collect();
    let mut order: Vec<(usize, &Fact)> = facts.iter().enumerate().collect();
    order.sort_by_key(|(place, fact)| (Reverse(fact.size()), *place));
    let mut covered = Vec::new();
    let mut uncovered = Vec::new();
    for (fact, content) in order {
        let asks = match always_ask.get(fact) {
            Some(None) => None,
            Some(Some(reason)) => Some(Why::AlwaysAsks(reason.clone())),
            None => Some(Why::NotJudged),
        };
        let outcome = match asks {
            Some(why) => Err(why),
            None => take(&mut lines, skill, content, now_ms),
        };
        match outcome {
            Ok(charged) => covered.push((fact, charged)),
            Err(why) => uncovered.push(Uncovered { fact, why }),
        }
    }
    if uncovered.is_empty() {
        covered.sort_by_key(|(fact, _)| *fact);
        Ok(covered.into_iter().map(|(_, charged)| charged).collect())
    } else {
        uncovered.sort_by_key(|uncovered| uncovered.fact);
        Err(uncovered)
    }
}

fn take(
    lines: &mut [Line],
    skill: Digest,
    fact: &Fact,
    now_ms: i64,
) -> Result<(String, Charge), Why> {
    let best = lines
        .iter_mut()
        .filter_map(|line| {
            let charge = covers(line.mandate, skill, fact, now_ms).ok()?;
            room(line.mandate, line.used, charge).ok()?;
            Some((line, charge))
        })
        .min_by_key(|(line, _)| (line.mandate.scope.replaces(), line.left(), &line.mandate.id));
    match best {
        Some((line, charge)) => {
            // `room` has added them before.
            line.used = line.used.saturating_add(charge.amount_or_count);
            Ok((line.mandate.id.clone(), charge))
        }
        None => Err(nearest(lines, skill, fact, now_ms)),
    }
}

/// The reason of the mandate that comes nearest: the one that a person would expect to cover this.
fn nearest(lines: &[Line], skill: Digest, fact: &Fact, now_ms: i64) -> Why {
    lines
        .iter()
        .filter_map(|line| line.reason(skill, fact, now_ms))
        .min_by_key(|(rank, left, id, _)| (Reverse(*rank), Reverse(*left), *id))
        .map_or(Why::NoMandate, |(_, _, _, why)| why)
}

impl<'a> Line<'a> {
    fn left(&self) -> i64 {
        self.mandate.scope.limit().saturating_sub(self.used)
    }

    /// Why it does not decide, and how near it comes; none where it is not for this target at all.
    fn reason(&self, skill: Digest, fact: &Fact, now_ms: i64) -> Option<(u8, i64, &'a str, Why)> {
        let mandate = self.mandate.id.clone();
        let (rank, why) = match covers(self.mandate, skill, fact, now_ms) {
            Ok(charge) => {
                let why = room(self.mandate, self.used, charge).err()?;
                (3, Why::Exhausted { mandate, why })
            }
            Err(why) => {
                let rank = match why {
                    NotCovered::EachLimit { .. }
                    | NotCovered::Replaces
                    | NotCovered::NotPositive(_) => 2,
                    NotCovered::Ended { .. } | NotCovered::NotYet { .. } => 1,
                    NotCovered::OtherCurrency { .. } => 0,
                    NotCovered::OtherSkill
                    | NotCovered::OtherKind
                    | NotCovered::OtherAccount
                    | NotCovered::OutsideFolder
                    | NotCovered::OtherRecipient => return None,
                };
                (rank, Why::NotCovered { mandate, why })
            }
        };
        Some((rank, self.left(), &self.mandate.id, why))
    }
}
