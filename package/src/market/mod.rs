//! The wire types of a marketplace's JSON API (`/api/v1`), shared by the service and its clients. Data only: what is asked,
//! what is answered, and the pure rules between them (states of a publish, verdict of a review, widening of authority).
//!
//! Every endpoint stands in [`ENDPOINTS`]. Requests refuse unknown fields; answers may grow, so clients ignore what they
//! don't know. Times are milliseconds since 1970 UTC. What is signed or logged is in `trust`.

pub mod account;
pub mod authority;
pub mod endpoint;
pub mod event;
pub mod evidence;
pub mod limits;
pub mod money;
#[cfg(feature = "openapi")]
mod openapi;
pub mod page;
pub mod problem;
pub mod publish;
pub mod publisher;
pub mod release;
pub mod review;
pub mod search;

pub use authority::Authority;
pub use endpoint::{Access, ENDPOINTS, Endpoint};
pub use page::Page;
pub use problem::Problem;
pub use publish::{PublishEvent, PublishInfo, PublishState};
pub use review::{Finding, ReviewReport, Severity, Verdict};
