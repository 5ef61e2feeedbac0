//! Publishing: what was uploaded becomes a staged publish, or is refused with the rule that refuses it.

pub mod info;
pub mod upload;

pub use info::info;
