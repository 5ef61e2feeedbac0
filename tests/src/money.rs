//! Money of a home: accounts that pay and are paid, orders of the prober, and what is where afterwards.

use crate::home::Home;
use crate::journal;
use crate::ran::{Ran, Running};
use crate::run::Run;
use crate::sink::{self, Sink};
use crate::{Value, find, json};
use std::ffi::OsStr;

/// An IBAN of the Netherlands that can be right.
pub const ACME: &str = "iban:NL91ABNA0417164300";
/// An IBAN of France that can be right.
pub const OTHER: &str = "iban:FR1420041010050500013M02606";
/// An order of the prober: `to` is an account with its scheme (`book:acme`), `name` whom it is said to belong to.
///
/// # Panics
/// If `to` has no scheme.
#[must_use]
pub fn order_as(to: &str, name: &str, minor: i64, currency: &str, document: &str) -> Value {
    let (scheme, account) = to.split_once(':').expect("SCHEME:ACCOUNT");
    json!({
        "scheme": scheme, "account": account, "name": name, "minor": minor, "currency": currency,
        "document": document, "date": null, "requires": [],
    })
}

/// An order in euro, in the name of Acme.
#[must_use]
pub fn order(to: &str, minor: i64, document: &str) -> Value {
    order_as(to, "Acme", minor, "EUR", document)
}

impl Home {
    /// Opens an account of the home's own book.
    ///
    /// # Panics
    /// If it can't be opened.
    pub fn book(&self, name: &str, currency: &str) {
        let _ = self
            .guildhall(["wallet", "add-book", name, "--currency", currency, "--json"])
            .exits(0);
    }

    /// Sets up the channel `books`, whose messages go to this receiver, in every command of this home.
    ///
    /// # Panics
    /// If the command does not do it.
    pub fn announces_to(&self, sink: &Sink) {
        let place = format!("{}:443", sink::HOST);
        self.reaches(&[(&place, sink.address())]);
        let url = format!("https://{}/in", sink::HOST);
        self.has_webhook(&url, "0123456789abcdefghijklmnopqrstuv");
    }

    /// A book account `till` that holds so many euro cents and pays, and a book account `acme` that is paid.
    ///
    /// # Panics
    /// If they can't be opened.
    #[must_use]
    pub fn with_till(minor: i64) -> Self {
        let home = Self::new();
        home.book("till", "EUR");
        home.book("acme", "EUR");
        if minor > 0 {
            let amount = format!("EUR {}.{:02}", minor / 100, minor % 100);
            let _ = home
                .guildhall(["wallet", "deposit", "till", &amount, "--json"])
                .exits(0);
        }
        home
    }

    /// One account of the wallet as it is listed.
    ///
    /// # Panics
    /// If there is none of this name.
    #[track_caller]
    #[must_use]
    pub fn account(&self, name: &str) -> Value {
        let list = self.guildhall(["wallet", "--json"]).exits(0).json();
        let accounts = list["accounts"].as_array().expect("a list");
        let found = accounts.iter().find(|account| account["name"] == name);
        found.unwrap_or_else(|| panic!("{list:#}")).clone()
    }

    /// Minor units that an account has and that it holds for approved payments.
    ///
    /// # Panics
    /// If there is no such account.
    #[track_caller]
    #[must_use]
    pub fn balance(&self, name: &str) -> (i64, i64) {
        let account = self.account(name);
        let minor = |key: &str| account[key].as_i64().expect("minor units");
        (minor("available"), minor("held"))
    }

    /// A payment of the prober, to be granted and run.
    pub fn pay(&self, order: Value) -> Run<'_> {
        self.prober("pay").input(json!({ "order": order }))
    }

    /// A payment that waits for approval, under a grant of EUR 1,000. Returns its run.
    ///
    /// # Panics
    /// If it does not wait.
    #[track_caller]
    pub fn parked_payment(&self, order: Value) -> String {
        self.pay(order)
            .money("EUR 1000.00")
            .go()
            .exits(3)
            .is("awaiting_approval")
            .invocation()
    }

    /// Pays an order once with a person's approval, so that its account is known from then on.
    ///
    /// # Panics
    /// If it is not paid.
    #[track_caller]
    pub fn pays_once(&self, order: Value) {
        let _ = self
            .pay(order)
            .money("EUR 1000.00")
            .approve("all")
            .go()
            .exits(0)
            .is("committed");
    }

    /// Gives the prober a mandate: `mandates add --skill PROBER …`. Returns its identifier.
    ///
    /// # Panics
    /// If it is not given.
    #[track_caller]
    pub fn mandate<S: AsRef<OsStr>>(&self, terms: impl IntoIterator<Item = S>) -> String {
        let mut command = self.command(["mandates", "add", "--json", "--skill"]);
        command.arg(find::guest("prober")).args(terms);
        Running::start(command).wait().exits(0).word("/mandate")
    }

    /// What is used of a mandate in its current period: minor units, or a count.
    ///
    /// # Panics
    /// If there is no such mandate.
    #[track_caller]
    #[must_use]
    pub fn used(&self, mandate: &str) -> i64 {
        let shown = self.guildhall(["mandates", "show", mandate, "--json"]);
        shown.exits(0).json()["used"].as_i64().expect("a number")
    }

    /// Approves a run without a question.
    #[must_use]
    pub fn approves(&self, run: &str) -> Ran {
        self.guildhall(["approvals", "approve", run, "--yes", "--json"])
    }

    /// The card of a run as one object.
    ///
    /// # Panics
    /// If none waits.
    #[track_caller]
    #[must_use]
    pub fn card(&self, run: &str) -> Value {
        self.guildhall(["approvals", "show", run, "--json"])
            .exits(0)
            .json()
    }

    /// The card of a run as a person sees it, in one line without its frame.
    ///
    /// # Panics
    /// If none waits.
    #[track_caller]
    #[must_use]
    pub fn card_in_words(&self, run: &str) -> String {
        let shown = self.guildhall(["approvals", "show", run]).exits(0).stderr;
        let words = shown.split_whitespace().filter(|word| *word != "│");
        words.collect::<Vec<_>>().join(" ")
    }

    /// Insists on double entry, as the store's file has it: the two legs of each transfer are of one currency and
    /// sum to zero.
    ///
    /// # Panics
    /// If they don't.
    #[track_caller]
    pub fn debits_are_credits(&self) {
        let wrong = journal::number(
            self,
            "SELECT COUNT(*) FROM (SELECT transfer FROM postings GROUP BY transfer
             HAVING SUM(minor) <> 0 OR COUNT(*) <> 2 OR COUNT(DISTINCT currency) <> 1)",
        );
        assert_eq!(wrong, 0, "transfers whose legs do not sum to zero");
    }
}

impl Run<'_> {
    /// `--pay GRANT`.
    pub fn money(self, grant: &str) -> Self {
        self.arg("--pay").arg(grant)
    }

    /// `--message GRANT`.
    pub fn messages(self, grant: &str) -> Self {
        self.arg("--message").arg(grant)
    }
}
