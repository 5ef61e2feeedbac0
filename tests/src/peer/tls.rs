//! Certificates under one authority of our own, and the server side of TLS.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let pem = params.self_signed(&key).expect("a certificate").pem();
    Authority {
        pem,
        issuer: Issuer::new(params, key),
    }
});

/// The authority's certificate as PEM.
pub(super) fn authority() -> &'static str {
    &AUTHORITY.pem
}

/// Who a server is.
pub(super) struct Server {
    config: Arc<ServerConfig>,
}

impl Server {
    pub(super) fn new(names: &[&str]) -> Self {
        let key = KeyPair::generate().expect("a key");
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names)
            .and_then(|params| params.signed_by(&key, &AUTHORITY.issuer))
            .expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("usual versions of TLS")
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(certificate.der().to_vec())],
                PrivateKeyDer::try_from(key.serialize_der()).expect("our own key"),
            )
            .expect("our own certificate");
        Self {
            config: Arc::new(config),
        }
    }

    pub(super) fn accept(&self, stream: TcpStream) -> io::Result<Stream> {
        let connection = ServerConnection::new(self.config.clone()).map_err(io::Error::other)?;
        Ok(StreamOwned::new(connection, stream))
    }
}

type Stream = StreamOwned<ServerConnection, TcpStream>;

/// A stream whose two ends are held apart; one request and one reply never cross.
#[derive(Clone)]
pub(super) struct SharedStream(Arc<Mutex<Stream>>);

pub(super) fn shared(stream: Stream) -> SharedStream {
    SharedStream(Arc::new(Mutex::new(stream)))
}

impl SharedStream {
    fn lock(&self) -> MutexGuard<'_, Stream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that this was all.
    pub(super) fn close(&self) -> io::Result<()> {
        let mut stream = self.lock();
        stream.conn.send_close_notify();
        stream.flush()
    }
}

impl Read for SharedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.lock().read(buffer)
    }
}

impl Write for SharedStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().flush()
    }
}
