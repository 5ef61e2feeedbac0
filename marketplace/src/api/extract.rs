//! Reading requests: what can't be read is a problem, never a default.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use guildhall_package::market::limits::MAX_JSON;
use guildhall_package::text::plain;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::error::{ApiError, not_found, refuse};
use crate::limits;

/// A body in JSON.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let is_json = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .and_then(|kind| kind.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        // A form of a foreign page can't send this type without being asked about it first.
        if !is_json {
            return Err(refuse(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "request.type",
                "the body is not of the type application/json",
                "send JSON with the header content-type: application/json",
            ));
        }
        let limit = usize::try_from(MAX_JSON).unwrap_or(usize::MAX);
        let request =
            request.map(|body| axum::body::Body::new(http_body_util::Limited::new(body, limit)));
        let bytes = Bytes::from_request(request, app).await.map_err(|_| {
            refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                "request.size",
                format!("the body broke off, or is longer than {MAX_JSON} bytes"),
                "shorten it",
            )
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            refuse(
                StatusCode::BAD_REQUEST,
                "request.body",
                format!(
                    "the body is not what is asked for: {}",
                    plain(&error.to_string(), 200)
                ),
                "look at /api/v1/openapi.json for the fields and their types",
            )
        })
    }
}

/// The query of a URL.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(value)| Self(value))
            .map_err(|error| {
                refuse(
                    StatusCode::BAD_REQUEST,
                    "request.query",
                    format!(
                        "the query is not what is asked for: {}",
                        plain(&error.body_text(), 200)
                    ),
                    "look at /api/v1/openapi.json for the parameters and their types",
                )
            })
    }
}

/// Segments of the path. What can't be a name is nothing that is here.
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for At<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Path::from_request_parts(parts, app)
            .await
            .map(|Path(value)| Self(value))
            .map_err(|_| not_found("thing"))
    }
}

/// Address of the client.
#[derive(Debug, Clone, Copy)]
pub struct Client(pub IpAddr);

impl Client {
    /// Of a request.
    #[must_use]
    pub fn of(parts: &Parts, app: &App) -> Self {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(peer)| *peer);
        Self(limits::client(
            peer,
            &parts.headers,
            &app.config.trusted_proxies,
        ))
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self::of(parts, app))
    }
}
