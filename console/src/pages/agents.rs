//! Agents that work for the merchant: what each reaches, and the token it comes with.

use std::collections::BTreeSet;
use std::path::Path as Folder;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_host::Retention;
use guildhall_package::SkillName;
use guildhall_web::error::not_found;
use guildhall_web::fields::Fields;

use super::answer::{Other, see};
use super::frame::{Frame, Section, page, with_status};
use super::posted::Posted;
use super::visitor::Visitor;
use super::words::{When, when};
use crate::agents::form::{self, DAYS, Problems};
use crate::agents::{Scopes, reaches, tokens};
use crate::app::App;
use crate::people::Right;
use crate::store::agents::{self, AgentRow};
use crate::store::oauth;

const PATH: &str = "/settings/agents";

#[derive(Template)]
#[template(path = "agents.html")]
struct Agents {
    frame: Frame,
    agents: Vec<Shown>,
    /// A token that was just made, and whose.
    token: Option<(String, String)>,
    /// Address of the agent's door.
    door: String,
    form: Form,
}

struct Shown {
    id: String,
    name: String,
    skills: Option<String>,
    /// What its token is for, in a sentence.
    is_for: &'static str,
    reaches: Vec<String>,
    since: When,
    used: Option<When>,
    until: Option<When>,
}

/// The form as it is filled in.
#[derive(Default)]
struct Form {
    fields: Fields,
    skills: Vec<(SkillName, bool)>,
    problems: Problems,
    days: Vec<(i64, bool)>,
}

impl Form {
    fn of(fields: Fields, installed: Vec<SkillName>, problems: Problems) -> Self {
        let days = fields.text("days").parse().unwrap_or(DAYS[0]);
        Self {
            skills: installed
                .into_iter()
                .map(|skill| {
                    let on = fields.get(&form::box_of(&skill)).is_some();
                    (skill, on)
                })
                .collect(),
            days: DAYS.into_iter().map(|it| (it, it == days)).collect(),
            fields,
            problems,
        }
    }

    fn text(&self, name: &str) -> &str {
        self.fields.text(name)
    }

    fn problem(&self, name: &str) -> Option<&str> {
        self.problems.get(name).map(String::as_str)
    }

    /// Whether something under "What it may reach" has to be looked at again.
    fn opened(&self) -> bool {
        ["read", "write", "network", "pay", "message", "secret"]
            .into_iter()
            .any(|field| self.problems.contains_key(field) || self.fields.get(field).is_some())
    }

    fn all_skills(&self) -> bool {
        self.text("which") != "some"
    }

    fn keeps_hashes(&self) -> bool {
        self.text("retention") == Retention::Hashes.word()
    }
}

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(all).post(add))
        .route("/settings/agents/{id}/token", post(token))
        .route("/settings/agents/{id}/remove", post(remove))
}

async fn all(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    visitor.person(Right::View, PATH)?;
    let form = Form::of(Fields::default(), installed(&app).await?, Problems::new());
    page(&shown(&app, &visitor, None, form).await?)
}

async fn installed(app: &App) -> Result<Vec<SkillName>, Other> {
    let skills = app.shelf.installed().await?;
    Ok(skills.into_iter().map(|skill| skill.name).collect())
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    token: Option<(String, String)>,
    form: Form,
) -> Result<Agents, Other> {
    let mut db = app.store.read().await?;
    let agents = agents::list(&mut db, app.clock.now()).await?;
    Ok(Agents {
        frame: Frame::new(app, visitor, "Agents", Section::Settings),
        agents: agents
            .into_iter()
            .map(|it| Shown {
                skills: it.agent.skills.as_ref().map(names),
                is_for: it.agent.granted.words(),
                reaches: reaches::words(&it.agent.grants),
                since: when(it.agent.created),
                used: it.used.map(when),
                until: it.expires.map(when),
                id: it.agent.id,
                name: it.agent.name,
            })
            .collect(),
        token,
        door: app.link("/mcp"),
        form,
    })
}

fn names(skills: &BTreeSet<SkillName>) -> String {
    let names: Vec<String> = skills.iter().map(ToString::to_string).collect();
    names.join(", ")
}

async fn add(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let by = visitor.person(Right::Own, PATH)?;
    let installed = installed(&app).await?;
    let home = app.config.state.parent().unwrap_or(Folder::new("/"));
    let new = match form::read(&fields, &installed, home) {
        Ok(new) => new,
        Err(problems) => {
            let form = Form::of(fields, installed, problems);
            let template = shown(&app, &visitor, None, form).await?;
            return with_status(StatusCode::UNPROCESSABLE_ENTITY, &template);
        }
    };
    let now = app.clock.now();
    let row = AgentRow {
        id: uuid::Uuid::now_v7().to_string(),
        name: new.name,
        skills: new.skills,
        grants: new.grants,
        retention: new.retention,
        by_person: by.id().clone(),
        created: now,
        granted: Scopes::all(),
    };
    let mut tx = app.store.write().await?;
    agents::insert(tx.connection(), &row).await?;
    let times = (now, now.saturating_add(new.life_ms));
    let token = tokens::make(tx.connection(), (&row.id, None), &row.granted, times).await?;
    tx.commit().await?;
    let form = Form::of(Fields::default(), installed, Problems::new());
    page(&shown(&app, &visitor, Some((row.name, token)), form).await?)
}

/// A new token for an agent; the ones before count no more.
async fn token(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    visitor.person(Right::Own, PATH)?;
    let days = fields.text("days").parse::<i64>().ok();
    let days = days.filter(|days| DAYS.contains(days)).unwrap_or(DAYS[0]);
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let Some(row) = agents::get(tx.connection(), &id).await? else {
        return Err(not_found("agent").into());
    };
    // A new token is for what the agent was let in for, and nothing renews those before.
    agents::end_tokens(tx.connection(), &id).await?;
    oauth::end_renewals(tx.connection(), &id).await?;
    let times = (now, now.saturating_add(days.saturating_mul(form::DAY_MS)));
    let token = tokens::make(tx.connection(), (&id, None), &row.granted, times).await?;
    tx.commit().await?;
    let form = Form::of(Fields::default(), installed(&app).await?, Problems::new());
    page(&shown(&app, &visitor, Some((row.name, token)), form).await?)
}

async fn remove(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    visitor.person(Right::Own, PATH)?;
    let mut tx = app.store.write().await?;
    if !agents::remove(tx.connection(), &id, app.clock.now()).await? {
        return Err(not_found("agent").into());
    }
    tx.commit().await?;
    app.live.look_who_listens();
    Ok(see(PATH))
}
