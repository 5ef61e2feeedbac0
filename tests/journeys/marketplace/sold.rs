//! The service dies without a warning while it books a payment or a refund, over both databases: what it had promised holds,
//! and what is said again counts once.

use super::postgres;
use guildhall_package::Digest;
use guildhall_package::market::money::document::{self, Document};
use guildhall_package::market::money::receipt::RECEIPT_TYPE;
use guildhall_package::market::money::{CreditNote, Licence, Order, OrderRequest, RefundRequest};
use guildhall_package::trust::{PublicKey, SigningKey, dsse, root::TrustedRoot};
use guildhall_tests::kill::Seed;
use guildhall_tests::{Draft, Market, Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How often the service dies.
const ROUNDS: u8 = 6;
/// Within this time after a request was sent it dies: longer than the request takes on a machine at rest.
const WITHIN: Duration = Duration::from_millis(40);
const ORIGIN: &str = "market.test/log";

/// An answer, if one came.
fn request(address: &str, head: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .ok()?;
    let sent = format!(
        "{head} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(sent.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))?
        .parse::<usize>()
        .ok()?;
    // One that was cut off is none.
    (body.len() == length).then(|| (status, body.to_owned()))
}

fn post(market: &Market, path: &str, body: &Value) -> Option<Value> {
    let answer = request(market.address(), &format!("POST {path}"), &body.to_string());
    let (status, text) = answer?;
    assert_eq!(status, 200, "{path}: {text}");
    Some(serde_json::from_str(&text).unwrap())
}

/// Asks until there is an answer.
fn surely(market: &Market, path: &str, body: &Value) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(answer) = post(market, path, body) {
            return answer;
        }
        assert!(Instant::now() < deadline, "no answer from {path}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a request, has the service die meanwhile, starts it again, and sends the request until it is answered. Returns the
/// answer, and the one that came before it died.
fn through_death(
    market: &mut Market,
    after: Duration,
    path: &str,
    body: &Value,
) -> (Value, Option<String>) {
    let (address, head) = (market.address().to_owned(), format!("POST {path}"));
    let text = body.to_string();
    let asking = std::thread::spawn(move || request(&address, &head, &text));
    std::thread::sleep(after);
    market.kill_service();
    let before = asking.join().unwrap();
    market.start_service();
    let answer = surely(market, path, body);
    (answer, before.map(|(_, text)| text))
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

fn signed<D: Document>(document: &D, key: &SigningKey) -> Value {
    let envelope = document::sign(document, key).unwrap();
    json!({ "request": String::from_utf8(envelope).unwrap() })
}

fn read<D: Document>(answer: &Value, field: &str, log: &PublicKey) -> D {
    let envelope = answer[field].as_str().unwrap();
    document::verify(envelope.as_bytes(), log, ORIGIN).unwrap()
}

fn receipt(order: &Order, key: &SigningKey) -> String {
    let receipt = json!({
        "version": 1,
        "run": { "invocation": "run-1" },
        "effects": [{
            "effect": { "index": 0, "facts": {
                "kind": "payment", "rail": "book", "scheme": "book", "account": order.account(),
                "amount": order.amount, "document": order.reference,
            } },
            "state": "done", "undone": false,
        }],
    });
    let payload = serde_json::to_vec(&receipt).unwrap();
    let envelope = dsse::sign(RECEIPT_TYPE, &payload, key).unwrap();
    String::from_utf8(envelope.to_bytes().unwrap()).unwrap()
}

fn payments_and_refunds_survive(database: Option<&str>) {
    let mut market = Market::start_over(database);
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let _ = author
        .guildhall(["price", "acme/shop", "once", "12.00", "EUR", "--json"])
        .exits(0);
    let (_, root) = request(market.address(), "GET /root.json", "").unwrap();
    let root = TrustedRoot::pin(root.as_bytes()).unwrap();
    let log = *root.file().log.key();
    let mut seed = Seed::new();
    let mut paid = 0;
    for round in 1..=ROUNDS {
        let key = SigningKey::from_seed(Digest::of(&[round]).as_bytes());
        let wish = OrderRequest {
            origin: ORIGIN.to_owned(),
            skill: "acme/shop".parse().unwrap(),
            merchant: key.public(),
            price: serde_json::from_value(
                json!({ "model": "one-time", "minor": 1_200, "currency": "EUR" }),
            )
            .unwrap(),
            next: false,
            at: now(),
        };
        let (ordered, _) = through_death(
            &mut market,
            seed.within(WITHIN),
            "/api/v1/orders",
            &signed(&wish, &key),
        );
        let order: Order = read(&ordered, "order", &log);
        let proof = json!({ "order": ordered["order"], "receipt": receipt(&order, &key) });
        let path = format!("/api/v1/orders/{}/payment", order.id);
        let (answer, _) = through_death(&mut market, seed.within(WITHIN), &path, &proof);
        let licence: Licence = read(&answer, "licence", &log);
        assert_eq!((licence.order, licence.merchant), (order.id, key.public()));
        paid += 1;
        // What is paid is not ordered again, by nobody who asks.
        let again = surely(&market, "/api/v1/orders", &signed(&wish, &key));
        assert_eq!(again["state"], "paid", "{again}");
        if round % 2 == 0 {
            let request = RefundRequest {
                origin: ORIGIN.to_owned(),
                order: order.id,
                merchant: key.public(),
                runs: 0,
                last_run: None,
                at: now(),
            };
            let body = signed(&request, &key);
            let path = format!("/api/v1/orders/{}/refund", order.id);
            let (answer, before) = through_death(&mut market, seed.within(WITHIN), &path, &body);
            let note: CreditNote = read(&answer, "credit_note", &log);
            assert_eq!((note.order, note.amount.minor), (order.id, 1_200));
            if let Some(before) = before {
                let before: Value = serde_json::from_str(&before).unwrap();
                // The same note, to the byte: it was decided once.
                assert_eq!(before, answer);
            }
            let third = surely(&market, &path, &body);
            assert_eq!(third, answer);
        }
    }
    let earned = author
        .guildhall(["earnings", "acme", "--json"])
        .exits(0)
        .json();
    let totals = &earned["totals"][0];
    let back = i64::from(ROUNDS / 2);
    assert_eq!(totals["sold"]["minor"], paid * 1_200, "{earned:#}");
    assert_eq!(totals["refunded"]["minor"], back * 1_200, "{earned:#}");
    assert_eq!(
        totals["earned"]["minor"],
        (paid - back) * 1_020,
        "{earned:#}"
    );
    assert_eq!(totals["payable"], totals["earned"]);
}

#[test]
fn a_payment_or_refund_that_the_service_died_over_counts_once_on_sqlite() {
    payments_and_refunds_survive(None);
}

#[test]
fn a_payment_or_refund_that_the_service_died_over_counts_once_on_postgresql() {
    payments_and_refunds_survive(Some(&postgres::database()));
}
