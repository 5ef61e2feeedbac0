//! A console under load, the real binary built in release: runs of programs at a fixed rate, alone and beside a thousand browsers
//! that listen. The floor is the same rate of requests to a page that does nothing, in the same run.
//!
//! The rate is kept whatever the answers take: a request is due at its time, and what it waits for a free connection counts.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a program for a terminal"
)]

#[allow(dead_code, reason = "shared with the other benchmarks")]
#[path = "../host/table.rs"]
mod table;

use guildhall_tests::Home;
use guildhall_tests::console::{Browser, Up};
use guildhall_tests::installed::seven;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use table::{Line, Table, Times};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, sleep_until, timeout};

/// Runs in a second.
const RATE: u32 = 200;
/// Seconds of each measurement.
const SECONDS: u32 = 20;
/// Connections of the programs.
const CONNECTIONS: usize = 32;
/// Browsers that listen.
const LISTENERS: usize = 1_000;
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    more_files();
    let home = Home::new();
    home.installs(&seven("acme/seven"));
    let up = Up::start(&home);
    let mut ann = up.owner();
    let token = token(&mut ann);
    let mut table = Table::default();
    let run = Arc::new(Request::run(&up.address, &token));
    let nothing = Arc::new(Request::nothing(&up.address));

    let floor = at_rate(&up.address, &nothing).await;
    let alone = at_rate(&up.address, &run).await;
    let listeners = listening(&up.address, &ann.cookie).await;
    let beside = at_rate(&up.address, &run).await;
    let told = told_of_a_change(&mut ann, listeners).await;

    let mut lines = Vec::new();
    for (share, name) in [(0.5, "p50"), (0.99, "p99")] {
        let base = floor.times.at(share);
        lines.push(Line::new(
            format!("a page that does nothing, {name}"),
            base,
            "µs",
        ));
        for (what, load) in [("a run", &alone), ("a run beside 1,000 streams", &beside)] {
            let line = Line::new(format!("{what}, {name}"), load.times.at(share), "µs");
            lines.push(line.against(base, ""));
        }
    }
    let failed = floor.failed + alone.failed + beside.failed;
    lines.push(Line::new("requests without a good answer", failed as f64, "").against(1.0, "0"));
    lines.push(Line::new(
        "streams that were told of a change",
        told as f64,
        "of 1,000",
    ));
    table.section(
        "200 requests in a second for 20 s each, two cores for both sides",
        lines,
    );
    table.close("console");
    assert_eq!(failed, 0, "a request failed");
    assert_eq!(told, LISTENERS, "a stream was lost");
}

fn more_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).expect("more open files");
}

/// A token of a program that stands in for the owner.
fn token(ann: &mut Browser) -> String {
    let fields = [("label", "Bench"), ("days", "1")];
    let page = ann.send_from("/settings/programs", "/settings/programs", &fields);
    let text = page.text();
    let token = text
        .split("<code>")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    token.expect("a token").to_owned()
}

/// A request without its key, which is another one each time.
struct Request {
    head: String,
    body: String,
    good: &'static str,
}

impl Request {
    fn run(host: &str, token: &str) -> Self {
        let body = json!({"skill": "acme/seven", "operation": "go", "input": {}}).to_string();
        Self {
            head: format!(
                "POST /api/v1/runs HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n",
                body.len()
            ),
            body,
            good: " 200 ",
        }
    }

    fn nothing(host: &str) -> Self {
        Self {
            head: format!(
                "GET /.well-known/oauth-authorization-server HTTP/1.1\r\nhost: {host}\r\n"
            ),
            body: String::new(),
            good: " 200 ",
        }
    }

    /// Sends it once. Whether the answer was good.
    async fn go(
        &self,
        connection: &mut BufReader<TcpStream>,
        number: u32,
    ) -> std::io::Result<bool> {
        let text = format!(
            "{}idempotency-key: bench-{}-{number}\r\n\r\n{}",
            self.head,
            self.head.len(),
            self.body
        );
        connection.get_mut().write_all(text.as_bytes()).await?;
        let (mut line, mut length, mut good) = (String::new(), 0, false);
        for at in 0.. {
            line.clear();
            connection.read_line(&mut line).await?;
            if at == 0 {
                good = line.contains(self.good);
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        connection.read_exact(&mut body).await?;
        Ok(good)
    }
}

/// What came of a load.
#[derive(Default)]
struct Load {
    times: Times,
    failed: usize,
}

/// Sends a request at the rate, for as long as is measured.
async fn at_rate(address: &str, request: &Arc<Request>) -> Load {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let (give, take) = mpsc::unbounded_channel::<(u32, Instant)>();
    let take = Arc::new(Mutex::new(take));
    let mut workers = Vec::new();
    for _ in 0..CONNECTIONS {
        let (take, request) = (Arc::clone(&take), Arc::clone(request));
        let stream = TcpStream::connect(address)
            .await
            .expect("the console listens");
        stream.set_nodelay(true).expect("a socket");
        workers.push(tokio::spawn(async move {
            let mut connection = BufReader::new(stream);
            let mut load = Load::default();
            loop {
                let next = take.lock().await.recv().await;
                let Some((number, due)) = next else {
                    return load;
                };
                let answered = timeout(PATIENCE, request.go(&mut connection, number)).await;
                load.times.add(due.elapsed());
                if !matches!(answered, Ok(Ok(true))) {
                    load.failed += 1;
                }
            }
        }));
    }
    let begun = Instant::now();
    for at in 0..RATE * SECONDS {
        let due = begun + Duration::from_secs(1) * at / RATE;
        sleep_until(due).await;
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        give.send((number, due)).expect("somebody takes it");
    }
    drop(give);
    let mut all = Load::default();
    for worker in workers {
        let load = worker.await.expect("no panic");
        all.times.extend(load.times);
        all.failed += load.failed;
    }
    all
}

/// Opens all streams, and waits until each was greeted.
async fn listening(address: &str, cookie: &str) -> Vec<BufReader<TcpStream>> {
    let mut all = Vec::new();
    for _ in 0..LISTENERS {
        let mut stream = TcpStream::connect(address)
            .await
            .expect("the console listens");
        let text = format!(
            "GET /events HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\naccept: text/event-stream\r\n\r\n"
        );
        stream.write_all(text.as_bytes()).await.expect("a request");
        let mut stream = BufReader::new(stream);
        if let Err(said) = until(&mut stream, "event: hello").await {
            panic!("a stream was not greeted: {said}");
        }
        all.push(stream);
    }
    all
}

/// Waits for a line. What came instead, if it did not.
async fn until(stream: &mut BufReader<TcpStream>, text: &str) -> Result<(), String> {
    let mut said = String::new();
    let find = async {
        let mut from = 0;
        while stream.read_line(&mut said).await.unwrap_or(0) > 0 {
            if said[from..].contains(text) {
                return true;
            }
            from = said.len();
        }
        false
    };
    match timeout(PATIENCE, find).await {
        Ok(true) => Ok(()),
        _ => Err(said),
    }
}

/// Changes something, and counts the streams that are told.
async fn told_of_a_change(ann: &mut Browser, listeners: Vec<BufReader<TcpStream>>) -> usize {
    let mut waiting = Vec::new();
    for mut stream in listeners {
        // What the runs before have told is read as well: the last word of it counts as much.
        waiting.push(tokio::spawn(async move {
            until(&mut stream, "event: changed").await.is_ok()
        }));
    }
    let mut browser = ann.clone();
    let changed = tokio::task::spawn_blocking(move || token(&mut browser)).await;
    changed.expect("a change");
    let mut told = 0;
    for stream in waiting {
        told += usize::from(stream.await.unwrap_or(false));
    }
    told
}
