//! A console as its owner starts it, and a browser of the simplest kind.

use crate::home::Home;
use crate::wire::{Answer, ask};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for a console to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// A password that may be one.
pub const PASSWORD: &str = "correct horse battery";

/// `guildhall up`, on a port that was free.
#[derive(Debug)]
pub struct Up {
    child: Child,
    /// The link that it printed.
    pub url: String,
    /// Address and port.
    pub address: String,
}

impl Up {
    /// Starts a console over a home.
    ///
    /// # Panics
    /// If it prints no link.
    #[must_use]
    pub fn start(home: &Home) -> Self {
        let mut child = home
            .command(["up", "--listen", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("guildhall up");
        let mut said = String::new();
        // One object, over several lines.
        for line in BufReader::new(child.stdout.take().expect("a pipe")).lines() {
            let line = line.expect("text");
            said.push_str(&line);
            if line.trim_end().ends_with('}') {
                break;
            }
        }
        let said: crate::Value = serde_json::from_str(&said).expect("an object");
        let url = said["url"].as_str().expect("a link").to_owned();
        let port = url
            .strip_prefix("http://localhost:")
            .and_then(|rest| rest.split('/').next())
            .expect("a port of this machine");
        Self {
            address: format!("127.0.0.1:{port}"),
            child,
            url,
        }
    }

    /// The path of the link.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn path(&self) -> &str {
        let rest = self.url.strip_prefix("http://").expect("a link");
        &rest[rest.find('/').expect("a path")..]
    }

    /// A browser without a cookie.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser {
            address: self.address.clone(),
            cookie: String::new(),
        }
    }

    /// Makes the first owner, Ann.
    ///
    /// # Panics
    /// If there is one already.
    #[must_use]
    pub fn owner(&self) -> Browser {
        let key = self
            .path()
            .strip_prefix("/start?key=")
            .expect("nobody owns it");
        let mut browser = self.browser();
        let fields = [("key", key), ("name", "Ann"), ("password", PASSWORD)];
        let made = browser.send_from(self.path(), "/start", &fields);
        assert_eq!(made.status, 303, "{}", made.text());
        browser
    }

    /// Asks it to end, as Ctrl-C (`INT`) or the system (`TERM`) does, and gives its exit code.
    ///
    /// # Panics
    /// If it does not end.
    #[must_use]
    pub fn end(mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).expect("it is our child");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status.code();
            }
            assert!(Instant::now() < deadline, "the console does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // What ended by itself is no problem here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A browser: it keeps one cookie, and reads the token of a form from the page that the form is on.
#[derive(Debug, Clone)]
pub struct Browser {
    address: String,
    /// Name and value.
    pub cookie: String,
}

impl Browser {
    /// Asks for a page.
    ///
    /// # Panics
    /// If nobody answers.
    pub fn get(&mut self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[], b"")
    }

    /// Loads the page at `page`, and sends a form of it to `path`.
    ///
    /// # Panics
    /// If nobody answers, or the page has no form.
    pub fn send_from(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.get(page).text();
        let (_, rest) = shown
            .split_once("name=\"csrf\" value=\"")
            .unwrap_or_else(|| panic!("no form on {page}: {shown}"));
        let token = rest.split('"').next().unwrap_or_default();
        let mut body = format!("csrf={token}");
        for (name, value) in fields {
            let value: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
            body.push_str(&format!("&{name}={value}"));
        }
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.ask(&format!("POST {path}"), &kind, body.as_bytes())
    }

    /// Loads the page at `page`, and sends everything that is hidden in its forms with these fields to `path`.
    ///
    /// # Panics
    /// If nobody answers.
    pub fn submits(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.get(page).text();
        let mut pairs: Vec<(String, String)> = shown
            .split("<input type=\"hidden\" name=\"")
            .skip(1)
            .filter_map(|rest| rest.split_once("\" value=\""))
            .map(|(name, rest)| {
                let value = rest.split('"').next().unwrap_or_default();
                (name.to_owned(), value.replace("&#38;", "&"))
            })
            .collect();
        pairs.dedup();
        let named = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        pairs.extend(named);
        // The form to sign out has the same token.
        let mut seen = std::collections::BTreeSet::new();
        pairs.retain(|(name, _)| seen.insert(name.clone()));
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.ask(&format!("POST {path}"), &kind, pairs.join("&").as_bytes())
    }

    fn ask(&mut self, line: &str, more: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut headers = vec![("accept", "text/html"), ("cookie", self.cookie.as_str())];
        headers.extend(more);
        let answer = ask(&self.address, line, &headers, body);
        if let Some(pair) = answer.header("set-cookie").split(';').next()
            && !pair.is_empty()
        {
            self.cookie = pair.to_owned();
        }
        answer
    }
}

/// As a form sends it.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
