//! A raw TCP server whose every byte the test chooses.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What one client sent, up to and including the body that its content-length announces.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub head: String,
    pub body: Vec<u8>,
}

impl Asked {
    /// First line of the request.
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// Values of one header field.
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }
}

pub struct Server {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Reads one request of each connection, notes it and lets `answer` do the rest.
    pub async fn start<F, Fut>(answer: F) -> Self
    where
        F: Fn(Asked, TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        let answer = Arc::new(answer);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let noted = Arc::clone(&noted);
                let answer = Arc::clone(&answer);
                tokio::spawn(async move {
                    let one = read_request(&mut stream).await;
                    noted.lock().unwrap().push(one.clone());
                    answer(one, stream).await;
                });
            }
        });
        Self {
            address,
            asked,
            task,
        }
    }

    /// Answers every connection with these bytes and closes it.
    pub async fn saying(reply: impl Into<Vec<u8>>) -> Self {
        let reply = reply.into();
        Self::start(move |_, stream| say(stream, reply.clone())).await
    }

    /// Answers with a redirect to wherever the path and host lead, or with `arrived`.
    pub async fn redirecting(
        to: impl Fn(&Asked) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self::start(move |asked, stream| {
            let reply = match to(&asked) {
                Some(location) => format!(
                    "HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
                ),
                None => "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\narrived".to_owned(),
            };
            say(stream, reply.into_bytes())
        })
        .await
    }

    /// Every request so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub async fn say(mut stream: TcpStream, reply: Vec<u8>) {
    let _ = stream.write_all(&reply).await;
    let _ = stream.shutdown().await;
    // Closing with unread input would reset the connection and drop what was said.
    let mut rest = [0; 1024];
    while matches!(stream.read(&mut rest).await, Ok(n) if n > 0) {}
}

async fn read_request(stream: &mut TcpStream) -> Asked {
    let mut all = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = all.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&all[..end]).into_owned();
            let mut asked = Asked {
                head,
                body: all[end + 4..].to_vec(),
            };
            let length = asked
                .values("content-length")
                .first()
                .map_or(0, |length| length.parse().unwrap());
            while asked.body.len() < length {
                match stream.read(&mut chunk).await {
                    Ok(n) if n > 0 => asked.body.extend_from_slice(&chunk[..n]),
                    _ => break,
                }
            }
            return asked;
        }
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => all.extend_from_slice(&chunk[..n]),
            _ => {
                return Asked {
                    head: String::from_utf8_lossy(&all).into_owned(),
                    body: Vec::new(),
                };
            }
        }
    }
}
