//! The client of a marketplace: asks, verifies, and keeps what it must remember.

pub mod bundled;
mod error;
mod events;
pub mod http;
pub mod keys;
pub mod log;
pub mod once;
mod pages;
pub mod place;
pub mod release;
pub mod state;
pub mod trust;
pub mod watch;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use error::HttpError;
pub use pages::pages;
pub use place::Place;
pub use release::{NameVersion, Release};
pub use trust::Market;

/// Bytes as the API takes them.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
