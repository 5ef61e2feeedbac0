//! What can go wrong in a task.

use std::path::PathBuf;

/// Why a task did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// A program ended with an unexpected code.
    #[error("`{command}` {ended}")]
    Command {
        /// The command line, shortened.
        command: String,
        /// How it ended.
        ended: String,
    },
    /// A program could not be started.
    #[error("`{program}` can't be started: {source}")]
    Start {
        /// Its name.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// Something the tasks need is not installed.
    #[error("{}", .0.join("\n       "))]
    Missing(Vec<String>),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something is not as it should be; the text says what.
    #[error("{0}")]
    Check(String),
    /// Failures that have been printed and counted already.
    #[error("some checks failed; see above")]
    Counted,
}

impl TaskError {
    /// A failed check.
    pub fn check(text: impl Into<String>) -> Self {
        Self::Check(text.into())
    }

    /// For `map_err` on file operations.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
