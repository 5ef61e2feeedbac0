//! The client of a marketplace: asks, verifies, and keeps what it must remember.

mod error;
pub mod http;
pub mod place;
pub mod state;

pub use error::HttpError;
pub use http::Http;
pub use place::Place;
pub use state::State;
