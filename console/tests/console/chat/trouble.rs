//! Services that fail, processes that die, clocks that go on.

use guildhall_host::{EgressError, HostLimits, RunStatus};

use super::super::approvals::waits;
use super::{ANN, Shop, a_while};

#[tokio::test]
async fn a_card_that_expired_is_told_and_its_button_is_too_late() {
    let limits = HostLimits {
        approval_seconds: 4,
        ..HostLimits::default()
    };
    let shop = Shop::limited("EUR 50.00", limits).await;
    let (run, notice) = shop.told("order-1", "12.00").await;
    let edited = shop.edited(&notice).await;
    assert!(edited.text().contains("expired"), "{}", edited.text());
    let told = shop
        .taps(ANN, ANN, notice.message, &notice.buttons()[0])
        .await;
    assert!(
        told["text"].as_str().unwrap().contains("too late"),
        "{told}"
    );
    assert_eq!(shop.status(&run).await, RunStatus::Rejected);
}

#[tokio::test]
async fn a_console_that_was_restarted_goes_on_with_what_was_tapped_meanwhile() {
    let mut shop = Shop::with_telegram("EUR 50.00").await;
    let (run, notice) = shop.told("order-1", "12.00").await;
    shop.bench.app.stop.cancel();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let query = shop
        .fake
        .tap(ANN, ANN, "private", notice.message, &notice.buttons()[0]);
    assert_eq!(shop.status(&run).await, RunStatus::AwaitingApproval);
    let app = shop.restarts().await;
    assert_eq!(shop.answered(&query).await["text"], "Approved.");
    assert_eq!(shop.status(&run).await, RunStatus::Committed);
    shop.edited(&notice).await;
    // Nobody is told again.
    a_while().await;
    let notices = shop
        .fake
        .count(|call| call.method == "sendMessage" && call.text().contains(&run));
    assert_eq!(notices, 1);
    app.stop.cancel();
}

#[tokio::test]
async fn an_update_that_is_told_again_after_a_crash_decides_once() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let (run, notice) = shop.told("order-1", "12.00").await;
    // The process died between using the button up and deciding: the row says which update used it.
    shop.bench.app.stop.cancel();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let query = shop
        .fake
        .tap(ANN, ANN, "private", notice.message, &notice.buttons()[0]);
    let last = shop.fake.update(serde_json::json!({}));
    let tapped = last - 1;
    let mut tx = shop.bench.app.store.write().await.unwrap();
    sqlx::query("UPDATE chat_handles SET used_by = $1")
        .bind(tapped)
        .execute(tx.connection())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let app = shop.starts_another().await;
    assert_eq!(shop.answered(&query).await["text"], "Approved.");
    assert_eq!(shop.status(&run).await, RunStatus::Committed);
    app.stop.cancel();
}

#[tokio::test]
async fn two_processes_over_one_store_tell_once() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let other = shop.starts_another().await;
    let (run, notice) = shop.told("order-1", "12.00").await;
    let told = shop
        .taps(ANN, ANN, notice.message, &notice.buttons()[0])
        .await;
    assert_eq!(told["text"], "Approved.");
    shop.edited(&notice).await;
    a_while().await;
    let sent = |call: &super::Call| call.method == "sendMessage" && call.text().contains(&run);
    assert_eq!(shop.fake.count(sent), 1);
    other.stop.cancel();
}

#[tokio::test]
async fn a_notice_that_was_not_sent_is_sent_later_and_one_that_may_have_been_is_not() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let busy = r#"{"ok":false,"description":"Too Many Requests","parameters":{"retry_after":1}}"#;
    shop.fake.next("sendMessage", Ok((429, busy.to_owned())));
    let run = waits(&shop.bench, "order-1", "12.00").await;
    let of_run = |call: &super::Call| call.method == "sendMessage" && call.text().contains(&run);
    let begun = std::time::Instant::now();
    while shop.fake.count(of_run) < 2 {
        assert!(begun.elapsed().as_secs() < 15, "{:#?}", shop.fake.calls());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // The buttons of the one that was not sent are gone with it.
    let notices: Vec<_> = shop.fake.calls().into_iter().filter(of_run).collect();
    let told = shop.taps(ANN, ANN, None, &notices[0].buttons()[0]).await;
    assert!(
        told["text"].as_str().unwrap().contains("not known"),
        "{told}"
    );

    let lost = EgressError::BrokenResponse {
        host: "api.telegram.org".to_owned(),
        detail: "the connection ended before it was complete".to_owned(),
    };
    shop.fake.next("sendMessage", Err(lost));
    let (run, notice) = shop.told("order-2", "12.00").await;
    a_while().await;
    let of_run = |call: &super::Call| call.method == "sendMessage" && call.text().contains(&run);
    assert_eq!(
        shop.fake.count(of_run),
        1,
        "what may have been sent is not sent again"
    );
    // The page says what went wrong, without the token.
    let page = shop.ann.clone().get("/settings/chat").await;
    page.says("Telegram was not reached");
    assert!(!page.text.contains("AAHdq"));
    // It had arrived: its button counts.
    let told = shop.taps(ANN, ANN, None, &notice.buttons()[0]).await;
    assert_eq!(told["text"], "Approved.");
}

#[tokio::test]
async fn a_bot_whose_token_was_taken_back_is_said_to_be_ill() {
    let shop = Shop::with_telegram("EUR 50.00").await;
    let gone = r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#;
    shop.fake.next("getUpdates", Ok((401, gone.to_owned())));
    shop.fake.write(ANN, "hello");
    let begun = std::time::Instant::now();
    loop {
        let page = shop.ann.clone().get("/settings/chat").await;
        if page.text.contains("does not know the bot") {
            break;
        }
        assert!(begun.elapsed().as_secs() < 15, "{}", page.text);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
