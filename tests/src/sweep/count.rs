//! What really happened, counted where it happened and without the product: rows of the ledger by a reader of the tests' own,
//! files in the folder, messages at their receiver, orders in the files that a bank would get.

use super::office::{FUNDS, Office, Payee, amount, document, file};
use crate::watch::Watch;
use std::collections::{BTreeMap, BTreeSet};

/// What may be of a paper, by what was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing of it.
    Open,
    /// All of it, once.
    Approved,
    /// It was taken back: its message was sent, its file and its order are gone.
    Undone,
    /// The product says that it does not know; nothing twice.
    Unknown,
}

/// How often the parts of one paper are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts {
    /// Credits on the payee's account, or orders in files for the bank.
    pub paid: usize,
    /// Whole files.
    pub written: usize,
    /// Messages at their receiver.
    pub told: usize,
}

/// How the parts of all papers differ from what was approved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Approved, and not there.
    pub lost: Vec<String>,
    /// There twice.
    pub doubled: Vec<String>,
    /// There, and not approved.
    pub undue: Vec<String>,
}

impl Difference {
    /// Compares one paper. Where `paid` is none, its payment can't be counted yet.
    pub fn add(&mut self, paper: u32, standing: Standing, parts: Parts, paid: bool) {
        let wanted = match standing {
            Standing::Open => (0..=0, 0..=0, 0..=0),
            Standing::Approved => (1..=1, 1..=1, 1..=1),
            Standing::Undone => (0..=0, 0..=0, 1..=1),
            Standing::Unknown => (0..=1, 0..=1, 0..=1),
        };
        let payment = paid.then_some(("payment", wanted.0, parts.paid));
        for (what, wanted, found) in payment.into_iter().chain([
            ("file", wanted.1, parts.written),
            ("message", wanted.2, parts.told),
        ]) {
            let line = format!("the {what} of paper {paper}: {found} of {wanted:?}");
            if found < *wanted.start() {
                self.lost.push(line);
            } else if found > 1 {
                self.doubled.push(line);
            } else if found > *wanted.end() {
                self.undue.push(line);
            }
        }
    }
}

impl Office {
    /// Parts of each paper; of payments those to book accounts only.
    ///
    /// # Panics
    /// If the journal can't be read.
    #[must_use]
    pub fn parts(&self, papers: &BTreeMap<u32, (Payee, Standing)>) -> BTreeMap<u32, Parts> {
        let mut watch = Watch::copy(&self.home);
        let paid = [Payee::Shop, Payee::Store].map(|payee| {
            let account = format!("book:{}", payee.account().1);
            let rows = watch.texts(
                "SELECT CAST(minor AS TEXT) FROM postings WHERE account = $1",
                &account,
            );
            let rows = rows.expect("nobody else has the copy");
            let minor = |text: &String| text.parse::<i64>().expect("minor units");
            (payee, rows.iter().map(minor).collect::<Vec<_>>())
        });
        let names: BTreeSet<String> = self.home.names("out").into_iter().collect();
        let messages = self.sink.messages();
        let told: Vec<&str> = messages
            .values()
            .map(|message| message["body"].as_str().expect("a text"))
            .collect();
        let mut parts = BTreeMap::new();
        for (paper, (payee, _)) in papers {
            let whole = self.home.text(&format!("out/{}", file(*paper))) == Some(document(*paper));
            // A file that is not whole is none.
            let written = usize::from(names.contains(&file(*paper)) && whole);
            let credits = paid.iter().filter(|(known, _)| known == payee);
            let credits = credits.flat_map(|(_, minors)| minors);
            let document = document(*paper);
            let found = Parts {
                paid: credits.filter(|minor| **minor == amount(*paper)).count(),
                written,
                told: told.iter().filter(|body| **body == document).count(),
            };
            parts.insert(*paper, found);
        }
        parts
    }

    /// Compares what is there with what was approved; orders for a bank are compared when their files are there.
    ///
    /// # Panics
    /// If the journal can't be read.
    #[must_use]
    pub fn difference(&self, papers: &BTreeMap<u32, (Payee, Standing)>) -> Difference {
        let mut difference = Difference::default();
        for (paper, parts) in self.parts(papers) {
            let (payee, standing) = papers[&paper];
            difference.add(paper, standing, parts, payee != Payee::Bank);
        }
        for name in self.home.names("out") {
            let known = papers.keys().any(|paper| file(*paper) == name);
            if !known {
                difference.undue.push(format!("the file {name}"));
            }
        }
        difference
    }

    /// What is wrong with the ledger by itself: legs that don't sum to zero, holds that nothing will resolve, a payer who
    /// paid something else than the payees got.
    ///
    /// # Panics
    /// If the journal can't be read.
    #[must_use]
    pub fn ledger(&self) -> Vec<String> {
        let mut watch = Watch::copy(&self.home);
        let queries = [
            "SELECT COALESCE(SUM(minor), 0) FROM postings",
            "SELECT COUNT(*) FROM (SELECT 1 FROM postings GROUP BY transfer HAVING SUM(minor) <> 0 OR COUNT(*) <> 2)",
            "SELECT COUNT(*) FROM payments WHERE hold = 'held' AND COALESCE(bank, '') <> 'queued'",
            "SELECT COALESCE((SELECT SUM(minor) FROM postings WHERE account LIKE 'held:%'), 0)
                 - COALESCE((SELECT SUM(minor) FROM payments WHERE hold = 'held'), 0)",
            "SELECT COUNT(*) FROM runs WHERE status IN ('running', 'committing')",
            "SELECT COUNT(*) FROM effects WHERE state = 'performing'",
        ];
        let mut wrong: Vec<String> = queries
            .into_iter()
            .filter_map(|query| match watch.number(query) {
                0 => None,
                found => Some(format!("{found}: {query}")),
            })
            .collect();
        let left = watch
            .number("SELECT COALESCE(SUM(minor), 0) FROM postings WHERE account = 'book:till'");
        let paid = watch.number("SELECT COALESCE(SUM(minor), 0) FROM postings WHERE account IN ('book:shop', 'book:store')");
        let held = watch.number(
            "SELECT COALESCE(SUM(minor), 0) FROM postings WHERE account = 'held:book:till'",
        );
        if left + paid + held != FUNDS {
            wrong.push(format!(
                "{left} left, {paid} paid and {held} held are not {FUNDS}"
            ));
        }
        wrong
    }

    /// Holds that are still open.
    #[must_use]
    pub fn open_holds(&self) -> i64 {
        Watch::copy(&self.home).number("SELECT COUNT(*) FROM payments WHERE hold = 'held'")
    }

    /// How often each document is ordered, by all files for the bank. Each file is asked for again by the name that the
    /// journal has for it; one that had been written already must be the same.
    ///
    /// # Panics
    /// If the product does not give a file, or another one than before.
    #[must_use]
    pub fn ordered(&self, written: &BTreeMap<String, String>) -> BTreeMap<String, usize> {
        let ids = Watch::copy(&self.home).texts("SELECT id FROM bank_files WHERE id <> $1", "");
        let mut ordered = BTreeMap::new();
        for id in ids.expect("nobody else has the copy") {
            let name = format!("bank-file-{id}.xml");
            if self.home.text(&name).is_none() {
                let line = format!("wallet export main --out {name} --again {id}");
                let _ = self.does(self.command(&line)).exits(0);
            }
            let file = self.home.text(&name).expect("it was written");
            assert_eq!(elements(&file, "MsgId"), [id.as_str()]);
            if let Some(first) = written.get(&id) {
                assert!(*first == file, "the bank file {id} is not the same again");
            }
            for document in elements(&file, "Ustrd") {
                *ordered.entry(document.to_owned()).or_default() += 1;
            }
        }
        ordered
    }
}

/// What stands between an element's tags, each time.
///
/// # Panics
/// Never: there is always a first part.
#[must_use]
pub fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(open.as_str()).skip(1);
    parts
        .map(|part| part.split(close.as_str()).next().expect("a text"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_lost_and_what_is_too_much_is_doubled_or_undue() {
        let parts = |paid, written, told| Parts {
            paid,
            written,
            told,
        };
        let of = |standing, parts, bank| {
            let mut difference = Difference::default();
            difference.add(7, standing, parts, bank);
            let Difference {
                lost,
                doubled,
                undue,
            } = difference;
            (lost.len(), doubled.len(), undue.len())
        };
        assert_eq!(of(Standing::Approved, parts(1, 1, 1), true), (0, 0, 0));
        assert_eq!(of(Standing::Approved, parts(0, 0, 1), true), (2, 0, 0));
        assert_eq!(of(Standing::Approved, parts(0, 1, 1), false), (0, 0, 0));
        assert_eq!(of(Standing::Approved, parts(2, 1, 2), true), (0, 2, 0));
        assert_eq!(of(Standing::Open, parts(1, 0, 2), true), (0, 1, 1));
        assert_eq!(of(Standing::Undone, parts(0, 1, 0), true), (1, 0, 1));
        assert_eq!(of(Standing::Unknown, parts(1, 0, 2), true), (0, 1, 0));
    }
}
