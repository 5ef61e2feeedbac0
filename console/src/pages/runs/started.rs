//! A run that was just started and is not in the journal yet: a page that waits for it, or says why it did not begin.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_host::Tenant;
use guildhall_package::text::plain;
use guildhall_web::error::not_found;

use super::words::title;
use crate::app::App;
use crate::pages::answer::{Other, see};
use crate::pages::frame::{Frame, Section, page};
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::people::Right;
use crate::started::{Start, State as Begun, Step};

#[derive(Template)]
#[template(path = "runs/started.html")]
struct Started {
    frame: Frame,
    id: String,
    title: String,
    skill: String,
    /// Why it did not begin.
    problem: Option<String>,
    steps: Vec<Step>,
}

/// The page.
pub(super) fn shown(
    app: &App,
    visitor: &Visitor,
    id: &str,
    start: &Start,
) -> Result<Response, Other> {
    let problem = match start.state() {
        Begun::Failed(problem) => Some(problem),
        Begun::Running | Begun::Recorded { .. } => None,
    };
    page(&Started {
        frame: Frame::new(app, visitor, title(&start.operation), Section::Runs),
        id: id.to_owned(),
        title: title(&start.operation),
        skill: start.skill.clone(),
        steps: start.steps.last().1,
        problem,
    })
}

/// Stops a run that is at work, wherever it was started. What was approved already is finished.
pub async fn stop(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Operate, &format!("/runs/{id}"))?;
    let host = app.host.for_person(person);
    let stopped = match app.started.get(&id) {
        Some(start) => {
            start.cancel.cancel();
            true
        }
        None => host.stop(&Tenant::local(), &id).await?,
    };
    if !stopped && host.run(&Tenant::local(), &id).await?.is_none() {
        return Err(Other::Problem(not_found("run")));
    }
    // One that has ended meanwhile shows how.
    tracing::info!(run = %plain(&id, 40), person = %person.id(), "a run was stopped");
    Ok(see(&format!("/runs/{id}")))
}
