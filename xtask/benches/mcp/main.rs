//! A tool's call over the Model Context Protocol, against a tool that does nothing: the same client, the same kind of pipe, the same
//! run, in turns.
//!
//! First the real binary as an agent's client starts it, `guildhall mcp` over the pipes of a process, against a server of the same
//! kind that does nothing; then both in this process over memory, where nothing but their own work is left.
//!
//! All servers are `rmcp`. What is measured is from the first byte of a request to the last byte of its answer. The tool that does
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

use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use guildhall_console::agents::{Agent, AgentHost, Handles, Scopes};
use guildhall_console::chosen::Chosen;
use guildhall_console::mcp::{Approvals, Door, Prefixes, States, Toolbox, Who};
use guildhall_console::shelf::{Installed, Shelf, ShelfError};
use guildhall_console::store;
use guildhall_host::{Consent, Grants, Host, Retention, SecretKey32, Skill};
use guildhall_package::{Digest, SkillName, SkillPackage};
use guildhall_tests::Home;
use guildhall_tests::installed::seven;
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

/// Tells this program to be the server that does nothing.
const NOTHING: &str = "serve-nothing";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    if std::env::args().any(|arg| arg == NOTHING) {
        let session = Nothing.serve(rmcp::transport::stdio()).await;
        let _ = session.expect("a client").waiting().await;
        return;
    }
    let mut table = Table::default();
    let measured = tokio::task::block_in_place(|| between_processes(&mut table));
    measured.expect("both servers answer");
    in_memory(&mut table).await.expect("both servers answer");
    table.close("mcp");
}

/// `guildhall mcp` as a client starts it. The client waits in a system call, as one in another process does.
fn between_processes(table: &mut Table) -> Result<(), Failed> {
    let home = Home::new();
    home.installs(&seven("acme/seven"));
    let ours = home.command(["mcp"]);
    let mut nothing = Command::new(std::env::current_exe()?);
    nothing.arg(NOTHING);
    let (nothing, ours) = (Process::start(nothing)?, Process::start(ours)?);
    let title = "tools/call, round trip with a process over its pipes, the real binary";
    tokio::runtime::Handle::current().block_on(measure(table, title, (nothing, ours)))
}

/// Both servers in this process.
async fn in_memory(table: &mut Table) -> Result<(), Failed> {
    let (nothing, ours) = (Memory::of(Nothing), Memory::of(door().await?));
    let title = "tools/call, round trip within one process, over memory";
    measure(table, title, (nothing, ours)).await
}

async fn measure<P: Pipe>(
    table: &mut Table,
    title: &str,
    (nothing, ours): (P, P),
) -> Result<(), Failed> {
    let mut nothing = Client::of(nothing).await?;
    let mut skill = Client::of(ours).await?;
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
    table.section(title, lines);
    Ok(())
}

/// Carries lines to a server and back.
trait Pipe {
    async fn write(&mut self, line: &str) -> Result<(), Failed>;
    async fn read(&mut self) -> Result<String, Failed>;
}

/// A server in this process.
struct Memory {
    read: tokio::io::Lines<BufReader<ReadHalf<DuplexStream>>>,
    write: WriteHalf<DuplexStream>,
}

impl Memory {
    fn of<S: ServerHandler>(server: S) -> Self {
        let (near, far) = tokio::io::duplex(1 << 20);
        tokio::spawn(async move {
            if let Ok(session) = server.serve(far).await {
                let _ = session.waiting().await;
            }
        });
        let (read, write) = tokio::io::split(near);
        Self {
            read: BufReader::new(read).lines(),
            write,
        }
    }
}

impl Pipe for Memory {
    async fn write(&mut self, line: &str) -> Result<(), Failed> {
        Ok(self.write.write_all(line.as_bytes()).await?)
    }

    async fn read(&mut self) -> Result<String, Failed> {
        Ok({ self.read.next_line().await? }.ok_or("the server went away")?)
    }
}

/// A server in a process of its own. Its calls block.
struct Process {
    child: Child,
    read: std::io::BufReader<ChildStdout>,
    write: ChildStdin,
}

impl Process {
    fn start(mut command: Command) -> Result<Self, Failed> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn()?;
        let write = child.stdin.take().ok_or("a pipe")?;
        let read = child.stdout.take().ok_or("a pipe")?;
        Ok(Self {
            child,
            read: std::io::BufReader::new(read),
            write,
        })
    }
}

impl Pipe for Process {
    async fn write(&mut self, line: &str) -> Result<(), Failed> {
        Ok(std::io::Write::write_all(&mut self.write, line.as_bytes())?)
    }

    async fn read(&mut self) -> Result<String, Failed> {
        let mut line = String::new();
        match std::io::BufRead::read_line(&mut self.read, &mut line)? {
            0 => Err("the server went away".into()),
            _ => Ok(line),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that writes lines and reads lines.
struct Client<P> {
    pipe: P,
    next: u64,
}

impl<P: Pipe> Client<P> {
    async fn of(pipe: P) -> Result<Self, Failed> {
        let mut client = Self { pipe, next: 0 };
        let hello = json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"},
        });
        client.ask("initialize", &hello).await?;
        let ready = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n";
        client.pipe.write(ready).await?;
        Ok(client)
    }

    async fn ask(&mut self, method: &str, params: &Value) -> Result<String, Failed> {
        self.next += 1;
        let mut line =
            json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params})
                .to_string();
        line.push('\n');
        self.pipe.write(&line).await?;
        loop {
            let line = self.pipe.read().await?;
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
    let bytes = seven("acme/seven");
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
