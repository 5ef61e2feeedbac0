//! Telegram's Bot API as npm `telegram-test-api` plays it, and somebody on the way to it who keeps what was asked.
//!
//! The package forgets an update once it has told it; the real service tells it again until a question confirms it. So does who
//! is on the way. There an answer can also be held back, or an update be made larger than any that a person can send.

use crate::peer::{Peer, Received, Reply};
use crate::wire;
use crate::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Where a console finds it, as a peer on this machine.
pub const PLACE: &str = "http://bot.test:8081";
/// A token that may be one.
pub const TOKEN: &str = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
/// Longest wait for something to happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a question for updates is held open.
const OPEN: Duration = Duration::from_secs(3);
/// It has no port of its own choosing, and it says when it listens.
const SCRIPT: &str = "const Server = require('telegram-test-api');
const server = new Server({ port: Number(process.argv[1]), host: '127.0.0.1', storeTimeout: 3600 });
server.start().then(() => console.log('listening'));";

/// The service. It ends when it is dropped.
pub struct Telegram {
    child: Child,
    far: String,
    way: Peer,
    shared: Arc<Shared>,
}

/// A message of the bot, as it stands in the chat now.
#[derive(Debug, Clone)]
pub struct Said {
    /// Its number in the chat.
    pub message: i64,
    /// The words.
    pub text: String,
    /// What the buttons below it carry, from left to right.
    pub buttons: Vec<String>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Updates that were not confirmed.
    kept: Vec<Value>,
    /// The method of which answers are held back.
    held: Option<&'static str>,
    /// Bytes of text that the next message is told with, if not 0.
    padding: usize,
    /// Longest answer with updates so far, in bytes.
    longest: usize,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self, method: &str) {
        let mut state = self.state();
        while state.held == Some(method) {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Telegram {
    /// Starts it.
    ///
    /// # Panics
    /// If the package is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        let tools = std::env::var_os("GUILDHALL_PEERS_NODE")
            .map(PathBuf::from)
            .expect("GUILDHALL_PEERS_NODE names the folder with tests/peers/packages.txt");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let far = listener.local_addr().expect("its address");
        drop(listener);
        let mut child = Command::new(tools.join("node_modules/node-engine/bin/node"))
            .args(["-e", SCRIPT, &far.port().to_string()])
            .current_dir(&tools)
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node.js");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        assert_eq!(line.trim(), "listening");
        let shared = Arc::new(Shared::default());
        let (own, far) = (shared.clone(), far.to_string());
        let to = far.clone();
        let way = Peer::plain(move |request| on_the_way(&own, &to, request));
        Self {
            child,
            far,
            way,
            shared,
        }
    }

    /// Where [`PLACE`] leads.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.way.address()
    }

    fn asks(&self, path: &str, body: &Value) -> Value {
        post(&self.far, path, body)
    }

    /// Somebody writes in a chat of their own.
    pub fn writes(&self, from: i64, text: &str) {
        let body = json!({
            "botToken": TOKEN, "date": 1, "from": person(from), "chat": chat(from, "private"), "text": text,
        });
        let _ = self.asks("/sendMessage", &body);
    }

    /// Somebody taps below a message, in a chat of their own.
    pub fn taps(&self, from: i64, message: i64, data: &str) {
        self.taps_in((from, "private"), from, message, data);
    }

    /// Somebody taps in this chat, of this kind.
    pub fn taps_in(&self, at: (i64, &str), from: i64, message: i64, data: &str) {
        let body = json!({
            "botToken": TOKEN, "date": 1, "from": person(from), "data": data,
            "message": {"message_id": message, "chat": chat(at.0, at.1)},
        });
        let _ = self.asks("/sendCallback", &body);
    }

    /// What the bot has said in a chat, as it stands there now.
    ///
    /// # Panics
    /// If the service does not say.
    #[must_use]
    pub fn said(&self, chat: i64) -> Vec<Said> {
        let all = self.asks("/getUpdatesHistory", &json!({ "token": TOKEN }));
        let all = all["result"].as_array().expect("a list").clone();
        all.iter()
            .filter(|item| item["message"]["chat_id"] == chat)
            .map(|item| {
                let said = &item["message"];
                let row = said["reply_markup"]["inline_keyboard"][0].as_array();
                Said {
                    message: item["messageId"].as_i64().expect("a number"),
                    text: said["text"].as_str().unwrap_or_default().to_owned(),
                    buttons: row
                        .into_iter()
                        .flatten()
                        .map(|button| {
                            button["callback_data"]
                                .as_str()
                                .unwrap_or_default()
                                .to_owned()
                        })
                        .collect(),
                }
            })
            .collect()
    }

    /// The message of the bot in a chat in which this stands, as soon as it does.
    ///
    /// # Panics
    /// If it does not come.
    #[track_caller]
    #[must_use]
    pub fn says(&self, chat: i64, words: &str) -> Said {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = self.said(chat);
            if let Some(found) = said.iter().find(|said| said.text.contains(words)) {
                return found.clone();
            }
            assert!(Instant::now() < deadline, "no `{words}` in {said:#?}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// What people who tapped were told, in order.
    #[must_use]
    pub fn answers(&self) -> Vec<String> {
        self.asked("answerCallbackQuery")
            .iter()
            .map(|asked| asked["text"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Waits until so many people who tapped were told something; the last of it.
    ///
    /// # Panics
    /// If they are not.
    #[track_caller]
    #[must_use]
    pub fn answered(&self, count: usize) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answers = self.answers();
            if answers.len() >= count {
                return answers[count - 1].clone();
            }
            assert!(Instant::now() < deadline, "{answers:#?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Bodies of what a bot asked for by one method.
    ///
    /// # Panics
    /// If one is no JSON.
    #[must_use]
    pub fn asked(&self, method: &str) -> Vec<Value> {
        let all = self.way.received();
        let of = all.iter().filter(|request| name(request) == method);
        of.map(|request| serde_json::from_slice(&request.body).expect("JSON"))
            .collect()
    }

    /// From now on answers to this method are held back: the service has done what it was asked for.
    pub fn holds(&self, method: &'static str) {
        self.shared.state().held = Some(method);
    }

    /// Answers again, also those who wait.
    pub fn releases(&self) {
        self.shared.state().held = None;
        self.shared.changed.notify_all();
    }

    /// The next message is told with so many bytes of text in place of its own.
    pub fn pads(&self, bytes: usize) {
        self.shared.state().padding = bytes;
    }

    /// Length of the longest answer with updates so far.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.shared.state().longest
    }
}

impl Drop for Telegram {
    fn drop(&mut self) {
        self.releases();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn person(id: i64) -> Value {
    json!({"id": id, "is_bot": false, "first_name": "Somebody"})
}

fn chat(id: i64, kind: &str) -> Value {
    json!({"id": id, "type": kind, "first_name": "Somebody"})
}

fn post(far: &str, path: &str, body: &Value) -> Value {
    let kind = [("content-type", "application/json")];
    let answer = wire::ask(
        far,
        &format!("POST {path}"),
        &kind,
        body.to_string().as_bytes(),
    );
    serde_json::from_slice(&answer.body)
        .unwrap_or_else(|error| panic!("{error}: {}", answer.text()))
}

fn name(request: &Received) -> &str {
    request.target.rsplit('/').next().unwrap_or_default()
}

fn on_the_way(shared: &Shared, far: &str, request: &Received) -> Reply {
    let method = name(request);
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let answer = if method == "getUpdates" {
        updates(shared, far, &request.target, &body)
    } else {
        post(far, &request.target, &body).to_string()
    };
    shared.pass(method);
    Reply::text(answer)
}

/// What was not confirmed yet, and what is new; waits for something.
fn updates(shared: &Shared, far: &str, target: &str, asked: &Value) -> String {
    let offset = asked["offset"].as_i64().unwrap_or_default();
    let id = |update: &Value| update["update_id"].as_i64().expect("a number");
    let deadline = Instant::now() + OPEN;
    loop {
        shared.pass("getUpdates");
        let new = post(far, target, asked);
        let mut state = shared.state();
        state
            .kept
            .extend(new["result"].as_array().expect("a list").iter().cloned());
        state.kept.retain(|update| id(update) >= offset);
        let padding = state.padding;
        if padding > 0
            && let Some(update) = state.kept.last_mut()
            && update["message"].is_object()
        {
            update["message"]["text"] = json!("x".repeat(padding));
            state.padding = 0;
        }
        if !state.kept.is_empty() || Instant::now() > deadline {
            let answer = json!({"ok": true, "result": state.kept}).to_string();
            state.longest = state.longest.max(answer.len());
            return answer;
        }
        drop(state);
        std::thread::sleep(Duration::from_millis(20));
    }
}
