//! Telling browsers that something changed: a counter, and a stream of events that says no more than that. The browser asks
//! for the page again, as its person may see it.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use guildhall_host::{HostError, Tenant};
use guildhall_web::error::wait;
use guildhall_web::fields::Query;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::app::App;
use crate::pages::answer::Other;
use crate::pages::visitor::Visitor;
use crate::people::{Right, session};
use crate::store::{StoreError, agents, approver_tokens, sessions};

/// How often the journal is looked at for what others changed, while somebody listens.
const LOOK: Duration = Duration::from_secs(1);
/// Longest life of one stream. The browser comes back by itself, and is looked at again.
const LIFE: Duration = Duration::from_secs(300);
/// For so long after a page was shown others' changes are looked for, until the page listens.
const SHOWN: Duration = Duration::from_secs(30);
/// Changes that come quicker than this are told together: a thousand browsers would otherwise hear of each of two hundred runs a second.
const PACE: Duration = Duration::from_millis(500);
/// A sign of life, so that nobody on the way thinks the stream is dead.
const BEAT: Duration = Duration::from_secs(20);

/// What changed in this console: a counter.
#[derive(Debug)]
pub struct Live {
    changed: watch::Sender<u64>,
    /// Changes when somebody may not come in any more who could, or the other way round.
    standing: watch::Sender<u64>,
    /// When a page was shown last that may listen soon.
    shown: Mutex<Option<Instant>>,
    places: Arc<Semaphore>,
}

impl Live {
    /// For so many listeners at once.
    #[must_use]
    pub fn new(listeners: usize) -> Self {
        Self {
            // Pages of another process, or of an earlier one, have another number.
            changed: watch::Sender::new(u64::from(uuid::Uuid::new_v4().as_fields().0)),
            standing: watch::Sender::new(0),
            shown: Mutex::default(),
            places: Arc::new(Semaphore::new(listeners.max(1))),
        }
    }

    /// Says that something changed that pages show.
    pub fn bump(&self) {
        self.changed
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// The number of what a page shows that is about to be made.
    #[must_use]
    pub fn version(&self) -> u64 {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        *self.changed.borrow()
    }

    /// Says that somebody was sent away, let in, or given another role: who listens is looked at again.
    pub fn look_who_listens(&self) {
        self.standing
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// What is told of that.
    #[must_use]
    pub fn standing(&self) -> watch::Receiver<u64> {
        self.standing.subscribe()
    }

    /// Whether somebody listens, or may soon.
    fn is_looked_at(&self) -> bool {
        let shown = *self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        self.changed.receiver_count() > 0 || shown.is_some_and(|at| at.elapsed() < SHOWN)
    }

    /// What is told of changes.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}

/// Looks at what other processes changed, until the console stops: in the journal, and among those who may come in. It looks
/// only while somebody listens or may soon.
pub(crate) async fn follow(app: App) {
    let (mut last, mut stood) = (None, None);
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = app.stop.cancelled() => return,
        }
        if !app.live.is_looked_at() {
            (last, stood) = (None, None);
            continue;
        }
        match looked(&app).await {
            Ok((shape, standing)) => {
                // Nobody looked before: a page may have been made since of what is not so any more.
                if last.replace(shape) != Some(shape) {
                    app.live.bump();
                }
                if stood.replace(standing) != Some(standing) {
                    app.live.look_who_listens();
                }
            }
            Err(error) => tracing::warn!(%error, "what others changed could not be looked at"),
        }
    }
}

/// What [`looked`] can't do.
#[derive(Debug, thiserror::Error)]
enum NotLooked {
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What pages show, and who may come in, as numbers that change whenever that does.
async fn looked(app: &App) -> Result<((u64, u64), Standing), NotLooked> {
    let shape = app.host.shape(&Tenant::local()).await?;
    let mut db = app.store.read().await?;
    let standing = (
        sessions::standing(&mut db).await?,
        agents::standing(&mut db).await?,
        approver_tokens::standing(&mut db).await?,
    );
    Ok(((shape, app.shelf.generation()), standing))
}

type Standing = ([i64; 3], [i64; 3], i64);

/// The stream of a browser. It says at once if something changed since the page was made that asks.
pub(crate) async fn events(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(fields): Query,
) -> Result<Response, Other> {
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
    // A browser that comes back says what it heard last.
    let heard = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok())
        .or_else(|| fields.get("since"))
        .and_then(|count| count.parse().ok());
    let listener = Listener {
        changed: app.live.subscribe(),
        standing: app.live.standing(),
        end: tokio::time::Instant::now() + LIFE,
        quiet_until: tokio::time::Instant::now(),
        hello: true,
        heard,
        app,
        visitor,
        _place: place,
    };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
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

struct Listener {
    app: App,
    visitor: Visitor,
    changed: watch::Receiver<u64>,
    standing: watch::Receiver<u64>,
    /// The number of what the page shows, if it said so.
    heard: Option<u64>,
    /// Whether nothing was told yet.
    hello: bool,
    end: tokio::time::Instant,
    /// Nothing is told before.
    quiet_until: tokio::time::Instant,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// A word at the beginning, and then one for each change, until the stream is old, its person is not let in any more, or the
    /// console stops.
    async fn next(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.hello) {
            let count = *self.changed.borrow_and_update();
            let word = match self.heard {
                Some(heard) if heard != count => "changed",
                _ => "hello",
            };
            return Some(told(word, count));
        }
        loop {
            let changed = async {
                tokio::time::sleep_until(self.quiet_until).await;
                self.changed.changed().await
            };
            tokio::select! {
                changed = changed => {
                    changed.ok()?;
                    self.quiet_until = tokio::time::Instant::now() + PACE;
                    return Some(told("changed", *self.changed.borrow_and_update()));
                }
                stands = self.standing.changed() => {
                    stands.ok()?;
                    self.may_listen().await?;
                }
                () = self.app.stop.cancelled() => return None,
                () = tokio::time::sleep_until(self.end) => return None,
            }
        }
    }

    /// None: the session has ended, or its person may not look any more.
    async fn may_listen(&self) -> Option<()> {
        let secret = self.visitor.secret()?;
        let session = session::find(&self.app, secret, false).await.ok()??;
        session.person().may(Right::View).then_some(())
    }
}

/// A browser drops an event without data.
fn told(word: &str, count: u64) -> Event {
    let count = count.to_string();
    Event::default().event(word).data(&count).id(&count)
}
