//! For reviewers: releases that are held, and what was reported.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_package::market::account::{Role, Scope};
use guildhall_package::market::{Problem, PublishState};

use super::answer::{Other, see, signed_in};
use super::frame::{Frame, page};
use super::post::Posted;
use super::report::KINDS;
use super::stage::Stage;
use super::touch::Touch;
use super::versions::Change;
use super::visitor::{Session, Visitor};
use super::words::{self, Day};
use crate::api::extract::At;
use crate::api::reason;
use crate::app::App;
use crate::clock::wire;
use crate::error::{ApiError, not_found, refuse};
use crate::review::settle::{baseline, decide};
use crate::store::publishes::Publish;
use crate::store::reports::{self, Report};
use crate::store::{publishers, publishes};

/// Held releases and reports on the page: who has more begins with the oldest.
const SHOWN: i64 = 100;

#[derive(Template)]
#[template(path = "review.html")]
struct Queue {
    frame: Frame,
    held: Vec<Stage>,
    reports: Vec<Told>,
    problem: Option<String>,
}

/// A report, as the page shows it.
struct Told {
    id: String,
    path: String,
    name: String,
    version: Option<String>,
    kind: &'static str,
    text: String,
    contact: String,
    account: Option<String>,
    at: Day,
    /// What was written to close it, if it could not be closed.
    written: Option<String>,
}

#[derive(Template)]
#[template(path = "review_one.html")]
struct One {
    frame: Frame,
    stage: Stage,
    is_held: bool,
    is_own: bool,
    before: Option<String>,
    change: Change,
    touches: Vec<Touch>,
    cannot: Vec<String>,
    description: String,
    release: String,
    written: String,
    problem: Option<String>,
}

/// Who is signed in, if that person reviews.
fn reviewer<'a>(visitor: &'a Visitor, path: &str) -> Result<&'a Session, Other> {
    let session = signed_in(visitor, path)?;
    session.caller(Scope::Review).role(Role::Reviewer)?;
    Ok(session)
}

/// What waits.
pub async fn get(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    reviewer(&visitor, "/review")?;
    queue(&app, &visitor, None).await
}

/// The page of what waits; with the report that could not be closed, what was written to close it, and why not.
async fn queue(
    app: &App,
    visitor: &Visitor,
    refused: Option<(&str, &str, &ApiError)>,
) -> Result<Response, Other> {
    let mut db = app.store.read().await?;
    let held = publishes::in_state(&mut db, PublishState::Held, "", SHOWN).await?;
    let reports = reports::open(&mut db, "", SHOWN).await?;
    drop(db);
    let mut reports: Vec<Told> = reports.into_iter().map(told).collect();
    let problem = refused.map(|(.., error)| error.problem());
    if let Some((id, written, _)) = refused
        && let Some(report) = reports.iter_mut().find(|report| report.id == id)
    {
        report.written = Some(as_written(written));
    }
    let template = Queue {
        frame: Frame::new(app, visitor, "Review"),
        held: held.iter().map(Stage::of).collect(),
        reports,
        problem: problem.as_ref().map(words::problem),
    };
    Ok(page(app, visitor, status(problem.as_ref()), &template)?)
}

/// The status of a page on which a problem stands.
fn status(problem: Option<&Problem>) -> StatusCode {
    problem
        .and_then(|problem| StatusCode::from_u16(problem.status).ok())
        .unwrap_or(StatusCode::OK)
}

/// What was written, as much of it as is shown again.
fn as_written(text: &str) -> String {
    text.chars().take(1_000).collect()
}

fn told(report: Report) -> Told {
    let kind = KINDS
        .iter()
        .find(|(kind, _)| *kind == report.kind)
        .map_or("Something else", |(_, words)| *words);
    Told {
        path: format!("/skills/{}", report.name),
        name: report.name.to_string(),
        at: words::moment(wire(report.at)),
        id: report.id,
        version: report.version,
        kind,
        text: report.text,
        contact: report.contact,
        account: report.account,
        written: None,
    }
}

/// A held release.
pub async fn one(
    State(app): State<App>,
    visitor: Visitor,
    At(id): At<String>,
) -> Result<Response, Other> {
    let path = format!("/review/{id}");
    let session = reviewer(&visitor, &path)?;
    let publish = find(&app, &id).await?;
    show(&app, (&visitor, session), &publish, ("", None)).await
}

async fn find(app: &App, id: &str) -> Result<Publish, Other> {
    let mut db = app.store.read().await?;
    let found = publishes::get(&mut db, id).await?;
    Ok(found.ok_or_else(|| not_found("release that is held"))?)
}

async fn show(
    app: &App,
    (visitor, session): (&Visitor, &Session),
    publish: &Publish,
    (written, problem): (&str, Option<&ApiError>),
) -> Result<Response, Other> {
    let before = baseline(app, publish).await?;
    let member = {
        let mut db = app.store.read().await?;
        let publisher = publish.name.publisher.as_str();
        publishers::member(&mut db, publisher, session.account.as_str()).await?
    };
    let facts = &publish.facts;
    let problem = problem.map(ApiError::problem);
    let status = status(problem.as_ref());
    let template = One {
        frame: Frame::new(
            app,
            visitor,
            format!("{} {}", publish.name, publish.version),
        ),
        stage: Stage::of(publish),
        is_held: publish.state == PublishState::Held,
        is_own: member.is_some(),
        change: Change::of(
            &facts.authority,
            before.as_ref().map(|before| &before.facts.authority),
        ),
        before: before.map(|before| before.version.to_string()),
        touches: facts.uses.iter().map(Touch::of).collect(),
        cannot: facts.cannot.clone(),
        description: facts.description.clone(),
        release: publish.release.to_string(),
        written: as_written(written),
        problem: problem.as_ref().map(words::problem),
    };
    Ok(page(app, visitor, status, &template)?)
}

/// Decides.
pub async fn decided(
    State(app): State<App>,
    At(id): At<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let path = format!("/review/{id}");
    let session = reviewer(&visitor, &path)?;
    app.limits.write(session.account.as_str())?;
    let publish = find(&app, &id).await?;
    let written = fields.text("reason");
    let done = async {
        let pass = match fields.text("decision") {
            "pass" => true,
            "reject" => false,
            _ => {
                return Err(refuse(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "review.choice",
                    "it was not said what becomes of it",
                    "choose one of the two",
                ));
            }
        };
        let reason = reason(written)?;
        let caller = session.caller(Scope::Review);
        decide(&app, &caller, &publish, pass, &reason).await
    };
    match done.await {
        Ok(state) => {
            tracing::info!(publish = id, state = state.as_str(), by = %session.account, "decided in a browser");
            Ok(see("/review"))
        }
        Err(error) if error.problem().status < 500 => {
            show(&app, (&visitor, session), &publish, (written, Some(&error))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Closes a report with what came of it.
pub async fn closed(
    State(app): State<App>,
    At(id): At<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let session = reviewer(&visitor, "/review")?;
    let account = session.account.as_str();
    app.limits.write(account)?;
    let written = fields.text("reason");
    match close(&app, &id, account, written).await {
        Ok(()) => {
            tracing::info!(report = id, by = account, "report closed");
            Ok(see("/review"))
        }
        Err(error) if error.problem().status < 500 => {
            queue(&app, &visitor, Some((&id, written, &error))).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn close(app: &App, id: &str, account: &str, written: &str) -> Result<(), ApiError> {
    let outcome = reason(written)?;
    let mut tx = app.store.write().await?;
    let report = reports::get(tx.connection(), id)
        .await?
        .ok_or_else(|| not_found("open report"))?;
    let publisher = report.name.publisher.as_str();
    if publishers::member(tx.connection(), publisher, account)
        .await?
        .is_some()
    {
        return Err(refuse(
            StatusCode::FORBIDDEN,
            "review.own",
            "you are a member of the publisher that was reported",
            "leave it to another reviewer",
        ));
    }
    let by = (account, outcome.as_str());
    if !reports::close(tx.connection(), id, by, app.clock.now()).await? {
        return Err(not_found("open report"));
    }
    tx.commit().await?;
    Ok(())
}
