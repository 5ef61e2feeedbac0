//! About oneself: the own password, and where one is signed in. And the page that the first owner sees first.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_package::market::limits::MIN_PASSWORD;
use guildhall_web::extract::Client;
use guildhall_web::fields::Query;

use super::answer::{Other, shown_again, signed_in};
use super::frame::{Frame, Section, page, with_status};
use super::posted::Posted;
use super::visitor::Visitor;
use super::words::{self, When, when};
use crate::app::App;
use crate::people::session::IDLE_MS;
use crate::people::{Person, Right, Role, changes, login};
use crate::store::sessions;

const PATH: &str = "/settings/account";

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    frame: Frame,
    name: String,
    role: Role,
    since: When,
    /// Sessions that go on, this one included.
    sessions: i64,
    least: usize,
    done: bool,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    frame: Frame,
    name: String,
    has_skills: bool,
}

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/welcome", get(welcome))
        .route(PATH, get(own))
        .route("/settings/account/password", post(password))
}

async fn own(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    let done = fields.get("done").is_some();
    page(&shown(&app, &visitor, done, None).await?)
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    done: bool,
    problem: Option<String>,
) -> Result<Account, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let begun = visitor.session().map_or(0, |session| session.begun());
    Ok(Account {
        frame: Frame::new(app, visitor, "You", Section::Settings),
        name: person.name().to_owned(),
        role: person.role(),
        since: when(begun),
        sessions: count(app, person).await?,
        least: MIN_PASSWORD,
        done,
        problem,
    })
}

async fn count(app: &App, person: &Person) -> Result<i64, Other> {
    let now = app.clock.now();
    let mut db = app.store.read().await?;
    let times = (now, now.saturating_sub(IDLE_MS));
    Ok(sessions::count(&mut db, person.id(), times).await?)
}

async fn password(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let old = fields.text("old").to_owned();
    let new = fields.text("password").to_owned();
    let set = async {
        login::prove(&app, client, person, old).await?;
        changes::set_password(&app, person, new, visitor.secret()).await
    };
    match set.await {
        Ok(secret) => Ok(signed_in(&app, &secret, "/settings/account?done=1")),
        Err(error) => {
            let (status, problem) = shown_again(error)?;
            let told = Some(words::problem(&problem));
            with_status(status, &shown(&app, &visitor, false, told).await?)
        }
    }
}

async fn welcome(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    let person = visitor.person(Right::View, "/welcome")?;
    page(&Welcome {
        frame: Frame::new(&app, &visitor, "Welcome", Section::None),
        name: person.name().to_owned(),
        has_skills: !app.shelf.installed().await?.is_empty(),
    })
}
