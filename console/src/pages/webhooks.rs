//! Programs elsewhere that are told of events: added, tried, given another secret, and what was told to them.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_web::error::{ApiError, not_found};

use super::answer::{Other, see};
use super::frame::{Frame, Section, page, with_status};
use super::posted::Posted;
use super::visitor::Visitor;
use super::words::{self, When, when};
use crate::app::App;
use crate::hooks::{self, outbox, secret};
use crate::people::Right;
use crate::store::hooks::{Hook, Message, all, get as hook_of, last};

const PATH: &str = "/settings/webhooks";
/// Messages of each hook that the page shows.
const SHOWN: i64 = 10;

#[derive(Template)]
#[template(path = "webhooks.html")]
struct Webhooks {
    frame: Frame,
    hooks: Vec<Shown>,
    /// A secret that was just made, and of which address.
    secret: Option<(String, String)>,
    url: String,
    problem: Option<String>,
}

struct Shown {
    id: String,
    url: String,
    since: When,
    /// In words.
    state: &'static str,
    works: bool,
    on: bool,
    messages: Vec<Told>,
}

struct Told {
    id: String,
    event: String,
    at: When,
    /// What became of it, in one sentence.
    said: String,
    taken: bool,
    run: String,
}

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(list).post(add))
        .route("/settings/webhooks/{id}/secret", post(rotate))
        .route("/settings/webhooks/{id}/test", post(test))
        .route("/settings/webhooks/{id}/on", post(on))
        .route("/settings/webhooks/{id}/off", post(off))
        .route("/settings/webhooks/{id}/remove", post(remove))
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    visitor.person(Right::Own, PATH)?;
    page(&shown(&app, &visitor, None, ("", None)).await?)
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    secret: Option<(String, String)>,
    (url, problem): (&str, Option<String>),
) -> Result<Webhooks, Other> {
    let mut db = app.store.read().await?;
    let mut hooks = Vec::new();
    for hook in all(&mut db).await? {
        let messages = last(&mut db, &hook.id, SHOWN).await?;
        hooks.push(of_hook(hook, &messages));
    }
    Ok(Webhooks {
        frame: Frame::new(app, visitor, "Webhooks", Section::Settings),
        hooks,
        secret,
        url: url.to_owned(),
        problem,
    })
}

fn of_hook(hook: Hook, messages: &[Message]) -> Shown {
    let (state, works) = match (hook.disabled, hook.failing_since) {
        (Some(_), _) => ("switched off", false),
        (None, Some(_)) => ("takes nothing now", false),
        (None, None) if messages.iter().any(|one| one.delivered.is_some()) => ("works", true),
        (None, None) => ("was told nothing yet", true),
    };
    Shown {
        since: when(hook.created),
        state,
        works,
        on: hook.disabled.is_none(),
        messages: messages.iter().map(told).collect(),
        id: hook.id,
        url: hook.url,
    }
}

fn told(message: &Message) -> Told {
    let came = message.said.as_deref().unwrap_or("it was not sent yet");
    let said = match (message.delivered, message.due) {
        (Some(_), _) => words::sentence(came),
        (None, Some(due)) if message.attempts > 0 => format!(
            "{} It is sent again on {}.",
            words::sentence(came),
            when(due).text
        ),
        (None, Some(_)) => "On its way.".to_owned(),
        (None, None) => format!("{} It is not sent again.", words::sentence(came)),
    };
    Told {
        id: message.id.clone(),
        event: message.event.clone(),
        at: when(message.at),
        said,
        taken: message.delivered.is_some(),
        run: message.run.clone(),
    }
}

/// The secret of a hook with its address, to be shown once.
fn secret_of(app: &App, hook: &Hook) -> Result<(String, String), ApiError> {
    let key = outbox::key(app)?;
    let text = secret::of(&key, &hook.id, hook.generation)
        .map_err(|error| ApiError::Part(Box::new(error)))?;
    Ok((hook.url.clone(), text.to_string()))
}

async fn add(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    visitor.person(Right::Own, PATH)?;
    let url = fields.text("url");
    match hooks::add(&app, url).await {
        Ok(hook) => {
            let secret = secret_of(&app, &hook)?;
            page(&shown(&app, &visitor, Some(secret), ("", None)).await?)
        }
        Err(error) => {
            let problem = error.problem();
            if !matches!(problem.status, 409 | 422) {
                return Err(error.into());
            }
            let told = Some(words::problem(&problem));
            let template = shown(&app, &visitor, None, (url, told)).await?;
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            with_status(status, &template)
        }
    }
}

async fn rotate(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    visitor.person(Right::Own, PATH)?;
    let hook = hooks::rotate(&app, &id).await?;
    let secret = secret_of(&app, &hook)?;
    page(&shown(&app, &visitor, Some(secret), ("", None)).await?)
}

async fn test(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    visitor.person(Right::Own, PATH)?;
    hooks::test(&app, &id).await?;
    Ok(see(PATH))
}

async fn on(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    switch(&app, &visitor, &id, true).await
}

async fn off(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    switch(&app, &visitor, &id, false).await
}

async fn switch(app: &App, visitor: &Visitor, id: &str, on: bool) -> Result<Response, Other> {
    visitor.person(Right::Own, PATH)?;
    found(app, id).await?;
    hooks::switch(app, id, on).await?;
    Ok(see(PATH))
}

async fn remove(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    visitor.person(Right::Own, PATH)?;
    found(&app, &id).await?;
    hooks::remove(&app, &id).await?;
    Ok(see(PATH))
}

async fn found(app: &App, id: &str) -> Result<Hook, Other> {
    let mut db = app.store.read().await?;
    let hook = hook_of(&mut db, id).await?;
    hook.ok_or_else(|| not_found("webhook").into())
}
