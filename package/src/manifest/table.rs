//! Reading TOML tables key by key, with a place for every mistake.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Mistakes, Place};
use crate::text;

/// Turns byte offsets into places, and collects mistakes.
pub(super) struct Source<'t> {
    text: &'t str,
    /// Byte offset at which each line starts.
    lines: Vec<usize>,
    pub mistakes: RefCell<Mistakes>,
}

impl<'t> Source<'t> {
    pub fn new(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            lines: std::iter::once(0).chain(breaks).collect(),
            mistakes: RefCell::default(),
        }
    }

    pub fn place(&self, span: &Range<usize>) -> Place {
        let line = self.lines.partition_point(|start| *start <= span.start);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start..span.start).unwrap_or_default();
        Place {
            line,
            column: before.chars().count() + 1,
        }
    }

    /// Place behind the last line.
    pub fn end(&self) -> Place {
        self.place(&(self.text.len()..self.text.len()))
    }

    pub fn mistake(&self, span: &Range<usize>, message: impl Into<String>, fix: impl Into<String>) {
        let place = self.place(span);
        self.mistakes.borrow_mut().add(place, message, fix);
    }
}

/// A value with the key it stands under.
pub(super) struct Entry<'a, 't> {
    pub source: &'a Source<'t>,
    /// Dotted path for messages: `capabilities.network.url`.
    pub path: String,
    pub value: &'a Spanned<DeValue<'t>>,
}

impl<'a, 't> Entry<'a, 't> {
    pub fn mistake(&self, message: impl Into<String>, fix: impl Into<String>) {
        self.source.mistake(&self.value.span(), message, fix);
    }

    pub fn place(&self) -> Place {
        self.source.place(&self.value.span())
    }

    fn wrong_type<T>(&self, wanted: &str, fix: &str) -> Option<T> {
        let found = self.value.get_ref().type_str();
        self.mistake(
            format!(
                "`{}` must be {wanted}, and this is a TOML {found}",
                self.path
            ),
            fix,
        );
        None
    }

    /// Text of 1 to `max` characters that shows as it is.
    pub fn text(&self, max: usize) -> Option<String> {
        let Some(text) = self.value.get_ref().as_str() else {
            return self.wrong_type("text", "write the value in double quotes");
        };
        if text.trim().is_empty() {
            self.mistake(
                format!("`{}` is empty", self.path),
                "write what a merchant needs to know",
            );
            return None;
        }
        if text.chars().count() > max {
            self.mistake(
                format!("`{}` is longer than {max} characters", self.path),
                "shorten it",
            );
            return None;
        }
        // Line breaks are shown as spaces, so they do no harm.
        if let Some(c) = text
            .chars()
            .find(|c| !matches!(c, '\n' | '\r' | '\t') && text::is_unsafe(*c))
        {
            self.mistake(
                format!(
                    "`{}` contains the invisible or control character U+{:04X}, which could make a card say something else",
                    self.path,
                    u32::from(c)
                ),
                "remove the character",
            );
            return None;
        }
        Some(text.trim().to_owned())
    }

    /// Text that a parser accepts. The parser's own message is shown, with what was written.
    pub fn parsed<T: std::str::FromStr>(&self, example: &str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let text = self.text(10_000)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.mistake(
                    format!("`{}` is `{}`: {error}", self.path, text::plain(&text, 80)),
                    format!("write for example {example}"),
                );
                None
            }
        }
    }

    pub fn boolean(&self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type("true or false", "write true or false without quotes"),
        }
    }

    pub fn integer(&self) -> Option<i64> {
        match self.value.get_ref() {
            DeValue::Integer(value) => {
                let read = i64::from_str_radix(value.as_str(), value.radix()).ok();
                if read.is_none() {
                    self.mistake(
                        format!("`{}` does not fit into 64 bits", self.path),
                        "write a smaller number",
                    );
                }
                read
            }
            _ => self.wrong_type("a whole number", "write digits without quotes"),
        }
    }

    /// A whole number from 1.
    pub fn positive(&self) -> Option<u64> {
        let value = self.integer()?;
        match u64::try_from(value) {
            Ok(value) if value > 0 => Some(value),
            _ => {
                self.mistake(
                    format!("`{}` must be at least 1", self.path),
                    "write a positive number, or leave the key out for the host's default",
                );
                None
            }
        }
    }

    /// The items of an array of 1 to `max` items.
    pub fn items(&self, max: usize, fix: &str) -> Option<Vec<Entry<'a, 't>>> {
        let Some(items) = self.value.get_ref().as_array() else {
            return self.wrong_type("a list", fix);
        };
        if items.is_empty() || items.len() > max {
            self.mistake(
                format!(
                    "`{}` must list 1 to {max} items and lists {}",
                    self.path,
                    items.len()
                ),
                fix,
            );
            return None;
        }
        Some(
            items
                .iter()
                .map(|value| Entry {
                    source: self.source,
                    path: self.path.clone(),
                    value,
                })
                .collect(),
        )
    }

    pub fn table(&self, fix: &str) -> Option<Table<'a, 't>> {
        match self.value.get_ref() {
            DeValue::Table(table) => Some(Table {
                source: self.source,
                path: self.path.clone(),
                span: self.value.span(),
                table,
            }),
            _ => self.wrong_type("a table", fix),
        }
    }
}

/// A table under a dotted path.
pub(super) struct Table<'a, 't> {
    pub source: &'a Source<'t>,
    pub path: String,
    pub span: Range<usize>,
    pub table: &'a DeTable<'t>,
}

impl<'a, 't> Table<'a, 't> {
    pub fn place(&self) -> Place {
        self.source.place(&self.span)
    }

    fn join(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub fn get(&self, key: &str) -> Option<Entry<'a, 't>> {
        self.entries()
            .find(|(name, _)| name.get_ref().as_ref() == key)
            .map(|(_, entry)| entry)
    }

    /// As `get`; a missing key is a mistake of the table.
    pub fn need(&self, key: &str, example: &str) -> Option<Entry<'a, 't>> {
        let entry = self.get(key);
        if entry.is_none() {
            self.source.mistake(
                &self.span,
                format!("`{}` is missing", self.join(key)),
                format!("add {key} = {example}"),
            );
        }
        entry
    }

    pub fn entries(
        &self,
    ) -> impl Iterator<Item = (&'a Spanned<toml::de::DeString<'t>>, Entry<'a, 't>)> {
        let source = self.source;
        let path = self.path.clone();
        self.table.iter().map(move |(key, value)| {
            let path = if path.is_empty() {
                key.get_ref().to_string()
            } else {
                format!("{path}.{}", key.get_ref())
            };
            let entry = Entry {
                source,
                path: text::plain(&path, 120),
                value,
            };
            (key, entry)
        })
    }

    /// Every key outside `known` is a mistake.
    pub fn only(&self, known: &[&str]) {
        for (key, entry) in self.entries() {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let fix = if name == "license" && known.contains(&"licence") {
                "write `licence`".to_owned()
            } else {
                format!("remove it, or use one of: {}", known.join(", "))
            };
            self.source.mistake(
                &key.span(),
                format!("`{}` is not a key of skill.toml", entry.path),
                fix,
            );
        }
    }
}
