//! Tokens of programs that stand in for the person who is signed in: made after signing in again, shown once, taken back.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_web::error::{invalid, not_found};

use super::answer::{Other, see};
use super::frame::{Frame, Section, page, with_status};
use super::posted::Posted;
use super::visitor::Visitor;
use super::words::{self, When, when};
use crate::app::App;
use crate::people::{Right, token};
use crate::store::approver_tokens::{self, TokenRow};

const PATH: &str = "/settings/programs";

#[derive(Template)]
#[template(path = "programs.html")]
struct Programs {
    frame: Frame,
    tokens: Vec<Shown>,
    /// A token that was just made.
    made: Option<String>,
    label: String,
    problem: Option<String>,
    fresh: bool,
    most_days: u32,
    longest: usize,
}

struct Shown {
    id: String,
    label: String,
    since: When,
    until: When,
    /// None: it is in force.
    over: Option<&'static str>,
}

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(list).post(add))
        .route("/settings/programs/{id}/revoke", post(revoke))
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    page(&shown(&app, &visitor, None, ("", None)).await?)
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    made: Option<String>,
    (label, problem): (&str, Option<String>),
) -> Result<Programs, Other> {
    let person = visitor.person(Right::Approve, PATH)?;
    let now = app.clock.now();
    let fresh = visitor
        .session()
        .is_some_and(|session| session.is_fresh(now));
    let mut db = app.store.read().await?;
    let tokens = approver_tokens::of_person(&mut db, person.id()).await?;
    Ok(Programs {
        frame: Frame::new(app, visitor, "Programs", Section::Settings),
        tokens: tokens.into_iter().map(|row| of_row(row, now)).collect(),
        made,
        label: label.to_owned(),
        problem,
        fresh,
        most_days: token::MAX_DAYS,
        longest: token::MAX_LABEL,
    })
}

fn of_row(row: TokenRow, now: i64) -> Shown {
    let over = match row.revoked {
        Some(_) => Some("taken back"),
        None if row.expires <= now => Some("expired"),
        None => None,
    };
    Shown {
        since: when(row.created),
        until: when(row.expires),
        over,
        id: row.id,
        label: row.label,
    }
}

async fn add(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    visitor.person(Right::Approve, PATH)?;
    let Some(session) = visitor.session() else {
        return Err(not_found("session").into());
    };
    let label = fields.text("label");
    let issued = match fields.text("days").parse() {
        Ok(days) => token::issue(&app, session, label, days).await,
        Err(_) => Err(invalid("days", "give a number of days")),
    };
    match issued {
        Ok(made) => page(&shown(&app, &visitor, Some(made), ("", None)).await?),
        Err(error) => {
            let problem = error.problem();
            if !matches!(problem.status, 403 | 422) {
                return Err(error.into());
            }
            let told = Some(words::problem(&problem));
            let template = shown(&app, &visitor, None, (label, told)).await?;
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::FORBIDDEN);
            with_status(status, &template)
        }
    }
}

async fn revoke(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Approve, PATH)?;
    let mut tx = app.store.write().await?;
    let ended = approver_tokens::revoke(tx.connection(), person.id(), &id, app.clock.now()).await?;
    tx.commit().await?;
    app.live.look_who_listens();
    if !ended {
        return Err(not_found("token").into());
    }
    Ok(see(PATH))
}
