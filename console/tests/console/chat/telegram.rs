//! What a tap is worth, and to whom.

use axum::http::StatusCode;
use guildhall_console::people::Role;
use guildhall_host::RunStatus;

use super::super::approvals::waits;
use super::{ANN, MALLORY, Shop, TOKEN, a_while};

#[tokio::test]
async fn a_small_payment_to_a_known_payee_is_approved_by_a_tap_and_the_message_says_so() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let (run, notice) = shop.told("order-1", "12.00").await;
    for said in ["EUR 12.00", "market.example", "paid once before", "order-1"] {
        assert!(notice.text().contains(said), "{said} in {}", notice.text());
    }
    // Buttons carry 32 random bytes each, and no fact.
    let buttons = notice.buttons();
    assert_eq!(buttons.len(), 2);
    assert!(
        buttons
            .iter()
            .all(|data| data.len() == 43 && !data.contains(&run))
    );
    assert_ne!(buttons[0], buttons[1]);

    let told = shop.taps(ANN, ANN, notice.message, &buttons[0]).await;
    assert_eq!(told["text"], "Approved.");
    assert_eq!(shop.status(&run).await, RunStatus::Committed);
    let facts = shop.decision(&run).await.unwrap();
    assert_eq!(
        (facts.channel.as_str(), facts.decision.as_str()),
        ("telegram", "approve")
    );
    assert!(facts.decider.ends_with(" (Ann)"), "{}", facts.decider);
    let edited = shop.edited(&notice).await;
    assert!(
        edited.text().contains("pproved by you"),
        "{}",
        edited.text()
    );
    assert!(edited.buttons().is_empty());
}

#[tokio::test]
async fn a_rejection_by_a_tap_does_nothing_of_it() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let (run, notice) = shop.told("order-1", "12.00").await;
    let told = shop
        .taps(ANN, ANN, notice.message, &notice.buttons()[1])
        .await;
    assert_eq!(told["text"], "Rejected. Nothing is done.");
    assert_eq!(shop.status(&run).await, RunStatus::Rejected);
    let facts = shop.decision(&run).await.unwrap();
    assert_eq!(
        (facts.channel.as_str(), facts.decision.as_str()),
        ("telegram", "reject")
    );
    assert!(shop.edited(&notice).await.text().contains("ejected"));
}

#[tokio::test]
async fn only_who_it_was_sent_to_can_use_a_button_and_only_in_a_chat_of_their_own() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let mut ann = shop.ann.clone();
    let mut bo = shop.bench.invited(&mut ann, "Bo", Role::Approver).await;
    let (run, notice) = shop.told("order-1", "12.00").await;
    let approve = notice.buttons()[0].clone();
    // A stranger who got hold of the handle; one who says that the chat is Ann's; Bo, who may approve, but was sent another one.
    for (from, chat) in [(MALLORY, MALLORY), (MALLORY, ANN)] {
        let told = shop.taps(from, chat, notice.message, &approve).await;
        assert_eq!(
            told["text"], "This button was not sent to you.",
            "{from} {chat}"
        );
    }
    shop.binds(&mut bo, 7007).await;
    let told = shop.taps(7007, 7007, notice.message, &approve).await;
    assert_eq!(told["text"], "This button was not sent to you.");
    // In a group everybody could tap.
    let query = shop.fake.tap(ANN, -100, "group", notice.message, &approve);
    assert_eq!(
        shop.answered(&query).await["text"],
        "This button was not sent to you."
    );
    // Guessed and empty handles.
    for data in ["A".repeat(43), String::from("approve"), String::new()] {
        let told = shop.taps(ANN, ANN, notice.message, &data).await;
        assert!(
            told["text"].as_str().unwrap().contains("not known"),
            "{data}"
        );
    }
    assert_eq!(shop.status(&run).await, RunStatus::AwaitingApproval);
    assert_eq!(shop.decision(&run).await, None);
    // None of it used the button up.
    let told = shop.taps(ANN, ANN, notice.message, &approve).await;
    assert_eq!(told["text"], "Approved.");
}

#[tokio::test]
async fn a_button_counts_once_and_the_other_one_not_after_it() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let (run, notice) = shop.told("order-1", "12.00").await;
    let [approve, reject] = notice.buttons().try_into().unwrap();
    // At once, as an impatient thumb does.
    let first = shop.fake.tap(ANN, ANN, "private", notice.message, &approve);
    let second = shop.fake.tap(ANN, ANN, "private", notice.message, &approve);
    let third = shop.fake.tap(ANN, ANN, "private", notice.message, &reject);
    assert_eq!(shop.answered(&first).await["text"], "Approved.");
    for query in [&second, &third] {
        let told = shop.answered(query).await;
        assert!(
            told["text"].as_str().unwrap().contains("decided already"),
            "{told}"
        );
        assert_eq!(told["show_alert"], true);
    }
    assert_eq!(shop.status(&run).await, RunStatus::Committed);
    let paid = shop
        .bench
        .host
        .accounts(&guildhall_host::Tenant::local())
        .await
        .unwrap();
    let till = paid.iter().find(|account| account.name == "till").unwrap();
    assert_eq!(till.available, 500_000 - 100 - 1_200);
}

#[tokio::test]
async fn what_is_large_new_or_more_than_a_payment_is_a_link() {
    let shop = Shop::with_telegram("EUR 10.00").await;
    // Above the ceiling.
    let (run, notice) = shop.told("order-1", "10.01").await;
    assert!(notice.buttons().is_empty());
    assert!(
        notice
            .text()
            .contains(&format!("http://localhost:8470/approvals/{run}"))
    );
    assert!(!notice.text().contains("10.01"), "facts are on the card");
    // Exactly it.
    let (_, notice) = shop.told("order-2", "10.00").await;
    assert_eq!(notice.buttons().len(), 2);

    // A payee who was never paid, and no ceiling at all.
    let mut shop = Shop::with_telegram("").await;
    let (run, notice) = shop.told("order-1", "0.01").await;
    assert!(notice.buttons().is_empty());
    shop.approves_on_the_page(&run).await;
    assert!(shop.edited(&notice).await.text().contains("pproved by you"));
}

#[tokio::test]
async fn a_ceiling_that_was_lowered_counts_at_the_tap() {
    let mut shop = Shop::with_telegram("EUR 50.00").await;
    let (run, notice) = shop.told("order-1", "12.00").await;
    shop.sets_up("EUR 5.00").await;
    let told = shop
        .taps(ANN, ANN, notice.message, &notice.buttons()[0])
        .await;
    assert!(
        told["text"]
            .as_str()
            .unwrap()
            .contains("can't be decided in a chat"),
        "{told}"
    );
    assert_eq!(shop.status(&run).await, RunStatus::AwaitingApproval);
}

#[tokio::test]
async fn what_was_decided_elsewhere_is_told_in_the_chat_and_its_button_does_nothing() {
    let mut shop = Shop::with_telegram("EUR 50.00").await;
    let (run, notice) = shop.told("order-1", "12.00").await;
    shop.approves_on_the_page(&run).await;
    let edited = shop.edited(&notice).await;
    assert!(
        edited.text().contains("pproved by you"),
        "{}",
        edited.text()
    );
    let told = shop
        .taps(ANN, ANN, notice.message, &notice.buttons()[1])
        .await;
    assert!(
        told["text"].as_str().unwrap().contains("approved"),
        "{told}"
    );
    assert_eq!(shop.status(&run).await, RunStatus::Committed);
    assert_eq!(shop.decision(&run).await.unwrap().channel, "console");
    // Told once, changed once.
    a_while().await;
    let of_run = |call: &super::Call| call.text().contains(&run);
    assert_eq!(shop.fake.count(of_run), 2, "{:#?}", shop.fake.calls());
}

#[tokio::test]
async fn a_card_that_is_not_the_one_that_was_shown_is_not_approved() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let (run, notice) = shop.told("order-1", "12.00").await;
    let other = waits(&shop.bench, "order-2", "40.00").await;
    shop.notice(&other, ANN).await;
    // As if what waits under this run had become another thing since.
    shop.sql("UPDATE chat_handles SET effect_set = (SELECT n.effect_set FROM chat_notices n WHERE n.id <> chat_handles.notice)")
        .await;
    let told = shop
        .taps(ANN, ANN, notice.message, &notice.buttons()[0])
        .await;
    assert!(
        told["text"]
            .as_str()
            .unwrap()
            .contains("not what this message showed"),
        "{told}"
    );
    assert_eq!(shop.status(&run).await, RunStatus::AwaitingApproval);
    assert_eq!(shop.status(&other).await, RunStatus::AwaitingApproval);
}

#[tokio::test]
async fn who_lost_the_right_or_the_chat_decides_nothing_there() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let mut ann = shop.ann.clone();
    let mut bo = shop.bench.invited(&mut ann, "Bo", Role::Approver).await;
    shop.binds(&mut bo, 7007).await;
    let run = waits(&shop.bench, "order-1", "12.00").await;
    let notice = shop.notice(&run, 7007).await;
    let approve = notice.buttons()[0].clone();
    let people = ann.get("/settings/people").await;
    assert_eq!(people.text.matches("/role\"").count(), 2);
    let ids: Vec<&str> = people
        .text
        .split("action=\"/settings/people/")
        .skip(1)
        .filter_map(|rest| rest.split_once("/role").map(|(id, _)| id))
        .filter(|id| id.len() == 36)
        .collect();
    for id in ids {
        // Ann is the last owner: for her it is refused.
        ann.post(
            &format!("/settings/people/{id}/role"),
            &[("role", "viewer")],
        )
        .await;
    }
    let told = shop.taps(7007, 7007, notice.message, &approve).await;
    assert!(
        told["text"].as_str().unwrap().contains("may not decide"),
        "{told}"
    );
    assert_eq!(shop.status(&run).await, RunStatus::AwaitingApproval);
    // Ann takes her own chat away: what was sent to it is worth nothing.
    let own = shop.notice(&run, ANN).await;
    assert_eq!(
        ann.post("/settings/chat/telegram/unbind", &[]).await.status,
        StatusCode::SEE_OTHER
    );
    let told = shop.taps(ANN, ANN, own.message, &own.buttons()[0]).await;
    assert_eq!(told["text"], "This button was not sent to you.");
    assert_eq!(shop.status(&run).await, RunStatus::AwaitingApproval);
}

#[tokio::test]
async fn a_code_binds_one_chat_once_within_ten_minutes() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let mut ann = shop.ann.clone();
    let mut bo = shop.bench.invited(&mut ann, "Bo", Role::Approver).await;
    let code = shop.code(&mut bo).await;
    let says = async |from: i64, words: &str| {
        let words = words.to_owned();
        shop.fake
            .call(&words, |call| {
                call.method == "sendMessage" && call.chat() == from && call.text().contains(&words)
            })
            .await;
    };
    // In a group, and a code that nobody made.
    shop.fake.update(
        serde_json::json!({"message": {"message_id": 1, "from": {"id": 7007},
        "chat": {"id": -100, "type": "supergroup"}, "text": format!("/start {code}")}}),
    );
    says(-100, "one person at a time").await;
    shop.fake.write(7007, "/start ABCD-EFGH-JKMN");
    says(7007, "does not count").await;
    shop.fake.write(7007, "hello");
    says(7007, "Settings, Chat").await;
    // The code itself, in another spelling; a second time it is nothing, not even to somebody else.
    shop.fake
        .write(7007, &code.to_lowercase().replace('-', " "));
    says(7007, "belongs to Bo").await;
    shop.fake.write(MALLORY, &code);
    says(MALLORY, "does not count").await;
    // One that was not used in time.
    let late = shop.code(&mut ann).await;
    shop.bench.app.clock.advance(10 * 60 * 1000 + 1);
    shop.fake.write(8008, &late);
    says(8008, "does not count").await;
    // Whoever signed in long ago makes no code.
    let refused = ann.post("/settings/chat/telegram/code", &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_owners_set_a_bot_up_and_its_token_is_nowhere_in_plain_text() {
    let mut shop = Shop::bare(guildhall_host::HostLimits::default()).await;
    let mut bo = shop
        .bench
        .invited(&mut shop.ann.clone(), "Bo", Role::Approver)
        .await;
    let fields = [("token", TOKEN), ("ceilings", ""), ("base", "")];
    let refused = bo.post("/settings/chat/telegram", &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    for (field, value) in [
        ("token", "nonsense"),
        ("ceilings", "50"),
        ("base", "http://api.telegram.org"),
        ("base", "https://user:pw@api.telegram.org"),
    ] {
        let mut wrong: Vec<(&str, &str)> = fields.to_vec();
        wrong.retain(|(name, _)| *name != field);
        wrong.push((field, value));
        let page = shop.ann.post("/settings/chat/telegram", &wrong).await;
        assert_eq!(
            page.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field} {value}"
        );
    }
    assert!(shop.fake.calls().is_empty(), "nothing wrong is sent");
    shop.fake.next(
        "getMe",
        Ok((
            401,
            r#"{"ok":false,"description":"Unauthorized"}"#.to_owned(),
        )),
    );
    let page = shop.ann.post("/settings/chat/telegram", &fields).await;
    page.says("Unauthorized");
    assert!(!page.text.contains("AAHdq"));

    shop.sets_up("EUR 50.00").await;
    let page = shop.ann.get("/settings/chat").await;
    page.says("@acme_bot").says("EUR 50.00");
    assert!(!page.text.contains("AAHdq"));
    // Other amounts with the token from before; another address not.
    let keep = [("token", ""), ("ceilings", "EUR 20.00"), ("base", "")];
    assert_eq!(
        shop.ann.post("/settings/chat/telegram", &keep).await.status,
        StatusCode::SEE_OTHER
    );
    let away = [
        ("token", ""),
        ("ceilings", ""),
        ("base", "https://evil.example"),
    ];
    assert_eq!(
        shop.ann.post("/settings/chat/telegram", &away).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert!(
        shop.fake
            .calls()
            .iter()
            .all(|call| call.url.starts_with("https://api.telegram.org/"))
    );
    for entry in std::fs::read_dir(shop.bench.folder.path().join("state")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(
                !bytes.windows(5).any(|five| five == b"AAHdq"),
                "{}",
                path.display()
            );
        }
    }
}
