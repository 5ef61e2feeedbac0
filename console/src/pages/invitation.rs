//! The link of somebody who was invited: a password is set with it, once.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use guildhall_package::market::limits::MIN_PASSWORD;
use guildhall_web::extract::Client;
use guildhall_web::fields::Query;
use guildhall_web::limits::network;

use super::answer::{Other, signed_in};
use super::frame::{Frame, Section, for_stranger};
use super::posted::Posted;
use super::visitor::Visitor;
use super::words;
use crate::app::App;
use crate::people::{Role, changes};

#[derive(Template)]
#[template(path = "invitation.html")]
struct Invitation {
    frame: Frame,
    key: String,
    name: String,
    role: Role,
    /// The person had a password before.
    again: bool,
    least: usize,
    problem: Option<String>,
}

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new().route("/invitation", get(form).post(join))
}

async fn form(
    State(app): State<App>,
    visitor: Visitor,
    Client(client): Client,
    Query(fields): Query,
) -> Result<Response, Other> {
    app.limits.login.check(&network(client))?;
    shown(&app, visitor, fields.text("key"), None).await
}

async fn shown(
    app: &App,
    visitor: Visitor,
    key: &str,
    problem: Option<String>,
) -> Result<Response, Other> {
    let (_, row) = changes::invited(app, key).await?;
    let visitor = visitor.for_form()?;
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let template = Invitation {
        frame: Frame::new(app, &visitor, "Set your password", Section::None),
        key: key.to_owned(),
        name: row.name,
        role: row.role,
        again: row.password.is_some(),
        least: MIN_PASSWORD,
        problem,
    };
    for_stranger(app, &visitor, status, &template)
}

async fn join(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    app.limits.login.check(&network(client))?;
    let key = fields.text("key");
    let password = fields.text("password").to_owned();
    match changes::join(&app, key, password, visitor.secret()).await {
        Ok(secret) => Ok(signed_in(&app, &secret, "/")),
        Err(error) if error.problem().status == StatusCode::UNPROCESSABLE_ENTITY => {
            let problem = words::problem(&error.problem());
            shown(&app, visitor, key, Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}
