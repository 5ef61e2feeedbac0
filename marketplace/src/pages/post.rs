//! Forms that were sent. What another site sends in a visitor's name is refused.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{StatusCode, header};
pub use guildhall_web::fields::{Fields, Query, local};
use guildhall_web::origin::is_from_here;

use super::visitor::Visitor;
use crate::app::App;
use crate::error::{ApiError, refuse};

/// A form that this visitor sent from a page of ours.
pub struct Posted {
    /// Who.
    pub visitor: Visitor,
    /// What.
    pub fields: Fields,
}

impl FromRequest<App> for Posted {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let any_host = app.config.public_url.is_none();
        if !is_from_here(&parts.headers, &app.public, any_host) {
            return Err(forged("it was sent from another site"));
        }
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
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
        let bytes = Bytes::from_request(request, app).await.map_err(|_| {
            refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                "form.size",
                "the form broke off or is too long",
                "go back and shorten what you wrote",
            )
        })?;
        let fields = Fields::parse(&bytes);
        if !visitor.fits(fields.text("csrf")) {
            return Err(forged("it has no token of this visit"));
        }
        Ok(Self { visitor, fields })
    }
}

fn forged(why: &str) -> ApiError {
    refuse(
        StatusCode::FORBIDDEN,
        "form.foreign",
        format!("the form was not accepted: {why}"),
        "go back, load the page again and send the form once more; cookies of this site must be allowed",
    )
}
