//! What the operator paid out to publishers: never more than merchants have paid in, once for each reference, and told to them.

use guildhall_package::market::Problem;
use guildhall_package::market::account::{Role, Scope};
use guildhall_package::market::money::{
    EarningKind, Earnings, Payout, PayoutAnswer, Settle, SettleAnswer,
};

use crate::author::account;
use crate::books::{balances, booked, eur};
use crate::both;
use crate::buyer::{Buyer, amount, once, seller};
use crate::shop::{ADMIN, Db, Shop, answer, refused};
use crate::visit::Visit;

both!(
    no_more_is_paid_out_than_merchants_have_paid_in,
    a_payout_counts_once,
    what_was_paid_out_and_is_paid_back_is_set_off,
    a_publisher_sees_what_was_paid_out,
    only_an_admin_pays_out
);

const SKILL: &str = "northwind/tool";
const PATH: &str = "/api/v1/admin/payouts";

fn euros(minor: i64) -> guildhall_package::money::Amount {
    let currency = amount("EUR 1.00").currency;
    guildhall_package::money::Amount { minor, currency }
}

fn payout(minor: i64, reference: &str) -> Payout {
    Payout {
        publisher: "northwind".parse().unwrap(),
        amount: euros(minor),
        reference: reference.to_owned(),
        note: None,
    }
}

/// A marketplace with a seller, and a buyer who bought for EUR 20.00 and has settled this much of it.
async fn sold(db: Db, settled: &str) -> (Shop, crate::author::Author, Buyer, String) {
    let shop = Shop::open(db).await;
    let price = once("EUR 20.00");
    let author = seller(&shop, "northwind", "tool", &price).await;
    let buyer = Buyer::new();
    buyer.buy(&shop, SKILL, &price).await;
    let admin = shop.admin().await;
    settle(&shop, &admin, &buyer, settled, "in 1").await;
    (shop, author, buyer, admin)
}

async fn settle(shop: &Shop, admin: &str, buyer: &Buyer, paid: &str, reference: &str) {
    let wanted = Settle {
        merchant: buyer.merchant(),
        amount: amount(paid),
        reference: reference.to_owned(),
    };
    let response = shop.post(admin, "/api/v1/admin/settlements", &wanted).await;
    let _: SettleAnswer = answer(response).await;
}

async fn earnings(shop: &Shop, token: &str) -> Earnings {
    answer(
        shop.read(token, "/api/v1/publishers/northwind/earnings")
            .await,
    )
    .await
}

async fn no_more_is_paid_out_than_merchants_have_paid_in(db: Db) {
    let (shop, author, buyer, admin) = sold(db, "EUR 10.00").await;
    // The author's part of 10.00 is 8.50, and 17.00 is owed.
    let response = shop.post(&admin, PATH, &payout(851, "out 1")).await;
    assert_eq!(response.status(), 409);
    let problem: Problem = response.json().await.unwrap();
    assert_eq!(problem.code, "payout.exceeds");
    assert!(problem.detail.contains("EUR 8.50 now"), "{problem:?}");
    assert!(problem.fix.contains("settle"), "{problem:?}");
    assert_eq!(booked(&shop, "payout:").await, 0);
    let paid: PayoutAnswer = answer(shop.post(&admin, PATH, &payout(800, "out 1")).await).await;
    assert_eq!(
        (paid.paid_out, paid.left),
        (amount("EUR 8.00"), amount("EUR 0.50"))
    );
    let exceeds = (409, "payout.exceeds".to_owned());
    let more = refused(shop.post(&admin, PATH, &payout(51, "out 2")).await).await;
    assert_eq!(more, exceeds);
    // In another currency nothing was ever paid in.
    let mut dollars = payout(1, "out 2");
    dollars.amount = amount("USD 0.01");
    assert_eq!(
        refused(shop.post(&admin, PATH, &dollars).await).await,
        exceeds
    );
    settle(&shop, &admin, &buyer, "EUR 10.00", "in 2").await;
    let paid: PayoutAnswer = answer(shop.post(&admin, PATH, &payout(900, "out 2")).await).await;
    assert_eq!(
        (paid.paid_out, paid.left),
        (amount("EUR 17.00"), amount("EUR 0"))
    );
    // What is left is the marketplace's own part.
    assert_eq!(eur(&shop, "author:northwind").await, 0);
    assert_eq!(eur(&shop, "income").await, 300);
    assert_eq!(eur(&shop, "bank").await, -300);
    let told = earnings(&shop, &author.token).await.totals[0];
    assert_eq!(
        (told.payable, told.settled, told.paid_out),
        (amount("EUR 0"), amount("EUR 0"), amount("EUR 17.00"))
    );
    for (minor, reference, note) in [
        (0, "a", None),
        (-5, "a", None),
        (1_000_000_000_001, "a", None),
        (1, "", None),
        (1, " a", None),
        (1, "a\nb", None),
        (1, "a", Some("")),
        (1, "a", Some("a\u{7}")),
    ] {
        let mut wrong = payout(minor, reference);
        wrong.note = note.map(str::to_owned);
        let found = refused(shop.post(&admin, PATH, &wrong).await).await;
        assert_eq!(found, (422, "request.value".to_owned()), "{wrong:?}");
    }
    let mut nobody = payout(1, "a");
    nobody.publisher = "nobody".parse().unwrap();
    assert_eq!(refused(shop.post(&admin, PATH, &nobody).await).await.0, 404);
}

async fn a_payout_counts_once(db: Db) {
    let (shop, _, _, admin) = sold(db, "EUR 20.00").await;
    let twin = shop.twin().await;
    // Two processes, the same payout: it is one.
    let wanted = payout(1_000, "out 1");
    let (one, two) = tokio::join!(
        shop.post(&admin, PATH, &wanted),
        twin.post(&admin, PATH, &wanted)
    );
    for response in [one, two] {
        let told: PayoutAnswer = answer(response).await;
        assert_eq!(
            (told.paid_out, told.left),
            (amount("EUR 10.00"), amount("EUR 7.00"))
        );
    }
    assert_eq!(booked(&shop, "payout:").await, 1);
    // Two payouts of what is enough for one: one is refused.
    let rivals = (payout(700, "out 2"), payout(700, "out 3"));
    let (one, two) = tokio::join!(
        shop.post(&admin, PATH, &rivals.0),
        twin.post(&admin, PATH, &rivals.1)
    );
    let mut codes = [one.status().as_u16(), two.status().as_u16()];
    codes.sort_unstable();
    assert_eq!(codes, [200, 409]);
    assert_eq!(eur(&shop, "author:northwind").await, 0);
    // Said again later it is still the same; with another amount or publisher it is refused.
    let again: PayoutAnswer = answer(shop.post(&admin, PATH, &payout(1_000, "out 1")).await).await;
    assert_eq!(again.left, amount("EUR 0"));
    let mut other = payout(1_000, "out 1");
    other.publisher = "southwind".parse().unwrap();
    for wrong in [payout(999, "out 1"), other] {
        let found = refused(shop.post(&admin, PATH, &wrong).await).await;
        assert_eq!(found, (409, "payout.reference".to_owned()));
    }
    assert_eq!(booked(&shop, "payout:").await, 2);
    drop(twin);
}

async fn what_was_paid_out_and_is_paid_back_is_set_off(db: Db) {
    let (shop, author, buyer, admin) = sold(db, "EUR 20.00").await;
    let _: PayoutAnswer = answer(shop.post(&admin, PATH, &payout(1_700, "out 1")).await).await;
    let bought = buyer.list(&shop, None).await.items[0].order;
    buyer.refund(&shop, &bought, 0).await;
    let told = earnings(&shop, &author.token).await.totals[0];
    let back = euros(-1_700);
    assert_eq!((told.payable, told.settled), (back, back));
    // Nothing is paid out before that is earned again.
    let price = once("EUR 20.00");
    Buyer::new().buy(&shop, SKILL, &price).await;
    let another = Buyer::new();
    another.buy(&shop, SKILL, &price).await;
    let exceeds = (409, "payout.exceeds".to_owned());
    let found = refused(shop.post(&admin, PATH, &payout(1, "out 2")).await).await;
    assert_eq!(found, exceeds);
    settle(&shop, &admin, &another, "EUR 20.00", "in 2").await;
    let found = refused(shop.post(&admin, PATH, &payout(1, "out 2")).await).await;
    assert_eq!(found, exceeds);
    assert_eq!(
        earnings(&shop, &author.token).await.totals[0].payable,
        amount("EUR 17.00")
    );
}

async fn a_publisher_sees_what_was_paid_out(db: Db) {
    let (shop, author, _, admin) = sold(db, "EUR 20.00").await;
    let long = "ü".repeat(140);
    for (minor, reference, note) in [
        (500, "=1+1", Some("for November")),
        (300, long.as_str(), None),
        (200, "@out", Some("-2+3")),
    ] {
        let mut wanted = payout(minor, reference);
        wanted.note = note.map(str::to_owned);
        let _: PayoutAnswer = answer(shop.post(&admin, PATH, &wanted).await).await;
    }
    // Line by line, a page each.
    let mut lines = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/publishers/northwind/earnings?limit=1{cursor}");
        let page: Earnings = answer(shop.read(&author.token, &path).await).await;
        lines.extend(page.items);
        match page.next {
            Some(next) => cursor = format!("&cursor={}", next.replace(' ', "%20")),
            None => break,
        }
    }
    assert_eq!(lines.len(), 4);
    let sum: i64 = lines.iter().map(|line| line.share.minor).sum();
    assert_eq!(sum, 700);
    assert_eq!(lines[0].kind, EarningKind::Sale);
    assert!(lines[0].reference.is_none() && lines[0].skill.is_some());
    let paid = lines
        .iter()
        .find(|line| line.reference.as_deref() == Some("=1+1"))
        .unwrap();
    assert_eq!(paid.kind, EarningKind::Payout);
    assert_eq!((paid.amount, paid.share), (euros(-500), euros(-500)));
    assert_eq!(paid.note.as_deref(), Some("for November"));
    assert!(paid.skill.is_none() && paid.order.is_none() && paid.settled);
    // As a table, in which nothing is a formula.
    let path = "/api/v1/publishers/northwind/earnings.csv";
    let table = shop.read(&author.token, path).await.text().await.unwrap();
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4);
    for row in rows.iter().filter(|row| &row[1] == "payout") {
        assert_eq!((&row[2], &row[3], &row[7]), ("", "", "yes"));
        for cell in [&row[8], &row[9]] {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
    assert!(
        table.contains("'=1+1") && table.contains("'-2+3"),
        "{table}"
    );
    // And on the dashboard.
    let page = Visit::of(&shop, "northwind")
        .await
        .get(&shop, "/dashboard")
        .await;
    page.has("<dt>Paid out to you</dt><dd>EUR 10.00</dd>")
        .has("<dd>EUR 7.00</dd>");
}

async fn only_an_admin_pays_out(db: Db) {
    let (shop, author, _, admin) = sold(db, "EUR 20.00").await;
    let stranger = account(&shop, "stranger").await;
    let narrow: guildhall_package::market::account::IssuedToken = answer(
        shop.login(ADMIN, crate::shop::PASSWORD, &[Scope::Account])
            .await,
    )
    .await;
    let wanted = payout(1, "out 1");
    for (token, refusal) in [
        ("", 401),
        (author.token.as_str(), 403),
        (stranger.as_str(), 403),
        (narrow.token.as_str(), 403),
    ] {
        assert_eq!(
            refused(shop.post(token, PATH, &wanted).await).await.0,
            refusal
        );
    }
    // A reviewer is no admin.
    let roles = guildhall_package::market::account::SetRoles {
        roles: vec![Role::Reviewer],
    };
    let path = "/api/v1/admin/accounts/stranger/roles";
    let set = shop.send(&admin, reqwest::Method::PUT, path, &roles).await;
    assert_eq!(set.status(), 204);
    assert_eq!(
        refused(shop.post(&stranger, PATH, &wanted).await).await.0,
        403
    );
    assert_eq!(booked(&shop, "payout:").await, 0);
    assert_eq!(balances(&shop).await.values().sum::<i64>(), 0);
}
