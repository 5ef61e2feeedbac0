//! Finding and looking, as a merchant does.

use guildhall_package::market::Page;
use guildhall_package::market::release::{ReleaseDetail, ReleaseInfo, SkillInfo};
use guildhall_package::market::search::SearchResults;

use crate::author::Author;
use crate::both;
use crate::component::Recipe;
use crate::shop::{Db, Shop, answer, refused};

both!(
    skills_are_found_and_looked_at,
    lists_come_in_pages,
    answers_that_a_client_has_are_not_sent_again
);
both!(odd_requests_are_problems);

async fn skills_are_found_and_looked_at(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let checks = Recipe::new("northwind/invoice-check", "1.0.0")
        .describe("Compares invoices with orders.", &["invoicing", "vat"]);
    let rates = Recipe::new("northwind/fx-rates", "0.3.0")
        .describe("Fetches rates of exchange.", &["pricing"])
        .url("https://rates.example.test/daily/*");
    for recipe in [&checks, &rates] {
        author.released(&shop, &author.pack(recipe)).await;
    }
    let found: SearchResults = shop.get_json("/api/v1/search?q=invioces").await;
    assert_eq!(found.items.len(), 1, "{found:?}");
    assert_eq!(found.items[0].name.to_string(), "northwind/invoice-check");
    assert!(!found.items[0].why.is_empty());
    let found: SearchResults = shop.get_json("/api/v1/search?capability=network").await;
    assert_eq!(found.items[0].name.to_string(), "northwind/fx-rates");
    assert_eq!(found.facets.category["pricing"], 1);
    // Found at once, and gone when nothing of it is offered.
    let reason = serde_json::json!({ "reason": "Wrong rates." });
    let yank = "/api/v1/releases/northwind/fx-rates/0.3.0/yank";
    assert_eq!(shop.post(&author.token, yank, &reason).await.status(), 200);
    let mut total = 1;
    for _ in 0..50 {
        let found: SearchResults = shop.get_json("/api/v1/search?q=exchange").await;
        total = found.total;
        if total == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(total, 0);
    let skill: SkillInfo = shop.get_json("/api/v1/skills/northwind/fx-rates").await;
    assert_eq!((skill.latest, skill.releases), (None, 1));
    let detail: ReleaseDetail = shop
        .get_json("/api/v1/releases/northwind/fx-rates/0.3.0")
        .await;
    assert_eq!(detail.authority.network.len(), 1);
    assert!(detail.can.iter().any(|line| line.contains("internet")));
    assert!(detail.cannot.iter().any(|line| line.contains("files")));
    let report = shop
        .get("/api/v1/releases/northwind/fx-rates/0.3.0/report")
        .await;
    let bytes = report.bytes().await.unwrap();
    assert_eq!(guildhall_package::Digest::of(&bytes), detail.report);
    for path in [
        "/api/v1/skills/northwind/nothing",
        "/api/v1/skills/Northwind/x",
        "/api/v1/releases/northwind/fx-rates/latest",
        "/api/v1/releases/northwind/fx-rates/9.9.9",
        "/api/v1/releases/northwind/fx-rates/%00",
        "/api/v1/publishers/nobody",
    ] {
        assert_eq!(refused(shop.get(path).await).await.0, 404, "{path}");
    }
}

async fn lists_come_in_pages(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    for version in ["1.0.0", "1.0.2", "1.0.10"] {
        author
            .released(&shop, &author.release("invoices", version))
            .await;
    }
    let path = "/api/v1/skills/northwind/invoices/releases?limit=2";
    let first: Page<ReleaseInfo> = shop.get_json(path).await;
    let versions: Vec<String> = first
        .items
        .iter()
        .map(|release| release.version.to_string())
        .collect();
    assert_eq!(versions, ["1.0.10", "1.0.2"]);
    let next = first.next.unwrap();
    let second: Page<ReleaseInfo> = shop.get_json(&format!("{path}&cursor={next}")).await;
    assert_eq!((second.items.len(), second.next), (1, None));
    let publishes: Page<guildhall_package::market::PublishInfo> = answer(
        shop.read(
            &author.token,
            "/api/v1/publishes?limit=2&publisher=northwind",
        )
        .await,
    )
    .await;
    let next = publishes.next.unwrap();
    let rest: Page<guildhall_package::market::PublishInfo> = answer(
        shop.read(
            &author.token,
            &format!("/api/v1/publishes?limit=2&cursor={next}"),
        )
        .await,
    )
    .await;
    assert_eq!(
        (publishes.items.len(), rest.items.len(), rest.next),
        (2, 1, None)
    );
    assert!(
        publishes.items[0].id > publishes.items[1].id,
        "newest first"
    );
    for wrong in ["?limit=x", "?other=1", "?cursor=not-a-version"] {
        let path = format!("/api/v1/skills/northwind/invoices/releases{wrong}");
        assert!(refused(shop.get(&path).await).await.0 < 500);
    }
}

async fn answers_that_a_client_has_are_not_sent_again(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.release("invoices", "1.0.0"))
        .await;
    for path in [
        "/api/v1/skills/northwind/invoices",
        "/api/v1/skills/northwind/invoices/releases",
        "/api/v1/releases/northwind/invoices/1.0.0",
        "/api/v1/releases/northwind/invoices/1.0.0/report",
        "/api/v1/publishers/northwind",
        "/api/v1/search?q=invoices",
        "/api/v1/openapi.json",
        "/api/v1/status",
        "/checkpoint",
        "/root.json",
    ] {
        let first = shop.get(path).await;
        let tag = first.headers()["etag"].clone();
        let again = shop
            .ask(reqwest::Method::GET, path)
            .header("if-none-match", tag);
        let again = again.send().await.unwrap();
        assert_eq!(again.status(), 304, "{path}");
        assert!(again.bytes().await.unwrap().is_empty());
    }
    let path = "/api/v1/skills/northwind/invoices";
    let tag = shop.get(path).await.headers()["etag"].clone();
    author
        .released(&shop, &author.release("invoices", "1.1.0"))
        .await;
    let changed = shop
        .ask(reqwest::Method::GET, path)
        .header("if-none-match", tag);
    assert_eq!(changed.send().await.unwrap().status(), 200);
}

async fn odd_requests_are_problems(db: Db) {
    let shop = Shop::open(db).await;
    let login = |body: &'static str, kind: &'static str| {
        shop.ask(reqwest::Method::POST, "/api/v1/login")
            .header("content-type", kind)
            .body(body)
            .send()
    };
    for (body, kind, wanted) in [
        ("{", "application/json", (400, "request.body")),
        ("[]", "application/json", (400, "request.body")),
        (
            "{\"account\":\"a\",\"password\":\"b\",\"token\":{\"label\":\"x\",\"scopes\":[]},\"more\":1}",
            "application/json",
            (400, "request.body"),
        ),
        (
            "{\"account\":\"a\",\"password\":\"b\",\"token\":{\"label\":\"x\",\"scopes\":[\"root\"]}}",
            "application/json",
            (400, "request.body"),
        ),
        (
            "account=a&password=b",
            "application/x-www-form-urlencoded",
            (415, "request.type"),
        ),
        ("{}", "text/plain", (415, "request.type")),
    ] {
        let found = refused(login(body, kind).await.unwrap()).await;
        assert_eq!((found.0, found.1.as_str()), wanted, "{body}");
    }
    let long = shop
        .ask(reqwest::Method::POST, "/api/v1/login")
        .header("content-type", "application/json")
        .body(format!("{{\"account\":\"{}\"}}", "a".repeat(100_000)));
    assert_eq!(
        refused(long.send().await.unwrap()).await,
        (413, "request.size".to_owned())
    );
    let q = "a".repeat(300);
    assert_eq!(
        refused(shop.get(&format!("/api/v1/search?q={q}")).await)
            .await
            .0,
        422
    );
    for q in [
        "%27%22",
        "name%3A*",
        "AND%20OR%20NOT",
        "%2B%2D%28",
        "\u{202e}x",
        "%00",
    ] {
        assert_eq!(
            shop.get(&format!("/api/v1/search?q={q}")).await.status(),
            200,
            "{q}"
        );
    }
    assert_eq!(
        refused(shop.get("/api/v1/search?capability=root").await)
            .await
            .0,
        400
    );
}
