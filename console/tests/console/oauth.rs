//! Programs that ask to be let in: who says yes, what they get, and that nothing counts twice.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_console::agents::tokens;
use guildhall_console::people::Role;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::bench::{Answer, Bench, Browser};

const BACK: &str = "http://127.0.0.1:7777/cb";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-taken-0123456789";

/// A program outside, and the console it wants to be let into.
pub struct Program {
    outside: Browser,
    id: String,
    /// What it asks for; none: it does not say.
    pub scope: Option<&'static str>,
}

impl Program {
    pub async fn registered(bench: &Bench) -> Self {
        let mut outside = bench.browser();
        let about = json!({"client_name": "Desk agent", "redirect_uris": ["http://127.0.0.1/cb"]});
        let headers = [("content-type", "application/json")];
        let told = outside
            .send(
                Method::POST,
                "/oauth/register",
                &headers,
                Body::from(about.to_string()),
            )
            .await;
        assert_eq!(told.status, StatusCode::CREATED, "{}", told.text);
        let told: Value = serde_json::from_str(&told.text).unwrap();
        Self {
            outside,
            id: told["client_id"].as_str().unwrap().to_owned(),
            scope: None,
        }
    }

    pub fn asks(&self) -> Vec<(&'static str, String)> {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut asks = vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.id.clone()),
            ("redirect_uri", BACK.to_owned()),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256".to_owned()),
            ("state", "st&te".to_owned()),
            ("resource", "http://localhost:8470/mcp".to_owned()),
        ];
        asks.extend(self.scope.map(|scope| ("scope", scope.to_owned())));
        asks
    }

    /// Where it sends a person.
    pub fn page(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.asks())
            .finish();
        format!("/oauth/authorize?{query}")
    }

    /// Let in, and what it is given.
    pub async fn joins(&mut self, owner: &mut Browser) -> Value {
        let code = value(&self.let_in(owner, "allow").await, "code").unwrap();
        let answer = self.change(&code, VERIFIER).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        serde_json::from_str(&answer.text).unwrap()
    }

    /// What the program is sent back with.
    async fn let_in(&self, owner: &mut Browser, answer: &str) -> url::Url {
        let asks = self.asks();
        let mut fields: Vec<(&str, &str)> = asks.iter().map(|(a, b)| (*a, b.as_str())).collect();
        fields.extend([("answer", answer), ("which", "all")]);
        let page = owner.post("/oauth/authorize", &fields).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let to = page.between("content=\"0; url=", "\"");
        to.replace("&#38;", "&").parse().unwrap()
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.outside.post_plain(path, fields, &[]).await
    }

    async fn change(&mut self, code: &str, verifier: &str) -> Answer {
        let id = self.id.clone();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", &id),
            ("redirect_uri", BACK),
            ("code_verifier", verifier),
        ];
        self.post("/oauth/token", &fields).await
    }

    async fn renew(&mut self, token: &str) -> Answer {
        self.renew_for(token, None).await
    }

    /// Renews, for these scopes.
    pub async fn renew_for(&mut self, token: &str, scope: Option<&str>) -> Answer {
        let id = self.id.clone();
        let mut fields = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", &id),
        ];
        fields.extend(scope.map(|scope| ("scope", scope)));
        self.post("/oauth/token", &fields).await
    }
}

fn value(to: &url::Url, name: &str) -> Option<String> {
    to.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

fn given(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let body: Value = serde_json::from_str(&answer.text).unwrap();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

#[track_caller]
pub fn refused(answer: &Answer, word: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    assert!(
        answer.text.contains(&format!("\"{word}\"")),
        "{}",
        answer.text
    );
}

async fn counts(bench: &Bench, token: &str) -> bool {
    tokens::find(&bench.app, token).await.unwrap().is_some()
}

#[tokio::test]
async fn a_program_that_an_owner_lets_in_has_a_token_that_can_be_renewed_once_each() {
    let bench = Bench::new().await;
    let mut owner = bench.owner().await;
    let mut program = Program::registered(&bench).await;
    let to = program.let_in(&mut owner, "allow").await;
    assert_eq!(to.as_str().split('?').next(), Some(BACK));
    assert_eq!(value(&to, "state").as_deref(), Some("st&te"));
    assert_eq!(value(&to, "iss").as_deref(), Some("http://localhost:8470"));
    let code = value(&to, "code").unwrap();
    let (token, renewal) = given(&program.change(&code, VERIFIER).await);
    let agent = tokens::find(&bench.app, &token).await.unwrap().unwrap();
    assert_eq!(agent.name, "Desk agent");
    assert_eq!(agent.grants, guildhall_host::Grants::none());
    owner
        .get("/settings/agents")
        .await
        .says("Desk agent")
        .says("Reaches no file");

    let (next, renewed) = given(&program.renew(&renewal).await);
    assert!(counts(&bench, &next).await && !counts(&bench, &token).await);
    // Somebody copied the first one: neither of the two goes on.
    refused(&program.renew(&renewal).await, "invalid_grant");
    refused(&program.renew(&renewed).await, "invalid_grant");
    assert!(!counts(&bench, &next).await);
}

#[tokio::test]
async fn a_code_counts_once_for_who_asked_and_ends_everything_if_it_comes_again() {
    let bench = Bench::new().await;
    let mut owner = bench.owner().await;
    let mut program = Program::registered(&bench).await;
    let code = value(&program.let_in(&mut owner, "allow").await, "code").unwrap();
    let other = "another-verifier-that-is-long-enough-to-be-taken-0123";
    refused(&program.change(&code, other).await, "invalid_grant");
    // Who came first with it was not the program, so it is used up.
    refused(&program.change(&code, VERIFIER).await, "invalid_grant");

    let code = value(&program.let_in(&mut owner, "allow").await, "code").unwrap();
    let (token, renewal) = given(&program.change(&code, VERIFIER).await);
    refused(&program.change(&code, VERIFIER).await, "invalid_grant");
    assert!(!counts(&bench, &token).await);
    refused(&program.renew(&renewal).await, "invalid_grant");

    let code = value(&program.let_in(&mut owner, "allow").await, "code").unwrap();
    bench.app.clock.advance(61_000);
    refused(&program.change(&code, VERIFIER).await, "invalid_grant");
}

#[tokio::test]
async fn only_an_owner_lets_in_and_a_no_gives_nothing() {
    let bench = Bench::new().await;
    let mut owner = bench.owner().await;
    let program = Program::registered(&bench).await;
    let asks = program.asks();
    let page = program.page();
    // Who is not signed in signs in first, and comes back.
    assert!(
        bench
            .browser()
            .get(&page)
            .await
            .goes_to()
            .starts_with("/sign-in?next=%2Foauth%2Fauthorize")
    );
    let shown = owner.get(&page).await;
    shown
        .says("Desk agent")
        .says("127.0.0.1:7777")
        .says("It never approves anything.");
    for (name, role) in [
        ("Vi", Role::Viewer),
        ("Op", Role::Operator),
        ("Ap", Role::Approver),
    ] {
        let mut person = bench.invited(&mut owner, name, role).await;
        assert_eq!(person.get(&page).await.status, StatusCode::FORBIDDEN);
        let fields: Vec<(&str, &str)> = asks
            .iter()
            .map(|(a, b)| (*a, b.as_str()))
            .chain([("answer", "allow"), ("which", "all")])
            .collect();
        assert_eq!(
            person.post("/oauth/authorize", &fields).await.status,
            StatusCode::FORBIDDEN
        );
    }
    let to = program.let_in(&mut owner, "deny").await;
    assert_eq!(value(&to, "error").as_deref(), Some("access_denied"));
    assert_eq!(value(&to, "code"), None);
    owner
        .get("/settings/agents")
        .await
        .says("No agent has a token yet");
}

#[tokio::test]
async fn a_request_for_another_address_leads_nowhere() {
    let bench = Bench::new().await;
    let mut owner = bench.owner().await;
    let program = Program::registered(&bench).await;
    for (name, wrong) in [
        ("redirect_uri", "https://evil.test/cb"),
        ("client_id", "somebody"),
    ] {
        let asks: Vec<_> = program
            .asks()
            .into_iter()
            .map(|(key, value)| {
                if key == name {
                    (key, wrong.to_owned())
                } else {
                    (key, value)
                }
            })
            .collect();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&asks)
            .finish();
        let page = owner.get(&format!("/oauth/authorize?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(!page.text.contains("evil.test"), "{}", page.text);
    }
}

#[tokio::test]
async fn programs_are_told_where_to_ask_and_what_can_not_be_taken() {
    let bench = Bench::new().await;
    let mut outside = bench.browser();
    let about = outside
        .get("/.well-known/oauth-protected-resource/mcp")
        .await;
    let about: Value = serde_json::from_str(&about.text).unwrap();
    assert_eq!(about["resource"], "http://localhost:8470/mcp");
    assert_eq!(about["authorization_servers"][0], "http://localhost:8470");
    let server = outside.get("/.well-known/oauth-authorization-server").await;
    let server: Value = serde_json::from_str(&server.text).unwrap();
    assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
    let bad = Body::from(r#"{"redirect_uris": ["http://evil.test/cb"]}"#);
    refused(
        &outside
            .send(Method::POST, "/oauth/register", &[], bad)
            .await,
        "invalid_redirect_uri",
    );
    refused(
        &outside
            .post_plain("/oauth/token", &[("grant_type", "password")], &[])
            .await,
        "unsupported_grant_type",
    );
}

#[tokio::test]
async fn a_token_that_an_owner_makes_counts_until_its_agent_is_removed() {
    let bench = Bench::new().await;
    let mut owner = bench.owner().await;
    let fields = [
        ("name", "Night agent"),
        ("which", "all"),
        ("days", "7"),
        ("network", "GET https://bank.test/*"),
    ];
    let page = owner.post("/settings/agents", &fields).await;
    page.says("Night agent")
        .says("Requests GET https://bank.test/*");
    let token = page.between("<code>gha_", "<");
    let token = format!("gha_{token}");
    assert!(counts(&bench, &token).await);
    let id = page.between("action=\"/settings/agents/", "/token");
    let renewed = owner
        .post(&format!("/settings/agents/{id}/token"), &[])
        .await;
    let next = format!("gha_{}", renewed.between("<code>gha_", "<"));
    assert!(!counts(&bench, &token).await && counts(&bench, &next).await);
    assert_eq!(
        owner
            .post(&format!("/settings/agents/{id}/remove"), &[])
            .await
            .goes_to(),
        "/settings/agents"
    );
    assert!(!counts(&bench, &next).await);
    // The page shows it once, and the store never.
    assert!(!owner.get("/settings/agents").await.text.contains("gha_"));
    let wrong = owner
        .post(
            "/settings/agents",
            &[
                ("name", "x"),
                ("which", "all"),
                ("days", "7"),
                ("read", "in=etc"),
            ],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("give the whole path");
}
