//! For the operator: health, readiness, figures, and the document of this API.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::extract::Client;
use crate::app::App;
use crate::error::{ApiError, not_found};

/// The process is up.
#[utoipa::path(get, path = "/healthz", tag = "operating", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// It can serve.
#[utoipa::path(get, path = "/readyz", tag = "operating", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn readyz(State(app): State<App>) -> Response {
    let problem = match not_ready(&app).await {
        None => return "ready\n".into_response(),
        Some(problem) => problem,
    };
    (StatusCode::SERVICE_UNAVAILABLE, format!("{problem}\n")).into_response()
}

async fn not_ready(app: &App) -> Option<&'static str> {
    if app.stop.is_cancelled() {
        return Some("stopping");
    }
    let published = app.shelf.published();
    if published.is_none_or(|published| app.shelf.shown() < published.size) {
        return Some("the log was not read yet");
    }
    let newest = app.shelf.roots().newest().clone();
    if newest.check_fresh(app.clock.now()).is_err() {
        return Some("the root file has expired: renew it");
    }
    let asked = async {
        let mut db = app.store.read().await?;
        crate::store::log::waits(&mut db).await
    };
    asked.await.err().map(|_| "the database does not answer")
}

/// Figures, for addresses that the operator names.
#[utoipa::path(get, path = "/metrics", tag = "operating", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn metrics(State(app): State<App>, Client(client): Client) -> Result<Response, ApiError> {
    if !app
        .config
        .metrics_from
        .iter()
        .any(|net| net.contains(&client))
    {
        return Err(not_found("page"));
    }
    let text = app
        .metrics
        .text()
        .map_err(|error| ApiError::Fault(error.to_string()))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// This API as an OpenAPI document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "operating", responses((status = 200, body = String, content_type = "application/json")))]
pub async fn openapi(headers: HeaderMap) -> Result<Response, ApiError> {
    super::tagged(&headers, true, &super::doc::document())
}
