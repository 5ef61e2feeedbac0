//! Who looks at a page: by a cookie of 32 random bytes, of which only the hash is stored. Who is signed in has a session;
//! who isn't has a cookie only if a page with a form was looked at.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use guildhall_web::cookie::Secret;
use guildhall_web::error::{ApiError, refuse};
use guildhall_web::store::StoreError;

use super::answer::Other;
use super::problem::sign_in;
use crate::app::App;
use crate::people::session::{self, Session};
use crate::people::{Person, Right};

/// Header with which the script of the pages asks for a page again: that a page refreshes itself keeps nobody signed in.
pub const LIVE: &str = "x-guildhall-live";

/// Who looks at a page.
#[derive(Debug, Clone)]
pub struct Visitor {
    session: Option<Session>,
    secret: Option<Secret>,
    /// The cookie was made for this answer.
    is_new: bool,
    /// The number of what a page shows that is made for this request.
    version: u64,
}

impl Visitor {
    /// Somebody of whom nothing is known.
    #[must_use]
    pub const fn unknown() -> Self {
        Self {
            session: None,
            secret: None,
            is_new: false,
            version: 0,
        }
    }

    /// The number of what the page shows: what changed since its request came has another one.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The session of who is signed in.
    #[must_use]
    pub const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Who is signed in and has this right. Who isn't signed in is asked to, and comes back to `path`.
    ///
    /// # Errors
    /// [`Other::At`] the page to sign in at, or a refusal.
    pub fn person(&self, right: Right, path: &str) -> Result<&Person, Other> {
        let Some(session) = &self.session else {
            return Err(Other::At(sign_in(Some(path))));
        };
        let person = session.person();
        if person.may(right) {
            return Ok(person);
        }
        Err(Other::Problem(refuse(
            StatusCode::FORBIDDEN,
            "people.right",
            right.missing(),
            "ask an owner of this console for another role",
        )))
    }

    /// The cookie that the visitor came with.
    #[must_use]
    pub const fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    /// The token of the forms, if there may be any.
    #[must_use]
    pub fn token(&self) -> Option<String> {
        self.secret.as_ref().map(Secret::token)
    }

    /// Whether this is the visitor's own token.
    #[must_use]
    pub fn fits(&self, token: &str) -> bool {
        self.secret
            .as_ref()
            .is_some_and(|secret| secret.fits(token))
    }

    /// A visitor to whom a form can be shown, before anybody is signed in.
    ///
    /// # Errors
    /// [`ApiError`], if the system has no random bytes.
    pub fn for_form(mut self) -> Result<Self, ApiError> {
        if self.secret.is_none() {
            self.secret = Some(Secret::new()?);
            self.is_new = true;
        }
        Ok(self)
    }

    /// The cookie to set, if one was made.
    #[must_use]
    pub fn new_cookie(&self) -> Option<&Secret> {
        self.secret.as_ref().filter(|_| self.is_new)
    }

    /// Who sent this.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn of(parts: &Parts, app: &App) -> Result<Self, StoreError> {
        let version = app.live.version();
        let Some(secret) = app.cookie.sent(&parts.headers) else {
            return Ok(Self::unknown());
        };
        let by_itself = parts.headers.contains_key(LIVE) || parts.uri.path() == "/events";
        Ok(Self {
            session: session::find(app, &secret, !by_itself).await?,
            secret: Some(secret),
            is_new: false,
            version,
        })
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        // Looked up by the gate already.
        if let Some(visitor) = parts.extensions.get::<Self>() {
            return Ok(visitor.clone());
        }
        Ok(Self::of(parts, app).await?)
    }
}
