//! Refunds, credit, settlements and what authors are told.

use guildhall_package::market::Page;
use guildhall_package::market::account::Scope;
use guildhall_package::market::money::{
    CancelAnswer, CreditNote, Debt, EarningKind, Earnings, LicenceAnswer, RefundAnswer, RefundRule,
    SetCredit, Settle, SettleAnswer,
};
use guildhall_package::market::publisher::SetMember;
use reqwest::Method;
use serde_json::Value;

use crate::author::account;
use crate::books::{booked, eur};
use crate::both;
use crate::buyer::{Buyer, amount, monthly, once, seller, signed, status};
use crate::shop::{Db, Shop, answer, refused};

const DAY: i64 = 86_400_000;
const SKILL: &str = "northwind/tool";

both!(
    all_comes_back_within_14_days_if_it_never_ran,
    later_the_unused_days_come_back,
    a_status_that_is_full_tells_the_operator,
    an_order_is_paid_back_once,
    months_are_paid_back_from_the_last_one_on_and_none_is_paid_twice,
    nobody_gets_back_what_another_paid,
    the_host_is_believed_about_runs_and_not_about_time,
    a_merchant_owes_no_more_than_he_may,
    a_settlement_counts_once_and_the_oldest_order_first,
    members_see_what_was_earned_and_nobody_else
);

async fn all_comes_back_within_14_days_if_it_never_ran(db: Db) {
    let shop = Shop::open(db).await;
    let price = once("EUR 12.01");
    seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    let ordered = buyer.buy(&shop, SKILL, &price).await;
    shop.clock.advance(13 * DAY);
    assert!(!status(&shop).await.is_refunded(&ordered.order.id));
    let note = buyer.refund(&shop, &ordered.order.id, 0).await;
    assert_eq!(
        (note.amount, note.rule),
        (amount("EUR 12.01"), RefundRule::Full)
    );
    assert_eq!(
        (note.order, note.merchant),
        (ordered.order.id, buyer.merchant())
    );
    assert_eq!(note.payee, ordered.order.payee);
    // Everything is as if it had not been.
    for account in [
        format!("merchant:{}", buyer.merchant()),
        "author:northwind".to_owned(),
        "income".to_owned(),
    ] {
        assert_eq!(eur(&shop, &account).await, 0, "{account}");
    }
    // Hosts hear of it by the signed status, until the licence would have ended.
    let told = status(&shop).await;
    assert!(told.is_refunded(&ordered.order.id));
    assert_eq!(told.refunded.len(), 1);
    assert!(told.refunded[0].until > shop.clock.now() + 365 * DAY);
    let listed = buyer.list(&shop, None).await;
    assert!(listed.items[0].licence.is_none());
    let again: CreditNote = signed(&shop, listed.items[0].credit_note.as_ref().unwrap()).await;
    assert_eq!(again, note);
    let no = refused(buyer.renew(&shop, &ordered.order.id).await).await;
    assert_eq!(no, (409, "licence.refunded".to_owned()));
    // The receipt is spent.
    let receipt = crate::buyer::receipt(&ordered.order, &crate::buyer::run_of(&ordered.order));
    let no = refused(buyer.present(&shop, &ordered, &receipt).await).await;
    assert_eq!(no, (409, "licence.refunded".to_owned()));
    // Bought anew, it is another purchase.
    let anew = buyer.buy(&shop, SKILL, &price).await;
    assert_eq!(anew.order.facts.purchase, 1);
    assert_ne!(anew.order.id, ordered.order.id);
    assert_eq!(status(&shop).await.refunded.len(), 1);
    // By the same rule.
    shop.clock.advance(1_000);
    let note = buyer.refund(&shop, &anew.order.id, 0).await;
    assert_eq!(
        (note.amount, note.rule),
        (amount("EUR 12.01"), RefundRule::Full)
    );
    assert_eq!(status(&shop).await.refunded.len(), 2);
    shop.clock.advance(380 * DAY);
    assert_eq!(status(&shop).await.refunded.len(), 0);
    let metrics = shop.get("/metrics").await.text().await.unwrap();
    assert!(
        metrics.contains("guildhall_marketplace_refunds_total 2"),
        "{metrics}"
    );
}

async fn later_the_unused_days_come_back(db: Db) {
    let shop = Shop::open(db).await;
    let price = once("EUR 36.50");
    seller(&shop, "northwind", "tool", &price).await;
    // A day is 10 cents: one who ran it at once, one who never did.
    for (runs, days, back) in [(3, 0, 3_640), (0, 15, 3_490), (1, 40, 3_240)] {
        let buyer = Buyer::new();
        let ordered = buyer.buy(&shop, SKILL, &price).await;
        shop.clock.advance(days * DAY + 1_000);
        let note = buyer.refund(&shop, &ordered.order.id, runs).await;
        assert_eq!(
            (note.amount.minor, note.rule),
            (back, RefundRule::UnusedDays)
        );
    }
    let author = eur(&shop, "author:northwind").await;
    let income = eur(&shop, "income").await;
    assert_eq!(author + income, 3 * 3_650 - 3_640 - 3_490 - 3_240);
    // In the proportion in which it was shared, to the cent.
    assert!(
        (author - (author + income) * 85 / 100).abs() <= 3,
        "{author} {income}"
    );
    let buyer = Buyer::new();
    let ordered = buyer.buy(&shop, SKILL, &price).await;
    shop.clock.advance(365 * DAY);
    let nothing = refused(buyer.ask_back(&shop, &ordered.order.id, 0).await).await;
    assert_eq!(nothing, (409, "refund.nothing-left".to_owned()));
    assert_eq!(booked(&shop, "refund:").await, 3);
}

async fn a_status_that_is_full_tells_the_operator(db: Db) {
    let shop = Shop::with(db, |config| config.limits.refunded_listed = 1).await;
    let price = once("EUR 12.00");
    seller(&shop, "northwind", "tool", &price).await;
    let unlisted = async || {
        let metrics = shop.get("/metrics").await.text().await.unwrap();
        let line = metrics
            .lines()
            .find(|line| line.starts_with("guildhall_marketplace_refunds_unlisted "));
        line.unwrap().rsplit(' ').next().unwrap().to_owned()
    };
    let mut orders = Vec::new();
    for expected in ["0", "1"] {
        let buyer = Buyer::new();
        let bought = buyer.buy(&shop, SKILL, &price).await;
        buyer.refund(&shop, &bought.order.id, 0).await;
        orders.push(bought.order.id);
        assert_eq!(status(&shop).await.refunded.len(), 1);
        assert_eq!(unlisted().await, expected);
        shop.clock.advance(DAY);
    }
    // The one whose licence ends last is told.
    assert!(status(&shop).await.is_refunded(&orders[1]));
    shop.clock.advance(380 * DAY);
    status(&shop).await;
    assert_eq!(unlisted().await, "0");
}

async fn an_order_is_paid_back_once(db: Db) {
    let shop = Shop::open(db).await;
    let twin = shop.twin().await;
    let price = once("EUR 12.00");
    seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    let ordered = buyer.buy(&shop, SKILL, &price).await;
    let id = ordered.order.id;
    // At once, through two processes.
    let all = [&shop, &twin, &shop, &twin].map(|at| buyer.ask_back(at, &id, 0));
    let mut notes = Vec::new();
    for response in futures::future::join_all(all).await {
        let back: RefundAnswer = answer(response).await;
        notes.push(signed::<CreditNote>(&shop, &back.credit_note).await);
    }
    notes.dedup();
    assert_eq!(notes.len(), 1, "{notes:?}");
    // Later the note is the same, whatever the rule would say then.
    shop.clock.advance(100 * DAY);
    assert_eq!(buyer.refund(&shop, &id, 9).await, notes[0]);
    assert_eq!(booked(&shop, "refund:").await, 1);
    assert_eq!(eur(&shop, "author:northwind").await, 0);
    drop(twin);
}

async fn months_are_paid_back_from_the_last_one_on_and_none_is_paid_twice(db: Db) {
    let shop = Shop::open(db).await;
    let price = monthly("EUR 5.00");
    seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    let wish = |next| {
        let mut wish = buyer.wish(&shop, SKILL, &price);
        wish.next = next;
        wish
    };
    let first = buyer.buy(&shop, SKILL, &price).await;
    let end = first.order.covers.until;
    shop.clock.advance(end - shop.clock.now() - 2 * DAY);
    let second = buyer.to_pay(&shop, &wish(true)).await;
    buyer.pay(&shop, &second).await;
    // While the second is paid the first is not paid back, and it is told what to do.
    let response = buyer.ask_back(&shop, &first.order.id, 1).await;
    assert_eq!(response.status(), 409);
    let problem: guildhall_package::market::Problem = response.json().await.unwrap();
    assert_eq!(problem.code, "refund.later-first");
    // Which order it is, and a command that there is.
    let later = second.order.id.to_string();
    assert!(problem.detail.contains(&later), "{problem:?}");
    let command = format!("`guildhall licences refund {SKILL}`");
    assert!(problem.fix.contains(&command), "{problem:?}");
    assert!(problem.fix.contains("ask the operator"), "{problem:?}");
    let back = buyer.refund(&shop, &second.order.id, 1).await;
    // The first goes on: it is not charged again, and no renewal begins anything.
    assert_eq!(buyer.has(&shop, &wish(false)).await.order, first.order.id);
    let response = buyer.ask(&shop, &wish(true)).await;
    assert_eq!(response.status(), 409);
    let problem: guildhall_package::market::Problem = response.json().await.unwrap();
    assert_eq!(problem.code, "order.cancelled");
    assert!(problem.detail.contains(" UTC"), "{problem:?}");
    assert_eq!(booked(&shop, "capture:").await, 2);
    // Of both it is told that no further month comes; who cancels that, too, is told until when the first goes on.
    let told = async || {
        let list = buyer.list(&shop, None).await.items;
        let cancelled: Vec<bool> = list.iter().map(|own| own.cancelled).collect();
        assert_eq!(cancelled, [true, true], "{list:?}");
        let found: CancelAnswer = answer(buyer.cancel(&shop, SKILL).await).await;
        found.paid_until
    };
    for _ in 0..2 {
        assert_eq!(told().await, end);
    }
    // Nor does one begin anything later; who asks for it buys anew.
    shop.clock.advance(1_000);
    buyer.refund(&shop, &first.order.id, 1).await;
    assert_eq!(told().await, back.at, "the first refund ended it");
    let no = refused(buyer.ask(&shop, &wish(true)).await).await;
    assert_eq!(no, (409, "order.cancelled".to_owned()));
    let anew = buyer.to_pay(&shop, &wish(false)).await;
    assert_eq!((anew.order.facts.purchase, anew.order.facts.period), (1, 0));
    // The new one goes on, and the old one does not.
    buyer.pay(&shop, &anew).await;
    let list = buyer.list(&shop, None).await.items;
    let goes_on: Vec<_> = list.iter().filter(|own| !own.cancelled).collect();
    assert_eq!(goes_on.len(), 1, "{list:?}");
    assert_eq!(goes_on[0].order, anew.order.id);
}

async fn nobody_gets_back_what_another_paid(db: Db) {
    let shop = Shop::open(db).await;
    let price = once("EUR 12.00");
    seller(&shop, "northwind", "tool", &price).await;
    let (buyer, thief) = (Buyer::new(), Buyer::new());
    let ordered = buyer.buy(&shop, SKILL, &price).await;
    let id = ordered.order.id;
    let unknown = (404, "not-found".to_owned());
    assert_eq!(refused(thief.ask_back(&shop, &id, 0).await).await, unknown);
    // In the buyer's name, with another's signature.
    let forged = thief.sign(&buyer.refund_request(&shop, &id, 0));
    let path = format!("/api/v1/orders/{id}/refund");
    let found = refused(shop.post("", &path, &forged).await).await;
    assert_eq!(found, (422, "request.signature".to_owned()));
    // A request for one order does not pay another back.
    let other = guildhall_package::Digest::of(b"x");
    let request = buyer.sign(&buyer.refund_request(&shop, &other, 0));
    assert_eq!(refused(shop.post("", &path, &request).await).await, unknown);
    // An order that is open was not paid.
    let open = thief.order(&shop, SKILL, &price).await;
    assert_eq!(
        refused(thief.ask_back(&shop, &open.order.id, 0).await).await,
        unknown
    );
    assert_eq!(booked(&shop, "refund:").await, 0);
    // A licence counts for the one who bought it.
    let licence = buyer.has(&shop, &buyer.wish(&shop, SKILL, &price)).await;
    let now = shop.clock.now();
    let skill = SKILL.parse().unwrap();
    assert!(
        licence
            .check(&buyer.merchant(), &skill, now, None, false)
            .may_run()
    );
    assert!(
        !licence
            .check(&thief.merchant(), &skill, now, None, false)
            .may_run()
    );
}

async fn the_host_is_believed_about_runs_and_not_about_time(db: Db) {
    let shop = Shop::open(db).await;
    let price = once("EUR 36.50");
    seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    let ordered = buyer.buy(&shop, SKILL, &price).await;
    let id = ordered.order.id;
    let path = format!("/api/v1/orders/{id}/refund");
    shop.clock.advance(30 * DAY);
    // A request that is dated into the first 14 days is not taken.
    let mut early = buyer.refund_request(&shop, &id, 0);
    early.at -= 20 * DAY;
    let found = refused(shop.post("", &path, &buyer.sign(&early)).await).await;
    assert_eq!(found, (422, "request.stale".to_owned()));
    let mut future = buyer.refund_request(&shop, &id, 1);
    future.last_run = Some(shop.clock.now() + DAY);
    let found = refused(shop.post("", &path, &buyer.sign(&future)).await).await;
    assert_eq!(found, (422, "refund.dates".to_owned()));
    // That it never ran is the host's word: it can lie, and gains nothing by it after 14 days.
    let note = buyer.refund(&shop, &id, 0).await;
    assert_eq!(
        (note.amount.minor, note.rule),
        (3_340, RefundRule::UnusedDays)
    );
}

async fn a_merchant_owes_no_more_than_he_may(db: Db) {
    let shop = Shop::with(db, |config| config.money.credit[0].minor = 2_500).await;
    let price = once("EUR 10.00");
    let author = seller(&shop, "northwind", "tool", &price).await;
    let mut skills = vec![SKILL.to_owned()];
    for name in ["second", "third", "fourth"] {
        author.released(&shop, &author.release(name, "1.0.0")).await;
        let full = format!("northwind/{name}");
        let set = crate::buyer::set_price(&shop, &author.token, &full, &price).await;
        assert_eq!(set.status(), 200);
        skills.push(full);
    }
    let buyer = Buyer::new();
    let full = (409, "order.credit-limit".to_owned());
    buyer.buy(&shop, &skills[0], &price).await;
    // What is open counts, too.
    let open = buyer.order(&shop, &skills[1], &price).await;
    let third = buyer.wish(&shop, &skills[2], &price);
    assert_eq!(refused(buyer.ask(&shop, &third).await).await, full);
    // It expires, another takes its place; then it can't be paid before something is settled.
    shop.clock.advance(16 * 60_000);
    buyer.buy(&shop, &skills[2], &price).await;
    let receipt = crate::buyer::receipt(&open.order, "late");
    assert_eq!(
        refused(buyer.present(&shop, &open, &receipt).await).await,
        full
    );
    let admin = shop.admin().await;
    let settle = Settle {
        merchant: buyer.merchant(),
        amount: amount("EUR 10.00"),
        reference: "bank 1".to_owned(),
    };
    let told: SettleAnswer = answer(
        shop.post(&admin, "/api/v1/admin/settlements", &settle)
            .await,
    )
    .await;
    assert_eq!(told.debt, amount("EUR 10.00"));
    assert_eq!(buyer.present(&shop, &open, &receipt).await.status(), 200);
    // The operator trusts this one more.
    let fourth = buyer.wish(&shop, &skills[3], &price);
    assert_eq!(refused(buyer.ask(&shop, &fourth).await).await, full);
    let credit = SetCredit {
        merchant: buyer.merchant(),
        limit: amount("EUR 30.00"),
    };
    let set = shop
        .send(&admin, Method::PUT, "/api/v1/admin/credit", &credit)
        .await;
    assert_eq!(set.status(), 204);
    buyer.buy(&shop, &skills[3], &price).await;
    // Nobody but an administrator decides such things.
    let by_author = shop
        .send(&author.token, Method::PUT, "/api/v1/admin/credit", &credit)
        .await;
    assert_eq!(refused(by_author).await.0, 403);
    let by_author = shop
        .post(&author.token, "/api/v1/admin/settlements", &settle)
        .await;
    assert_eq!(refused(by_author).await.0, 403);
    assert_eq!(
        refused(shop.read(&author.token, "/api/v1/admin/debts").await)
            .await
            .0,
        403
    );
    let mut negative = credit.clone();
    negative.limit.minor = -1;
    let found = shop
        .send(&admin, Method::PUT, "/api/v1/admin/credit", &negative)
        .await;
    assert_eq!(refused(found).await, (422, "request.value".to_owned()));
}

async fn a_settlement_counts_once_and_the_oldest_order_first(db: Db) {
    let shop = Shop::open(db).await;
    let price = once("EUR 10.00");
    let author = seller(&shop, "northwind", "tool", &price).await;
    author
        .released(&shop, &author.release("second", "1.0.0"))
        .await;
    let set = crate::buyer::set_price(&shop, &author.token, "northwind/second", &price).await;
    assert_eq!(set.status(), 200);
    let buyer = Buyer::new();
    let first = buyer.buy(&shop, SKILL, &price).await;
    shop.clock.advance(1_000);
    buyer.buy(&shop, "northwind/second", &price).await;
    let admin = shop.admin().await;
    let mut settle = Settle {
        merchant: buyer.merchant(),
        amount: amount("EUR 15.00"),
        reference: "bank 1".to_owned(),
    };
    let post = |settle: Settle| {
        let (shop, admin) = (&shop, &admin);
        async move { shop.post(admin, "/api/v1/admin/settlements", &settle).await }
    };
    for _ in 0..3 {
        let told: SettleAnswer = answer(post(settle.clone()).await).await;
        assert_eq!(told.debt, amount("EUR 5.00"));
    }
    assert_eq!(booked(&shop, "settle:").await, 1);
    let debts: Page<Debt> = answer(shop.read(&admin, "/api/v1/admin/debts").await).await;
    assert_eq!(
        debts.items,
        [Debt {
            merchant: buyer.merchant(),
            debt: amount("EUR 5.00")
        }]
    );
    let earnings = || async {
        let path = "/api/v1/publishers/northwind/earnings";
        answer::<Earnings>(shop.read(&author.token, path).await).await
    };
    let told = earnings().await;
    let settled: Vec<bool> = told.items.iter().map(|line| line.settled).collect();
    assert_eq!(settled, [true, false]);
    assert_eq!(told.totals[0].payable, amount("EUR 17.00"));
    // All of the first, half of the second.
    assert_eq!(told.totals[0].settled, amount("EUR 12.75"));
    // What is paid back frees what was settled for the next.
    buyer.refund(&shop, &first.order.id, 0).await;
    let told = earnings().await;
    assert_eq!(told.totals[0].payable, amount("EUR 8.50"));
    assert_eq!(told.totals[0].settled, amount("EUR 8.50"));
    // The same reference is the same payment.
    settle.amount = amount("EUR 1.00");
    let found = refused(post(settle.clone()).await).await;
    assert_eq!(found, (409, "settlement.reference".to_owned()));
    settle.reference = "bank 2".to_owned();
    settle.merchant = Buyer::new().merchant();
    assert_eq!(refused(post(settle.clone()).await).await.0, 404);
    settle.merchant = buyer.merchant();
    for (wrong, reference) in [
        ("EUR 0", "a"),
        ("EUR 10000000000.01", "a"),
        ("EUR 1", ""),
        ("EUR 1", " a"),
        ("EUR 1", "a\nb"),
    ] {
        settle.amount = amount(wrong);
        settle.reference = reference.to_owned();
        let found = refused(post(settle.clone()).await).await;
        assert_eq!(
            found,
            (422, "request.value".to_owned()),
            "{wrong} {reference:?}"
        );
    }
    settle.amount.minor = -5;
    settle.reference = "a".to_owned();
    assert_eq!(refused(post(settle).await).await.0, 422);
    assert_eq!(booked(&shop, "settle:").await, 1);
    assert_eq!(eur(&shop, "bank").await, -1_500);
}

async fn members_see_what_was_earned_and_nobody_else(db: Db) {
    let shop = Shop::open(db).await;
    let price = monthly("EUR 10.01");
    let author = seller(&shop, "northwind", "tool", &price).await;
    let path = "/api/v1/publishers/northwind/earnings";
    for kind in ["", ".csv"] {
        let stranger = account(&shop, &format!("stranger{}", kind.len())).await;
        let found = refused(shop.read(&stranger, &format!("{path}{kind}")).await).await;
        assert_eq!(found, (403, "publisher.member".to_owned()));
        assert_eq!(
            refused(shop.get(&format!("{path}{kind}")).await).await.0,
            401
        );
        let narrow = answer::<guildhall_package::market::account::IssuedToken>(
            shop.login("northwind", crate::shop::PASSWORD, &[Scope::Publish])
                .await,
        )
        .await;
        let found = refused(shop.read(&narrow.token, &format!("{path}{kind}")).await).await;
        assert_eq!(found, (403, "token.scope".to_owned()));
    }
    let mut sold = Vec::new();
    for _ in 0..3 {
        sold.push((Buyer::new(), shop.clock.now()));
        let (buyer, _) = sold.last().unwrap();
        buyer.buy(&shop, SKILL, &price).await;
        shop.clock.advance(10);
    }
    let first = &sold[0].0;
    let id = first.list(&shop, None).await.items[0].order;
    first.refund(&shop, &id, 0).await;
    let mut lines = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Earnings = answer(
            shop.read(&author.token, &format!("{path}?limit=3{cursor}"))
                .await,
        )
        .await;
        assert_eq!(page.totals.len(), 1);
        let totals = page.totals[0];
        assert_eq!(
            (totals.sold, totals.refunded),
            (amount("EUR 30.03"), amount("EUR 10.01"))
        );
        assert_eq!(totals.earned, amount("EUR 17.02"));
        assert_eq!(
            (totals.payable, totals.settled),
            (amount("EUR 17.02"), amount("EUR 0"))
        );
        lines.extend(page.items);
        match page.next {
            Some(next) => cursor = format!("&cursor={}", next.replace(' ', "%20")),
            None => break,
        }
    }
    let kinds: Vec<EarningKind> = lines.iter().map(|line| line.kind).collect();
    let sale = EarningKind::Sale;
    assert_eq!(kinds, [sale, sale, sale, EarningKind::Refund]);
    assert_eq!(lines[3].amount.minor, -1_001);
    assert_eq!(lines[3].share.minor, -lines[0].share.minor);
    let text = serde_json::to_string(&lines).unwrap();
    assert!(
        !text.contains(&first.merchant().to_string()),
        "who bought is not told"
    );
    // As a table: the same lines, every cell a plain word or number.
    let response = shop.read(&author.token, &format!("{path}.csv")).await;
    assert_eq!(
        response.headers()["content-type"],
        "text/csv; charset=utf-8"
    );
    let table = response.text().await.unwrap();
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4);
    assert_eq!(&rows[0][5], "10.01");
    assert_eq!(&rows[3][5], "-10.01");
    for cell in rows.iter().flat_map(|row| row.iter()) {
        let formula = cell.starts_with(['=', '+', '@', '\t', '\r'])
            || cell.starts_with('-') && cell.parse::<f64>().is_err();
        assert!(!formula, "{cell}");
    }
    // Another month has nothing, and what is none is refused.
    let past: Earnings = answer(
        shop.read(&author.token, &format!("{path}?month=2020-01"))
            .await,
    )
    .await;
    assert_eq!((past.items.len(), past.totals[0].sold.minor), (0, 0));
    assert_eq!(past.totals[0].payable, amount("EUR 17.02"));
    for query in ["month=2026-13", "month==1%2B1", "cursor=x"] {
        let found = refused(shop.read(&author.token, &format!("{path}?{query}")).await).await;
        assert_eq!(found, (422, "request.value".to_owned()), "{query}");
    }
    // A member who is no owner sees it, and sets no price.
    let member = account(&shop, "harbourmaster").await;
    let part = SetMember {
        role: guildhall_package::market::account::MemberRole::Member,
    };
    let added = shop
        .send(
            &author.token,
            Method::PUT,
            "/api/v1/publishers/northwind/members/harbourmaster",
            &part,
        )
        .await;
    assert_eq!(added.status(), 204);
    let seen: Value = answer(shop.read(&member, path).await).await;
    assert_eq!(seen["items"].as_array().unwrap().len(), 4);
    let set = crate::buyer::set_price(&shop, &member, SKILL, &price).await;
    assert_eq!(refused(set).await, (403, "publisher.member".to_owned()));
    let _: LicenceAnswer = answer(sold[1].0.renew(&shop, &lines[1].order.unwrap()).await).await;
}
