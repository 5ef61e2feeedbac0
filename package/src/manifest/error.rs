//! Mistakes in a manifest, each with its place and a fix.

use std::fmt;

use serde::Serialize;

/// A place in the text of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(super) struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Default for Place {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

/// One mistake in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ManifestError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and by which rule.
    pub message: String,
    /// What to write instead.
    pub fix: String,
}

/// All mistakes that were found in a manifest, in the order of their places. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ManifestErrors(Vec<ManifestError>);

/// More than this many help nobody.
const MAX_ERRORS: usize = 64;

impl ManifestErrors {
    /// The mistakes.
    #[must_use]
    pub fn as_slice(&self) -> &[ManifestError] {
        &self.0
    }
}

impl fmt::Display for ManifestErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(
                f,
                "skill.toml:{}:{}: {}\n  fix: {}",
                error.line, error.column, error.message, error.fix
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for ManifestErrors {}

/// Collects mistakes.
#[derive(Default)]
pub(super) struct Mistakes(Vec<ManifestError>);

impl Mistakes {
    pub fn add(&mut self, place: Place, message: impl Into<String>, fix: impl Into<String>) {
        if self.0.len() < MAX_ERRORS {
            self.0.push(ManifestError {
                line: place.line,
                column: place.column,
                message: message.into(),
                fix: fix.into(),
            });
        }
    }

    /// The value, if no mistake was found.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, ManifestErrors> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => {
                self.0.sort_by_key(|error| (error.line, error.column));
                Err(ManifestErrors(self.0))
            }
        }
    }
}
