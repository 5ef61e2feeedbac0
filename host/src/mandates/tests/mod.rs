#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod calendar;
mod cover;
mod decide;
mod propose;

use super::*;
use crate::money::{Amount, Currency};
use guildhall_package::Digest;
use proptest::prelude::*;
use std::path::PathBuf;

const DE: &str = "DE89370400440532013000";
const GB: &str = "GB29NWBK60161331926819";
const ZONE: &str = "Europe/Berlin";
/// 2026-11-24 12:00 in Berlin.
const NOW: i64 = 1_795_518_000_000;

fn skill() -> Digest {
    Digest::of(b"pay-supplier")
}

fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn pay_minor(account: &str, amount: Amount) -> Fact {
    Fact::Payment {
        scheme: "iban".to_owned(),
        account: account.to_owned(),
        amount,
    }
}

fn pay(account: &str, text: &str) -> Fact {
    pay_minor(account, amount(text))
}

fn write(target: &str, replaces: bool) -> Fact {
    Fact::FileWrite {
        target: PathBuf::from(target),
        replaces,
    }
}

fn send(channel: &str, recipient: &str) -> Fact {
    Fact::Message {
        channel: channel.to_owned(),
        recipient: recipient.to_owned(),
    }
}

/// EUR 200 a day to the German account, each at most EUR 120.
fn payments() -> Scope {
    Scope::Payment {
        scheme: "iban".to_owned(),
        account: DE.to_owned(),
        currency: eur(),
        limit_minor: 20_000,
        per: Period::Day,
        each_minor: Some(12_000),
    }
}

fn files(folder: &str, replace: bool, count: u64) -> Scope {
    Scope::FileWrite {
        folder: PathBuf::from(folder),
        replace,
        per: Period::Week,
        count,
    }
}

fn mandate(id: &str, scope: Scope) -> Mandate {
    Mandate {
        id: id.to_owned(),
        skill: skill(),
        scope,
        zone: ZONE.to_owned(),
        from_ms: NOW - 1000,
        until_ms: Some(NOW + 1000),
    }
}

fn charge(amount_or_count: i64) -> Charge {
    Charge { amount_or_count }
}

/// Payments, files and messages among which collisions are likely.
fn any_fact() -> impl Strategy<Value = Fact> {
    let minor = prop_oneof![1..500_i64, i64::MAX / 64..=i64::MAX / 32];
    let folders = prop::sample::select(vec!["/", "/a", "/a/b", "/a/bc", "/ä x"]);
    prop_oneof![
        (minor, any::<bool>(), any::<bool>()).prop_map(|(minor, german, euro)| pay_minor(
            if german { DE } else { GB },
            Amount::positive(minor, if euro { "EUR" } else { "JPY" }).unwrap(),
        )),
        (folders, 0..3_u8, any::<bool>()).prop_map(|(folder, n, replaces)| Fact::FileWrite {
            target: PathBuf::from(folder).join(n.to_string()),
            replaces,
        }),
        ("mail|hook", "[ab]@x").prop_map(|(channel, recipient)| send(&channel, &recipient)),
    ]
}
