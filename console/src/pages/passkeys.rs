//! One's own passkeys: looking at them, adding one, removing one, and signing in with one.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_web::error::{ApiError, refuse};
use guildhall_web::extract::Client;
use guildhall_web::fields::{Query, local};
use guildhall_web::limits::network;

use super::answer::{Other, see, shown_again, signed_in};
use super::frame::{Frame, Section, with_status};
use super::posted::Posted;
use super::visitor::Visitor;
use super::words::{self, When, when};
use crate::app::App;
use crate::people::passkeys::{self, Answer, Asked, Purpose};
use crate::people::session::Session;
use crate::people::{Right, login};

const PATH: &str = "/settings/passkeys";

struct Line {
    id: String,
    name: String,
    created: When,
    used: Option<When>,
}

#[derive(Template)]
#[template(path = "passkeys.html")]
struct Passkeys {
    frame: Frame,
    passkeys: Vec<Line>,
    ask_password: bool,
    done: bool,
    problem: Option<String>,
}

/// Routes for people who are signed in.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(list).post(add))
        .route("/settings/passkeys/challenge", post(challenge))
        .route("/settings/passkeys/remove", post(remove))
}

/// Routes for people who are not.
pub fn sign_in_routes() -> Router<App> {
    Router::new()
        .route("/sign-in/passkey", post(sign_in))
        .route("/sign-in/passkey/challenge", post(sign_in_challenge))
}

fn session(visitor: &Visitor) -> Result<&Session, Other> {
    visitor.person(Right::View, PATH)?;
    visitor.session().ok_or_else(|| Other::At(PATH.to_owned()))
}

fn is_fresh(app: &App, session: &Session) -> bool {
    session.is_fresh(app.clock.now())
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    shown(&app, &visitor, fields.get("done").is_some(), None).await
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    done: bool,
    problem: Option<ApiError>,
) -> Result<Response, Other> {
    let session = session(visitor)?;
    let (status, told) = match problem.map(shown_again).transpose()? {
        Some((status, told)) => (status, Some(told)),
        None => (StatusCode::OK, None),
    };
    let rows = passkeys::list(app, session.person()).await?;
    let template = Passkeys {
        frame: Frame::new(app, visitor, "Passkeys", Section::Settings),
        passkeys: rows
            .into_iter()
            .map(|row| Line {
                id: URL_SAFE_NO_PAD.encode(&row.id),
                name: row.name,
                created: when(row.created),
                used: row.used.map(when),
            })
            .collect(),
        ask_password: !is_fresh(app, session),
        done,
        problem: told.as_ref().map(words::problem),
    };
    with_status(status, &template)
}

async fn challenge(
    State(app): State<App>,
    Posted { visitor, .. }: Posted,
) -> Result<Json<Asked>, Other> {
    let session = session(&visitor)?;
    let purpose = Purpose::Register {
        session: *session.hash(),
    };
    Ok(Json(
        passkeys::ask(&app, Some(session.person()), purpose).await?,
    ))
}

async fn add(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let session = session(&visitor)?;
    let person = session.person();
    let added = async {
        // Who finds a browser that is signed in must not get a key that outlasts it.
        if !is_fresh(&app, session) {
            let password = fields.text("password").to_owned();
            login::prove(&app, client, person, password).await?;
        }
        passkeys::register(&app, person, *session.hash(), &fields).await
    };
    match added.await {
        Ok(()) => Ok(see("/settings/passkeys?done=1")),
        Err(error) => shown(&app, &visitor, false, Some(error)).await,
    }
}

async fn remove(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let session = session(&visitor)?;
    if passkeys::remove(&app, session.person(), fields.text("id")).await? {
        return Ok(see(PATH));
    }
    Err(guildhall_web::error::not_found("passkey").into())
}

async fn sign_in_challenge(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, .. }: Posted,
) -> Result<Json<Asked>, Other> {
    app.limits.login.check(&network(client))?;
    let secret = visitor.secret().ok_or_else(no_cookie)?;
    let purpose = Purpose::SignIn {
        cookie: secret.hash(),
    };
    Ok(Json(passkeys::ask(&app, None, purpose).await?))
}

async fn sign_in(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let next = local(fields.text("next")).unwrap_or("/").to_owned();
    let secret = visitor.secret().ok_or_else(no_cookie)?;
    let answer = Answer::of_fields(&fields).ok_or_else(|| {
        refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "passkey.form",
            "no passkey was sent",
            "go back and sign in there",
        )
    })?;
    let secret = passkeys::sign_in(&app, client, secret, &answer).await?;
    Ok(signed_in(&app, &secret, &next))
}

fn no_cookie() -> ApiError {
    refuse(
        StatusCode::FORBIDDEN,
        "form.foreign",
        "the browser sent no cookie of this site",
        "allow cookies of this site and load the page again",
    )
}
