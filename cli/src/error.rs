//! What went wrong before or around a run, in the shape that both people and scripts read.

use crate::exit::Exit;
use serde_json::{Value, json};
use std::borrow::Cow;

/// An error of the command itself. A run that was refused is no error; it is an outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    /// Stable word for scripts: one of this command's, or the rule of the host that refused.
    pub kind: Cow<'static, str>,
    /// How the process ends.
    pub exit: Exit,
    /// What happened. Untrusted text in it has been made plain.
    pub message: String,
    /// More lines below the message: one problem each.
    pub details: Vec<String>,
    /// What to do next.
    pub fix: Option<String>,
}

impl CliError {
    fn new(kind: &'static str, exit: Exit, message: impl Into<String>) -> Self {
        Self {
            kind: Cow::Borrowed(kind),
            exit,
            message: message.into(),
            details: Vec::new(),
            fix: None,
        }
    }

    /// The command line, or what it points to, can't be used.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new("usage", Exit::Usage, message)
    }

    /// A rule refused it.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new("refused", Exit::Refused, message)
    }

    /// It was tried and did not work, through no fault of this program.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new("failed", Exit::Failed, message)
    }

    /// Something is not what it was recorded to be.
    pub fn unverified(message: impl Into<String>) -> Self {
        Self::new("unverified", Exit::Unverified, message)
    }

    /// Our fault, or the machine's.
    pub fn fault(message: impl Into<String>) -> Self {
        Self::new("fault", Exit::Fault, message)
    }

    /// Gives a more exact word than the class.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<Cow<'static, str>>) -> Self {
        self.kind = kind.into();
        self
    }

    /// Ends in another way than its class does.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Lists single problems below the message.
    #[must_use]
    pub fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// The object printed with `--json`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut error = json!({
            "kind": self.kind,
            "message": self.message,
            "fix": self.fix,
        });
        if !self.details.is_empty()
            && let Some(object) = error.as_object_mut()
        {
            object.insert("details".to_owned(), json!(self.details));
        }
        json!({ "error": error })
    }
}

/// Names in `known` that `given` may have meant, best first.
#[must_use]
pub fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(given, name), name))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_the_name_that_was_meant() {
        let known = ["convert", "list-currencies", "check"];
        assert_eq!(did_you_mean("covnert", known), Some("convert"));
        assert_eq!(
            did_you_mean("list_currencies", known),
            Some("list-currencies")
        );
        assert_eq!(did_you_mean("frobnicate", known), None);
    }

    #[test]
    fn an_error_as_json_has_kind_message_and_fix() {
        let error = CliError::usage("no such thing").fix("try another");
        assert_eq!(
            error.to_json(),
            json!({"error": {"kind": "usage", "message": "no such thing", "fix": "try another"}})
        );
    }
}
