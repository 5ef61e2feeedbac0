//! WhatsApp's Cloud API: a text to somebody who wrote within the last 24 hours. To others the service takes no free text.

use serde::Deserialize;
use serde_json::json;

use super::super::Delivery;
use super::refused;
use crate::capabilities::Errand;

/// Where it is reached, with the version of the API.
pub const BASE: &str = "https://graph.facebook.com/v23.0";

/// Too many messages, to all or to one person: taken later.
const TOO_MANY: [i64; 4] = [4, 80_007, 130_429, 131_056];
/// The recipient has not written within 24 hours.
const WINDOW_CLOSED: i64 = 131_047;

/// Whether a recipient is a phone number with its country: `+4930123456`.
#[must_use]
pub fn is_number(recipient: &str) -> bool {
    recipient.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Whether this can be the identifier of a sending number.
#[must_use]
pub fn is_number_id(id: &str) -> bool {
    (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn errand(
    base: &str,
    number: &str,
    token: &str,
    to: &str,
    text: &str,
) -> Result<Errand, String> {
    if !is_number(to) {
        return Err("the recipient is no phone number with its country".to_owned());
    }
    let body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to,
        "type": "text",
        "text": { "preview_url": false, "body": text },
    });
    let base = base.trim_end_matches('/');
    let errand = Errand::post(
        format!("{base}/{number}/messages"),
        "application/json",
        body.to_string(),
    );
    Ok(errand.header("authorization", format!("Bearer {token}")))
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    messages: Vec<Sent>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Sent {
    id: String,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
}

pub(super) fn interpret(status: u16, body: &[u8]) -> Delivery {
    let answer = serde_json::from_slice::<Answer>(body).ok();
    let (sent, fault) = answer.map_or((None, None), |answer| {
        (answer.messages.into_iter().next(), answer.error)
    });
    match (sent, fault) {
        (Some(sent), None) if (200..300).contains(&status) => Delivery::Sent { reference: sent.id },
        (_, Some(fault)) if TOO_MANY.contains(&fault.code) => refused("WhatsApp", 429, ""),
        (_, Some(fault)) if fault.code == WINDOW_CLOSED => Delivery::Failed {
            why: "the recipient has not written within the last 24 hours, and WhatsApp takes no free text then; let them \
                  write first"
                .to_owned(),
        },
        (_, fault) => {
            let says = fault.map(|fault| fault.message).unwrap_or_default();
            refused("WhatsApp", status, &says)
        }
    }
}
