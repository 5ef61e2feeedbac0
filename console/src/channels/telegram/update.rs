//! What Telegram tells a bot, as far as it matters here. Pure; written by strangers.

use serde::Deserialize;
use serde_json::Value;

/// Longest text that is looked at, in bytes.
const TEXT_MAX: usize = 256;

/// One update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Its number. The next question names the one behind it, and then it is not told again.
    pub id: i64,
    /// What happened.
    pub heard: Heard,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Somebody sent a code, or what could be one, in a chat of their own.
    Code {
        /// Who.
        from: i64,
        /// What they typed.
        text: String,
    },
    /// Somebody wrote something else in a chat of their own.
    Words {
        /// Who.
        from: i64,
    },
    /// Somebody wrote to the bot in a group or a channel.
    Group {
        /// Which.
        chat: i64,
        /// Whether it was meant for the bot.
        asked: bool,
    },
    /// Somebody tapped a button.
    Tap(Tap),
    /// Nothing that matters.
    Nothing,
}

/// A button that was tapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tap {
    /// By which the tap is answered.
    pub query: String,
    /// Who tapped: the service says so, and not the button.
    pub from: i64,
    /// The chat that the button is in.
    pub chat: Option<i64>,
    /// Whether that is the chat of one person with the bot.
    pub private: bool,
    /// The message that the button is below.
    pub message: Option<i64>,
    /// What the button carries.
    pub data: String,
}

#[derive(Deserialize)]
struct RawUpdate {
    update_id: i64,
    #[serde(default)]
    message: Option<Value>,
    #[serde(default)]
    callback_query: Option<Value>,
}

#[derive(Deserialize)]
struct RawMessage {
    from: Option<RawUser>,
    chat: RawChat,
    message_id: Option<i64>,
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct RawUser {
    id: i64,
    #[serde(default)]
    is_bot: bool,
}

#[derive(Deserialize)]
struct RawChat {
    id: i64,
    #[serde(default)]
    r#type: String,
}

#[derive(Deserialize)]
struct RawQuery {
    id: String,
    from: RawUser,
    #[serde(default)]
    message: Option<RawMessage>,
    #[serde(default)]
    data: Option<String>,
}

impl RawChat {
    /// The chat of one person with the bot has that person's number.
    fn is_of(&self, user: i64) -> bool {
        self.r#type == "private" && self.id == user
    }
}

impl Update {
    /// Reads one. None: it has no number, so that nothing can be done about it.
    #[must_use]
    pub fn read(value: Value) -> Option<Self> {
        let raw: RawUpdate = serde_json::from_value(value).ok()?;
        let heard = match (raw.callback_query, raw.message) {
            (Some(query), _) => serde_json::from_value(query).map_or(Heard::Nothing, tapped),
            (None, Some(message)) => serde_json::from_value(message).map_or(Heard::Nothing, wrote),
            (None, None) => Heard::Nothing,
        };
        Some(Self {
            id: raw.update_id,
            heard,
        })
    }
}

fn tapped(query: RawQuery) -> Heard {
    let Some(data) = query.data.filter(|data| data.len() <= TEXT_MAX) else {
        return Heard::Nothing;
    };
    if query.id.len() > TEXT_MAX || query.from.is_bot {
        return Heard::Nothing;
    }
    let from = query.from.id;
    let message = query.message;
    Heard::Tap(Tap {
        query: query.id,
        from,
        chat: message.as_ref().map(|message| message.chat.id),
        private: message
            .as_ref()
            .is_some_and(|message| message.chat.is_of(from)),
        message: message.and_then(|message| message.message_id),
        data,
    })
}

fn wrote(message: RawMessage) -> Heard {
    let Some(from) = message.from.filter(|from| !from.is_bot) else {
        return Heard::Nothing;
    };
    let text = message.text.unwrap_or_default();
    let text = text.trim();
    if !message.chat.is_of(from.id) {
        return Heard::Group {
            chat: message.chat.id,
            asked: text.starts_with("/start"),
        };
    }
    let typed = text
        .strip_prefix("/start")
        .map_or(text, |rest| rest.trim_start());
    if typed.is_empty() || typed.len() > TEXT_MAX || typed.starts_with('/') {
        return Heard::Words { from: from.id };
    }
    Heard::Code {
        from: from.id,
        text: typed.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn heard(value: Value) -> Heard {
        Update::read(value).unwrap().heard
    }

    fn message(from: i64, chat: i64, kind: &str, text: &str) -> Value {
        json!({"update_id": 1, "message": {"message_id": 2, "from": {"id": from, "is_bot": false},
            "chat": {"id": chat, "type": kind}, "text": text}})
    }

    #[test]
    fn a_code_counts_in_a_chat_of_ones_own_only() {
        let code = |from| Heard::Code {
            from,
            text: "ABCD-EFGH-JKMN".to_owned(),
        };
        assert_eq!(
            heard(message(5, 5, "private", "/start ABCD-EFGH-JKMN")),
            code(5)
        );
        assert_eq!(heard(message(5, 5, "private", " ABCD-EFGH-JKMN ")), code(5));
        assert_eq!(
            heard(message(5, 5, "private", "/start")),
            Heard::Words { from: 5 }
        );
        assert_eq!(
            heard(message(5, 5, "private", "/help")),
            Heard::Words { from: 5 }
        );
        assert_eq!(
            heard(message(5, -7, "group", "/start ABCD-EFGH-JKMN")),
            Heard::Group {
                chat: -7,
                asked: true
            }
        );
        assert_eq!(
            heard(message(5, -7, "supergroup", "hello")),
            Heard::Group {
                chat: -7,
                asked: false
            }
        );
        // A private chat has the number of the person: anything else is a forgery.
        assert!(matches!(
            heard(message(5, 6, "private", "x")),
            Heard::Group { .. }
        ));
    }

    #[test]
    fn who_taps_is_who_the_service_says_and_not_what_the_button_says() {
        let tap = heard(
            json!({"update_id": 9, "callback_query": {"id": "77", "from": {"id": 5},
            "message": {"message_id": 3, "chat": {"id": 5, "type": "private"}}, "data": "h", "person": 1}}),
        );
        assert_eq!(
            tap,
            Heard::Tap(Tap {
                query: "77".to_owned(),
                from: 5,
                chat: Some(5),
                private: true,
                message: Some(3),
                data: "h".to_owned(),
            })
        );
        let forwarded = heard(
            json!({"update_id": 9, "callback_query": {"id": "77", "from": {"id": 6},
            "message": {"message_id": 3, "chat": {"id": 5, "type": "private"}}, "data": "h"}}),
        );
        assert!(matches!(forwarded, Heard::Tap(Tap { private: false, .. })));
    }

    #[test]
    fn what_can_not_be_read_is_counted_and_nothing_else() {
        for odd in [
            json!({"update_id": 4}),
            json!({"update_id": 4, "message": 7}),
            json!({"update_id": 4, "message": {"chat": {"id": 1}}}),
            json!({"update_id": 4, "callback_query": {"id": "1", "from": {"id": 1}}}),
            json!({"update_id": 4, "callback_query": {"id": "1", "from": {"id": 1}, "data": "x".repeat(300)}}),
            json!({"update_id": 4, "message": {"from": {"id": 1, "is_bot": true}, "chat": {"id": 1, "type": "private"}, "text": "x"}}),
        ] {
            let update = Update::read(odd.clone()).unwrap();
            assert_eq!((update.id, update.heard), (4, Heard::Nothing), "{odd}");
        }
        assert_eq!(Update::read(json!({"message": {}})), None);
    }

    proptest! {
        #[test]
        fn no_update_panics(text in ".*", from: i64, chat: i64, kind in "private|group|.{0,8}") {
            let _ = heard(message(from, chat, &kind, &text));
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                let _ = Update::read(value);
            }
        }
    }
}
