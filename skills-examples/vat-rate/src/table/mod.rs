//! What the laws say, by hand: one row each.

pub mod law;
pub mod places;
pub mod traps;
