use serde_json::{Value, json};

use super::{DAY, ORIGIN, START, eur, key, order};
use crate::market::money::document::{self, DocumentError};
use crate::market::money::request::check_fresh;
use crate::market::money::{
    CancelRequest, CreditNote, Document, Licence, LicencesRequest, Order, OrderRequest,
    OwnDocument, Price, PriceModel, RefundRequest, RefundRule, RenewRequest,
};
use crate::trust::dsse::{self, DsseError};
use crate::trust::status::STATUS_TYPE;
use crate::trust::{SigningKey, canonical};

fn licence() -> Licence {
    Licence::for_order(&order(PriceModel::OneTime, 0), START).unwrap()
}

fn note() -> CreditNote {
    let order = order(PriceModel::OneTime, 0);
    CreditNote {
        id: CreditNote::id_of(&order.id),
        origin: ORIGIN.to_owned(),
        order: order.id,
        skill: order.facts.skill,
        merchant: order.facts.merchant,
        amount: eur(1),
        payee: order.payee,
        rule: RefundRule::Full,
        at: START,
    }
}

fn order_request() -> OrderRequest {
    OrderRequest {
        origin: ORIGIN.to_owned(),
        skill: "acme/shop".parse().unwrap(),
        merchant: key(1).public(),
        price: Price::of(PriceModel::OneTime, eur(1_200)).unwrap(),
        next: false,
        at: START,
    }
}

fn refund_request() -> RefundRequest {
    RefundRequest {
        origin: ORIGIN.to_owned(),
        order: order(PriceModel::OneTime, 0).id,
        merchant: key(1).public(),
        runs: 1,
        last_run: Some(START),
        at: START,
    }
}

/// Signs whatever it is, as somebody who makes up documents would.
fn forged<D: Document>(document: &D, change: impl FnOnce(&mut Value), key: &SigningKey) -> Vec<u8> {
    let mut value = serde_json::to_value(document).unwrap();
    change(&mut value);
    let payload = canonical::to_vec(&value).unwrap();
    dsse::sign(D::TYPE, &payload, key)
        .unwrap()
        .to_bytes()
        .unwrap()
}

fn comes_back<D: Document + PartialEq + std::fmt::Debug>(document: &D) {
    let envelope = document::sign(document, &key(9)).unwrap();
    let read: D = document::verify(&envelope, &key(9).public(), ORIGIN).unwrap();
    assert_eq!(read, *document);
    let other = document::verify::<D>(&envelope, &key(8).public(), ORIGIN);
    assert!(matches!(other, Err(DocumentError::Envelope(_))));
    let any = [key(8).public(), key(9).public()];
    let read: D = document::verify_any(&envelope, &any, ORIGIN).unwrap();
    assert_eq!(read, *document);
    for none in [&any[..1], &[]] {
        assert!(document::verify_any::<D>(&envelope, none, ORIGIN).is_err());
    }
    let elsewhere = document::verify::<D>(&envelope, &key(9).public(), "other.test");
    assert!(matches!(
        elsewhere,
        Err(DocumentError::OtherMarketplace { .. })
    ));
    // One byte, wherever it is.
    for at in 0..envelope.len() {
        let mut changed = envelope.clone();
        changed[at] ^= 1;
        let read = document::verify::<D>(&changed, &key(9).public(), ORIGIN);
        assert!(read.is_err(), "byte {at}");
    }
    // Its payload under another type is another document.
    let payload = canonical::to_vec(document).unwrap();
    let as_status = dsse::sign(STATUS_TYPE, &payload, &key(9)).unwrap();
    let read = document::verify::<D>(&as_status.to_bytes().unwrap(), &key(9).public(), ORIGIN);
    assert!(matches!(
        read,
        Err(DocumentError::Envelope(DsseError::OtherType { .. }))
    ));
    let more = forged(document, |value| value["more"] = json!(1), &key(9));
    let read = document::verify::<D>(&more, &key(9).public(), ORIGIN);
    assert!(matches!(read, Err(DocumentError::Form { .. })));
}

#[test]
fn documents_come_back_and_nothing_else_does() {
    comes_back(&order(PriceModel::OneTime, 0));
    comes_back(&order(PriceModel::PerMonth, 3));
    comes_back(&licence());
    comes_back(&note());
    comes_back(&order_request());
    comes_back(&refund_request());
    comes_back(&CancelRequest {
        origin: ORIGIN.to_owned(),
        skill: "acme/shop".parse().unwrap(),
        merchant: key(1).public(),
        at: START,
    });
    comes_back(&RenewRequest {
        origin: ORIGIN.to_owned(),
        order: order(PriceModel::OneTime, 0).id,
        merchant: key(1).public(),
        at: START,
    });
    comes_back(&LicencesRequest {
        origin: ORIGIN.to_owned(),
        merchant: key(1).public(),
        cursor: None,
        at: START,
    });
}

#[test]
fn types_of_documents_are_all_different() {
    let types = [
        Order::TYPE,
        Licence::TYPE,
        CreditNote::TYPE,
        OrderRequest::TYPE,
        RefundRequest::TYPE,
        CancelRequest::TYPE,
        RenewRequest::TYPE,
        LicencesRequest::TYPE,
        STATUS_TYPE,
        crate::market::money::receipt::RECEIPT_TYPE,
        crate::trust::root::ROOT_TYPE,
    ];
    let all: std::collections::BTreeSet<&str> = types.into_iter().collect();
    assert_eq!(all.len(), types.len());
}

#[test]
fn a_request_counts_only_with_the_signature_of_the_merchant_it_names() {
    let request = order_request();
    let own = document::sign(&request, &key(1)).unwrap();
    let read: OrderRequest = document::verify_own(&own, ORIGIN).unwrap();
    assert_eq!((read.merchant(), read.at()), (&key(1).public(), START));
    let stranger = document::sign(&request, &key(2)).unwrap();
    assert!(document::verify_own::<OrderRequest>(&stranger, ORIGIN).is_err());
    assert!(document::verify_own::<OrderRequest>(&own, "other.test").is_err());
    assert!(document::verify_own::<RefundRequest>(&own, ORIGIN).is_err());
    let long = vec![b' '; document::MAX_DOCUMENT_BYTES + 1];
    assert!(matches!(
        document::verify_own::<OrderRequest>(&long, ORIGIN),
        Err(DocumentError::TooLarge { .. })
    ));
}

#[test]
fn an_old_request_is_refused_and_one_from_the_future_too() {
    let limit = 15 * 60_000;
    for (at, fine) in [
        (START, true),
        (START - limit, true),
        (START + limit, true),
        (START - limit - 1, false),
        (START + limit + 1, false),
        (i64::MIN, false),
        (i64::MAX, false),
    ] {
        assert_eq!(check_fresh(at, START).is_ok(), fine, "{at}");
    }
}

/// Which field a changed document is refused for.
fn refused<D: Document + std::fmt::Debug>(document: &D, change: impl FnOnce(&mut Value)) -> String {
    let envelope = forged(document, change, &key(9));
    match document::verify::<D>(&envelope, &key(9).public(), ORIGIN) {
        Err(DocumentError::Value { field, .. }) => field.to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn values_that_cannot_be_are_refused() {
    let order = order(PriceModel::PerMonth, 1);
    for (field, value, says) in [
        ("purchase", json!(1), "id"),
        ("merchant", json!(key(2).public()), "id"),
        ("period", json!(2), "id"),
        ("skill", json!("acme/other"), "id"),
        ("reference", json!("guildhall-order-1"), "reference"),
        ("payee", json!("book:*"), "payee"),
        ("payee", json!("iban:DE89370400440532013000"), "payee"),
        ("amount", json!({ "minor": 0, "currency": "EUR" }), "amount"),
        (
            "amount",
            json!({ "minor": -5, "currency": "EUR" }),
            "amount",
        ),
        (
            "amount",
            json!({ "minor": 1_000_000_000_001_i64, "currency": "EUR" }),
            "amount",
        ),
        ("model", json!("free"), "model"),
        ("model", json!("one-time"), "period"),
        ("began", json!(START + 1), "covers"),
        (
            "covers",
            json!({ "from": START, "until": START + 400 * DAY }),
            "covers",
        ),
        ("issued", json!(-1), "issued"),
    ] {
        let found = refused(&order, |it| it[field] = value.clone());
        assert_eq!(found, says, "{field} {value}");
    }
    for (field, value) in [
        ("until", json!(START)),
        ("grace-days", json!(32)),
        ("model", json!("free")),
        ("period", json!(1)),
    ] {
        assert_eq!(refused(&licence(), |it| it[field] = value.clone()), field);
    }
    for (field, value) in [
        ("id", json!(order.id)),
        ("amount", json!({ "minor": -1, "currency": "EUR" })),
        ("payee", json!("book:*")),
    ] {
        assert_eq!(refused(&note(), |it| it[field] = value.clone()), field);
    }
    for (runs, last, says) in [
        (json!(0), json!(START), "last-run"),
        (json!(1), json!(null), "last-run"),
        (json!(1), json!(-1), "last-run"),
        (json!(1_u64 << 51), json!(START), "runs"),
    ] {
        let found = refused(&refund_request(), |it| {
            it["runs"] = runs.clone();
            it["last-run"] = last;
        });
        assert_eq!(found, says, "{runs}");
    }
    for price in [
        json!({ "model": "one-time", "minor": 0, "currency": "EUR" }),
        json!({ "model": "one-time", "minor": 1, "currency": "ZZZ" }),
    ] {
        assert_eq!(refused(&order_request(), |it| it["price"] = price), "price");
    }
    assert_eq!(refused(&order_request(), |it| it["at"] = json!(-1)), "at");
}
