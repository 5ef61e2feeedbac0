//! Runs that do something: each stages a payment between accounts of the host's own book, which a mandate approves, and every
//! step of which is durable before the next.

use crate::governed::together;
use crate::guests;
use crate::peer::Peer;
use crate::table::{Line, Table};
use guildhall_host::{
    Amount, Card, Currency, Decision, Grants, Host, Invocation, MandateTerms, NewAccount, Outcome,
    Period, Retention, RunStatus, Scope, Skill, Tenant,
};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Calls of each of the callers in a turn, and turns.
const CALLS: usize = 40;
const TURNS: usize = 7;

/// A host with a skill that may pay one supplier.
#[derive(Clone)]
pub struct Payer {
    pub host: Host,
    pub skill: Skill,
    next: Arc<AtomicU64>,
}

impl Payer {
    pub async fn new(folder: &Path) -> Self {
        let host = Host::builder()
            .state_dir(folder)
            .build()
            .await
            .expect("the host starts");
        let tenant = Tenant::local();
        let currency = Currency::parse("EUR").expect("it is a currency");
        for name in ["buyer", "supplier"] {
            let account =
                NewAccount::book(name, currency, "Europe/Berlin").expect("it is an account");
            host.open_account(&tenant, account).await.expect("it opens");
        }
        let much = Amount::positive(1_000_000_000_000, "EUR").expect("it is an amount");
        host.deposit(&tenant, "buyer", much)
            .await
            .expect("it is paid in");
        let skill = host.load(&guests::pays()).await.expect("it loads");
        let payer = Self {
            host,
            skill,
            next: Arc::new(AtomicU64::new(0)),
        };
        payer.known_from_now_on().await;
        payer
    }

    /// A person approves the first payment and gives a mandate for those that follow.
    async fn known_from_now_on(&self) {
        let first = self.invocation().approver(|_: &Card| Decision::Approve);
        committed(&self.run(first).await);
        let scope = Scope::Payment {
            scheme: "book".to_owned(),
            account: "supplier".to_owned(),
            currency: Currency::parse("EUR").expect("it is a currency"),
            limit_minor: 1_000_000_000_000,
            per: Period::Day,
            each_minor: None,
        };
        let terms = MandateTerms {
            scope,
            zone: "Europe/Berlin".to_owned(),
            until_ms: None,
        };
        self.host
            .give_mandate(
                &Tenant::local(),
                self.skill.digest(),
                terms,
                "bench",
                "bench",
            )
            .await
            .expect("it is given");
    }

    /// The next payment of one euro.
    pub fn invocation(&self) -> Invocation {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let order = json!({
            "payee": { "scheme": "book", "id": "supplier" },
            "payee_name": "A supplier",
            "amount": { "minor": 100, "currency": "EUR" },
            "document": format!("INV-{number}"),
            "requested_date": null,
            "reason": "goods",
            "requires": [],
        });
        let grant = "EUR 1.00 to book:supplier".parse().expect("it is a grant");
        Invocation::new("pay", json!({ "order": order }))
            .grants(Grants::none().payment(grant))
            .retention(Retention::Hashes)
    }

    pub async fn run(&self, invocation: Invocation) -> Outcome {
        self.host
            .invoke(&self.skill, invocation)
            .await
            .expect("it runs")
    }
}

pub fn committed(outcome: &Outcome) {
    assert!(outcome.status == RunStatus::Committed, "{outcome:?}");
}

pub async fn effects(table: &mut Table, folder: &Path) {
    let payer = Payer::new(&folder.join("effects")).await;
    let peer = Peer::new(&folder.join("peer.sqlite")).await;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let payer = payer.clone();
        ours.push(
            rate(move || {
                let payer = payer.clone();
                async move { committed(&payer.run(payer.invocation()).await) }
            })
            .await,
        );
        let peer = peer.clone();
        theirs.push(
            rate(move || {
                let peer = peer.clone();
                async move { peer.commit().await }
            })
            .await,
        );
    }
    let (ours, theirs) = (middle(ours), middle(theirs));
    let paid = payer
        .host
        .accounts(&Tenant::local())
        .await
        .expect("they are there")
        .into_iter()
        .find(|account| account.name == "supplier")
        .map_or(0, |account| account.available);
    let expected = i64::try_from(payer.next.load(Ordering::Relaxed)).unwrap_or(0) * 100;
    assert_eq!(paid, expected, "every payment is made, once");
    table.section(
        "64 callers, a payment in each run, approved by a mandate, all of it durable",
        vec![
            Line::new(
                "bare batching writer, four rows a commit (the peer)",
                theirs,
                "commits/s",
            ),
            Line::new("runs", ours, "runs/s")
                .against(theirs, "at least 0.45 (5,000 where the peer has 11,000)"),
        ],
    );
    payer.host.shutdown().await;
}

/// Calls in a second.
async fn rate<F>(call: impl Fn() -> F + Clone + Send + 'static) -> f64
where
    F: Future<Output = ()> + Send,
{
    let took = together(CALLS, call).await;
    let calls = u32::try_from(crate::governed::CALLERS * CALLS).unwrap_or(u32::MAX);
    f64::from(calls) / took.as_secs_f64()
}

fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
}
