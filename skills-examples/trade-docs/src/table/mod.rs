//! What the standards say, one row a line: fields and rules, and the six documents with what each needs.

mod documents;
mod fields;
mod needs;
mod rules;
mod sources;

pub use documents::{document, is_priced};
pub use fields::*;
pub use needs::NEEDS;
pub use rules::*;
pub use sources::SOURCES;
