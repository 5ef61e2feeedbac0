//! Who looks at a page: by a cookie of 32 random bytes, of which only the hash is stored. Who is signed in has a session;
//! who isn't has a cookie only if a page with a form was looked at. The token of a form follows from the cookie, so that
//! nobody has it who can't read that.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_package::FolderName;
use guildhall_package::market::account::{Role, Scope};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::error::ApiError;
use crate::keys::random;
use crate::people::Caller;
use crate::store::{StoreError, sessions};

/// Life of a session from its beginning.
pub const SESSION_MS: i64 = 12 * 60 * 60 * 1000;
/// Life of the cookie of somebody who is not signed in, in seconds.
const FORM_SECONDS: i64 = 60 * 60;

/// The value of a cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// [`ApiError::Fault`], if the system has no random bytes.
    pub fn new() -> Result<Self, ApiError> {
        let bytes = random().map_err(|error| ApiError::Fault(error.to_string()))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(*bytes)))
    }

    /// What could be one. Everything else is none.
    fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The token of its forms.
    fn token(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"guildhall form v1\0");
        hash.update(self.0.as_bytes());
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

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
        // Hashes are compared, so that the time it takes tells nothing.
        self.token()
            .is_some_and(|own| Sha256::digest(own) == Sha256::digest(token))
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
    ///
    /// # Errors
    /// [`ApiError::Fault`], which does not happen.
    pub fn new_cookie(&self, app: &App) -> Result<Option<HeaderValue>, ApiError> {
        match &self.secret {
            Some(secret) if self.is_new => set_cookie(app, secret, FORM_SECONDS).map(Some),
            _ => Ok(None),
        }
    }

    /// Whose cookies these are.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn of(headers: &HeaderMap, app: &App) -> Result<Self, StoreError> {
        let Some(secret) = sent(headers, app) else {
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

/// A browser takes a name with this prefix only over an encrypted connection, from this host itself.
fn name(app: &App) -> &'static str {
    if app.public.is_https() {
        "__Host-guildhall"
    } else {
        "guildhall"
    }
}

/// The cookie that came with a request. Two of the name are none: one of them is somebody else's.
fn sent(headers: &HeaderMap, app: &App) -> Option<Secret> {
    let mut all = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name(app));
    let (_, value) = all.next()?;
    if all.next().is_some() {
        return None;
    }
    Secret::parse(value)
}

/// A header that sets the cookie for so many seconds; 0 takes it away.
///
/// # Errors
/// [`ApiError::Fault`], which does not happen.
pub fn set_cookie(app: &App, secret: &Secret, seconds: i64) -> Result<HeaderValue, ApiError> {
    let secure = if app.public.is_https() {
        "; Secure"
    } else {
        ""
    };
    let text = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}",
        name(app),
        secret.0
    );
    HeaderValue::from_str(&text).map_err(|error| ApiError::Fault(error.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_fits_its_own_cookie_and_no_other() {
        let visitor = |secret: &Secret| Visitor {
            session: None,
            secret: Some(secret.clone()),
            is_new: false,
        };
        let (one, two) = (Secret::new().unwrap(), Secret::new().unwrap());
        assert!(visitor(&one).fits(&one.token()));
        assert!(!visitor(&one).fits(&two.token()));
        assert!(!visitor(&one).fits(""));
        // The cookie itself is no token: it stands in no page.
        assert!(!visitor(&one).fits(&one.0));
    }

    proptest! {
        #[test]
        fn only_32_bytes_are_a_cookie(text in "[A-Za-z0-9_-]{0,60}|.{0,60}") {
            if let Some(secret) = Secret::parse(&text) {
                prop_assert_eq!(URL_SAFE_NO_PAD.decode(&secret.0).unwrap().len(), 32);
            }
        }
    }
}
