//! Money between a merchant and a marketplace: orders, receipts, licences, credit notes, requests, prices, cursors of time.

use guildhall_package::market::money::document::{self, Document};
use guildhall_package::market::money::receipt::{self, RECEIPT_TYPE};
use guildhall_package::market::money::refund::refund;
use guildhall_package::market::money::{
    CancelRequest, CreditNote, Licence, LicencesRequest, Order, OrderFacts, OrderRequest, Period,
    Price, PriceModel, RefundRequest, RenewRequest, Share,
};
use guildhall_package::money::{Amount, Currency};
use guildhall_package::trust::{SigningKey, dsse};

const ORIGIN: &str = "log";

/// No document makes its reader panic, one that counts has exactly one form, a receipt pays an order only as it is written
/// there, and no time or amount overflows.
pub fn money(data: &[u8]) {
    kind::<Order>(data, |order| {
        if let Some(licence) = Licence::for_order(&order, order.issued) {
            written(&licence);
            let now = order.issued;
            let (merchant, skill) = (&order.facts.merchant, &order.facts.skill);
            let valid = licence.check(merchant, skill, now, None, false);
            assert!(!licence.check(merchant, skill, now, None, true).may_run());
            assert!(valid.may_run() || now < licence.from || now >= licence.grace_until());
        }
        for now in [
            order.issued,
            order.covers.from,
            order.covers.until,
            i64::MAX,
        ] {
            if let Ok((back, _)) = refund(order.amount, &order.covers, 1, now) {
                assert!(back.minor > 0 && back.minor <= order.amount.minor);
            }
        }
        let split = Share::default().split(order.amount.minor);
        assert_eq!(split.whole(), order.amount.minor);
    });
    kind::<Licence>(data, |licence| {
        for now in [i64::MIN, 0, licence.from, licence.until, i64::MAX] {
            let standing = licence.check(&licence.merchant, &licence.skill, now, Some(now), false);
            assert!(!standing.may_run() || now < licence.grace_until());
        }
    });
    kind::<CreditNote>(data, |_| {});
    kind::<OrderRequest>(data, |_| {});
    kind::<RefundRequest>(data, |_| {});
    kind::<CancelRequest>(data, |_| {});
    kind::<RenewRequest>(data, |_| {});
    kind::<LicencesRequest>(data, |_| {});
    paid(data);
    if let Ok(price) = serde_json::from_slice::<Price>(data) {
        let _ = price.to_string();
        if let Ok(Some(amount)) = price.amount() {
            let again = Price::of(price.model(), amount);
            assert_eq!(again.as_ref(), Ok(&price), "a price has two forms");
        }
    }
    if let Some((number, _)) = data.split_first_chunk::<8>() {
        time(i64::from_le_bytes(*number));
    }
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn signed(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    dsse::sign(payload_type, payload, &key())
        .and_then(|envelope| envelope.to_bytes())
        .expect("an input is far below the limit")
}

fn kind<D: Document>(payload: &[u8], more: impl FnOnce(D)) {
    let envelope = signed(D::TYPE, payload);
    if let Ok(read) = document::verify::<D>(&envelope, &key().public(), ORIGIN) {
        let again = document::sign(&read, &key()).expect("what was read can be signed");
        assert_eq!(again, envelope, "a document has two forms");
        more(read);
    }
}

fn written<D: Document>(document: &D) {
    let envelope = document::sign(document, &key()).expect("what was made can be signed");
    let read = document::verify::<D>(&envelope, &key().public(), document.origin());
    assert!(read.is_ok(), "what was signed can be read");
}

/// The input as a receipt for an order that it can't name by chance, and for the one that it names.
fn paid(data: &[u8]) {
    let order = order();
    if let Ok(by) = receipt::verify(&signed(RECEIPT_TYPE, data), &order) {
        let text = String::from_utf8_lossy(data);
        assert!(
            text.contains(&order.reference),
            "{by:?} pays what it does not name"
        );
    }
    let other = dsse::sign(RECEIPT_TYPE, data, &SigningKey::from_seed(&[2; 32]))
        .and_then(|envelope| envelope.to_bytes())
        .expect("an input is far below the limit");
    assert!(receipt::verify(&other, &order).is_err());
}

/// The order of the receipt among the seeds.
fn order() -> Order {
    let facts = OrderFacts {
        origin: ORIGIN.to_owned(),
        skill: "acme/shop".parse().expect("a name"),
        merchant: key().public(),
        purchase: 0,
        period: 0,
    };
    let id = facts.id().expect("it can be written");
    Order {
        id,
        facts,
        model: PriceModel::OneTime,
        amount: Amount {
            minor: 1_200,
            currency: Currency::parse("EUR").expect("a currency"),
        },
        payee: "book:market/log".parse().expect("an account"),
        reference: Order::reference_of(&id),
        began: 0,
        covers: Period::once(0).expect("a year"),
        issued: 0,
        expires: 1,
    }
}

fn time(at: i64) {
    if let Some(index) = Period::month_index(0, at) {
        let month = Period::month(0, index).expect("it was found");
        assert!(month.contains(at.max(0)));
        assert!((28..=31).contains(&month.days()));
    }
    let _ = Period::month(at, 3);
    if let Some(year) = Period::once(at) {
        assert_eq!(year.days(), 365);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed that is a receipt does pay: what follows a good signature is reached.
    #[test]
    fn the_receipt_among_the_seeds_pays() {
        let seed = include_bytes!("../../corpus/money/receipt.json");
        let by = receipt::verify(&signed(RECEIPT_TYPE, seed), &order());
        assert!(by.is_ok(), "{by:?}");
        let seed = include_bytes!("../../corpus/money/order.json");
        let envelope = signed(Order::TYPE, seed);
        let read = document::verify::<Order>(&envelope, &key().public(), ORIGIN);
        assert!(read.is_ok_and(|read| read == order()));
    }
}
