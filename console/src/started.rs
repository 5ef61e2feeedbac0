//! Runs that people started from a page: what is known of them before they are in the host's journal. Only in memory.

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
    /// It is in the journal.
    Recorded {
        /// Whether it waits for approval.
        awaits: bool,
    },
    /// No run came of it.
    Failed(String),
}

/// One start.
#[derive(Debug, Clone)]
pub struct Start {
    /// The skill, as it is called.
    pub skill: String,
    /// The operation.
    pub operation: String,
    /// Stops it.
    pub cancel: CancellationToken,
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

/// All starts of this process, by the identifier of the run.
#[derive(Debug, Default)]
pub struct Started(Mutex<HashMap<String, Start>>);

impl Started {
    /// Remembers a start. Returns by whom it is told what came of it.
    pub fn begin(
        &self,
        run: &str,
        (skill, operation): (&str, &str),
        cancel: CancellationToken,
    ) -> watch::Sender<State> {
        let (told, state) = watch::channel(State::Running);
        let start = Start {
            skill: skill.to_owned(),
            operation: operation.to_owned(),
            cancel,
            state,
            begun: Instant::now(),
        };
        let mut starts = self.lock();
        if starts.len() >= MOST {
            starts.retain(|_, start| {
                *start.state.borrow() == State::Running || start.begun.elapsed() < KEPT
            });
        }
        starts.insert(run.to_owned(), start);
        told
    }

    /// The start of a run.
    #[must_use]
    pub fn get(&self, run: &str) -> Option<Start> {
        self.lock().get(run).cloned()
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
        let told = started.begin("run", ("acme/x", "do"), CancellationToken::new());
        let mut start = started.get("run").unwrap();
        assert_eq!(start.wait(Duration::from_secs(1)).await, State::Running);
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
    }
}
