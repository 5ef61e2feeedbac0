//! A client of the Model Context Protocol that believes nothing: it writes lines and reads lines, and every line has to be one of the
//! protocol.

use crate::home::Home;
use crate::{Value, json};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The version with sessions.
pub const OLD: &str = "2025-11-25";
/// The version without.
pub const NEW: &str = "2026-07-28";

/// `guildhall mcp`, and a session with it.
#[derive(Debug)]
pub struct Mcp {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    version: &'static str,
    capabilities: Value,
    next: u64,
    /// Notifications that came so far.
    pub told: Vec<Value>,
}

impl Mcp {
    /// Starts the command, and a session of this version.
    ///
    /// # Panics
    /// If there is no session.
    #[must_use]
    pub fn start<S: AsRef<OsStr>>(
        home: &Home,
        version: &'static str,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        Self::start_able(home, version, json!({}), args)
    }

    /// The same for a client with capabilities.
    ///
    /// # Panics
    /// If there is no session.
    #[must_use]
    pub fn start_able<S: AsRef<OsStr>>(
        home: &Home,
        version: &'static str,
        capabilities: Value,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut command = home.command(["mcp"]);
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().expect("guildhall mcp");
        let output = child.stdout.take().expect("a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                if sender.send(line.expect("text")).is_err() {
                    return;
                }
            }
        });
        let mut client = Self {
            input: child.stdin.take(),
            child,
            lines,
            version,
            capabilities,
            next: 0,
            told: Vec::new(),
        };
        if version == OLD {
            let hello = json!({
                "protocolVersion": OLD, "capabilities": client.capabilities,
                "clientInfo": {"name": "tests", "version": "1"},
            });
            let answer = client.result("initialize", hello);
            assert_eq!(answer["protocolVersion"], OLD, "{answer:#}");
            client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        }
        client
    }

    /// Writes one line.
    ///
    /// # Panics
    /// If the other side does not read any more.
    pub fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string());
    }

    /// Writes one line, whatever it is.
    ///
    /// # Panics
    /// If the other side does not read any more.
    pub fn send_text(&mut self, line: &str) {
        let input = self.input.as_mut().expect("an open session");
        writeln!(input, "{line}").expect("somebody who reads");
    }

    /// Asks, and does not wait. Returns the number of the request.
    ///
    /// # Panics
    /// As [`Mcp::send`].
    pub fn ask(&mut self, method: &str, mut params: Value) -> u64 {
        self.next += 1;
        if self.version == NEW {
            let meta = &mut params["_meta"];
            meta["io.modelcontextprotocol/protocolVersion"] = json!(NEW);
            meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "tests", "version": "1"});
            meta["io.modelcontextprotocol/clientCapabilities"] = self.capabilities.clone();
        }
        let id = self.next;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// The next message, which is one of the protocol.
    ///
    /// # Panics
    /// If none comes, or it is something else.
    #[must_use]
    pub fn receive(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("a line in time");
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{message:#}");
        message
    }

    /// The answer to a request. What else comes is kept in [`Mcp::told`].
    ///
    /// # Panics
    /// If none comes.
    pub fn answer(&mut self, id: u64) -> Value {
        loop {
            let message = self.receive();
            if message["id"] == id {
                return message;
            }
            assert!(message.get("method").is_some(), "nobody asked: {message:#}");
            self.told.push(message);
        }
    }

    /// Waits for a notification of this method.
    ///
    /// # Panics
    /// If none comes.
    pub fn hears(&mut self, method: &str) -> Value {
        loop {
            if let Some(at) = self.told.iter().position(|told| told["method"] == method) {
                return self.told.remove(at);
            }
            let message = self.receive();
            self.told.push(message);
        }
    }

    /// Asks, and waits: an answer or an error.
    ///
    /// # Panics
    /// If none comes.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id)
    }

    /// Asks, and insists on a result.
    ///
    /// # Panics
    /// If it is an error.
    #[track_caller]
    pub fn result(&mut self, method: &str, params: Value) -> Value {
        let answer = self.request(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer:#}");
        answer["result"].clone()
    }

    /// Calls a tool, and insists on a result, good or bad.
    ///
    /// # Panics
    /// If it is an error of the protocol.
    #[track_caller]
    pub fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.result("tools/call", json!({"name": tool, "arguments": arguments}))
    }

    /// Ends the session as clients do, and insists that the command ends well.
    ///
    /// # Panics
    /// If it does not.
    pub fn ends(mut self) {
        drop(self.input.take());
        let status = self.child.wait().expect("an end");
        assert!(status.success(), "{status}");
        let rest: Vec<String> = self.lines.try_iter().collect();
        for line in rest {
            let message: Value = serde_json::from_str(&line).expect("one of the protocol");
            assert_eq!(message["jsonrpc"], "2.0", "{message:#}");
        }
    }

    /// Ends the command without a warning.
    ///
    /// # Panics
    /// If the system does not let us.
    pub fn kill(mut self) {
        self.child.kill().expect("it is our child");
        let _ = self.child.wait();
    }
}

impl Drop for Mcp {
    fn drop(&mut self) {
        // A failed test leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text of an answer.
///
/// # Panics
/// If it has none.
#[must_use]
pub fn text(result: &Value) -> String {
    let blocks = result["content"].as_array().expect("content");
    let texts = blocks.iter().filter_map(|block| block["text"].as_str());
    texts.collect::<Vec<_>>().join("\n")
}
