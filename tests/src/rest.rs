//! A program that asks a console's API with a token.

use crate::console::Browser;
use crate::wire::{self, Answer};
use crate::{Value, json};
use std::time::{Duration, Instant};

/// Longest wait for something to become of a run.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program, and the console that it asks.
#[derive(Debug, Clone)]
pub struct Rest {
    /// Host and port.
    pub address: String,
    /// Its token.
    pub token: String,
}

impl Browser {
    /// A token of a program that stands in for who is signed in here.
    ///
    /// # Panics
    /// If none is made.
    #[must_use]
    pub fn stands_in(&mut self) -> String {
        let path = "/settings/programs";
        let page = self.send_from(path, path, &[("label", "Bookkeeping"), ("days", "1")]);
        code(&page)
    }

    /// A token of an agent that may use every skill, with these fields of the form besides.
    ///
    /// # Panics
    /// If none is made.
    #[must_use]
    pub fn agent(&mut self, name: &str, more: &[(&str, &str)]) -> String {
        let path = "/settings/agents";
        let mut fields = vec![("name", name), ("which", "all"), ("days", "7")];
        fields.extend(more);
        let page = self.send_from(path, path, &fields);
        code(&page)
    }
}

/// What a page shows once.
fn code(page: &Answer) -> String {
    let text = page.text();
    let found = text
        .split("<code>")
        .skip(1)
        .filter_map(|rest| rest.split('<').next())
        .find(|code| code.starts_with("gha_") || code.starts_with("ghp_"));
    found.unwrap_or_else(|| panic!("{text}")).to_owned()
}

impl Rest {
    /// A program at this address.
    #[must_use]
    pub fn new(address: &str, token: &str) -> Self {
        Self {
            address: address.to_owned(),
            token: token.to_owned(),
        }
    }

    /// Sends a request; `line` is method and path.
    ///
    /// # Panics
    /// If nobody answers.
    #[must_use]
    pub fn send(&self, line: &str, more: &[(&str, &str)], body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        headers.extend(more);
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        wire::ask(&self.address, line, &headers, body.as_bytes())
    }

    /// Looks at a path.
    ///
    /// # Panics
    /// If what comes back is no JSON.
    #[must_use]
    pub fn get(&self, path: &str) -> Value {
        json_of(&self.send(&format!("GET {path}"), &[], &Value::Null))
    }

    /// Posts to a path.
    ///
    /// # Panics
    /// If what comes back is no JSON.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Value {
        json_of(&self.send(&format!("POST {path}"), &[], body))
    }

    /// Runs an operation of an installed skill.
    ///
    /// # Panics
    /// If nobody answers.
    #[must_use]
    pub fn run(
        &self,
        skill: &str,
        operation: &str,
        input: &Value,
        more: &[(&str, &str)],
    ) -> Answer {
        let body = json!({"skill": skill, "operation": operation, "input": input});
        self.send("POST /api/v1/runs", more, &body)
    }

    /// Approves what waits, as it is now.
    ///
    /// # Panics
    /// If nothing waits, or nobody answers.
    #[must_use]
    pub fn approves(&self, run: &str) -> Answer {
        let card = self.get(&format!("/api/v1/approvals/{run}"));
        let body = json!({"effect_set": card["effect_set"]});
        let line = format!("POST /api/v1/approvals/{run}/approve");
        self.send(&line, &[], &body)
    }

    /// Status of a run.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn status(&self, run: &str) -> String {
        let found = self.get(&format!("/api/v1/runs/{run}"));
        let status = found["status"].as_str();
        status.unwrap_or_else(|| panic!("{found:#}")).to_owned()
    }

    /// Waits until a run has this status.
    ///
    /// # Panics
    /// If it does not get there.
    pub fn becomes(&self, run: &str, wanted: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status(run);
            if status == wanted {
                return;
            }
            assert!(Instant::now() < deadline, "{run} is {status}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The body of an answer.
///
/// # Panics
/// If it is no JSON.
#[must_use]
pub fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body)
        .unwrap_or_else(|_| panic!("{} {}", answer.status, answer.text()))
}

/// The run that an answer tells of.
///
/// # Panics
/// If it tells of none.
#[must_use]
pub fn run_of(answer: &Answer) -> String {
    let told = json_of(answer);
    let run = told["run"].as_str();
    run.unwrap_or_else(|| panic!("{told:#}")).to_owned()
}
