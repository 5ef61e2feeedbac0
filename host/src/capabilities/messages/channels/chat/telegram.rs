//! Telegram's Bot API: `sendMessage`, as plain text, so that no word of a message becomes mark-up.

use serde::Deserialize;
use serde_json::json;

use super::super::Delivery;
use super::refused;
use crate::capabilities::Errand;

/// Where bots are reached.
pub const BASE: &str = "https://api.telegram.org";

/// Whether a recipient names a chat: a number, or `@` and the name of a public channel.
#[must_use]
pub fn is_chat(recipient: &str) -> bool {
    if let Some(name) = recipient.strip_prefix('@') {
        return (4..=32).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    }
    let digits = recipient.strip_prefix('-').unwrap_or(recipient);
    (1..=16).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// What may stand in the path as a bot's token.
fn is_token(token: &str) -> bool {
    (8..=128).contains(&token.len())
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-'))
}

pub(super) fn errand(base: &str, token: &str, chat: &str, text: &str) -> Result<Errand, String> {
    if !is_token(token) {
        return Err(
            "the channel's secret is no token of a bot; copy it again from BotFather".to_owned(),
        );
    }
    if !is_chat(chat) {
        return Err("the recipient names no chat of Telegram".to_owned());
    }
    let body = json!({
        "chat_id": chat.parse::<i64>().map_or_else(|_| json!(chat), |id| json!(id)),
        "text": text,
        "link_preview_options": { "is_disabled": true },
    });
    let base = base.trim_end_matches('/');
    Ok(Errand::post(
        format!("{base}/bot{token}/sendMessage"),
        "application/json",
        body.to_string(),
    ))
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    description: String,
    result: Option<Sent>,
}

#[derive(Deserialize)]
struct Sent {
    message_id: Option<i64>,
}

pub(super) fn interpret(status: u16, body: &[u8]) -> Delivery {
    let answer = serde_json::from_slice::<Answer>(body).ok();
    match answer {
        Some(answer) if status == 200 && answer.ok => Delivery::Sent {
            reference: answer
                .result
                .and_then(|sent| sent.message_id)
                .map_or_else(|| "sent".to_owned(), |id| id.to_string()),
        },
        answer => {
            let says = answer.map(|answer| answer.description).unwrap_or_default();
            refused("Telegram", status, &says)
        }
    }
}
