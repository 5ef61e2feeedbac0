//! People and roles.

use axum::http::StatusCode;
use guildhall_console::people::Role;
use guildhall_console::people::changes::INVITED_MS;

use super::bench::{Answer, Bench, Browser, PASSWORD};

const PATH: &str = "/settings/people";

/// The path of the forms about somebody, from the page.
async fn path_of(owner: &mut Browser, name: &str) -> String {
    let page = owner.get(PATH).await;
    let from = page
        .text
        .find(&format!("<strong><bdi>{name}</bdi>"))
        .unwrap();
    let rest = Answer {
        text: page.text[from..].to_owned(),
        ..page
    };
    format!("{PATH}/{}", rest.between("action=\"/settings/people/", "/"))
}

#[tokio::test]
async fn an_invitation_sets_one_password_once_within_a_week() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let page = ann
        .post(PATH, &[("name", "Bo"), ("role", "approver")])
        .await;
    page.says("Give this link to <bdi>Bo</bdi>");
    let link = format!("/invitation?key={}", page.between("/invitation?key=", "<"));
    // It is shown once.
    assert!(!ann.get(PATH).await.text.contains("/invitation?key="));
    ann.get(PATH)
        .await
        .says("Ann invited Bo as approver.")
        .says("has not signed in yet");
    let mut bo = bench.browser();
    bo.get(&link)
        .await
        .says("Welcome, <bdi>Bo</bdi>")
        .says("an approver");
    let key = link.split_once('=').unwrap().1.to_owned();
    let short = bo
        .post("/invitation", &[("key", &key), ("password", "short")])
        .await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("key", key.as_str()), ("password", PASSWORD)];
    assert_eq!(bo.post("/invitation", &fields).await.goes_to(), "/");
    bo.get("/settings/account")
        .await
        .says("You are an approver");
    let mut eve = bench.browser();
    let used = eve.get(&link).await;
    assert_eq!(used.status, StatusCode::FORBIDDEN);
    used.says("people.invitation");
    eve.get("/sign-in").await;
    assert_eq!(
        eve.post("/invitation", &fields).await.status,
        StatusCode::FORBIDDEN
    );
    // An old one is nothing, and so is one that a newer one has replaced.
    let path = path_of(&mut ann, "Bo").await;
    let older = ann
        .post(&format!("{path}/link"), &[])
        .await
        .between("/invitation?key=", "<");
    let newer = ann
        .post(&format!("{path}/link"), &[])
        .await
        .between("/invitation?key=", "<");
    let status = |page: Answer| page.status;
    assert_eq!(
        status(eve.get(&format!("/invitation?key={older}")).await),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        status(eve.get(&format!("/invitation?key={newer}")).await),
        StatusCode::OK
    );
    bench.app.clock.advance(INVITED_MS + 1);
    assert_eq!(
        status(eve.get(&format!("/invitation?key={newer}")).await),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_role_counts_from_the_next_request_on_and_a_removed_person_is_out() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let mut bo = bench.invited(&mut ann, "Bo", Role::Owner).await;
    let form = [("name", "Cy"), ("role", "viewer")];
    let path = path_of(&mut ann, "Bo").await;
    assert_eq!(
        ann.post(&format!("{path}/role"), &[("role", "operator")])
            .await
            .goes_to(),
        PATH
    );
    assert_eq!(bo.post(PATH, &form).await.status, StatusCode::FORBIDDEN);
    assert!(!bo.get(PATH).await.text.contains("Invite somebody"));
    ann.get(PATH).await.says("Ann made Bo operator.");
    assert_eq!(
        ann.post(&format!("{path}/remove"), &[]).await.goes_to(),
        PATH
    );
    assert!(bo.get(PATH).await.goes_to().starts_with("/sign-in"));
    bo.get("/sign-in").await;
    let back = bo
        .post("/sign-in", &[("name", "Bo"), ("password", PASSWORD)])
        .await;
    assert_eq!(back.status, StatusCode::UNAUTHORIZED);
    ann.get(PATH)
        .await
        .says("Ann removed Bo, who was operator.");
    // The name is free again, for somebody else: what Bo did stays Bo's.
    bench.invited(&mut ann, "Bo", Role::Viewer).await;
}

#[tokio::test]
async fn the_console_always_has_an_owner_who_can_sign_in() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let path = path_of(&mut ann, "Ann").await;
    // Somebody who has no password yet is none.
    ann.post(PATH, &[("name", "Bo"), ("role", "owner")]).await;
    for (action, fields) in [("role", vec![("role", "viewer")]), ("remove", vec![])] {
        let refused = ann.post(&format!("{path}/{action}"), &fields).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{action}");
        refused.says("people.last-owner");
    }
    ann.get("/settings/account").await.says("You are an owner");
    let link = path_of(&mut ann, "Bo").await;
    let key = ann
        .post(&format!("{link}/link"), &[])
        .await
        .between("/invitation?key=", "<");
    let mut bo = bench.browser();
    bo.get(&format!("/invitation?key={key}")).await;
    bo.post("/invitation", &[("key", &key), ("password", PASSWORD)])
        .await;
    assert_eq!(
        ann.post(&format!("{path}/remove"), &[]).await.goes_to(),
        PATH
    );
    assert!(ann.get(PATH).await.goes_to().starts_with("/sign-in"));
    bo.get(PATH)
        .await
        .says("Ann removed")
        .says("Ann removed Ann, who was owner.");
}

#[tokio::test]
async fn names_are_unique_plain_and_escaped() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let taken = ann.post(PATH, &[("name", "aNN"), ("role", "viewer")]).await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
    taken.says("Somebody is called aNN already");
    let hidden = ann
        .post(PATH, &[("name", "A\u{202e}nn"), ("role", "viewer")])
        .await;
    assert_eq!(hidden.status, StatusCode::UNPROCESSABLE_ENTITY);
    let role = ann.post(PATH, &[("name", "Bo"), ("role", "root")]).await;
    assert_eq!(role.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = ann
        .post(PATH, &[("name", "<b>Bo</b>"), ("role", "viewer")])
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("<b>Bo"), "{}", page.text);
    page.says("&#60;b&#62;Bo");
}
