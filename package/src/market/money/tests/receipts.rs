use proptest::prelude::*;
use serde_json::{Value, json};

use super::{key, order};
use crate::market::money::receipt::{MAX_RECEIPT_BYTES, RECEIPT_TYPE, ReceiptError, verify};
use crate::market::money::{Order, PriceModel};
use crate::trust::{SigningKey, dsse};

/// What a host writes of a purchase: what is read here, and some of the rest.
fn receipt(order: &Order) -> Value {
    json!({
        "version": 1,
        "run": { "invocation": "run-1", "tenant": "local", "calls": [] },
        "status": "committed",
        "effects": [
            {
                "effect": { "index": 0, "requires": [], "facts": { "kind": "message", "channel": "mail" } },
                "state": "done", "detail": null, "undone": false,
            },
            {
                "effect": { "index": 1, "requires": [], "facts": {
                    "kind": "payment", "from": "main", "rail": "book", "scheme": "book",
                    "account": order.account(), "payee_name": "Market", "amount": order.amount,
                    "document": order.reference, "key": "sha256:00", "requested_date": null, "reason": "",
                } },
                "state": "done", "detail": null, "undone": false,
            },
        ],
        "approval": null,
        "audit": { "entries": 3 },
    })
}

fn signed(receipt: &Value, key: &SigningKey) -> Vec<u8> {
    let payload = serde_json::to_vec(receipt).unwrap();
    dsse::sign(RECEIPT_TYPE, &payload, key)
        .unwrap()
        .to_bytes()
        .unwrap()
}

fn refused(change: impl FnOnce(&mut Value)) -> ReceiptError {
    let order = order(PriceModel::OneTime, 0);
    let mut receipt = receipt(&order);
    change(&mut receipt);
    verify(&signed(&receipt, &key(1)), &order).unwrap_err()
}

#[test]
fn the_receipt_of_the_merchant_for_this_order_pays_it() {
    let order = order(PriceModel::OneTime, 0);
    let paid = verify(&signed(&receipt(&order), &key(1)), &order).unwrap();
    assert_eq!((paid.invocation.as_str(), paid.effect), ("run-1", 1));
}

#[test]
fn the_receipt_of_another_merchant_does_not_nor_one_that_was_changed() {
    let order = order(PriceModel::OneTime, 0);
    let other = verify(&signed(&receipt(&order), &key(2)), &order);
    assert!(matches!(other, Err(ReceiptError::Envelope(_))));
    let good = signed(&receipt(&order), &key(1));
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1;
        assert!(verify(&changed, &order).is_err(), "byte {at}");
    }
    let other_type = dsse::sign("application/x", b"{}", &key(1)).unwrap();
    assert!(verify(&other_type.to_bytes().unwrap(), &order).is_err());
    let long = verify(&vec![b' '; MAX_RECEIPT_BYTES + 1], &order);
    assert!(matches!(long, Err(ReceiptError::TooLarge { .. })));
}

#[test]
fn a_receipt_for_something_else_is_refused_and_says_what_differs() {
    let payment = "/effects/1/effect/facts";
    for (field, value, what) in [
        ("account", json!("market/other"), "account"),
        ("scheme", json!("iban"), "account"),
        ("amount", json!({ "minor": 1, "currency": "EUR" }), "amount"),
        (
            "amount",
            json!({ "minor": 1_200, "currency": "USD" }),
            "currency",
        ),
        ("rail", json!("bank-file"), "rail"),
    ] {
        let error = refused(|it| it.pointer_mut(payment).unwrap()[field] = value.clone());
        let says = matches!(error, ReceiptError::Other { what: found, .. } if found == what);
        assert!(says, "{field}: {error}");
    }
    for (field, value) in [
        ("document", json!("guildhall-order-1")),
        ("kind", json!("message")),
        ("amount", json!({ "minor": 1_200, "currency": "ZZZ" })),
        ("amount", json!(12.0)),
    ] {
        let error = refused(|it| it.pointer_mut(payment).unwrap()[field] = value.clone());
        assert!(
            matches!(error, ReceiptError::NoPayment { .. }),
            "{field}: {error}"
        );
    }
    let twice = refused(|it| {
        let again = it["effects"][1].clone();
        it["effects"].as_array_mut().unwrap().push(again);
    });
    assert!(matches!(twice, ReceiptError::Twice), "{twice}");
    let none = refused(|it| it["effects"] = json!([]));
    assert!(matches!(none, ReceiptError::NoPayment { .. }), "{none}");
}

#[test]
fn only_what_is_done_and_not_undone_is_paid() {
    for state in ["pending", "performing", "failed", "unknown", "void", "Done"] {
        let error = refused(|it| it["effects"][1]["state"] = json!(state));
        assert!(
            matches!(error, ReceiptError::NotPaid { .. }),
            "{state}: {error}"
        );
    }
    let undone = refused(|it| it["effects"][1]["undone"] = json!(true));
    assert!(matches!(undone, ReceiptError::NotPaid { .. }), "{undone}");
}

#[test]
fn what_is_no_receipt_is_refused() {
    for (pointer, value) in [
        ("/version", json!(2)),
        ("/run", json!({})),
        ("/run/invocation", json!("")),
        ("/run/invocation", json!("a\nb")),
        ("/effects", json!({})),
        ("/effects/0/state", json!(null)),
    ] {
        let error = refused(|it| *it.pointer_mut(pointer).unwrap() = value);
        assert!(matches!(error, ReceiptError::Form(_)), "{pointer}: {error}");
    }
}

proptest! {
    #[test]
    fn no_receipt_panics(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        let order = order(PriceModel::OneTime, 0);
        let envelope = dsse::sign(RECEIPT_TYPE, &payload, &key(1)).unwrap().to_bytes().unwrap();
        prop_assert!(verify(&envelope, &order).is_err());
        prop_assert!(verify(&payload, &order).is_err());
    }
}
