//! TLS, when a service is given a certificate.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Why TLS can't be offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// There is no certificate in the text.
    #[error(
        "the certificate file holds no certificate: {0}; give a PEM file with the certificate and what signed it"
    )]
    Certificate(String),
    /// There is no key in the text.
    #[error("the key file holds no private key: {0}; give a PEM file with the certificate's key")]
    Key(String),
    /// The two do not belong together, or are of a kind that is not taken.
    #[error(
        "the certificate and the key can't be used: {0}; give the key that belongs to this certificate"
    )]
    Pair(String),
}

/// TLS 1.2 and 1.3 with a certificate chain and its key, both in PEM.
///
/// # Errors
/// [`TlsError`]. None of them tells anything of the key.
pub fn acceptor(certificate: &[u8], key: &[u8]) -> Result<TlsAcceptor, TlsError> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| TlsError::Certificate(error.to_string()))?;
    if chain.is_empty() {
        return Err(TlsError::Certificate("it has none".to_owned()));
    }
    // What the reader says of a key that it can't read may hold a piece of it.
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|_| TlsError::Key("it can't be read as one".to_owned()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Pair(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| TlsError::Pair(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
