//! A merchant with papers to be paid: each has an amount that no other has, and a document that stands nowhere else.

use crate::faulty::OnDisk;
use crate::home::Home;
use crate::ran::Ran;
use crate::run::Run;
use crate::sink::{self, Sink};
use crate::watch::Watch;
use crate::{disk, find, json};
use guildhall_faults::{Disk, Plan};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The bank account that is paid.
pub const IBAN: &str = "NL91ABNA0417164300";
/// What is on the paying account before anything, in minor units.
pub const FUNDS: i64 = 1_000_000;

/// Whom a paper pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payee {
    /// A book account that mandates cover.
    Shop,
    /// A book account that always asks.
    Store,
    /// An account at a bank.
    Bank,
}

impl Payee {
    /// Its scheme and its account.
    #[must_use]
    pub const fn account(self) -> (&'static str, &'static str) {
        match self {
            Self::Shop => ("book", "shop"),
            Self::Store => ("book", "store"),
            Self::Bank => ("iban", IBAN),
        }
    }
}

/// The document of a paper.
#[must_use]
pub fn document(paper: u32) -> String {
    disk::marker(&format!("paper {paper}"))
}

/// What it is paid, in minor units.
#[must_use]
pub fn amount(paper: u32) -> i64 {
    100 + i64::from(paper)
}

/// Its file in the folder that is written to.
#[must_use]
pub fn file(paper: u32) -> String {
    format!("{paper}.txt")
}

/// The merchant's home, on a disk that is not to be trusted, and the receiver of messages.
pub struct Office {
    /// What the command sees.
    pub home: Home,
    /// Where messages arrive.
    pub sink: Sink,
    /// What the home lies on.
    pub disk: Disk,
    out: PathBuf,
    papers: PathBuf,
}

impl Default for Office {
    fn default() -> Self {
        Self::new()
    }
}

impl Office {
    /// With accounts, a channel, and mandates for everything that goes to the shop. Paper 0 is paid.
    ///
    /// # Panics
    /// If the product does not do it.
    #[must_use]
    pub fn new() -> Self {
        let (home, sink) = (Home::new(), Sink::new());
        let place = format!("{}:443", sink::HOST);
        home.reaches(&[(&place, sink.address())]);
        let secret = "0123456789abcdefghijklmnopqrstuv";
        let _ = home.told(["secrets", "set", "sink-key"], secret).exits(0);
        let funds = format!("EUR {}.{:02}", FUNDS / 100, FUNDS % 100);
        for line in [
            "wallet add-book till --currency EUR --zone UTC",
            "wallet add-book shop --currency EUR --zone UTC",
            "wallet add-book store --currency EUR --zone UTC",
            "wallet add-bank main --iban DE89370400440532013000 --holder Acme --zone UTC",
            "messages add-webhook sink --url https://sink.test/in --secret sink-key",
        ] {
            let _ = home.guildhall(line.split(' ')).exits(0);
        }
        let _ = home
            .guildhall(["wallet", "deposit", "till", &funds])
            .exits(0);
        // What is compiled once is not what is looked at here.
        home.serves_the_next_run();
        let (out, papers) = (home.folder("out"), home.folder("papers"));
        let office = Self {
            disk: home.disk(),
            home,
            sink,
            out,
            papers,
        };
        // The first payment to an account asks a person.
        let first = office.paying(0, Payee::Shop).approve("all").go();
        let _ = first.exits(0).is("committed");
        office.gives_mandates();
        office
    }

    fn gives_mandates(&self) {
        let prober = find::guest("prober").display().to_string();
        for scope in [
            ["--pay", "EUR 5000.00 to book:shop", "--zone", "UTC"],
            ["--files", "out", "--count", "1000"],
            ["--message", "sink to shop", "--count", "1000"],
        ] {
            let give = ["mandates", "add", "--skill", &prober, "--per", "in-all"];
            let _ = self.home.guildhall(give.into_iter().chain(scope)).exits(0);
        }
    }

    /// The run that pays a paper: an order, a file about it, and a message that waits for both.
    ///
    /// # Panics
    /// If the paper can't be written.
    pub fn paying(&self, paper: u32, payee: Payee) -> Run<'_> {
        let (scheme, account) = payee.account();
        let source = format!("papers/{}", file(paper));
        let path = self.papers.join(file(paper));
        if !path.exists() {
            fs::write(path, document(paper)).expect("a file");
        }
        let order = json!({
            "scheme": scheme, "account": account, "name": "Shop", "minor": amount(paper), "currency": "EUR",
            "document": "", "date": null, "requires": [],
        });
        let note = json!({
            "channel": "sink", "recipient": "shop", "subject": null, "body": document(paper), "attachments": [],
            "requires": [],
        });
        self.home
            .prober("pay-write-and-tell")
            .input(json!({
                "source": source, "order": order, "target": format!("out/{}", file(paper)), "note": note,
            }))
            .read("papers", &self.papers)
            .write("out", &self.out)
            .arg("--pay")
            .arg(format!("EUR 100.00 to {scheme}:{account}"))
            .arg("--message")
            .arg("sink to shop")
    }

    /// A command line of this home.
    #[must_use]
    pub fn command(&self, line: &str) -> Command {
        self.home.command(line.split(' '))
    }

    /// Runs a command on the disk, to its end.
    #[must_use]
    pub fn does(&self, command: Command) -> Ran {
        OnDisk::start(&self.disk, command, Plan::none()).wait().0
    }

    /// The newest run; those of a later command come after it.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn newest(&self) -> String {
        let newest = Watch::copy(&self.home).text("SELECT MAX(id) FROM runs WHERE id > $1", "");
        newest.expect("a run")
    }
}
