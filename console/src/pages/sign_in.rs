//! Signing in and out. Each sign-in begins a new session with a new cookie: one that was there before, whoever put it there,
//! is never a session afterwards.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_package::market::Problem;
use guildhall_web::extract::Client;
use guildhall_web::fields::{Query, local};

use super::answer::{Other, see, signed_in};
use super::frame::{Frame, Section, for_stranger};
use super::posted::Posted;
use super::visitor::Visitor;
use super::words;
use crate::app::App;
use crate::people::login::authenticate;
use crate::people::{MAX_NAME, Right, first, session};
use crate::store::sessions;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    next: String,
    name: String,
    problem: Option<String>,
    /// Nobody can sign in yet.
    is_new: bool,
}

/// Where one goes on to if nothing else was asked for.
const FIRST: &str = "/";

/// Routes for people who are not signed in.
pub fn routes() -> Router<App> {
    Router::new().route("/sign-in", get(form).post(sign_in))
}

/// Routes for people who are.
pub fn signed_in_routes() -> Router<App> {
    Router::new()
        .route("/sign-out", post(out))
        .route("/sign-out/everywhere", post(out_everywhere))
}

async fn form(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    let next = local(fields.text("next")).unwrap_or(FIRST).to_owned();
    if visitor.session().is_some() {
        return Err(Other::At(next));
    }
    shown(&app, visitor, (next, ""), None).await
}

async fn shown(
    app: &App,
    visitor: Visitor,
    (next, name): (String, &str),
    problem: Option<&Problem>,
) -> Result<Response, Other> {
    let visitor = visitor.for_form()?;
    let template = SignIn {
        frame: Frame::new(app, &visitor, "Sign in", Section::None),
        next,
        name: name.chars().take(MAX_NAME).collect(),
        problem: problem.map(words::problem),
        is_new: !first::has_owner(app).await?,
    };
    let status = problem.map_or(StatusCode::OK, |problem| {
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST)
    });
    let mut response = for_stranger(app, &visitor, status, &template)?;
    if let Some(seconds) = problem.and_then(|problem| problem.retry_after) {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

async fn sign_in(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let next = local(fields.text("next")).unwrap_or(FIRST).to_owned();
    let name = fields.text("name");
    let password = fields.text("password").to_owned();
    let (row, mut tx) = match authenticate(&app, client, name, password).await {
        Ok(proved) => proved,
        Err(error) => {
            let problem = error.problem();
            if problem.status >= 500 {
                return Err(error.into());
            }
            return shown(&app, visitor, (next, name), Some(&problem)).await;
        }
    };
    let secret = session::begin(&app, tx.connection(), &row.id, visitor.secret()).await?;
    tx.commit().await?;
    tracing::info!(person = %row.id, "signed in");
    Ok(signed_in(&app, &secret, &next))
}

async fn out(State(app): State<App>, Posted { visitor, .. }: Posted) -> Result<Response, Other> {
    let mut response = see("/sign-in");
    if let Some(secret) = visitor.secret() {
        let mut tx = app.store.write().await?;
        sessions::delete(tx.connection(), &secret.hash()).await?;
        tx.commit().await?;
        app.live.look_who_listens();
        let cookie = app.cookie.set(secret, 0);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn out_everywhere(
    State(app): State<App>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, "/settings/account")?;
    let mut tx = app.store.write().await?;
    sessions::delete_all(tx.connection(), person.id()).await?;
    tx.commit().await?;
    app.live.look_who_listens();
    let mut response = see("/sign-in");
    if let Some(secret) = visitor.secret() {
        let cookie = app.cookie.set(secret, 0);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
