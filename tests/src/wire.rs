//! Requests byte by byte, as no client of a marketplace would send them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest body that is read, in bytes.
const MAX_BODY: u64 = 16 << 20;

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header field, empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// What stands in the body between two texts, the first time.
    ///
    /// # Panics
    /// If it is not there.
    #[track_caller]
    #[must_use]
    pub fn between(&self, before: &str, after: &str) -> String {
        let text = self.text();
        let found = text
            .split_once(before)
            .and_then(|(_, rest)| rest.split_once(after));
        let (between, _) = found.unwrap_or_else(|| panic!("no {before} in {text}"));
        between.to_owned()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends a request with this first line and these header fields, a body and a length, and reads the answer.
///
/// # Panics
/// If the service does not answer.
#[must_use]
pub fn ask(address: &str, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    ask_for(address, address, line, headers, body)
}

/// The same for another name than the address.
///
/// # Panics
/// If the service does not answer.
#[must_use]
pub fn ask_for(
    address: &str,
    host: &str,
    line: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut stream = connect(address);
    let mut head = format!("{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes()).expect("it listens");
    // Who refuses early does not read the rest.
    let _ = stream.write_all(body);
    read(&mut stream).expect("an answer")
}

/// GET.
///
/// # Panics
/// If the service does not answer.
#[must_use]
pub fn get(address: &str, path: &str) -> Answer {
    ask(address, &format!("GET {path}"), &[], b"")
}

/// Sends `first` in a chunked body and then `more` again and again, until the service answers or hangs up, or `limit` bytes have
/// gone. How many bytes it took, and its answer.
///
/// # Panics
/// If nobody listens.
#[must_use]
pub fn pour(
    address: &str,
    line: &str,
    headers: &[(&str, &str)],
    first: &[u8],
    more: &[u8],
    limit: u64,
) -> (u64, Option<Answer>) {
    let mut stream = connect(address);
    let mut head = format!("{line} HTTP/1.1\r\nhost: {address}\r\ntransfer-encoding: chunked\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).expect("it listens");
    let mut sent = 0_u64;
    let mut part = first;
    while sent < limit {
        let chunk = [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
        if stream.write_all(&chunk).is_err() {
            break;
        }
        sent += part.len() as u64;
        part = more;
        // An answer before the end of the request is one.
        stream.set_nonblocking(true).expect("a socket");
        let answered = !matches!(stream.peek(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
        stream.set_nonblocking(false).expect("a socket");
        if answered {
            break;
        }
    }
    (sent, read(&mut stream))
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time");
    stream.set_write_timeout(Some(PATIENCE)).expect("a time");
    stream
}

fn read(stream: &mut TcpStream) -> Option<Answer> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse::<u64>().ok());
    let mut body = Vec::new();
    // Who hangs up in the middle has said what there is.
    let _ = reader
        .take(length.unwrap_or(MAX_BODY).min(MAX_BODY))
        .read_to_end(&mut body);
    Some(Answer {
        status,
        headers,
        body,
    })
}
