//! The JSON API for programs, under `/api/v1`: agents propose, and look at what became of it; a program that stands in for a
//! person may decide, as that person. Handlers read a request, ask the part that knows the rules, and write an answer.

pub mod approvals;
pub mod audit;
pub mod caller;
pub mod doc;
pub mod events;
pub mod installing;
pub mod installs;
pub mod invoke;
pub mod once;
pub mod runs;
pub mod skills;
pub mod wire;
pub mod work;

use axum::Router;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use guildhall_host::HostError;
use guildhall_web::error::{ApiError, refuse};
use serde::Serialize;

use crate::app::App;
use crate::shelf::ShelfError;

/// Its routes.
pub fn routes(app: &App) -> Router<App> {
    doc::router().layer(middleware::from_fn_with_state(app.clone(), caller::guard))
}

/// An answer in JSON. It is for who asked alone.
///
/// # Errors
/// [`ApiError::Fault`], which does not happen.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Response, ApiError> {
    let body = serde_json::to_vec(value).map_err(|error| ApiError::Fault(error.to_string()))?;
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What the host could not do.
pub(crate) fn of_host(error: &HostError) -> ApiError {
    match error {
        HostError::UnknownOperation { .. } => refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "run.operation",
            error.to_string(),
            "give one of the operations that the skill has",
        ),
        HostError::UnsupportedOperation { .. } => refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "run.operation",
            error.to_string(),
            "use another operation of the skill",
        ),
        HostError::Input(_) => refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "run.input",
            error.to_string(),
            "look at the operation's input schema under /api/v1/skills",
        ),
        HostError::Setting(_) => refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "run.setting",
            error.to_string(),
            "correct the setting on the page of the skill",
        ),
        _ => ApiError::Part(error.to_string().into()),
    }
}

/// What the shelf could not do.
pub(crate) fn of_shelf(error: ShelfError) -> ApiError {
    let status = match error.rule.as_str() {
        _ if error.is_fault => StatusCode::SERVICE_UNAVAILABLE,
        "not-installed" => StatusCode::NOT_FOUND,
        _ => StatusCode::CONFLICT,
    };
    let fix = error
        .fix
        .unwrap_or_else(|| "look at the skill's page in the console".to_owned());
    refuse(status, &error.rule, error.message, fix)
}

/// Answers what a path has no method for. Which it has stands in `Allow`, put there by the router.
pub(crate) async fn other_method(method: Method) -> ApiError {
    refuse(
        StatusCode::METHOD_NOT_ALLOWED,
        "request.method",
        format!("this path does not take {}", method.as_str()),
        "look at /api/v1/openapi.json for the methods of each path",
    )
}
