//! `guildhall run`, put together like a sentence.

use crate::home::Home;
use crate::peer::Peer;
use crate::ran::{Ran, Running};
use crate::{Value, find};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One run to be made. Without more words: no grants, effects left for later, one JSON object printed.
#[derive(Debug, Clone)]
#[must_use = "nothing runs until `go` or `start`"]
pub struct Run<'a> {
    home: &'a Home,
    args: Vec<OsString>,
    json: bool,
    trusts: bool,
}

impl<'a> Run<'a> {
    pub(crate) fn new(home: &'a Home, component: PathBuf, operation: &str) -> Self {
        let args = vec!["run".into(), component.into(), operation.into()];
        Self {
            home,
            args,
            json: true,
            trusts: false,
        }
    }

    /// Any other argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// The input object.
    pub fn input(self, input: Value) -> Self {
        self.arg("--input").arg(input.to_string())
    }

    /// `--allow-net GRANT`.
    pub fn allow(self, grant: impl Into<OsString>) -> Self {
        self.arg("--allow-net").arg(grant)
    }

    /// `--read NAME=PATH`.
    pub fn read(self, name: &str, path: &Path) -> Self {
        self.arg("--read").arg(named(name, path))
    }

    /// `--write NAME=PATH`.
    pub fn write(self, name: &str, path: &Path) -> Self {
        self.arg("--write").arg(named(name, path))
    }

    /// `--limit NAME=VALUE`.
    pub fn limit(self, name: &str, value: u64) -> Self {
        self.arg("--limit").arg(format!("{name}={value}"))
    }

    /// `--approve WHO`.
    pub fn approve(self, who: &str) -> Self {
        self.arg("--approve").arg(who)
    }

    /// `--peer PLACE=…`: requests to `PLACE` (`[http://]HOST:PORT`) go to this peer, whose certificate is trusted.
    ///
    /// # Panics
    /// If the file with the certificate can't be written.
    pub fn peer(mut self, place: &str, peer: &Peer) -> Self {
        self = self
            .arg("--peer")
            .arg(format!("{place}={}", peer.address()));
        if self.trusts {
            return self;
        }
        self.trusts = true;
        let authority = self.home.put("authority.pem", Peer::authority());
        self.arg("--peer-ca").arg(authority)
    }

    /// Prints for people instead of one JSON object.
    pub const fn in_words(mut self) -> Self {
        self.json = false;
        self
    }

    /// The command line, to be changed further.
    #[must_use]
    pub fn command(self) -> Command {
        let json = self.json.then(|| OsString::from("--json"));
        self.home.command(self.args.into_iter().chain(json))
    }

    /// Starts it.
    #[must_use]
    pub fn start(self) -> Running {
        Running::start(self.command())
    }

    /// Runs it to its end.
    #[must_use]
    pub fn go(self) -> Ran {
        self.start().wait()
    }
}

fn named(name: &str, path: &Path) -> OsString {
    let mut text = OsString::from(format!("{name}="));
    text.push(path);
    text
}

/// `exchange-rates` and the like, for the tests that run an example skill.
#[must_use]
pub fn example(name: &str) -> PathBuf {
    find::repository().join("skills-examples").join(name)
}
