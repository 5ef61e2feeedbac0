//! WhatsApp: it tells, and never decides.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use guildhall_console::channels;
use guildhall_console::people::Role;
use guildhall_host::{HostLimits, RunStatus};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::super::approvals::waits;
use super::super::bench::Answer;
use super::{Call, Shop, a_while};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const ACCESS: &str = "EAAGm0PX4ZCpsBAaccesstoken";
const PHONE: &str = "4930123456";
const HOOK: &str = "/hooks/whatsapp";

async fn shop(template: &str) -> Shop {
    let mut shop = Shop::bare(HostLimits::default()).await;
    channels::start(&shop.bench.app);
    let fields = [
        ("base", ""),
        ("number", "106540352242922"),
        ("phone", "+49 30"),
        ("token", ACCESS),
        ("app_secret", SECRET),
        ("template", template),
        ("language", "en"),
    ];
    let short = shop.ann.post("/settings/chat/whatsapp", &fields).await;
    assert_eq!(
        short.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        short.text
    );
    let fields = fields.map(|(name, value)| match name {
        "phone" => (name, "+49 30 999 888"),
        _ => (name, value),
    });
    let done = shop.ann.post("/settings/chat/whatsapp", &fields).await;
    assert_eq!(done.goes_to(), "/settings/chat", "{}", done.text);
    shop
}

fn sign(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

fn wrote(id: &str, text: &str) -> Value {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
        "messaging_product": "whatsapp", "metadata": {"phone_number_id": "106540352242922"},
        "messages": [{"id": id, "from": PHONE, "type": "text", "text": {"body": text}}]}}]}]})
}

/// Calls the hook as WhatsApp does: without a cookie.
async fn calls(shop: &Shop, body: &Value, signature: Option<&str>) -> Answer {
    let text = body.to_string();
    let signature = signature.map_or_else(|| sign(&text), str::to_owned);
    let headers = [
        ("content-type", "application/json"),
        ("x-hub-signature-256", signature.as_str()),
    ];
    let mut service = shop.bench.browser();
    service
        .send(Method::POST, HOOK, &headers, Body::from(text))
        .await
}

async fn binds(shop: &Shop) {
    let page = shop
        .ann
        .clone()
        .post("/settings/chat/whatsapp/code", &[])
        .await;
    let code = page.between("<code>", "</code>");
    let called = calls(shop, &wrote("wamid.bind", &code), None).await;
    assert_eq!(called.status, StatusCode::OK, "{}", called.text);
    let answer = shop
        .fake
        .call("an answer", |call| call.method == "messages")
        .await;
    assert!(text(&answer).contains("belongs to Ann"), "{answer:?}");
}

fn text(call: &Call) -> &str {
    call.body["text"]["body"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn who_wrote_within_a_day_is_told_in_words_with_a_link_and_no_button() {
    let shop = shop("").await;
    binds(&shop).await;
    let run = waits(&shop.bench, "order-1", "12.00").await;
    let notice = shop
        .fake
        .call("a notice", |call| text(call).contains(&run))
        .await;
    assert_eq!(
        notice.url,
        "https://graph.facebook.com/v23.0/106540352242922/messages"
    );
    assert!(
        notice
            .headers
            .contains(&("authorization".to_owned(), format!("Bearer {ACCESS}")))
    );
    assert_eq!(
        (&notice.body["to"], &notice.body["type"]),
        (&json!(PHONE), &json!("text"))
    );
    assert!(text(&notice).contains(&format!("http://localhost:8470/approvals/{run}")));
    assert!(notice.body.get("interactive").is_none());
    // Nothing that is written there decides anything.
    for (n, word) in ["yes", "approve", "1", &run].into_iter().enumerate() {
        let called = calls(&shop, &wrote(&format!("wamid.{n}"), word), None).await;
        assert_eq!(called.status, StatusCode::OK);
    }
    a_while().await;
    assert_eq!(shop.status(&run).await, RunStatus::AwaitingApproval);
    let told = shop.fake.count(|call| text(call).contains(&run));
    assert_eq!(told, 1, "once");
    let page = shop.ann.clone().get("/settings/chat").await;
    assert!(!page.text.contains(ACCESS) && !page.text.contains(SECRET));
}

#[tokio::test]
async fn after_a_day_the_template_carries_the_link_and_without_one_nothing_is_sent() {
    for (template, expected) in [("decision_waits", 1), ("", 0)] {
        let shop = shop(template).await;
        binds(&shop).await;
        shop.sql("UPDATE chat_bindings SET heard = heard - 90000000")
            .await;
        let run = waits(&shop.bench, "order-1", "12.00").await;
        a_while().await;
        let of_run = |call: &Call| call.body.to_string().contains(&run);
        assert_eq!(shop.fake.count(of_run), expected, "{template}");
        if expected == 1 {
            let notice = shop.fake.call("a notice", of_run).await;
            assert_eq!(notice.body["type"], "template");
            assert_eq!(notice.body["template"]["name"], "decision_waits");
            let link = &notice.body["template"]["components"][0]["parameters"][0]["text"];
            assert_eq!(
                link,
                &json!(format!("http://localhost:8470/approvals/{run}"))
            );
        } else {
            // As soon as the person writes, they are told.
            calls(&shop, &wrote("wamid.hi", "hi"), None).await;
            shop.fake
                .call("a notice", |call| text(call).contains(&run))
                .await;
        }
    }
}

#[tokio::test]
async fn a_call_counts_only_with_the_signature_over_its_bytes_and_once() {
    let shop = shop("").await;
    let page = shop
        .ann
        .clone()
        .post("/settings/chat/whatsapp/code", &[])
        .await;
    let code = page.between("<code>", "</code>");
    let call = wrote("wamid.1", &code);
    let good = sign(&call.to_string());
    for bad in [
        "",
        "sha256=",
        &good[..good.len() - 2],
        &sign("{}"),
        &good.replace("sha256", "sha1"),
    ] {
        let refused = calls(&shop, &call, Some(bad)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{bad}");
    }
    assert!(shop.fake.calls().is_empty());
    // Good, and told twice: it is heard once, so that the second does not say that the code is used.
    for _ in 0..2 {
        assert_eq!(calls(&shop, &call, None).await.status, StatusCode::OK);
    }
    a_while().await;
    assert_eq!(shop.fake.count(|call| call.method == "messages"), 1);
    // Signed, and no call of the service at all.
    assert_eq!(
        calls(&shop, &json!({"x": 1}), None).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_hook_proves_itself_to_the_service_with_the_token_that_an_owner_copies() {
    let shop = shop("").await;
    let page = shop.ann.clone().get("/settings/chat").await;
    let token = page.between("<dt>Verify token</dt><dd><code>", "</code>");
    let ask = async |token: &str, challenge: &str| {
        let path =
            format!("{HOOK}?hub.mode=subscribe&hub.verify_token={token}&hub.challenge={challenge}");
        shop.bench.browser().get(&path).await
    };
    let good = ask(&token, "1158201444").await;
    assert_eq!(
        (good.status, good.text.as_str()),
        (StatusCode::OK, "1158201444")
    );
    assert_eq!(
        ask("wrong", "1158201444").await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        ask(&token, "%3Cscript%3E").await.status,
        StatusCode::FORBIDDEN
    );
    // Nobody else is shown it.
    let mut bo = shop
        .bench
        .invited(&mut shop.ann.clone(), "Bo", Role::Approver)
        .await;
    assert!(!bo.get("/settings/chat").await.text.contains(&token));
    // Where nothing is set up there is no hook.
    let bare = Shop::bare(HostLimits::default()).await;
    assert_eq!(
        calls(&bare, &json!({}), None).await.status,
        StatusCode::NOT_FOUND
    );
}
