//! A review worker on its own: told what to review, asked what it found.

use crate::ran::{Ran, Running};
use crate::{Home, Value, json};
use guildhall_package::Digest;
use std::io::Write;
use std::process::Stdio;

/// One task for `guildhall review-worker`.
#[derive(Debug)]
pub struct Review<'a> {
    home: &'a Home,
    task: Value,
}

impl<'a> Review<'a> {
    /// A review of this component, under the name and version that its manifest is given here.
    ///
    /// # Panics
    /// If there is no room for it.
    #[must_use]
    pub fn of(home: &'a Home, name: &str, component: &[u8]) -> Self {
        let file = home.put("review/component.wasm", component);
        let task = json!({
            "name": name,
            "version": "1.0.0",
            "component": Digest::of(component),
            "component_file": file,
            "limit_ms": 120_000,
        });
        Self { home, task }
    }

    /// With this archive of golden cases.
    ///
    /// # Panics
    /// If there is no room for it.
    #[must_use]
    pub fn golden(self, tar: &[u8]) -> Self {
        let file = self.home.put("review/golden.tar", tar);
        self.with("golden", json!(Digest::of(tar)))
            .with("golden_file", json!(file))
    }

    /// With another field of the task.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.task[name] = value;
        self
    }

    /// Has it reviewed; the worker sees neither a home nor anything else of the environment.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn go(&self) -> Ran {
        let mut command = self.home.command(["review-worker"]);
        command.env_clear().stdin(Stdio::piped());
        let mut running = Running::start(command);
        running.tell(self.task.to_string().as_bytes());
        running.wait()
    }

    /// The report.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    #[track_caller]
    pub fn report(&self) -> Report {
        Report(self.go().exits(0).json())
    }
}

/// What a review found.
#[derive(Debug, Clone)]
pub struct Report(pub Value);

impl Report {
    /// Codes of the findings of a severity, in order.
    ///
    /// # Panics
    /// If it is no report.
    #[must_use]
    #[track_caller]
    pub fn codes(&self, severity: &str) -> Vec<String> {
        self.0["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .filter(|finding| finding["severity"] == severity)
            .map(|finding| finding["code"].as_str().expect("a code").to_owned())
            .collect()
    }

    /// The finding of this code; it must say something, and what to do.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    #[track_caller]
    pub fn finding(&self, code: &str) -> String {
        let all = self.0["findings"].as_array().expect("findings");
        let found = all.iter().find(|finding| finding["code"] == code);
        let found = found.unwrap_or_else(|| panic!("no finding {code} in {:#}", self.0));
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        assert!(
            !text("sentence").is_empty() && !text("fix").is_empty(),
            "{found:#}"
        );
        format!("{}\n{}", text("sentence"), text("fix"))
    }
}

/// A tar of plain files, as `guildhall publish` makes it.
///
/// # Panics
/// If a name is too long.
#[must_use]
pub fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_path(name).expect("a short name");
        header.set_cksum();
        builder.append(&header, content.as_bytes()).expect("memory");
    }
    builder.into_inner().expect("memory")
}

/// Tells a process everything that it waits for.
pub(crate) fn tell(mut to: impl Write, text: &[u8]) {
    // One that ends early says why by itself.
    let _ = to.write_all(text);
}
