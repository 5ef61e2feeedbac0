//! What the standard and the laws say, one row each.

pub mod markets;
pub mod terms;
