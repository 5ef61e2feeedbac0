//! Who looks on while a run is at work.

use super::outcome::LogLevel;

/// One thing that a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A host call has ended.
    Call {
        /// What was asked, in one plain line.
        summary: &'a str,
        /// The rule that refused it, if one did.
        refused: Option<&'a str>,
    },
    /// The guest wrote a line. Untrusted text: make it plain before showing it.
    Log {
        /// How much it matters to the guest.
        level: LogLevel,
        /// The text as the guest gave it.
        message: &'a str,
    },
}

/// Is told what a run does, as it does it: for a bar or a list that moves. What counts is the journal.
///
/// It is called on the thread that runs the guest, and has to return at once.
pub trait Observer: Send + Sync {
    /// Something was done.
    fn noted(&self, progress: Progress<'_>);
}

impl<F: Fn(Progress<'_>) + Send + Sync> Observer for F {
    fn noted(&self, progress: Progress<'_>) {
        self(progress);
    }
}
