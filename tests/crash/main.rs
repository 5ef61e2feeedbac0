//! A disk that forgets, tears and fills up, and a clock that is set wrong: nothing is lost, nothing is done twice, and what
//! can't be done is said.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod buys;
mod clocks;
mod forgets;
mod full;
mod swept;

use guildhall_faults::{Plan, Seen};
use guildhall_tests::faulty::OnDisk;
use guildhall_tests::sweep::count::{Difference, Standing};
use guildhall_tests::sweep::office::{Office, Payee};
use guildhall_tests::{Ran, Value, Watch};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// An office, and what was approved in it.
struct Case {
    office: Office,
    papers: BTreeMap<u32, (Payee, Standing)>,
}

/// A run that has ended, or was ended.
struct Ended {
    paper: u32,
    payee: Payee,
    /// Runs that were there before.
    before: BTreeSet<String>,
    ran: Ran,
    seen: Seen,
}

impl Case {
    fn new() -> Self {
        Self {
            office: Office::new(),
            papers: BTreeMap::from([(0, (Payee::Shop, Standing::Approved))]),
        }
    }

    /// Pays the next paper, with a person's approval.
    fn pays(&mut self, payee: Payee, plan: Plan) -> Ended {
        self.changes(payee, plan, |command| command)
    }

    /// The same by a command that is changed first.
    fn changes(
        &mut self,
        payee: Payee,
        plan: Plan,
        change: impl FnOnce(Command) -> Command,
    ) -> Ended {
        let paper = self.papers.keys().max().unwrap() + 1;
        self.papers.insert(paper, (payee, Standing::Open));
        let before = self.runs();
        let command = self.office.paying(paper, payee).approve("all").command();
        let (ran, seen) = OnDisk::start(&self.office.disk, change(command), plan).wait();
        if ran.code == Some(0) && seen.cut.is_none() {
            self.papers.insert(paper, (payee, Standing::Approved));
        }
        Ended {
            paper,
            payee,
            before,
            ran,
            seen,
        }
    }

    fn runs(&self) -> BTreeSet<String> {
        let runs = Watch::copy(&self.office.home).texts("SELECT id FROM runs WHERE id > $1", "");
        runs.unwrap().into_iter().collect()
    }

    /// A host starts and ends what another one left.
    fn restarts(&self) {
        self.office.disk.switch_on();
        let _ = self
            .office
            .does(self.office.command("runs --json"))
            .exits(0);
    }

    /// Everything is as it was approved, and the records are whole.
    #[track_caller]
    fn closes(&self) {
        assert_eq!(self.office.difference(&self.papers), Difference::default());
        assert_eq!(self.office.ledger(), Vec::<String>::new());
        assert_eq!(self.office.open_holds(), 0);
        let verified = self.office.command("audit verify --json");
        assert_eq!(self.office.does(verified).exits(0).json()["verified"], true);
        assert_eq!(self.office.disk.problems(), Vec::<String>::new());
        self.office.home.serves_the_next_run();
    }
}

/// After a restart: what was said is so, what is recorded is there once, and what was not done can be done.
#[track_caller]
fn ends_well(case: &mut Case, ended: &Ended, context: &str) {
    let new = &case.runs() - &ended.before;
    assert!(new.len() < 2, "{context}: {new:?}");
    let id = new.first();
    let status = id.map(|id| {
        let status = "SELECT status FROM runs WHERE id = $1";
        Watch::copy(&case.office.home).text(status, id).unwrap()
    });
    let said = serde_json_status(&ended.ran);
    if said.as_deref() == Some("committed") {
        assert_eq!(
            status.as_deref(),
            Some("committed"),
            "{context}: said to be done"
        );
    }
    let standing = match status.as_deref() {
        Some("committed") => Standing::Approved,
        // Known not to be done, or not to be done in whole; what is known of its parts is not asked here.
        Some("partial" | "unknown") => Standing::Unknown,
        None | Some("cancelled" | "awaiting_approval" | "refused" | "rejected" | "failed") => {
            Standing::Open
        }
        Some(other) => panic!("{context}: {other} after a restart\n{}", ended.ran.shown()),
    };
    case.papers.insert(ended.paper, (ended.payee, standing));
    let difference = case.office.difference(&case.papers);
    assert_eq!(
        difference,
        Difference::default(),
        "{context}: {status:?}\n{}",
        ended.ran.shown()
    );
    assert_eq!(
        case.office.ledger(),
        Vec::<String>::new(),
        "{context}: {status:?}"
    );
    if standing == Standing::Open {
        if status.as_deref() == Some("awaiting_approval") {
            let line = format!("approvals approve {} --yes --json", id.unwrap());
            let _ = case.office.does(case.office.command(&line)).exits(0);
        } else {
            let again = case.office.paying(ended.paper, ended.payee).approve("all");
            let _ = case.office.does(again.command()).exits(0).is("committed");
        }
        case.papers
            .insert(ended.paper, (ended.payee, Standing::Approved));
    }
}

fn serde_json_status(ran: &Ran) -> Option<String> {
    let said: Value = ran.stdout.parse().ok()?;
    Some(said["status"].as_str()?.to_owned())
}

/// Insists that a command says what is wrong, for scripts and for people, in one of these words; answers the message.
#[track_caller]
fn is_clear(ran: &Ran, words: &[&str]) -> String {
    assert!(!matches!(ran.code, None | Some(0)), "{}", ran.shown());
    let json = ran.json();
    let messages = [
        &json["error"]["message"],
        &json["failure"]["message"],
        &json["effects"],
    ];
    let text: Vec<String> = messages
        .iter()
        .filter(|part| !part.is_null())
        .map(ToString::to_string)
        .collect();
    let text = text.join(" ");
    assert!(
        words.iter().any(|word| text.contains(word)),
        "it does not say what is wrong\n{}",
        ran.shown()
    );
    let kind = json["error"]["kind"]
        .as_str()
        .or_else(|| json["status"].as_str());
    format!("{:?} {kind:?}: {:.160}", ran.code, text)
}
