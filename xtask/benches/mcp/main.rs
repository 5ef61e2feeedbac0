//! A tool's call over the Model Context Protocol, against a tool that does nothing: the same client, the same kind of pipe, the same
//! run, in turns.
//!
//! Both servers are `rmcp`. What is measured is from the first byte of a request to the last byte of its answer. The tool that does
//! nothing answers with what the skill computes, as a constant.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a program for a terminal"
)]

#[allow(dead_code, reason = "shared with the other benchmarks")]
#[path = "../host/table.rs"]
mod table;

use std::sync::Arc;
use std::time::Instant;

use guildhall_console::agents::{Agent, AgentHost, Handles, Scopes};
use guildhall_console::chosen::Chosen;
use guildhall_console::mcp::{Approvals, Door, Prefixes, States, Toolbox, Who};
use guildhall_console::shelf::{Installed, Shelf, ShelfError};
use guildhall_console::store;
use guildhall_host::{Consent, Grants, Host, Retention, SecretKey32, Skill};
use guildhall_package::{Digest, SkillName, SkillPackage};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};

use table::{Line, Table, Times};

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Calls in one turn.
const CALLS: usize = 500;
/// Turns of each.
const TURNS: usize = 40;
type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut table = Table::default();
    measure(&mut table).await.expect("both servers answer");
    table.close("mcp");
}

async fn measure(table: &mut Table) -> Result<(), Failed> {
    let mut nothing = Client::of(Nothing).await?;
    let mut skill = Client::of(door().await?).await?;
    let (mut floor, mut ours) = (Times::default(), Times::default());
    for turn in 0..=TURNS {
        nothing.turn("noop", &mut floor).await?;
        skill.turn("seven_go", &mut ours).await?;
        if turn == 0 {
            floor.clear();
            ours.clear();
        }
    }
    let mut lines = Vec::new();
    for (share, name) in [(0.5, "p50"), (0.99, "p99")] {
        let (base, value) = (floor.at(share), ours.at(share));
        lines.push(Line::new(
            format!("a tool that does nothing, {name}"),
            base,
            "µs",
        ));
        let line = Line::new(format!("a pure skill, governed, {name}"), value, "µs");
        lines.push(line.against(base, if share < 0.9 { "≤ 1.3" } else { "" }));
    }
    table.section("tools/call, round trip over MCP", lines);
    Ok(())
}

/// A client that writes lines and reads lines.
struct Client {
    read: tokio::io::Lines<BufReader<ReadHalf<DuplexStream>>>,
    write: WriteHalf<DuplexStream>,
    next: u64,
}

impl Client {
    async fn of<S: ServerHandler>(server: S) -> Result<Self, Failed> {
        let (near, far) = tokio::io::duplex(1 << 20);
        tokio::spawn(async move {
            if let Ok(session) = server.serve(far).await {
                let _ = session.waiting().await;
            }
        });
        let (read, write) = tokio::io::split(near);
        let mut client = Self {
            read: BufReader::new(read).lines(),
            write,
            next: 0,
        };
        let hello = json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"},
        });
        client.ask("initialize", &hello).await?;
        client
            .write
            .write_all(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n")
            .await?;
        Ok(client)
    }

    async fn ask(&mut self, method: &str, params: &Value) -> Result<String, Failed> {
        self.next += 1;
        let mut line =
            json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params})
                .to_string();
        line.push('\n');
        self.write.write_all(line.as_bytes()).await?;
        loop {
            let line = self.read.next_line().await?.ok_or("the server went away")?;
            if line.contains("\"id\":") {
                return Ok(line);
            }
        }
    }

    async fn turn(&mut self, tool: &str, times: &mut Times) -> Result<(), Failed> {
        let params = json!({"name": tool, "arguments": {}});
        for _ in 0..CALLS {
            let begun = Instant::now();
            let answer = self.ask("tools/call", &params).await?;
            times.add(begun.elapsed());
            if !answer.contains("\"structuredContent\":{\"result\":7}") {
                return Err(answer.into());
            }
        }
        Ok(())
    }
}

/// The floor.
struct Nothing;

impl ServerHandler for Nothing {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        Ok(CallToolResult::structured(json!({"result": 7})).into())
    }
}

/// One installed skill that can only compute.
struct One(Installed, Skill);

impl Shelf for One {
    fn installed(&self) -> futures::future::BoxFuture<'_, Result<Vec<Installed>, ShelfError>> {
        Box::pin(std::future::ready(Ok(vec![self.0.clone()])))
    }

    fn generation(&self) -> u64 {
        1
    }

    fn open<'a>(
        &'a self,
        _: &'a SkillName,
    ) -> futures::future::BoxFuture<'a, Result<Skill, ShelfError>> {
        Box::pin(std::future::ready(Ok(self.1.clone())))
    }
}

/// The door over a host with a journal on the disk.
async fn door() -> Result<Door, Failed> {
    let folder = tempfile::tempdir()?.keep();
    let host = Host::builder()
        .state_dir(folder.join("state"))
        .build()
        .await?;
    let store = store::open(&store::url(&store::file(&folder))).await?;
    let bytes = guildhall_tests::installed::seven("acme/seven");
    let skill = host.load(&bytes).await?;
    let installed = Installed {
        name: "acme/seven".parse()?,
        version: "1.0.0".parse()?,
        release: Digest::of(b"release"),
        package: Arc::new(SkillPackage::read(&bytes)?),
        marketplace: "market.test".to_owned(),
        key: "ed25519:test".to_owned(),
        consent: Consent::default(),
        declined: Vec::new(),
        pinned: false,
        installed_at_ms: 1,
        revoked: None,
        yanked: false,
        price: None,
    };
    let agent = Agent {
        id: "bench".to_owned(),
        name: "bench".to_owned(),
        skills: None,
        grants: Grants::none(),
        retention: Retention::Full,
        locale: "en".to_owned(),
        scopes: Scopes::all(),
    };
    let toolbox = Toolbox::new(Arc::new(One(installed, skill)), Prefixes::new(), None);
    let states = States::of_this_process().ok_or("randomness")?;
    Ok(Door::new(
        AgentHost::new(
            host,
            Handles::new(SecretKey32::random()?),
            Chosen::of_store(store),
        ),
        Arc::new(toolbox),
        Who::One(Arc::new(agent)),
        (Approvals::Command("guildhall".to_owned()), states),
    ))
}
