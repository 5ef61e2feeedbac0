//! Who decides while a run's caller waits: a person at the terminal, or a flag that was given.

use crate::card::{CardStyle, render};
use crate::output::{self, Progress};
use crate::when::Clock;
use futures::future::BoxFuture;
use guildhall_host::{Approver, Card, Decision};
use guildhall_package::text::plain;
use inquire::Select;
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
            show_and_ask(card).await
        })
    }

    fn channel(&self) -> &str {
        "command line"
    }

    fn decider(&self) -> &str {
        &self.decider
    }
}

/// Prints a card. Returns whether contents on it are shortened.
pub fn show(card: &Card, style: &CardStyle) -> bool {
    let rendered = render(card, style);
    for line in rendered.lines {
        output::note(line);
    }
    rendered.cut
}

/// Shows the card, in full if that is asked for, until there is a decision.
pub async fn show_and_ask(card: &Card) -> Decision {
    let mut cut = show(card, &CardStyle::brief(output::width(), Clock::system()));
    loop {
        // A prompt that can't be shown decides nothing.
        let asked = tokio::task::spawn_blocking(move || ask(cut)).await;
        match asked.unwrap_or(Answer::Later) {
            Answer::Approve => return Decision::Approve,
            Answer::Reject => {
                return Decision::Reject {
                    reason: "rejected at the terminal".to_owned(),
                };
            }
            Answer::More => cut = show(card, &CardStyle::full(output::width(), Clock::system())),
            Answer::Later => return Decision::Later,
        }
    }
}

#[derive(Clone, Copy)]
enum Answer {
    Approve,
    Reject,
    More,
    Later,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approve => "Approve: do exactly what the card shows",
            Self::Reject => "Reject: never do it",
            Self::More => "More: show the contents in full",
            Self::Later => "Later: leave it waiting",
        })
    }
}

/// Asks. An answer must be chosen: the one under the cursor at first does nothing.
fn ask(cut: bool) -> Answer {
    let mut answers = vec![Answer::Approve, Answer::Reject];
    if cut {
        answers.push(Answer::More);
    }
    let last = answers.len();
    answers.push(Answer::Later);
    // Escape, Ctrl-C and a terminal that fails leave it waiting.
    Select::new("Your decision", answers)
        .with_starting_cursor(last)
        .without_filtering()
        .with_help_message("↑↓ to move, enter to choose, esc for later")
        .prompt()
        .unwrap_or(Answer::Later)
}
