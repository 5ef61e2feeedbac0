//! The one egress service: everything that a skill sends over the network goes through [`Egress::send`], and what the
//! program itself sends through [`Courier::send`].
//!
//! What it promises, and where:
//! - a name is looked up once, refused if *any* address is not public, and only addresses so checked are dialled
//!   (`resolve`, `address`; by type: only `resolve` makes the value that `wire::dial` takes);
//! - every redirect is authorised again, and carries no header of the skill to another origin (`redirect`, `headers`);
//! - nothing is shared between two requests: no connection, cookie, cache, TLS session, and no task that outlives the
//!   request's future (`http`);
//! - no proxy and nothing else is taken from the environment; nothing is sent twice; nothing is decompressed;
//! - bytes and time are capped (`config`), and a live write that may have arrived says so (`refuse`);
//! - the one exception is a named loopback peer, off by default (`peer`).

mod address;
mod config;
mod courier;
mod headers;
mod http;
mod peer;
mod recorded;
mod redirect;
mod refuse;
mod resolve;
mod send;
mod tls;
mod transport;
mod wire;

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;

pub use config::{EgressConfig, EgressLimits};
pub use courier::{Courier, CourierError, Errand, Reply};
pub(crate) use headers::is_own as is_own_header;
pub use peer::{LoopbackPeer, PeerError};
pub use recorded::RecordedTransport;
pub(crate) use refuse::invalid_target;
pub(crate) use send::{Egress, EgressFailure, EgressRequest, EgressResponse, HopFact};
pub use transport::{Connection, EgressError, Hop, HopResponse, MailStream, Meter, Transport};
