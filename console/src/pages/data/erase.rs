//! Everything deleted: told what goes and what stays, confirmed by a word and the password or a passkey for just this, and said in
//! a signed statement.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_host::Tenant;
use guildhall_web::error::{ApiError, not_found};
use guildhall_web::extract::Client;

use super::super::answer::{Other, see, shown_again};
use super::super::frame::{Frame, Section, with_status};
use super::super::money::file;
use super::super::money::words::refused;
use super::super::posted::Posted;
use super::super::visitor::Visitor;
use super::super::words;
use crate::app::App;
use crate::erasing::{self, ErasingError};
use crate::people::confirm::{self, Confirmed, Deed};
use crate::people::passkeys::{self, Asked};
use crate::people::{Person, Right};

const PATH: &str = "/settings/data/delete";
/// What has to be typed.
const WORD: &str = "delete everything";

#[derive(Template)]
#[template(path = "data/delete.html")]
struct Ask {
    frame: Frame,
    runs: u64,
    waiting: usize,
    /// Whether this person has a passkey.
    passkeys: bool,
    word: &'static str,
    problem: Option<String>,
}

pub(super) async fn ask(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    shown(&app, &visitor, (StatusCode::OK, None)).await
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    (status, problem): (StatusCode, Option<String>),
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, PATH)?;
    let host = app.host.for_person(person);
    let tenant = Tenant::local();
    let template = Ask {
        frame: Frame::new(app, visitor, "Delete everything", Section::Settings),
        runs: host.stored(&tenant).await?.runs,
        waiting: host.pending(&tenant).await?.len(),
        passkeys: passkeys::has(app, person).await?,
        word: WORD,
        problem,
    };
    with_status(status, &template)
}

pub(super) async fn erase(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, PATH)?;
    if fields.text("word").trim() != WORD {
        let problem = format!("Type the words “{WORD}” to go on.");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return shown(&app, &visitor, (status, Some(problem))).await;
    }
    let Some(session) = visitor.session() else {
        return Err(Other::At("/sign-in".to_owned()));
    };
    let deed = deed(&app, person).await?;
    // However fresh the session is: who finds a browser that is signed in deletes nothing.
    if let Err(error) = Confirmed::by_form(&app, client, session, &fields, deed).await {
        let (status, problem) = shown_again(error)?;
        let told = words::problem(&problem);
        return shown(&app, &visitor, (status, Some(told))).await;
    }
    let host = app.host.for_person(person).clone();
    let by = format!("{} (person {})", person.name(), person.id());
    tracing::info!(person = %person.id(), "deletes everything");
    // Goes on when the browser goes away: half of it would be ended only at the next start.
    let deleting = app.clone();
    let erased = tokio::spawn(async move { erasing::erase(&deleting, &host, &by).await })
        .await
        .map_err(|error| ApiError::Fault(error.to_string()))?;
    app.live.bump();
    match erased {
        Ok(()) => Ok(see("/settings/data?done=deleted")),
        Err(ErasingError::Host(error)) => {
            let told = refused(error)?;
            shown(&app, &visitor, (StatusCode::CONFLICT, Some(told))).await
        }
        Err(error) => Err(ApiError::Part(Box::new(error)).into()),
    }
}

/// A challenge for the passkey of who wants to delete everything.
pub(super) async fn challenge(
    State(app): State<App>,
    Posted { visitor, .. }: Posted,
) -> Result<Json<Asked>, Other> {
    let person = visitor.person(Right::Own, PATH)?;
    let Some(session) = visitor.session() else {
        return Err(Other::At("/sign-in".to_owned()));
    };
    let deed = deed(&app, person).await?;
    Ok(Json(confirm::ask(&app, session, deed).await?))
}

/// The deletion that would be the next one.
async fn deed(app: &App, person: &Person) -> Result<Deed, Other> {
    let host = app.host.for_person(person);
    let before = host.erasures(&Tenant::local()).await?.len();
    Ok(Deed::delete_everything(before))
}

/// The signed statement of a deletion, by its entry in the audit log.
pub(super) async fn statement(
    State(app): State<App>,
    Path(entry): Path<u64>,
    visitor: Visitor,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, super::PATH)?;
    let host = app.host.for_person(person);
    let statements = host.erasures(&Tenant::local()).await?;
    let found = statements.into_iter().find(|(seq, _)| *seq == entry);
    let (_, bytes) = found.ok_or_else(|| not_found("statement"))?;
    let name = format!("deletion-{entry}.json");
    Ok(file(&name, "application/json", bytes))
}
