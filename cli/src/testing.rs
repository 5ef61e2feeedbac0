//! Values for tests.

use guildhall_host::{Card, Currency, FolderIdentity, GrantLocation, Period, Scope};
use guildhall_package::{Access, Digest};
use serde_json::json;

/// Some place.
#[allow(clippy::unwrap_used)]
pub fn location() -> GrantLocation {
    GrantLocation {
        name: "reports".parse().unwrap(),
        access: Access::Write,
        folder: "/out".into(),
        identity: FolderIdentity {
            device: 1,
            inode: 2,
        },
        file: None,
    }
}

/// EUR 100.00 a day to one IBAN.
#[allow(clippy::unwrap_used)]
pub fn payment_scope() -> Scope {
    Scope::Payment {
        scheme: "iban".to_owned(),
        account: "DE89370400440532013000".to_owned(),
        currency: Currency::parse("EUR").unwrap(),
        limit_minor: 10_000,
        per: Period::Day,
        each_minor: Some(10_000),
    }
}

/// One new file a day.
pub fn file_scope() -> Scope {
    Scope::FileWrite {
        folder: "/out".into(),
        replace: false,
        per: Period::Day,
        count: 1,
    }
}

/// A card that proposes mandates of these scopes.
#[allow(clippy::unwrap_used)]
pub fn card_proposing(scopes: Vec<Scope>) -> Card {
    let proposals: Vec<_> = scopes
        .into_iter()
        .map(|scope| json!({ "words": scope.words(), "scope": scope }))
        .collect();
    serde_json::from_value(json!({
        "invocation": "0198c0de-f00d-7000-8000-000000000001",
        "skill": {"name": null, "version": null, "digest": Digest::of(b"skill"), "trust": "unsigned-local-file"},
        "operation": "pay",
        "effects": [],
        "inputs": [],
        "contacted": [],
        "does_not": [],
        "asks": [],
        "proposals": proposals,
        "zone": "Europe/Berlin",
        "effect_set": Digest::of(b"effects"),
        "expires_at_ms": 604_800_000_i64,
    }))
    .unwrap()
}
