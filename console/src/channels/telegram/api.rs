//! Telegram's Bot API, over the host's egress. The token stands in the path of every request, so that nothing here tells a URL.

use std::time::Duration;

use guildhall_host::{Courier, CourierError, Errand, Reply};
use guildhall_package::text::plain;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::batch;
use super::update::Update;
use crate::channels::handle::Handle;

/// Where bots are reached.
pub const BASE: &str = "https://api.telegram.org";
/// How long the service holds a question for updates open.
pub const POLL: Duration = Duration::from_secs(50);
/// Time for that question: what the service needs, and the way there.
const POLL_WITHIN: Duration = Duration::from_secs(65);
/// Time for everything else.
const WITHIN: Duration = Duration::from_secs(20);
/// Bytes of an answer that are read. Of updates more may wait: those behind it are told again.
const ANSWER_MAX: u64 = 2 << 20;
/// Longest answer to a tap.
const ANSWER_CHARS: usize = 190;

/// A bot.
#[derive(Debug, Clone)]
pub struct Bot {
    courier: Courier,
    base: String,
    token: Token,
}

/// The token of a bot. It is not printed.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(not shown)")
    }
}

impl Token {
    /// Reads one as BotFather gives it: `123456:ABC-DEF…`. It becomes part of a path, so nothing else is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (id, rest) = text.split_once(':')?;
        let good = (1..=20).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_digit())
            && (16..=100).contains(&rest.len())
            && rest
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        good.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The token itself, to be sealed.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// Why the bot could not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BotError {
    /// Telegram refused it.
    #[error("Telegram answered {status} and says `{says}`")]
    Refused {
        /// Status of the answer.
        status: u16,
        /// What it says, made plain.
        says: String,
        /// Seconds after which it may be asked again.
        retry_after: Option<u64>,
    },
    /// No answer.
    #[error("Telegram was not reached: {0}")]
    NoReply(CourierError),
    /// The answer is none of its own.
    #[error("what answered is not Telegram's Bot API (status {0})")]
    Broken(u16),
}

impl BotError {
    /// Whether it may have been done all the same.
    #[must_use]
    pub const fn may_be_done(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500,
            Self::NoReply(error) => error.may_have_arrived(),
            Self::Broken(_) => true,
        }
    }

    /// Whether the same would be refused again, whenever it is sent.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status >= 400 && *status < 500 && *status != 429)
    }
}

/// A bot as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// Its name, without `@`.
    #[serde(default)]
    pub username: String,
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    description: String,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
}

/// The buttons below a notice.
#[derive(Debug, Clone)]
pub struct Buttons {
    /// Does what the card shows.
    pub approve: Handle,
    /// Never does it.
    pub reject: Handle,
}

impl Bot {
    /// A bot at an address.
    #[must_use]
    pub fn new(courier: Courier, base: &str, token: Token) -> Self {
        Self {
            courier,
            base: base.trim_end_matches('/').to_owned(),
            token,
        }
    }

    /// Asks who it is.
    ///
    /// # Errors
    /// [`BotError`], if the token is none, for example.
    pub async fn me(&self) -> Result<Me, BotError> {
        let result = self.ask("getMe", &json!({}), WITHIN).await?;
        serde_json::from_value(result).map_err(|_| BotError::Broken(200))
    }

    /// What people wrote and tapped from `next` on. Waits for something. What can't be read is left out, but counted. Strangers
    /// write this: an answer that is too large, or broken in the middle, is read as far as it goes.
    ///
    /// # Errors
    /// [`BotError`].
    pub async fn updates(&self, next: i64) -> Result<Vec<Update>, BotError> {
        let mut asked = json!({
            "timeout": POLL.as_secs(),
            "allowed_updates": ["message", "callback_query"],
        });
        if next > 0
            && let Some(fields) = asked.as_object_mut()
        {
            fields.insert("offset".to_owned(), json!(next));
        }
        let errand = self.errand("getUpdates", &asked, POLL_WITHIN).cutting();
        let reply = self.courier.send(errand).await.map_err(BotError::NoReply)?;
        match read(&reply) {
            Ok(Value::Array(all)) => Ok(all.into_iter().filter_map(Update::read).collect()),
            Ok(_) => Err(BotError::Broken(200)),
            Err(BotError::Broken(200)) => {
                let some = batch::so_far(&reply.body);
                if some.is_empty() {
                    return Err(BotError::Broken(200));
                }
                Ok(some)
            }
            Err(error) => Err(error),
        }
    }

    /// Sends a text. Gives the number of the message, if it is told.
    ///
    /// # Errors
    /// [`BotError`].
    pub async fn send(
        &self,
        chat: i64,
        text: &str,
        buttons: Option<&Buttons>,
    ) -> Result<Option<i64>, BotError> {
        let mut asked = json!({
            "chat_id": chat,
            "text": text,
            "link_preview_options": { "is_disabled": true },
        });
        if let (Some(buttons), Some(fields)) = (buttons, asked.as_object_mut()) {
            let button = |text: &str, handle: &Handle| json!({ "text": text, "callback_data": handle.text() });
            fields.insert(
                "reply_markup".to_owned(),
                json!({ "inline_keyboard": [[button("Approve", &buttons.approve), button("Reject", &buttons.reject)]] }),
            );
        }
        let result = self.ask("sendMessage", &asked, WITHIN).await?;
        Ok(result.get("message_id").and_then(Value::as_i64))
    }

    /// Puts another text in the place of a message, and takes its buttons away.
    ///
    /// # Errors
    /// [`BotError`].
    pub async fn edit(&self, chat: i64, message: i64, text: &str) -> Result<(), BotError> {
        let asked = json!({
            "chat_id": chat,
            "message_id": message,
            "text": text,
            "link_preview_options": { "is_disabled": true },
            // Without any, the buttons of before go away; some services want to be told.
            "reply_markup": { "inline_keyboard": [] },
        });
        match self.ask("editMessageText", &asked, WITHIN).await {
            // Somebody else wrote the same there.
            Err(BotError::Refused { says, .. }) if says.contains("message is not modified") => {
                Ok(())
            }
            other => other.map(|_| ()),
        }
    }

    /// Answers a tap: without it, the button spins.
    ///
    /// # Errors
    /// [`BotError`].
    pub async fn answer(&self, query: &str, text: &str, alert: bool) -> Result<(), BotError> {
        let asked = json!({
            "callback_query_id": query,
            "text": plain(text, ANSWER_CHARS),
            "show_alert": alert,
        });
        self.ask("answerCallbackQuery", &asked, WITHIN)
            .await
            .map(|_| ())
    }

    async fn ask(&self, method: &str, asked: &Value, within: Duration) -> Result<Value, BotError> {
        let errand = self.errand(method, asked, within);
        let reply = self.courier.send(errand).await.map_err(BotError::NoReply)?;
        read(&reply)
    }

    fn errand(&self, method: &str, asked: &Value, within: Duration) -> Errand {
        let token = self.token.text();
        let url = format!("{}/bot{token}/{method}", self.base);
        Errand::post(url, "application/json", asked.to_string())
            .within(within)
            .receiving(ANSWER_MAX)
            .hiding(token)
    }
}

fn read(reply: &Reply) -> Result<Value, BotError> {
    let status = reply.status;
    let Ok(answer) = serde_json::from_slice::<Answer>(&reply.body) else {
        return if (400..=499).contains(&status) {
            Err(BotError::Refused {
                status,
                says: "nothing".to_owned(),
                retry_after: None,
            })
        } else {
            Err(BotError::Broken(status))
        };
    };
    if answer.ok && status == 200 {
        return Ok(answer.result);
    }
    Err(BotError::Refused {
        // Some stand-ins answer 200 to what they refuse.
        status: if status == 200 { 400 } else { status },
        says: plain(&answer.description, 200),
        retry_after: answer
            .parameters
            .and_then(|parameters| parameters.retry_after),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_botfather_gives_is_a_token() {
        let good = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
        assert_eq!(Token::parse(&format!(" {good}\n")).unwrap().text(), good);
        assert!(!format!("{:?}", Token::parse(good)).contains("AAH"));
        for bad in [
            "",
            "123456",
            "x:AAHdqTcvCH1vGWJxfSeo",
            "1:short",
            "1:AAHdqTcvCH1/../x?y",
            ":AAHdqTcvCH1vGWJxfSeo",
        ] {
            assert!(Token::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn answers_are_told_from_refusals_and_from_what_is_no_answer() {
        let of = |status, body: &str| {
            read(&Reply {
                status,
                headers: Vec::new(),
                body: body.to_owned().into(),
            })
        };
        assert_eq!(of(200, r#"{"ok":true,"result":null}"#), Ok(Value::Null));
        let busy = of(
            429,
            r#"{"ok":false,"description":"slow","parameters":{"retry_after":7}}"#,
        )
        .unwrap_err();
        assert!(matches!(
            busy,
            BotError::Refused {
                retry_after: Some(7),
                ..
            }
        ));
        assert!(!busy.is_final() && !busy.may_be_done());
        let gone = of(
            403,
            r#"{"ok":false,"description":"bot was blocked by the user"}"#,
        )
        .unwrap_err();
        assert!(gone.is_final() && !gone.may_be_done());
        assert!(of(502, "<html>").unwrap_err().may_be_done());
        assert!(of(200, r#"{"ok":false}"#).unwrap_err().is_final());
    }

    proptest! {
        #[test]
        fn no_answer_panics(status: u16, body in ".*") {
            let _ = read(&Reply { status, headers: Vec::new(), body: body.into() });
        }
    }
}
