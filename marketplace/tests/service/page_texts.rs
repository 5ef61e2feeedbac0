//! What strangers write, on every page where it is shown: it stays text.

use guildhall_package::market::release::Withdraw;

use crate::author::Author;
use crate::both;
use crate::component::Recipe;
use crate::pages::is_a_page;
use crate::reviewer::Does;
use crate::shop::{ADMIN, Db, Shop};
use crate::visit::{Page, Visit};

both!(
    no_text_of_an_author_becomes_markup,
    no_text_of_a_visitor_becomes_markup
);

const EVIL: &str = "</title><script>alert('x')</script><img src=x onerror=alert(1)>\"'><a href=javascript:alert(1)>";

/// The text is there, as text.
#[track_caller]
fn harmless(page: &Page) {
    for never in [
        "<script>",
        "<img src=x",
        "<a href=javascript",
        "'><a",
        "\"'>",
    ] {
        page.lacks(never);
    }
    assert!(
        page.text.contains("&#60;script&#62;alert(") || page.text.contains("&lt;script&gt;alert("),
        "{}",
        page.text
    );
}

/// What every page has, apart from words that are text here.
#[track_caller]
fn has_its_headers(page: &Page) {
    let text = page
        .text
        .replace("javascript:alert", "")
        .replace(" onerror=alert", "");
    is_a_page(&Page {
        status: page.status,
        headers: page.headers.clone(),
        text,
    });
}

async fn no_text_of_an_author_becomes_markup(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    shop.reviewer.now(Does::Says(EVIL.to_owned()));
    let mut recipe = Recipe::new("northwind/evil", "1.0.0")
        .describe(EVIL, &["<script>alert('k')</script>", "invoicing"])
        .url("https://rates.example.test/**");
    recipe.reason = EVIL.to_owned();
    recipe.homepage = Some("https://example.test/\"><script>alert('h')</script>".to_owned());
    author.released(&shop, &author.pack(&recipe)).await;
    let mut visit = Visit::default();
    for path in [
        "/",
        "/search",
        "/search?q=alert",
        "/skills/northwind/evil",
        "/publishers/northwind",
    ] {
        let page = visit.get(&shop, path).await;
        assert_eq!(page.status, 200);
        harmless(&page);
        has_its_headers(&page);
    }
    // A reason of the author, on the skill's page and in the log.
    let wanted = Withdraw {
        reason: EVIL.to_owned(),
    };
    let path = "/api/v1/releases/northwind/evil/1.0.0/revoke";
    assert_eq!(shop.post(&author.token, path, &wanted).await.status(), 200);
    for path in ["/skills/northwind/evil", "/transparency"] {
        harmless(&visit.get(&shop, path).await);
    }
    // On the author's and the reviewers' pages.
    let mut author_sees = Visit::of(&shop, "northwind").await;
    harmless(&author_sees.get(&shop, "/dashboard").await);
    let other = Recipe::new("northwind/other", "1.0.0").url("https://a.example.test/*");
    author.released(&shop, &author.pack(&other)).await;
    let mut wider = Recipe::new("northwind/other", "1.1.0")
        .describe(EVIL, &["invoicing"])
        .url("https://a.example.test/**");
    wider.reason = EVIL.to_owned();
    let held = author.publish(&shop, &author.pack(&wider)).await;
    let mut staff = Visit::of(&shop, ADMIN).await;
    let page = staff.get(&shop, &format!("/review/{}", held.id)).await;
    harmless(&page);
    has_its_headers(&page);
    // What a reviewer says to the author.
    let to = format!("/review/{}", held.id);
    let fields = [("decision", "reject"), ("reason", EVIL)];
    let done = staff.fill(&shop, (&to, &to), &fields).await;
    assert_eq!(done.to(), "/review");
    harmless(&author_sees.get(&shop, "/dashboard").await);
}

async fn no_text_of_a_visitor_becomes_markup(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.release("plain", "1.0.0"))
        .await;
    let mut visit = Visit::default();
    let asked: String = url::form_urlencoded::byte_serialize(EVIL.as_bytes()).collect();
    for path in [
        format!("/search?q={asked}"),
        format!("/search?publisher={asked}"),
        format!("/search?category={asked}"),
        format!("/report?skill={asked}"),
        format!("/report?version={asked}"),
    ] {
        let page = visit.get(&shop, &path).await;
        assert_eq!(page.status, 200);
        harmless(&page);
        has_its_headers(&page);
    }
    let wrong = visit.sign_in(&shop, EVIL, EVIL).await;
    assert_eq!(wrong.status, 401);
    wrong.lacks("<script>");
    let fields = [
        ("skill", "northwind/plain"),
        ("kind", "harm"),
        ("text", EVIL),
        ("contact", EVIL),
    ];
    let sent = visit.fill(&shop, ("/report", "/report"), &fields).await;
    assert_eq!(sent.to(), "/report/sent");
    let mut staff = Visit::of(&shop, ADMIN).await;
    let page = staff.get(&shop, "/review").await;
    harmless(&page);
    has_its_headers(&page);
    // Letters that turn the line around or can't be seen are shown as what they are.
    let fields = [
        ("skill", "northwind/plain"),
        ("kind", "harm"),
        ("text", "It paid \u{202e}00.1\u{200b} euros.\r\nTwice."),
        ("contact", "a\u{2066}b"),
    ];
    let sent = visit.fill(&shop, ("/report", "/report"), &fields).await;
    assert_eq!(sent.to(), "/report/sent");
    let page = staff.get(&shop, "/review").await;
    page.has("\\u{202e}00.1\\u{200b} euros.\nTwice.")
        .has("a\\u{2066}b");
    for hidden in ["\u{202e}", "\u{200b}", "\u{2066}"] {
        page.lacks(hidden);
    }
}
