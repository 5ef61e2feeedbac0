//! The other side of the network: a server on this machine that remembers every connection and every request, so that
//! "nothing happened" is looked up where it would have happened.

mod tls;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest head or line that is read.
const MAX_HEAD: u64 = 1 << 20;

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Method.
    pub method: String,
    /// Request target as written: path and query, or whatever else the client sent.
    pub target: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Received {
    /// Value of a header field, if it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What the server does about a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers.
    Answer {
        /// Status code.
        status: u16,
        /// Header fields besides the length.
        headers: Vec<(String, String)>,
        /// Body.
        body: Vec<u8>,
    },
    /// Sends these bytes as they are and closes.
    Raw(Vec<u8>),
    /// Sends `head`, then `chunk` again and again with a pause before each, for as long as somebody reads.
    Endless {
        /// First bytes.
        head: Vec<u8>,
        /// What comes again and again.
        chunk: Vec<u8>,
        /// Pause before each chunk.
        pause: Duration,
    },
    /// Says nothing and keeps the connection open.
    Silence,
}

impl Reply {
    /// Status 200 with a text.
    #[must_use]
    pub fn text(body: impl Into<Vec<u8>>) -> Self {
        Self::Answer {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            body: body.into(),
        }
    }

    /// A redirect.
    #[must_use]
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::Answer {
            status,
            headers: vec![("location".to_owned(), location.into())],
            body: Vec::new(),
        }
    }
}

type Handler = dyn Fn(&Received) -> Reply + Send + Sync;

struct Shared {
    stop: AtomicBool,
    connections: AtomicUsize,
    received: Mutex<Vec<Received>>,
    handler: Box<Handler>,
    tls: Option<tls::Server>,
}

/// A running server. It stops when dropped.
pub struct Peer {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    /// A server with TLS, under a certificate for these names.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn tls(
        names: &[&str],
        handler: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(tls::Server::new(names)), Box::new(handler))
    }

    /// A server without TLS.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn plain(handler: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(None, Box::new(handler))
    }

    /// The certificate authority of all servers with TLS, as PEM.
    #[must_use]
    pub fn authority() -> &'static str {
        tls::authority()
    }

    fn start(tls: Option<tls::Server>, handler: Box<Handler>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            received: Mutex::default(),
            handler,
            tls,
        });
        let thread = std::thread::spawn({
            let shared = shared.clone();
            move || {
                for stream in listener.incoming().flatten() {
                    if shared.stop.load(Ordering::SeqCst) {
                        return;
                    }
                    shared.connections.fetch_add(1, Ordering::SeqCst);
                    let shared = shared.clone();
                    // A client that breaks off is what some tests are about.
                    std::thread::spawn(move || drop(serve(&shared, stream)));
                }
            }
        });
        Self {
            address,
            shared,
            thread: Some(thread),
        }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were made to it, whatever became of them.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Every request that arrived whole, in order.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.received().clone()
    }

    /// `METHOD target` of every request.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.received()
            .iter()
            .map(|request| format!("{} {}", request.method, request.target))
            .collect()
    }

    /// Waits until so many requests have arrived.
    ///
    /// # Panics
    /// If they don't within 30 seconds.
    #[track_caller]
    pub fn wait_for(&self, requests: usize) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.received().len() < requests {
            assert!(Instant::now() < deadline, "the peer got {:?}", self.lines());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Insists that nobody has come.
    ///
    /// # Panics
    /// If somebody has.
    #[track_caller]
    pub fn saw_nothing(&self) {
        assert_eq!(
            self.lines(),
            Vec::<String>::new(),
            "requests at the far side"
        );
        assert_eq!(self.connections(), 0, "connections at the far side");
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        if TcpStream::connect(self.address).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn received(&self) -> std::sync::MutexGuard<'_, Vec<Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve(shared: &Shared, stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.set_write_timeout(Some(Duration::from_secs(60)))?;
    match &shared.tls {
        None => converse(shared, stream.try_clone()?, stream, |_| Ok(())),
        Some(tls) => {
            let stream = tls::shared(tls.accept(stream)?);
            converse(shared, stream.clone(), stream, |stream| stream.close())
        }
    }
}

/// One request, one reply. `close` says goodbye where the protocol has a word for it.
fn converse<W: Write>(
    shared: &Shared,
    from: impl Read,
    mut to: W,
    close: impl Fn(&W) -> io::Result<()>,
) -> io::Result<()> {
    let mut from = BufReader::new(from);
    let request = request(&mut from)?;
    shared.received().push(request.clone());
    match (shared.handler)(&request) {
        Reply::Answer {
            status,
            headers,
            body,
        } => {
            write!(
                to,
                "HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n",
                body.len()
            )?;
            for (name, value) in headers {
                write!(to, "{name}: {value}\r\n")?;
            }
            to.write_all(b"\r\n")?;
            if request.method != "HEAD" {
                to.write_all(&body)?;
            }
        }
        Reply::Raw(bytes) => to.write_all(&bytes)?,
        Reply::Endless { head, chunk, pause } => {
            to.write_all(&head)?;
            loop {
                std::thread::sleep(pause);
                if shared.stop.load(Ordering::SeqCst) {
                    return Ok(());
                }
                to.write_all(&chunk)?;
                to.flush()?;
            }
        }
        Reply::Silence => {
            // Ends when the client goes, or the read times out.
            let _ = from.read(&mut [0]);
            return Ok(());
        }
    }
    to.flush()?;
    close(&to)
}

fn request(from: &mut impl BufRead) -> io::Result<Received> {
    let broken = || io::Error::from(io::ErrorKind::InvalidData);
    let first = line(from)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next(), words.next());
    let mut headers = Vec::new();
    loop {
        let field = line(from)?;
        if field.is_empty() {
            break;
        }
        let (name, value) = field.split_once(':').ok_or_else(broken)?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Received {
        method: method.ok_or_else(broken)?.to_owned(),
        target: target.ok_or_else(broken)?.to_owned(),
        headers,
        body: Vec::new(),
    };
    let length = request.header("content-length").unwrap_or("0");
    let length: u64 = length.parse().map_err(|_| broken())?;
    from.take(length).read_to_end(&mut request.body)?;
    Ok(request)
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    from.take(MAX_HEAD).read_until(b'\n', &mut bytes)?;
    if bytes.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
