//! The document of the API, the list of endpoints, the page for people and the routes say the same.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use guildhall_package::market::endpoint::{Access, ENDPOINTS};
use serde_json::Value;

use crate::shop::{Db, Shop};

#[tokio::test]
async fn every_endpoint_is_in_the_document_and_nothing_else() {
    let shop = Shop::open(Db::Sqlite).await;
    let document: Value = shop.get_json("/api/v1/openapi.json").await;
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let asked = operation["security"][0]["token"].as_array().cloned();
            let scope = match asked.as_deref() {
                None => "everybody".to_owned(),
                Some([]) => "token".to_owned(),
                Some(scopes) => scopes[0].as_str().unwrap().to_owned(),
            };
            assert!(operation["responses"]["default"].is_object(), "{path}");
            for name in path.split('/').filter_map(|part| part.strip_prefix('{')) {
                let name = name.trim_end_matches('}').trim_start_matches('*');
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(
                    parameters
                        .iter()
                        .any(|it| it["name"] == name && it["in"] == "path"),
                    "{path}"
                );
            }
            described.insert((method.to_uppercase(), path.clone(), scope));
        }
    }
    let listed: BTreeSet<(String, String, String)> = ENDPOINTS
        .iter()
        .filter(|endpoint| {
            !endpoint.path.starts_with("/v2/") && !endpoint.path.starts_with("/.well-known/")
        })
        .map(|endpoint| {
            let scope = match endpoint.access {
                Access::Public => "everybody".to_owned(),
                Access::Token => "token".to_owned(),
                Access::Scope(scope) => scope.to_string(),
            };
            (endpoint.method.to_owned(), endpoint.path.to_owned(), scope)
        })
        .collect();
    assert_eq!(described, listed);
}

#[tokio::test]
async fn every_endpoint_is_served_and_asks_for_a_token_where_it_says_so() {
    let shop = Shop::open(Db::Sqlite).await;
    for endpoint in ENDPOINTS {
        // What streams without end is asked for elsewhere.
        if endpoint.path == "/api/v1/events" {
            continue;
        }
        let path = endpoint
            .path
            .replace("{version}", "1.0.0")
            .replace("{*tile}", "0/000")
            .replace('{', "x")
            .replace('}', "");
        let method: reqwest::Method = endpoint.method.parse().unwrap();
        let response = shop.send("", method, &path, &serde_json::json!({})).await;
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        assert_ne!(status, 405, "{} {path}", endpoint.method);
        assert!(
            !text.contains("no such page"),
            "{} {path}: {text}",
            endpoint.method
        );
        assert!(status < 500, "{} {path}: {text}", endpoint.method);
        let asks = status == 401;
        assert_eq!(
            asks,
            endpoint.access != Access::Public || endpoint.path == "/api/v1/login" && asks,
            "{} {path}: {text}",
            endpoint.method
        );
    }
}

#[tokio::test]
async fn references_in_the_document_lead_somewhere() {
    let document = serde_json::to_value(guildhall_marketplace::openapi()).unwrap();
    let mut open = vec![&document];
    let mut references = BTreeSet::new();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(to)) = map.get("$ref") {
                    references.insert(to.clone());
                }
                open.extend(map.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

/// The page for people, made from the list.
fn page() -> String {
    let mut out = String::from(
        "# Endpoints of a marketplace\n\nMade from `package/src/market/endpoint.rs` by \
         `UPDATE=1 cargo test -p guildhall-marketplace --test service docs`. Types are those of `guildhall_package::market`; the\n\
         document at `/api/v1/openapi.json` has them in full. A `GET` also answers `HEAD`.\n\n\
         | method and path | who | request | answer | what for |\n|---|---|---|---|---|\n",
    );
    for endpoint in ENDPOINTS {
        let who = match endpoint.access {
            Access::Public => "everybody".to_owned(),
            Access::Token => "any token".to_owned(),
            Access::Scope(scope) => format!("scope `{scope}`"),
        };
        writeln!(
            out,
            "| `{} {}` | {who} | {} | {} | {} |",
            endpoint.method, endpoint.path, endpoint.request, endpoint.response, endpoint.summary
        )
        .unwrap();
    }
    out
}

#[test]
fn the_page_of_endpoints_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, page(), "run the test with UPDATE=1");
}
