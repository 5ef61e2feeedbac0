//! Forms: only those of our own pages, sent by whoever they were shown to, and only so much.

use guildhall_package::market::PublishState;
use reqwest::Method;

use crate::author::{Author, account};
use crate::both;
use crate::component::Recipe;
use crate::pages::is_a_page;
use crate::shop::{ADMIN, Db, PASSWORD, Shop};
use crate::visit::Visit;

both!(
    a_form_without_the_token_of_this_visit_changes_nothing,
    a_form_of_another_site_changes_nothing,
    nobody_is_sent_to_another_site,
    a_report_is_stored_listed_and_closed,
    reports_are_limited
);

const REPORT: [(&str, &str); 3] = [
    ("skill", "northwind/plain"),
    ("kind", "harm"),
    ("text", "It does not do what it says."),
];

async fn shop_with_skill(db: Db) -> (Shop, Author) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.release("plain", "1.0.0"))
        .await;
    (shop, author)
}

async fn reports(shop: &Shop) -> usize {
    let mut staff = Visit::of(shop, ADMIN).await;
    let page = staff.get(shop, "/review").await;
    page.text.matches("/review/reports/").count()
}

async fn a_form_without_the_token_of_this_visit_changes_nothing(db: Db) {
    let (shop, author) = shop_with_skill(db).await;
    let recipe = |version: &str, url: &str| Recipe::new("northwind/rates", version).url(url);
    author
        .released(
            &shop,
            &author.pack(&recipe("1.0.0", "https://a.example.test/*")),
        )
        .await;
    let held = author
        .publish(
            &shop,
            &author.pack(&recipe("1.1.0", "https://a.example.test/**")),
        )
        .await;
    account(&shop, "nora").await;
    let mut staff = Visit::of(&shop, ADMIN).await;
    let mut other = Visit::of(&shop, "nora").await;
    let own = staff.get(&shop, "/dashboard").await.token();
    let others = other.get(&shop, "/dashboard").await.token();
    assert_ne!(own, others);
    let mut anonymous = Visit::default();
    let unsigned = anonymous.get(&shop, "/report").await.token();
    let cut = &own[..own.len() - 1];
    let cookie = staff.cookie.clone().unwrap();
    let secret = cookie.split_once('=').unwrap().1;
    let one = format!("/review/{}", held.id);
    for token in ["", "x", cut, &others, &unsigned, secret] {
        let fields = [("csrf", token), ("decision", "pass"), ("reason", "Fine.")];
        for path in [one.as_str(), "/sign-out", "/review/reports/x"] {
            let page = staff.send(&shop, path, &fields).await;
            assert_eq!(page.status, 403, "{path} {token}");
            is_a_page(&page);
            page.has("form.foreign");
        }
        let mut report = REPORT.to_vec();
        report.push(("csrf", token));
        assert_eq!(staff.send(&shop, "/report", &report).await.status, 403);
        let login = [("csrf", token), ("account", "nora"), ("password", PASSWORD)];
        assert_eq!(staff.send(&shop, "/sign-in", &login).await.status, 403);
    }
    // Missing, and given twice.
    let bare = [("decision", "pass"), ("reason", "Fine.")];
    assert_eq!(staff.send(&shop, &one, &bare).await.status, 403);
    let twice = [
        ("csrf", own.as_str()),
        ("csrf", own.as_str()),
        ("decision", "pass"),
        ("reason", "Fine."),
    ];
    assert_eq!(staff.send(&shop, &one, &twice).await.status, 403);
    // A token without its cookie, and with the cookie of somebody else.
    let fields = [
        ("csrf", own.as_str()),
        ("decision", "pass"),
        ("reason", "Fine."),
    ];
    assert_eq!(
        Visit::default().send(&shop, &one, &fields).await.status,
        403
    );
    assert_eq!(other.send(&shop, &one, &fields).await.status, 403);
    assert_eq!(author.look(&shop, &held.id).await.state, PublishState::Held);
    assert_eq!(reports(&shop).await, 0);
    assert_eq!(staff.get(&shop, "/review").await.status, 200);
    // And what is right is taken.
    assert_eq!(staff.send(&shop, &one, &fields).await.to(), "/review");
}

async fn a_form_of_another_site_changes_nothing(db: Db) {
    let (shop, _) = shop_with_skill(db).await;
    let mut visit = Visit::default();
    let token = visit.get(&shop, "/report").await.token();
    let mut fields = REPORT.to_vec();
    fields.push(("csrf", &token));
    let own = shop.base.clone();
    let refused = [
        ("origin", "https://evil.test"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:1"),
        ("origin", "https://market.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
    ];
    for (name, value) in refused {
        let request = visit
            .with(shop.ask(Method::POST, "/report"))
            .header(name, value);
        let page = visit.send_as(request, &fields).await;
        assert_eq!(page.status, 403, "{name}: {value}");
        page.has("sent from another site");
    }
    // A host that the browser was told is no proof against an address that is configured.
    assert_eq!(reports(&shop).await, 0);
    let request = visit
        .with(shop.ask(Method::POST, "/report"))
        .header("origin", &own)
        .header("sec-fetch-site", "same-origin");
    assert_eq!(visit.send_as(request, &fields).await.to(), "/report/sent");
    // Other kinds of bodies are none of a form, and large ones are not read.
    let request = visit
        .with(shop.ask(Method::POST, "/report"))
        .header("content-type", "text/plain")
        .body(format!("csrf={token}"));
    assert_eq!(request.send().await.unwrap().status(), 415);
    let long = "x".repeat(40_000);
    fields.push(("more", &long));
    let page = visit.send(&shop, "/report", &fields).await;
    assert_eq!(page.status, 413);
    is_a_page(&page);
    assert_eq!(reports(&shop).await, 1);
}

async fn nobody_is_sent_to_another_site(db: Db) {
    let shop = Shop::open(db).await;
    account(&shop, "nora").await;
    for (next, to) in [
        ("/review", "/review"),
        ("/skills/a/b?x=1&y=%2F", "/skills/a/b?x=1&y=%2F"),
        ("https://evil.test/", "/dashboard"),
        ("//evil.test/", "/dashboard"),
        ("/\\evil.test/", "/dashboard"),
        ("\\\\evil.test", "/dashboard"),
        ("/\t/evil.test", "/dashboard"),
        ("/\r\nset-cookie: a=b", "/dashboard"),
        ("javascript:alert(1)", "/dashboard"),
        (" /review", "/dashboard"),
        ("", "/dashboard"),
    ] {
        let asked: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let mut visit = Visit::default();
        // As a link to the form has it, and as a form that was tampered with has it.
        let page = visit.get(&shop, &format!("/sign-in?next={asked}")).await;
        let shown = to.replace('&', "&#38;");
        page.has(&format!("name=\"next\" value=\"{shown}\""));
        let token = page.token();
        let fields = [
            ("csrf", token.as_str()),
            ("account", "nora"),
            ("password", PASSWORD),
            ("next", next),
        ];
        let page = visit.send(&shop, "/sign-in", &fields).await;
        assert_eq!(page.to(), to, "{next:?}");
        // And for who is signed in already.
        let page = visit.get(&shop, &format!("/sign-in?next={asked}")).await;
        assert_eq!(page.to(), to, "{next:?}");
    }
}

async fn a_report_is_stored_listed_and_closed(db: Db) {
    let (shop, author) = shop_with_skill(db).await;
    let mut visit = Visit::default();
    let form = "/report?skill=northwind%2Fplain&version=1.0.0";
    let page = visit.get(&shop, form).await;
    page.has("value=\"northwind/plain\"").has("value=\"1.0.0\"");
    for (name, value, sentence) in [
        (
            "skill",
            "northwind/nothing",
            "There is no skill of this name",
        ),
        ("skill", "what?", "Write the skill's name"),
        ("version", "9.9.9", "There is no such version"),
        ("kind", "bribery", "Choose what it is about"),
        ("text", "Bad.", "Tell in a sentence or two"),
        ("text", &"x".repeat(2_001), "at most 2000 are kept"),
    ] {
        let mut fields: Vec<_> = REPORT
            .iter()
            .copied()
            .filter(|(it, _)| *it != name)
            .collect();
        fields.push((name, value));
        let page = visit.fill(&shop, (form, "/report"), &fields).await;
        assert_eq!(page.status, 422, "{name}");
        is_a_page(&page);
        page.has(&sentence.replace('\'', "&#39;"));
    }
    assert_eq!(reports(&shop).await, 0);
    let mut fields = REPORT.to_vec();
    fields.extend([("version", "1.0.0"), ("contact", "ann@example.test")]);
    let page = visit.fill(&shop, (form, "/report"), &fields).await;
    assert_eq!(page.to(), "/report/sent");
    visit.get(&shop, "/report/sent").await.has("Thank you");
    let mut staff = Visit::of(&shop, ADMIN).await;
    let page = staff.get(&shop, "/review").await;
    page.has("northwind/plain 1.0.0")
        .has("It does harm, or tries to")
        .has("It does not do what it says.")
        .has("ann@example.test")
        .has("Without an account.");
    // The publisher is not told.
    let mut own = Visit::of(&shop, "northwind").await;
    own.get(&shop, "/dashboard").await.lacks("ann@example.test");
    let (_, after) = page.text.split_once("action=\"/review/reports/").unwrap();
    let path = format!("/review/reports/{}", after.split('"').next().unwrap());
    let empty = staff
        .fill(&shop, ("/review", &path), &[("reason", " ")])
        .await;
    assert_eq!(empty.status, 422);
    is_a_page(&empty);
    empty.has("Not closed").has("<details open>");
    // Not by a member of the publisher.
    let role = guildhall_package::market::publisher::SetMember {
        role: guildhall_package::market::account::MemberRole::Member,
    };
    let members = format!("/api/v1/publishers/northwind/members/{ADMIN}");
    shop.send(&author.token, Method::PUT, &members, &role).await;
    let reason = [("reason", "The author mended it.")];
    let page = staff.fill(&shop, ("/review", &path), &reason).await;
    assert_eq!(page.status, 403);
    is_a_page(&page);
    // What was written stays.
    page.has("You are a member of the publisher that was reported. Leave it to another reviewer.")
        .has("value=\"The author mended it.\"");
    shop.send(&author.token, Method::DELETE, &members, &role)
        .await;
    let page = staff.fill(&shop, ("/review", &path), &reason).await;
    assert_eq!(page.to(), "/review");
    let page = staff.fill(&shop, ("/dashboard", &path), &reason).await;
    assert_eq!(page.status, 404);
    assert_eq!(reports(&shop).await, 0);
}

async fn reports_are_limited(db: Db) {
    let shop = Shop::with(db, |config| config.limits.reports_per_hour = 3).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.release("plain", "1.0.0"))
        .await;
    for _ in 0..3 {
        let page = Visit::default()
            .fill(&shop, ("/report", "/report"), &REPORT)
            .await;
        assert_eq!(page.to(), "/report/sent");
    }
    let page = Visit::default()
        .fill(&shop, ("/report", "/report"), &REPORT)
        .await;
    assert_eq!(page.status, 429);
    is_a_page(&page);
    assert!(page.header("retry-after").parse::<u64>().unwrap() > 60);
    assert_eq!(reports(&shop).await, 3);
}
