//! How requests fail: a [`Problem`] for whoever asks, and what is behind it for the operator's log.

use std::any::Any;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use guildhall_package::market::Problem;
use guildhall_package::market::problem::PROBLEM_JSON;

use crate::random::NoRandom;
use crate::store::StoreError;

/// Why a request was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// A rule refused it.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else that the service needs.
    #[error(transparent)]
    Part(Box<dyn std::error::Error + Send + Sync>),
    /// The system has no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// A fault of this program.
    #[error("{0}; report this, it is a fault of this program")]
    Fault(String),
}

/// A refusal. `code` names the rule, `detail` says what happened, `fix` what to do next.
#[must_use]
pub fn refuse(
    status: StatusCode,
    code: &str,
    detail: impl Into<String>,
    fix: impl Into<String>,
) -> ApiError {
    let title = status.canonical_reason().unwrap_or("Refused");
    ApiError::Refused(Box::new(Problem::new(
        status.as_u16(),
        title,
        code,
        detail,
        fix,
    )))
}

/// A refusal that ends by itself, after so many seconds.
#[must_use]
pub fn wait(status: StatusCode, code: &str, detail: impl Into<String>, seconds: u64) -> ApiError {
    let seconds = seconds.max(1);
    let title = status.canonical_reason().unwrap_or("Refused");
    let fix = format!("wait {seconds} s and try again");
    let mut problem = Problem::new(status.as_u16(), title, code, detail, fix);
    problem.retry_after = Some(seconds);
    ApiError::Refused(Box::new(problem))
}

/// There is no such thing, or nobody may know that there is.
#[must_use]
pub fn not_found(what: &str) -> ApiError {
    refuse(
        StatusCode::NOT_FOUND,
        "not-found",
        format!("there is no such {what} here"),
        "check the spelling, or look at the list",
    )
}

/// A value of the request is not usable.
#[must_use]
pub fn invalid(field: &str, problem: impl std::fmt::Display) -> ApiError {
    refuse(
        StatusCode::UNPROCESSABLE_ENTITY,
        "request.value",
        format!("`{field}` is not usable: {problem}"),
        "correct the value and send the request again",
    )
}

impl ApiError {
    /// The problem that is told.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Refused(problem) => (**problem).clone(),
            Self::Store(StoreError::Busy) => {
                match wait(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "service.busy",
                    "the database is too busy",
                    2,
                ) {
                    Self::Refused(problem) => *problem,
                    _ => fault(),
                }
            }
            // What is behind it is for the operator, not for strangers.
            Self::Store(_) | Self::Part(_) | Self::Random(_) | Self::Fault(_) => fault(),
        }
    }
}

fn fault() -> Problem {
    Problem::new(
        500,
        "Internal Server Error",
        "service.fault",
        "the service could not do its work",
        "try again later; if it stays, tell who runs it the request id in the header x-request-id",
    )
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        if problem.status >= 500 {
            tracing::error!(error = %self, code = problem.code, "request failed");
        }
        respond(&problem)
    }
}

/// The answer to a request whose handler panicked.
#[must_use]
pub fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    ApiError::Fault(format!("a request panicked: {said}")).into_response()
}

/// A problem as a response.
#[must_use]
pub fn respond(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = (status, body).into_response();
    // What pages make a page of.
    response.extensions_mut().insert(problem.clone());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"guildhall\""),
        );
    }
    response
}
