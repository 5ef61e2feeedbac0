//! Channels of skills to chats, set up and tried on their page; and what the audit log says of chats.

use axum::http::StatusCode;
use guildhall_console::people::Role;
use guildhall_host::{HostLimits, Tenant};

use super::super::bench::{Answer, Browser};
use super::{ANN, Shop, TOKEN};

const PAGE: &str = "/settings/channels";
const ACCESS: &str = "EAAGm0PX4ZCpsBAaccesstoken";

async fn sets(ann: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    ann.post(PAGE, fields).await
}

fn bot<'a>(token: &'a str, base: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("kind", "telegram"),
        ("name", "team"),
        ("secret", token),
        ("base", base),
    ]
}

#[tokio::test]
async fn a_bot_is_asked_who_it_is_before_it_becomes_a_channel_and_a_test_message_shows_that_it_works()
 {
    let mut shop = Shop::bare(HostLimits::default()).await;
    let ann = &mut shop.ann;
    for (token, base, words) in [
        ("nonsense", "", "BotFather"),
        ("", "", "Give the secret"),
        (TOKEN, "http://api.telegram.org", "https"),
        (
            TOKEN,
            "https://user:pw@api.telegram.org",
            "No channel was set up",
        ),
    ] {
        let page = sets(ann, &bot(token, base)).await;
        assert_eq!(
            page.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{token} {base}"
        );
        page.says(words);
        // What was typed is there again, but for the secret.
        page.says("value=\"team\"");
        assert!(!page.text.contains("AAHdq"));
    }
    let refusal = r#"{"ok":false,"description":"Unauthorized"}"#;
    shop.fake.next("getMe", Ok((401, refusal.to_owned())));
    sets(ann, &bot(TOKEN, "")).await.says("Unauthorized");
    assert!(
        shop.bench
            .host
            .channels(&Tenant::local())
            .await
            .unwrap()
            .is_empty()
    );

    let set = sets(ann, &bot(&format!(" {TOKEN} "), "")).await;
    assert_eq!(set.goes_to(), "/settings/channels?done=set", "{}", set.text);
    let page = ann.get(PAGE).await;
    page.says("chats, from your bot").says("channel-team");
    assert!(!page.text.contains("AAHdq"));
    // The kept token goes to no other address.
    let away = sets(ann, &bot("", "https://evil.example")).await;
    away.says("is for another address");
    assert_eq!(sets(ann, &bot("", "")).await.status, StatusCode::SEE_OTHER);

    let test = "/settings/channels/team/test";
    let sent = ann.post(test, &[("recipient", "5001")]).await;
    assert_eq!(
        sent.goes_to(),
        "/settings/channels?done=sent",
        "{}",
        sent.text
    );
    let call = shop
        .fake
        .call("a test message", |call| call.method == "sendMessage")
        .await;
    assert_eq!(call.chat(), ANN);
    assert!(
        call.text().contains("test message of Guildhall"),
        "{call:?}"
    );
    // What does not arrive is said in words: a recipient that is none, and one who put the bot out.
    ann.post(test, &[("recipient", "Ann")])
        .await
        .says("a chat of Telegram");
    let blocked = r#"{"ok":false,"description":"Forbidden: bot was blocked by the user"}"#;
    shop.fake.next("sendMessage", Ok((403, blocked.to_owned())));
    ann.post(test, &[("recipient", "5001")])
        .await
        .says("was not sent")
        .says("bot was blocked by the user");
    assert_eq!(shop.fake.count(|call| call.method == "sendMessage"), 2);
    let log = ann.get("/settings/audit").await;
    log.says("The channel team was set up.")
        .says("A test message was sent by the channel team.")
        .says("A test message by the channel team was not sent.");

    let gone = ann.post("/settings/channels/team/remove", &[]).await;
    assert_eq!(gone.goes_to(), "/settings/channels?done=removed");
    let page = ann.post(test, &[("recipient", "5001")]).await;
    page.says("There is no channel");
}

#[tokio::test]
async fn a_number_of_whatsapp_becomes_a_channel_and_only_an_owner_does_that() {
    let mut shop = Shop::bare(HostLimits::default()).await;
    let mut bo = shop
        .bench
        .invited(&mut shop.ann.clone(), "Bo", Role::Approver)
        .await;
    let fields = |number, token| {
        [
            ("kind", "whatsapp"),
            ("name", "phone"),
            ("number", number),
            ("secret", token),
            ("base", ""),
        ]
    };
    let refused = sets(&mut bo, &fields("1065", ACCESS)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let refused = bo
        .post(
            "/settings/channels/phone/test",
            &[("recipient", "+4930999888")],
        )
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let ann = &mut shop.ann;
    sets(ann, &fields("1065", "short"))
        .await
        .says("access token");
    sets(ann, &fields("+49 30", ACCESS)).await.says("digits");
    let set = sets(ann, &fields("1065", ACCESS)).await;
    assert_eq!(set.goes_to(), "/settings/channels?done=set", "{}", set.text);
    let test = "/settings/channels/phone/test";
    ann.post(test, &[("recipient", "030 999")])
        .await
        .says("a phone number with its country");
    let sent = ann.post(test, &[("recipient", "+4930999888")]).await;
    assert_eq!(
        sent.goes_to(),
        "/settings/channels?done=sent",
        "{}",
        sent.text
    );
    let calls = shop.fake.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(
        calls[0].url,
        "https://graph.facebook.com/v23.0/1065/messages"
    );
    // A secret that somebody took away is missed on the page.
    ann.post("/settings/secrets/channel-phone/remove", &[])
        .await;
    ann.get(PAGE).await.says("Its secret is missing");
}

#[tokio::test]
async fn what_is_changed_about_chats_is_in_the_audit_log() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let mut ann = shop.ann.clone();
    let mut bo = shop.bench.invited(&mut ann, "Bo", Role::Approver).await;
    shop.binds(&mut bo, 7007).await;
    let people = ann.get("/settings/chat").await;
    let bos = people
        .text
        .rsplit_once("name=\"person\" value=\"")
        .map(|(_, rest)| rest.split('"').next().unwrap().to_owned())
        .unwrap();
    let unbound = ann
        .post("/settings/chat/telegram/unbind", &[("person", &bos)])
        .await;
    assert_eq!(unbound.status, StatusCode::SEE_OTHER);
    ann.post("/settings/chat/telegram/remove", &[]).await;
    let log = ann.get("/settings/audit").await;
    for words in [
        "(Ann) set Telegram up, for chats.",
        "(Ann) bound a chat of Telegram.",
        "(Bo) bound a chat of Telegram.",
        "(Ann) took a chat away: Bo, Telegram.",
        "(Ann) took Telegram away, with every chat that was bound to it.",
    ] {
        log.says(words);
    }
    let report = shop
        .bench
        .host
        .verify_audit(&Tenant::local(), &[])
        .await
        .unwrap();
    assert!(report.head.entries >= 5);
}
