//! The log's files, the signed status, and entries as they are published.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use guildhall_package::market::event::{ENTRY, EventsQuery, LAGGED, STATUS};
use guildhall_package::trust::log::TileId;
use tokio::sync::broadcast::error::RecvError;

use super::extract::{Asked, At};
use super::with_tag;
use crate::app::App;
use crate::catalogue::Told;
use crate::error::{ApiError, not_found, wait};
use crate::log::{not_ready, status};

/// How often a silent connection shows that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// The newest published checkpoint.
#[utoipa::path(get, path = "/checkpoint", tag = "log", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn checkpoint(State(app): State<App>, headers: HeaderMap) -> Result<Response, ApiError> {
    let published = app.shelf.published().ok_or_else(not_ready)?;
    let tag = format!("\"{}-{}\"", published.size, published.root);
    let kind = "text/plain; charset=utf-8";
    Ok(with_tag(&headers, true, &tag, kind, published.note.clone()))
}

/// A tile of the log, or a bundle of its entries.
#[utoipa::path(get, path = "/tile/{*tile}", tag = "log",
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub async fn tile(State(app): State<App>, At(tile): At<String>) -> Result<Response, ApiError> {
    let id: TileId = format!("tile/{tile}")
        .parse()
        .map_err(|_| not_found("tile"))?;
    let size = app.shelf.published().ok_or_else(not_ready)?.size;
    let bytes = app
        .tiles
        .get(&id, size)
        .await?
        .ok_or_else(|| not_found("tile"))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    // A tile of a given width never changes.
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    Ok(response)
}

/// The newest root file.
#[utoipa::path(get, path = "/root.json", tag = "log", responses((status = 200, body = String, content_type = "application/json")))]
pub async fn root(State(app): State<App>, headers: HeaderMap) -> Result<Response, ApiError> {
    let (file, version) = {
        let roots = app.shelf.roots();
        (roots.newest_file(), roots.newest().file().version)
    };
    let tag = format!("\"root-{version}\"");
    Ok(with_tag(&headers, true, &tag, "application/json", file))
}

/// The root file of a version.
#[utoipa::path(get, path = "/root/{version}", tag = "log", responses((status = 200, body = String, content_type = "application/json")))]
pub async fn root_version(
    State(app): State<App>,
    headers: HeaderMap,
    At(version): At<String>,
) -> Result<Response, ApiError> {
    let number: u64 = version
        .strip_suffix(".json")
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| not_found("root file"))?;
    let file = app
        .shelf
        .roots()
        .file(number)
        .ok_or_else(|| not_found("root file"))?;
    let tag = format!("\"root-{number}\"");
    Ok(with_tag(&headers, true, &tag, "application/json", file))
}

/// The signed status.
#[utoipa::path(get, path = "/api/v1/status", tag = "log", responses((status = 200, body = String, content_type = "application/json")))]
pub async fn signed_status(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let status = status::status(&app).await?;
    let digest = guildhall_package::Digest::of(&status.envelope);
    let tag = format!("\"{digest}\"");
    let body = status.envelope.clone();
    Ok(with_tag(&headers, true, &tag, "application/json", body))
}

/// Log entries as they are published.
#[utoipa::path(get, path = "/api/v1/events", tag = "log", params(EventsQuery),
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub async fn events(
    State(app): State<App>,
    headers: HeaderMap,
    Asked(query): Asked<EventsQuery>,
) -> Result<Response, ApiError> {
    let place = std::sync::Arc::clone(&app.listeners)
        .try_acquire_owned()
        .map_err(|_| {
            wait(
                StatusCode::SERVICE_UNAVAILABLE,
                "events.full",
                "too many listen already",
                30,
            )
        })?;
    let after = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok())
        .or(query.after);
    let listener = Listener {
        heard: app.shelf.listen(after),
        waiting: Vec::new().into_iter(),
        next: after.map_or(0, |after| after.saturating_add(1)),
        begun: false,
        ended: false,
        app,
        _place: place,
    };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(ALIVE))
        .into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// One connection that listens.
struct Listener {
    app: App,
    heard: Option<(Vec<Told>, tokio::sync::broadcast::Receiver<Told>)>,
    waiting: std::vec::IntoIter<Told>,
    /// Index of the next entry that it has not got.
    next: u64,
    begun: bool,
    ended: bool,
    _place: tokio::sync::OwnedSemaphorePermit,
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        if self.ended {
            return None;
        }
        if !self.begun {
            self.begun = true;
            // Says at once where the log is, so that a listener knows that it hears.
            let size = self.app.shelf.published().map_or(0, |state| state.size);
            if let Some((missed, _)) = &mut self.heard {
                self.waiting = std::mem::take(missed).into_iter();
            }
            return Some(Event::default().event(STATUS).data(size.to_string()));
        }
        loop {
            let Some((_, receiver)) = &mut self.heard else {
                return Some(self.lagged());
            };
            let told = match self.waiting.next() {
                Some(told) => told,
                None => tokio::select! {
                    told = receiver.recv() => match told {
                        Ok(told) => told,
                        Err(RecvError::Lagged(_)) => return Some(self.lagged()),
                        Err(RecvError::Closed) => return None,
                    },
                    () = self.app.stop.cancelled() => return None,
                },
            };
            // One that was both missed and heard comes once.
            if told.index < self.next {
                continue;
            }
            self.next = told.index + 1;
            let text = String::from_utf8_lossy(&told.entry).into_owned();
            return Some(
                Event::default()
                    .event(ENTRY)
                    .id(told.index.to_string())
                    .data(text),
            );
        }
    }

    fn lagged(&mut self) -> Event {
        self.ended = true;
        Event::default().event(LAGGED).data("read the log's tiles")
    }
}
