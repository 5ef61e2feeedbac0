//! Money: the pages say what the wallet says, to the last cent, and only an owner changes anything.

use axum::http::{StatusCode, header};
use futures::FutureExt as _;
use futures::future::{self, BoxFuture};
use guildhall_console::people::Role;
use guildhall_host::{
    Amount, Approver, Card, Decision, Grants, Hold, Invocation, MandateTerms, Outcome, OwnPayment,
    Period, Purpose, RunStatus, Scope, Tenant,
};
use serde_json::json;

use super::bench::{Bench, Browser};
use super::program::prober;

/// An account that somebody else is paid on.
const PAYEE: &str = "payable/market.example/eur";

fn eur(text: &str) -> Amount {
    format!("EUR {text}").parse().unwrap()
}

pub fn me() -> Tenant {
    Tenant::local()
}

struct Yes;

impl Approver for Yes {
    fn decide<'a>(&'a self, _: &'a Card) -> BoxFuture<'a, Decision> {
        future::ready(Decision::Approve).boxed()
    }
}

/// Opens a till with 100.00 EUR by the forms, and what is paid to.
pub async fn till(bench: &Bench, owner: &mut Browser) {
    let fields = [
        ("rail", "book"),
        ("name", "till"),
        ("currency", "eur"),
        ("zone", "UTC"),
    ];
    let opened = owner.post("/money", &fields).await;
    assert_eq!(opened.goes_to(), "/money/till?done=opened");
    let paid_in = owner
        .post("/money/till/deposit", &[("amount", "100.00")])
        .await;
    assert_eq!(paid_in.goes_to(), "/money/till?done=deposit");
    bench
        .host
        .open_payable(PAYEE, eur("1").currency)
        .await
        .unwrap();
}

/// A payment of the host itself; it waits unless it is approved at once.
pub async fn pay(bench: &Bench, what: &str, amount: &str, approved: bool) -> Outcome {
    let payment = OwnPayment {
        tenant: me(),
        purpose: Purpose {
            from: "market.example".to_owned(),
            what: what.to_owned(),
        },
        operation: "buy".to_owned(),
        payee: PAYEE.to_owned(),
        payee_name: format!("Acme {what}"),
        amount: eur(amount),
        document: format!("document {what} {amount}"),
        reason: format!("reason {what}"),
        approver: approved.then(|| std::sync::Arc::new(Yes) as _),
        use_mandates: true,
    };
    bench.host.pay(payment).await.unwrap()
}

#[tokio::test]
async fn pages_say_what_the_wallet_says() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    till(&bench, &mut ann).await;
    for (what, amount) in [
        ("licence of a/b", "12.00"),
        ("licence of a/b", "0.50"),
        ("<b>c</b>", "7.25"),
    ] {
        assert_eq!(
            pay(&bench, what, amount, true).await.status,
            RunStatus::Committed
        );
    }
    let waits = pay(&bench, "later", "30.00", false).await;
    let terms = MandateTerms {
        scope: Scope::Payment {
            scheme: "book".to_owned(),
            account: PAYEE.to_owned(),
            currency: eur("1").currency,
            limit_minor: 5_000,
            per: Period::Day,
            each_minor: None,
        },
        zone: "UTC".to_owned(),
        until_ms: None,
    };
    let skill = guildhall_package::Digest::of(b"some skill");
    bench
        .host
        .give_mandate(&me(), skill, terms, "Ann", "test")
        .await
        .unwrap();

    // What `guildhall wallet --json` prints.
    let account = bench.host.accounts(&me()).await.unwrap().remove(0);
    let amount = |minor| {
        Amount {
            minor,
            currency: account.currency,
        }
        .to_string()
    };
    assert_eq!((account.available, account.held), (10_000 - 1_975, 0));
    let page = ann.get("/money").await;
    assert_eq!(page.status, StatusCode::OK);
    page.says(&format!(
        "{} <span class=\"quiet small\">available",
        amount(account.available)
    ))
    .says(&format!(
        "<dt>Balance</dt><dd>{}</dd>",
        amount(account.available + account.held)
    ))
    .says("EUR 19.75 <span class=\"quiet small\">in 3 payments")
    .says("EUR 30.00</strong> to")
    .says(&format!("/approvals/{}", waits.invocation))
    .says("It waits for a decision of a person. It ends by itself")
    .says("EUR 0.00 of EUR 50.00 a day used")
    .says("<svg class=\"plot\" role=\"img\"")
    .says("licence of a/b</bdi></th><td>2</td><td>EUR 12.50");
    assert!(
        !page.text.contains("<b>c"),
        "what a skill is called is text"
    );
    // Nothing that runs, and no colour outside of the stylesheet.
    assert!(!page.text.contains("style=") && !page.text.contains("onload"));
    ann.get("/money?days=7&currency=USD")
        .await
        .says("in 3 payments");

    let lines = bench.host.statement(&me(), "till").await.unwrap();
    let table = ann.get("/money/till/statement.csv").await;
    assert_eq!(
        table.headers[header::CONTENT_TYPE],
        "text/csv; charset=utf-8"
    );
    let disposition = table.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert_eq!(disposition, "attachment; filename=\"statement-till.csv\"");
    let mut reader = csv::Reader::from_reader(table.text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), lines.len());
    for (row, line) in rows.iter().zip(&lines) {
        let minor: i64 = row[2].replace('.', "").parse().unwrap();
        assert_eq!((minor, &row[1]), (line.minor, line.kind.as_str()));
    }
    let last = lines.last().unwrap();
    let shown = ann.get("/money/till").await;
    shown
        .says(&format!("At the end</th><td>{}", amount(last.balance)))
        .says("Paid in");
    ann.get("/money/till?from=2099-01-01")
        .await
        .says("Nothing was posted in this time. The account had EUR 80.25");
}

#[tokio::test]
async fn who_does_not_own_the_console_changes_no_money() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    till(&bench, &mut ann).await;
    let before = bench.host.accounts(&me()).await.unwrap();
    for (name, role) in [
        ("Vi", Role::Viewer),
        ("Op", Role::Operator),
        ("Ap", Role::Approver),
    ] {
        let mut other = bench.invited(&mut ann, name, role).await;
        let page = other.get("/money").await;
        page.says("till");
        assert!(!page.text.contains("Open an account"), "{name}");
        assert!(
            !other
                .get("/money/till")
                .await
                .text
                .contains("Set the limits"),
            "{name}"
        );
        for (path, fields) in [
            (
                "/money",
                vec![("rail", "book"), ("name", "mine"), ("currency", "EUR")],
            ),
            ("/money/till/deposit", vec![("amount", "1")]),
            ("/money/till/limits", vec![]),
            ("/money/till/close", vec![("sure", "till")]),
            ("/money/till/export", vec![]),
            ("/money/till/files/x/confirm", vec![("what", "returned")]),
        ] {
            let answer = other.post(path, &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name} {path}");
        }
    }
    assert_eq!(bench.host.accounts(&me()).await.unwrap(), before);
}

#[tokio::test]
async fn what_was_typed_wrongly_is_told_and_nothing_changes() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    till(&bench, &mut ann).await;
    let iban = [
        ("rail", "bank"),
        ("name", "main"),
        ("currency", "EUR"),
        ("holder", "<i>A</i>"),
        ("iban", "DE00"),
    ];
    let wrong = ann.post("/money", &iban).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong
        .says("This IBAN can&#39;t be right")
        .says("&#60;i&#62;A");
    let taken = ann
        .post(
            "/money",
            &[("rail", "book"), ("name", "till"), ("currency", "EUR")],
        )
        .await;
    taken.says("There is an account `till` already.");
    for amount in ["-5", "1.001", "USD 5", "", "=1+1"] {
        let answer = ann.post("/money/till/deposit", &[("amount", amount)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{amount}");
    }
    let set = ann
        .post(
            "/money/till/limits",
            &[("limit", "50"), ("per", "day"), ("above", "20.00")],
        )
        .await;
    assert_eq!(set.goes_to(), "/money/till?done=limits");
    ann.get("/money/till")
        .await
        .says("EUR 50.00 a day")
        .says("value=\"20.00\"");
    let unsure = ann.post("/money/till/close", &[("sure", "tall")]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        ann.get("/money/nothing").await.status,
        StatusCode::NOT_FOUND
    );
    let accounts = bench.host.accounts(&me()).await.unwrap();
    assert_eq!(
        (accounts.len(), accounts[0].available, accounts[0].closed),
        (1, 10_000, false)
    );
    assert_eq!(
        ann.post("/money/till/close", &[("sure", "till")])
            .await
            .goes_to(),
        "/money/till?done=closed"
    );
    ann.get("/money/till?done=closed")
        .await
        .says("The account is closed")
        .says("Paid in");
}

/// A payment of EUR 12.50 to an IBAN, approved.
pub async fn order_for_the_bank(bench: &Bench) {
    let skill = bench.host.load(&prober()).await.unwrap();
    let order = json!({ "order": {
        "scheme": "iban", "account": "NL91ABNA0417164300", "name": "Acme", "minor": 1_250, "currency": "EUR",
        "document": "INV-1", "date": null, "requires": [],
    }});
    let grants = Grants::none().payment("EUR 50.00".parse().unwrap());
    let run = Invocation::new("pay", order).grants(grants).approver(Yes);
    let outcome = bench.host.invoke(&skill, run).await.unwrap();
    assert_eq!(outcome.status, RunStatus::Committed, "{outcome:?}");
}

#[tokio::test]
async fn orders_for_the_bank_become_a_file_that_is_confirmed_or_returned() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let fields = [
        ("rail", "bank"),
        ("name", "main"),
        ("currency", "EUR"),
        ("zone", "UTC"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("holder", "Ann"),
    ];
    assert_eq!(
        ann.post("/money", &fields).await.goes_to(),
        "/money/main?done=opened"
    );
    order_for_the_bank(&bench).await;
    ann.get("/money")
        .await
        .says("It waits for the next file for your bank.")
        .says("NL91 ABNA 0417 1643 00");
    ann.get("/money/main")
        .await
        .says("1 payment waits for the next file.");
    let made = ann.post("/money/main/export", &[]).await;
    let id = made
        .goes_to()
        .strip_prefix("/money/main?made=")
        .unwrap()
        .to_owned();
    let file = ann.get(&format!("/money/main/files/{id}")).await;
    let (_, bytes) = bench.host.bank_file(&me(), &id).await.unwrap().unwrap();
    assert_eq!(file.text.as_bytes(), bytes);
    assert_eq!(
        ann.post("/money/main/export", &[]).await.goes_to(),
        "/money/main?done=nothing"
    );
    ann.get("/money")
        .await
        .says("EUR 12.50 <span class=\"quiet small\">paid out")
        .says("in 1 payment<");
    let path = format!("/money/main/files/{id}/confirm");
    assert_eq!(
        ann.post(&path, &[("what", "maybe")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        ann.post(&path, &[("what", "returned")]).await.goes_to(),
        "/money/main?done=confirmed"
    );
    // What came back is not spent.
    ann.get("/money")
        .await
        .says("EUR 0.00 <span class=\"quiet small\">in 0 payments");
    let statement = bench.host.statement(&me(), "main").await.unwrap();
    assert!(
        statement
            .iter()
            .any(|line| line.state == Some(Hold::Returned))
    );
}
