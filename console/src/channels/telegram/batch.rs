//! An answer with updates that can't be read as a whole, read as far as it goes: it is cut off because many strangers wrote much,
//! or one of them sent what is no JSON. Pure. What is read is always enough to ask for what comes behind it, so that nobody can
//! stop the bot.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::update::{Heard, Update};

/// Key of an update's number: the service names it first.
const NUMBER: &str = "update_id";
/// What else of an update matters.
const MATTERS: [&str; 2] = ["message", "callback_query"];

/// The updates that stand there whole. If the first one does not, but its number is there, then this number, with nothing
/// heard: asked for again it would be no different. A later one that is not whole is left to the next question.
#[must_use]
pub fn so_far(body: &[u8]) -> Vec<Update> {
    let mut found = Found::default();
    let mut from = serde_json::Deserializer::from_slice(body);
    // An error says where it ends; what stands before counts.
    let _ = In(At::Answer, &mut found).deserialize(&mut from);
    if found.updates.is_empty()
        && let Some(id) = found.open
    {
        tracing::warn!(update = id, "an update that can't be read is left out");
        let heard = Heard::Nothing;
        found.updates.push(Update { id, heard });
    }
    found.updates
}

#[derive(Default)]
struct Found {
    updates: Vec<Update>,
    /// The number of the update that is being read.
    open: Option<i64>,
}

/// Where in the answer.
#[derive(Clone, Copy)]
enum At {
    Answer,
    Result,
    Update,
}

struct In<'a>(At, &'a mut Found);

impl<'de> DeserializeSeed<'de> for In<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        match self.0 {
            At::Result => from.deserialize_seq(self),
            At::Answer | At::Update => from.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for In<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer with updates")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(In(At::Update, self.1))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut kept = Map::new();
        let mut number = None;
        while let Some(key) = map.next_key::<String>()? {
            // Now only: at the end of what was cut off, a number may be the beginning of another one.
            self.1.open = number;
            match (self.0, key.as_str()) {
                (At::Answer, "result") => map.next_value_seed(In(At::Result, self.1))?,
                (At::Update, NUMBER) => {
                    let id: i64 = map.next_value()?;
                    number = Some(id);
                    kept.insert(NUMBER.to_owned(), id.into());
                }
                (At::Update, key) if MATTERS.contains(&key) => {
                    let value: Value = map.next_value()?;
                    kept.insert(key.to_owned(), value);
                }
                _ => {
                    let _: IgnoredAny = map.next_value()?;
                }
            }
        }
        if matches!(self.0, At::Update) {
            self.1.open = None;
            self.1.updates.extend(Update::read(Value::Object(kept)));
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn written(id: i64, text: &str) -> Value {
        json!({"update_id": id, "message": {"message_id": 1, "from": {"id": 5}, "date": 7,
            "chat": {"id": 5, "type": "private"}, "text": text}})
    }

    fn answer(updates: &[Value]) -> String {
        json!({"ok": true, "result": updates}).to_string()
    }

    fn ids(body: &str) -> Vec<i64> {
        so_far(body.as_bytes())
            .iter()
            .map(|update| update.id)
            .collect()
    }

    #[test]
    fn what_stands_there_whole_is_heard_and_the_rest_is_left_to_the_next_question() {
        let whole = answer(&[
            written(7, "ABCD-EFGH-JKMN"),
            written(8, "hello"),
            written(9, "x"),
        ]);
        assert_eq!(ids(&whole), [7, 8, 9]);
        let cut = &whole[..whole.find("hello").unwrap()];
        let heard = so_far(cut.as_bytes());
        assert_eq!(heard.len(), 1);
        assert_eq!(
            heard[0],
            Update::read(written(7, "ABCD-EFGH-JKMN")).unwrap()
        );
    }

    #[test]
    fn a_first_update_that_can_not_be_read_is_passed_over_by_its_number() {
        let long = answer(&[written(7, &"x".repeat(5_000)), written(8, "hello")]);
        // Half of a letter, as no writer of UTF-8 makes it.
        let half = answer(&[written(7, "HALF"), written(8, "hello")]).replace("HALF", "\\ud83d");
        let deep = answer(&[written(7, "DEEP"), written(8, "hello")])
            .replace("\"DEEP\"", &"[".repeat(500));
        for body in [&long[..1_000], &half, &deep] {
            let heard = so_far(body.as_bytes());
            let nothing = Update {
                id: 7,
                heard: Heard::Nothing,
            };
            assert_eq!(heard, [nothing]);
        }
        // A later one is asked for again, and is the first one then.
        let second = answer(&[written(7, "hello"), written(8, "HALF")]).replace("HALF", "\\ud83d");
        assert_eq!(ids(&second), [7]);
    }

    #[test]
    fn what_is_no_answer_is_nothing() {
        for body in [
            "",
            "<html>",
            "{\"ok\":true,\"result\":7}",
            "[]",
            "{\"ok\":true,\"result\":[{\"update_id\":",
        ] {
            assert_eq!(ids(body), Vec::<i64>::new(), "{body}");
        }
    }

    proptest! {
        /// However an answer is cut: what is heard is a beginning of what it says, and there is some as soon as a number is.
        #[test]
        fn a_cut_answer_is_a_beginning_of_the_whole_one(
            texts in proptest::collection::vec(".{0,40}", 1..5), at in 0_usize..1_000,
        ) {
            let updates: Vec<Value> = (7..).zip(&texts).map(|(id, text)| written(id, text)).collect();
            let whole = answer(&updates);
            let all = so_far(whole.as_bytes());
            prop_assert_eq!(all.len(), updates.len());
            let end = at.min(whole.len());
            let some = so_far(&whole.as_bytes()[..end]);
            let key = ",\"message\"";
            let numbered = end >= whole.find(key).unwrap() + key.len();
            prop_assert_eq!(numbered, !some.is_empty());
            let whole_first = some.first().is_some_and(|first| *first == all[0]);
            if whole_first {
                prop_assert_eq!(&some[..], &all[..some.len()]);
            } else if let [only] = some.as_slice() {
                prop_assert_eq!((only.id, &only.heard), (7, &Heard::Nothing));
            } else {
                prop_assert!(some.is_empty());
            }
        }

        #[test]
        fn no_body_panics(body in ".*", bytes in proptest::collection::vec(0_u8..=255, 0..64)) {
            let _ = so_far(body.as_bytes());
            let _ = so_far(&bytes);
        }
    }
}
