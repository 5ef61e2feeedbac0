//! The certificate that the operator gave.

use guildhall_web::tls::{TlsError, acceptor};
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

/// A certificate and its key, both as PEM.
#[derive(Clone)]
pub struct Tls {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// The chain, the console's own certificate first, and the key.
    #[must_use]
    pub const fn new(certificate: Vec<u8>, key: Zeroizing<Vec<u8>>) -> Self {
        Self { certificate, key }
    }

    /// What takes encrypted connections.
    ///
    /// # Errors
    /// [`TlsError`], which tells nothing of the key.
    pub fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        acceptor(&self.certificate, &self.key)
    }
}
