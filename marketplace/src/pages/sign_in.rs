//! Signing in and out. Each sign-in begins a new session with a new cookie: one that was there before, whoever put it there,
//! is never a session afterwards.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use guildhall_package::FolderName;
use guildhall_package::market::Problem;
use guildhall_web::cookie::Secret;

use super::answer::{Other, see};
use super::frame::{Frame, page};
use super::post::{Posted, Query, local};
use super::visitor::{SESSION_MS, Visitor};
use super::words;
use crate::api::extract::Client;
use crate::app::App;
use crate::error::{ApiError, refuse};
use crate::people::login::authenticate;
use crate::store::sessions;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    next: String,
    account: String,
    problem: Option<String>,
}

/// Where one goes on to if nothing else was asked for.
const FIRST: &str = "/dashboard";

/// The form.
pub async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    let next = local(fields.text("next")).unwrap_or(FIRST).to_owned();
    if visitor.session().is_some() {
        return Err(Other::At(next));
    }
    let visitor = visitor.for_form()?;
    Ok(form(&app, &visitor, (next, ""), None)?)
}

fn form(
    app: &App,
    visitor: &Visitor,
    (next, account): (String, &str),
    problem: Option<&Problem>,
) -> Result<Response, ApiError> {
    let template = SignIn {
        frame: Frame::new(app, visitor, "Sign in"),
        next,
        account: account.chars().take(64).collect(),
        problem: problem.map(words::problem),
    };
    let status = problem.map_or(StatusCode::OK, |problem| {
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST)
    });
    let mut response = page(app, visitor, status, &template)?;
    if let Some(seconds) = problem.and_then(|problem| problem.retry_after) {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// Signs in.
pub async fn post(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let next = local(fields.text("next")).unwrap_or(FIRST).to_owned();
    let account = fields.text("account");
    let password = fields.text("password").to_owned();
    let proved = match account.parse::<FolderName>() {
        Ok(name) => authenticate(&app, client, &name, password).await,
        // What can be no name is treated as one that nobody has.
        Err(_) => app.limits.login(client).and(Err(refuse(
            StatusCode::UNAUTHORIZED,
            "login.wrong",
            "the account name or the password is wrong",
            "check both; after several wrong passwords in a row the account has to wait",
        ))),
    };
    let (account, mut tx) = match proved {
        Ok(proved) => proved,
        Err(error) => {
            let problem = error.problem();
            if problem.status >= 500 {
                return Err(error.into());
            }
            return Ok(form(&app, &visitor, (next, account), Some(&problem))?);
        }
    };
    let secret = Secret::new()?;
    let now = app.clock.now();
    if let Some(old) = visitor.secret() {
        sessions::delete(tx.connection(), &old.hash()).await?;
    }
    let times = (now, now.saturating_add(SESSION_MS));
    sessions::insert(tx.connection(), &secret.hash(), &account.account, times).await?;
    tx.commit().await?;
    tracing::info!(account = %account.account, "signed in with a browser");
    let mut response = see(&next);
    let cookie = app.cookie.set(&secret, SESSION_MS / 1000);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Signs out.
pub async fn out(
    State(app): State<App>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let mut response = see("/");
    if let Some(secret) = visitor.secret() {
        let mut tx = app.store.write().await?;
        sessions::delete(tx.connection(), &secret.hash()).await?;
        tx.commit().await?;
        let cookie = app.cookie.set(secret, 0);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
