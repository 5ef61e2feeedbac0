//! What a merchant sets up before a run: peers for every command, accounts, channels; and what the prober then asks for.

use crate::home::Home;
use crate::peer::Peer;
use crate::ran::{Ran, Running};
use crate::{Value, json};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{Seek as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;

impl Home {
    /// Writes `config.toml`: requests to each place (`[http://]HOST:PORT`) go to that address, in every command of this home;
    /// the certificates of [`Peer`] are trusted there.
    ///
    /// # Panics
    /// If it can't be written.
    pub fn reaches(&self, peers: &[(&str, SocketAddr)]) {
        let mut text = String::from("peer-ca = \"authority.pem\"\npeers = [\n");
        for (place, address) in peers {
            let _ = writeln!(text, "  \"{place}={address}\",");
        }
        text.push_str("]\n");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(self.home())
            .expect("a home");
        fs::write(self.home().join("authority.pem"), Peer::authority()).expect("a file");
        fs::write(self.home().join("config.toml"), text).expect("a file");
    }
}

impl Home {
    /// Runs a command line that reads this text.
    ///
    /// # Panics
    /// If it can't be handed over.
    #[must_use]
    pub fn told<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        text: impl AsRef<[u8]>,
    ) -> Ran {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(text.as_ref()).expect("room for it");
        file.rewind().expect("a file");
        let mut command = self.command(args);
        command.stdin(file);
        Running::start(command).wait()
    }

    /// Opens the book accounts `till`, with so many euros on it, and `supplier`. Payments to book accounts leave from `till`.
    ///
    /// # Panics
    /// If the command does not do it.
    pub fn has_till(&self, euros: &str) {
        for account in ["till", "supplier"] {
            let _ = self
                .guildhall(["wallet", "add-book", account, "--currency", "EUR"])
                .exits(0);
        }
        let _ = self
            .guildhall(["wallet", "deposit", "till", &format!("EUR {euros}")])
            .exits(0);
    }

    /// Names the bank account `main`. Payments to IBANs leave from it.
    ///
    /// # Panics
    /// If the command does not do it.
    pub fn has_bank(&self) {
        let iban = ["--iban", "DE89 3704 0044 0532 0130 00"];
        let holder = ["--holder", "Acme GmbH"];
        let command = ["wallet", "add-bank", "main"].into_iter();
        let _ = self.guildhall(command.chain(iban).chain(holder)).exits(0);
    }

    /// What is on a book account and can be spent, in cents.
    ///
    /// # Panics
    /// If there is no such account.
    #[must_use]
    pub fn available(&self, account: &str) -> i64 {
        let list = self.guildhall(["wallet", "--json"]).exits(0).json();
        let accounts = list["accounts"].as_array().expect("a list");
        let found = accounts.iter().find(|known| known["name"] == account);
        found
            .and_then(|known| known["available"].as_i64())
            .unwrap_or_else(|| panic!("no account {account} in {list:#}"))
    }

    /// Sets up the webhook `books` at this address, and the secret that signs its messages.
    ///
    /// # Panics
    /// If the command does not do it.
    pub fn has_webhook(&self, url: &str, secret: &str) {
        let _ = self.told(["secrets", "set", "books-key"], secret).exits(0);
        let channel = ["--url", url, "--secret", "books-key"];
        let command = ["messages", "add-webhook", "books"].into_iter();
        let _ = self.guildhall(command.chain(channel)).exits(0);
    }
}

/// An order of the prober over 15 euros to the book account `supplier`.
#[must_use]
pub fn order(document: &str) -> Value {
    json!({
        "scheme": "book", "account": "supplier", "name": "Supplier & Sons", "minor": 1_500, "currency": "EUR",
        "document": document, "date": null, "requires": [],
    })
}

/// The same order to an account at a bank.
#[must_use]
pub fn bank_order(document: &str) -> Value {
    let mut order = order(document);
    order["scheme"] = "iban".into();
    order["account"] = "GB82WEST12345698765432".into();
    order
}

/// A message of the prober by a channel.
#[must_use]
pub fn letter(channel: &str, recipient: &str, body: &str) -> Value {
    json!({
        "channel": channel, "recipient": recipient, "subject": "Your invoice", "body": body,
        "attachments": [], "requires": [],
    })
}
