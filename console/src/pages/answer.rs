//! How a page can end otherwise than with itself: with a problem, or at another page.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use guildhall_host::HostError;
use guildhall_package::market::Problem;
use guildhall_web::cookie::Secret;
use guildhall_web::error::{ApiError, refuse};
use guildhall_web::store::StoreError;

pub use guildhall_web::answer::see;

use super::hints;
use crate::app::App;
use crate::people::session::SESSION_MS;
use crate::shelf::ShelfError;

/// Why a page is not shown.
#[derive(Debug)]
pub enum Other {
    /// Something refused or failed.
    Problem(ApiError),
    /// It is at another path of this site.
    At(String),
}

impl From<ApiError> for Other {
    fn from(error: ApiError) -> Self {
        Self::Problem(error)
    }
}

impl From<StoreError> for Other {
    fn from(error: StoreError) -> Self {
        Self::Problem(error.into())
    }
}

/// What the host could not do is a fault here: pages look at what they ask for first.
impl From<HostError> for Other {
    fn from(error: HostError) -> Self {
        Self::Problem(ApiError::Part(Box::new(error)))
    }
}

impl From<ShelfError> for Other {
    fn from(error: ShelfError) -> Self {
        let status = if error.is_fault {
            StatusCode::SERVICE_UNAVAILABLE
        } else if error.rule == "not-installed" {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::CONFLICT
        };
        let fix = hints::of_shelf(&error).unwrap_or_else(|| {
            if error.is_fault {
                "try again in a moment".to_owned()
            } else {
                "look at the page of the skill".to_owned()
            }
        });
        Self::Problem(refuse(status, &error.rule, error.message, fix))
    }
}

/// How a form is shown again with what was wrong with it. What the console itself failed in stays its fault.
///
/// # Errors
/// [`Other`] for a fault.
pub fn shown_again(error: ApiError) -> Result<(StatusCode, Problem), Other> {
    let problem = error.problem();
    let status = match problem.status {
        500.. => return Err(error.into()),
        // 401 would make a browser ask for something else.
        401 => StatusCode::FORBIDDEN,
        status => StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
    };
    Ok((status, problem))
}

impl IntoResponse for Other {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(error) => error.into_response(),
            Self::At(path) => see(&path),
        }
    }
}

/// Goes on to a page with the cookie of a new session.
#[must_use]
pub fn signed_in(app: &App, secret: &Secret, path: &str) -> Response {
    let mut response = see(path);
    let cookie = app.cookie.set(secret, SESSION_MS / 1000);
    response
        .headers_mut()
        .insert(axum::http::header::SET_COOKIE, cookie);
    response
}
