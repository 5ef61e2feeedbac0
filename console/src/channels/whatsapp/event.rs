//! What WhatsApp tells our hook, as far as it matters: who wrote what, and which of our messages did not arrive. Pure.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};

/// Events of one call that are looked at: the service puts no more into one.
const MOST: usize = 1_000;
/// Longest text that is looked at, in bytes.
const TEXT_MAX: usize = 256;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody wrote.
    Wrote {
        /// Identifier of the message: it may be told more than once.
        id: String,
        /// Who: a phone number in digits.
        from: String,
        /// What, if it is text.
        text: Option<String>,
    },
    /// A message of ours did not arrive.
    Failed {
        /// Identifier of the message.
        id: String,
        /// Why, as the service says.
        why: String,
    },
}

#[derive(Deserialize)]
struct Call {
    #[serde(default, deserialize_with = "readable")]
    entry: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, deserialize_with = "readable")]
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize, Default)]
struct Value {
    metadata: Option<Metadata>,
    #[serde(default, deserialize_with = "readable")]
    messages: Vec<Message>,
    #[serde(default, deserialize_with = "readable")]
    statuses: Vec<Status>,
}

#[derive(Deserialize)]
struct Metadata {
    phone_number_id: String,
}

#[derive(Deserialize)]
struct Message {
    id: String,
    from: String,
    text: Option<Text>,
}

#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    body: String,
}

#[derive(Deserialize)]
struct Status {
    id: String,
    status: String,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    title: String,
}

/// What of a list can be read. Strangers write in the same call as everybody else: what is odd keeps nothing else from being
/// heard.
fn readable<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    let all = Vec::<serde_json::Value>::deserialize(from)?;
    Ok(all
        .into_iter()
        .filter_map(|one| serde_json::from_value(one).ok())
        .collect())
}

/// The events of one call that are for the number with this identifier. What can't be read is none.
#[must_use]
pub fn events(number: &str, body: &[u8]) -> Vec<Event> {
    let Ok(call) = serde_json::from_slice::<Call>(body) else {
        return Vec::new();
    };
    call.entry
        .into_iter()
        .flat_map(|entry| entry.changes)
        .map(|change| change.value)
        // One app may have several numbers; others are not ours to hear.
        .filter(|value| {
            value
                .metadata
                .as_ref()
                .is_some_and(|metadata| metadata.phone_number_id == number)
        })
        .flat_map(of_value)
        .take(MOST)
        .collect()
}

fn of_value(value: Value) -> Vec<Event> {
    let good_id = |id: &String| (1..=TEXT_MAX).contains(&id.len());
    let wrote = value
        .messages
        .into_iter()
        .filter(|message| good_id(&message.id) && is_sender(&message.from))
        .map(|message| Event::Wrote {
            id: message.id,
            from: message.from,
            text: message
                .text
                .map(|text| text.body)
                .filter(|body| body.len() <= TEXT_MAX),
        });
    let failed = value
        .statuses
        .into_iter()
        .filter(|status| status.status == "failed" && good_id(&status.id))
        .map(|status| Event::Failed {
            id: status.id,
            why: status
                .errors
                .into_iter()
                .next()
                .map(|fault| fault.title)
                .unwrap_or_default(),
        });
    wrote.chain(failed).collect()
}

fn is_sender(from: &str) -> bool {
    (5..=20).contains(&from.len()) && from.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn who_wrote_what_to_our_number_is_read_and_nothing_else() {
        let value = |number: &str| {
            json!({
                "messaging_product": "whatsapp", "metadata": {"phone_number_id": number},
                "messages": [
                    {"id": "wamid.1", "from": "4930123456", "type": "text", "text": {"body": "ABCD-EFGH-JKMN"}},
                    {"id": "wamid.2", "from": "4930123456", "type": "image", "image": {}},
                    {"id": "wamid.3", "from": "../x", "text": {"body": "a"}}
                ],
                "statuses": [
                    {"id": "wamid.4", "status": "delivered"},
                    {"id": "wamid.5", "status": "failed", "errors": [{"code": 131047, "title": "Re-engagement"}]}
                ]
            })
        };
        let call = json!({"object": "whatsapp_business_account", "entry": [{"changes": [
            {"field": "messages", "value": value("1065")}, {"field": "messages", "value": value("9999")}, {"field": "other"}
        ]}]});
        let wrote = |id: &str, text: Option<&str>| Event::Wrote {
            id: id.to_owned(),
            from: "4930123456".to_owned(),
            text: text.map(str::to_owned),
        };
        assert_eq!(
            events("1065", call.to_string().as_bytes()),
            [
                wrote("wamid.1", Some("ABCD-EFGH-JKMN")),
                wrote("wamid.2", None),
                Event::Failed {
                    id: "wamid.5".to_owned(),
                    why: "Re-engagement".to_owned()
                },
            ]
        );
        assert!(events("1065", b"nonsense").is_empty());
    }

    #[test]
    fn what_is_odd_in_a_call_keeps_nothing_else_of_it_from_being_heard() {
        let good =
            json!({"id": "wamid.9", "from": "4930123456", "text": {"body": "ABCD-EFGH-JKMN"}});
        let messages =
            json!([7, {}, {"id": "wamid.7"}, {"id": "wamid.8", "from": 5, "text": []}, good]);
        let value = json!({"metadata": {"phone_number_id": "1065"}, "messages": messages, "statuses": [null, {"id": 1}]});
        let odd = json!({"field": "messages", "value": {"metadata": 7}});
        let call = json!({"entry": [1, {"changes": [odd, {"field": "messages", "value": value}]}]});
        let heard = events("1065", call.to_string().as_bytes());
        let wrote = Event::Wrote {
            id: "wamid.9".to_owned(),
            from: "4930123456".to_owned(),
            text: Some("ABCD-EFGH-JKMN".to_owned()),
        };
        assert_eq!(heard, [wrote]);
    }

    proptest! {
        #[test]
        fn no_call_panics(body in ".*", bytes in proptest::collection::vec(0_u8..=255, 0..64)) {
            let _ = events("1", body.as_bytes());
            let _ = events("1", &bytes);
        }
    }
}
