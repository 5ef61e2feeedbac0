//! Runs: an agent sees its own, a person all. What is not theirs is not there.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use guildhall_host::{Outcome, RunQuery, RunStatus, Tenant};
use guildhall_package::market::Page;
use guildhall_web::error::{ApiError, not_found, refuse};
use guildhall_web::extract::{Asked, At};

use super::caller::Caller;
use super::wire::{EffectLine, ListQuery, RefusalLine, Run, RunItem};
use super::{json, of_host};
use crate::agents::{Agent, Scope, is_over};
use crate::app::App;
use crate::people::Right;
use crate::store::requests;

/// Media type of a receipt.
const DSSE: &str = "application/vnd.dsse.envelope.v1+json";
/// How often a run of another process is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How long the end of a cancelled run is waited for.
const STOPS: Duration = Duration::from_secs(5);
/// Items of a page if none are asked for, and at most.
const ITEMS: u32 = 50;
const MOST: u32 = 100;

/// A run as it stands, if it is there for who asks.
///
/// # Errors
/// The database's or the host's.
pub(super) async fn look(app: &App, caller: &Caller, run: &str) -> Result<Option<Run>, ApiError> {
    if !is_identifier(run) {
        return Ok(None);
    }
    let found = match caller {
        Caller::Agent(agent) => of_agent(app, agent, run).await?,
        Caller::Person(stand) => {
            if !stand.person.may(Right::View) {
                return Ok(None);
            }
            let host = app.host.for_person(&stand.person);
            let detail = host.run(&Tenant::local(), run).await;
            detail.map_err(|error| of_host(&error))?.map(|detail| {
                let summary = detail.summary;
                told(
                    app,
                    detail.outcome,
                    (summary.skill.name, summary.operation, summary.created_at_ms),
                )
            })
        }
    };
    if found.is_some() {
        return Ok(found);
    }
    // It is about to begin.
    let job = app.work.find(run).filter(|job| match caller {
        Caller::Agent(_) => job.asker == caller.asker(),
        Caller::Person(_) => true,
    });
    Ok(job.map(|job| Run {
        run: run.to_owned(),
        skill: Some(job.skill.clone()),
        operation: job.operation.clone(),
        status: RunStatus::Running,
        ended: false,
        output: None,
        failure: None,
        effects: Vec::new(),
        refusals: Vec::new(),
        created_at_ms: job.created_at_ms,
        expires_at_ms: None,
        approve_at: None,
    }))
}

async fn of_agent(app: &App, agent: &Agent, run: &str) -> Result<Option<Run>, ApiError> {
    let own = {
        let mut db = app.store.read().await?;
        requests::is_of(&mut db, &agent.id, run).await?
    };
    if !own {
        return Ok(None);
    }
    let handle = app.agents.handle(agent, run);
    let found = app.agents.own(agent, &handle).await;
    Ok(found.map_err(|error| of_host(&error))?.ok().map(|own| {
        told(
            app,
            own.outcome,
            (own.skill, own.operation, own.created_at_ms),
        )
    }))
}

/// Identifiers are UUIDs; nothing else is looked up.
pub(super) fn is_identifier(run: &str) -> bool {
    run.len() == 36
        && run
            .bytes()
            .all(|byte| byte == b'-' || matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn told(
    app: &App,
    outcome: Outcome,
    (skill, operation, created_at_ms): (Option<String>, String, i64),
) -> Run {
    let waits = outcome.status == RunStatus::AwaitingApproval;
    Run {
        skill,
        operation,
        created_at_ms,
        status: outcome.status,
        ended: is_over(outcome.status),
        output: outcome.output,
        failure: outcome
            .failure
            .and_then(|failure| serde_json::to_value(failure).ok()),
        effects: outcome
            .effects
            .into_iter()
            .map(|report| EffectLine {
                summary: report.summary,
                state: report.state,
                detail: report.detail,
            })
            .collect(),
        refusals: outcome
            .refusals
            .into_iter()
            .map(RefusalLine::from)
            .collect(),
        expires_at_ms: outcome.expires_at_ms.filter(|_| waits),
        approve_at: waits.then(|| app.link(&format!("/approvals/{}", outcome.invocation))),
        run: outcome.invocation,
    }
}

/// Waits until a run that this process is not at work on has ended or waits for a person, so long at most.
///
/// # Errors
/// As [`look`].
pub(super) async fn settle(
    app: &App,
    caller: &Caller,
    run: &str,
    at_most: Duration,
) -> Result<(), ApiError> {
    let deadline = tokio::time::Instant::now() + at_most;
    loop {
        let at_work = look(app, caller, run)
            .await?
            .is_some_and(|run| !run.ended && run.status != RunStatus::AwaitingApproval);
        if !at_work || tokio::time::Instant::now() + LOOK > deadline {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Runs, newest first: an agent's own, or all.
#[utoipa::path(get, path = "/api/v1/runs", tag = "runs", params(ListQuery), responses((status = 200, body = Page<RunItem>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<ListQuery>,
) -> Result<Response, ApiError> {
    caller.is_for(Scope::ReadRuns)?;
    let limit = limit(query.limit)?;
    let before = match query.cursor.as_deref() {
        Some(cursor) if !is_identifier(cursor) => return Err(no_cursor()),
        before => before,
    };
    let page = match &caller {
        Caller::Agent(agent) => list_of_agent(&app, agent, before, limit).await?,
        Caller::Person(_) => {
            let person = caller.person(Right::View)?;
            let host = app.host.for_person(person);
            let query = RunQuery {
                before: before.map(str::to_owned),
                limit: u32::try_from(limit).unwrap_or(MOST),
                ..RunQuery::default()
            };
            let found = host.search_runs(&Tenant::local(), &query).await;
            let found = found.map_err(|error| of_host(&error))?;
            let items = found.runs.into_iter().map(|run| RunItem {
                run: run.invocation,
                skill: run.skill.name,
                operation: run.operation,
                status: run.status,
                created_at_ms: run.created_at_ms,
            });
            Page {
                items: items.collect(),
                next: found.next,
            }
        }
    };
    json(StatusCode::OK, &page)
}

async fn list_of_agent(
    app: &App,
    agent: &Agent,
    before: Option<&str>,
    limit: usize,
) -> Result<Page<RunItem>, ApiError> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let runs = {
        let mut db = app.store.read().await?;
        requests::runs_of(&mut db, &agent.id, before, most).await?
    };
    let page = paged(runs, limit, Clone::clone);
    let mut items = Vec::with_capacity(page.items.len());
    for run in &page.items {
        // One that never began, or was removed, is left out.
        if let Some(run) = of_agent(app, agent, run).await? {
            items.push(RunItem {
                run: run.run,
                skill: run.skill,
                operation: run.operation,
                status: run.status,
                created_at_ms: run.created_at_ms,
            });
        }
    }
    Ok(Page {
        items,
        next: page.next,
    })
}

/// A page of what was read with more than fits, so that it is known whether more comes.
pub(super) fn paged<T>(mut items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Page<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor);
    Page { items, next }
}

/// How many items are wanted.
pub(super) fn limit(asked: Option<u32>) -> Result<usize, ApiError> {
    let limit = asked.unwrap_or(ITEMS);
    if !(1..=MOST).contains(&limit) {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "request.query",
            format!("`limit` is 1 to {MOST}"),
            "ask for fewer, and for the next page after that",
        ));
    }
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

pub(super) fn no_cursor() -> ApiError {
    refuse(
        StatusCode::BAD_REQUEST,
        "request.query",
        "`cursor` is none of this list",
        "give `next` of the page before as it is",
    )
}

/// A run, as it stands.
#[utoipa::path(get, path = "/api/v1/runs/{run}", tag = "runs", responses((status = 200, body = Run)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    At(run): At<String>,
) -> Result<Response, ApiError> {
    caller.is_for(Scope::ReadRuns)?;
    let found = look(&app, &caller, &run).await?;
    json(StatusCode::OK, &found.ok_or_else(|| not_found("run"))?)
}

/// What an answer about a run tells whoever may only run: that it is there, and where it stands.
fn seen_by(caller: &Caller, run: Run) -> Run {
    if caller.is_for(Scope::ReadRuns).is_ok() {
        return run;
    }
    Run {
        output: None,
        failure: None,
        effects: Vec::new(),
        refusals: Vec::new(),
        ..run
    }
}

/// Ends a run that is at work. An agent takes back what its own run proposes, while it waits. One that has ended stays as it is.
#[utoipa::path(post, path = "/api/v1/runs/{run}/cancel", tag = "runs", responses((status = 200, body = Run)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    At(run): At<String>,
) -> Result<Response, ApiError> {
    caller.is_for(Scope::CallTools)?;
    if let Caller::Person(_) = &caller {
        caller.person(Right::Operate)?;
    }
    let found = look(&app, &caller, &run)
        .await?
        .ok_or_else(|| not_found("run"))?;
    match (&found.status, &caller) {
        (RunStatus::Running, _) => {}
        // What an agent proposed it may take back: that can only reject.
        (RunStatus::AwaitingApproval, Caller::Agent(agent)) => {
            let handle = app.agents.handle(agent, &run);
            let gone = app.agents.withdraw(agent, &handle).await;
            let gone = gone.map_err(|error| ApiError::Part(error.to_string().into()))?;
            gone.map_err(|_| not_found("run"))?;
            app.live.bump();
            let now = look(&app, &caller, &run).await?;
            return json(StatusCode::OK, &seen_by(&caller, now.unwrap_or(found)));
        }
        (RunStatus::AwaitingApproval | RunStatus::Committing, _) => {
            return Err(refuse(
                StatusCode::CONFLICT,
                "run.not-running",
                "the run is not at work any more: what it wants to do is decided by a person",
                "reject it, while it waits",
            ));
        }
        _ => return json(StatusCode::OK, &seen_by(&caller, found)),
    }
    if let Some(job) = app.work.find(&run) {
        job.stop();
        // Its end is told if it comes soon.
        let _ = job.wait(STOPS).await;
    } else {
        // Another process is at work on it, or another door of this one.
        stop(&app, &caller, &run).await?;
        settle(&app, &caller, &run, STOPS).await?;
    }
    let ended = look(&app, &caller, &run).await?;
    json(StatusCode::OK, &seen_by(&caller, ended.unwrap_or(found)))
}

async fn stop(app: &App, caller: &Caller, run: &str) -> Result<(), ApiError> {
    let asked = match caller {
        Caller::Agent(agent) => {
            let handle = app.agents.handle(agent, run);
            app.agents.stop(agent, &handle).await.map(drop)
        }
        Caller::Person(stand) => {
            let host = app.host.for_person(&stand.person);
            host.stop(&Tenant::local(), run).await.map(drop)
        }
    };
    asked.map_err(|error| of_host(&error))
}

/// The signed receipt of a run, as a DSSE envelope.
#[utoipa::path(get, path = "/api/v1/runs/{run}/receipt", tag = "runs",
    responses((status = 200, body = Object, content_type = "application/vnd.dsse.envelope.v1+json")))]
pub async fn receipt(
    State(app): State<App>,
    caller: Caller,
    At(run): At<String>,
) -> Result<Response, ApiError> {
    caller.is_for(Scope::ReadRuns)?;
    look(&app, &caller, &run)
        .await?
        .ok_or_else(|| not_found("run"))?;
    let receipt = match &caller {
        Caller::Agent(agent) => {
            let handle = app.agents.handle(agent, &run);
            let found = app.agents.receipt(agent, &handle).await;
            found.map_err(|error| of_host(&error))?.ok().flatten()
        }
        Caller::Person(stand) => {
            let host = app.host.for_person(&stand.person);
            let found = host.receipt(&Tenant::local(), &run).await;
            found.map_err(|error| of_host(&error))?
        }
    };
    let Some(receipt) = receipt else {
        return Err(refuse(
            StatusCode::CONFLICT,
            "run.no-receipt",
            "the run is at work, and has no receipt yet",
            "ask again when it has ended",
        ));
    };
    Ok(envelope(receipt))
}

/// A signed document as an answer.
pub(super) fn envelope(bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(DSSE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
