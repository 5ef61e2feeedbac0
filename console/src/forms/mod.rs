//! Forms made from types: what an operation takes and what a skill lets be set, as fields of a page. Pure.
//!
//! A form is three functions over [`Entries`], which is what a browser sends: [`fill`] writes a value down as entries, [`show`]
//! makes fields of entries, [`read`] makes a value of them again. So a form that is shown again after a mistake shows what was
//! written, and not what was understood of it. Whether a value fits its operation is decided by the host alone.

mod entries;
mod field;
mod fill;
mod read;
mod setting;
mod show;

pub use entries::{Change, Entries, PREFIX, Problems, place_of};
pub use field::{Choice, Control, Field, FieldView};
pub use fill::fill;
pub use read::{Read, read};
pub use setting::{read_settings, show_settings};
pub use show::show;
