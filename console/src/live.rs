//! Telling browsers that something changed: a counter, and a stream of events that says no more than that. The browser asks
//! for the page again, as its person may see it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::{Stream, stream};
use guildhall_host::Tenant;
use guildhall_web::error::wait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::app::App;
use crate::pages::answer::Other;
use crate::pages::visitor::Visitor;
use crate::people::Right;

/// How often the journal is looked at for what others changed, while somebody listens.
const LOOK: Duration = Duration::from_secs(1);
/// Longest life of one stream. The browser comes back by itself, and is looked at again.
const LIFE: Duration = Duration::from_secs(300);
/// A sign of life, so that nobody on the way thinks the stream is dead.
const BEAT: Duration = Duration::from_secs(20);

/// What changed in this console: a counter.
#[derive(Debug)]
pub struct Live {
    changed: watch::Sender<u64>,
    places: Arc<Semaphore>,
}

impl Live {
    /// For so many listeners at once.
    #[must_use]
    pub fn new(listeners: usize) -> Self {
        Self {
            changed: watch::Sender::new(0),
            places: Arc::new(Semaphore::new(listeners.max(1))),
        }
    }

    /// Says that something changed that pages show.
    pub fn bump(&self) {
        self.changed
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// What is told of changes.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}

/// Looks at the journal for what other processes changed, until the console stops. It looks only while somebody listens.
pub(crate) async fn follow(app: App) {
    let tenant = Tenant::local();
    let mut last = None;
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = app.stop.cancelled() => return,
        }
        if app.live.changed.receiver_count() == 0 {
            last = None;
            continue;
        }
        match app.host.shape(&tenant).await {
            Ok(shape) => {
                let shape = (shape, app.shelf.generation());
                if last.replace(shape).is_some_and(|before| before != shape) {
                    app.live.bump();
                }
            }
            Err(error) => tracing::warn!(%error, "the journal could not be looked at"),
        }
    }
}

/// The stream of a browser.
pub(crate) async fn events(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    visitor.person(Right::View, "/")?;
    let Ok(place) = Arc::clone(&app.live.places).try_acquire_owned() else {
        return Err(wait(
            StatusCode::SERVICE_UNAVAILABLE,
            "events.full",
            "too many browsers listen already",
            30,
        )
        .into());
    };
    let events = told(app, place);
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(BEAT))
        .into_response();
    // Proxies must not collect what is told.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A word at the beginning, and then one for each change, until the stream is old or the console stops.
fn told(app: App, place: OwnedSemaphorePermit) -> impl Stream<Item = Result<Event, Infallible>> {
    let end = tokio::time::Instant::now() + LIFE;
    let receiver = app.live.subscribe();
    let state = (app, receiver, place, true);
    stream::unfold(state, move |(app, mut receiver, place, first)| async move {
        if first {
            // A browser drops an event without data.
            let count = *receiver.borrow_and_update();
            let event = Event::default().event("hello").data(count.to_string());
            return Some((Ok(event), (app, receiver, place, false)));
        }
        tokio::select! {
            changed = receiver.changed() => changed.ok()?,
            () = app.stop.cancelled() => return None,
            () = tokio::time::sleep_until(end) => return None,
        }
        let count = *receiver.borrow_and_update();
        let event = Event::default().event("changed").data(count.to_string());
        Some((Ok(event), (app, receiver, place, false)))
    })
}
