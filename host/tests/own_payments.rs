//! Payments that no skill asks for: what the host's own user buys goes the way of every other payment.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use futures::future::{BoxFuture, join_all};
use guildhall_host::{
    Amount, Approver, Card, Credited, Decision, EffectFacts, EffectState, Hold, Host, MandateTerms,
    NewAccount, Outcome, OwnPayment, Period, Purpose, Refund, RunFilter, RunStatus, SpendFilter,
    Tenant, Terms, Trust, read_receipt,
};
use guildhall_package::market::money::{CancelRequest, document};
use std::future::ready;
use std::sync::Arc;

const PAYEE: &str = "payable/market.example/eur";

fn eur(text: &str) -> Amount {
    format!("EUR {text}").parse().unwrap()
}

fn purpose(what: &str) -> Purpose {
    Purpose {
        from: "market.example".to_owned(),
        what: what.to_owned(),
    }
}

fn payment(document: &str) -> OwnPayment {
    OwnPayment {
        tenant: Tenant::local(),
        purpose: purpose("licence of acme/vat-report"),
        operation: "buy".to_owned(),
        payee: PAYEE.to_owned(),
        payee_name: "market.example".to_owned(),
        amount: eur("12.00"),
        document: document.to_owned(),
        reason: "licence of acme/vat-report for a month".to_owned(),
        approver: None,
        use_mandates: true,
    }
}

/// A person who says the same to every card.
struct Says(Decision);

impl Approver for Says {
    fn decide<'a>(&'a self, _: &'a Card) -> BoxFuture<'a, Decision> {
        Box::pin(ready(self.0.clone()))
    }
}

fn yes(document: &str) -> OwnPayment {
    OwnPayment {
        approver: Some(Arc::new(Says(Decision::Approve))),
        ..payment(document)
    }
}

/// A host whose user has 100.00 EUR.
async fn merchant() -> (tempfile::TempDir, Host) {
    let state = tempfile::tempdir().unwrap();
    let host = reopened(&state).await;
    let till = NewAccount::book("till", eur("1.00").currency, "UTC").unwrap();
    host.open_account(&Tenant::local(), till).await.unwrap();
    host.deposit(&Tenant::local(), "till", eur("100.00"))
        .await
        .unwrap();
    host.open_payable(PAYEE, eur("1.00").currency)
        .await
        .unwrap();
    (state, host)
}

async fn reopened(state: &tempfile::TempDir) -> Host {
    Host::builder()
        .state_dir(state.path())
        .build()
        .await
        .unwrap()
}

async fn balance(host: &Host) -> i64 {
    let accounts = host.accounts(&Tenant::local()).await.unwrap();
    assert_eq!(
        accounts.len(),
        1,
        "what is owed is no account of the merchant"
    );
    accounts[0].available
}

async fn owed(host: &Host) -> i64 {
    let payables = host.payables().await.unwrap();
    assert_eq!(payables.len(), 1);
    assert_eq!(payables[0].account, PAYEE);
    payables[0].owed.minor
}

fn rules(outcome: &Outcome) -> Vec<&str> {
    outcome
        .refusals
        .iter()
        .map(|refusal| refusal.rule.as_str())
        .collect()
}

#[tokio::test]
async fn an_own_payment_waits_for_a_person_and_is_captured_and_receipted_like_any_other() {
    let (_state, host) = merchant().await;
    let me = Tenant::local();
    let waits = host.pay(payment("order-1")).await.unwrap();
    assert_eq!(waits.status, RunStatus::AwaitingApproval);
    assert_eq!((balance(&host).await, owed(&host).await), (10_000, 0));
    let state = host.payment_of(&me, PAYEE, "order-1").await.unwrap();
    assert_eq!(state, Some((waits.invocation.clone(), Hold::None)));

    let card = host.card(&me, &waits.invocation).await.unwrap().unwrap();
    assert_eq!(card.skill.trust, Trust::HostItself);
    assert_eq!(
        card.skill.name.as_deref(),
        Some("licence of acme/vat-report")
    );
    assert_eq!(
        card.skill.digest,
        purpose("licence of acme/vat-report").digest()
    );
    let EffectFacts::Payment(facts) = &card.effects[0].effect.facts else {
        panic!("{card:?}")
    };
    assert_eq!((facts.amount, &*facts.account), (eur("12.00"), PAYEE));
    assert_eq!((&*facts.from, &*facts.rail), ("till", "book"));
    assert!(card.does_not.iter().any(|line| line == "It runs no skill."));
    assert!(card.proposals[0].words.contains("a month"), "{card:?}");

    let done = host
        .decide(
            &me,
            &waits.invocation,
            card.effect_set,
            Decision::Approve,
            "ann",
            "test",
        )
        .await
        .unwrap();
    assert_eq!(done.status, RunStatus::Committed);
    assert_eq!((balance(&host).await, owed(&host).await), (8_800, 1_200));
    let envelope = host.receipt(&me, &waits.invocation).await.unwrap().unwrap();
    let receipt = read_receipt(&envelope, &[host.receipt_key()]).unwrap();
    assert_eq!(receipt.status, "committed");
    assert_eq!(receipt.effects[0].state, EffectState::Done);
    assert_eq!(receipt.run.grants.payments[0].ceiling, eur("12.00"));
    assert_eq!(receipt.approval.unwrap().decider, "ann");
    host.verify_receipt(&me, &envelope).await.unwrap();
    let why = host.replay_receipt(&me, &envelope).await.unwrap_err();
    assert!(why.to_string().contains("no skill ran"), "{why}");
    host.verify_audit(&me, &[]).await.unwrap();
}

#[tokio::test]
async fn a_document_is_paid_once_however_often_and_from_wherever_it_is_asked_for() {
    let (state, host) = merchant().await;
    let other = reopened(&state).await;
    let tries = (0..12).map(|n| {
        let host = if n % 2 == 0 { &host } else { &other };
        host.pay(yes("order-1"))
    });
    let outcomes = join_all(tries).await;
    let committed = outcomes
        .iter()
        .filter(|outcome| outcome.as_ref().unwrap().status == RunStatus::Committed)
        .count();
    assert_eq!(committed, 1);
    for outcome in outcomes {
        let outcome = outcome.unwrap();
        if outcome.status != RunStatus::Committed {
            assert_eq!(outcome.status, RunStatus::Refused);
            assert_eq!(rules(&outcome), ["payments.already-ordered"]);
        }
    }
    assert_eq!((balance(&host).await, owed(&host).await), (8_800, 1_200));
    let paid = host.payment_of(&Tenant::local(), PAYEE, "order-1").await;
    assert_eq!(paid.unwrap().unwrap().1, Hold::Captured);
    // A rejected one may be asked for again.
    let no = OwnPayment {
        approver: Some(Arc::new(Says(Decision::Reject {
            reason: "no".to_owned(),
        }))),
        ..payment("order-2")
    };
    let rejected = host.pay(no).await.unwrap();
    assert_eq!(rejected.status, RunStatus::Rejected);
    assert_eq!(balance(&host).await, 8_800);
    let again = host.pay(yes("order-2")).await.unwrap();
    assert_eq!(again.status, RunStatus::Committed);
    host.verify_audit(&Tenant::local(), &[]).await.unwrap();
}

/// A payment is approved, and with it what is bought from there on, up to so much a month.
async fn with_a_mandate(host: &Host, limit: &str) {
    let me = Tenant::local();
    let first = host.pay(payment("order-1")).await.unwrap();
    let card = host.card(&me, &first.invocation).await.unwrap().unwrap();
    let terms = Terms {
        limit: Some(eur(limit)),
        ..Terms::default()
    };
    let mandates: Vec<MandateTerms> = card
        .proposals
        .iter()
        .map(|offer| MandateTerms {
            scope: terms.apply(&offer.scope).unwrap(),
            zone: card.zone.clone(),
            until_ms: None,
        })
        .collect();
    assert_eq!(mandates[0].scope.per(), Period::Month);
    let always = Decision::ApproveAlways { mandates };
    let (run, set) = (&first.invocation, card.effect_set);
    let done = host.decide(&me, run, set, always, "ann", "test").await;
    assert_eq!(done.unwrap().status, RunStatus::Committed);
}

#[tokio::test]
async fn a_mandate_covers_what_it_was_given_for_and_nothing_else_that_is_bought() {
    let (_state, host) = merchant().await;
    let me = Tenant::local();
    // What is approved with it counts against it, so two months' worth.
    with_a_mandate(&host, "24.00").await;

    let covered = host.pay(payment("order-2")).await.unwrap();
    assert_eq!(covered.status, RunStatus::Committed, "{covered:?}");
    let receipt = host.receipt(&me, &covered.invocation).await.unwrap();
    let receipt = read_receipt(&receipt.unwrap(), &[host.receipt_key()]).unwrap();
    assert_eq!(receipt.approval.unwrap().mandates.len(), 1);
    // The month's limit is used up.
    let more = host.pay(payment("order-3")).await.unwrap();
    assert_eq!(more.status, RunStatus::AwaitingApproval);
    assert_eq!(balance(&host).await, 10_000 - 2 * 1_200);

    for what in ["licence of acme/other", "licence of acme/vat-report "] {
        let other = OwnPayment {
            purpose: purpose(what),
            ..payment(what)
        };
        let asked = host.pay(other).await.unwrap();
        assert_eq!(asked.status, RunStatus::AwaitingApproval, "{what}");
    }
    let without = OwnPayment {
        use_mandates: false,
        ..payment("order-4")
    };
    let asked = host.pay(without).await.unwrap();
    assert_eq!(asked.status, RunStatus::AwaitingApproval);
    host.verify_audit(&me, &[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_a_mandate_covers_at_once_are_each_booked_receipted_and_shown() {
    let (state, host) = merchant().await;
    let me = Tenant::local();
    with_a_mandate(&host, "90.00").await;
    let tries = (0..40).map(|number| {
        let payment = OwnPayment {
            amount: eur("0.50"),
            ..payment(&format!("many-{number}"))
        };
        host.pay(payment)
    });
    let paid = join_all(tries).await;
    assert_eq!(balance(&host).await, 10_000 - 1_200 - 40 * 50);
    let digest = purpose("licence of acme/vat-report").digest();
    for outcome in paid {
        let run = outcome.unwrap().invocation;
        let envelope = host.receipt(&me, &run).await.unwrap().unwrap();
        let receipt = host.verify_receipt(&me, &envelope).await.unwrap();
        assert_eq!(
            (&*receipt.status, &*receipt.run.invocation),
            ("committed", &*run)
        );
        assert_eq!(
            (receipt.run.skill.digest, &*receipt.run.operation),
            (digest, "buy")
        );
        let shown = host.run(&me, &run).await.unwrap().unwrap();
        assert_eq!(
            (shown.summary.skill.digest, &*shown.summary.operation),
            (digest, "buy")
        );
    }
    host.verify_audit(&me, &[]).await.unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let until_ms = i64::try_from(now).unwrap() + 1;
    let filter = SpendFilter {
        from_ms: until_ms - 3_600_000,
        until_ms,
        currency: eur("1.00").currency,
    };
    let spent = host.spending(&me, &filter).await.unwrap();
    // Whether their rows have a kind or not, they are of one skill.
    assert_eq!((spent.payments, spent.skills.len()), (41, 1), "{spent:?}");
    assert_eq!(spent.minor, 1_200 + 40 * 50);
    let refund = Refund {
        payee: PAYEE.to_owned(),
        document: "many-7".to_owned(),
        note: "note".to_owned(),
        amount: eur("0.50"),
    };
    let credited = host.credit_refund(&me, &refund).await.unwrap();
    assert!(matches!(credited, Credited::Now { .. }), "{credited:?}");

    // Those that came together have what they have in common once; without that they are no runs, and nobody takes them for any.
    let mut store = store(&state).await;
    let apart = "SELECT COUNT(*) FROM runs WHERE kind IS NOT NULL AND skill_digest = ''";
    let many: i64 = sqlx::query_scalar(apart)
        .fetch_one(&mut store)
        .await
        .unwrap();
    assert!(many > 1, "{many} of 40 have a kind");
    let of_a_kind = "SELECT id FROM runs WHERE kind IS NOT NULL";
    let runs: Vec<String> = sqlx::query_scalar(of_a_kind)
        .fetch_all(&mut store)
        .await
        .unwrap();
    let changed = "UPDATE run_kinds SET facts = replace(facts, '\"buy\"', '\"bay\"')";
    sqlx::query(changed).execute(&mut store).await.unwrap();
    let found = host.verify_audit(&me, &[]).await.unwrap_err().to_string();
    assert!(runs.iter().any(|run| found.contains(run)), "{found}");
}

async fn store(state: &tempfile::TempDir) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions as _;
    let options = sqlx::sqlite::SqliteConnectOptions::new();
    let file = state.path().join("journal.sqlite");
    options.filename(file).connect().await.unwrap()
}

#[tokio::test]
async fn what_could_not_be_paid_is_refused_before_anybody_is_asked() {
    let (_state, host) = merchant().await;
    let me = Tenant::local();
    let case = |change: fn(&mut OwnPayment)| {
        let mut payment = yes("order-1");
        change(&mut payment);
        payment
    };
    for (payment, rule) in [
        (
            case(|p| p.payee = "nobody".to_owned()),
            "payments.no-such-payee",
        ),
        (
            case(|p| p.payee = "*".to_owned()),
            "payments.invalid-account",
        ),
        (
            case(|p| p.payee = "Not An Account".to_owned()),
            "payments.invalid-account",
        ),
        (
            case(|p| p.amount = "USD 12.00".parse().unwrap()),
            "payments.no-account",
        ),
        (case(|p| p.amount.minor = 0), "payments.invalid-amount"),
        (case(|p| p.amount.minor = -5), "payments.invalid-amount"),
        (
            case(|p| p.document = " ".to_owned()),
            "payments.invalid-document",
        ),
        (
            case(|p| p.reason = "a\nb".to_owned()),
            "payments.invalid-text",
        ),
    ] {
        let outcome = host.pay(payment).await.unwrap();
        assert_eq!(outcome.status, RunStatus::Refused, "{rule}");
        assert_eq!(rules(&outcome), [rule]);
    }
    let dear = case(|p| p.amount = eur("100.01"));
    let outcome = host.pay(dear).await.unwrap();
    assert_eq!(outcome.status, RunStatus::AwaitingApproval);
    assert_eq!(rules(&outcome), ["payments.no-funds"]);
    assert_eq!((balance(&host).await, owed(&host).await), (10_000, 0));
    host.verify_audit(&me, &[]).await.unwrap();
}

#[tokio::test]
async fn only_this_host_is_asked_for_by_what_it_signs() {
    let (_state, host) = merchant().await;
    let request = |merchant| CancelRequest {
        origin: "market.test/log".to_owned(),
        skill: "acme/vat-report".parse().unwrap(),
        merchant,
        at: 1_800_000_000_000,
    };
    let own = host.sign_own(&request(host.receipt_key())).unwrap();
    let read: CancelRequest = document::verify_own(&own, "market.test/log").unwrap();
    assert_eq!(read.merchant, host.receipt_key());
    let other = Host::builder().build().await.unwrap();
    assert!(host.sign_own(&request(other.receipt_key())).is_err());
    let count = host
        .run_count(&Tenant::local(), "acme/vat-report", "market.test", 0)
        .await
        .unwrap();
    assert_eq!((count.runs, count.last_ms), (0, None));
    // A payment is no run of the skill; that runs were removed makes it uncertain.
    host.pay(yes("order-1")).await.unwrap();
    assert!(host.latest_time(&Tenant::local()).await.unwrap().is_some());
    host.prune(&Tenant::local(), i64::MAX).await.unwrap();
    let count = host
        .run_count(&Tenant::local(), "acme/vat-report", "market.test", 0)
        .await
        .unwrap();
    assert_eq!(count.runs, 1);
}

#[tokio::test]
async fn an_account_of_a_tenant_is_never_taken_for_what_the_host_owes() {
    let (_state, host) = merchant().await;
    let euro = eur("1.00").currency;
    let mine = host.open_payable("till", euro).await.unwrap_err();
    assert!(mine.to_string().contains("wallet.not-payable"), "{mine}");
    let dollar = "USD 1.00".parse::<Amount>().unwrap().currency;
    assert!(host.open_payable(PAYEE, dollar).await.is_err());
    assert!(host.open_payable("Not A Name", euro).await.is_err());
    host.open_payable(PAYEE, euro).await.unwrap();
    assert_eq!(host.payables().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_comes_back_is_credited_once_for_each_note_and_never_more_than_was_paid() {
    let (state, host) = merchant().await;
    let me = Tenant::local();
    host.pay(yes("order-1")).await.unwrap();
    let refund = |note: &str, amount: &str| Refund {
        payee: PAYEE.to_owned(),
        document: "order-1".to_owned(),
        note: note.to_owned(),
        amount: eur(amount),
    };
    let unknown = Refund {
        document: "order-9".to_owned(),
        ..refund("n0", "1.00")
    };
    assert_eq!(
        host.credit_refund(&me, &unknown).await.unwrap(),
        Credited::NotPaidHere
    );
    let account = "till".to_owned();
    let (other, one) = (reopened(&state).await, refund("n1", "7.00"));
    let tries = (0..6).map(|n| {
        let host = if n % 2 == 0 { &host } else { &other };
        host.credit_refund(&me, &one)
    });
    let credited = join_all(tries).await;
    let count = |wanted: Credited| {
        let same = |one: &&Result<Credited, _>| matches!(one, Ok(one) if *one == wanted);
        credited.iter().filter(same).count()
    };
    let (now, before) = (
        Credited::Now {
            account: account.clone(),
        },
        Credited::Before { account },
    );
    assert_eq!((count(now), count(before)), (1, 5));
    assert_eq!((balance(&host).await, owed(&host).await), (9_500, 500));
    // Another amount under the same note, or more than is left, is no refund of this payment.
    for wrong in [
        refund("n1", "5.00"),
        refund("n2", "5.01"),
        refund("n3", "12.00"),
    ] {
        let error = host.credit_refund(&me, &wrong).await.unwrap_err();
        assert!(
            error.to_string().contains("payments.not-refundable"),
            "{error}"
        );
    }
    host.credit_refund(&me, &refund("n4", "5.00"))
        .await
        .unwrap();
    assert_eq!((balance(&host).await, owed(&host).await), (10_000, 0));
    // When all of it has come back, another note moves nothing more, and is no error.
    let more = host.credit_refund(&me, &refund("n5", "12.00")).await;
    assert!(matches!(more, Ok(Credited::Before { .. })), "{more:?}");
    assert_eq!((balance(&host).await, owed(&host).await), (10_000, 0));
    let lines = host.statement(&me, "till").await.unwrap();
    let back = lines.iter().filter(|line| line.kind == "refund").count();
    assert_eq!(back, 2);
    host.verify_audit(&me, &[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_goes_on_while_it_is_read_is_not_taken_for_a_changed_one() {
    let (state, host) = merchant().await;
    let reader = reopened(&state).await;
    let pays = tokio::spawn(async move {
        for number in 0..60 {
            let payment = OwnPayment {
                amount: eur("0.10"),
                ..yes(&format!("order {number}"))
            };
            let outcome = host.pay(payment).await.unwrap();
            assert_eq!(outcome.status, RunStatus::Committed);
            let name = format!("purse-{number}");
            let purse = NewAccount::book(&name, eur("1.00").currency, "UTC").unwrap();
            host.open_account(&Tenant::local(), purse).await.unwrap();
        }
    });
    let (tenant, mut seen, mut ahead) = (Tenant::local(), 0, 0);
    while !pays.is_finished() {
        let last = RunFilter {
            limit: 1,
            ..RunFilter::default()
        };
        for run in reader.runs(&tenant, last).await.unwrap() {
            if let Some(receipt) = reader.receipt(&tenant, &run.invocation).await.unwrap() {
                let receipt = reader.verify_receipt(&tenant, &receipt).await.unwrap();
                seen += u32::from(receipt.status == "committed");
                ahead += u32::from(receipt.status != "committed");
            }
        }
        let _ = reader.verify_audit(&tenant, &[]).await.unwrap();
    }
    pays.await.unwrap();
    // How many come depends on the machine.
    assert!(seen + ahead > 0, "nothing was read meanwhile");
    let report = reader.verify_audit(&tenant, &[]).await.unwrap();
    assert_eq!(report.runs, 60);
}
