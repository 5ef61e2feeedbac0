//! The service that reviews, signs, logs and distributes releases of skills, so that nobody has to trust it blindly.
//!
//! [`init::init`] sets one up, [`Service::start`] runs it, [`witness::serve`] runs a witness of its log. Several processes
//! may run over one PostgreSQL and one blob store: none has state of its own that matters.
//!
//! A publish goes `upload -> staged -> reviewing -> passed -> logged -> released`; each arrow is one transaction, and a
//! process that starts finds what another left behind. What the log says is folded into memory, and everything that is
//! read often is served from there.

pub mod app;
pub mod blobs;
pub mod catalogue;
pub mod config;
pub mod downloads;
pub mod error;
pub mod facts;
pub mod init;
pub mod keys;
pub mod limits;
pub mod log;
pub mod metrics;
pub mod money;
pub mod names;
pub mod people;
pub mod publishing;
pub mod review;
pub mod search;
pub mod server;
pub mod store;
pub mod witness;

pub use guildhall_web::clock;

mod api;
mod connection;
mod front;
mod lent;
mod oci;
mod pages;

pub use api::doc::document as openapi;
pub use config::{Config, Limits, Registration, WitnessAddress};
pub use init::{Init, Made, SetupError, init, renew_root};
pub use review::process::ProcessReviewer;
pub use review::{NoReviewer, ReviewError, ReviewRequest, Reviewer};
pub use server::{Running, Service};
