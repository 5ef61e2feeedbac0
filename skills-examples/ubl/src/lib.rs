#![doc = include_str!("../README.md")]

mod batch;
mod codes;
mod draft;
mod element;
mod exact;
mod field;
mod problem;
mod reading;
mod scale;

pub use batch::each;
pub use codes::{UNITS, is_country, is_endpoint_scheme, is_unit, unit_name};
pub use draft::{Draft, NotMade};
pub use element::{Part, Value};
pub use exact::{Exact, round_ratio};
pub use field::{Field, Rule};
pub use problem::{Problem, Problems};
pub use reading::{MAX_TEXT, is_given, shown};
pub use scale::Scale;
