//! What went wrong between this machine and a marketplace.

use crate::error::CliError;
use guildhall_package::market::Problem;
use guildhall_package::text::plain;
use std::time::Duration;

/// A marketplace did not answer, or refused.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No connection, or it broke.
    #[error("{place} can't be reached: {why}")]
    Unreachable {
        /// Where.
        place: String,
        /// What is known about why.
        why: String,
    },
    /// It took too long.
    #[error("{place} did not answer within {} s", .within.as_secs())]
    Slow {
        /// Where.
        place: String,
        /// How long was waited.
        within: Duration,
    },
    /// A larger answer than is taken.
    #[error(
        "{place} answered {path} with more than {limit} bytes, which is no answer of a marketplace"
    )]
    TooLarge {
        /// Where.
        place: String,
        /// What was asked for.
        path: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// It refused, and says why.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
    /// Another answer than was asked for.
    #[error("{place} answered {path} with {what}, which is no answer of a marketplace")]
    Strange {
        /// Where.
        place: String,
        /// What was asked for.
        path: String,
        /// What came.
        what: String,
    },
    /// This machine can't ask at all.
    #[error("no connection can be set up: {0}")]
    Setup(String),
}

impl HttpError {
    /// Whether the marketplace said that there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.status == 404)
            || matches!(self, Self::Strange { what, .. } if what.starts_with("404"))
    }

    /// How long to wait before it makes sense to ask again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem(problem) if problem.status == 429 || problem.status == 503 => {
                problem.retry_after.map(Duration::from_secs)
            }
            _ => None,
        }
    }
}

impl From<HttpError> for CliError {
    fn from(error: HttpError) -> Self {
        let text = plain(&error.to_string(), 1_000);
        match error {
            HttpError::Unreachable { .. } => Self::failed(text)
                .kind("unreachable")
                .fix("check the address and the network, then try again; nothing was changed here"),
            HttpError::Slow { .. } => Self::failed(text)
                .kind("unreachable")
                .fix("try again later; nothing was changed here"),
            HttpError::TooLarge { .. } | HttpError::Strange { .. } => Self::failed(text)
                .kind("no-marketplace")
                .fix("check that the address is the one of a Guildhall marketplace"),
            HttpError::Setup(_) => Self::fault(text),
            HttpError::Problem(problem) => of_problem(&problem),
        }
    }
}

/// A refusal in the marketplace's own words.
fn of_problem(problem: &Problem) -> CliError {
    let text = plain(&problem.detail, 1_000);
    let error = match problem.status {
        401 | 403 | 409 | 422 => CliError::refused(text),
        400 | 404 | 405 | 413 | 415 => CliError::usage(text),
        _ => CliError::failed(text),
    };
    error
        .kind(plain(&problem.code, 80))
        .fix(plain(&problem.fix, 600))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_code_its_words_and_its_fix() {
        let problem = Problem::new(
            422,
            "Unprocessable",
            "name.look-alike",
            "like acme\u{1b}[2J",
            "choose another",
        );
        let error = CliError::from(HttpError::Problem(Box::new(problem)));
        assert_eq!((&*error.kind, error.exit.code()), ("name.look-alike", 4));
        assert_eq!(error.fix.as_deref(), Some("choose another"));
        assert!(!error.message.contains('\u{1b}'));
    }

    #[test]
    fn what_is_not_there_is_told_apart_from_what_is_refused() {
        let problem =
            |status| HttpError::Problem(Box::new(Problem::new(status, "t", "c.d", "d", "f")));
        assert!(problem(404).is_not_found());
        assert!(!problem(403).is_not_found());
        for (status, code) in [
            (400, 2),
            (401, 4),
            (403, 4),
            (404, 2),
            (409, 4),
            (429, 1),
            (500, 1),
        ] {
            assert_eq!(
                CliError::from(problem(status)).exit.code(),
                code,
                "{status}"
            );
        }
    }
}
