//! Runs that this process is at work on: who waits for them, who may end them, what they say meanwhile. What counts is the
//! journal; this is forgotten when a run has ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use guildhall_host::{HostError, JournalError, Observer, Outcome, Progress};
use guildhall_package::text::plain;
use guildhall_web::error::{ApiError, wait};
use tokio::sync::{Semaphore, broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Runs at work at once; more are told to come back.
const MOST: usize = 1_000;
/// Listeners to events of runs at once.
const LISTENERS: usize = 2_000;
/// Lines that wait for a listener; who is slower misses some.
const LINES: usize = 64;
/// Longest line in characters.
const LINE: usize = 300;

/// Why no run came of a request.
#[derive(Debug, Clone)]
pub enum Failed {
    /// A run with this identifier had begun already: it is in the journal.
    Taken,
    /// Something else.
    Error(Arc<HostError>),
}

/// How a run ended for who waits: with its outcome, or none came of it.
pub type Ended = Result<Arc<Outcome>, Failed>;

/// A run that this process is at work on.
pub struct Job {
    /// Who asked for it.
    pub asker: String,
    /// Name of the skill.
    pub skill: String,
    /// Which operation.
    pub operation: String,
    /// When it was asked for.
    pub created_at_ms: i64,
    cancel: CancellationToken,
    ended: watch::Receiver<Option<Ended>>,
    lines: broadcast::Sender<String>,
}

impl Job {
    /// Ends it, if it has not ended.
    pub fn stop(&self) {
        self.cancel.cancel();
    }

    /// Its end; none if that takes longer.
    pub async fn wait(&self, at_most: Duration) -> Option<Ended> {
        let mut ended = self.ended.clone();
        let end = tokio::time::timeout(at_most, ended.wait_for(Option::is_some)).await;
        // A task that is gone without a word panicked, and the journal knows what it did.
        match end {
            Ok(Ok(ended)) => ended.clone(),
            Ok(Err(_)) => Some(Err(Failed::Taken)),
            Err(_) => None,
        }
    }

    /// What it says from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<String> {
        self.lines.subscribe()
    }
}

/// What a run is made with: what ends it, and what it tells.
pub struct Reins {
    /// Ends it.
    pub cancel: CancellationToken,
    /// Is told what it does.
    pub observer: Arc<dyn Observer>,
}

/// All of them.
pub struct Work {
    jobs: Mutex<HashMap<String, Arc<Job>>>,
    /// Places of listeners.
    pub listeners: Arc<Semaphore>,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            jobs: Mutex::default(),
            listeners: Arc::new(Semaphore::new(LISTENERS)),
        }
    }
}

impl Work {
    fn jobs(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Job>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run with this identifier, if this process is at work on it.
    #[must_use]
    pub fn find(&self, run: &str) -> Option<Arc<Job>> {
        self.jobs().get(run).cloned()
    }
}

/// What is asked for, for who looks meanwhile.
pub struct Asked {
    /// Who asks.
    pub asker: String,
    /// Name of the skill.
    pub skill: String,
    /// Which operation.
    pub operation: String,
}

/// Begins a run on a task of its own: who asked may go away. One that is at work under this identifier is joined.
///
/// # Errors
/// 503 if too many are at work.
pub fn begin<F, R>(app: &App, run: &str, asked: Asked, make: F) -> Result<Arc<Job>, ApiError>
where
    F: FnOnce(Reins) -> R,
    R: Future<Output = Result<Outcome, HostError>> + Send + 'static,
{
    let mut jobs = app.work.jobs();
    if let Some(job) = jobs.get(run) {
        return Ok(Arc::clone(job));
    }
    if jobs.len() >= MOST {
        return Err(wait(
            StatusCode::SERVICE_UNAVAILABLE,
            "runs.full",
            "too many runs are at work",
            2,
        ));
    }
    let (tell, ended) = watch::channel(None);
    let (lines, _) = broadcast::channel(LINES);
    let job = Arc::new(Job {
        asker: asked.asker,
        skill: asked.skill,
        operation: asked.operation,
        created_at_ms: app.clock.now(),
        cancel: app.stop.child_token(),
        ended,
        lines: lines.clone(),
    });
    jobs.insert(run.to_owned(), Arc::clone(&job));
    drop(jobs);
    let work = make(Reins {
        cancel: job.cancel.clone(),
        observer: Arc::new(move |progress: Progress<'_>| {
            // Nobody listens: nothing is lost, it is in the journal.
            let _ = lines.send(line(progress));
        }),
    });
    let (app, run) = (app.clone(), run.to_owned());
    tokio::spawn(async move {
        let _gone = Gone {
            app: &app,
            run: &run,
        };
        let ended = match work.await {
            Ok(outcome) => Ok(Arc::new(outcome)),
            Err(HostError::Journal(JournalError::Refused(refusal)))
                if refusal.rule == "run.taken" =>
            {
                Err(Failed::Taken)
            }
            Err(error) => Err(Failed::Error(Arc::new(error))),
        };
        let _ = tell.send(Some(ended));
    });
    Ok(job)
}

/// Takes a run off the list when it is over, also if its task panics.
struct Gone<'a> {
    app: &'a App,
    run: &'a str,
}

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.app.work.jobs().remove(self.run);
        self.app.live.bump();
    }
}

fn line(progress: Progress<'_>) -> String {
    match progress {
        Progress::Call {
            summary,
            refused: None,
        } => plain(summary, LINE),
        Progress::Call {
            summary,
            refused: Some(rule),
        } => format!("{} (refused: {})", plain(summary, LINE), plain(rule, 80)),
        Progress::Log { message, .. } => format!("the skill says: {}", plain(message, LINE)),
    }
}
