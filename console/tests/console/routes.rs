//! Every route that the pages have, read from their source: who is let in, and who may change something.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use guildhall_console::people::{Right, Role};

use super::bench::Bench;

/// Routes for people who are not signed in yet. Everything else needs a session.
const OPEN: [&str; 6] = [
    "/start",
    "/invitation",
    "/sign-in",
    "/sign-in/passkey",
    "/sign-in/passkey/challenge",
    "/assets/{name}",
];
/// What everybody may change: what is one's own.
const OWN: [&str; 6] = [
    "/sign-out",
    "/sign-out/everywhere",
    "/settings/account/password",
    "/settings/passkeys",
    "/settings/passkeys/challenge",
    "/settings/passkeys/remove",
];
/// What a change takes: the first beginning of its path that fits.
const CHANGES: [(&str, Right); 11] = [
    ("/approvals/", Right::Approve),
    ("/mandates/", Right::Approve),
    ("/settings/programs", Right::Approve),
    ("/skills/", Right::Operate),
    ("/runs/", Right::Operate),
    ("/settings/audit/verify", Right::View),
    // Chats of one's own.
    ("/settings/chat/{service}/code", Right::View),
    ("/settings/chat/{service}/unbind", Right::View),
    ("/settings/chat/{service}/test", Right::View),
    ("/money", Right::Own),
    ("/settings/", Right::Own),
];
/// What looking takes that is not for everybody.
const LOOKS: [(&str, Right); 13] = [
    ("/skills/find", Right::Operate),
    ("/skills/{publisher}/{skill}/update", Right::Operate),
    ("/skills/{publisher}/{skill}/consent", Right::Operate),
    ("/skills/{publisher}/{skill}/uninstall", Right::Operate),
    ("/skills/{publisher}/{skill}/buy", Right::Operate),
    ("/skills/{publisher}/{skill}/settings", Right::Operate),
    ("/skills/{publisher}/{skill}/run/", Right::Operate),
    ("/runs/{id}/undo", Right::Operate),
    ("/settings/programs", Right::Approve),
    ("/mandates/new", Right::Approve),
    ("/settings/webhooks", Right::Own),
    ("/settings/data/delete", Right::Own),
    ("/money/{account}/files/", Right::Own),
];
/// What fills a part of a path.
const ID: &str = "0198c0de-f00d-7000-8000-000000000001";

/// A route: method and path.
pub type Route = (Method, String);

/// What is between the parenthesis at the beginning and its partner.
fn balanced(text: &str) -> &str {
    let (mut depth, mut quoted, mut last) = (0_usize, false, ' ');
    for (index, letter) in text.char_indices() {
        match letter {
            '"' if last != '\\' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return &text[1..index];
                }
            }
            _ => {}
        }
        last = letter;
    }
    panic!("no end of {text}");
}

/// The path of a route: a text, or the name of one in the same file.
fn path_of(argument: &str, source: &str) -> String {
    let argument = argument.trim();
    if let Some(text) = argument.strip_prefix('"') {
        return text.trim_end_matches('"').to_owned();
    }
    let begin = format!("const {argument}: &str = \"");
    let (_, rest) = source
        .split_once(&begin)
        .unwrap_or_else(|| panic!("`{argument}` is no constant of its file"));
    rest.split('"').next().unwrap().to_owned()
}

fn routes_of(source: &str, routes: &mut BTreeSet<(String, String)>) {
    for (place, word) in source.match_indices(".route(") {
        let call = balanced(&source[place + word.len() - 1..]);
        let (path, handlers) = call.split_once(',').expect("a path and what answers");
        let path = path_of(path, source);
        let before = routes.len();
        for method in ["get", "post", "put", "patch", "delete", "any"] {
            let called = |prefix: &str| handlers.contains(&format!("{prefix}{method}("));
            if called(" ")
                || called(".")
                || called("\n")
                || called("::")
                || handlers.trim_start().starts_with(&format!("{method}("))
            {
                assert_ne!(method, "any", "{path}: name the methods");
                routes.insert((method.to_uppercase(), path.clone()));
            }
        }
        assert!(
            routes.len() > before || routes.iter().any(|(_, known)| *known == path),
            "{path}: no method was read"
        );
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

/// Every route below `pages/`.
pub fn all() -> Vec<Route> {
    let mut files = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&source.join("pages"), &mut files);
    // A page that has its room elsewhere.
    files.push(source.join("oauth/page.rs"));
    let mut routes = BTreeSet::new();
    for file in files {
        routes_of(&std::fs::read_to_string(file).unwrap(), &mut routes);
    }
    assert!(routes.len() >= 60, "{routes:?}");
    for path in OPEN.iter().chain(&OWN) {
        assert!(
            routes.iter().any(|(_, known)| known == path),
            "{path} is no route"
        );
    }
    routes
        .into_iter()
        .map(|(method, path)| (method.parse().unwrap(), path))
        .collect()
}

/// The path with something in each of its parts.
pub fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { ID } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn nobody_without_a_session_gets_past_the_door() {
    let bench = Bench::new().await;
    bench.owner().await;
    for (method, path) in all() {
        if OPEN.contains(&path.as_str()) {
            continue;
        }
        let asked = filled(&path);
        // With a cookie of the forms, as who looked at the page to sign in has it, and without any.
        let mut known = bench.browser();
        known.get("/sign-in").await;
        for mut browser in [bench.browser(), known] {
            let answer = if method == Method::GET {
                browser.get(&asked).await
            } else {
                assert_eq!(method, Method::POST, "{path}: teach this test the method");
                browser.post(&asked, &[]).await
            };
            let to = answer.goes_to();
            assert!(to.starts_with("/sign-in"), "{method} {path} leads to {to}");
        }
    }
}

#[tokio::test]
async fn a_viewer_changes_nothing_on_any_route() {
    let bench = Bench::new().await;
    let mut viewer = bench.sign_in_as(Role::Viewer).await;
    let mut tried = 0;
    for (method, path) in all() {
        if method == Method::GET || OPEN.contains(&path.as_str()) || OWN.contains(&path.as_str()) {
            continue;
        }
        let answer = viewer.post(&filled(&path), &[]).await;
        assert_eq!(
            answer.status,
            StatusCode::FORBIDDEN,
            "{method} {path}: {}",
            answer.text
        );
        answer.says("people.right");
        tried += 1;
    }
    assert!(tried >= 40, "{tried}");
}

/// The right that a route takes.
fn right_of(method: &Method, path: &str) -> Right {
    let table = if method == Method::GET {
        LOOKS.as_slice()
    } else {
        CHANGES.as_slice()
    };
    let found = table.iter().find(|(begins, _)| path.starts_with(begins));
    match found {
        Some((_, right)) => *right,
        None if method == Method::GET => Right::View,
        None => panic!("{path}: say what it takes"),
    }
}

#[tokio::test]
async fn every_route_takes_just_the_right_of_its_table() {
    let bench = Bench::with(|config| {
        config.limits.writes_per_minute = 100_000;
        config.limits.requests_per_second = 10_000;
    })
    .await;
    let mut ann = bench.owner().await;
    let mut wrong = Vec::new();
    let roles = [
        ("Bo", Role::Approver),
        ("Cy", Role::Operator),
        ("Di", Role::Viewer),
    ];
    for (name, role) in roles {
        let mut browser = bench.invited(&mut ann, name, role).await;
        for (method, path) in all() {
            let page = path.as_str();
            // A program that asks to be let in is another matter: it has tests of its own.
            if OPEN.contains(&page) || OWN.contains(&page) || page == "/oauth/authorize" {
                continue;
            }
            let answer = match method {
                Method::GET => browser.get(&filled(page)).await,
                _ => browser.post(&filled(page), &[]).await,
            };
            let may = role.may(right_of(&method, page))
                // Who may only look changes nothing, whatever it is.
                && (method == Method::GET || role != Role::Viewer);
            if answer.text.contains("people.right") == may {
                wrong.push(format!("{role} {method} {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn only_owners_change_people_agents_secrets_and_data() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    for (name, role) in [("Bo", Role::Approver), ("Cy", Role::Operator)] {
        let mut browser = bench.invited(&mut ann, name, role).await;
        for (method, path) in all() {
            if method == Method::POST
                && [
                    "/settings/people",
                    "/settings/agents",
                    "/settings/secrets",
                    "/settings/webhooks",
                    "/settings/data/",
                ]
                .iter()
                .any(|room| path.starts_with(room))
            {
                let fields = [("name", "Eve"), ("role", "owner")];
                let answer = browser.post(&filled(&path), &fields).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} {path}");
                answer.says("people.right");
            }
        }
    }
}

#[tokio::test]
async fn every_answer_tells_the_browser_to_trust_nothing_else() {
    let bench = Bench::new().await;
    let mut viewer = bench.sign_in_as(Role::Viewer).await;
    for path in [
        "/settings",
        "/sign-in",
        "/nowhere",
        "/settings/people",
        "/start?key=x",
    ] {
        let answer = viewer.get(path).await;
        let csp = answer.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(csp.starts_with("default-src 'none';"), "{path}: {csp}");
        assert!(!csp.contains("unsafe"), "{path}: {csp}");
        assert_eq!(answer.headers[header::X_FRAME_OPTIONS], "DENY", "{path}");
        assert_eq!(
            answer.headers[header::X_CONTENT_TYPE_OPTIONS],
            "nosniff",
            "{path}"
        );
        assert!(answer.headers.contains_key("x-request-id"), "{path}");
        for inline in [" style=", "<style", " onclick=", "javascript:"] {
            assert!(!answer.text.contains(inline), "{path}: {inline}");
        }
    }
    // Programs are told in their own words.
    let answer = viewer
        .send(
            Method::GET,
            "/nowhere",
            &[("accept", "application/json")],
            Body::empty(),
        )
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
