//! Programs with a token, and a skill for them to run: the guest `tests/guests/prober`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, BodyDataStream, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use futures::StreamExt as _;
use guildhall_console::agents::{Scopes, tokens};
use guildhall_console::server;
use guildhall_console::shelf::Installed;
use guildhall_console::store::agents::{self, AgentRow};
use guildhall_host::{Consent, FileGrant, Grants, Retention, RunFilter, Tenant};
use guildhall_package::authority::Access;
use guildhall_package::{Digest, SkillName, SkillPackage};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::bench::{Bench, Browser, HOST};

/// The name under which the guest is installed.
pub const PROBER: &str = "tests/prober";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The bytes of the guest.
pub fn prober() -> Vec<u8> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let collected = std::env::var_os("GUILDHALL_GUESTS").map(PathBuf::from);
    let path = collected
        .map(|folder| folder.join("prober.wasm"))
        .filter(|path| path.is_file())
        .unwrap_or_else(|| {
            here.join("../tests/guests/target/wasm32-unknown-unknown/release/prober.wasm")
        });
    std::fs::read(path).expect("the test guests are not built: run `cargo xtask guests`")
}

/// Puts the guest on the shelf of a bench.
pub async fn install(bench: &Bench) {
    let bytes = prober();
    let name: SkillName = PROBER.parse().unwrap();
    let skill = bench.host.load(&bytes).await.unwrap();
    bench
        .shelf
        .skills
        .lock()
        .unwrap()
        .push((name.clone(), skill));
    bench.shelf.installed.lock().unwrap().push(Installed {
        name,
        version: "1.0.0".parse().unwrap(),
        release: Digest::of(b"release"),
        package: Arc::new(SkillPackage::read(&bytes).unwrap()),
        marketplace: "localhost:1".to_owned(),
        key: String::new(),
        consent: Consent::default(),
        declined: Vec::new(),
        pinned: false,
        installed_at_ms: 0,
        revoked: None,
        yanked: false,
        price: None,
    });
}

/// An agent that may write into this folder, called `out`. Somebody owns the console by now.
pub async fn agent(bench: &Bench, name: &str, out: &Path, retention: Retention) -> Program {
    let by = {
        let mut db = bench.app.store.read().await.unwrap();
        guildhall_console::store::people::all(&mut db)
            .await
            .unwrap()
    };
    let now = bench.app.clock.now();
    let row = AgentRow {
        id: uuid::Uuid::now_v7().to_string(),
        name: name.to_owned(),
        skills: None,
        grants: Grants::none().file(FileGrant {
            name: "out".parse().unwrap(),
            path: out.to_path_buf(),
            access: Access::Write,
            is_folder: true,
        }),
        retention,
        by_person: by[0].id.clone(),
        created: now,
        granted: Scopes::all(),
    };
    let mut tx = bench.app.store.write().await.unwrap();
    agents::insert(tx.connection(), &row).await.unwrap();
    // Longer than any test moves the clock.
    let times = (now, now + 400 * DAY_MS);
    let token = tokens::make(tx.connection(), (&row.id, None), &row.granted, times).await;
    tx.commit().await.unwrap();
    Program::new(bench, Some(token.unwrap()))
}

/// A console with the guest, an agent that may write into the folder beside it, and somebody who owns it.
pub async fn served() -> (Bench, TempDir, Program) {
    let bench = Bench::new().await;
    install(&bench).await;
    bench.owner().await;
    let out = tempfile::tempdir().unwrap();
    let agent = agent(&bench, "Agent", out.path(), Retention::Full).await;
    (bench, out, agent)
}

/// How many runs the host knows of.
pub async fn runs(bench: &Bench) -> usize {
    let filter = RunFilter::default();
    let runs = bench.host.runs(&Tenant::local(), filter).await;
    runs.unwrap().len()
}

/// A program that stands in for the person of a browser who has just signed in.
pub async fn stand_in(bench: &Bench, browser: &mut Browser) -> Program {
    let fields = [("label", "Bookkeeping"), ("days", "30")];
    let page = browser.post("/settings/programs", &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    Program::new(bench, Some(page.between("<code>", "</code>")))
}

/// What came back.
#[derive(Debug)]
pub struct Said {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Said {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("{} {:?}", self.status, self.bytes))
    }

    /// The status, and the rule if it is a problem. Every problem is one after its standard.
    #[track_caller]
    pub fn outcome(&self) -> (u16, String) {
        if self.status.is_success() {
            return (self.status.as_u16(), String::new());
        }
        assert_eq!(
            self.headers[header::CONTENT_TYPE],
            "application/problem+json",
            "{:?}",
            self.bytes
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert!(problem["fix"].as_str().is_some_and(|fix| !fix.is_empty()));
        (
            self.status.as_u16(),
            problem["code"].as_str().unwrap().to_owned(),
        )
    }

    /// The value of a header; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

/// A program: it keeps no cookie.
#[derive(Clone)]
pub struct Program {
    router: Router,
    pub token: Option<String>,
    /// The address that it asks from.
    pub from: std::net::SocketAddr,
}

impl Program {
    pub fn new(bench: &Bench, token: Option<String>) -> Self {
        Self {
            router: server::router(&bench.app),
            token,
            from: "127.0.0.1:50000".parse().unwrap(),
        }
    }

    pub async fn get(&self, path: &str) -> Said {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Said {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    /// Asks at the agent's door, by the version without sessions, and gives the message that answers.
    pub async fn mcp(&self, method: &str, params: Value) -> Value {
        let said = self.mcp_said(method, params).await;
        let text = String::from_utf8_lossy(&said.bytes);
        let events = text.lines().filter_map(|line| line.strip_prefix("data: "));
        let mut messages = events
            .chain(text.lines())
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        messages
            .rfind(|message| message["jsonrpc"] == "2.0")
            .unwrap_or_else(|| panic!("{}: {text}", said.status))
    }

    /// The same, for whatever comes back.
    pub async fn mcp_said(&self, method: &str, mut params: Value) -> Said {
        const VERSION: &str = "2026-07-28";
        let meta = &mut params["_meta"];
        meta["io.modelcontextprotocol/protocolVersion"] = VERSION.into();
        meta["io.modelcontextprotocol/clientInfo"] =
            serde_json::json!({"name": "tests", "version": "1"});
        meta["io.modelcontextprotocol/clientCapabilities"] = serde_json::json!({
            "extensions": {"io.modelcontextprotocol/tasks": {}},
        });
        let name = ["name", "uri", "taskId"]
            .iter()
            .find_map(|key| params[*key].as_str())
            .unwrap_or_default()
            .to_owned();
        let mut headers = vec![
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", VERSION),
            ("mcp-method", method),
        ];
        if !name.is_empty() {
            headers.push(("mcp-name", &name));
        }
        let body =
            serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.send(Method::POST, "/mcp", &headers, Some(&body)).await
    }

    /// Asks for an operation of the guest.
    pub async fn run(&self, operation: &str, input: &Value, headers: &[(&str, &str)]) -> Said {
        let body = serde_json::json!({"skill": PROBER, "operation": operation, "input": input});
        self.send(Method::POST, "/api/v1/runs", headers, Some(&body))
            .await
    }

    /// A run that waits for a person: it wants to write a file. Gives its identifier.
    pub async fn waits(&self, file: &str) -> String {
        let input = serde_json::json!({"path": format!("out/{file}"), "text": "hello"});
        let said = self.run("write", &input, &[]).await;
        let run = said.json();
        assert_eq!(run["status"], "awaiting_approval", "{run}");
        run["run"].as_str().unwrap().to_owned()
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Said {
        let (status, headers, body) = self.open(method, path, headers, body).await;
        Said {
            status,
            headers,
            bytes: to_bytes(body, 8 << 20).await.unwrap(),
        }
    }

    /// The events of a run, as their text comes.
    pub async fn listen(&self, run: &str) -> BodyDataStream {
        let path = format!("/api/v1/runs/{run}/events");
        let (status, headers, body) = self.open(Method::GET, &path, &[], None).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[header::CONTENT_TYPE], "text/event-stream");
        body.into_data_stream()
    }

    async fn open(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> (StatusCode, HeaderMap, Body) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.from));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, body)
    }
}

/// The next part of a stream as text; none at its end.
pub async fn part(stream: &mut BodyDataStream) -> Option<String> {
    let part = tokio::time::timeout(std::time::Duration::from_secs(10), stream.next());
    let part = part.await.expect("the stream says nothing")?;
    Some(String::from_utf8_lossy(&part.unwrap()).into_owned())
}
