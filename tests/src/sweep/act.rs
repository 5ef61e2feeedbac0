//! One home of a sweep: what is done, killed, started again and compared.

use super::count::{Difference, Standing, elements};
use super::office::{Office, Payee, document};
use super::points::{self, Point};
use super::{Counts, Seed};
use crate::Value;
use crate::faulty::OnDisk;
use crate::ran::Ran;
use crate::watch::Watch;
use guildhall_faults::{Loss, Plan};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

/// What can be done with a new paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A run that a person approves at once.
    AtOnce(Payee),
    /// A run that waits, and its approval.
    Approved(Payee),
    /// A run that waits, and its rejection.
    Rejected,
    /// A run that mandates approve.
    Mandated,
}

/// A command that has ended, or was ended.
struct Ended {
    ran: Ran,
    /// Where and how, for findings.
    how: String,
}

impl Ended {
    /// What it has said of the run, if it came to say anything.
    fn said(&self) -> Option<String> {
        let said: Value = serde_json::from_str(&self.ran.stdout).ok()?;
        Some(said["status"].as_str()?.to_owned())
    }
}

pub(super) struct Sweep {
    office: Office,
    seed: Seed,
    /// Places on the way of a payment, and on that of a rejection.
    paying: Vec<Point>,
    rejecting: Vec<Point>,
    /// How many changes of the disk a whole run makes.
    changes: u64,
    papers: BTreeMap<u32, (Payee, Standing)>,
    /// The run that paid a paper.
    run_of: BTreeMap<u32, String>,
    /// Bank files as they were written the first time.
    bank_files: BTreeMap<String, String>,
    /// How long a whole run takes.
    whole: Duration,
    counts: Counts,
    /// Parts of papers that have been found to be lost, doubled or undue.
    known: BTreeSet<String>,
    trail: Vec<String>,
}

impl Sweep {
    pub(super) fn new(seed: Seed) -> Self {
        let office = Office::new();
        let (rejecting, paying) = points::of_the_machines()
            .into_iter()
            .partition(|point| point.is_of_rejection());
        let mut sweep = Self {
            seed,
            paying,
            rejecting,
            changes: 0,
            papers: BTreeMap::from([(0, (Payee::Shop, Standing::Approved))]),
            run_of: BTreeMap::new(),
            bank_files: BTreeMap::new(),
            whole: Duration::ZERO,
            counts: Counts::default(),
            known: BTreeSet::new(),
            trail: Vec::new(),
            office,
        };
        // One whole run says how long one takes.
        sweep.papers.insert(1, (Payee::Store, Standing::Approved));
        let first = sweep
            .office
            .paying(1, Payee::Store)
            .approve("all")
            .command();
        let (ran, seen) = OnDisk::start(&sweep.office.disk, first, Plan::none()).wait();
        sweep.whole = ran.exits(0).is("committed").took;
        sweep.changes = seen.events;
        sweep
    }

    /// Makes so many runs and answers what came of them.
    pub(super) fn run(mut self, runs: u32) -> Counts {
        for paper in (2..).take(usize::try_from(runs).expect("a count")) {
            self.counts.runs += 1;
            match self.seed.below(12) {
                0..2 => self.pays(paper, Way::AtOnce(Payee::Shop)),
                2..4 => self.pays(paper, Way::AtOnce(Payee::Bank)),
                4..6 => self.pays(paper, Way::Approved(Payee::Store)),
                6 => self.pays(paper, Way::Approved(Payee::Bank)),
                7 => self.pays(paper, Way::Rejected),
                8..10 => self.pays(paper, Way::Mandated),
                10 => self.exports(paper),
                _ => self.takes_back(paper),
            }
        }
        self.closes();
        std::mem::take(&mut self.counts)
    }

    fn notes(&mut self, line: String) {
        self.trail.push(line);
    }

    fn finds(&mut self, line: String) {
        self.counts.findings.push(line);
    }

    /// Runs a command that ends at a random place. Runs after `after` count for the place.
    fn ends(&mut self, command: Command, after: &str, points: &[Point]) -> Ended {
        let point = points::any(&mut self.seed, points, self.changes);
        let more = self.seed.below(6);
        let plan = point.plan(self.office.home.home(), after.to_owned(), more);
        let running = OnDisk::start(&self.office.disk, command, plan);
        let (ran, seen) = match point.within(self.whole) {
            Some(time) => running.kill_after(time),
            None => running.wait(),
        };
        // A program that is just ending is cut off and has its exit code all the same.
        let killed = ran.signal.is_some() || seen.cut.is_some();
        let mut how = match seen.cut {
            Some(event) => format!(
                "{point}, before change {}: {} {}",
                event.index,
                event.what,
                event.path.display()
            ),
            None if killed => point.to_string(),
            None => format!("not killed (code {:?}), was to be at {point}", ran.code),
        };
        if killed {
            self.counts.kills += 1;
            *self.counts.points.entry(point.to_string()).or_default() += 1;
        }
        if killed || point == Point::Done {
            how += &self.loses(point == Point::Done);
        }
        let words = ran.line.split("\" \"").skip(1);
        let words: Vec<&str> = words.filter(|word| !word.contains('/')).take(2).collect();
        self.notes(format!("{}: {how}", words.join(" ")));
        Ended { ran, how }
    }

    /// Perhaps cuts the power, after everything has ended.
    fn loses(&mut self, surely: bool) -> String {
        let loss = match self.seed.below(10) {
            0..4 if !surely => {
                self.office.disk.switch_on();
                return String::new();
            }
            0..7 => Loss::All,
            _ => Loss::Torn(self.seed.draw()),
        };
        let lost = self.office.disk.power_cut(loss);
        let lost = lost.expect("changes that can be taken back");
        if surely {
            *self
                .counts
                .points
                .entry(Point::Done.to_string())
                .or_default() += 1;
        }
        self.counts.cuts += 1;
        self.counts.changes_lost += u64::try_from(lost).expect("a count");
        format!(", {loss:?} of what was not synced ({lost})")
    }

    /// A host starts and ends what a killed one left; perhaps it is killed as well.
    fn restarts(&mut self) {
        for _ in 0..2 {
            if self.seed.below(4) != 0 {
                break;
            }
            let at = self.seed.below(60);
            let command = self.office.command("runs --json");
            let (_, seen) = OnDisk::start(&self.office.disk, command, Plan::cut_at(at)).wait();
            if seen.cut.is_none() {
                break;
            }
            self.counts.kills += 1;
            *self
                .counts
                .points
                .entry("a restart".to_owned())
                .or_default() += 1;
            let how = self.loses(false);
            self.notes(format!("a restart, before change {at}{how}"));
        }
        let command = self.office.command("runs --json");
        let _ = self.office.does(command).exits(0);
    }

    fn pays(&mut self, paper: u32, way: Way) {
        let payee = match way {
            Way::AtOnce(payee) | Way::Approved(payee) => payee,
            Way::Rejected => Payee::Store,
            Way::Mandated => Payee::Shop,
        };
        self.papers.insert(paper, (payee, Standing::Open));
        let after = self.office.newest();
        let mut paying = self.office.paying(paper, payee);
        // What it keeps is under a key of its own; such a run can't be taken back.
        if payee != Payee::Bank && self.seed.below(4) == 0 {
            paying = paying.arg("--retention").arg("hashes");
        }
        let command = match way {
            Way::AtOnce(_) => paying.approve("all").command(),
            Way::Mandated => paying.command(),
            Way::Approved(_) | Way::Rejected => {
                let waiting = self.office.does(paying.command()).exits(3).invocation();
                self.deciding(&waiting, way)
            }
        };
        let points = if way == Way::Rejected {
            self.rejecting.clone()
        } else {
            self.paying.clone()
        };
        let ended = self.ends(command, &after, &points);
        self.restarts();
        self.settles(paper, way, &after, &ended);
    }

    fn deciding(&self, run: &str, way: Way) -> Command {
        let line = if way == Way::Rejected {
            format!("approvals reject {run} --json")
        } else {
            format!("approvals approve {run} --yes --json")
        };
        self.office.command(&line)
    }

    /// Compares what is there with what was said and what is recorded; then does what was not done.
    fn settles(&mut self, paper: u32, way: Way, after: &str, ended: &Ended) {
        let payee = self.papers[&paper].0;
        let mut copy = Watch::copy(&self.office.home);
        let runs = copy.texts(
            "SELECT id || ' ' || status FROM runs WHERE id > $1 ORDER BY id",
            after,
        );
        let runs = runs.expect("nobody else has the copy");
        drop(copy);
        let run = runs.first().and_then(|line| line.split_once(' '));
        let (id, status) = run.map_or((None, "none"), |(id, status)| (Some(id.to_owned()), status));
        let said = ended.said();
        if let Some(said) = &said
            && said != status
        {
            self.counts.lost += 1;
            self.finds(format!(
                "paper {paper} ({way:?}): said {said}, then {status}; {}",
                ended.how
            ));
        }
        let standing = match status {
            "committed" => Standing::Approved,
            "none" | "cancelled" | "awaiting_approval" | "rejected" => Standing::Open,
            _ => Standing::Unknown,
        };
        if standing == Standing::Unknown {
            self.counts.unknown += 1;
            self.notes(format!("paper {paper} is {status}"));
        }
        self.stands(paper, payee, standing, &ended.how);
        match (status, way) {
            // An order that was refused for good is nothing to go on with.
            ("rejected", Way::Rejected) => {}
            ("rejected", _) => self.finds(format!(
                "paper {paper} was rejected by nobody; {}",
                ended.how
            )),
            ("awaiting_approval", Way::Rejected) => {
                let command = self.deciding(&id.expect("it waits"), way);
                let _ = self.office.does(command).exits(0).is("rejected");
            }
            ("awaiting_approval", _) => {
                let id = id.expect("it waits");
                let command = self.deciding(&id, way);
                let _ = self.office.does(command).exits(0).is("committed");
                self.is_paid(paper, payee, id, "approved again");
            }
            ("none" | "cancelled", _) => {
                let command = self.office.paying(paper, payee).approve("all").command();
                let id = self
                    .office
                    .does(command)
                    .exits(0)
                    .is("committed")
                    .invocation();
                self.is_paid(paper, payee, id, "made again");
            }
            ("committed", _) => self.is_paid(paper, payee, id.expect("it is recorded"), &ended.how),
            _ => {}
        }
    }

    fn is_paid(&mut self, paper: u32, payee: Payee, run: String, how: &str) {
        self.run_of.insert(paper, run);
        self.stands(paper, payee, Standing::Approved, how);
    }

    /// From now on a paper stands so; what differs is counted, once.
    fn stands(&mut self, paper: u32, payee: Payee, standing: Standing, how: &str) {
        self.papers.insert(paper, (payee, standing));
        let difference = self.office.difference(&self.papers);
        self.counts_difference(&difference, how);
        for line in self.office.ledger() {
            self.finds(format!("{line}; {how}"));
        }
    }

    /// Counts what differs, each part of a paper once.
    fn counts_difference(&mut self, difference: &Difference, how: &str) {
        let all = [&difference.lost, &difference.doubled, &difference.undue];
        for (kind, lines) in all.into_iter().enumerate() {
            for line in lines {
                let part = line.split(':').next().unwrap_or_default();
                if !self.known.insert(part.to_owned()) {
                    continue;
                }
                match kind {
                    0 => self.counts.lost += 1,
                    1 => self.counts.doubled += 1,
                    _ => self.counts.undue += 1,
                }
                self.finds(format!("{line}; {how}"));
            }
        }
    }

    /// A file for the bank, of what waits for one.
    fn exports(&mut self, number: u32) {
        const WAITING: &str = "SELECT COUNT(*) FROM payments WHERE bank = 'queued'";
        let name = format!("bank-{number}.xml");
        let waiting = Watch::copy(&self.office.home).number(WAITING);
        let after = self.office.newest();
        let line = format!("wallet export main --out {name} --json");
        let ended = self.ends(self.office.command(&line), &after, &[]);
        self.restarts();
        let file = self.office.home.text(&name).filter(|text| !text.is_empty());
        if ended.ran.code == Some(0) && waiting > 0 && file.is_none() {
            self.counts.lost += 1;
            self.finds(format!(
                "the bank file {name} was said to be written; {}",
                ended.how
            ));
        }
        if let Some(file) = file {
            let ids = elements(&file, "MsgId");
            let [id] = ids[..] else {
                self.finds(format!("half of a bank file; {}", ended.how));
                return;
            };
            let id = id.to_owned();
            self.bank_files.insert(id, file);
        }
        for line in self.office.ledger() {
            self.finds(format!("{line}; {}", ended.how));
        }
    }

    /// Takes a payment back that is in no file yet, with its own file.
    fn takes_back(&mut self, number: u32) {
        const QUEUED: &str =
            "SELECT run FROM payments WHERE run > $1 AND bank = 'queued' ORDER BY run";
        let queued = Watch::copy(&self.office.home).texts(QUEUED, "");
        let queued = queued.expect("nobody else has the copy");
        let found = self.run_of.iter().find(|(paper, run)| {
            queued.contains(run) && self.papers[*paper].1 == Standing::Approved
        });
        let Some((paper, run)) = found.map(|(paper, run)| (*paper, run.clone())) else {
            self.pays(number, Way::AtOnce(Payee::Bank));
            return;
        };
        let after = self.office.newest();
        let line = format!("undo {run} --yes --json");
        let ended = self.ends(self.office.command(&line), &after, &[]);
        self.restarts();
        // The same again ends it. A message can't be taken back, so it is never whole.
        let _ = self.office.does(self.office.command(&line)).exits(6);
        self.stands(paper, Payee::Bank, Standing::Undone, &ended.how);
    }

    /// What is still to do is done, then everything is compared, with the files of the bank.
    fn closes(&mut self) {
        let line = "wallet export main --out last.xml";
        let _ = self.office.does(self.office.command(line)).exits(0);
        let ordered = self.office.ordered(&self.bank_files);
        let mut difference = Difference::default();
        for (paper, mut parts) in self.office.parts(&self.papers) {
            let (payee, standing) = self.papers[&paper];
            if payee == Payee::Bank {
                parts.paid = ordered.get(&document(paper)).copied().unwrap_or_default();
                difference.add(paper, standing, parts, true);
            }
            let count = |count: usize| u64::try_from(count).expect("a count");
            self.counts.approved += u64::from(standing == Standing::Approved);
            self.counts.undone += u64::from(standing == Standing::Undone);
            self.counts.paid += count(parts.paid);
            self.counts.written += count(parts.written);
            self.counts.told += count(parts.told);
        }
        self.counts_difference(&difference, "at the end");
        for line in self.office.ledger() {
            self.finds(format!("at the end: {line}"));
        }
        let open = u64::try_from(self.office.open_holds()).expect("a count");
        self.counts.unresolved += open;
        if open > 0 {
            self.finds(format!("{open} holds are open at the end"));
        }
        let verified = self.office.does(self.office.command("audit verify --json"));
        assert_eq!(verified.exits(0).json()["verified"], true);
        for problem in self.office.disk.problems() {
            self.finds(format!("the disk could not follow: {problem}"));
        }
    }
}

impl Drop for Sweep {
    #[allow(clippy::print_stdout, reason = "shown with what failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            for finding in &self.counts.findings {
                println!("{finding}");
            }
            println!("what was done, the last of it:");
            for line in self.trail.iter().rev().take(6).rev() {
                println!("  {line}");
            }
        }
    }
}
