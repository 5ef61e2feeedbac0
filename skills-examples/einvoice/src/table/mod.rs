//! What EN 16931 says, one row a line: terms, rules and VAT categories. Facts of EN 16931-1:2017 and its UBL syntax binding,
//! written down by hand (2026-11-24); the official artefacts 1.3.16 are asked by `tests/accuracy`.

mod categories;
mod codes;
mod hints;
mod rules;
mod sources;
mod terms;

pub use categories::{Category, Rate, category};
pub use codes::*;
pub use hints::*;
pub use rules::*;
pub use sources::SOURCES;
pub use terms::*;
