//! WhatsApp's Cloud API, over the host's egress: a text to who wrote within 24 hours, a template to everybody else.

use std::time::Duration;

use guildhall_host::{Courier, CourierError, Errand, Reply};
use guildhall_package::text::plain;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::channels::setup::WhatsappSetup;

/// Where it is reached, with the version of the API.
pub const BASE: &str = "https://graph.facebook.com/v23.0";
/// How long the service takes free text after a person wrote, in milliseconds. A little less, because clocks differ.
pub const WINDOW_MS: i64 = 24 * 60 * 60 * 1000 - 60_000;
const WITHIN: Duration = Duration::from_secs(20);
const ANSWER_MAX: u64 = 256 << 10;
/// Too many messages: taken later.
const TOO_MANY: [i64; 4] = [4, 80_007, 130_429, 131_056];

/// A number that sends.
#[derive(Clone)]
pub struct Api {
    courier: Courier,
    base: String,
    number: String,
    template: Option<(String, String)>,
    token: Zeroizing<String>,
}

/// Why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiFailure {
    /// WhatsApp refused it.
    #[error("WhatsApp answered {status} and says `{says}`")]
    Refused {
        /// Status of the answer.
        status: u16,
        /// What it says, made plain.
        says: String,
        /// Whether it may be taken later.
        later: bool,
    },
    /// No answer.
    #[error("WhatsApp was not reached: {0}")]
    NoReply(CourierError),
    /// The answer is none of its own.
    #[error("what answered is not WhatsApp's Cloud API (status {0})")]
    Broken(u16),
}

impl ApiFailure {
    /// Whether it may have been sent all the same.
    #[must_use]
    pub const fn may_be_done(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500,
            Self::NoReply(error) => error.may_have_arrived(),
            Self::Broken(_) => true,
        }
    }

    /// Whether the same would be refused again.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Refused { later: false, .. })
    }
}

/// Whether this can be the identifier of a sending number. It becomes part of a path.
#[must_use]
pub fn is_number_id(id: &str) -> bool {
    (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
}

/// A phone number with its country, without spaces; none if it is no number.
#[must_use]
pub fn phone(text: &str) -> Option<String> {
    let digits: String = text
        .trim()
        .strip_prefix('+')?
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '/'))
        .collect();
    let good = (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    good.then(|| format!("+{digits}"))
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

impl Api {
    /// The number that `setup` names.
    #[must_use]
    pub fn new(courier: Courier, setup: &WhatsappSetup, token: Zeroizing<String>) -> Self {
        Self {
            courier,
            base: setup.base.trim_end_matches('/').to_owned(),
            number: setup.number.clone(),
            template: setup.template.clone(),
            token,
        }
    }

    /// What tells a person something: `text` if they wrote at `heard` and that is less than 24 hours ago, else the template with
    /// the link in it. None: neither can be sent.
    #[must_use]
    pub fn body(&self, to: &str, text: &str, link: &str, heard: i64, now: i64) -> Option<Value> {
        let mut body = json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": to,
        });
        let fields = body.as_object_mut()?;
        if now.saturating_sub(heard) < WINDOW_MS {
            fields.insert("type".to_owned(), json!("text"));
            fields.insert(
                "text".to_owned(),
                json!({ "preview_url": false, "body": text }),
            );
            return Some(body);
        }
        let (name, language) = self.template.as_ref()?;
        fields.insert("type".to_owned(), json!("template"));
        fields.insert(
            "template".to_owned(),
            json!({
                "name": name,
                "language": { "code": language },
                "components": [{ "type": "body", "parameters": [{ "type": "text", "text": link }] }],
            }),
        );
        Some(body)
    }

    /// Sends what [`Api::body`] made. Gives the message's id.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub async fn send(&self, body: Value) -> Result<Option<String>, ApiFailure> {
        let url = format!("{}/{}/messages", self.base, self.number);
        let errand = Errand::post(url, "application/json", body.to_string())
            .header("authorization", format!("Bearer {}", self.token.as_str()))
            .within(WITHIN)
            .receiving(ANSWER_MAX)
            .hiding(&self.token);
        let reply = self
            .courier
            .send(errand)
            .await
            .map_err(ApiFailure::NoReply)?;
        read(&reply)
    }
}

fn read(reply: &Reply) -> Result<Option<String>, ApiFailure> {
    let status = reply.status;
    let answer = serde_json::from_slice::<Answer>(&reply.body).ok();
    let fault = answer.as_ref().and_then(|answer| answer.error.as_ref());
    if (200..300).contains(&status) && fault.is_none() {
        let Some(answer) = answer else {
            return Err(ApiFailure::Broken(status));
        };
        return Ok(answer.messages.into_iter().next().map(|sent| sent.id));
    }
    if !(400..600).contains(&status) {
        return Err(ApiFailure::Broken(status));
    }
    let later = status == 429 || fault.is_some_and(|fault| TOO_MANY.contains(&fault.code));
    Err(ApiFailure::Refused {
        // It says so itself, whatever the status is.
        status: if later { 429 } else { status },
        says: fault.map_or_else(|| "nothing".to_owned(), |fault| plain(&fault.message, 200)),
        later,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(status: u16, body: &str) -> Result<Option<String>, ApiFailure> {
        read(&Reply {
            status,
            headers: Vec::new(),
            body: body.to_owned().into(),
        })
    }

    #[test]
    fn answers_mean_what_the_service_says() {
        assert_eq!(
            of(200, r#"{"messages":[{"id":"wamid.1"}]}"#),
            Ok(Some("wamid.1".to_owned()))
        );
        let later = of(400, r#"{"error":{"code":131056,"message":"slow"}}"#).unwrap_err();
        assert!(!later.is_final() && !later.may_be_done());
        let never = of(
            400,
            r#"{"error":{"code":131047,"message":"Re-engagement"}}"#,
        )
        .unwrap_err();
        assert!(never.is_final() && !never.may_be_done());
        assert!(of(503, "").unwrap_err().may_be_done());
        assert!(of(200, "<html>").unwrap_err().may_be_done());
    }

    #[test]
    fn a_phone_number_has_its_country() {
        assert_eq!(phone(" +49 30 / 123-456 ").as_deref(), Some("+4930123456"));
        for bad in [
            "",
            "030123456",
            "+0301234567",
            "+12",
            "+49abc1234",
            "+1234567890123456",
        ] {
            assert_eq!(phone(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(status: u16, body in ".*", number in ".*") {
            let _ = of(status, &body);
            if let Some(phone) = phone(&number) {
                prop_assert_eq!(super::phone(&phone), Some(phone.clone()));
            }
        }
    }
}
