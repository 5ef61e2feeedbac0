//! Tests of prices, documents, receipts, licences, refunds and shares.

mod documents;
mod licence;
mod prices;
mod receipts;
mod refunds;

use super::{Order, OrderFacts, Period, PriceModel};
use crate::Digest;
use crate::money::Amount;
use crate::trust::SigningKey;

pub(super) const ORIGIN: &str = "log.test/guildhall";
/// 31 January 2026, 10:00 UTC.
pub(super) const START: i64 = 1_769_853_600_000;
pub(super) const DAY: i64 = super::period::DAY_MS;

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

pub(super) fn eur(minor: i64) -> Amount {
    Amount {
        minor,
        currency: crate::money::Currency::parse("EUR").unwrap(),
    }
}

/// An order of merchant 1.
pub(super) fn order(model: PriceModel, period: u32) -> Order {
    let facts = OrderFacts {
        origin: ORIGIN.to_owned(),
        skill: "acme/shop".parse().unwrap(),
        merchant: key(1).public(),
        purchase: 0,
        period,
    };
    let id: Digest = facts.id().unwrap();
    let covers = match model {
        PriceModel::PerMonth => Period::month(START, period),
        _ => Period::once(START),
    };
    Order {
        id,
        reference: Order::reference_of(&id),
        facts,
        model,
        amount: eur(1_200),
        payee: "book:market/log.test".parse().unwrap(),
        began: START,
        covers: covers.unwrap(),
        issued: START,
        expires: START + super::order::ORDER_LIFE_MS,
    }
}
