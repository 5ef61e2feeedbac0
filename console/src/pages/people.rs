//! Who may do what, and who changed that.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_web::cookie::Secret;
use guildhall_web::error::{ApiError, invalid, not_found};

use super::answer::{Other, see};
use super::frame::{Frame, Section, page, with_status};
use super::posted::Posted;
use super::start::no_name;
use super::visitor::Visitor;
use super::words::{self, When, when};
use crate::app::App;
use crate::people::{PersonId, PersonName, Right, Role, changes};
use crate::store::people::{self, Change, What};

const PATH: &str = "/settings/people";
/// Changes that the page shows.
const SHOWN: i64 = 50;

#[derive(Template)]
#[template(path = "people.html")]
struct People {
    frame: Frame,
    people: Vec<Shown>,
    changes: Vec<ShownChange>,
    roles: [Role; 4],
    /// A link that was just made, and for whom.
    link: Option<(String, String)>,
    name: String,
    problem: Option<String>,
}

struct Shown {
    id: PersonId,
    name: String,
    role: Role,
    joined: bool,
    is_self: bool,
    since: When,
}

struct ShownChange {
    at: When,
    text: String,
}

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(all).post(add))
        .route("/settings/people/{id}/role", post(role))
        .route("/settings/people/{id}/link", post(link))
        .route("/settings/people/{id}/remove", post(remove))
}

async fn all(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    visitor.person(Right::View, PATH)?;
    page(&shown(&app, &visitor, None, ("", None)).await?)
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    link: Option<(String, String)>,
    (name, problem): (&str, Option<String>),
) -> Result<People, Other> {
    let own = visitor.session().map(|session| session.person().id());
    let mut db = app.store.read().await?;
    let people = people::all(&mut db).await?;
    let changes = people::changes(&mut db, SHOWN).await?;
    Ok(People {
        frame: Frame::new(app, visitor, "People", Section::Settings),
        people: people
            .into_iter()
            .map(|row| Shown {
                is_self: Some(&row.id) == own,
                joined: row.password.is_some(),
                since: when(row.created),
                id: row.id,
                name: row.name,
                role: row.role,
            })
            .collect(),
        changes: changes.iter().map(said).collect(),
        roles: Role::ALL,
        link,
        name: name.to_owned(),
        problem,
    })
}

/// What happened, as a sentence.
fn said(change: &Change) -> ShownChange {
    let by = change.by.as_deref().unwrap_or("Somebody");
    let person = &change.person;
    let role = change.role.map_or("?", Role::as_str);
    let text = match change.what {
        What::First => format!("{person} made this console and owns it."),
        What::Added => format!("{by} invited {person} as {role}."),
        What::Invited => format!("{by} made a new link for {person}."),
        What::Joined => format!("{person} set a password with a link."),
        What::Role => format!("{by} made {person} {role}."),
        What::Removed => format!("{by} removed {person}, who was {role}."),
        What::Password => format!("{person} changed the password."),
    };
    ShownChange {
        at: when(change.at),
        text,
    }
}

async fn add(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let by = visitor.person(Right::Own, PATH)?;
    let name = fields.text("name");
    let added = async {
        let role = role_of(fields.text("role"))?;
        let name: PersonName = name.parse().map_err(no_name)?;
        let key = changes::add(&app, by, &name, role).await?;
        Ok::<_, ApiError>((name, key))
    };
    match added.await {
        Ok((name, key)) => {
            let link = Some((name.to_string(), address(&app, &key)));
            page(&shown(&app, &visitor, link, ("", None)).await?)
        }
        Err(error) => {
            let problem = error.problem();
            if !matches!(problem.status, 409 | 422) {
                return Err(error.into());
            }
            let told = Some(words::problem(&problem));
            let template = shown(&app, &visitor, None, (name, told)).await?;
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            with_status(status, &template)
        }
    }
}

async fn link(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let by = visitor.person(Right::Own, PATH)?;
    let id = id_of(&id)?;
    let key = changes::invite(&app, by, &id).await?;
    let name = {
        let mut db = app.store.read().await?;
        people::get(&mut db, &id).await?.map(|row| row.name)
    };
    let link = Some((name.unwrap_or_default(), address(&app, &key)));
    page(&shown(&app, &visitor, link, ("", None)).await?)
}

async fn role(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let by = visitor.person(Right::Own, PATH)?;
    let role = role_of(fields.text("role"))?;
    changes::set_role(&app, by, &id_of(&id)?, role).await?;
    Ok(see(PATH))
}

async fn remove(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let by = visitor.person(Right::Own, PATH)?;
    changes::remove(&app, by, &id_of(&id)?).await?;
    Ok(see(PATH))
}

/// The link of an invitation.
fn address(app: &App, key: &Secret) -> String {
    app.link(&format!("/invitation?key={}", key.text()))
}

fn id_of(text: &str) -> Result<PersonId, ApiError> {
    text.parse().map_err(|_| not_found("person"))
}

fn role_of(text: &str) -> Result<Role, ApiError> {
    text.parse().map_err(|error| invalid("role", error))
}
