//! Consent: what a merchant allows an installed skill, part by part, asked for from the bytes. The same parts, under the same
//! names and in the same words, on pages and on the command line.

mod ask;
mod update;

pub use ask::{Ask, DeclineError, Part, asks, asks_of, consent, declined};
pub use update::{Standing, standing};
