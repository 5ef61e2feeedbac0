//! Changing what an installed skill is allowed, and taking it away.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::authority::icon;
use super::{found, market};
use crate::app::App;
use crate::consent::asks;
use crate::pages::answer::{Other, see};
use crate::pages::frame::{Frame, Section, page};
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::people::Right;

#[derive(Template)]
#[template(path = "skills/consent.html")]
struct Consent {
    frame: Frame,
    name: String,
    parts: Vec<Part>,
}

struct Part {
    id: String,
    icon: &'static str,
    what: String,
    reason: String,
    optional: bool,
    on: bool,
}

#[derive(Template)]
#[template(path = "skills/gone.html")]
struct Gone {
    frame: Frame,
    name: String,
    /// Whether the whole skill is gone.
    is_removed: bool,
    void: Vec<String>,
    notes: Vec<String>,
}

/// What it is allowed.
pub async fn get(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Other> {
    visitor.person(
        Right::Operate,
        &format!("/skills/{publisher}/{skill}/consent"),
    )?;
    let installed = found(&app, &publisher, &skill).await?;
    page(&Consent {
        frame: Frame::new(&app, &visitor, "What you allow", Section::Skills),
        name: installed.name.to_string(),
        parts: asks(&installed.package)
            .into_iter()
            .map(|ask| Part {
                icon: icon(ask.capability),
                on: !installed.declined.contains(&ask.id),
                id: ask.id,
                what: ask.what,
                reason: ask.reason,
                optional: ask.optional,
            })
            .collect(),
    })
}

/// Changes it: an optional part that is not ticked is declined.
pub async fn post(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(
        Right::Operate,
        &format!("/skills/{publisher}/{skill}/consent"),
    )?;
    let installed = found(&app, &publisher, &skill).await?;
    let declined: Vec<String> = asks(&installed.package)
        .into_iter()
        .filter(|ask| ask.optional && fields.get(&format!("allow:{}", ask.id)).is_none())
        .map(|ask| ask.id)
        .collect();
    let gone = market(&app)?
        .consent(&installed.name, &declined, person)
        .await?;
    tracing::info!(skill = %installed.name, person = %person.id(), "what a skill is allowed was changed");
    app.live.bump();
    if gone.void.is_empty() {
        return Ok(see(&format!("/skills/{}", installed.name)));
    }
    page(&Gone {
        frame: Frame::new(&app, &visitor, "What you allow", Section::Skills),
        name: installed.name.to_string(),
        is_removed: false,
        void: gone.void,
        notes: gone.notes,
    })
}

#[derive(Template)]
#[template(path = "skills/uninstall.html")]
struct Uninstall {
    frame: Frame,
    name: String,
    version: String,
    waiting: usize,
}

/// What taking it away means.
pub async fn ask_uninstall(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Other> {
    let person = visitor.person(
        Right::Operate,
        &format!("/skills/{publisher}/{skill}/uninstall"),
    )?;
    let installed = found(&app, &publisher, &skill).await?;
    let pending = app
        .host
        .for_person(person)
        .pending(&guildhall_host::Tenant::local())
        .await?;
    page(&Uninstall {
        frame: Frame::new(&app, &visitor, "Uninstall", Section::Skills),
        name: installed.name.to_string(),
        version: installed.version.to_string(),
        waiting: pending
            .iter()
            .filter(|waiting| waiting.skill.digest == installed.package.digest)
            .count(),
    })
}

/// Takes it away.
pub async fn uninstall(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(
        Right::Operate,
        &format!("/skills/{publisher}/{skill}/uninstall"),
    )?;
    let installed = found(&app, &publisher, &skill).await?;
    let gone = market(&app)?.uninstall(&installed.name, person).await?;
    tracing::info!(skill = %installed.name, person = %person.id(), "a skill was taken away");
    app.live.bump();
    page(&Gone {
        frame: Frame::new(&app, &visitor, "Uninstalled", Section::Skills),
        name: installed.name.to_string(),
        is_removed: true,
        void: gone.void,
        notes: gone.notes,
    })
}
