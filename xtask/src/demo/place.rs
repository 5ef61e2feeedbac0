//! A marketplace, its witness and its first author, as the story and `up` set them up.

use super::shell::Shell;
use crate::error::TaskError;
use serde::{Deserialize, Serialize};
use std::net::TcpListener;

/// What the example skills are published as.
pub const PUBLISHER: &str = "guildhall-examples";
/// Of everybody who has an account.
pub const PASSWORD: &str = "a long sentence that nobody guesses";
/// What starts the marketplace.
pub const SERVE: [&str; 3] = ["marketplace", "serve", "market"];
/// The account that publishes them.
const AUTHOR: &str = "author";
/// Name of the witness.
const WITNESS: &str = "witness.example";

/// A marketplace and its witness that were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Address of the marketplace.
    pub market: String,
    /// Address of the witness.
    pub witness: String,
    /// Fingerprint of the root.
    pub root: String,
    /// Public key of the log.
    pub log: String,
}

impl Place {
    /// Makes both, to listen at these addresses.
    ///
    /// # Errors
    /// If one can't be made.
    pub fn make(operator: &Shell, market: String, witness: String) -> Result<Self, TaskError> {
        let key = operator
            .guildhall(&["witness", "init", "witness", "--name", WITNESS], 0)?
            .word();
        let asked = format!("{key}=http://{witness}");
        let init = [
            "marketplace",
            "init",
            "market",
            "--origin",
            "market.example/log",
            "--admin",
            "operator",
            "--password-stdin",
            "--listen",
            &market,
            "--witness",
            &asked,
        ];
        let made = operator.telling(&init, &password(), 0)?;
        Ok(Self {
            root: made.after("root ")?,
            log: made.after("log ")?,
            market,
            witness,
        })
    }

    /// What starts the witness.
    pub fn witness_command(&self) -> [&str; 9] {
        [
            "witness",
            "serve",
            "witness",
            "--name",
            WITNESS,
            "--log",
            &self.log,
            "--listen",
            &self.witness,
        ]
    }

    /// Where the marketplace is asked.
    pub fn url(&self) -> String {
        format!("http://{}", self.market)
    }
}

/// The password, as it is typed.
pub fn password() -> String {
    format!("{PASSWORD}\n")
}

/// An account and a key of the author.
///
/// # Errors
/// If the marketplace does not give them.
pub fn admit(author: &Shell, url: &str) -> Result<(), TaskError> {
    author
        .telling(&new_account(url), &password(), 0)?
        .expect("fingerprint")?;
    new_key(author)
}

/// The same after an [`admit`] that was broken off anywhere: the account may be there. A key more does no harm.
///
/// # Errors
/// If the marketplace does not give them.
pub fn admit_again(author: &Shell, url: &str) -> Result<(), TaskError> {
    let login = ["login", url, "--account", AUTHOR, "--password-stdin"];
    if author.tried(&login, &password())?.0 != Some(0) {
        author.telling(&new_account(url), &password(), 0)?;
    }
    new_key(author)
}

const fn new_account(url: &str) -> [&str; 6] {
    [
        "login",
        url,
        "--account",
        AUTHOR,
        "--new",
        "--password-stdin",
    ]
}

fn new_key(author: &Shell) -> Result<(), TaskError> {
    author.guildhall(&["keys", "new", PUBLISHER], 0).map(drop)
}

/// An address of this machine that nobody listens at: with this port if it is free, else with any.
///
/// # Errors
/// If there is none.
pub fn free(port: u16) -> Result<String, TaskError> {
    let listener = TcpListener::bind(("127.0.0.1", port))
        .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))
        .and_then(|listener| listener.local_addr());
    listener
        .map(|address| address.to_string())
        .map_err(TaskError::file("an address of this machine"))
}
