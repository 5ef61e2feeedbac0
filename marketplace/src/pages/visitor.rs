//! Who looks at a page: by a cookie of 32 random bytes, of which only the hash is stored. Who is signed in has a session;
//! who isn't has a cookie only if a page with a form was looked at. The token of a form follows from the cookie, so that
//! nobody has it who can't read that.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use guildhall_package::FolderName;
use guildhall_package::market::account::{Role, Scope};
use guildhall_web::cookie::Secret;

use crate::app::App;
use crate::error::ApiError;
use crate::people::Caller;
use crate::store::{StoreError, sessions};

/// Life of a session from its beginning.
pub const SESSION_MS: i64 = 12 * 60 * 60 * 1000;
/// Life of the cookie of somebody who is not signed in, in seconds.
const FORM_SECONDS: i64 = 60 * 60;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub account: FolderName,
    /// What the account may do besides.
    pub roles: Vec<Role>,
}

impl Session {
    /// As the API knows people: with the scope that a page needs, and no other.
    #[must_use]
    pub fn caller(&self, scope: Scope) -> Caller {
        Caller {
            account: self.account.clone(),
            token: "browser".to_owned(),
            scopes: vec![scope],
            roles: self.roles.clone(),
        }
    }
}

/// Who looks at a page.
#[derive(Debug, Clone)]
pub struct Visitor {
    session: Option<Session>,
    secret: Option<Secret>,
    /// The cookie was made for this answer.
    is_new: bool,
}

impl Visitor {
    /// Somebody of whom nothing is known.
    #[must_use]
    pub const fn unknown() -> Self {
        Self {
            session: None,
            secret: None,
            is_new: false,
        }
    }

    /// Who is signed in.
    #[must_use]
    pub const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
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
        self.secret.as_ref().is_some_and(|own| own.fits(token))
    }

    /// A visitor to whom a form can be shown.
    ///
    /// # Errors
    /// [`ApiError::Fault`], if the system has no random bytes.
    pub fn for_form(mut self) -> Result<Self, ApiError> {
        if self.secret.is_none() {
            self.secret = Some(Secret::new()?);
            self.is_new = true;
        }
        Ok(self)
    }

    /// The cookie to set, if one was made.
    #[must_use]
    pub fn new_cookie(&self, app: &App) -> Option<HeaderValue> {
        let secret = self.secret.as_ref().filter(|_| self.is_new)?;
        Some(app.cookie.set(secret, FORM_SECONDS))
    }

    /// Whose cookies these are.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn of(headers: &HeaderMap, app: &App) -> Result<Self, StoreError> {
        let Some(secret) = app.cookie.sent(headers) else {
            return Ok(Self::unknown());
        };
        let mut db = app.store.read().await?;
        let found = sessions::get(&mut db, &secret.hash(), app.clock.now()).await?;
        Ok(Self {
            session: found.map(|(account, roles)| Session { account, roles }),
            secret: Some(secret),
            is_new: false,
        })
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self::of(&parts.headers, app).await?)
    }
}
