//! JSON at the edge, component values inside. One type model (`guildhall_package::Type`) decides both ways.

mod from_json;
mod text;
mod to_json;

pub use from_json::{ValueError, arguments, from_json};
pub use text::JsonText;
pub use to_json::to_json;

#[cfg(test)]
mod tests;
