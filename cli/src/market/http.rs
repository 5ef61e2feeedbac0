//! Asking a marketplace: the one place of this command that opens connections.
//!
//! TLS is rustls with ring and Mozilla's roots; no proxy of the environment, no redirect, no answer without a limit. A token
//! goes to the marketplace that gave it and nowhere else.

use super::error::HttpError;
use super::place::Place;
use guildhall_package::market::Problem;
use guildhall_package::text::plain;
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode, redirect};
use rustls::{ClientConfig, RootCertStore};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

pub use reqwest::multipart::{Form, Part};
pub use reqwest::{Method, RequestBuilder};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long nothing may arrive.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a whole answer may take; uploads and events are not bound by it.
const WHOLE: Duration = Duration::from_secs(120);
/// Longest answer in JSON, in bytes.
const MAX_JSON: u64 = 8 << 20;
/// How often a busy marketplace is asked again.
const RETRIES: u32 = 4;
/// Longest time to wait for a busy marketplace at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client of one marketplace.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    place: Place,
    token: Option<HeaderValue>,
}

/// What is sent, made anew for each try.
pub type Body<'a> = &'a (dyn Fn(RequestBuilder) -> RequestBuilder + Sync);

impl Http {
    /// A client without a token.
    ///
    /// # Errors
    /// If TLS can't be set up.
    pub fn new(place: Place) -> Result<Self, HttpError> {
        let setup = |error: &dyn std::fmt::Display| HttpError::Setup(error.to_string());
        let roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| setup(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .user_agent(concat!("guildhall/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| setup(&error))?;
        Ok(Self {
            client,
            place,
            token: None,
        })
    }

    /// The same client with a token.
    ///
    /// # Errors
    /// If it is no token.
    pub fn with_token(mut self, token: &str) -> Result<Self, HttpError> {
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| HttpError::Setup("the stored token is none; log in again".to_owned()))?;
        value.set_sensitive(true);
        self.token = Some(value);
        Ok(self)
    }

    /// Whether there is a token.
    #[must_use]
    pub const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// A JSON answer to a GET.
    ///
    /// # Errors
    /// [`HttpError`] says what came instead.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<T, HttpError> {
        let query = query_text(query)?;
        let path = match query.as_str() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        };
        let bytes = self.bytes(&path, MAX_JSON).await?;
        self.json(&path, &bytes)
    }

    /// Bytes of an answer to a GET, at most `limit`.
    ///
    /// # Errors
    /// [`HttpError`] says what came instead.
    pub async fn bytes(&self, path: &str, limit: u64) -> Result<Vec<u8>, HttpError> {
        self.asked(Method::GET, path, &|request| request.timeout(WHOLE), limit)
            .await
    }

    /// A JSON answer to a JSON request.
    ///
    /// # Errors
    /// [`HttpError`] says what came instead.
    pub async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        request: &(impl Serialize + Sync),
    ) -> Result<T, HttpError> {
        let body = |builder: RequestBuilder| builder.json(request).timeout(WHOLE);
        let bytes = self.asked(method, path, &body, MAX_JSON).await?;
        self.json(path, &bytes)
    }

    /// A request whose answer says nothing but that it was done.
    ///
    /// # Errors
    /// [`HttpError`] says what came instead.
    pub async fn done(&self, method: Method, path: &str, body: Body<'_>) -> Result<(), HttpError> {
        self.asked(method, path, body, MAX_JSON).await.map(drop)
    }

    /// A JSON answer to a request with any body.
    ///
    /// # Errors
    /// [`HttpError`] says what came instead.
    pub async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Body<'_>,
    ) -> Result<T, HttpError> {
        let bytes = self.asked(Method::POST, path, body, MAX_JSON).await?;
        self.json(path, &bytes)
    }

    /// An answer that goes on, to be read piece by piece.
    ///
    /// # Errors
    /// [`HttpError`] if it does not begin.
    pub async fn open(
        &self,
        path: &str,
        headers: &[(&str, String)],
    ) -> Result<Response, HttpError> {
        let mut request = self.request(Method::GET, path);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        if response.status() == StatusCode::OK {
            Ok(response)
        } else {
            Err(self.refused(path, response).await)
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, self.place.url(path));
        match &self.token {
            Some(token) => request.header(AUTHORIZATION, token.clone()),
            None => request,
        }
    }

    /// Asks, and asks a busy marketplace again when it says that it makes sense.
    async fn asked(
        &self,
        method: Method,
        path: &str,
        body: Body<'_>,
        limit: u64,
    ) -> Result<Vec<u8>, HttpError> {
        let mut tries = 0;
        loop {
            let error = match self.once(method.clone(), path, body, limit).await {
                Ok(bytes) => return Ok(bytes),
                Err(error) => error,
            };
            tries += 1;
            match error.retry_after() {
                Some(wait) if tries <= RETRIES && wait <= PATIENCE => {
                    tokio::time::sleep(wait.max(Duration::from_millis(200))).await;
                }
                _ => return Err(error),
            }
        }
    }

    async fn once(
        &self,
        method: Method,
        path: &str,
        body: Body<'_>,
        limit: u64,
    ) -> Result<Vec<u8>, HttpError> {
        let response = body(self.request(method, path))
            .send()
            .await
            .map_err(|error| self.broken(&error))?;
        if response.status().is_success() {
            self.body(path, response, limit).await
        } else {
            Err(self.refused(path, response).await)
        }
    }

    async fn body(
        &self,
        path: &str,
        mut response: Response,
        limit: u64,
    ) -> Result<Vec<u8>, HttpError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.broken(&error))?
        {
            if bytes.len() as u64 + chunk.len() as u64 > limit {
                return Err(HttpError::TooLarge {
                    place: self.place.to_string(),
                    path: plain(path, 200),
                    limit,
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    async fn refused(&self, path: &str, response: Response) -> HttpError {
        let status = response.status();
        let wait = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let strange = HttpError::Strange {
            place: self.place.to_string(),
            path: plain(path, 200),
            what: status.to_string(),
        };
        let Ok(bytes) = self.body(path, response, MAX_JSON).await else {
            return strange;
        };
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(mut problem) => {
                // The status line counts; the body only says why.
                problem.status = status.as_u16();
                problem.retry_after = problem.retry_after.or(wait);
                HttpError::Problem(Box::new(problem))
            }
            Err(_) => strange,
        }
    }

    fn json<T: DeserializeOwned>(&self, path: &str, bytes: &[u8]) -> Result<T, HttpError> {
        serde_json::from_slice(bytes).map_err(|error| HttpError::Strange {
            place: self.place.to_string(),
            path: plain(path, 200),
            what: format!("something else than was asked for ({error})"),
        })
    }

    fn broken(&self, error: &reqwest::Error) -> HttpError {
        if error.is_timeout() {
            return HttpError::Slow {
                place: self.place.to_string(),
                within: if error.is_connect() { CONNECT } else { SILENCE },
            };
        }
        // The innermost cause says what it was; the outer ones repeat the URL.
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let _ = error.source();
        HttpError::Unreachable {
            place: self.place.to_string(),
            why: plain(&cause.to_string(), 300),
        }
    }
}

/// A query as text, names and values escaped.
fn query_text(query: &impl Serialize) -> Result<String, HttpError> {
    let value = serde_json::to_value(query).map_err(|error| HttpError::Setup(error.to_string()))?;
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            serde_json::Value::Null => {}
            serde_json::Value::String(value) => {
                text.append_pair(name, value);
            }
            other => {
                text.append_pair(name, &other.to_string());
            }
        }
    }
    Ok(text.finish())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_query_is_escaped_and_leaves_out_what_is_not_given() {
        let query = json!({ "q": "a&b=ü c", "limit": 5, "cursor": null });
        assert_eq!(query_text(&query).unwrap(), "q=a%26b%3D%C3%BC+c&limit=5");
        assert_eq!(query_text(&json!({})).unwrap(), "");
    }

    #[test]
    fn a_token_with_a_line_break_is_none() {
        let http = Http::new("http://127.0.0.1:1".parse().unwrap()).unwrap();
        assert!(http.clone().with_token("a\r\nX: y").is_err());
        let http = http.with_token("ghm_secret").unwrap();
        assert!(!format!("{http:?}").contains("secret"));
    }
}
