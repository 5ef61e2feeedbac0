//! Reporting abuse: stored for the reviewers, and so many per address and hour.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_package::SkillName;
use guildhall_package::text::{plain, plain_lines};
use semver::Version;

use super::answer::{Other, see};
use super::frame::{Frame, page};
use super::post::{Fields, Posted, Query};
use super::visitor::Visitor;
use crate::api::extract::Client;
use crate::app::App;
use crate::error::{ApiError, refuse};
use crate::store::reports::{self, Report};

/// What a report can be about.
pub const KINDS: [(&str, &str); 5] = [
    ("harm", "It does harm, or tries to"),
    ("false", "It does not do what it says"),
    ("pretends", "It pretends to be somebody else's"),
    ("rights", "It uses something without the right to"),
    ("other", "Something else"),
];
/// Longest text in characters, and most lines.
const MAX_TEXT: usize = 2_000;
const MAX_LINES: usize = 60;
/// Shortest text: less tells nobody what happened.
const MIN_TEXT: usize = 10;
/// Longest way to reach somebody, in characters.
const MAX_CONTACT: usize = 200;
/// Reports that can be open at once.
const MOST_OPEN: i64 = 10_000;

#[derive(Template)]
#[template(path = "report.html")]
struct Form {
    frame: Frame,
    kinds: [(&'static str, &'static str); 5],
    skill: String,
    version: String,
    kind: String,
    text: String,
    contact: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "report_sent.html")]
struct Sent {
    frame: Frame,
}

/// The form.
pub async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, ApiError> {
    form(&app, &visitor.for_form()?, &fields, None)
}

fn form(
    app: &App,
    visitor: &Visitor,
    fields: &Fields,
    problem: Option<(StatusCode, String)>,
) -> Result<Response, ApiError> {
    let kept =
        |name: &str, most: usize| -> String { fields.text(name).chars().take(most).collect() };
    let status = problem
        .as_ref()
        .map_or(StatusCode::OK, |(status, _)| *status);
    let template = Form {
        frame: Frame::new(app, visitor, "Report abuse"),
        kinds: KINDS,
        skill: kept("skill", 129),
        version: kept("version", 100),
        kind: kept("kind", 20),
        text: kept("text", MAX_TEXT),
        contact: kept("contact", MAX_CONTACT),
        problem: problem.map(|(_, sentence)| sentence),
    };
    page(app, visitor, status, &template)
}

/// What is wrong with a form, in a sentence.
fn read(app: &App, fields: &Fields) -> Result<(SkillName, Option<String>, String, String), String> {
    let name: SkillName = fields.text("skill").trim().parse().map_err(
        |_| "Write the skill's name as it stands at the top of its page: publisher/skill.",
    )?;
    let catalogue = app.shelf.catalogue();
    let skill = catalogue
        .named(&name.to_string())
        .ok_or("There is no skill of this name here. Copy the name from its page.")?;
    let version = match fields.get("version").map(str::trim) {
        None | Some("") => None,
        Some(text) => {
            let known = text
                .parse::<Version>()
                .ok()
                .filter(|version| skill.release(version).is_some())
                .ok_or("There is no such version of this skill. Leave the field empty if you don't know it.")?;
            Some(known.to_string())
        }
    };
    let kind = KINDS
        .iter()
        .find(|(kind, _)| Some(*kind) == fields.get("kind"))
        .map(|(kind, _)| (*kind).to_owned())
        .ok_or("Choose what it is about.")?;
    let written = fields.text("text").trim().replace("\r\n", "\n");
    let length = written.chars().count();
    if length < MIN_TEXT {
        return Err("Tell in a sentence or two what happened.".to_owned());
    }
    if length > MAX_TEXT {
        return Err(format!(
            "The text has {length} characters, and at most {MAX_TEXT} are kept. Shorten it."
        ));
    }
    Ok((
        name,
        version,
        kind,
        plain_lines(&written, MAX_LINES, MAX_TEXT).join("\n"),
    ))
}

/// Stores a report.
pub async fn post(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let (name, version, kind, text) = match read(&app, &fields) {
        Ok(read) => read,
        Err(sentence) => {
            let problem = (StatusCode::UNPROCESSABLE_ENTITY, sentence);
            return Ok(form(&app, &visitor, &fields, Some(problem))?);
        }
    };
    app.limits.report(client)?;
    let report = Report {
        id: uuid::Uuid::now_v7().to_string(),
        name,
        version,
        kind,
        text,
        contact: plain(fields.text("contact"), MAX_CONTACT),
        account: visitor.session().map(|session| session.account.to_string()),
        at: app.clock.now(),
    };
    let mut tx = app.store.write().await?;
    if !reports::insert(tx.connection(), &report, MOST_OPEN).await? {
        return Err(refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "report.full",
            "too many reports are waiting to be read",
            "try again tomorrow, or reach the operator by another way",
        )
        .into());
    }
    tx.commit().await?;
    tracing::warn!(report = report.id, name = %report.name, kind = report.kind, "abuse reported");
    Ok(see("/report/sent"))
}

/// Thanks.
pub async fn sent(State(app): State<App>, visitor: Visitor) -> Result<Response, ApiError> {
    let template = Sent {
        frame: Frame::new(&app, &visitor, "Thank you"),
    };
    page(&app, &visitor, StatusCode::OK, &template)
}
