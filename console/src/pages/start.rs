//! The first start: the link that `guildhall up` printed makes the owner, and what comes next is shown.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use guildhall_package::market::Problem;
use guildhall_package::market::limits::MIN_PASSWORD;
use guildhall_web::error::ApiError;
use guildhall_web::extract::Client;
use guildhall_web::fields::Query;
use guildhall_web::limits::network;

use super::answer::{Other, signed_in};
use super::frame::{Frame, Section, for_stranger};
use super::posted::Posted;
use super::visitor::Visitor;
use super::words;
use crate::app::App;
use crate::people::{MAX_NAME, NoName, PersonName, first};

/// Where the new owner goes on to.
const NEXT: &str = "/welcome";

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    frame: Frame,
    key: String,
    name: String,
    least: usize,
    problem: Option<String>,
}

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new().route("/start", get(form).post(make))
}

async fn form(
    State(app): State<App>,
    visitor: Visitor,
    Client(client): Client,
    Query(fields): Query,
) -> Result<Response, Other> {
    if first::has_owner(&app).await? {
        // The link is in somebody's history: it leads to the console.
        return Err(Other::At("/".to_owned()));
    }
    app.limits.login.check(&network(client))?;
    let key = fields.text("key");
    first::check(&app, key).await?;
    shown(&app, visitor, (key, ""), None)
}

fn shown(
    app: &App,
    visitor: Visitor,
    (key, name): (&str, &str),
    problem: Option<&Problem>,
) -> Result<Response, Other> {
    let visitor = visitor.for_form()?;
    let template = Start {
        frame: Frame::new(app, &visitor, "Make the owner", Section::None),
        key: key.to_owned(),
        name: name.chars().take(MAX_NAME).collect(),
        least: MIN_PASSWORD,
        problem: problem.map(words::problem),
    };
    let status = problem.map_or(StatusCode::OK, |problem| {
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST)
    });
    for_stranger(app, &visitor, status, &template)
}

async fn make(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    app.limits.login.check(&network(client))?;
    let (key, name) = (fields.text("key"), fields.text("name"));
    let password = fields.text("password").to_owned();
    let made = match name.parse::<PersonName>() {
        Ok(name) => first::make_owner(&app, key, &name, password, visitor.secret()).await,
        Err(error) => Err(no_name(error)),
    };
    match made {
        Ok(secret) => Ok(signed_in(&app, &secret, NEXT)),
        Err(error) if error.problem().status == StatusCode::UNPROCESSABLE_ENTITY => {
            shown(&app, visitor, (key, name), Some(&error.problem()))
        }
        Err(error) => Err(error.into()),
    }
}

/// A name that is none, as a refusal.
pub(super) fn no_name(error: NoName) -> ApiError {
    guildhall_web::error::invalid("name", error)
}
