//! What a run was given and what it answered, drawn as people read it: names with what they are, lists as tables.

use super::words::title;
use askama::Template;
use guildhall_host::{Amount, Currency};
use guildhall_package::text::plain;
use serde_json::{Map, Value};

/// Levels that are drawn; what lies deeper is written as JSON.
const LEVELS: usize = 6;
/// Items of one list that are drawn.
const ITEMS: usize = 200;
/// Longest text, in characters.
const TEXT: usize = 4_000;
/// Most columns of a table.
const COLUMNS: usize = 8;

/// A value, as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "runs/value.html")]
pub enum Shown {
    /// Nothing there.
    Nothing,
    /// One line.
    Text(String),
    /// Several lines, as they are.
    Lines(String),
    /// Names with what they are.
    Pairs(Vec<(String, Shown)>),
    /// One after the other; how many more there are.
    List(Vec<Shown>, usize),
    /// Items of one form: heads, rows, and how many more there are.
    Table(Vec<String>, Vec<Vec<Shown>>, usize),
}

/// How a value is drawn.
#[must_use]
pub fn shown(value: &Value) -> Shown {
    draw(value, 0)
}

fn draw(value: &Value, level: usize) -> Shown {
    match value {
        Value::Null => Shown::Nothing,
        Value::Bool(true) => Shown::Text("yes".to_owned()),
        Value::Bool(false) => Shown::Text("no".to_owned()),
        Value::Number(number) => Shown::Text(number.to_string()),
        Value::String(text) if text.contains('\n') => Shown::Lines(lines(text)),
        Value::String(text) => Shown::Text(plain(text, TEXT)),
        Value::Array(items) if items.is_empty() => Shown::Nothing,
        Value::Object(object) if object.is_empty() => Shown::Nothing,
        deep if level >= LEVELS => Shown::Lines(plain(&deep.to_string(), TEXT)),
        Value::Array(items) => list(items, level),
        Value::Object(object) => match amount(object) {
            Some(amount) => Shown::Text(amount),
            None => Shown::Pairs(
                object
                    .iter()
                    .take(ITEMS)
                    .map(|(name, value)| (title(name), draw(value, level + 1)))
                    .collect(),
            ),
        },
    }
}

/// An amount of the contract, minor units and a currency, as people write it: `EUR 12.50`.
fn amount(object: &Map<String, Value>) -> Option<String> {
    let (Some(minor), Some(currency), 2) =
        (object.get("minor"), object.get("currency"), object.len())
    else {
        return None;
    };
    // Whole numbers may be beyond what JSON is safe with, and are texts then.
    let minor = minor
        .as_i64()
        .or_else(|| minor.as_str().and_then(|text| text.parse().ok()))?;
    let currency = Currency::parse(currency.as_str()?).ok()?;
    Some(Amount { minor, currency }.to_string())
}

fn list(items: &[Value], level: usize) -> Shown {
    let more = items.len().saturating_sub(ITEMS);
    let items = items.get(..ITEMS).unwrap_or(items);
    if let Some(names) = columns(items) {
        let rows = items.iter().map(|item| {
            names
                .iter()
                .map(|name| draw(item.get(name).unwrap_or(&Value::Null), level + 1))
                .collect()
        });
        return Shown::Table(
            names.iter().map(|name| title(name)).collect(),
            rows.collect(),
            more,
        );
    }
    let drawn = items.iter().map(|item| draw(item, level + 1));
    Shown::List(drawn.collect(), more)
}

/// The names that all items have in common, if they are flat and have no others.
fn columns(items: &[Value]) -> Option<Vec<&str>> {
    let names: Vec<&str> = items
        .first()?
        .as_object()?
        .keys()
        .map(String::as_str)
        .collect();
    if names.is_empty() || names.len() > COLUMNS {
        return None;
    }
    let fits = items.iter().all(|item| {
        item.as_object().is_some_and(|object| {
            object.len() == names.len()
                && names.iter().all(|name| {
                    object
                        .get(*name)
                        .is_some_and(|value| !value.is_array() && is_flat(value))
                })
        })
    });
    fits.then_some(names)
}

/// A text, a number, or a pair such as an amount.
fn is_flat(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            object.len() <= 2
                && object
                    .values()
                    .all(|value| !value.is_object() && !value.is_array())
        }
        Value::Array(_) => false,
        _ => true,
    }
}

fn lines(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .take(ITEMS)
        .map(|line| plain(line, TEXT))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn items_of_one_form_become_a_table_and_others_a_list() {
        let same = json!([{"a": 1, "b": "x"}, {"a": 2, "b": null}]);
        let Shown::Table(heads, rows, 0) = shown(&same) else {
            panic!("no table");
        };
        assert_eq!((heads.len(), rows.len()), (2, 2));
        assert!(matches!(
            shown(&json!([{"a": 1}, {"b": 2}])),
            Shown::List(_, 0)
        ));
        assert!(matches!(shown(&json!([{"a": [1]}])), Shown::List(_, 0)));
        let html = shown(&json!({"who": "<b>\u{202e}", "why": "one\n<two>"})).to_string();
        assert!(!html.contains("<b>") && !html.contains("<two>"), "{html}");
        assert!(!html.contains('\u{202e}'), "{html}");
    }

    #[test]
    fn minor_units_with_a_currency_are_an_amount_and_nothing_else_is() {
        let text = |value| shown(&value).to_string();
        assert!(text(json!({"minor": 1250, "currency": "EUR"})).contains("EUR 12.50"));
        assert!(text(json!({"minor": "-5", "currency": "JPY"})).contains("JPY -5"));
        for other in [
            json!({"minor": 1, "currency": "EURO"}),
            json!({"minor": 1.5, "currency": "EUR"}),
            json!({"minor": 1, "currency": "EUR", "x": 1}),
        ] {
            assert!(matches!(shown(&other), Shown::Pairs(_)), "{other}");
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(9, 40, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c<]{1,2}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_drawn(value in any_value()) {
            let html = shown(&value).to_string();
            prop_assert!(!html.contains("<<"));
        }
    }
}
