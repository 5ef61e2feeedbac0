//! A folder of one test: the command's home, and beside it the merchant's own folders.

use crate::find;
use crate::ran::{Ran, Running};
use crate::run::Run;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A machine of one's own, as far as the command can tell.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
    /// Where its journal is, if that is not a file of it.
    database: Option<String>,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// An empty one. It goes when it is dropped.
    ///
    /// # Panics
    /// If there is no room for it.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("guildhall-test-")
            .tempdir()
            .expect("a folder for temporary files");
        Self {
            folder,
            database: None,
        }
    }

    /// An empty one whose journal is in a database.
    #[must_use]
    pub fn over(database: &str) -> Self {
        Self {
            database: Some(database.to_owned()),
            ..Self::new()
        }
    }

    /// Another machine over the same database, with copies of this one's keys.
    ///
    /// # Panics
    /// If they can't be copied.
    #[must_use]
    pub fn beside(&self) -> Self {
        let other = Self {
            database: self.database.clone(),
            ..Self::new()
        };
        // Keys are made by the first command.
        let _ = self.guildhall(["wallet"]).exits(0);
        let (from, to) = (self.keys(), other.keys());
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&to)
            .expect("a folder");
        for entry in fs::read_dir(from).expect("keys") {
            let entry = entry.expect("an entry");
            if entry.path().is_file() {
                fs::copy(entry.path(), to.join(entry.file_name())).expect("a key");
            }
        }
        other
    }

    /// Where its keys are.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.home().join("state/keys")
    }

    /// What its audit log has beside the host's own entries: by whom each was, and what and about what it says.
    ///
    /// # Panics
    /// If it can't be exported.
    #[must_use]
    pub fn noted(&self) -> Vec<(String, String)> {
        let _ = self
            .guildhall(["audit", "export", "--out", "noted.jsonl"])
            .exits(0);
        let log = self.text("noted.jsonl").expect("a log");
        fs::remove_file(self.path().join("noted.jsonl")).expect("a log");
        log.lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("an entry"))
            .filter(|entry| entry["kind"] == "noted")
            .map(|entry| {
                let word = |name: &str| entry["body"][name].as_str().unwrap_or_default().to_owned();
                (word("by"), format!("{} {}", word("what"), word("about")))
            })
            .collect()
    }

    /// The test's folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What `GUILDHALL_HOME` is.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    /// Makes a folder beside the home.
    ///
    /// # Panics
    /// If it can't be made.
    #[must_use]
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// Writes a file beside the home, with its folders.
    ///
    /// # Panics
    /// If it can't be written.
    pub fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a name")).expect("a folder");
        fs::write(&path, content).expect("a file");
        path
    }

    /// Text of a file beside the home; none if there is no such file.
    ///
    /// # Panics
    /// If it is there and is no text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let path = self.path().join(name);
        path.symlink_metadata().ok()?;
        Some(fs::read_to_string(path).expect("a text file"))
    }

    /// Names in a folder beside the home, hidden ones included, sorted.
    ///
    /// # Panics
    /// If there is no such folder.
    #[must_use]
    pub fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path().join(folder))
            .expect("a folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    /// A command line that sees this home, no terminal, no input and no proxy.
    #[must_use]
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(find::guildhall());
        command
            .args(args)
            .current_dir(self.path())
            .env("GUILDHALL_HOME", self.home())
            .env("XDG_DATA_HOME", self.path().join("never"))
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        match &self.database {
            Some(database) => command.env("GUILDHALL_HOST_DATABASE", database),
            None => command.env_remove("GUILDHALL_HOST_DATABASE"),
        };
        for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        command
    }

    /// Runs a command line to its end.
    #[must_use]
    pub fn guildhall<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        self.start(args).wait()
    }

    /// Starts a command line.
    #[must_use]
    pub fn start<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Running {
        Running::start(self.command(args))
    }

    /// An operation of the prober, to be granted and run.
    pub fn prober(&self, operation: &str) -> Run<'_> {
        Run::new(self, find::guest("prober"), operation)
    }

    /// An operation of any component, to be granted and run.
    pub fn run(&self, component: impl Into<PathBuf>, operation: &str) -> Run<'_> {
        Run::new(self, component.into(), operation)
    }

    /// Insists that the host serves the next run as if nothing had been.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn serves_the_next_run(&self) {
        let ran = self
            .prober("fail")
            .input(crate::json!({ "text": "still here" }))
            .go();
        assert_eq!(ran.code, Some(1), "the next run\n{}", ran.shown());
        assert_eq!(ran.json()["failure"]["value"], "still here");
    }

    /// What waits for approval.
    ///
    /// # Panics
    /// If it is not said.
    #[track_caller]
    #[must_use]
    pub fn waiting(&self) -> Vec<crate::Value> {
        let list = self
            .guildhall(["approvals", "list", "--json"])
            .exits(0)
            .json();
        list["approvals"].as_array().expect("a list").clone()
    }

    /// One past run with all that was recorded.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    #[must_use]
    pub fn recorded(&self, invocation: &str) -> crate::Value {
        self.guildhall(["runs", "show", invocation, "--json"])
            .exits(0)
            .json()
    }

    /// The newest run.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    #[must_use]
    pub fn newest(&self) -> crate::Value {
        let list = self
            .guildhall(["runs", "--json", "--limit", "1"])
            .exits(0)
            .json();
        list["runs"][0].clone()
    }

    /// Waits until the newest run has a status; whoever looks is another process.
    ///
    /// # Panics
    /// If it does not get there within a minute.
    #[track_caller]
    pub fn wait_for(&self, status: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let newest = self.newest();
            if newest["status"] == status {
                return;
            }
            assert!(Instant::now() < deadline, "{newest:#}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
