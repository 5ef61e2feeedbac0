//! The narrowest mandates that would have covered an effect set.

use super::calendar::Period;
use super::decide::cover_all;
use super::fact::Fact;
use super::mandate::{Mandate, Scope, folder_of};
use crate::money::Currency;
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// A mandate that is offered to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What it would cover.
    pub scope: Scope,
    /// One line: what would be done without asking.
    pub words: String,
}

impl Proposal {
    fn of(scope: Scope) -> Self {
        let words = scope.words();
        Self { scope, words }
    }

    /// The mandate that comes of it when a person takes it.
    #[must_use]
    pub fn mandate(
        &self,
        id: String,
        skill: Digest,
        zone: &str,
        from_ms: i64,
        until_ms: Option<i64>,
    ) -> Mandate {
        Mandate {
            id,
            skill,
            scope: self.scope.clone(),
            zone: zone.to_owned(),
            from_ms,
            until_ms,
        }
    }
}

/// The narrowest mandates for each `per` that would have covered this set: one for each payee account and currency, one for
/// each folder, one for each recipient; in this order, sorted within.
///
/// Empty if there are none that would have covered the whole set: an amount that is not positive, a sum beyond 64 bits,
/// a target without an absolute path, an unknown zone.
#[must_use]
pub fn propose(
    skill: Digest,
    facts: &[Fact],
    per: Period,
    zone: &str,
    now_ms: i64,
) -> Vec<Proposal> {
    let Some(scopes) = scopes(facts, per) else {
        return Vec::new();
    };
    let proposals: Vec<Proposal> = scopes.into_iter().map(Proposal::of).collect();
    let mandates: Vec<(Mandate, i64)> = (0_usize..)
        .zip(&proposals)
        .map(|(n, offer)| (offer.mandate(n.to_string(), skill, zone, now_ms, None), 0))
        .collect();
    // What is offered is held against the set by the same code that will decide.
    let sound = mandates
        .iter()
        .all(|(mandate, _)| mandate.check().is_ok() && mandate.bucket(now_ms).is_ok());
    let asks = vec![None; facts.len()];
    if sound && cover_all(&mandates, skill, facts, &asks, now_ms).is_ok() {
        proposals
    } else {
        Vec::new()
    }
}

/// Sum and largest single amount.
#[derive(Default)]
struct Paid {
    sum: i64,
    largest: i64,
}

/// Number of files, and whether one replaces something.
#[derive(Default)]
struct Written {
    count: u64,
    replace: bool,
}

fn scopes(facts: &[Fact], per: Period) -> Option<Vec<Scope>> {
    let mut paid: BTreeMap<(&str, &str, Currency), Paid> = BTreeMap::new();
    let mut written: BTreeMap<&Path, Written> = BTreeMap::new();
    let mut sent: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for fact in facts {
        match fact {
            Fact::Payment {
                scheme,
                account,
                amount,
            } => {
                let payee = paid.entry((scheme, account, amount.currency)).or_default();
                payee.sum = payee.sum.checked_add(amount.minor)?;
                payee.largest = payee.largest.max(amount.minor);
            }
            Fact::FileWrite { target, replaces } => {
                let folder = written.entry(folder_of(target)?).or_default();
                folder.count += 1;
                folder.replace |= replaces;
            }
            Fact::Message { channel, recipient } => {
                *sent.entry((channel, recipient)).or_default() += 1;
            }
        }
    }
    let payments = paid
        .into_iter()
        .map(|((scheme, account, currency), paid)| Scope::Payment {
            scheme: scheme.to_owned(),
            account: account.to_owned(),
            currency,
            limit_minor: paid.sum,
            per,
            each_minor: Some(paid.largest),
        });
    let files = written
        .into_iter()
        .map(|(folder, written)| Scope::FileWrite {
            folder: folder.to_owned(),
            replace: written.replace,
            per,
            count: written.count,
        });
    let messages = sent
        .into_iter()
        .map(|((channel, recipient), count)| Scope::Message {
            channel: channel.to_owned(),
            recipient: recipient.to_owned(),
            per,
            count,
        });
    Some(payments.chain(files).chain(messages).collect())
}
