//! A statement that is put together from its conditions.

use super::query::{Query, query};
use super::value::{Bind, Value};
use std::fmt::Write as _;

/// A statement under way.
#[derive(Debug)]
pub(in crate::journal) struct Search<'q> {
    text: String,
    values: Vec<Value<'q>>,
}

impl<'q> Search<'q> {
    /// Begins with a text.
    pub(in crate::journal) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
        }
    }

    /// Adds a text.
    pub(in crate::journal) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value.
    pub(in crate::journal) fn push_bind(&mut self, value: impl Bind<'q>) -> &mut Self {
        self.values.push(value.value());
        // A text takes every write.
        let _ = write!(self.text, "${}", self.values.len());
        self
    }

    /// The question how SQLite would answer it.
    #[cfg(test)]
    pub(in crate::journal) fn explained(mut self) -> Self {
        self.text.insert_str(0, "EXPLAIN QUERY PLAN ");
        self
    }

    /// The statement.
    pub(in crate::journal) fn build(self) -> Query<'q> {
        query(self.text).with(self.values)
    }
}
