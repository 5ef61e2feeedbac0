//! Mandates: what a person has approved in advance, for how much, how often and until when. Pure.
//!
//! A mandate belongs to one skill by digest. [`covers`] says whether it fits one fact, [`room`] whether its limit for
//! the current [`bucket`] allows it, [`cover_all`] decides about a whole effect set, [`propose`] offers the narrowest
//! mandates that would have covered one.

mod calendar;
mod decide;
mod fact;
mod mandate;
mod propose;
mod terms;
#[cfg(test)]
mod tests;
mod words;

pub use calendar::{MandateError, Period, bucket, check_zone, day_after};
pub use decide::cover_all;
#[cfg(test)]
pub use decide::{Uncovered, Why};
pub use fact::Fact;
pub use mandate::{Charge, Mandate, Scope};
#[cfg(test)]
pub use mandate::{NotCovered, covers, room};
pub use propose::{Proposal, propose};
#[cfg(test)]
pub use terms::until_ms;
pub use terms::{Terms, TermsError};
