//! Approval of an effect set: one card for the whole run, written by the host from typed facts.

mod card;
mod terms;
pub mod words;

pub use card::{Card, CardEffect, CardInput, Preview, SkillIdentity, Trust};

use crate::mandates::Scope;
use futures::future::BoxFuture;
use std::future::ready;

/// A mandate that is given with an approval, or by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MandateTerms {
    /// What it covers.
    pub scope: Scope,
    /// Time zone of its calendar, by its IANA name.
    pub zone: String,
    /// The first moment at which it counts no more, in milliseconds since the Unix epoch; none: until it is revoked.
    pub until_ms: Option<i64>,
}

/// What a person (or the code that stands for one) says to a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Perform the effects.
    Approve,
    /// Perform the effects, and from now on what these mandates cover without asking.
    ApproveAlways {
        /// The mandates that are given.
        mandates: Vec<MandateTerms>,
    },
    /// Never perform them.
    Reject {
        /// Why, for the journal.
        reason: String,
    },
    /// Not now: the effect set stays pending until it is decided or expires.
    Later,
}

/// Who decides about the effects of a run while its caller waits.
pub trait Approver: Send + Sync {
    /// Decides about one card. The approval binds to exactly this card's effect-set hash.
    fn decide<'a>(&'a self, card: &'a Card) -> BoxFuture<'a, Decision>;

    /// Word for the channel in the journal: `code`, `terminal`.
    fn channel(&self) -> &str {
        "code"
    }

    /// Who decides, for the journal.
    fn decider(&self) -> &str {
        "embedder"
    }
}

impl<F> Approver for F
where
    F: Fn(&Card) -> Decision + Send + Sync,
{
    fn decide<'a>(&'a self, card: &'a Card) -> BoxFuture<'a, Decision> {
        Box::pin(ready(self(card)))
    }
}
