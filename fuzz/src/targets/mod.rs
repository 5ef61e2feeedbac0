//! One file for each target.

pub mod component;
pub mod grants;
pub mod json;
pub mod manifest;
pub mod values;
