//! A command that runs, and one that has ended.

use crate::Value;
use rustix::process::{Pid, Signal, kill_process};
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine; a command that needs more hangs.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// A command at work.
#[derive(Debug)]
pub struct Running {
    child: Child,
    line: String,
    started: Instant,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
}

/// A command that has ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The command line, for messages.
    pub line: String,
    /// Exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Signal that ended it.
    pub signal: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Wall clock from start to end.
    pub took: Duration,
}

/// One refusal out of an outcome.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Class: `denied`, `limit-reached`, …
    pub kind: String,
    /// Set that refused, if one did.
    pub set: Option<String>,
    /// What happened.
    pub message: String,
    /// What would allow it.
    pub fix: String,
}

impl Running {
    /// Starts a command with its output collected.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        let line = format!("{command:?}");
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{line} does not start: {error}"));
        let (stdout, stderr) = (collect(child.stdout.take()), collect(child.stderr.take()));
        Self {
            child,
            line,
            started: Instant::now(),
            stdout: Some(stdout),
            stderr: Some(stderr),
        }
    }

    /// Gives it its standard input, which must have been piped, and closes it.
    ///
    /// # Panics
    /// If there is no pipe.
    pub fn tell(&mut self, text: &[u8]) {
        crate::review::tell(self.child.stdin.take().expect("a pipe"), text);
    }

    /// Process number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without a warning, as a power cut would: SIGKILL.
    ///
    /// # Panics
    /// If the system does not let us.
    pub fn kill(mut self) -> Ran {
        self.child.kill().expect("it is our child");
        self.wait()
    }

    /// Asks it to end, as Ctrl-C does: SIGINT.
    ///
    /// # Panics
    /// If the system does not let us.
    pub fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("it is our child");
    }

    /// Whether it has ended.
    ///
    /// # Panics
    /// If the system does not say.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_some()
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If it takes longer than [`PATIENCE`]; it is killed then.
    pub fn wait(self) -> Ran {
        self.wait_at_most(PATIENCE)
    }

    /// Waits for its end, which must come within `limit` from now.
    ///
    /// # Panics
    /// If it does not; it is killed then.
    pub fn wait_at_most(mut self, limit: Duration) -> Ran {
        let deadline = Instant::now() + limit;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                break status;
            }
            if Instant::now() > deadline {
                let _ = self.child.kill();
                let _ = self.child.wait();
                panic!("{} did not end within {limit:?}", self.line);
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        self.ended(status)
    }

    fn ended(&mut self, status: ExitStatus) -> Ran {
        let took = self.started.elapsed();
        let text = |thread: &mut Option<JoinHandle<Vec<u8>>>| {
            let bytes = thread
                .take()
                .map(|thread| thread.join().unwrap_or_default());
            String::from_utf8(bytes.unwrap_or_default()).expect("guildhall prints UTF-8")
        };
        let ran = Ran {
            line: self.line.clone(),
            code: status.code(),
            signal: status.signal(),
            stdout: text(&mut self.stdout),
            stderr: text(&mut self.stderr),
            took,
        };
        let panicked = ran.stderr.contains("thread '") && ran.stderr.contains("panicked at");
        assert!(!panicked, "guildhall never panics\n{}", ran.shown());
        ran
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A failed test leaves no process behind; one that has ended is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(from: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            let _ = from.read_to_end(&mut bytes);
        }
        bytes
    })
}

impl Ran {
    /// Insists on the exit code.
    ///
    /// # Panics
    /// With everything the command printed, if it is another one.
    #[track_caller]
    #[must_use = "look at what it printed as well, or use `let _`"]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code\n{}", self.shown());
        self
    }

    /// The one JSON object on standard output.
    ///
    /// # Panics
    /// If there is anything else there.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not one JSON value: {error}\n{}", self.shown()));
        assert!(value.is_object(), "not an object\n{}", self.shown());
        value
    }

    /// Status of the run.
    ///
    /// # Panics
    /// If the object has none.
    #[track_caller]
    #[must_use]
    pub fn status(&self) -> String {
        self.word("/status")
    }

    /// Insists on the status of the run.
    ///
    /// # Panics
    /// If it is another one.
    #[track_caller]
    #[must_use = "look at what it printed as well, or use `let _`"]
    pub fn is(self, status: &str) -> Self {
        assert_eq!(self.status(), status, "status\n{}", self.shown());
        self
    }

    /// Identifier of the run.
    ///
    /// # Panics
    /// If the object has none.
    #[track_caller]
    #[must_use]
    pub fn invocation(&self) -> String {
        self.word("/invocation")
    }

    /// What the operation returned.
    ///
    /// # Panics
    /// If there is no object.
    #[track_caller]
    #[must_use]
    pub fn output(&self) -> Value {
        self.json()["output"].clone()
    }

    /// A string somewhere in the object, by JSON pointer.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    #[must_use]
    pub fn word(&self, pointer: &str) -> String {
        let json = self.json();
        let word = json.pointer(pointer).and_then(Value::as_str);
        word.unwrap_or_else(|| panic!("no text at {pointer}\n{}", self.shown()))
            .to_owned()
    }

    /// The refusal by this rule; its message and its fix must say something.
    ///
    /// # Panics
    /// If it was not met, or teaches nothing.
    #[track_caller]
    #[must_use]
    pub fn refusal(&self, rule: &str) -> Refused {
        let json = self.json();
        let all = json["refusals"].as_array().cloned().unwrap_or_default();
        let found = all.iter().find(|refusal| refusal["rule"] == rule);
        let found = found.unwrap_or_else(|| panic!("no refusal by {rule}\n{}", self.shown()));
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        assert!(!text("message").is_empty(), "no message\n{}", self.shown());
        assert!(
            !text("fix").is_empty(),
            "the refusal by {rule} does not say what would allow it\n{}",
            self.shown()
        );
        Refused {
            kind: text("kind"),
            set: found["set"].as_str().map(str::to_owned),
            message: text("message"),
            fix: text("fix"),
        }
    }

    /// Insists that the guest met this rule and nothing is left to approve: exit code 4 where authority or a limit
    /// was missing, 1 where the guest asked for something that can't be.
    ///
    /// # Panics
    /// If not.
    #[track_caller]
    pub fn refused_by(&self, rule: &str) -> Refused {
        let refusal = self.refusal(rule);
        let (code, status) = match refusal.kind.as_str() {
            "denied" | "limit-reached" => (4, "refused"),
            _ => (1, "failed"),
        };
        assert_eq!(self.code, Some(code), "exit code\n{}", self.shown());
        assert_eq!(self.status(), status, "status\n{}", self.shown());
        assert_eq!(
            self.json()["effects"],
            crate::json!([]),
            "effects\n{}",
            self.shown()
        );
        refusal
    }

    /// Insists that a limit ended the run, by its name; returns the message.
    ///
    /// # Panics
    /// If not.
    #[track_caller]
    pub fn stopped_by(&self, limit: &str) -> String {
        assert_eq!(self.code, Some(4), "exit code\n{}", self.shown());
        assert_eq!(self.status(), "trapped", "status\n{}", self.shown());
        let json = self.json();
        assert_eq!(
            json["failure"]["kind"],
            "limit",
            "failure\n{}",
            self.shown()
        );
        assert_eq!(json["failure"]["limit"], limit, "limit\n{}", self.shown());
        assert_eq!(
            json["effects"],
            crate::json!([]),
            "effects\n{}",
            self.shown()
        );
        self.word("/failure/message")
    }

    /// Insists that no run came of it: exit code and kind of the error. Returns the error as one text.
    ///
    /// # Panics
    /// If not.
    #[track_caller]
    pub fn error(&self, code: i32, kind: &str) -> String {
        assert_eq!(self.code, Some(code), "exit code\n{}", self.shown());
        let error = &self.json()["error"];
        assert_eq!(error["kind"], kind, "kind\n{}", self.shown());
        let mut text = vec![self.word("/error/message")];
        for detail in error["details"].as_array().into_iter().flatten() {
            text.push(detail.as_str().unwrap_or_default().to_owned());
        }
        text.extend(error["fix"].as_str().map(str::to_owned));
        text.join("\n")
    }

    /// Everything there is to say about it.
    #[must_use]
    pub fn shown(&self) -> String {
        format!(
            "$ {}\ncode {:?}, signal {:?}, {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.line, self.code, self.signal, self.took, self.stdout, self.stderr
        )
    }
}
