//! Tokens: what a request shows to say whose it is.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_package::FolderName;
use guildhall_package::market::account::{
    IssuedToken, MemberRole, NewToken, Role, Scope, TOKEN_PREFIX, TokenInfo,
};
use guildhall_package::market::limits::{DEFAULT_TOKEN_DAYS, MAX_TOKEN_DAYS};
use guildhall_package::text::plain;
use sha2::{Digest as _, Sha256};
use sqlx::AnyConnection;

use crate::app::App;
use crate::clock::wire;
use crate::error::{ApiError, invalid, refuse};
use crate::keys::random;
use crate::store::accounts::{self, Token};
use crate::store::publishers;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Longest label in characters.
const MAX_LABEL: usize = 100;

/// Who asks, by a token that is in force.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account.
    pub account: FolderName,
    /// Id of the token.
    pub token: String,
    /// What the token may be used for.
    pub scopes: Vec<Scope>,
    /// Roles of the account.
    pub roles: Vec<Role>,
}

impl Caller {
    /// Asks for a scope.
    ///
    /// # Errors
    /// 403 without it.
    pub fn scope(&self, scope: Scope) -> Result<(), ApiError> {
        if self.scopes.contains(&scope) {
            return Ok(());
        }
        Err(refuse(
            StatusCode::FORBIDDEN,
            "token.scope",
            format!("this token does not have the scope `{scope}`"),
            format!("make a token with the scope `{scope}` and use that one"),
        ))
    }

    /// Whether the account has a role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Asks for a role.
    ///
    /// # Errors
    /// 403 without it.
    pub fn role(&self, role: Role) -> Result<(), ApiError> {
        if self.has(role) {
            return Ok(());
        }
        Err(refuse(
            StatusCode::FORBIDDEN,
            "account.role",
            format!("your account does not have the role `{}`", role.as_str()),
            "ask an administrator of this marketplace",
        ))
    }

    /// Asks for membership of a publisher; with `owner`, for ownership.
    ///
    /// # Errors
    /// 403 without it, whether or not there is such a publisher.
    pub async fn member(
        &self,
        db: &mut AnyConnection,
        publisher: &FolderName,
        owner: bool,
    ) -> Result<MemberRole, ApiError> {
        let role = publishers::member(db, publisher.as_str(), self.account.as_str()).await?;
        match role {
            Some(role) if role == MemberRole::Owner || !owner => Ok(role),
            _ => Err(refuse(
                StatusCode::FORBIDDEN,
                "publisher.member",
                format!(
                    "your account is no {} of the publisher `{publisher}`",
                    if owner { "owner" } else { "member" }
                ),
                "ask an owner of the publisher, or use another account",
            )),
        }
    }
}

fn unauthorized(code: &str, detail: &str) -> ApiError {
    refuse(
        StatusCode::UNAUTHORIZED,
        code,
        detail,
        "log in again with `guildhall login`, or give a token that is in force",
    )
}

/// SHA-256 of a token: all that is stored of it. A token is 32 random bytes, so that nothing slower is needed.
fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Some(header) = parts.headers.get(header::AUTHORIZATION) else {
            return Err(unauthorized("token.missing", "this needs a token"));
        };
        let token = header
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .filter(|token| token.starts_with(TOKEN_PREFIX) && token.len() < 100)
            .ok_or_else(|| unauthorized("token.invalid", "the header holds no token of here"))?;
        let mut db = app.store.read().await?;
        let found = accounts::token(&mut db, &hash(token)).await?;
        drop(db);
        let Some((token, roles)) = found else {
            return Err(unauthorized("token.invalid", "there is no such token"));
        };
        if token.revoked.is_some() {
            return Err(unauthorized("token.revoked", "the token was revoked"));
        }
        if token.expires <= app.clock.now() {
            return Err(unauthorized("token.expired", "the token has expired"));
        }
        if parts.method != axum::http::Method::GET && parts.method != axum::http::Method::HEAD {
            app.limits.write(token.account.as_str())?;
        }
        Ok(Self {
            account: token.account,
            token: token.id,
            scopes: token.scopes,
            roles,
        })
    }
}

/// Makes a token of an account.
///
/// # Errors
/// A refusal for values that can't be, or the database's error.
pub async fn issue(
    app: &App,
    db: &mut AnyConnection,
    account: &FolderName,
    wanted: &NewToken,
) -> Result<IssuedToken, ApiError> {
    let label = plain(&wanted.label, MAX_LABEL);
    if label.is_empty() {
        return Err(invalid("label", "it is empty"));
    }
    let days = wanted.days.unwrap_or(DEFAULT_TOKEN_DAYS);
    if !(1..=MAX_TOKEN_DAYS).contains(&days) {
        return Err(invalid(
            "days",
            format!("a token lives 1 to {MAX_TOKEN_DAYS} days"),
        ));
    }
    let mut scopes = wanted.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    let secret = random().map_err(|error| ApiError::Fault(error.to_string()))?;
    let text = format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(*secret));
    let now = app.clock.now();
    let token = Token {
        id: uuid::Uuid::now_v7().to_string(),
        account: account.clone(),
        label,
        scopes,
        created: now,
        expires: now.saturating_add(i64::from(days) * DAY_MS),
        revoked: None,
    };
    accounts::insert_token(db, &token, &hash(&text)).await?;
    Ok(IssuedToken {
        token: text,
        info: info(&token),
    })
}

/// What is told of a token.
#[must_use]
pub fn info(token: &Token) -> TokenInfo {
    TokenInfo {
        id: token.id.clone(),
        label: token.label.clone(),
        scopes: token.scopes.clone(),
        created: wire(token.created),
        expires: wire(token.expires),
        revoked: token.revoked.map(wire),
    }
}
