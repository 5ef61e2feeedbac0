//! Undoing a run: first what would be tried with each thing it did, then what came of it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_host::{EffectReport, EffectState, Tenant, UndoLine};
use guildhall_package::text::plain;
use guildhall_web::error::not_found;

use super::found;
use super::words::{counted, title, undo_plan};
use crate::app::App;
use crate::pages::answer::Other;
use crate::pages::frame::{Frame, Section, page};
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::pages::words::sentence;
use crate::people::Right;

#[derive(Template)]
#[template(path = "runs/undo.html")]
struct Undo {
    frame: Frame,
    id: String,
    title: String,
    lines: Vec<Line>,
    /// Whether any of it may be taken back.
    can: bool,
    /// Whether it was tried.
    tried: bool,
}

struct Line {
    what: String,
    detail: String,
    /// A word and the class of its badge; empty before it is tried.
    word: &'static str,
    badge: &'static str,
}

/// What would be tried.
pub async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Operate, &format!("/runs/{id}/undo"))?;
    let detail = found(app.host.for_person(person), &id).await?;
    let mut can = false;
    let mut lines = Vec::new();
    // The last performed first, as the host does it.
    for report in detail.outcome.effects.iter().rev() {
        let (plan, may) = undo_plan(report);
        can |= may;
        lines.push(Line {
            what: sentence(&plain(&report.summary, 1_000)),
            detail: plan.to_owned(),
            word: "",
            badge: "",
        });
    }
    for sent in &detail.outcome.sent {
        if matches!(sent.method.as_str(), "GET" | "HEAD") {
            continue;
        }
        let what = format!(
            "{} {} to {}",
            counted(sent.requests, "request", "requests"),
            plain(&sent.method, 16),
            plain(&sent.host, 253)
        );
        lines.push(Line {
            what: sentence(&what),
            detail: "It can't be taken back: it went out while the skill was at work.".to_owned(),
            word: "",
            badge: "",
        });
    }
    page(&Undo {
        frame: Frame::new(&app, &visitor, "Undo", Section::Runs),
        title: title(&detail.summary.operation),
        id,
        lines,
        can,
        tried: false,
    })
}

/// What came of one: nobody knows what to undo of an effect that may not have been done.
fn came_of(line: &UndoLine, before: &[EffectReport]) -> String {
    let unknown = before
        .iter()
        .find(|report| report.effect.index == line.effect && report.state == EffectState::Unknown);
    match unknown {
        Some(report) => undo_plan(report).0.to_owned(),
        None => sentence(&plain(&line.detail, 1_000)),
    }
}

/// Tries it. Asked for again, it does nothing twice.
pub async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Operate, &format!("/runs/{id}/undo"))?;
    let host = app.host.for_person(person);
    let detail = found(host, &id).await?;
    let report = host
        .undo(&Tenant::local(), &id)
        .await?
        .ok_or_else(|| Other::Problem(not_found("run")))?;
    tracing::info!(run = id, person = %person.id(), complete = report.is_complete(), "a run was undone");
    app.live.bump();
    let mut lines: Vec<Line> = report
        .effects
        .iter()
        .map(|line| Line {
            what: sentence(&plain(&line.summary, 1_000)),
            detail: came_of(line, &detail.outcome.effects),
            word: if line.undone { "undone" } else { "not undone" },
            badge: if line.undone { "good" } else { "bad" },
        })
        .collect();
    lines.extend(report.sent.iter().map(|sent| Line {
        what: sentence(&plain(sent, 1_000)),
        detail: String::new(),
        word: "not undone",
        badge: "bad",
    }));
    page(&Undo {
        frame: Frame::new(&app, &visitor, "Undo", Section::Runs),
        title: title(&detail.summary.operation),
        id,
        lines,
        can: false,
        tried: true,
    })
}
