//! What the egress service may use up, and its one exception.

use std::time::Duration;

use super::peer::LoopbackPeer;

/// Limits of one request of a skill. All of them are always on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EgressLimits {
    /// Bytes of a request body. Default 1 MiB.
    pub max_request_bytes: u64,
    /// Bytes of a response body, as received. Default 16 MiB.
    pub max_response_bytes: u64,
    /// Bytes of header fields, for the request and for each response. Default 64 KiB.
    pub max_header_bytes: usize,
    /// Time to look the name up, connect and agree on TLS, for each redirect anew. Default 10 s.
    pub connect_timeout: Duration,
    /// Time for everything, redirects included. Default 30 s.
    pub total_timeout: Duration,
    /// Redirects that are followed for GET and HEAD. Default 5.
    pub max_redirects: usize,
}

impl Default for EgressLimits {
    fn default() -> Self {
        Self {
            max_request_bytes: 1 << 20,
            max_response_bytes: 16 << 20,
            max_header_bytes: 64 << 10,
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(30),
            max_redirects: 5,
        }
    }
}

/// Configuration of the egress service of a host. The default reaches public addresses only, within the
/// default limits.
#[derive(Debug, Clone, Default)]
pub struct EgressConfig {
    /// Limits of each request.
    pub limits: EgressLimits,
    /// Hosts that are served by this machine instead. Default none. A peer is not a grant: requests to it
    /// need one like all others.
    pub peers: Vec<LoopbackPeer>,
}
