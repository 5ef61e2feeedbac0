//! Somebody on the way between a client and a marketplace: answers are passed on, changed as a test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Changes an answer: its path, and its body.
type Change = Box<dyn Fn(&str, &mut Vec<u8>) + Send + Sync>;

/// A proxy in the place of a marketplace. It ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    change: Arc<Mutex<Change>>,
    ended: Arc<AtomicBool>,
}

impl Proxy {
    /// One before this address, which passes on everything as it is.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn before(upstream: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let change: Arc<Mutex<Change>> = Arc::new(Mutex::new(Box::new(|_, _| {})));
        let ended = Arc::new(AtomicBool::new(false));
        let (shared, stop, upstream) = (change.clone(), ended.clone(), upstream.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (shared, upstream) = (shared.clone(), upstream.clone());
                // What can't be passed on is a broken line to the client.
                std::thread::spawn(move || pass_on(&client, &upstream, &shared).ok());
            }
        });
        Self {
            address,
            change,
            ended,
        }
    }

    /// Its URL, as that of a marketplace.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on answers are changed like this.
    pub fn changing(&self, change: impl Fn(&str, &mut Vec<u8>) + Send + Sync + 'static) {
        *self.change.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(change);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
    }
}

/// One request, one answer, and the end of the line.
fn pass_on(client: &TcpStream, upstream: &str, change: &Mutex<Change>) -> std::io::Result<()> {
    let mut reader = BufReader::new(client);
    let (first, headers) = head(&mut reader)?;
    let mut parts = first.split(' ');
    let (method, path) = (
        parts.next().unwrap_or_default().to_owned(),
        parts.next().unwrap_or_default().to_owned(),
    );
    // Events go on for ever; nothing is pushed through here.
    if path.starts_with("/api/v1/events") {
        return (&mut &*client)
            .write_all(b"HTTP/1.1 503 Not Here\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
    let mut body = vec![0; length(&headers)];
    reader.read_exact(&mut body)?;
    let mut server = TcpStream::connect(upstream)?;
    // In the old version of the protocol an answer is whole and ends with its line.
    let mut request = format!("{method} {path} HTTP/1.0\r\n");
    for (name, value) in &headers {
        if name != "connection" {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    server.write_all(request.as_bytes())?;
    server.write_all(b"\r\n")?;
    server.write_all(&body)?;
    let mut reader = BufReader::new(server);
    let (status, headers) = head(&mut reader)?;
    let mut answer = Vec::new();
    reader.read_to_end(&mut answer)?;
    let bare = path.split('?').next().unwrap_or_default();
    change.lock().unwrap_or_else(PoisonError::into_inner)(bare, &mut answer);
    let mut head = status.replacen("HTTP/1.0", "HTTP/1.1", 1);
    head.push_str("\r\n");
    for (name, value) in headers {
        if name != "content-length" && name != "connection" {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str(&format!(
        "content-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    ));
    let mut client = client;
    client.write_all(head.as_bytes())?;
    client.write_all(&answer)
}

/// First line and header fields, names in lower case.
fn head(reader: &mut impl BufRead) -> std::io::Result<(String, Vec<(String, String)>)> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let first = line.trim_end().to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            return Ok((first, headers));
        }
        if let Some((name, value)) = line.trim_end().split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

fn length(headers: &[(String, String)]) -> usize {
    headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or_default()
}
