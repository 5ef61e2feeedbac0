//! From which amount on an approval asks again: set on a page, by owners, heeded by the next card, told in the audit log.

use axum::http::StatusCode;
use guildhall_console::people::Role;
use guildhall_host::{NewAccount, Tenant};

use super::approvals::{hash, waits};
use super::bench::{Bench, PASSWORD};

const PATH: &str = "/settings/ceilings";
const PAYEE: &str = "payable/market.example/eur";
/// Longer than a sign-in counts as fresh.
const LATER: i64 = 6 * 60 * 1000;

/// A console of a merchant with EUR 5,000.00 that nothing was set for.
async fn merchant() -> Bench {
    let bench = Bench::new().await;
    let me = Tenant::local();
    let all = "EUR 5000.00".parse::<guildhall_host::Amount>().unwrap();
    let till = NewAccount::book("till", all.currency, "UTC").unwrap();
    bench.host.open_account(&me, till).await.unwrap();
    bench.host.deposit(&me, "till", all).await.unwrap();
    bench.host.open_payable(PAYEE, all.currency).await.unwrap();
    bench
}

const fn euros(amount: &str) -> [(&str, &str); 2] {
    [("currency", "EUR"), ("amount", amount)]
}

#[tokio::test]
async fn the_next_card_heeds_what_was_set_and_only_raising_takes_signing_in_again() {
    let bench = merchant().await;
    let mut ann = bench.owner().await;
    // The first payment of all asks for another reason.
    let first = waits(&bench, "order-1", "1.00").await;
    let once = ("decision", "once");
    let effects = hash(&bench, &first).await;
    let path = format!("/approvals/{first}");
    let said = ann.post(&path, &[("effects", &effects), once]).await;
    said.goes_to();
    bench.app.clock.advance(LATER);
    let run = waits(&bench, "order-2", "200.00").await;
    let card = format!("/approvals/{run}");
    assert!(!ann.get(&card).await.text.contains("is more than"));
    // Lower, at any time.
    let done = ann.post(PATH, &euros("150.00")).await;
    ann.get(done.goes_to())
        .await
        .says("Above <strong>EUR 150.00</strong>")
        .says("counts for the next card");
    ann.get(&card)
        .await
        .says("EUR 200.00 is more than EUR 150.00");
    let effects = hash(&bench, &run).await;
    let refused = ann.post(&card, &[("effects", &effects), once]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    // Higher, only by who has shown who it is, be it one cent.
    for amount in ["150.01", "100000"] {
        let refused = ann.post(PATH, &euros(amount)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{amount}");
        refused
            .says("Nothing was changed.")
            .says("Give your password");
    }
    let mut wrong = euros("300.00").to_vec();
    wrong.push(("password", "a wrong password"));
    let refused = ann.post(PATH, &wrong).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    ann.get(&card).await.says("is more than EUR 150.00");
    let mut right = euros("300.00").to_vec();
    right.push(("password", PASSWORD));
    ann.post(PATH, &right).await.goes_to();
    assert!(!ann.get(&card).await.text.contains("is more than"));
    let done = ann.post(&card, &[("effects", &effects), once]).await;
    assert_eq!(done.goes_to(), format!("{card}?done=1"));
    // Other currencies stay as they were, and nothing at all is an amount, too.
    let zero = ann
        .post(PATH, &[("currency", "jpy"), ("amount", "0")])
        .await;
    ann.get(zero.goes_to())
        .await
        .says("JPY 0")
        .says("EUR 300.00");
    let log = ann.get("/settings/audit").await;
    log.says("ask again who it is above EUR 150.00, and no more above EUR 1000.00")
        .says("ask again who it is above EUR 300.00, and no more above EUR 150.00");
    bench
        .host
        .verify_audit(&Tenant::local(), &[])
        .await
        .expect("a chain that holds");
}

#[tokio::test]
async fn nobody_but_an_owner_sets_it_and_nothing_goes_above_what_the_program_allows() {
    let most = "EUR 50.00".parse().unwrap();
    let bench = Bench::with(|config| config.ask_again_above = vec![most]).await;
    let mut ann = bench.owner().await;
    for (name, role) in [
        ("Vi", Role::Viewer),
        ("Ap", Role::Approver),
        ("Op", Role::Operator),
    ] {
        let mut other = bench.invited(&mut ann, name, role).await;
        let page = other.get(PATH).await;
        page.says("EUR 50.00");
        assert!(!page.text.contains("Set an amount"), "{}", page.text);
        let refused = other.post(PATH, &euros("1.00")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}");
        let refused = other
            .post("/settings/ceilings/challenge", &euros("1.00"))
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}");
    }
    for (currency, amount) in [
        ("EUR", "50.01"),
        ("EUR", "-1"),
        ("EUR", "much"),
        ("euros", "1"),
        ("XXX", "1"),
    ] {
        let fields = [("currency", currency), ("amount", amount)];
        let refused = ann.post(PATH, &fields).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{currency} {amount}"
        );
    }
    ann.post(PATH, &euros("20.00")).await.goes_to();
    ann.get(PATH).await.says("Above <strong>EUR 20.00</strong>");
}
