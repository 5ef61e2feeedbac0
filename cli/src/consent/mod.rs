//! Consent: what a merchant allows an installed skill, part by part, asked for from the bytes.

mod ask;
mod page;
mod update;

pub use ask::{Ask, asks, consent, declined};
pub use page::{asked_lines, difference_lines, page};
pub use update::{Standing, standing};
