//! A merchant's console as a process, and agents that come to it with tokens.

use crate::home::Home;
use crate::journal::block_on;
use crate::mcp::NEW;
use crate::ran::Running;
use crate::wire::{self, Answer};
use crate::{Value, json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_host::Grants;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::DirBuilderExt;
use std::time::{Duration, Instant};

/// How long a console may take to listen.
const START: Duration = Duration::from_secs(60);
/// Who made the agents.
const PERSON: &str = "018f0000-0000-7000-8000-000000000001";

/// A console. It ends when it is dropped.
#[derive(Debug)]
pub struct Console {
    _running: Running,
    /// Host and port.
    pub address: String,
}

/// An agent's token, for one console.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Host and port of the console.
    pub address: String,
    /// The token.
    pub token: String,
}

impl Console {
    /// Starts one over a home where the command line may approve as well.
    ///
    /// # Panics
    /// If it does not listen.
    #[must_use]
    pub fn start(home: &Home) -> Self {
        Self::start_with(home, &[])
    }

    /// The same with more arguments.
    ///
    /// # Panics
    /// If it does not listen.
    #[must_use]
    pub fn start_with(home: &Home, more: &[&str]) -> Self {
        let mut made = fs::DirBuilder::new();
        made.recursive(true)
            .mode(0o700)
            .create(home.home())
            .expect("a home");
        fs::write(
            home.home().join("config.toml"),
            "approvals = \"command-line\"\n",
        )
        .expect("a file");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        drop(listener);
        let mut args = vec!["up", "--listen", &address, "--json"];
        args.extend(more);
        let mut running = home.start(args);
        let deadline = Instant::now() + START;
        while TcpStream::connect(&address).is_err() {
            assert!(!running.has_ended(), "it ended: {}", running.wait().shown());
            assert!(Instant::now() < deadline, "nobody listens at {address}");
            std::thread::sleep(Duration::from_millis(20));
        }
        // It listens before it has opened its database, and answers after that.
        assert_eq!(wire::get(&address, "/sign-in").status, 200);
        Self {
            _running: running,
            address,
        }
    }

    /// An agent that a person let in, with these grants.
    ///
    /// # Panics
    /// If its row can't be written.
    #[must_use]
    pub fn agent(&self, home: &Home, name: &str, grants: &Grants) -> Agent {
        let id = uuid::Uuid::now_v7();
        let secret = URL_SAFE_NO_PAD.encode([id.as_bytes().as_slice(), id.as_bytes()].concat());
        let hash = guildhall_package::Digest::of(secret.as_bytes());
        let grants = serde_json::to_string(grants).expect("grants");
        block_on(async {
            let mut db = SqliteConnectOptions::new()
                .filename(home.home().join("state/console.sqlite"))
                .connect()
                .await
                .expect("a console");
            sqlx::query("INSERT OR IGNORE INTO people (id, name, name_key, role, created) VALUES ($1, 'Ann', 'ann', 'owner', 1)")
                .bind(PERSON)
                .execute(&mut db)
                .await
                .expect("a person");
            sqlx::query("INSERT INTO agents (id, name, grants, retention, by_person, created) VALUES ($1, $2, $3, 'full', $4, 1)")
                .bind(id.to_string())
                .bind(name)
                .bind(grants)
                .bind(PERSON)
                .execute(&mut db)
                .await
                .expect("an agent");
            sqlx::query(
                "INSERT INTO agent_tokens (hash, agent, created, expires) VALUES ($1, $2, 1, $3)",
            )
            .bind(hash.as_bytes().to_vec())
            .bind(id.to_string())
            .bind(i64::MAX)
            .execute(&mut db)
            .await
            .expect("a token");
            db.close().await.expect("closed");
        });
        Agent {
            address: self.address.clone(),
            token: format!("gha_{secret}"),
        }
    }

    /// Where agents come to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }
}

impl Agent {
    /// Asks by the version without sessions. `able` are the client's capabilities.
    ///
    /// # Panics
    /// If the console does not answer.
    #[must_use]
    pub fn post(&self, able: &Value, method: &str, params: Value, more: &[(&str, &str)]) -> Answer {
        let mut params = params;
        let meta = &mut params["_meta"];
        meta["io.modelcontextprotocol/protocolVersion"] = json!(NEW);
        meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "tests", "version": "1"});
        meta["io.modelcontextprotocol/clientCapabilities"] = able.clone();
        let name = params["name"]
            .as_str()
            .or_else(|| params["uri"].as_str())
            .or_else(|| params["taskId"].as_str())
            .unwrap_or_default()
            .to_owned();
        let body =
            json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", NEW),
            ("mcp-method", method),
        ];
        if !name.is_empty() {
            headers.push(("mcp-name", name.as_str()));
        }
        headers.extend(more);
        wire::ask(&self.address, "POST /mcp", &headers, body.as_bytes())
    }

    /// The same, for the message that answers.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    #[must_use]
    pub fn ask(&self, able: &Value, method: &str, params: Value) -> Value {
        let answer = self.post(able, method, params, &[]);
        message(&answer)
    }

    /// Calls a tool, for its result.
    ///
    /// # Panics
    /// If that is an error of the protocol.
    #[track_caller]
    #[must_use]
    pub fn call(&self, able: &Value, tool: &str, arguments: Value) -> Value {
        let answer = self.ask(
            able,
            "tools/call",
            json!({"name": tool, "arguments": arguments}),
        );
        assert!(answer.get("result").is_some(), "{answer:#}");
        answer["result"].clone()
    }
}

/// Somebody on the way who adds an agent's token to what a client sends, for clients that can't. It ends with the test.
///
/// # Panics
/// If the port is taken.
pub fn bears(token: &str, listener: TcpListener, console: &str) {
    let (token, console) = (token.to_owned(), console.to_owned());
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (token, console) = (token.clone(), console.clone());
            // What can't be passed on is a broken line to the client.
            std::thread::spawn(move || pass_on(client, &token, &console).ok());
        }
    });
}

/// One request on one connection: its head with the token, then everything else as it comes.
fn pass_on(mut client: TcpStream, token: &str, console: &str) -> std::io::Result<()> {
    let mut server = TcpStream::connect(console)?;
    let mut reader = BufReader::new(client.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut head = format!("{line}authorization: Bearer {token}\r\nconnection: close\r\n");
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        if line.to_ascii_lowercase().starts_with("connection:") {
            continue;
        }
        head.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    server.write_all(head.as_bytes())?;
    let mut up = server.try_clone()?;
    std::thread::spawn(move || std::io::copy(&mut reader, &mut up).ok());
    std::io::copy(&mut server, &mut client)?;
    client.shutdown(std::net::Shutdown::Both)
}

/// The last message of an answer, which is one object or a stream of events.
///
/// # Panics
/// If there is none.
#[track_caller]
#[must_use]
pub fn message(answer: &Answer) -> Value {
    let text = answer.text();
    let events = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let mut last = events
        .chain(text.lines())
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let found = last.rfind(|value| value["jsonrpc"] == "2.0");
    found.unwrap_or_else(|| panic!("{}: {text}", answer.status))
}
