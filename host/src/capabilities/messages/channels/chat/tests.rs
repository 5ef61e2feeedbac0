use std::sync::Arc;

use proptest::prelude::*;

use super::super::{ChannelConfig, ChannelKind, Delivery, Draft, Outgoing, check_message};
use super::*;
use crate::capabilities::network::egress::{
    Egress, EgressError, EgressLimits, Hop, HopResponse, Transport,
};

const TOKEN: &str = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

/// Notes what is sent, and answers every time the same.
struct Noting {
    sent: std::sync::Mutex<Vec<Hop>>,
    answer: Result<HopResponse, EgressError>,
}

impl Transport for Noting {
    fn send(&self, hop: Hop) -> BoxFuture<'_, Result<HopResponse, EgressError>> {
        hop.meter.begin();
        self.sent.lock().unwrap().push(hop);
        let answer = self.answer.clone();
        Box::pin(async move { answer })
    }
}

fn config(json: &str) -> ChannelConfig {
    serde_json::from_str(json).unwrap()
}

fn telegram_channel() -> ChannelConfig {
    config(r#"{"kind":"telegram","secret":"bot"}"#)
}

fn whatsapp_channel() -> ChannelConfig {
    config(r#"{"kind":"whatsapp","number":"1065","secret":"wa"}"#)
}

fn message(recipient: &str) -> Outgoing {
    Outgoing {
        id: "msg_1".to_owned(),
        channel: "chat".parse().unwrap(),
        recipient: recipient.to_owned(),
        subject: Some("Paid".to_owned()),
        body: "*All* of it <b>today</b>".to_owned(),
        attachments: Vec::new(),
        skill: "acme/pay".to_owned(),
        sent_at_ms: 0,
    }
}

async fn sent(
    config: ChannelConfig,
    message: &Outgoing,
    answer: Result<HopResponse, EgressError>,
) -> (Delivery, Vec<Hop>) {
    let noting = Arc::new(Noting {
        sent: std::sync::Mutex::default(),
        answer,
    });
    let egress = Egress::with_transport(EgressLimits::default(), noting.clone());
    let chat = Chat::new(Arc::new(egress), config, Zeroizing::new(TOKEN.to_owned()));
    assert!(!chat.repeats_safely());
    let delivery = chat.deliver(message, 0).await;
    let hops = noting.sent.lock().unwrap().clone();
    (delivery, hops)
}

fn answer(status: u16, body: &str) -> Result<HopResponse, EgressError> {
    Ok(HopResponse {
        status,
        ..HopResponse::ok(body.to_owned())
    })
}

#[tokio::test]
async fn a_message_to_telegram_is_plain_text_to_the_chat() {
    let ok = answer(
        200,
        r#"{"ok":true,"result":{"message_id":77,"chat":{"id":5}}}"#,
    );
    let (delivery, hops) = sent(telegram_channel(), &message("5"), ok).await;
    assert_eq!(
        delivery,
        Delivery::Sent {
            reference: "77".to_owned()
        }
    );
    let hop = &hops[0];
    assert_eq!(
        hop.target.url().as_str(),
        format!("https://api.telegram.org/bot{TOKEN}/sendMessage")
    );
    let body: serde_json::Value = serde_json::from_slice(&hop.body).unwrap();
    assert_eq!(body["chat_id"], 5);
    assert_eq!(body["text"], "Paid\n\n*All* of it <b>today</b>");
    assert!(body.get("parse_mode").is_none());
}

#[tokio::test]
async fn a_message_to_whatsapp_is_a_text_with_the_token_in_its_header() {
    let ok = answer(200, r#"{"messages":[{"id":"wamid.1"}]}"#);
    let (delivery, hops) = sent(whatsapp_channel(), &message("+4930123456"), ok).await;
    assert_eq!(
        delivery,
        Delivery::Sent {
            reference: "wamid.1".to_owned()
        }
    );
    let hop = &hops[0];
    assert_eq!(
        hop.target.url().as_str(),
        "https://graph.facebook.com/v23.0/1065/messages"
    );
    assert!(
        hop.headers
            .contains(&("authorization".to_owned(), format!("Bearer {TOKEN}")))
    );
    let body: serde_json::Value = serde_json::from_slice(&hop.body).unwrap();
    assert_eq!(body["to"], "+4930123456");
    assert_eq!(body["type"], "text");
}

#[tokio::test]
async fn what_may_have_arrived_is_unknown_and_no_word_tells_the_token() {
    let broken = || {
        Err(EgressError::Other {
            host: "api.telegram.org".to_owned(),
            detail: format!("error for https://api.telegram.org/bot{TOKEN}/sendMessage"),
        })
    };
    let (telegram, _) = sent(telegram_channel(), &message("5"), broken()).await;
    let (whatsapp, _) = sent(whatsapp_channel(), &message("+4930123456"), broken()).await;
    for delivery in [telegram, whatsapp] {
        assert!(matches!(delivery, Delivery::Unknown { .. }), "{delivery:?}");
        assert!(!format!("{delivery:?}").contains("AAH"), "{delivery:?}");
    }
}

#[tokio::test]
async fn answers_mean_what_the_services_say() {
    for (status, body, expected) in [
        (
            429,
            r#"{"ok":false,"description":"Too Many Requests"}"#,
            "not-sent",
        ),
        (
            403,
            r#"{"ok":false,"description":"bot was blocked"}"#,
            "failed",
        ),
        (401, r#"{"ok":false}"#, "failed"),
        (404, "", "failed"),
        // It may have been sent all the same.
        (500, "", "unknown"),
        (502, "<html>", "unknown"),
        (200, "", "unknown"),
        (200, r#"{"ok":false}"#, "unknown"),
    ] {
        let (delivery, _) = sent(telegram_channel(), &message("5"), answer(status, body)).await;
        let json = serde_json::to_value(&delivery).unwrap();
        assert_eq!(json["outcome"], expected, "{status} {body}");
    }
    for (status, body, expected) in [
        (
            400,
            r#"{"error":{"code":131047,"message":"Re-engagement"}}"#,
            "failed",
        ),
        (
            400,
            r#"{"error":{"code":131056,"message":"pair rate limit"}}"#,
            "not-sent",
        ),
        (
            401,
            r#"{"error":{"code":190,"message":"expired"}}"#,
            "failed",
        ),
        (503, "", "unknown"),
        (200, "{}", "unknown"),
    ] {
        let (delivery, _) = sent(
            whatsapp_channel(),
            &message("+4930123456"),
            answer(status, body),
        )
        .await;
        let json = serde_json::to_value(&delivery).unwrap();
        assert_eq!(json["outcome"], expected, "{status} {body}");
    }
}

#[tokio::test]
async fn nothing_is_sent_with_files_or_to_what_is_no_chat() {
    let mut with_file = message("5");
    with_file.attachments.push(super::super::Attachment {
        name: "a".to_owned(),
        media_type: "b".to_owned(),
        bytes: Vec::new(),
    });
    for (config, message) in [
        (telegram_channel(), &with_file),
        (telegram_channel(), &message("../getMe")),
        (whatsapp_channel(), &message("030 1234")),
    ] {
        let (delivery, hops) = sent(config, message, answer(200, r#"{"ok":true}"#)).await;
        assert!(matches!(delivery, Delivery::Failed { .. }), "{delivery:?}");
        assert!(hops.is_empty());
    }
}

#[test]
fn recipients_have_one_spelling() {
    for good in ["5", "-1001234567890", "@acme_news"] {
        assert!(is_chat(good), "{good}");
    }
    for bad in [
        "",
        "-",
        "05",
        "5a",
        "@a",
        "@acme/x",
        "+5",
        " 5",
        "12345678901234567",
    ] {
        assert!(!is_chat(bad), "{bad}");
    }
    assert!(is_number("+4930123456"));
    for bad in [
        "4930123456",
        "+0930123456",
        "+49 30",
        "+1",
        "+1234567890123456",
    ] {
        assert!(!is_number(bad), "{bad}");
    }
}

#[test]
fn a_chat_takes_one_text_to_one_chat_and_no_files() {
    let files = ["a/b.pdf".to_owned()];
    let longest = "ü".repeat(4_096 - "Zahlungsavis 4711\n\n".len());
    let longer = format!("{longest}ü");
    let to = |recipient| Draft {
        channel: "chat",
        recipient,
        subject: Some("Zahlungsavis 4711"),
        body: "Guten Tag, die Zahlung ist unterwegs.",
        attachments: &[],
    };
    for (kind, good, bad) in [
        (ChannelKind::Telegram, "-1001234", "anna@example.com"),
        (ChannelKind::Whatsapp, "+4930123456", "030123456"),
    ] {
        let rule = |draft: &Draft<'_>| {
            check_message(draft, Some(kind)).map_or_else(|fault| fault.rule(), |_| "ok")
        };
        assert_eq!(rule(&to(good)), "ok");
        assert_eq!(rule(&to(bad)), "messages.invalid-recipient");
        let with_file = Draft {
            attachments: &files,
            ..to(good)
        };
        assert_eq!(rule(&with_file), "messages.invalid-attachment");
        assert_eq!(
            rule(&Draft {
                body: &longest,
                ..to(good)
            }),
            "ok"
        );
        let too_long = Draft {
            body: &longer,
            ..to(good)
        };
        assert_eq!(rule(&too_long), "messages.body-too-large");
        let empty = Draft {
            subject: None,
            body: " ",
            ..to(good)
        };
        assert_eq!(rule(&empty), "messages.body-too-large");
    }
}

proptest! {
    #[test]
    fn no_answer_panics(status: u16, body in ".*") {
        let _ = telegram::interpret(status, body.as_bytes());
        let _ = whatsapp::interpret(status, body.as_bytes());
    }

    #[test]
    fn what_names_a_chat_stays_one_piece_of_a_path(recipient in "\\PC{0,20}") {
        if is_chat(&recipient) || is_number(&recipient) {
            prop_assert!(!recipient.contains(['/', '?', '#', '.', '%']));
        }
    }
}
