//! The contract's shared types under their WIT names. `skill!` maps `guildhall:skill/types` to this module.

pub use crate::bindings::guildhall::skill::types::{Effect, RefusalKind};
pub use crate::money::Money;
pub use crate::refusal::Refusal;
