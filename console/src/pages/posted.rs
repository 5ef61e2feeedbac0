//! Forms that were sent. What another site sends in a visitor's name is refused.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use guildhall_web::error::ApiError;
use guildhall_web::fields::Fields;
use guildhall_web::posted;

use super::visitor::Visitor;
use crate::app::App;

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
        from_here(&parts.headers, app)?;
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        let fields = posted::fields(parts, body).await?;
        with_token(&visitor, fields.text("csrf"))?;
        Ok(Self { visitor, fields })
    }
}

/// Refuses what the browser says was sent from another site.
///
/// # Errors
/// A refusal.
pub fn from_here(headers: &HeaderMap, app: &App) -> Result<(), ApiError> {
    posted::from_here(headers, &app.public, app.config.public_url.is_none())
}

/// Refuses a form without the token of this visitor. For forms that [`Posted`] can't read: those with files.
///
/// # Errors
/// A refusal.
pub fn with_token(visitor: &Visitor, token: &str) -> Result<(), ApiError> {
    posted::with_token(visitor.fits(token))
}
