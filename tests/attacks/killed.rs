//! `kill -9` at each step of a payment, a file and a message that belong together: nothing lost, nothing twice. What
//! happened is counted where it happened: on the payee's account, in the folder, at the receiver of the messages.
//!
//! `GUILDHALL_SEED=N`, as a failed test prints it, repeats its moments.

mod aftermath;
mod crowds;
mod forgetful;
mod steps;

use guildhall_tests::{Home, Killed, Look, Run, Running, Sink, Value, Watch, disk, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// What is on the paying account before anything, in minor units.
const FUNDS: i64 = 1_000_000;

/// Where the channel leads.
const PLACE: &str = "sink.test:443";

/// A home with a wallet, a channel, a folder of papers to be paid, and a folder to write into. Each paper has a number, an
/// amount that no other has, and a document that stands nowhere else.
struct Office {
    home: Home,
    sink: Sink,
    out: PathBuf,
    papers: PathBuf,
}

impl Office {
    fn new() -> Self {
        let (home, sink) = (Home::new(), Sink::new());
        home.reaches(&[(PLACE, sink.address())]);
        let key = home.put("key.txt", "0123456789abcdefghijklmnopqrstuv");
        let mut secret = home.command(["secrets", "set", "sink-key"]);
        secret.stdin(fs::File::open(key).unwrap());
        let _ = Running::start(secret).wait().exits(0);
        for line in [
            "wallet add-book till --currency EUR --zone UTC",
            "wallet add-book shop --currency EUR --zone UTC",
            "wallet add-bank main --iban DE89370400440532013000 --holder Acme --zone UTC",
            "messages add-webhook sink --url https://sink.test/in --secret sink-key",
        ] {
            let _ = home.guildhall(line.split(' ')).exits(0);
        }
        let funds = format!("EUR {}.{:02}", FUNDS / 100, FUNDS % 100);
        let _ = home
            .guildhall(["wallet", "deposit", "till", &funds])
            .exits(0);
        // What is compiled once is not what is looked at here.
        home.serves_the_next_run();
        let (out, papers) = (home.folder("out"), home.folder("papers"));
        Self {
            home,
            sink,
            out,
            papers,
        }
    }

    /// The run that pays one paper: an order, a file about it, and a message that waits for both.
    fn paying(&self, paper: u32) -> Run<'_> {
        self.paying_to(paper, "book", "shop")
    }

    fn paying_to(&self, paper: u32, scheme: &str, account: &str) -> Run<'_> {
        self.home
            .put(&format!("papers/{paper}.txt"), document(paper));
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
                "source": format!("papers/{paper}.txt"), "order": order, "target": format!("out/{paper}.txt"),
                "note": note,
            }))
            .read("papers", &self.papers)
            .write("out", &self.out)
            .arg("--pay")
            .arg(format!("EUR 100.00 to {scheme}:{account}"))
            .arg("--message")
            .arg("sink to shop")
    }

    /// Leaves the payment of a paper for an approver; answers the run.
    fn parked(&self, paper: u32) -> String {
        self.paying(paper).go().exits(3).invocation()
    }

    fn approving(&self, id: &str) -> Running {
        self.home
            .start(["approvals", "approve", id, "--yes", "--json"])
    }

    /// One object printed by a command of this home.
    fn json(&self, line: &str) -> Value {
        self.home.guildhall(line.split(' ')).exits(0).json()
    }

    /// A host starts, finds what a killed one left, and ends it.
    fn restarts(&self) {
        let _ = self.home.guildhall(["runs", "--json"]).exits(0);
    }

    fn status(&self, id: &str) -> String {
        let run = self.home.recorded(id);
        run["outcome"]["status"].as_str().unwrap().to_owned()
    }

    /// Amounts that came to the payee, each posting of them.
    fn received(&self) -> Vec<i64> {
        let statement = self.json("wallet statement shop --json");
        let lines = statement["lines"].as_array().unwrap();
        let mut balance = 0;
        let amounts = lines.iter().map(|line| {
            let minor = line["minor"].as_i64().unwrap();
            balance += minor;
            assert_eq!(line["balance"], balance, "{line:#}");
            minor
        });
        amounts.collect()
    }

    /// Documents that the receiver of the messages holds, after it dropped what it had.
    fn told(&self) -> Vec<String> {
        let messages = self.sink.messages();
        let text = |body: &Value| body["body"].as_str().unwrap().to_owned();
        let mut told: Vec<String> = messages.values().map(text).collect();
        told.sort();
        told
    }

    /// What is spendable and what is held on each account.
    fn funds(&self) -> BTreeMap<String, (i64, i64)> {
        let wallet = self.json("wallet list --json");
        let accounts = wallet["accounts"].as_array().unwrap().iter();
        accounts
            .map(|account| {
                let minor = |key: &str| account[key].as_i64().unwrap();
                let name = account["name"].as_str().unwrap();
                (name.to_owned(), (minor("available"), minor("held")))
            })
            .collect()
    }

    /// These papers are paid, written and told, each once; nothing else is, and nothing is half-way.
    #[track_caller]
    fn has_done(&self, papers: &BTreeSet<u32>) {
        let mut received = self.received();
        received.sort_unstable();
        let wanted: Vec<i64> = papers.iter().copied().map(amount).collect();
        assert_eq!(received, wanted, "payments on the payee's account");
        let sum: i64 = wanted.iter().sum();
        let funds = self.funds();
        assert_eq!(funds["shop"], (sum, 0), "the payee's account");
        assert_eq!(funds["till"], (FUNDS - sum, 0), "the paying account");

        let mut files: Vec<String> = papers.iter().map(|paper| format!("{paper}.txt")).collect();
        files.sort();
        assert_eq!(self.home.names("out"), files, "files in the folder");
        for paper in papers {
            let text = self.home.text(&format!("out/{paper}.txt"));
            assert_eq!(text, Some(document(*paper)), "paper {paper}");
        }

        let mut told: Vec<String> = papers.iter().copied().map(document).collect();
        told.sort();
        assert_eq!(self.told(), told, "messages at their receiver");
        self.balances();
    }

    /// The ledger sums to zero, what is held is what open orders hold, and the audit chain is whole.
    #[track_caller]
    fn balances(&self) {
        let mut watch = Watch::new(&self.home);
        for query in [
            "SELECT COALESCE(SUM(minor), 0) FROM postings",
            "SELECT COUNT(*) FROM (SELECT 1 FROM postings GROUP BY transfer HAVING SUM(minor) <> 0 OR COUNT(*) <> 2)",
            "SELECT COUNT(*) FROM payments WHERE hold = 'held' AND COALESCE(bank, '') <> 'queued'",
            "SELECT COALESCE((SELECT SUM(minor) FROM postings WHERE account LIKE 'held:%'), 0)
                 - COALESCE((SELECT SUM(minor) FROM payments WHERE hold = 'held'), 0)",
            "SELECT COUNT(*) FROM runs WHERE status IN ('running', 'committing')",
            "SELECT COUNT(*) FROM effects WHERE state = 'performing'",
            "SELECT COUNT(*) FROM payments p JOIN effects e ON e.run = p.run AND e.idx = p.idx
                 WHERE (e.state = 'done') <> (p.hold = 'captured' OR COALESCE(p.bank, '') IN ('queued', 'withdrawn'))",
        ] {
            assert_eq!(watch.number(query), 0, "{query}");
        }
        assert_eq!(self.json("audit verify --json")["verified"], true);
    }
}

fn document(paper: u32) -> String {
    disk::marker(&format!("paper {paper}"))
}

fn amount(paper: u32) -> i64 {
    100 + i64::from(paper)
}

/// How far the payment of a paper has come, in the order in which that happens: the file, the money, the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Nothing,
    Running,
    Waiting,
    Approved,
    FileClaimed,
    FileBeside,
    FileThere,
    FileDone,
    PaymentClaimed,
    PaymentDone,
    MessageClaimed,
    MessageArrived,
    MessageDone,
    Settled,
}

impl Step {
    const ALL: [Self; 14] = [
        Self::Nothing,
        Self::Running,
        Self::Waiting,
        Self::Approved,
        Self::FileClaimed,
        Self::FileBeside,
        Self::FileThere,
        Self::FileDone,
        Self::PaymentClaimed,
        Self::PaymentDone,
        Self::MessageClaimed,
        Self::MessageArrived,
        Self::MessageDone,
        Self::Settled,
    ];
}

/// The payment of one paper as somebody sees it who can look at the journal's rows, into the folder, and at the receiver.
struct Attempt<'a> {
    office: &'a Office,
    paper: u32,
    /// The newest run before this one.
    after: String,
    /// Messages that arrived before.
    arrivals: usize,
}

impl<'a> Attempt<'a> {
    fn new(office: &'a Office, paper: u32) -> Self {
        let newest = Watch::new(&office.home).text("SELECT MAX(id) FROM runs WHERE id > $1", "");
        Self {
            office,
            paper,
            after: newest.unwrap(),
            arrivals: office.sink.arrivals(),
        }
    }

    /// Where it stands; none while the journal can't be read.
    fn step(&self, watch: &mut Watch) -> Option<Step> {
        const ROW: &str = "SELECT status || ' ' || COALESCE((SELECT group_concat(state, ' ') FROM
            (SELECT state FROM effects WHERE run = runs.id ORDER BY idx)), '') FROM runs WHERE id > $1";
        let rows = watch.texts(ROW, &self.after)?;
        assert!(rows.len() < 2, "{rows:?}");
        let Some(row) = rows.first() else {
            return Some(Step::Nothing);
        };
        let words: Vec<&str> = row.split(' ').collect();
        Some(match words[..] {
            ["running", ..] => Step::Running,
            ["awaiting_approval", ..] => Step::Waiting,
            ["committing", "pending", "pending", "pending"] => Step::Approved,
            ["committing", "pending", "performing", "pending"] => self.file(),
            ["committing", "pending", "done", "pending"] => Step::FileDone,
            ["committing", "performing", "done", "pending"] => Step::PaymentClaimed,
            ["committing", "done", "done", "pending"] => Step::PaymentDone,
            ["committing", "done", "done", "performing"] => {
                if self.office.sink.arrivals() > self.arrivals {
                    Step::MessageArrived
                } else {
                    Step::MessageClaimed
                }
            }
            ["committing", "done", "done", "done"] => Step::MessageDone,
            ["committed", "done", "done", "done"] => Step::Settled,
            _ => panic!("no step: {row}"),
        })
    }

    fn file(&self) -> Step {
        let names = self.office.home.names("out");
        if names.contains(&format!("{}.txt", self.paper)) {
            Step::FileThere
        } else if names.iter().any(|name| name.starts_with(".guildhall-")) {
            Step::FileBeside
        } else {
            Step::FileClaimed
        }
    }

    /// Kills it as soon as it is there, or further; answers where it really was.
    fn killed_at(&self, running: Running, step: Step) -> Step {
        let mut watch = Watch::new(&self.office.home);
        // What is sent and not answered is a step that can be waited for.
        if step == Step::MessageArrived {
            self.office.sink.hold();
        }
        let killed = running.kill_when(|| match self.step(&mut watch) {
            Some(now) if now >= step => Look::There,
            Some(Step::Nothing) => Look::Far,
            _ => Look::Near,
        });
        drop(watch);
        self.found(&killed)
    }

    /// Where it was when it was killed, by what lies on the disk.
    fn found(&self, killed: &Killed) -> Step {
        self.office.sink.release();
        let ran = &killed.ran;
        assert!(killed.by_us || ran.code == Some(0), "{}", ran.shown());
        let mut copy = Watch::copy(&self.office.home);
        let step = self.step(&mut copy);
        step.expect("a copy can be read")
    }

    /// The run, if it began.
    fn run(&self) -> Option<String> {
        let mut watch = Watch::new(&self.office.home);
        watch.text("SELECT id FROM runs WHERE id > $1", &self.after)
    }

    /// A restart says what is so, and what is left to do, is done once; `paying` is the run that is made again.
    fn is_ended_once(
        &self,
        found: Step,
        done: &mut BTreeSet<u32>,
        paying: impl Fn(&'a Office, u32) -> Run<'a>,
    ) {
        let (office, paper) = (self.office, self.paper);
        office.restarts();
        let run = self.run();
        let status = run.as_deref().map(|id| office.status(id));
        let wanted = match found {
            Step::Nothing => None,
            Step::Running => Some("cancelled"),
            Step::Waiting => Some("awaiting_approval"),
            // What was approved is done, whoever died.
            _ => Some("committed"),
        };
        assert_eq!(status.as_deref(), wanted, "killed at {found:?}");
        if wanted == Some("committed") {
            done.insert(paper);
        }
        office.has_done(done);
        match found {
            Step::Nothing | Step::Running => {
                let _ = paying(office, paper).approve("all").go().exits(0);
            }
            Step::Waiting => {
                let _ = office.approving(&run.unwrap()).wait().exits(0);
            }
            _ => {
                let again = paying(office, paper).approve("all").go();
                let _ = again.refused_by("payments.already-ordered");
            }
        }
        if done.insert(paper) {
            office.has_done(done);
        }
    }
}
