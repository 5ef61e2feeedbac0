//! Reading requests: what can't be read is a problem, never a default.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use guildhall_package::market::limits::MAX_JSON;
use guildhall_package::text::plain;
use ipnet::IpNet;
use serde::de::DeserializeOwned;

use crate::error::{ApiError, not_found, refuse};
use crate::limits;

/// A body in JSON.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
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
        let bytes = Bytes::from_request(request, state).await.map_err(|_| {
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
#[derive(Debug, Clone)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
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
#[derive(Debug, Clone)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Path::from_request_parts(parts, state)
            .await
            .map(|Path(value)| Self(value))
            .map_err(|_| not_found("thing"))
    }
}

/// A service that knows which proxies stand before it.
pub trait Proxies {
    /// Proxies whose `X-Forwarded-For` is believed.
    fn trusted_proxies(&self) -> &[IpNet];
}

/// Address of the client.
#[derive(Debug, Clone, Copy)]
pub struct Client(pub IpAddr);

impl Client {
    /// Of a request.
    #[must_use]
    pub fn of(parts: &Parts, state: &impl Proxies) -> Self {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(peer)| *peer);
        Self(limits::client(
            peer,
            &parts.headers,
            state.trusted_proxies(),
        ))
    }
}

impl<S: Proxies + Send + Sync> FromRequestParts<S> for Client {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Ok(Self::of(parts, state))
    }
}
