//! What a run does, as it does it, until it has ended.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use guildhall_web::error::{ApiError, not_found, wait};
use guildhall_web::extract::At;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use tokio::time::Instant;

use super::caller::{Caller, recognise};
use super::runs::look;
use super::wire::Run;
use super::work::Job;
use crate::agents::Scope;
use crate::app::App;

/// A sign of life, and a look at the run even if nobody said that something changed.
const BEAT: Duration = Duration::from_secs(15);
/// A run is looked at at most so often because something changed somewhere: many may listen, and much may happen.
const SELDOM: Duration = Duration::from_secs(1);
/// Longest life of a stream. Who listens comes back, and is looked at again.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// The run as events: `run` with the run as it stands, at the beginning and whenever that changes; `line` with what it does.
/// The stream ends when the run has ended, or after a quarter of an hour.
#[utoipa::path(get, path = "/api/v1/runs/{run}/events", tag = "runs",
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub async fn events(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    At(run): At<String>,
) -> Result<Response, ApiError> {
    caller.is_for(Scope::ReadRuns)?;
    let (changed, standing) = (app.live.subscribe(), app.live.standing());
    let job = app.work.find(&run);
    let lines = job.as_ref().map(|job| job.listen());
    let found = look(&app, &caller, &run).await?;
    let found = found.ok_or_else(|| not_found("run"))?;
    let place = Arc::clone(&app.work.listeners)
        .try_acquire_owned()
        .map_err(|_| {
            wait(
                StatusCode::SERVICE_UNAVAILABLE,
                "events.full",
                "too many listen already",
                30,
            )
        })?;
    let listener = Listener {
        app,
        caller,
        headers,
        run,
        lines,
        changed,
        standing,
        told: None,
        next: Some(found),
        looked: Instant::now(),
        job,
        end: Instant::now() + LIFE,
        _place: place,
    };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(BEAT))
        .into_response();
    let headers = response.headers_mut();
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

struct Listener {
    app: App,
    caller: Caller,
    headers: HeaderMap,
    run: String,
    lines: Option<broadcast::Receiver<String>>,
    changed: watch::Receiver<u64>,
    /// Changes when somebody was sent away.
    standing: watch::Receiver<u64>,
    /// What was told last.
    told: Option<String>,
    /// What is to be told.
    next: Option<Run>,
    /// When it was looked last.
    looked: Instant,
    /// The run, while this process is at work on it.
    job: Option<Arc<Job>>,
    end: Instant,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(run) = self.next.take() {
                let text = serde_json::to_string(&run).ok()?;
                let ended = run.ended;
                if self.told.as_deref() != Some(&text) {
                    let event = Event::default().event("run").data(&text);
                    self.told = Some(text);
                    if ended {
                        // The last: what comes next is the end of the stream.
                        self.end = Instant::now();
                        self.lines = None;
                    }
                    return Some(event);
                }
                if ended {
                    return None;
                }
            }
            if self.end <= Instant::now() {
                return None;
            }
            tokio::select! {
                biased;
                // Before the lines: who was sent away hears none of them.
                stands = self.standing.changed() => stands.ok()?,
                line = heard(&mut self.lines) => match line {
                    Some(line) => return Some(Event::default().event("line").data(line)),
                    None => self.lines = None,
                },
                () = ended(self.job.as_ref()) => self.job = None,
                changed = self.changed.changed() => {
                    changed.ok()?;
                    let rest = SELDOM.saturating_sub(self.looked.elapsed());
                    tokio::select! {
                        () = tokio::time::sleep(rest) => {}
                        () = ended(self.job.as_ref()) => self.job = None,
                    }
                }
                () = tokio::time::sleep(BEAT) => {}
                () = tokio::time::sleep_until(self.end) => return None,
                () = self.app.stop.cancelled() => return None,
            }
            // A token that was taken back meanwhile hears no more.
            let caller = recognise(&self.app, &self.headers).await.ok()?;
            if caller.asker() != self.caller.asker() {
                return None;
            }
            self.looked = Instant::now();
            self.next = Some(look(&self.app, &caller, &self.run).await.ok()??);
        }
    }
}

/// The end of a run that this process is at work on. Never, if it is at work on none.
async fn ended(job: Option<&Arc<Job>>) {
    match job {
        Some(job) => {
            let _ = job.wait(LIFE).await;
        }
        None => std::future::pending().await,
    }
}

/// The next line; none when there are no more. Never, if there is nobody to hear.
async fn heard(lines: &mut Option<broadcast::Receiver<String>>) -> Option<String> {
    let Some(receiver) = lines else {
        return std::future::pending().await;
    };
    loop {
        match receiver.recv().await {
            Ok(line) => return Some(line),
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return None,
        }
    }
}
