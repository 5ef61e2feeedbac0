//! Cards for tests.
#![allow(clippy::unwrap_used)]

use guildhall_host::{Amount, Card, FolderIdentity, GrantLocation};
use guildhall_package::{Access, Digest};
use serde_json::{Value, json};

/// An account that was paid before.
pub fn known() -> Value {
    json!({"kind": "known", "paid_count": 2, "last_paid_ms": 0, "name_before": null})
}

/// One that was paid under another name.
pub fn renamed() -> Value {
    json!({"kind": "known", "paid_count": 2, "last_paid_ms": 0, "name_before": "Acme"})
}

/// One that was never paid.
pub fn first() -> Value {
    json!({"kind": "first"})
}

/// A name that was paid at another account.
pub fn changed() -> Value {
    json!({"kind": "account-changed", "name": "Acme", "account_before": "iban:FR1420041010050500013M02606"})
}

/// A name that looks like another.
pub fn imitated() -> Value {
    json!({"kind": "imitates", "name": "Acme", "account_of_known": "iban:FR1420041010050500013M02606"})
}

/// A payment from the account `main`.
pub fn payment(amount: &str, payee: Value) -> Value {
    payment_for(amount, "invoice 7", payee)
}

/// The same for a document.
pub fn payment_for(amount: &str, document: &str, payee: Value) -> Value {
    let amount: Amount = amount.parse().unwrap();
    json!({
        "effect": {"index": 0, "requires": [], "facts": {
            "kind": "payment", "from": "main", "rail": "bank-file", "scheme": "iban",
            "account": "DE89370400440532013000", "payee_name": "Acme GmbH", "amount": amount,
            "document": document, "key": Digest::of(document.as_bytes()), "requested_date": null,
            "reason": "goods",
        }},
        "summary": format!("pay {amount}"),
        "reason": "pays suppliers",
        "preview": {"kind": "opaque", "target": "iban:DE89370400440532013000"},
        "payee": payee,
    })
}

/// A message of a text.
pub fn message(text: &str) -> Value {
    json!({
        "effect": {"index": 0, "requires": [], "facts": {
            "kind": "message", "channel": "email", "through": {"address": "mail.example", "config": Digest::of(b"c")},
            "recipient": "billing@acme.example", "subject": "Paid", "digest": Digest::of(text.as_bytes()),
            "attachments": [{"path": "advice.txt", "bytes": 1204, "digest": Digest::of(b"a")}],
        }},
        "summary": "send",
        "reason": null,
        "preview": {"kind": "text", "target": "billing@acme.example", "old": null, "new": text},
        "payee": null,
    })
}

/// Some place.
fn location() -> GrantLocation {
    GrantLocation {
        name: "out".parse().unwrap(),
        access: Access::Write,
        folder: "/out".into(),
        identity: FolderIdentity {
            device: 1,
            inode: 2,
        },
        file: None,
    }
}

/// A file that is written.
pub fn file(old: Option<&str>, new: &str) -> Value {
    json!({
        "effect": {"index": 0, "requires": [], "facts": {
            "kind": "file-write", "path": "out/vat.csv",
            "location": location(),
            "inside": "vat.csv", "digest": Digest::of(new.as_bytes()), "bytes": new.len(),
            "replaces": old.map(|old| Digest::of(old.as_bytes())),
        }},
        "summary": "write",
        "reason": "the report",
        "preview": {"kind": "text", "target": "/out/vat.csv", "old": old, "new": new},
        "payee": null,
    })
}

/// A card with these effects.
pub fn card(effects: Vec<Value>) -> Card {
    serde_json::from_value(json!({
        "invocation": "0198c0de-f00d-7000-8000-000000000001",
        "skill": {"name": "acme/pay", "version": "1.0.0", "digest": Digest::of(b"skill"), "trust": "unsigned-local-file"},
        "operation": "pay",
        "effects": effects,
        "inputs": [],
        "contacted": [],
        "does_not": [],
        "asks": [],
        "proposals": [],
        "zone": "Europe/Berlin",
        "effect_set": Digest::of(b"effects"),
        "expires_at_ms": 604_800_000_i64,
    }))
    .unwrap()
}
