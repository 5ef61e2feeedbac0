//! Who decides while a run's caller waits: a person at the terminal, or a flag that was given.

use crate::card::{CardStyle, render};
use crate::error::CliError;
use crate::host::host_error;
use crate::output::{self, Progress};
use crate::when::{Clock, day_in_months, now_ms};
use futures::future::BoxFuture;
use guildhall_host::{Approver, Card, Decision, Host, MandateTerms, Tenant, Terms};
use guildhall_package::text::plain;
use inquire::validator::Validation;
use inquire::{Confirm, CustomUserError, Select, Text};
use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

/// Longest words of a mandate in a list of answers, in characters.
const ALWAYS: usize = 400;
/// How long a mandate is proposed to count.
const MONTHS: i32 = 3;

/// Who uses this command line, for the journal: the user's number and what the environment calls them.
#[must_use]
pub fn decider() -> String {
    let uid = rustix::process::getuid().as_raw();
    match std::env::var("USER") {
        Ok(name) if !name.is_empty() => format!("{} (uid {uid})", plain(&name, 64)),
        _ => format!("uid {uid}"),
    }
}

/// How the audit log calls what is done by way of the console.
pub const CONSOLE: &str = "console";

/// Who does something, and by which way, as the audit log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub decider: String,
    /// By which way.
    pub channel: &'static str,
}

impl By {
    /// Whoever runs this command.
    #[must_use]
    pub fn command() -> Self {
        Self {
            decider: decider(),
            channel: crate::commands::CHANNEL,
        }
    }

    /// Whoever runs this console, where nobody in it asked for something.
    #[must_use]
    pub fn console() -> Self {
        Self {
            decider: decider(),
            channel: CONSOLE,
        }
    }

    /// Says in the audit log what they are about to do: a log that tells too much is better than one that tells too little.
    ///
    /// # Errors
    /// If the journal fails; then it must not be done.
    pub async fn note(&self, host: &Host, what: &str, about: &str) -> Result<(), CliError> {
        host.note(&Tenant::local(), &self.decider, what, about)
            .await
            .map_err(host_error)
    }
}

/// What the audit log says of things that are installed and of marketplaces.
pub mod noted {
    /// A skill was installed.
    pub const INSTALLED: &str = "skill-installed";
    /// Another release took its place.
    pub const UPDATED: &str = "skill-updated";
    /// What a skill may do was changed.
    pub const CONSENT: &str = "consent-set";
    /// A skill was taken away.
    pub const REMOVED: &str = "skill-removed";
    /// A marketplace was connected.
    pub const CONNECTED: &str = "marketplace-connected";
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
        let answers = answers(card, cut);
        // A prompt that can't be shown decides nothing.
        let asked = tokio::task::spawn_blocking(move || ask(answers)).await;
        match asked.unwrap_or(Answer::Later) {
            Answer::Approve => return Decision::Approve,
            Answer::Always(_) => {
                if let Some(mandates) = always(card).await {
                    return Decision::ApproveAlways { mandates };
                }
            }
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

/// Shows the card in full with the mandates that would be given with it, and asks once. Without a yes it is left waiting.
pub async fn show_and_confirm(
    card: &Card,
    words: &[String],
    mandates: Vec<MandateTerms>,
) -> Decision {
    show(card, &CardStyle::full(output::width(), Clock::system()));
    for line in words {
        output::note(format_args!("from now on: {line}"));
    }
    if confirm("Approve, and allow this from now on?").await {
        Decision::ApproveAlways { mandates }
    } else {
        Decision::Later
    }
}

/// Asks a question to which only a typed yes is a yes.
pub async fn confirm(question: &'static str) -> bool {
    let asked = tokio::task::spawn_blocking(move || {
        Confirm::new(question)
            .with_default(false)
            .prompt()
            .unwrap_or(false)
    });
    asked.await.unwrap_or(false)
}

/// Asks how long what the card proposes shall be allowed. None goes back to the decision.
async fn always(card: &Card) -> Option<Vec<MandateTerms>> {
    let zone = card.zone.clone();
    let terms = tokio::task::spawn_blocking(move || ask_end(&zone)).await;
    let mandates = card.mandates(&terms.ok()??);
    match mandates {
        Ok(mandates) => {
            for given in &mandates {
                output::note(format_args!(
                    "from now on: {}",
                    plain(&given.words(card.skill.digest), 2_000)
                ));
            }
            Some(mandates)
        }
        Err(error) => {
            output::warning(plain(&error.to_string(), 600));
            None
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Approve,
    /// With what would be done from now on, in words.
    Always(Vec<String>),
    Reject,
    More,
    Later,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approve => "Approve once: do exactly what the card shows",
            Self::Always(words) => {
                let words = plain(&words.join("; "), ALWAYS);
                return write!(f, "Approve, and from now on without asking: {words}");
            }
            Self::Reject => "Reject: never do it",
            Self::More => "More: show the contents in full",
            Self::Later => "Later: leave it waiting",
        })
    }
}

/// What can be answered. The last one does nothing.
fn answers(card: &Card, cut: bool) -> Vec<Answer> {
    let mut answers = vec![Answer::Approve];
    if !card.proposals.is_empty() {
        let words = card.proposals.iter().map(|offer| {
            let words = offer.words.trim_end_matches(" without asking");
            words.to_owned()
        });
        answers.push(Answer::Always(words.collect()));
    }
    answers.push(Answer::Reject);
    if cut {
        answers.push(Answer::More);
    }
    answers.push(Answer::Later);
    answers
}

/// Asks. An answer must be chosen: the one under the cursor at first does nothing.
fn ask(answers: Vec<Answer>) -> Answer {
    let last = answers.len().saturating_sub(1);
    // Escape, Ctrl-C and a terminal that fails leave it waiting.
    Select::new("Your decision", answers)
        .with_starting_cursor(last)
        .without_filtering()
        .with_help_message("↑↓ to move, enter to choose, esc for later")
        .prompt()
        .unwrap_or(Answer::Later)
}

/// Asks for the last day of a mandate. None if nothing was answered.
fn ask_end(zone: &str) -> Option<Terms> {
    let now = now_ms();
    let read = {
        let zone = zone.to_owned();
        move |text: &str| Terms::parse(Some(text.trim()), None, None, &zone, now)
    };
    let check = {
        let read = read.clone();
        move |text: &str| -> Result<Validation, CustomUserError> {
            Ok(match read(text) {
                Ok(_) => Validation::Valid,
                Err(error) => Validation::Invalid(error.to_string().into()),
            })
        }
    };
    let proposed = day_in_months(now, zone, MONTHS).unwrap_or_default();
    let day = Text::new("Until which day (YYYY-MM-DD, that day included)?")
        .with_default(&proposed)
        .with_help_message(
            "enter to take it, esc to go back; `guildhall mandates revoke` ends it earlier",
        )
        .with_validator(check)
        .prompt()
        .ok()?;
    read(&day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{card_proposing, file_scope, payment_scope};

    #[test]
    fn a_mandate_is_offered_only_where_one_is_proposed() {
        let plain_card = card_proposing(vec![]);
        assert_eq!(
            answers(&plain_card, false),
            [Answer::Approve, Answer::Reject, Answer::Later]
        );
        let card = card_proposing(vec![payment_scope(), file_scope()]);
        let offered = answers(&card, true);
        assert_eq!(offered.len(), 5);
        assert_eq!(offered.last(), Some(&Answer::Later));
        let shown: Vec<String> = offered.iter().map(ToString::to_string).collect();
        assert!(
            shown.iter().any(|line| line
                == "Approve, and from now on without asking: Pay iban:DE89370400440532013000 up to EUR 100.00 a day; Write 1 new file a day directly in /out"),
            "{shown:?}"
        );
    }

    #[test]
    fn words_of_a_proposal_cannot_draw_on_the_terminal() {
        let words = vec!["Send\u{1b}[2J\r\n".repeat(100)];
        let shown = Answer::Always(words).to_string();
        assert!(
            !shown.chars().any(guildhall_package::text::is_unsafe),
            "{shown}"
        );
    }
}
