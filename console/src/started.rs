//! Runs that people started from a page: what is known of them before they are in the host's journal. Only in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long a start that has ended is remembered.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// Most starts that are remembered.
const MOST: usize = 2_000;

/// Steps that are remembered of each.
const STEPS: usize = 12;
/// Browsers are told of steps no more often than this.
const PAUSE: Duration = Duration::from_millis(500);

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

/// One thing that a run did, for who looks on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What, in one plain line.
    pub text: String,
    /// Whether a rule refused it.
    pub refused: bool,
}

/// The last things that a run did, while it is at work.
#[derive(Debug, Clone, Default)]
pub struct Steps(Arc<Mutex<Last>>);

#[derive(Debug, Default)]
struct Last {
    count: u64,
    steps: VecDeque<Step>,
    told: Option<Instant>,
}

impl Steps {
    /// Notes one. Returns whether it is time to tell who looks on.
    #[must_use]
    pub fn note(&self, step: Step) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.count += 1;
        if last.steps.len() >= STEPS {
            last.steps.pop_front();
        }
        last.steps.push_back(step);
        let is_time = last.told.is_none_or(|told| told.elapsed() >= PAUSE);
        if is_time {
            last.told = Some(Instant::now());
        }
        is_time
    }

    /// How many there were, and the last of them, the newest first.
    #[must_use]
    pub fn last(&self) -> (u64, Vec<Step>) {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (last.count, last.steps.iter().rev().cloned().collect())
    }
}

/// One start.
#[derive(Debug, Clone)]
pub struct Start {
    /// What it has done so far.
    pub steps: Steps,
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
        steps: Steps,
    ) -> watch::Sender<State> {
        let (told, state) = watch::channel(State::Running);
        let start = Start {
            steps,
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

    #[tokio::test]
    async fn who_waits_is_told_what_came_of_it_and_waits_no_longer_than_asked() {
        let started = Started::default();
        let told = started.begin(
            "run",
            ("acme/x", "do"),
            CancellationToken::new(),
            Steps::default(),
        );
        let mut start = started.get("run").unwrap();
        let short = Duration::from_millis(5);
        assert_eq!(start.wait(short).await, State::Running);
        let recorded = State::Recorded { awaits: false };
        told.send_replace(recorded.clone());
        // As long as it takes, which is not at all.
        assert_eq!(start.wait(Duration::from_secs(600)).await, recorded);
        assert!(started.get("other").is_none());
    }

    #[test]
    fn the_last_steps_are_kept_and_who_looks_on_is_not_told_of_each() {
        let steps = Steps::default();
        let step = |index: usize| Step {
            text: index.to_string(),
            refused: false,
        };
        let told = (0..100).filter(|index| steps.note(step(*index))).count();
        assert_eq!(told, 1);
        let (count, last) = steps.last();
        assert_eq!((count, last.len()), (100, STEPS));
        assert_eq!(last.first(), Some(&step(99)));
    }
}
