//! Who decides while a run's caller waits: a person at the terminal, or a flag that was given.

use crate::card::{CardStyle, render};
use crate::output::{self, Progress};
use crate::when::Clock;
use futures::future::BoxFuture;
use guildhall_host::{Approver, Card, Decision};
use guildhall_package::text::plain;
use inquire::{InquireError, Select};
use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

/// Who uses this command line, for the journal: the user's number and what the environment calls them.
#[must_use]
pub fn decider() -> String {
    let uid = rustix::process::getuid().as_raw();
    match std::env::var("USER") {
        Ok(name) if !name.is_empty() => format!("{} (uid {uid})", plain(&name, 64)),
        _ => format!("uid {uid}"),
    }
}

/// Approves everything, because a flag said so.
pub struct AllApprover {
    decider: String,
    channel: &'static str,
}

impl AllApprover {
    /// Named in the journal as `channel`.
    #[must_use]
    pub fn new(channel: &'static str) -> Self {
        Self {
            decider: decider(),
            channel,
        }
    }
}

impl Approver for AllApprover {
    fn decide<'a>(&'a self, _: &'a Card) -> BoxFuture<'a, Decision> {
        Box::pin(ready(Decision::Approve))
    }

    fn channel(&self) -> &str {
        self.channel
    }

    fn decider(&self) -> &str {
        &self.decider
    }
}

/// Rejects everything, because a flag said so.
pub struct NoneApprover;

impl Approver for NoneApprover {
    fn decide<'a>(&'a self, _: &'a Card) -> BoxFuture<'a, Decision> {
        Box::pin(ready(Decision::Reject {
            reason: "rejected by --approve none".to_owned(),
        }))
    }

    fn channel(&self) -> &str {
        "command line --approve none"
    }
}

/// Shows the card and asks the person at the terminal.
pub struct AskApprover {
    decider: String,
    progress: Arc<Mutex<Option<Progress>>>,
}

impl AskApprover {
    /// Ends `progress` before it asks.
    #[must_use]
    pub fn new(progress: Arc<Mutex<Option<Progress>>>) -> Self {
        Self {
            decider: decider(),
            progress,
        }
    }
}

impl Approver for AskApprover {
    fn decide<'a>(&'a self, card: &'a Card) -> BoxFuture<'a, Decision> {
        Box::pin(async move {
            self.progress
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            show(card, &CardStyle::brief(output::width(), Clock::system()));
            // A prompt that can't be shown decides nothing.
            tokio::task::spawn_blocking(ask)
                .await
                .unwrap_or(Decision::Later)
        })
    }

    fn channel(&self) -> &str {
        "command line"
    }

    fn decider(&self) -> &str {
        &self.decider
    }
}

/// Prints a card.
pub fn show(card: &Card, style: &CardStyle) {
    for line in render(card, style) {
        output::note(line);
    }
}

#[derive(Clone, Copy)]
enum Answer {
    Approve,
    Reject,
    Later,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approve => "Approve: do exactly what the card shows",
            Self::Reject => "Reject: never do it",
            Self::Later => "Later: leave it waiting",
        })
    }
}

/// Asks. An answer must be chosen: the one under the cursor at first does nothing.
#[must_use]
pub fn ask() -> Decision {
    let answers = vec![Answer::Approve, Answer::Reject, Answer::Later];
    let asked = Select::new("Your decision", answers)
        .with_starting_cursor(2)
        .without_filtering()
        .with_help_message("↑↓ to move, enter to choose, esc for later")
        .prompt();
    match asked {
        Ok(Answer::Approve) => Decision::Approve,
        Ok(Answer::Reject) => Decision::Reject {
            reason: "rejected at the terminal".to_owned(),
        },
        Ok(Answer::Later)
        | Err(
            InquireError::OperationCanceled
            | InquireError::OperationInterrupted
            | InquireError::NotTTY
            | InquireError::InvalidConfiguration(_)
            | InquireError::IO(_)
            | InquireError::Custom(_),
        ) => Decision::Later,
    }
}
