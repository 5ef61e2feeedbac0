//! A run that was just started and is not in the list yet: a page that waits for it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::run::{gone, next};
use crate::app::App;
use crate::pages::answer::{Other, see};
use crate::pages::frame::{Frame, Section, page};
use crate::pages::posted::Posted;
use crate::pages::runs::words::title;
use crate::pages::visitor::Visitor;
use crate::people::Right;
use crate::started::State as Begun;

#[derive(Template)]
#[template(path = "skills/started.html")]
struct Started {
    frame: Frame,
    ticket: String,
    title: String,
    skill: String,
    /// Why no run came of it.
    problem: Option<String>,
}

/// The page, until there is another.
pub async fn get(
    State(app): State<App>,
    Path(ticket): Path<String>,
    visitor: Visitor,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, "/runs")?;
    let start = app.started.get(&ticket).ok_or_else(gone)?;
    let here = format!("/started/{ticket}");
    let to = next(&app, person, &ticket).await?;
    if to != here {
        return Ok(see(&to));
    }
    let problem = match start.state() {
        Begun::Failed(problem) => Some(problem),
        _ => None,
    };
    page(&Started {
        frame: Frame::new(&app, &visitor, title(&start.operation), Section::Runs),
        title: title(&start.operation),
        skill: start.skill,
        ticket,
        problem,
    })
}

/// Stops a run that was started here. What was approved already is finished.
pub async fn stop(
    State(app): State<App>,
    Path(ticket): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Operate, "/runs")?;
    let start = app.started.get(&ticket).ok_or_else(gone)?;
    tracing::info!(person = %person.id(), "a run was stopped");
    start.cancel.cancel();
    Ok(see(&next(&app, person, &ticket).await?))
}
