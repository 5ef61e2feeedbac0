//! What a browser sends of a form, and where in it something is.
//!
//! A place is a dotted path: `input.lines.0.price`. What is no value of its own stands behind a `:`, which no name has:
//!
//! ```text
//! PATH            text, number, `on`, or the chosen label
//! PATH:count      how many items a list has
//! PATH:case       the chosen case of a variant
//! PATH:given      `on` where an optional value is given
//! PATH:kept       bytes in base64, from an upload before
//! PATH:json       the value as JSON, for what has no fields of its own
//! ```

use guildhall_package::Type;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// First part of the paths of an operation's input.
pub const PREFIX: &str = "input";
/// Most items of a list that a form has.
pub const MAX_ITEMS: usize = 100;
/// Levels of records, lists and choices that a form shows; what lies deeper is written as JSON.
pub const MAX_LEVELS: usize = 5;
/// Most labels of a set of flags that are shown as boxes.
const MAX_FLAGS: usize = 30;

/// Mistakes by path, in words for the person who filled the form in.
pub type Problems = BTreeMap<String, String>;

/// Entries of a form by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries(BTreeMap<String, String>);

/// A button in a form that changes the form and sends nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// One more item of the list at this path.
    Add(String),
    /// The last item of the list at this path is taken away.
    Remove(String),
}

impl Change {
    /// What a button with this value asks for: `add:PATH`, `remove:PATH`.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (what, path) = value.split_once(':')?;
        match what {
            "add" => Some(Self::Add(path.to_owned())),
            "remove" => Some(Self::Remove(path.to_owned())),
            _ => None,
        }
    }
}

impl Entries {
    /// Entries of pairs; of a name that comes twice the first counts.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut entries = Self::default();
        for (name, value) in pairs {
            entries.0.entry(name).or_insert(value);
        }
        entries
    }

    /// What was sent under a name, also if it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The same; empty if nothing was sent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Whether something was sent under a name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Puts a value under a name.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// How many items the list at a path has.
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        let count = self.text(&mark(path, "count")).parse().unwrap_or(0);
        usize::min(count, MAX_ITEMS)
    }

    /// Does what a button asks for.
    pub fn change(&mut self, change: &Change) {
        let (path, count) = match change {
            Change::Add(path) => (path, self.count(path).saturating_add(1).min(MAX_ITEMS)),
            Change::Remove(path) => (path, self.count(path).saturating_sub(1)),
        };
        self.set(mark(path, "count"), count.to_string());
        // What stood in an item that is gone does not come back with the next one.
        let gone = item(path, count);
        let below = [format!("{gone}."), format!("{gone}:")];
        self.0
            .retain(|name, _| *name != gone && !below.iter().any(|start| name.starts_with(start)));
    }

    /// All of them.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The name of something about a path.
pub(super) fn mark(path: &str, what: &str) -> String {
    format!("{path}:{what}")
}

/// The path of a part of what is at a path.
pub(super) fn below(path: &str, part: &str) -> String {
    format!("{path}.{part}")
}

/// The path of an item.
pub(super) fn item(path: &str, index: usize) -> String {
    format!("{path}.{index}")
}

/// The path of a form for a place as the host names it: `lines[3].amount` is `input.lines.3.amount`.
#[must_use]
pub fn place_of(host_path: &str) -> String {
    let mut path = PREFIX.to_owned();
    for part in host_path.split('.').filter(|part| !part.is_empty()) {
        for step in part.split('[') {
            let step = step.trim_end_matches(']');
            if !step.is_empty() {
                // Writing to a string can't fail.
                let _ = write!(path, ".{step}");
            }
        }
    }
    path
}

/// Whether a value of this type has no fields of its own at this depth.
pub(super) fn is_json(ty: &Type, level: usize) -> bool {
    match ty {
        Type::Option(inner) => matches!(**inner, Type::Option(_)) || is_json(inner, level),
        Type::Flags(labels) => labels.labels.len() > MAX_FLAGS,
        Type::List(_) if ty.is_bytes() => false,
        Type::List(_) | Type::Record(_) | Type::Variant(_) | Type::Result(_) | Type::Tuple(_) => {
            level >= MAX_LEVELS
        }
        _ => false,
    }
}

/// Whether an optional value of this type is given by writing it: nothing written is nothing given.
pub(super) const fn is_given_by_writing(ty: &Type) -> bool {
    matches!(
        ty,
        Type::S8
            | Type::U8
            | Type::S16
            | Type::U16
            | Type::S32
            | Type::U32
            | Type::S64
            | Type::U64
            | Type::F32
            | Type::F64
            | Type::Char
            | Type::String
            | Type::Enum(_)
    )
}
