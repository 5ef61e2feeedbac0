//! Runs that people started from a page: from the moment of the start until it is known which run came of it. Only in memory: a
//! run itself is in the host's journal.

use guildhall_package::Digest;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long a start that has ended is remembered.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// Most starts that are remembered.
const MOST: usize = 2_000;

/// What is known of a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is at work.
    Running,
    /// It came to an end, or waits for approval.
    Run {
        /// As this run.
        run: String,
        /// Whether it waits for approval.
        awaits: bool,
    },
    /// No run came of it.
    Failed(String),
}

/// One start.
#[derive(Debug, Clone)]
pub struct Start {
    /// What its run is found by in the journal.
    pub request: Digest,
    /// The skill, as it is called.
    pub skill: String,
    /// The operation.
    pub operation: String,
    /// Stops it.
    pub cancel: CancellationToken,
    /// Its run, if that was found before it ended.
    run: Option<String>,
    state: watch::Receiver<State>,
    begun: Instant,
}

impl Start {
    /// What is known now.
    #[must_use]
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Waits until it is over, for at most so long. Returns what is known then.
    pub async fn wait(&mut self, at_most: Duration) -> State {
        let ended = self.state.wait_for(|state| *state != State::Running);
        // A sender that is gone has told its last.
        let _ = tokio::time::timeout(at_most, ended).await;
        self.state()
    }
}

/// All starts of this process, by a ticket that nobody can guess.
#[derive(Debug, Default)]
pub struct Started(Mutex<HashMap<String, Start>>);

impl Started {
    /// Remembers a start. Returns by whom it is told what came of it.
    pub fn begin(
        &self,
        ticket: &str,
        (skill, operation): (&str, &str),
        request: Digest,
        cancel: CancellationToken,
    ) -> watch::Sender<State> {
        let (told, state) = watch::channel(State::Running);
        let start = Start {
            request,
            skill: skill.to_owned(),
            operation: operation.to_owned(),
            cancel,
            run: None,
            state,
            begun: Instant::now(),
        };
        let mut starts = self.lock();
        if starts.len() >= MOST {
            starts.retain(|_, start| {
                *start.state.borrow() == State::Running || start.begun.elapsed() < KEPT
            });
        }
        starts.insert(ticket.to_owned(), start);
        told
    }

    /// The start of a ticket.
    #[must_use]
    pub fn get(&self, ticket: &str) -> Option<Start> {
        self.lock().get(ticket).cloned()
    }

    /// Remembers which run a start is, while it is at work.
    pub fn is_run(&self, ticket: &str, run: &str) {
        if let Some(start) = self.lock().get_mut(ticket) {
            start.run = Some(run.to_owned());
        }
    }

    /// The ticket of a run that is at work and was started in this process.
    #[must_use]
    pub fn of_run(&self, run: &str) -> Option<String> {
        self.lock()
            .iter()
            .find(|(_, start)| {
                start.run.as_deref() == Some(run) && *start.state.borrow() == State::Running
            })
            .map(|(ticket, _)| ticket.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Start>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_told_what_came_of_it_and_waits_no_longer_than_asked() {
        let started = Started::default();
        let told = started.begin(
            "ticket",
            ("acme/x", "do"),
            Digest::of(b"k"),
            CancellationToken::new(),
        );
        let mut start = started.get("ticket").unwrap();
        assert_eq!(start.wait(Duration::from_secs(1)).await, State::Running);
        started.is_run("ticket", "r");
        assert_eq!(started.of_run("r").as_deref(), Some("ticket"));
        told.send_replace(State::Run {
            run: "r".to_owned(),
            awaits: false,
        });
        assert_eq!(
            start.wait(Duration::from_secs(1)).await,
            State::Run {
                run: "r".to_owned(),
                awaits: false
            }
        );
        assert!(started.get("other").is_none());
        assert_eq!(started.of_run("r"), None);
    }
}
