//! Publishes: uploading, looking, trying again.

use std::time::Duration;

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::{Bytes, BytesMut};
use guildhall_package::market::account::Scope;
use guildhall_package::market::limits::{
    MAX_COMPONENT, MAX_CONFIG, MAX_GOLDEN, MAX_MANIFEST, MAX_STATEMENT,
};
use guildhall_package::market::page::PageQuery;
use guildhall_package::market::publish::{PublishWait, part};
use guildhall_package::market::{Page, PublishInfo, PublishState, ReviewReport};
use serde::Deserialize;

use super::extract::{Asked, At};
use super::{json, page, tagged};
use crate::app::App;
use crate::blobs::{Staged, UploadError};
use crate::clock::wire;
use crate::error::{ApiError, not_found, refuse};
use crate::people::Caller;
use crate::publishing::info;
use crate::publishing::upload::{Upload, admit, stage};
use crate::store::publishes::{self, Publish};

/// Longest that an answer waits for a publish to change, in milliseconds.
const MAX_WAIT_MS: u64 = 30_000;
/// How often the database is looked at meanwhile: another process may be the one at work.
const LOOK: Duration = Duration::from_millis(200);

/// A release as it is uploaded.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "describes the form for the API document")]
struct PublishForm {
    /// The publisher statement: a DSSE envelope.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    statement: String,
    /// The OCI image manifest.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    manifest: String,
    /// The OCI config.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    config: String,
    /// The tar of golden cases.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    golden: Option<String>,
    /// The component.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    component: String,
}

/// What has come of an upload so far. What was staged is thrown away if it does not become whole.
#[derive(Default)]
struct Parts {
    statement: Option<Bytes>,
    manifest: Option<Bytes>,
    config: Option<Bytes>,
    component: Option<Staged>,
    golden: Option<Staged>,
}

/// Uploads a release. The same release again answers with the same publish.
#[utoipa::path(post, path = "/api/v1/publishes", tag = "publishing", security(("token" = ["publish"])),
    request_body(content = PublishForm, content_type = "multipart/form-data"),
    responses((status = 202, body = PublishInfo)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Publish)?;
    let mut form = Multipart::from_request(request, &app)
        .await
        .map_err(|error| {
            refuse(
                StatusCode::BAD_REQUEST,
                "upload.form",
                error.body_text(),
                HOW,
            )
        })?;
    let mut parts = Parts::default();
    let read = read_parts(&app, &caller, &mut form, &mut parts).await;
    let upload = match read.and_then(|()| whole(&mut parts)) {
        Ok(upload) => upload,
        Err(error) => {
            for staged in [&parts.component, &parts.golden].into_iter().flatten() {
                app.blobs.discard(staged).await;
            }
            return Err(error);
        }
    };
    let publish = stage(&app, &caller, upload).await?;
    tracing::info!(publish = publish.id, name = %publish.name, version = %publish.version, by = %caller.account, "staged");
    let mut response = json(StatusCode::ACCEPTED, &info(&publish))?;
    if let Ok(place) = format!("/api/v1/publishes/{}", publish.id).parse() {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

const HOW: &str =
    "send multipart/form-data with the parts statement, manifest, config, golden and component";

async fn read_parts(
    app: &App,
    caller: &Caller,
    form: &mut Multipart,
    parts: &mut Parts,
) -> Result<(), ApiError> {
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            part::STATEMENT if parts.statement.is_none() => {
                let bytes = small(field, MAX_STATEMENT, part::STATEMENT).await?;
                // Before anything large is read.
                admit(app, caller, &bytes).await?;
                parts.statement = Some(bytes);
            }
            part::MANIFEST if parts.manifest.is_none() => {
                parts.manifest = Some(small(field, MAX_MANIFEST, part::MANIFEST).await?);
            }
            part::CONFIG if parts.config.is_none() => {
                parts.config = Some(small(field, MAX_CONFIG, part::CONFIG).await?);
            }
            part::COMPONENT if parts.component.is_none() && parts.statement.is_some() => {
                parts.component = Some(large(app, field, MAX_COMPONENT, part::COMPONENT).await?);
            }
            part::GOLDEN if parts.golden.is_none() && parts.statement.is_some() => {
                parts.golden = Some(large(app, field, MAX_GOLDEN, part::GOLDEN).await?);
            }
            part::COMPONENT | part::GOLDEN if parts.statement.is_none() => {
                return Err(refuse(
                    StatusCode::BAD_REQUEST,
                    "upload.order",
                    format!("`{name}` came before the statement that says whose it is"),
                    "send the part `statement` first",
                ));
            }
            _ => {
                return Err(refuse(
                    StatusCode::BAD_REQUEST,
                    "upload.part",
                    "a part came twice, or is none that is asked for",
                    HOW,
                ));
            }
        }
    }
    Ok(())
}

fn whole(parts: &mut Parts) -> Result<Upload, ApiError> {
    let missing = |name: &str| {
        refuse(
            StatusCode::BAD_REQUEST,
            "upload.missing",
            format!("the part `{name}` is missing"),
            HOW,
        )
    };
    let statement = parts
        .statement
        .take()
        .ok_or_else(|| missing(part::STATEMENT))?;
    let manifest = parts
        .manifest
        .take()
        .ok_or_else(|| missing(part::MANIFEST))?;
    let config = parts.config.take().ok_or_else(|| missing(part::CONFIG))?;
    let component = parts
        .component
        .take()
        .ok_or_else(|| missing(part::COMPONENT))?;
    Ok(Upload {
        statement,
        manifest,
        config,
        component,
        golden: parts.golden.take(),
    })
}

fn too_long(name: &str, limit: u64) -> ApiError {
    refuse(
        StatusCode::PAYLOAD_TOO_LARGE,
        "upload.size",
        format!("the part `{name}` is longer than {limit} bytes"),
        "make it smaller",
    )
}

fn broken(error: &MultipartError) -> ApiError {
    refuse(
        StatusCode::BAD_REQUEST,
        "upload.broken",
        format!("the upload broke off: {}", error.body_text()),
        "send it again: nothing of it was kept",
    )
}

async fn small(mut field: Field<'_>, limit: u64, name: &str) -> Result<Bytes, ApiError> {
    let limit_bytes = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut bytes = BytesMut::new();
    while let Some(more) = field.chunk().await.map_err(|error| broken(&error))? {
        if bytes.len() + more.len() > limit_bytes {
            return Err(too_long(name, limit));
        }
        bytes.extend_from_slice(&more);
    }
    Ok(bytes.freeze())
}

async fn large(app: &App, field: Field<'_>, limit: u64, name: &str) -> Result<Staged, ApiError> {
    app.blobs
        .stage(field, limit)
        .await
        .map_err(|error| match error {
            UploadError::TooLong(limit) => too_long(name, limit),
            UploadError::Broken(error) => broken(&error),
            UploadError::Store(error) => error.into(),
        })
}

/// Query of the list of publishes.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
    /// Items wanted: 1 to 100, default 50.
    limit: Option<u32>,
    /// Only those of this publisher.
    publisher: Option<String>,
    /// Only those in this state.
    state: Option<PublishState>,
}

/// Publishes of own publishers, newest first.
#[utoipa::path(get, path = "/api/v1/publishes", tag = "publishing", security(("token" = ["publish"])),
    params(ListQuery), responses((status = 200, body = Page<PublishInfo>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<ListQuery>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Publish)?;
    let limit = PageQuery {
        cursor: None,
        limit: query.limit,
    }
    .limit();
    let mut db = app.store.read().await?;
    let found = publishes::of_account(
        &mut db,
        caller.account.as_str(),
        query.publisher.as_deref(),
        query.state,
        query.cursor.as_deref(),
        i64::from(limit) + 1,
    )
    .await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    json(
        StatusCode::OK,
        &page(found, limit, |publish| publish.id.clone(), info),
    )
}

/// The publish with this id, for members of its publisher.
async fn own(app: &App, caller: &Caller, id: &str) -> Result<Publish, ApiError> {
    caller.scope(Scope::Publish)?;
    let mut db = app.store.read().await?;
    let publish = publishes::get(&mut db, id)
        .await?
        .ok_or_else(|| not_found("publish"))?;
    // Who is no member does not learn that it exists.
    caller
        .member(&mut db, &publish.name.publisher, false)
        .await
        .map_err(|_| not_found("publish"))?;
    Ok(as_shown(app, publish))
}

/// A publish is called released when it can be seen here: this process may be a moment behind the database.
pub(crate) fn as_shown(app: &App, publish: Publish) -> Publish {
    let folded = app.shelf.shown();
    let seen = publish.log_index.is_some_and(|index| wire(index) < folded);
    if publish.state == PublishState::Released && !seen {
        Publish {
            state: PublishState::Passed,
            ..publish
        }
    } else {
        publish
    }
}

/// Where a publish stands.
#[utoipa::path(get, path = "/api/v1/publishes/{id}", tag = "publishing", security(("token" = ["publish"])),
    params(PublishWait), responses((status = 200, body = PublishInfo)))]
pub async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Caller,
    At(id): At<String>,
    Asked(wait): Asked<PublishWait>,
) -> Result<Response, ApiError> {
    let mut changed = app.wake.changed.subscribe();
    let mut publish = own(&app, &caller, &id).await?;
    let time = Duration::from_millis(wait.wait_ms.unwrap_or(0).min(MAX_WAIT_MS));
    let until = tokio::time::Instant::now() + time;
    let enough = |state: PublishState| match wait.unless {
        Some(known) => state != known,
        None => state.is_settled(),
    };
    while !enough(publish.state) && tokio::time::Instant::now() < until {
        let look = (tokio::time::Instant::now() + LOOK).min(until);
        tokio::select! {
            _ = changed.changed() => {}
            () = tokio::time::sleep_until(look) => {}
            () = app.stop.cancelled() => break,
        }
        publish = own(&app, &caller, &id).await?;
    }
    tagged(&headers, false, &info(&publish))
}

/// The whole report of its review.
#[utoipa::path(get, path = "/api/v1/publishes/{id}/report", tag = "publishing", security(("token" = ["publish"])),
    responses((status = 200, body = ReviewReport)))]
pub async fn report(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Caller,
    At(id): At<String>,
) -> Result<Response, ApiError> {
    let publish = own(&app, &caller, &id).await?;
    report_of(&app, &headers, &publish, false).await
}

/// The report of a publish, as it was stored.
///
/// # Errors
/// 404 if it has none.
pub(super) async fn report_of(
    app: &App,
    headers: &HeaderMap,
    publish: &Publish,
    public: bool,
) -> Result<Response, ApiError> {
    let digest = publish.report.ok_or_else(|| not_found("report yet"))?;
    let bytes = app.blobs.get(&digest).await?;
    let tag = format!("\"{digest}\"");
    Ok(super::with_tag(
        headers,
        public,
        &tag,
        "application/json",
        bytes,
    ))
}

/// Has an errored publish reviewed again.
#[utoipa::path(post, path = "/api/v1/publishes/{id}/retry", tag = "publishing", security(("token" = ["publish"])),
    responses((status = 202, body = PublishInfo)))]
pub async fn retry(
    State(app): State<App>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Response, ApiError> {
    own(&app, &caller, &id).await?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if !publishes::retry(tx.connection(), &id, now).await? {
        return Err(refuse(
            StatusCode::CONFLICT,
            "publish.state",
            "it is not `errored`, or its version was published otherwise meanwhile",
            "look at its state again",
        ));
    }
    tx.commit().await?;
    app.wake.review.notify_one();
    app.wake.publish_changed();
    let publish = own(&app, &caller, &id).await?;
    Ok(json(StatusCode::ACCEPTED, &info(&publish))?.into_response())
}
