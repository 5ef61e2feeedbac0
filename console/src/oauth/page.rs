//! The page on which an owner lets a program in, or does not.

use std::collections::BTreeSet;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use guildhall_host::{Grants, Retention};
use guildhall_package::SkillName;
use guildhall_web::error::{ApiError, refuse};
use guildhall_web::fields::{Fields, Query};

use super::ask::{self, Ask, Wrong};
use super::metadata::{AUTHORIZE, resource};
use super::redirect::Redirect;
use super::tokens;
use crate::agents::Scope;
use crate::agents::form::box_of;
use crate::app::App;
use crate::pages::answer::Other;
use crate::pages::frame::{Frame, Section, page, with_status};
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::people::Right;
use crate::store::agents::{self, AgentRow};
use crate::store::oauth::{self, ClientRow, CodeRow};

/// Fields of the request that the form carries on.
const CARRIED: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "code_challenge",
    "code_challenge_method",
    "scope",
    "state",
    "resource",
];

#[derive(Template)]
#[template(path = "authorize.html")]
struct Asking {
    frame: Frame,
    name: String,
    to: String,
    is_here: bool,
    carried: Vec<(&'static str, String)>,
    skills: Vec<SkillName>,
    runs: bool,
    looks: bool,
    problem: bool,
}

#[derive(Template)]
#[template(path = "authorized.html")]
struct Answered {
    frame: Frame,
    name: String,
    to: String,
    allowed: bool,
}

/// Its routes, for who is signed in.
pub fn routes() -> Router<App> {
    Router::new().route("/oauth/authorize", get(asked).post(answered))
}

/// What a request comes to.
enum Read {
    Ask(ClientRow, Ask),
    /// The program is told what is wrong with it.
    Told(String, String),
}

async fn read(app: &App, fields: &Fields) -> Result<Read, ApiError> {
    let client = {
        let mut db = app.store.read().await?;
        oauth::client(&mut db, fields.text("client_id")).await?
    };
    let Some(client) = client else {
        return Err(nobody(
            "The program that sent you here is not known to this console. Connect it anew from there.",
        ));
    };
    let registered: Vec<Redirect> = client
        .redirects
        .iter()
        .filter_map(|text| Redirect::parse(text).ok())
        .collect();
    let asked = ask::Fields {
        response_type: fields.get("response_type"),
        redirect: fields.get("redirect_uri"),
        challenge: fields.get("code_challenge"),
        method: fields.get("code_challenge_method"),
        scope: fields.get("scope"),
        state: fields.get("state"),
        resource: fields.get("resource"),
    };
    let issuer = app.public.url();
    match Ask::read(asked, &registered, &resource(issuer)) {
        Ok(ask) => Ok(Read::Ask(client, ask)),
        Err(Wrong::Shown(why)) => Err(nobody(why)),
        Err(Wrong::Told {
            redirect,
            error,
            why,
            state,
        }) => Ok(Read::Told(
            client.name,
            ask::error(&redirect, (error, why), state.as_deref(), issuer),
        )),
    }
}

fn nobody(why: &str) -> ApiError {
    refuse(
        StatusCode::BAD_REQUEST,
        "agents.unknown-program",
        why,
        "nothing was given to anybody; close this page, and begin again in the program",
    )
}

async fn asked(
    State(app): State<App>,
    visitor: Visitor,
    uri: Uri,
    Query(fields): Query,
) -> Result<Response, Other> {
    let back = uri
        .path_and_query()
        .map_or(AUTHORIZE, |asked| asked.as_str());
    visitor.person(Right::Own, back)?;
    match read(&app, &fields).await? {
        Read::Ask(client, ask) => {
            let template = asking(&app, &visitor, &fields, (client, ask), false).await?;
            page(&template)
        }
        Read::Told(name, to) => page(&Answered {
            frame: Frame::new(&app, &visitor, "Not let in", Section::Settings),
            name,
            to,
            allowed: false,
        }),
    }
}

async fn asking(
    app: &App,
    visitor: &Visitor,
    fields: &Fields,
    (client, ask): (ClientRow, Ask),
    problem: bool,
) -> Result<Asking, Other> {
    let installed = app.shelf.installed().await?;
    Ok(Asking {
        frame: Frame::new(app, visitor, "Let an agent in", Section::Settings),
        name: client.name,
        to: ask.redirect.shown(),
        is_here: ask.redirect.is_this_machine(),
        carried: CARRIED
            .into_iter()
            .filter_map(|name| Some((name, fields.get(name)?.to_owned())))
            .collect(),
        skills: installed.into_iter().map(|skill| skill.name).collect(),
        runs: ask.scopes.has(Scope::CallTools),
        looks: ask.scopes.has(Scope::ReadRuns),
        problem,
    })
}

async fn answered(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let by = visitor.person(Right::Own, "/settings/agents")?.id().clone();
    let (client, ask) = match read(&app, &fields).await? {
        Read::Ask(client, ask) => (client, ask),
        Read::Told(name, to) => return sent(&app, &visitor, (name, to), false),
    };
    let issuer = app.public.url();
    if fields.text("answer") != "allow" {
        let to = ask.denied(issuer);
        return sent(&app, &visitor, (client.name, to), false);
    }
    let skills = match fields.text("which") {
        "all" => None,
        _ => Some(chosen(&app, &fields).await?),
    };
    if skills.as_ref().is_some_and(BTreeSet::is_empty) {
        let template = asking(&app, &visitor, &fields, (client, ask), true).await?;
        return with_status(StatusCode::UNPROCESSABLE_ENTITY, &template);
    }
    let now = app.clock.now();
    let agent = AgentRow {
        id: uuid::Uuid::now_v7().to_string(),
        name: client.name.clone(),
        skills,
        grants: Grants::none(),
        retention: Retention::Full,
        by_person: by,
        created: now,
        granted: ask.scopes.clone(),
    };
    let mut tx = app.store.write().await?;
    agents::insert(tx.connection(), &agent).await?;
    let code = CodeRow {
        client: client.id,
        // As it will be sent again: a port of this machine is a choice of the moment.
        redirect: fields.get("redirect_uri").unwrap_or_default().to_owned(),
        challenge: ask.challenge.as_bytes().to_vec(),
        agent: agent.id,
        scopes: ask.scopes.clone(),
    };
    let code = tokens::code(tx.connection(), &code, now).await?;
    tx.commit().await?;
    let to = ask.granted(&code, issuer);
    sent(&app, &visitor, (client.name, to), true)
}

async fn chosen(app: &App, fields: &Fields) -> Result<BTreeSet<SkillName>, Other> {
    let installed = app.shelf.installed().await?;
    Ok(installed
        .into_iter()
        .map(|skill| skill.name)
        .filter(|name| fields.get(&box_of(name)).is_some())
        .collect())
}

/// A page that goes on to the program by itself: browsers would not let a form lead to another site.
fn sent(
    app: &App,
    visitor: &Visitor,
    (name, to): (String, String),
    allowed: bool,
) -> Result<Response, Other> {
    let title = if allowed { "Let in" } else { "Not let in" };
    page(&Answered {
        frame: Frame::new(app, visitor, title, Section::Settings),
        name,
        to,
        allowed,
    })
}
