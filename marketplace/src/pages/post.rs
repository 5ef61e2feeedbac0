//! Forms that were sent. What another site sends in a visitor's name is refused.

use axum::extract::{FromRequest, FromRequestParts, Request};
pub use guildhall_web::fields::{Fields, Query, local};
use guildhall_web::posted;

use super::visitor::Visitor;
use crate::app::App;
use crate::error::ApiError;

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
        posted::from_here(&parts.headers, &app.public, any_host)?;
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        let fields = posted::fields(parts, body).await?;
        posted::with_token(visitor.fits(fields.text("csrf")))?;
        Ok(Self { visitor, fields })
    }
}
