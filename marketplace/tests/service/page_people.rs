//! Signing in and out, and who sees what.

use guildhall_package::market::PublishState;
use guildhall_package::market::account::{ChangePassword, MemberRole, Role, SetRoles};
use guildhall_package::market::money::Price;
use guildhall_package::market::publisher::SetMember;
use reqwest::Method;

use crate::author::{Author, account};
use crate::both;
use crate::buyer::{Buyer, seller};
use crate::component::Recipe;
use crate::pages::is_a_page;
use crate::shop::{ADMIN, Db, PASSWORD, Shop};
use crate::visit::Visit;

both!(
    a_session_begins_anew_ends_and_expires,
    a_changed_password_and_a_lost_role_count_at_once,
    strangers_see_nothing_of_dashboards_and_queues,
    who_guesses_passwords_waits,
    a_reviewer_decides_but_not_about_his_own,
    an_author_sees_what_became_of_releases,
    an_author_sees_what_was_earned_and_nobody_else_does
);

const ONE: &str = "https://rates.example.test/daily/*";
const MORE: &str = "https://rates.example.test/**";
const HOURS_12: i64 = 12 * 60 * 60 * 1000;

async fn a_session_begins_anew_ends_and_expires(db: Db) {
    let shop = Shop::open(db).await;
    account(&shop, "nora").await;
    let mut visit = Visit::default();
    let page = visit.get(&shop, "/dashboard").await;
    assert_eq!(page.to(), "/sign-in?next=%2Fdashboard");
    visit.get(&shop, "/sign-in").await;
    let planted = visit.cookie.clone().unwrap();
    let page = visit.sign_in(&shop, "nora", PASSWORD).await;
    assert_eq!(page.to(), "/dashboard");
    let own = visit.cookie.clone().unwrap();
    // Whoever planted the cookie before has nothing of the session, and no token of its forms.
    assert_ne!(own, planted);
    let mut planter = Visit {
        cookie: Some(planted),
    };
    assert_eq!(planter.get(&shop, "/dashboard").await.status, 303);
    let page = visit.get(&shop, "/dashboard").await;
    is_a_page(&page);
    page.has("Signed in as <strong>nora</strong>")
        .has("Sign out");
    // Nobody is looked up for a page that is not there: nothing limits how often it is asked for.
    for path in ["/nowhere", "/review"] {
        let page = visit.get(&shop, path).await;
        assert!(page.status >= 400, "{path}");
        page.lacks("Sign out").lacks("Sign in<").lacks("nora");
    }
    let page = visit.get(&shop, "/dashboard").await;
    assert!(page.header("vary").contains("cookie"));
    assert_eq!(visit.get(&shop, "/sign-in").await.to(), "/dashboard");
    // Signing in again ends the session before.
    let token = page.token();
    let fields = [
        ("csrf", token.as_str()),
        ("account", "nora"),
        ("password", PASSWORD),
    ];
    let mut before = visit.clone();
    assert_eq!(
        visit.send(&shop, "/sign-in", &fields).await.to(),
        "/dashboard"
    );
    assert_eq!(before.get(&shop, "/dashboard").await.status, 303);
    // Signing out ends it at the server, not only in the browser.
    let mut copy = visit.clone();
    let out = visit.fill(&shop, ("/dashboard", "/sign-out"), &[]).await;
    assert_eq!(out.to(), "/");
    assert!(visit.cookie.is_none(), "{}", out.header("set-cookie"));
    assert_eq!(copy.get(&shop, "/dashboard").await.status, 303);
    // It does not live for ever.
    let mut visit = Visit::of(&shop, "nora").await;
    shop.clock.advance(HOURS_12 - 60_000);
    assert_eq!(visit.get(&shop, "/dashboard").await.status, 200);
    shop.clock.advance(61_000);
    assert_eq!(visit.get(&shop, "/dashboard").await.status, 303);
    // What is no cookie of here, or comes twice, is nobody.
    let good = Visit::of(&shop, "nora").await.cookie.unwrap();
    for cookie in [
        "guildhall=".to_owned(),
        "guildhall=%00".to_owned(),
        format!("{good}; {good}"),
        good.replace("guildhall=", "guildhal="),
        format!("{good}x"),
    ] {
        let mut odd = Visit {
            cookie: Some(cookie.clone()),
        };
        assert_eq!(odd.get(&shop, "/dashboard").await.status, 303, "{cookie}");
    }
}

async fn a_changed_password_and_a_lost_role_count_at_once(db: Db) {
    let shop = Shop::open(db).await;
    let token = account(&shop, "rita").await;
    let path = "/api/v1/admin/accounts/rita/roles";
    let admin = shop.admin().await;
    let give = async |roles: Vec<Role>| {
        let done = shop
            .send(&admin, Method::PUT, path, &SetRoles { roles })
            .await;
        assert_eq!(done.status(), 204);
    };
    give(vec![Role::Reviewer]).await;
    let mut visit = Visit::of(&shop, "rita").await;
    let page = visit.get(&shop, "/review").await;
    assert_eq!(page.status, 200);
    is_a_page(&page);
    give(Vec::new()).await;
    assert_eq!(visit.get(&shop, "/review").await.status, 403);
    let change = ChangePassword {
        old: PASSWORD.to_owned(),
        new: "another long sentence".to_owned(),
    };
    let done = shop.post(&token, "/api/v1/account/password", &change).await;
    assert_eq!(done.status(), 204);
    assert_eq!(visit.get(&shop, "/dashboard").await.status, 303);
}

async fn strangers_see_nothing_of_dashboards_and_queues(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let recipe = |version: &str, url: &str| Recipe::new("northwind/rates", version).url(url);
    author
        .released(&shop, &author.pack(&recipe("1.0.0", ONE)))
        .await;
    let held = author
        .publish(&shop, &author.pack(&recipe("1.1.0", MORE)))
        .await;
    assert_eq!(held.state, PublishState::Held);
    let one = format!("/review/{}", held.id);
    let mut nobody = Visit::default();
    for path in ["/dashboard", "/review", one.as_str()] {
        let page = nobody.get(&shop, path).await;
        assert!(page.to().starts_with("/sign-in?next=%2F"), "{path}");
    }
    account(&shop, "stranger").await;
    let mut stranger = Visit::of(&shop, "stranger").await;
    let page = stranger.get(&shop, "/dashboard").await;
    page.lacks("rates").has("You belong to no publisher yet");
    for visit in [&mut stranger, &mut Visit::of(&shop, "northwind").await] {
        for path in ["/review", one.as_str()] {
            let page = visit.get(&shop, path).await;
            assert_eq!(page.status, 403, "{path}");
            is_a_page(&page);
            page.lacks("rates.example.test");
        }
        let token = visit.get(&shop, "/dashboard").await.token();
        let fields = [
            ("csrf", token.as_str()),
            ("decision", "pass"),
            ("reason", "Fine."),
        ];
        let page = visit.send(&shop, &one, &fields).await;
        assert_eq!(page.status, 403);
        let page = visit.send(&shop, "/review/reports/x", &fields).await;
        assert_eq!(page.status, 403);
    }
    assert_eq!(author.look(&shop, &held.id).await.state, PublishState::Held);
    // A held release is on no page for everybody.
    let page = nobody.get(&shop, "/skills/northwind/rates").await;
    page.lacks("1.1.0");
    assert_eq!(
        nobody
            .get(&shop, "/skills/northwind/rates/1.1.0")
            .await
            .status,
        404
    );
}

async fn who_guesses_passwords_waits(db: Db) {
    let shop = Shop::open(db).await;
    account(&shop, "nora").await;
    let mut visit = Visit::default();
    let mut last = 0;
    for _ in 0..6 {
        let page = visit.sign_in(&shop, "nora", "not the password").await;
        is_a_page(&page);
        page.has("Not signed in");
        last = page.status;
        if last == 429 {
            assert!(page.header("retry-after").parse::<u64>().unwrap() > 1);
            break;
        }
        assert_eq!(page.status, 401);
    }
    assert_eq!(last, 429);
    // The right one does not help meanwhile, and afterwards it does.
    assert_eq!(visit.sign_in(&shop, "nora", PASSWORD).await.status, 429);
    shop.clock.advance(10 * 60 * 1000);
    assert_eq!(
        visit.sign_in(&shop, "nora", PASSWORD).await.to(),
        "/dashboard"
    );
    // A name that nobody has is answered as a wrong password is.
    let page = Visit::default()
        .sign_in(&shop, "nobody-here", PASSWORD)
        .await;
    assert_eq!(page.status, 401);
    page.has("The account name or the password is wrong. Check both;");
}

async fn a_reviewer_decides_but_not_about_his_own(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let recipe = |version: &str, url: &str| Recipe::new("northwind/rates", version).url(url);
    author
        .released(&shop, &author.pack(&recipe("1.0.0", ONE)))
        .await;
    let held = author
        .publish(&shop, &author.pack(&recipe("1.1.0", MORE)))
        .await;
    let one = format!("/review/{}", held.id);
    let member = async |method: Method| {
        let path = format!("/api/v1/publishers/northwind/members/{ADMIN}");
        let role = SetMember {
            role: MemberRole::Member,
        };
        let done = shop.send(&author.token, method, &path, &role).await;
        assert_eq!(done.status(), 204);
    };
    let mut staff = Visit::of(&shop, ADMIN).await;
    let page = staff.get(&shop, "/review").await;
    page.has("northwind/rates 1.1.0")
        .has(&format!("requests GET {MORE}"));
    let page = staff.get(&shop, &one).await;
    is_a_page(&page);
    page.has("compared with 1.0.0")
        .has(&format!("requests GET {MORE}"))
        .has("Fetches rates.");
    let token = page.token();
    let send = |decision: &'static str, reason: &'static str| {
        [
            ("csrf", token.clone()),
            ("decision", decision.to_owned()),
            ("reason", reason.to_owned()),
        ]
    };
    let fields =
        |all: &'_ [(&'static str, String); 3]| all.clone().map(|(name, value)| (name, value));
    let mut decide = async |decision: &'static str, reason: &'static str| {
        let all = fields(&send(decision, reason));
        let all: Vec<(&str, &str)> = all
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        staff.send(&shop, &one, &all).await
    };
    // Without a choice or a reason nothing is decided, and what was written stays.
    let page = decide("maybe", "Looks fine.").await;
    assert_eq!(page.status, 422);
    page.has("Not decided").has("value=\"Looks fine.\"");
    assert_eq!(decide("pass", "  ").await.status, 422);
    // Who became a member meanwhile does not decide, whatever page is still open.
    member(Method::PUT).await;
    let page = decide("pass", "Looks fine.").await;
    assert_eq!(page.status, 403);
    page.has("You are a member of the publisher")
        .has("Another reviewer has to decide")
        .lacks("name=\"decision\"");
    assert_eq!(author.look(&shop, &held.id).await.state, PublishState::Held);
    member(Method::DELETE).await;
    assert_eq!(decide("pass", "Looks fine.").await.to(), "/review");
    assert_eq!(decide("reject", "Too late.").await.status, 409);
    let done = author.settled(&shop, &held.id).await;
    assert_eq!(done.state, PublishState::Released);
    let page = staff.get(&shop, "/skills/northwind/rates").await;
    page.has(&format!("<strong>{ADMIN}</strong>, looked at it"));
    let page = staff.get(&shop, &one).await;
    page.has("It is not held any more.")
        .lacks("name=\"decision\"");
    assert_eq!(staff.get(&shop, "/review/nothing").await.status, 404);
}

async fn an_author_sees_what_became_of_releases(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.release("one", "1.0.0"))
        .await;
    shop.reviewer.now(crate::reviewer::Does::Finds(
        guildhall_package::market::review::Severity::Refuse,
    ));
    let refused = author.publish(&shop, &author.release("two", "1.0.0")).await;
    assert_eq!(refused.state, PublishState::Rejected);
    shop.reviewer.now(crate::reviewer::Does::Crashes);
    let errored = author
        .publish(&shop, &author.release("three", "1.0.0"))
        .await;
    assert_eq!(errored.state, PublishState::Errored);
    let mut visit = Visit::of(&shop, "northwind").await;
    let page = visit.get(&shop, "/dashboard").await;
    is_a_page(&page);
    page.has("1 skill")
        .has("northwind/one 1.0.0")
        .has("Everybody can install it.")
        .has("0 downloads")
        .has("Something is odd.")
        .has(&refused.findings[0].fix.replace('\'', "&#39;"))
        .has("It was not released.")
        .has("The review did not come to its end.")
        .has("signal 9");
    shop.reviewer.now(crate::reviewer::Does::Honest);
    for number in 0..20 {
        author
            .released(&shop, &author.release("many", &format!("1.{number}.0")))
            .await;
    }
    let page = visit.get(&shop, "/dashboard").await;
    page.lacks("northwind/one 1.0.0");
    let (_, after) = page.text.split_once("href=\"/dashboard?before=").unwrap();
    let next = format!("/dashboard?before={}", after.split('"').next().unwrap());
    let page = visit.get(&shop, &next).await;
    page.has("northwind/one 1.0.0").lacks("northwind/many");
    let page = visit.get(&shop, "/skills/northwind/many").await;
    page.has("1.19.0");
}

async fn an_author_sees_what_was_earned_and_nobody_else_does(db: Db) {
    let shop = Shop::open(db).await;
    let price = Price::OneTime {
        minor: 1_200,
        currency: "EUR".to_owned(),
    };
    seller(&shop, "northwind", "paid", &price).await;
    let mut anybody = Visit::default();
    let page = anybody.get(&shop, "/skills/northwind/paid").await;
    page.has("EUR 12.00 once")
        .has("This marketplace cannot charge you.")
        .has("guildhall buy northwind/paid");
    let found = anybody.get(&shop, "/search?price=one-time").await;
    found.has("/skills/northwind/paid").has("Paid once");
    let found = anybody.get(&shop, "/search?price=free").await;
    found.lacks("/skills/northwind/paid");
    anybody
        .get(&shop, "/transparency")
        .await
        .has("northwind/paid costs from now on: EUR 12.00 once");
    let mut author = Visit::of(&shop, "northwind").await;
    let page = author.get(&shop, "/dashboard").await;
    page.has("Nothing sold yet.");
    Buyer::new().buy(&shop, "northwind/paid", &price).await;
    let page = author.get(&shop, "/dashboard").await;
    is_a_page(&page);
    page.has("<dd>EUR 12.00</dd>")
        .has("<dd><strong>EUR 10.20</strong></dd>")
        .lacks("Nothing sold yet.");
    let (_, after) = page.text.split_once("href=\"/dashboard/earnings/").unwrap();
    let path = format!("/dashboard/earnings/{}", after.split('"').next().unwrap());
    let table = author.get(&shop, &path).await;
    assert_eq!(table.status, 200);
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        table
            .header("content-disposition")
            .starts_with("attachment")
    );
    table.has("northwind/paid").has("10.20");
    assert_eq!(anybody.get(&shop, &path).await.status, 303);
    account(&shop, "stranger").await;
    let mut stranger = Visit::of(&shop, "stranger").await;
    let page = stranger.get(&shop, &path).await;
    assert_eq!(page.status, 403);
    is_a_page(&page);
    let wrong = author
        .get(&shop, "/dashboard/earnings/northwind?month=x")
        .await;
    assert_eq!(wrong.status, 422);
}
