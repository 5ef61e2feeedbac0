//! Secrets: set for one host and header, or for a channel. What was set is never shown again.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_host::{Binding, NewSecret, SecretSummary, Tenant};
use guildhall_package::FolderName;
use guildhall_web::error::not_found;
use guildhall_web::fields::{Fields, Query};

use super::answer::{Other, see};
use super::frame::{Frame, Section, with_status};
use super::money::words::refused;
use super::posted::Posted;
use super::visitor::Visitor;
use super::words::{When, sentence, when};
use crate::app::App;
use crate::people::Right;

const PATH: &str = "/settings/secrets";

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(page).post(set))
        .route("/settings/secrets/{name}/remove", post(remove))
}

#[derive(Template)]
#[template(path = "secrets.html")]
struct Page {
    frame: Frame,
    secrets: Vec<Shown>,
    done: Option<&'static str>,
    problem: Option<String>,
    /// What was typed, but for the value.
    name: String,
    host: String,
    header: String,
    prefix: String,
}

struct Shown {
    name: String,
    goes_to: Option<(String, String)>,
    since: When,
}

impl Shown {
    fn of(secret: SecretSummary) -> Self {
        Self {
            goes_to: secret
                .bound
                .map(|bound| (bound.host, format!("{}: {}…", bound.header, bound.prefix))),
            since: when(secret.created_at_ms),
            name: secret.name,
        }
    }
}

async fn page(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    shown(&app, &visitor, &fields, None).await
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    fields: &Fields,
    problem: Option<String>,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let secrets = app
        .host
        .for_person(person)
        .secrets(&Tenant::local())
        .await?;
    let text = |name: &str| {
        let typed = problem.as_ref().map(|_| fields.text(name));
        typed.unwrap_or_default().chars().take(300).collect()
    };
    let template = Page {
        frame: Frame::new(app, visitor, "Secrets", Section::Settings),
        secrets: secrets.into_iter().map(Shown::of).collect(),
        done: match fields.get("done") {
            Some("set") => Some("The secret is kept. Nobody can read it here any more."),
            Some("removed") => Some("The secret is forgotten."),
            _ => None,
        },
        name: text("name"),
        host: text("host"),
        header: text("header"),
        prefix: text("prefix"),
        problem,
    };
    let status = match template.problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    with_status(status, &template)
}

async fn set(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, PATH)?;
    let problem = match new_secret(&fields) {
        Err(problem) => Some(problem),
        Ok(secret) => {
            let host = app.host.for_person(person);
            match host.set_secret(&Tenant::local(), secret).await {
                Ok(()) => None,
                Err(error) => Some(refused(error)?),
            }
        }
    };
    match problem {
        None => {
            tracing::info!(person = %person.id(), "set a secret");
            app.live.bump();
            Ok(see("/settings/secrets?done=set"))
        }
        told => shown(&app, &visitor, &fields, told).await,
    }
}

fn new_secret(fields: &Fields) -> Result<NewSecret, String> {
    let name: FolderName = fields
        .text("name")
        .trim()
        .parse()
        .map_err(|error| sentence(&format!("the name can't be used: {error}")))?;
    let host = fields.text("host").trim().to_ascii_lowercase();
    let header = fields.text("header").trim().to_ascii_lowercase();
    let bound = match (host.is_empty(), header.is_empty()) {
        (true, true) => None,
        (false, false) => Some(Binding {
            host,
            header,
            prefix: fields.text("prefix").to_owned(),
        }),
        _ => {
            return Err(
                "Give both a host and a header, or neither for the secret of a channel.".to_owned(),
            );
        }
    };
    Ok(NewSecret {
        name,
        bound,
        value: fields.text("value").to_owned().into(),
    })
}

async fn remove(
    State(app): State<App>,
    Path(name): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, PATH)?;
    let host = app.host.for_person(person);
    if !host.remove_secret(&Tenant::local(), &name).await? {
        return Err(not_found("secret").into());
    }
    tracing::info!(person = %person.id(), "removed a secret");
    app.live.bump();
    Ok(see("/settings/secrets?done=removed"))
}
