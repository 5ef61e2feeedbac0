//! Loopback peers: the narrow, named exception to "public addresses only".

use std::fmt;
use std::net::{Ipv6Addr, SocketAddr};
use std::str::FromStr;

use guildhall_package::authority::{Scheme, Target};
use guildhall_package::text::plain;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// One host and port whose requests go to a port of this machine instead: a service that runs here, or a stand-in
/// for a public one in tests and demos. Written `HOST:PORT=ADDRESS:PORT`, for example
/// `www.ecb.europa.eu:443=127.0.0.1:8443`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoopbackPeer {
    scheme: Scheme,
    host: String,
    port: u16,
    address: SocketAddr,
    trust: Vec<CertificateDer<'static>>,
}

/// Why a text or a certificate makes no loopback peer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// The text has another shape.
    #[error(
        "`{0}` is not a loopback peer; write HOST:PORT=ADDRESS:PORT, for example api.example.com:443=127.0.0.1:8443, \
         with http:// in front if it does not speak TLS"
    )]
    Shape(String),
    /// The left side is not a host and port that a request can name.
    #[error("the host of the loopback peer cannot be used: {0}")]
    Host(String),
    /// The right side is not an IP address with a port.
    #[error("`{0}` is not an IP address with a port; write it like 127.0.0.1:8443 or [::1]:8443")]
    Address(String),
    /// The right side is not this machine.
    #[error(
        "{0} is not a loopback address; a peer must be on this machine: use 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    /// The extra certificate cannot be read.
    #[error(
        "the certificate to trust for {host} cannot be read ({detail}); give one X.509 certificate in PEM or DER"
    )]
    Certificate {
        /// Host of the peer.
        host: String,
        /// What the parser said.
        detail: String,
    },
}

impl LoopbackPeer {
    /// Host and port that it stands for.
    #[must_use]
    pub fn place(&self) -> (String, u16) {
        (self.host.clone(), self.port)
    }

    /// A peer for `scheme://host:port`.
    ///
    /// # Errors
    /// [`PeerError::Host`] and [`PeerError::NotLoopback`].
    pub fn new(
        scheme: Scheme,
        host: &str,
        port: u16,
        address: SocketAddr,
    ) -> Result<Self, PeerError> {
        // The one reading of host names, so that a peer and a request cannot be spelt differently.
        let target = Target::parse("GET", &format!("{scheme}://{host}:{port}/"))
            .map_err(|error| PeerError::Host(error.message))?;
        if target.path() != "/" || target.url().query().is_some() {
            return Err(PeerError::Shape(plain(host, 80)));
        }
        if !address.ip().to_canonical().is_loopback() || address.port() == 0 {
            return Err(PeerError::NotLoopback(address));
        }
        Ok(Self {
            scheme,
            host: target.host().to_owned(),
            port: target.port(),
            address,
            trust: Vec::new(),
        })
    }

    /// Trusts these certificate authorities too, for this peer only: PEM text with one or more certificates, or one
    /// certificate in DER.
    ///
    /// # Errors
    /// [`PeerError::Certificate`] if there is none in it.
    pub fn trusting(mut self, certificate: &[u8]) -> Result<Self, PeerError> {
        let bad = |detail: String| PeerError::Certificate {
            host: self.host.clone(),
            detail,
        };
        let found = if certificate.starts_with(&[0x30]) {
            vec![CertificateDer::from(certificate.to_vec())]
        } else {
            CertificateDer::pem_slice_iter(certificate)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| bad(format!("{error:?}")))?
        };
        if found.is_empty() {
            return Err(bad("no certificate in it".to_owned()));
        }
        for one in &found {
            // Found now rather than at the first request.
            rustls::RootCertStore::empty()
                .add(one.clone())
                .map_err(|error| bad(error.to_string()))?;
        }
        self.trust.extend(found);
        Ok(self)
    }

    /// The address on this machine.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether requests to `target` go to this peer.
    #[must_use]
    pub fn serves(&self, target: &Target) -> bool {
        self.scheme == target.scheme() && self.port == target.port() && self.host == target.host()
    }

    /// Certificate authorities for this peer, besides the public ones.
    pub(super) fn trust(&self) -> &[CertificateDer<'static>] {
        &self.trust
    }
}

impl FromStr for LoopbackPeer {
    type Err = PeerError;

    /// Reads `[SCHEME://]HOST:PORT=ADDRESS:PORT`. Without a scheme it is `http` for port 80, else `https`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = || PeerError::Shape(plain(text, 120));
        let (place, address) = text.split_once('=').ok_or_else(shape)?;
        let (scheme, place) = match place.split_once("://") {
            Some(("http", place)) => (Some(Scheme::Http), place),
            Some(("https", place)) => (Some(Scheme::Https), place),
            Some(_) => return Err(shape()),
            None => (None, place),
        };
        let (host, port) = place.rsplit_once(':').ok_or_else(shape)?;
        if host.contains(['/', '?', '#', '@', '\\']) {
            return Err(shape());
        }
        let port: u16 = port.parse().map_err(|_| shape())?;
        let scheme = scheme.unwrap_or(if port == 80 {
            Scheme::Http
        } else {
            Scheme::Https
        });
        let address: SocketAddr = address
            .parse()
            .map_err(|_| PeerError::Address(plain(address, 60)))?;
        Self::new(scheme, host, port, address)
    }
}

impl fmt::Display for LoopbackPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}:{}={}",
            self.scheme, self.host, self.port, self.address
        )
    }
}

/// The IP address that `host` is, if it is no name. `host` is as [`Target::host`] gives it.
pub(super) fn literal(host: &str) -> Option<std::net::IpAddr> {
    match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(v6) => v6.parse::<Ipv6Addr>().ok().map(Into::into),
        None => host.parse().ok(),
    }
}
