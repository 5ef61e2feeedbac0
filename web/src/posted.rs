//! Forms that were sent. What another site sends in a visitor's name is refused.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use crate::contact::Public;
use crate::error::{ApiError, refuse};
use crate::fields::Fields;
use crate::origin::is_from_here;

/// Refuses what the browser says was sent from another site: see [`is_from_here`].
///
/// # Errors
/// A refusal.
pub fn from_here(headers: &HeaderMap, public: &Public, any_host: bool) -> Result<(), ApiError> {
    if is_from_here(headers, public, any_host) {
        Ok(())
    } else {
        Err(forged("it was sent from another site"))
    }
}

/// Refuses a form without the token of its visitor.
///
/// # Errors
/// A refusal.
pub fn with_token(fits: bool) -> Result<(), ApiError> {
    if fits {
        Ok(())
    } else {
        Err(forged("it has no token of this visit"))
    }
}

/// The fields of a form.
///
/// # Errors
/// If it is none, or does not come whole.
pub async fn fields(parts: Parts, body: Body) -> Result<Fields, ApiError> {
    let is_form = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Err(refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "form.type",
            "that is no form of a page",
            "use the form on the page",
        ));
    }
    let request = Request::from_parts(parts, body);
    let bytes = Bytes::from_request(request, &()).await.map_err(|_| {
        refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "form.size",
            "the form broke off or is too long",
            "go back and shorten what you wrote",
        )
    })?;
    Ok(Fields::parse(&bytes))
}

fn forged(why: &str) -> ApiError {
    refuse(
        StatusCode::FORBIDDEN,
        "form.foreign",
        format!("the form was not accepted: {why}"),
        "go back, load the page again and send the form once more; cookies of this site must be allowed",
    )
}
