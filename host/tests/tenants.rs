//! Two tenants of one host: what one has is, for the other, as if it had never been. The guest is `tests/guests/prober`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod guest;

use guest::prober;
use guildhall_host::{
    Amount, Binding, Card, ChannelConfig, Decision, FileGrant, Grants, Host, Invocation,
    MandateTerms, NewAccount, NewSecret, Outcome, Period, RunFilter, RunStatus, Scope, Skill,
    Tenant,
};
use guildhall_package::authority::Access;
use serde_json::{Value, json};
use std::fmt::Debug;
use std::path::Path;

/// An identifier that no run, mandate or file ever had.
const NEVER: &str = "0198c0de-f00d-7000-8000-000000000001";
/// A name that nobody gave to anything.
const NAMELESS: &str = "nameless";

/// Insists that two answers are the same but for the name that was asked for.
#[track_caller]
fn same(theirs: impl Debug, their_name: &str, unknown: impl Debug, unknown_name: &str) {
    let plain = |answer: &dyn Debug, name: &str| format!("{answer:?}").replace(name, "NAME");
    assert_eq!(plain(&theirs, their_name), plain(&unknown, unknown_name));
}

fn order(payee: &str, document: &str) -> Value {
    json!({ "order": {
        "scheme": "book", "account": payee, "name": "Acme", "minor": 1_250, "currency": "EUR",
        "document": document, "date": null, "requires": [],
    }})
}

fn letter(channel: &str) -> Value {
    json!({ "note": {
        "channel": channel, "recipient": "ann@example.com", "subject": null, "body": "hello",
        "attachments": [], "requires": [],
    }})
}

fn yes(_: &Card) -> Decision {
    Decision::Approve
}

/// A host with the tenants `alice`, who has one of everything, and `bob`, who knows every identifier of hers.
struct House {
    host: Host,
    skill: Skill,
    alice: Tenant,
    bob: Tenant,
    out: tempfile::TempDir,
    _state: tempfile::TempDir,
    /// Waits for approval: a file.
    waiting: Outcome,
    /// Done: a payment to an account at a bank.
    done: Outcome,
    mandate: String,
    bank_file: String,
    receipt: Vec<u8>,
}

impl House {
    async fn new() -> Self {
        let (state, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let host = Host::builder()
            .state_dir(state.path())
            .build()
            .await
            .unwrap();
        let skill = host.load(&prober()).await.unwrap();
        let (alice, bob) = (Tenant::new("alice").unwrap(), Tenant::new("bob").unwrap());
        let euro = "EUR 1.00".parse::<Amount>().unwrap().currency;
        for name in ["till", "shop"] {
            let account = NewAccount::book(name, euro, "UTC").unwrap();
            host.open_account(&alice, account).await.unwrap();
        }
        let iban = "DE89370400440532013000";
        let bank = NewAccount::bank("main", euro, "UTC", iban, None, "Alice").unwrap();
        host.open_account(&alice, bank).await.unwrap();
        host.deposit(&alice, "till", "EUR 100.00".parse().unwrap())
            .await
            .unwrap();
        let token = NewSecret {
            name: "token".parse().unwrap(),
            bound: Some(Binding {
                host: "api.example.com".to_owned(),
                header: "authorization".to_owned(),
                prefix: "Bearer ".to_owned(),
            }),
            value: "alices-own-secret".to_owned().into(),
        };
        host.set_secret(&alice, token).await.unwrap();
        let hook = NewSecret {
            name: "hook-key".parse().unwrap(),
            bound: None,
            value: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned().into(),
        };
        host.set_secret(&alice, hook).await.unwrap();
        let channel: ChannelConfig = serde_json::from_value(json!({
            "kind": "webhook", "url": "https://books.example.com/in", "secret": "hook-key",
        }))
        .unwrap();
        host.set_channel(&alice, &"books".parse().unwrap(), channel)
            .await
            .unwrap();
        let remember = json!({ "key": "k", "value": "alices state", "then_fail": false });
        let ran = Invocation::new("remember", remember).tenant(alice.clone());
        host.invoke(&skill, ran).await.unwrap();
        let mut pay = order("x", "INV-1");
        pay["order"]["scheme"] = "iban".into();
        pay["order"]["account"] = "NL91ABNA0417164300".into();
        let grants = Grants::none().payment("EUR 50.00".parse().unwrap());
        let paid = Invocation::new("pay", pay)
            .grants(grants)
            .tenant(alice.clone())
            .approver(yes);
        let done = host.invoke(&skill, paid).await.unwrap();
        assert_eq!(done.status, RunStatus::Committed, "{done:?}");
        let (bank_file, _) = host
            .export_bank_file(&alice, "main")
            .await
            .unwrap()
            .unwrap();
        let receipt = host
            .receipt(&alice, &done.invocation)
            .await
            .unwrap()
            .unwrap();
        let terms = MandateTerms {
            scope: Scope::Payment {
                scheme: "book".to_owned(),
                account: "shop".to_owned(),
                currency: euro,
                limit_minor: 5_000,
                per: Period::Day,
                each_minor: None,
            },
            zone: "UTC".to_owned(),
            until_ms: None,
        };
        let mandate = host
            .give_mandate(&alice, skill.digest(), terms, "alice", "test")
            .await
            .unwrap();
        let write = json!({ "path": "out/a.txt", "text": "alices" });
        let run = Invocation::new("write", write)
            .grants(Self::may_write(out.path()))
            .tenant(alice.clone());
        let waiting = host.invoke(&skill, run).await.unwrap();
        assert_eq!(waiting.status, RunStatus::AwaitingApproval);
        Self {
            bank_file: bank_file.id,
            host,
            skill,
            alice,
            bob,
            out,
            _state: state,
            waiting,
            done,
            mandate,
            receipt,
        }
    }

    fn may_write(folder: &Path) -> Grants {
        Grants::none().file(FileGrant {
            name: "out".parse().unwrap(),
            path: folder.to_path_buf(),
            access: Access::Write,
            is_folder: true,
        })
    }

    async fn as_bob(&self, operation: &str, input: Value, grants: Grants) -> Outcome {
        let run = Invocation::new(operation, input).grants(grants);
        let run = run.tenant(self.bob.clone()).approver(yes);
        self.host.invoke(&self.skill, run).await.unwrap()
    }

    /// Everything of Alice's is as she left it.
    async fn nothing_has_changed(&self) {
        let (host, alice) = (&self.host, &self.alice);
        let waiting = host.pending(alice).await.unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].invocation, self.waiting.invocation);
        assert!(!self.out.path().join("a.txt").exists());
        let accounts = host.accounts(alice).await.unwrap();
        assert_eq!(accounts.len(), 3);
        assert!(
            accounts.iter().all(|account| !account.closed),
            "{accounts:?}"
        );
        assert_eq!(host.secrets(alice).await.unwrap().len(), 2);
        assert_eq!(host.channels(alice).await.unwrap().len(), 1);
        let mandates = host.mandates(alice).await.unwrap();
        assert_eq!(mandates.len(), 1);
        assert_eq!((mandates[0].used, mandates[0].revoked_at_ms), (0, None));
        host.verify_audit(alice, &[]).await.unwrap();
        host.verify_receipt(alice, &self.receipt).await.unwrap();
        let recall = Invocation::new("recall", json!({ "key": "k" })).tenant(alice.clone());
        let kept = host.invoke(&self.skill, recall).await.unwrap();
        assert_eq!(kept.output.unwrap(), json!("alices state"));
    }
}

fn refusals(outcome: &Outcome) -> Vec<(String, String)> {
    let words = |refusal: &guildhall_host::Refusal| (refusal.rule.clone(), refusal.message.clone());
    outcome.refusals.iter().map(words).collect()
}

#[tokio::test]
async fn runs_cards_and_receipts_of_another_tenant_are_not_found() {
    let house = House::new().await;
    let (host, bob) = (&house.host, &house.bob);
    for run in [&house.waiting, &house.done] {
        let id = run.invocation.as_str();
        assert!(host.run(bob, id).await.unwrap().is_none());
        assert!(host.card(bob, id).await.unwrap().is_none());
        assert!(host.receipt(bob, id).await.unwrap().is_none());
        assert!(host.undo(bob, id).await.unwrap().is_none());
        let set = run.effect_set.unwrap();
        for decision in [
            Decision::Approve,
            Decision::Reject {
                reason: "no".to_owned(),
            },
        ] {
            let theirs = host
                .decide(bob, id, set, decision.clone(), "bob", "test")
                .await;
            let unknown = host.decide(bob, NEVER, set, decision, "bob", "test").await;
            same(theirs.unwrap_err(), id, unknown.unwrap_err(), NEVER);
        }
        let theirs = host.resolve(bob, id).await.unwrap_err();
        same(
            theirs,
            id,
            host.resolve(bob, NEVER).await.unwrap_err(),
            NEVER,
        );
    }
    assert!(
        host.runs(bob, RunFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(host.pending(bob).await.unwrap().is_empty());
    // Who was handed the receipt itself learns no more from this host than what is written in it.
    let error = host.verify_receipt(bob, &house.receipt).await.unwrap_err();
    assert!(
        error.to_string().contains("no such end of a run"),
        "{error}"
    );
    let error = host.replay_receipt(bob, &house.receipt).await.unwrap_err();
    assert!(
        error.to_string().contains("no such end of a run"),
        "{error}"
    );
    // The beginning of an identifier, and text for a database, are no identifiers.
    for guess in [
        "",
        "%",
        "_",
        "0",
        &house.waiting.invocation[..8],
        "' OR '1'='1",
        "alice",
    ] {
        assert!(host.run(bob, guess).await.unwrap().is_none(), "{guess}");
        assert!(host.card(bob, guess).await.unwrap().is_none(), "{guess}");
    }
    assert_eq!(host.prune(bob, i64::MAX).await.unwrap(), 0);
    house.nothing_has_changed().await;
}

#[tokio::test]
async fn state_secrets_and_channels_of_another_tenant_are_not_found() {
    let house = House::new().await;
    let (host, bob) = (&house.host, &house.bob);
    let recall = |key: &str| json!({ "key": key });
    let theirs = house.as_bob("recall", recall("k"), Grants::none()).await;
    let unknown = house
        .as_bob("recall", recall("never"), Grants::none())
        .await;
    assert_eq!(
        (theirs.status, &theirs.output),
        (unknown.status, &unknown.output)
    );
    assert_eq!(theirs.output.unwrap(), Value::Null);

    assert!(host.secrets(bob).await.unwrap().is_empty());
    assert!(!host.remove_secret(bob, "token").await.unwrap());
    let granted = |name: &str| Grants::none().secret(name.parse().unwrap());
    let ask = |name: &str| {
        let run = Invocation::new("granted", json!({})).grants(granted(name));
        host.invoke(&house.skill, run.tenant(bob.clone()))
    };
    match (ask("token").await, ask(NAMELESS).await) {
        (Ok(theirs), Ok(unknown)) => {
            assert_eq!(theirs.status, RunStatus::Refused, "{theirs:?}");
            same(refusals(&theirs), "token", refusals(&unknown), NAMELESS);
        }
        (Err(theirs), Err(unknown)) => same(theirs, "token", unknown, NAMELESS),
        other => panic!("{other:?}"),
    }

    assert!(host.channels(bob).await.unwrap().is_empty());
    assert!(!host.remove_channel(bob, "books").await.unwrap());
    let tell = async |channel: &str| {
        let grants = Grants::none().message(channel.parse().unwrap());
        house.as_bob("tell", letter(channel), grants).await
    };
    let (theirs, unknown) = (tell("books").await, tell(NAMELESS).await);
    assert!(theirs.effects.is_empty(), "{theirs:?}");
    assert_eq!(theirs.status, unknown.status);
    assert!(!refusals(&theirs).is_empty());
    same(refusals(&theirs), "books", refusals(&unknown), NAMELESS);
    house.nothing_has_changed().await;
}

#[tokio::test]
async fn accounts_files_for_the_bank_and_mandates_of_another_tenant_are_not_found() {
    let house = House::new().await;
    let (host, bob) = (&house.host, &house.bob);
    assert!(host.accounts(bob).await.unwrap().is_empty());
    assert!(host.holds(bob).await.unwrap().is_empty());
    assert!(host.bank_files(bob).await.unwrap().is_empty());
    let amount = || "EUR 1.00".parse::<Amount>().unwrap();
    for account in ["till", "main"] {
        let theirs = host.statement(bob, account).await.unwrap_err();
        same(
            theirs,
            account,
            host.statement(bob, NAMELESS).await.unwrap_err(),
            NAMELESS,
        );
        let theirs = host.close_account(bob, account).await.unwrap_err();
        same(
            theirs,
            account,
            host.close_account(bob, NAMELESS).await.unwrap_err(),
            NAMELESS,
        );
        let theirs = host.deposit(bob, account, amount()).await.unwrap_err();
        let unknown = host.deposit(bob, NAMELESS, amount()).await.unwrap_err();
        same(theirs, account, unknown, NAMELESS);
        let limit = async |name: &str| {
            let asked = host.limit_account(bob, name, None, Some(amount())).await;
            asked.unwrap_err()
        };
        same(
            limit(account).await,
            account,
            limit(NAMELESS).await,
            NAMELESS,
        );
        let theirs = host.export_bank_file(bob, account).await.unwrap_err();
        let unknown = host.export_bank_file(bob, NAMELESS).await.unwrap_err();
        same(theirs, account, unknown, NAMELESS);
    }
    let file = house.bank_file.as_str();
    assert!(host.bank_file(bob, file).await.unwrap().is_none());
    let confirm =
        async |file: &str| format!("{:?}", host.confirm_bank_file(bob, file, None, true).await);
    let theirs = confirm(file).await;
    assert!(!theirs.contains("Ok(1)"), "{theirs}");
    same(theirs, file, confirm(NEVER).await, NEVER);
    // A payment of his does not leave from her till.
    let grants = || Grants::none().payment("EUR 50.00".parse().unwrap());
    let paid = house.as_bob("pay", order("shop", "INV-7"), grants()).await;
    assert!(paid.effects.is_empty(), "{paid:?}");
    assert_eq!(paid.refusals.len(), 1, "{paid:?}");

    assert!(host.mandates(bob).await.unwrap().is_empty());
    assert!(
        !host
            .revoke_mandate(bob, &house.mandate, "bob")
            .await
            .unwrap()
    );
    assert!(!host.revoke_mandate(bob, NEVER, "bob").await.unwrap());
    // Nor does her mandate approve what he would pay from a till of his own, the account known to him or not.
    let own = NewAccount::book("bobs", amount().currency, "UTC").unwrap();
    host.open_account(bob, own).await.unwrap();
    host.deposit(bob, "bobs", "EUR 40.00".parse().unwrap())
        .await
        .unwrap();
    let first = house.as_bob("pay", order("shop", "INV-8"), grants()).await;
    assert_eq!(first.status, RunStatus::Committed, "{first:?}");
    let again = Invocation::new("pay", order("shop", "INV-9")).grants(grants());
    let again = host
        .invoke(&house.skill, again.tenant(bob.clone()))
        .await
        .unwrap();
    assert_eq!(again.status, RunStatus::AwaitingApproval, "{again:?}");
    house.nothing_has_changed().await;
}

#[tokio::test]
async fn the_audit_log_of_a_tenant_holds_nothing_of_another() {
    let house = House::new().await;
    let (host, bob) = (&house.host, &house.bob);
    let before = host.audit_head(bob).await.unwrap();
    assert_eq!(before.head.entries, 0);
    let log = format!("{:?}", host.audit_log(bob).await.unwrap());
    for known in [
        &*house.waiting.invocation,
        &house.done.invocation,
        &house.mandate,
        "alice",
        "till",
    ] {
        assert!(!log.contains(known), "{known}: {log}");
    }
    // A head of hers lies on no log of his.
    let hers = host.audit_head(&house.alice).await.unwrap();
    assert!(host.verify_audit(bob, &[hers.envelope]).await.is_err());
    host.verify_audit(bob, &[before.envelope]).await.unwrap();
    house.nothing_has_changed().await;
}

#[tokio::test]
async fn a_name_that_would_reach_into_another_tenant_is_no_tenant() {
    for name in [
        "",
        "*",
        "alice/",
        "alice\0",
        "../alice",
        "alice bob",
        "%",
        &"a".repeat(100),
    ] {
        assert!(Tenant::new(name).is_err(), "{name:?}");
    }
}
