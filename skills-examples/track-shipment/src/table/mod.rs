//! What standards and carriers publish, one row each.

pub mod formats;
pub mod owners;
pub mod words;
