//! The other end of what the story sends: servers on this machine that stand for a bank's, a carrier's, Telegram's.

use crate::error::TaskError;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longest request head that is read.
const MAX_HEAD: u64 = 16 << 10;

/// Longest request body that is read.
const MAX_BODY: u64 = 64 << 10;

/// A running server; it stops when dropped.
pub struct Peer {
    /// Where it listens.
    pub address: SocketAddr,
    /// Certificate authority that signed its certificate, as PEM.
    pub authority: String,
    stop: Arc<AtomicBool>,
    served: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

/// One page that the server has.
#[derive(Clone)]
pub struct Page {
    /// Method and path that are answered with it, whatever the query.
    pub request: String,
    /// Media type.
    pub media_type: &'static str,
    /// Body.
    pub body: Vec<u8>,
}

impl Peer {
    /// Serves one page as `host`, on a free port of the loopback interface.
    pub fn start(host: &str, page: Page) -> Result<Self, TaskError> {
        let (authority, config) = certificates(host)
            .map_err(|error| TaskError::check(format!("the peer's certificate: {error}")))?;
        let config = Arc::new(config);
        let socket = |error| TaskError::check(format!("the peer's socket: {error}"));
        let listener = TcpListener::bind("127.0.0.1:0").map_err(socket)?;
        let address = listener.local_addr().map_err(socket)?;
        let stop = Arc::new(AtomicBool::new(false));
        let served = Arc::new(Mutex::new(Vec::new()));
        let thread = std::thread::spawn({
            let (stop, served) = (stop.clone(), served.clone());
            move || {
                for stream in listener.incoming().flatten() {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    // A client that breaks off is not the demo's business.
                    if let Ok(line) = answer(stream, config.clone(), &page) {
                        served
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(line);
                    }
                }
            }
        });
        Ok(Self {
            address,
            authority,
            stop,
            served,
            thread: Some(thread),
        })
    }

    /// First lines of the requests that were answered.
    pub fn served(&self) -> Vec<String> {
        self.served
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        if TcpStream::connect(self.address).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

type Certified = (String, ServerConfig);

fn certificates(host: &str) -> Result<Certified, Box<dyn std::error::Error>> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    let authority = params.self_signed(&key)?.pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec![host.to_owned()])?.signed_by(&key, &issuer)?;
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(certificate.der().to_vec())],
                PrivateKeyDer::try_from(key.serialize_der())?,
            )?;
    Ok((authority, config))
}

/// Answers one request and closes; returns its first line.
fn answer(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    page: &Page,
) -> Result<String, Box<dyn std::error::Error>> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let tls = StreamOwned::new(ServerConnection::new(config)?, stream);
    let mut reader = BufReader::new(tls);
    let mut head = Vec::new();
    let mut limited = (&mut reader).take(MAX_HEAD);
    while !head.ends_with(b"\r\n\r\n") {
        if limited.read_until(b'\n', &mut head)? == 0 {
            return Err("the request ended early".into());
        }
    }
    let head = String::from_utf8_lossy(&head);
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<u64>().ok())?
    });
    let mut body = (&mut reader).take(length.unwrap_or(0).min(MAX_BODY));
    std::io::copy(&mut body, &mut std::io::sink())?;
    let first = head.lines().next().unwrap_or_default().to_owned();
    let is_page = first
        .split(['?', ' '])
        .take(2)
        .eq(page.request.split(' ').take(2));
    let (status, body) = if is_page {
        ("200 OK", page.body.as_slice())
    } else {
        ("404 Not Found", &b""[..])
    };
    let mut tls = reader.into_inner();
    write!(
        tls,
        "HTTP/1.1 {status}\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        page.media_type,
        body.len()
    )?;
    tls.write_all(body)?;
    tls.conn.send_close_notify();
    tls.flush()?;
    Ok(first)
}
