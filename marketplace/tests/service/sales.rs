//! Prices, orders and payments.

use guildhall_package::market::money::{
    LicenceAnswer, OrderAnswer, PaymentProof, Price, PriceModel,
};
use guildhall_package::market::release::SkillInfo;
use guildhall_package::trust::SigningKey;
use reqwest::Method;
use serde_json::{Value, json};

use crate::author::{Author, account};
use crate::books::{booked, eur};
use crate::both;
use crate::buyer::{
    Buyer, Ordered, amount, log_key, monthly, once, present, receipt, run_of, seller, set_price,
    sign_receipt, signed, status,
};
use crate::shop::{Db, ORIGIN, Shop, answer, refused};

const DAY: i64 = 86_400_000;

both!(
    what_is_no_price_is_refused_and_only_owners_set_one,
    an_order_becomes_a_licence_once,
    the_price_cannot_change_between_card_and_charge,
    a_receipt_that_does_not_pay_this_order_is_refused,
    one_payment_pays_one_order,
    two_presentations_at_once_are_one_payment,
    requests_count_only_from_the_merchant_they_name,
    months_follow_each_other,
    what_is_paid_is_found_again,
    an_older_database_takes_the_receipt_again,
    orders_are_limited_by_address
);

async fn what_is_no_price_is_refused_and_only_owners_set_one(db: Db) {
    let shop = Shop::open(db).await;
    let author = seller(&shop, "northwind", "tool", &once("EUR 12.00")).await;
    let size = shop.checkpoint_size().await;
    let put = |token: String, skill: &'static str, price: Value| {
        let shop = &shop;
        async move {
            let body = json!({ "price": price });
            let path = format!("/api/v1/skills/{skill}/price");
            refused(shop.send(&token, Method::PUT, &path, &body).await).await
        }
    };
    let own = |price| put(author.token.clone(), "northwind/tool", price);
    let price = |minor: Value, currency: &str| json!({ "model": "one-time", "minor": minor, "currency": currency });
    for minor in [json!(0), json!(1_000_000_000_001_u64), json!(u64::MAX)] {
        assert_eq!(
            own(price(minor, "EUR")).await,
            (422, "price.bounds".to_owned())
        );
    }
    // A negative or broken number is no price at all.
    for minor in [json!(-1), json!(1.5), json!("12"), json!(null), json!(1e30)] {
        assert_eq!(
            own(price(minor, "EUR")).await,
            (400, "request.body".to_owned())
        );
    }
    for currency in ["ZZZ", "XAU", "eur", "", "SEK"] {
        let found = own(price(json!(1), currency)).await;
        assert_eq!(found, (422, "price.currency".to_owned()), "{currency}");
    }
    // It says what happened, why, and what to do.
    for (minor, currency, why, fix) in [
        (0, "EUR", "from 1 to", "within these bounds"),
        (1, "ZZZ", "currency", "EUR, USD, GBP, CHF, JPY"),
        (
            1,
            "SEK",
            "nothing is sold in SEK here",
            "EUR, USD, GBP, CHF, JPY",
        ),
    ] {
        let body = json!({ "price": price(json!(minor), currency) });
        let path = "/api/v1/skills/northwind/tool/price";
        let told = shop.send(&author.token, Method::PUT, path, &body).await;
        let problem: guildhall_package::market::Problem = told.json().await.unwrap();
        let start = "the price of northwind/tool was not changed: ";
        assert!(problem.detail.starts_with(start), "{problem:?}");
        assert!(problem.detail.contains(why), "{problem:?}");
        assert!(problem.fix.contains(fix), "{problem:?}");
    }
    let good = price(json!(1), "EUR");
    let stranger = account(&shop, "harbourmaster").await;
    let by_stranger = put(stranger, "northwind/tool", good.clone()).await;
    assert_eq!(by_stranger, (403, "publisher.member".to_owned()));
    let unknown = put(author.token.clone(), "northwind/other", good.clone()).await;
    assert_eq!(unknown.0, 404);
    assert_eq!(put(String::new(), "northwind/tool", good).await.0, 401);
    assert_eq!(shop.checkpoint_size().await, size, "nothing was logged");
    // The log has each price that was set, and search knows.
    let free = set_price(&shop, &author.token, "northwind/tool", &Price::Free).await;
    assert_eq!(free.status(), 200);
    assert_eq!(shop.checkpoint_size().await, size + 1);
    // The price that it has is no change, and is answered as one that was set.
    let same = set_price(&shop, &author.token, "northwind/tool", &Price::Free).await;
    let same: guildhall_package::market::release::Logged = answer(same).await;
    assert_eq!(same.tree_size, Some(size + 1));
    assert_eq!(shop.checkpoint_size().await, size + 1);
    let found: Value = shop.get_json("/api/v1/search?price=free").await;
    assert_eq!(found["total"], 1);
    let buyer = Buyer::new();
    let wish = buyer.wish(&shop, "northwind/tool", &once("EUR 12.00"));
    let nothing = refused(buyer.ask(&shop, &wish).await).await;
    assert_eq!(nothing, (409, "order.free".to_owned()));
}

async fn an_order_becomes_a_licence_once(db: Db) {
    let shop = Shop::open(db).await;
    let price = once("EUR 12.00");
    seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    let ordered = buyer.order(&shop, "northwind/tool", &price).await;
    let order = &ordered.order;
    assert_eq!(order.amount, amount("EUR 12.00"));
    assert_eq!(order.facts.merchant, buyer.merchant());
    let currency = order.amount.currency;
    assert_eq!(order.payee, shop.config.money.payee(currency).unwrap());
    assert_eq!((order.facts.purchase, order.facts.period), (0, 0));
    // Asked again, it is the same order, to the byte.
    let again = buyer.order(&shop, "northwind/tool", &price).await;
    assert_eq!(again.envelope, ordered.envelope);
    assert_eq!(booked(&shop, "").await, 0);
    let licence = buyer.pay(&shop, &ordered).await;
    assert_eq!(
        (licence.order, licence.merchant),
        (order.id, buyer.merchant())
    );
    assert_eq!(licence.model, PriceModel::OneTime);
    assert!(licence.until - licence.from >= 365 * DAY);
    let skill = "northwind/tool".parse().unwrap();
    let now = shop.clock.now();
    let standing = licence.check(&buyer.merchant(), &skill, now, None, false);
    assert!(standing.may_run());
    // Presented again and again, it is paid once.
    for _ in 0..3 {
        buyer.pay(&shop, &ordered).await;
    }
    assert_eq!(booked(&shop, "capture:").await, 1);
    let merchant = format!("merchant:{}", buyer.merchant());
    assert_eq!(eur(&shop, &merchant).await, -1_200);
    assert_eq!(eur(&shop, "author:northwind").await, 1_020);
    assert_eq!(eur(&shop, "income").await, 180);
    // Ordered again, there is nothing to pay.
    let has = buyer
        .has(&shop, &buyer.wish(&shop, "northwind/tool", &price))
        .await;
    assert_eq!(has.order, order.id);
    let metrics = shop.get("/metrics").await.text().await.unwrap();
    assert!(
        metrics.contains("guildhall_marketplace_purchases_total 1"),
        "{metrics}"
    );
    // Somebody else's money buys somebody else's licence.
    let other = Buyer::new();
    let wish = other.wish(&shop, "northwind/tool", &price);
    assert_ne!(other.to_pay(&shop, &wish).await.order.id, order.id);
}

async fn the_price_cannot_change_between_card_and_charge(db: Db) {
    let shop = Shop::open(db).await;
    let (before, after) = (once("EUR 12.00"), once("EUR 15.00"));
    let author = seller(&shop, "northwind", "tool", &before).await;
    let buyer = Buyer::new();
    let ordered = buyer.order(&shop, "northwind/tool", &before).await;
    let set = set_price(&shop, &author.token, "northwind/tool", &after).await;
    assert_eq!(set.status(), 200);
    // Who saw the old price orders nothing at the new one.
    let wish = buyer.wish(&shop, "northwind/tool", &before);
    let response = buyer.ask(&shop, &wish).await;
    assert_eq!(
        refused(response).await,
        (409, "order.price-changed".to_owned())
    );
    // What the merchant approved is what counts, even late.
    let newer = buyer.order(&shop, "northwind/tool", &after).await;
    assert_eq!(newer.order.id, ordered.order.id);
    shop.clock.advance(DAY);
    let licence = buyer.pay(&shop, &ordered).await;
    assert_eq!(licence.order, ordered.order.id);
    let merchant = format!("merchant:{}", buyer.merchant());
    assert_eq!(eur(&shop, &merchant).await, -1_200);
    // The other one of the same purchase is paid with it.
    buyer.pay(&shop, &newer).await;
    assert_eq!(eur(&shop, &merchant).await, -1_200);
}

fn changed(receipt: &Value, pointer: &str, value: Value) -> Value {
    let mut receipt = receipt.clone();
    *receipt.pointer_mut(pointer).unwrap() = value;
    receipt
}

async fn a_receipt_that_does_not_pay_this_order_is_refused(db: Db) {
    let shop = Shop::open(db).await;
    let price = once("EUR 12.00");
    seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    let ordered = buyer.order(&shop, "northwind/tool", &price).await;
    let id = ordered.order.id;
    let good = receipt(&ordered.order, "run-1");
    let facts = "/effects/0/effect/facts";
    for (field, value) in [
        ("account", json!("market/other")),
        ("amount", json!({ "minor": 1, "currency": "EUR" })),
        ("amount", json!({ "minor": 1_200, "currency": "USD" })),
        ("document", json!("guildhall-order-1")),
        ("rail", json!("bank-file")),
    ] {
        let wrong = changed(&good, &format!("{facts}/{field}"), value.clone());
        let found = refused(buyer.present(&shop, &ordered, &wrong).await).await;
        assert_eq!(
            found,
            (422, "payment.receipt".to_owned()),
            "{field} {value}"
        );
    }
    for (pointer, value) in [
        ("/effects/0/state", json!("pending")),
        ("/effects/0/state", json!("failed")),
        ("/effects/0/undone", json!(true)),
        ("/effects", json!([])),
        ("/version", json!(2)),
    ] {
        let found = refused(
            buyer
                .present(&shop, &ordered, &changed(&good, pointer, value))
                .await,
        )
        .await;
        assert_eq!(found, (422, "payment.receipt".to_owned()), "{pointer}");
    }
    // Another merchant's, and one whose byte was changed.
    let stranger = Buyer::new();
    let theirs = stranger.proof(&ordered, &good);
    assert_eq!(
        refused(present(&shop, &id, &theirs).await).await.1,
        "payment.receipt"
    );
    let proof = buyer.proof(&ordered, &good);
    for at in [10, proof.receipt.len() / 2, proof.receipt.len() - 20] {
        let mut bytes = proof.receipt.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = PaymentProof {
            receipt: String::from_utf8(bytes).unwrap(),
            order: proof.order.clone(),
        };
        assert_eq!(
            refused(present(&shop, &id, &changed).await).await.1,
            "payment.receipt"
        );
    }
    // An order that this marketplace did not sign, or that is somewhere else.
    let forged = {
        let mut order = ordered.order.clone();
        order.amount = amount("EUR 0.01");
        let envelope = buyer.sign(&order).request;
        Ordered { order, envelope }
    };
    let cheap = receipt(&forged.order, "run-1");
    let found = refused(buyer.present(&shop, &forged, &cheap).await).await;
    assert_eq!(found, (422, "payment.order".to_owned()));
    let elsewhere = guildhall_package::Digest::of(b"x");
    let found = refused(present(&shop, &elsewhere, &proof).await).await;
    assert_eq!(found, (422, "payment.other-order".to_owned()));
    assert_eq!(
        refused(shop.post("", "/api/v1/orders/x/payment", &proof).await)
            .await
            .0,
        404
    );
    assert_eq!(booked(&shop, "").await, 0);
    // After all of this the right one is taken.
    buyer.pay(&shop, &ordered).await;
    assert_eq!(booked(&shop, "").await, 1);
}

async fn one_payment_pays_one_order(db: Db) {
    let shop = Shop::open(db).await;
    let price = once("EUR 12.00");
    let author = seller(&shop, "northwind", "tool", &price).await;
    author
        .released(&shop, &author.release("second", "1.0.0"))
        .await;
    assert_eq!(
        set_price(&shop, &author.token, "northwind/second", &price)
            .await
            .status(),
        200
    );
    let buyer = Buyer::new();
    let first = buyer.order(&shop, "northwind/tool", &price).await;
    let second = buyer.order(&shop, "northwind/second", &price).await;
    let paid = receipt(&first.order, "run-1");
    assert_eq!(buyer.present(&shop, &first, &paid).await.status(), 200);
    // The receipt of one order does not pay the other,
    let found = refused(buyer.present(&shop, &second, &paid).await).await;
    assert_eq!(found, (422, "payment.receipt".to_owned()));
    // nor does one effect that a host signs under two names.
    let twice = receipt(&second.order, "run-1");
    let found = refused(buyer.present(&shop, &second, &twice).await).await;
    assert_eq!(found, (409, "payment.receipt-used".to_owned()));
    // A run that paid the first one again is told which one counts.
    let again = receipt(&first.order, "run-2");
    let answer: LicenceAnswer = answer(buyer.present(&shop, &first, &again).await).await;
    assert_eq!(answer.invocation, "run-1");
    assert_eq!(booked(&shop, "capture:").await, 1);
}

async fn two_presentations_at_once_are_one_payment(db: Db) {
    let one = Shop::open(db).await;
    let two = one.twin().await;
    let price = once("EUR 12.00");
    seller(&one, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    // The other process follows the log ten times in a second.
    loop {
        let response = two.get("/api/v1/skills/northwind/tool").await;
        if response.status() == 200 && answer::<SkillInfo>(response).await.price == price {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    for number in 0..4 {
        let buyer = if number % 2 == 0 {
            buyer.clone()
        } else {
            Buyer::new()
        };
        let wish = buyer.wish(&one, "northwind/tool", &price);
        let asked: Vec<OrderAnswer> = futures::future::join_all(
            [&one, &two, &one, &two]
                .map(|shop| async { answer(buyer.ask(shop, &wish).await).await }),
        )
        .await;
        let Some(OrderAnswer::ToPay { order }) = asked.first() else {
            assert!(number > 0, "{asked:?}");
            continue;
        };
        let ordered = Ordered {
            order: signed(&one, order).await,
            envelope: order.clone(),
        };
        let paid = receipt(&ordered.order, &run_of(&ordered.order));
        let all = [&one, &two, &one, &two].map(|shop| buyer.present(shop, &ordered, &paid));
        for response in futures::future::join_all(all).await {
            let _: LicenceAnswer = answer(response).await;
        }
    }
    assert_eq!(booked(&one, "capture:").await, 3);
    drop(two);
}

async fn requests_count_only_from_the_merchant_they_name(db: Db) {
    let shop = Shop::open(db).await;
    let price = once("EUR 12.00");
    seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    let good = buyer.wish(&shop, "northwind/tool", &price);
    let thief = Buyer::new();
    for (code, request) in [
        // In another's name.
        ("request.signature", thief.sign(&good)),
        ("request.signature", {
            let mut wish = good.clone();
            wish.origin = "other.test".to_owned();
            buyer.sign(&wish)
        }),
        (
            "request.signature",
            buyer.sign(&buyer.refund_request(&shop, &guildhall_package::Digest::of(b""), 0)),
        ),
        ("request.stale", {
            let mut wish = good.clone();
            wish.at -= 16 * 60_000;
            buyer.sign(&wish)
        }),
        ("request.stale", {
            let mut wish = good.clone();
            wish.at += 16 * 60_000;
            buyer.sign(&wish)
        }),
    ] {
        let found = refused(shop.post("", "/api/v1/orders", &request).await).await;
        assert_eq!(found, (422, code.to_owned()));
    }
    let mut unknown = good.clone();
    unknown.skill = "northwind/other".parse().unwrap();
    let found = refused(buyer.ask(&shop, &unknown).await).await;
    assert_eq!(found, (404, "skill.not-offered".to_owned()));
    // Nothing of these left a trace.
    assert_eq!(buyer.list(&shop, None).await.items.len(), 0);
}

async fn months_follow_each_other(db: Db) {
    let shop = Shop::open(db).await;
    let price = monthly("EUR 5.00");
    seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    let wish = |next| {
        let mut wish = buyer.wish(&shop, "northwind/tool", &price);
        wish.next = next;
        wish
    };
    let first = buyer.buy(&shop, "northwind/tool", &price).await;
    let covers = first.order.covers;
    assert!((28..=31).contains(&covers.days()));
    // The next month can't be ordered yet, and asking costs nothing.
    assert_eq!(buyer.has(&shop, &wish(true)).await.order, first.order.id);
    shop.clock
        .advance(covers.until - shop.clock.now() - 3 * DAY);
    assert_eq!(buyer.has(&shop, &wish(false)).await.order, first.order.id);
    let second = buyer.to_pay(&shop, &wish(true)).await;
    assert_eq!(
        (second.order.facts.purchase, second.order.facts.period),
        (0, 1)
    );
    assert_eq!(second.order.covers.from, covers.until);
    let licence = buyer.pay(&shop, &second).await;
    assert_eq!(
        (licence.from, licence.until),
        (second.order.covers.from, second.order.covers.until)
    );
    assert_eq!(buyer.has(&shop, &wish(true)).await.order, second.order.id);
    // Cancelled: what is paid goes on, no further month is sold, and after the end it is bought anew.
    let told: Value = answer(buyer.cancel(&shop, "northwind/tool").await).await;
    assert_eq!(told["paid_until"], second.order.covers.until);
    let again: Value = answer(buyer.cancel(&shop, "northwind/tool").await).await;
    assert_eq!(again, told);
    shop.clock
        .advance(second.order.covers.until - shop.clock.now() - DAY);
    let no = refused(buyer.ask(&shop, &wish(true)).await).await;
    assert_eq!(no, (409, "order.cancelled".to_owned()));
    assert_eq!(buyer.has(&shop, &wish(false)).await.order, second.order.id);
    shop.clock.advance(2 * DAY);
    let anew = buyer.to_pay(&shop, &wish(false)).await;
    assert_eq!((anew.order.facts.purchase, anew.order.facts.period), (1, 0));
    assert_eq!(booked(&shop, "capture:").await, 2);
    // Who has nothing has nothing to cancel, and what was paid once goes on by itself.
    let stranger = refused(Buyer::new().cancel(&shop, "northwind/tool").await).await;
    assert_eq!(stranger.0, 404);
}

async fn what_is_paid_is_found_again(db: Db) {
    let shop = Shop::with(db, |config| config.money.credit[0].minor = 100_000_000).await;
    let price = once("EUR 1.00");
    let author = seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    let ordered = buyer.buy(&shop, "northwind/tool", &price).await;
    let stranger = Buyer::new();
    // Another's order gives no licence, and is not even told to be there.
    assert_eq!(
        refused(stranger.renew(&shop, &ordered.order.id).await)
            .await
            .0,
        404
    );
    assert_eq!(stranger.list(&shop, None).await.items.len(), 0);
    shop.clock.advance(60 * DAY);
    let renewed: LicenceAnswer = answer(buyer.renew(&shop, &ordered.order.id).await).await;
    let licence: guildhall_package::market::money::Licence = signed(&shop, &renewed.licence).await;
    assert!(licence.until >= shop.clock.now() + 364 * DAY);
    assert_eq!(booked(&shop, "").await, 1, "renewing is free of charge");
    // A host that lost everything but its key gets it all back, in pages.
    for number in 0..51 {
        let name = format!("tool-{number}");
        author
            .released(&shop, &author.release(&name, "1.0.0"))
            .await;
        let full = format!("northwind/{name}");
        assert_eq!(
            set_price(&shop, &author.token, &full, &price)
                .await
                .status(),
            200
        );
        buyer.buy(&shop, &full, &price).await;
    }
    let first = buyer.list(&shop, None).await;
    assert_eq!(first.items.len(), 50);
    let second = buyer.list(&shop, first.next.clone()).await;
    assert_eq!((second.items.len(), second.next), (2, None));
    let mut orders: Vec<_> = first
        .items
        .iter()
        .chain(&second.items)
        .map(|it| it.order)
        .collect();
    orders.dedup();
    assert_eq!(orders.len(), 52);
    for item in first.items.iter().take(3) {
        let licence: guildhall_package::market::money::Licence =
            signed(&shop, item.licence.as_ref().unwrap()).await;
        assert_eq!(
            (licence.order, licence.merchant),
            (item.order, buyer.merchant())
        );
    }
}

async fn an_older_database_takes_the_receipt_again(db: Db) {
    let mut shop = Shop::open(db).await;
    let price = monthly("EUR 5.00");
    seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    let first = buyer.buy(&shop, "northwind/tool", &price).await;
    shop.clock
        .advance(first.order.covers.until - shop.clock.now() - DAY);
    let mut wish = buyer.wish(&shop, "northwind/tool", &price);
    wish.next = true;
    let second = buyer.to_pay(&shop, &wish).await;
    buyer.pay(&shop, &second).await;
    // What happened to orders since the backup is gone.
    let store = guildhall_marketplace::store::open(&shop.config.database)
        .await
        .unwrap();
    let mut tx = store.write().await.unwrap();
    for table in ["orders", "purchases", "ledger"] {
        let sql = format!("DELETE FROM {table}");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(tx.connection())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await;
    shop.restart().await;
    assert_eq!(buyer.list(&shop, None).await.items.len(), 0);
    // In whatever order the receipts come.
    for ordered in [&second, &first, &second, &first] {
        let licence = buyer.pay(&shop, ordered).await;
        assert_eq!(licence.order, ordered.order.id);
    }
    let merchant = format!("merchant:{}", buyer.merchant());
    assert_eq!(eur(&shop, &merchant).await, -1_000);
    assert_eq!(booked(&shop, "capture:").await, 2);
    let mut wish = buyer.wish(&shop, "northwind/tool", &price);
    wish.next = true;
    assert_eq!(buyer.has(&shop, &wish).await.order, second.order.id);
}

async fn orders_are_limited_by_address(db: Db) {
    let shop = Shop::with(db, |config| config.limits.orders_per_minute = 3).await;
    let mut codes = Vec::new();
    for _ in 0..5 {
        let body =
            Buyer::new().sign(&Buyer::new().wish(&shop, "northwind/tool", &once("EUR 1.00")));
        let (status, _) = refused(shop.post("", "/api/v1/orders", &body).await).await;
        codes.push(status);
    }
    assert_eq!(codes, [422, 422, 422, 429, 429]);
}

#[tokio::test]
async fn an_order_that_nobody_pays_leaves_nothing() {
    let mut shop = Shop::open(Db::Sqlite).await;
    let price = once("EUR 12.00");
    let author: Author = seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    let ordered = buyer.order(&shop, "northwind/tool", &price).await;
    shop.clock.advance(20 * 60_000);
    // A start sweeps.
    shop.restart().await;
    let store = guildhall_marketplace::store::open(&shop.config.database)
        .await
        .unwrap();
    let mut left = 1;
    for _ in 0..100 {
        let mut db = store.read().await.unwrap();
        let rows = sqlx::query("SELECT id FROM orders")
            .fetch_all(&mut *db)
            .await
            .unwrap();
        left = rows.len();
        if left == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(left, 0);
    // Paid late, it counts.
    buyer.pay(&shop, &ordered).await;
    assert_eq!(booked(&shop, "capture:").await, 1);
    assert_eq!(status(&shop).await.refunded.len(), 0);
    assert_eq!(log_key(&shop).await.to_string().len(), 52);
    let key: SigningKey = author.key;
    let foreign = sign_receipt(&key, &receipt(&ordered.order, "run-9"));
    let proof = PaymentProof {
        order: ordered.envelope.clone(),
        receipt: foreign,
    };
    let found = refused(present(&shop, &ordered.order.id, &proof).await).await;
    assert_eq!(found, (422, "payment.receipt".to_owned()));
    assert_eq!(ordered.order.facts.origin, ORIGIN);
}
