//! The seam between policy and wire: one hop, without redirects.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use guildhall_package::authority::Target;

use super::config::EgressLimits;

/// Carries one request to its target and brings the whole answer back. It follows no redirect, repeats nothing
/// and keeps nothing from one hop for another. What it is given has been authorised.
pub trait Transport: Send + Sync {
    /// Performs `hop`. Dropping the future ends the exchange at once. The overall time limit is kept by the caller.
    ///
    /// An implementation calls [`Meter::begin`] *before* the first byte of the request can reach the server:
    /// whether a failed live write is `unknown` or did not happen is read from there.
    fn send(&self, hop: Hop) -> BoxFuture<'_, Result<HopResponse, EgressError>>;

    /// Opens a connection for mail. Default: there is none.
    fn connect_mail(
        &self,
        host: String,
        port: u16,
        tls: bool,
    ) -> BoxFuture<'_, Result<MailStream, EgressError>> {
        let _ = (port, tls);
        Box::pin(std::future::ready(Err(EgressError::Other {
            host,
            detail: "this host sends no mail".to_owned(),
        })))
    }
}

/// A connection, with TLS agreed on where that was asked for.
pub type MailStream = Box<dyn Connection>;

/// What a connection can do.
pub trait Connection: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Sync + Unpin {}

impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Sync + Unpin> Connection for T {}

/// One request as it goes to the wire.
#[derive(Debug, Clone)]
pub struct Hop {
    /// Method and normalised URL.
    pub target: Target,
    /// Header fields, checked, in the order they are sent. Framing fields are not among them.
    pub headers: Vec<(String, String)>,
    /// Body; empty for GET and HEAD.
    pub body: Bytes,
    /// Whether the caller follows a redirect. The body of the redirect need then not be read.
    pub follows_redirects: bool,
    /// Limits of this hop.
    pub limits: EgressLimits,
    /// Whether a body over the limit is cut off there, in place of being refused.
    pub cuts: bool,
    /// Where bytes are counted.
    pub meter: Arc<Meter>,
}

/// The answer to one hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HopResponse {
    /// Status code, 200 to 999.
    pub status: u16,
    /// Header fields, names in lower case. Values that are not UTF-8 and hop-by-hop fields are left out.
    pub headers: Vec<(String, String)>,
    /// Body as received.
    pub body: Bytes,
}

impl HopResponse {
    /// The value of header `name` (lower case), if it is there exactly once.
    #[must_use]
    pub fn single_header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(found, _)| found == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }
}

/// Bytes of HTTP (inside TLS) that went out and came in.
#[derive(Debug, Default)]
pub struct Meter {
    begun: AtomicBool,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Meter {
    /// From now on the server may have received some of the request.
    pub fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// Adds bytes that were handed to the wire.
    pub fn add_sent(&self, bytes: u64) {
        self.begin();
        self.sent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Adds bytes that came from the wire.
    pub fn add_received(&self, bytes: u64) {
        self.received.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Whether the server may have received some of the request.
    #[must_use]
    pub fn begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    /// Bytes handed to the wire.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Bytes that came from the wire.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

/// Why a hop has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EgressError {
    /// The name has an address that is not on the public internet, or is one.
    #[error("{host} is at {address}, which is {reason}")]
    AddressNotPublic {
        /// Host asked for.
        host: String,
        /// The first such address.
        address: IpAddr,
        /// What kind of address it is.
        reason: &'static str,
    },
    /// The name could not be resolved.
    #[error("the name {host} was not found")]
    NameNotFound {
        /// Host asked for.
        host: String,
    },
    /// No connection.
    #[error("{place} cannot be reached: {detail}")]
    Unreachable {
        /// Host and port.
        place: String,
        /// What the operating system said.
        detail: String,
    },
    /// No agreement on TLS.
    #[error("the connection to {host} is not secure because {detail}")]
    Tls {
        /// Host asked for.
        host: String,
        /// Why, in words.
        detail: String,
    },
    /// A time limit passed.
    #[error("{host} did not {what} within {} s", .limit.as_secs_f64())]
    Timeout {
        /// Host asked for.
        host: String,
        /// What was waited for: `accept a connection` or `answer in full`.
        what: &'static str,
        /// The limit.
        limit: Duration,
    },
    /// The header fields of the response are over the limit.
    #[error("the header of the response from {host} is over {limit} bytes or 200 fields")]
    HeaderTooLarge {
        /// Host asked for.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The body of the response is over the limit.
    #[error("the response from {host} is over {limit} bytes")]
    ResponseTooLarge {
        /// Host asked for.
        host: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// What came back is not a whole HTTP response.
    #[error("the response from {host} is broken: {detail}")]
    BrokenResponse {
        /// Host asked for.
        host: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A recording has no answer for this request.
    #[error("there is no recorded answer to {request}")]
    NotRecorded {
        /// Method and URL.
        request: String,
    },
    /// A transport of the embedder failed in its own way.
    #[error("{host} cannot be reached: {detail}")]
    Other {
        /// Host asked for.
        host: String,
        /// What happened.
        detail: String,
    },
}
