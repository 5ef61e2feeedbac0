//! What is allowed without asking: mandates, what was used of them, and taking them back.

mod give;

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_host::words::{number, skill_name};
use guildhall_host::{Amount, Host, MandateSummary, RunFilter, Scope, Tenant};
use guildhall_package::Digest;
use guildhall_package::text::plain;
use guildhall_web::error::refuse;

use crate::app::App;
use crate::approvals::decider::{self, Channel};
use crate::approvals::desk::Desk;
use crate::pages::answer::{Other, see};
use crate::pages::frame::{Frame, Section, page};
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::pages::words::{When, when};
use crate::people::Right;

const PATH: &str = "/mandates";
/// Newest runs in which the names of skills are looked for.
const RUNS: u32 = 500;

#[derive(Template)]
#[template(path = "mandates.html")]
struct Mandates {
    frame: Frame,
    active: Vec<Line>,
    over: Vec<Line>,
}

/// One mandate.
struct Line {
    id: String,
    words: String,
    skill: String,
    /// Used and allowed in this period, as people read it.
    used: String,
    limit: String,
    per: &'static str,
    /// How much of it is used, in hundredths; at most 100.
    share: u8,
    by: String,
    given: When,
    revoked: Option<When>,
}

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(list))
        .route("/mandates/new", get(give::get).post(give::post))
        .route("/mandates/new/challenge", post(give::ask))
        .route("/mandates/{id}/revoke", post(revoke))
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let host = app.host.for_person(person);
    let names = names(&app, host).await?;
    let now = app.clock.now();
    let (mut active, mut over) = (Vec::new(), Vec::new());
    for mandate in host.mandates(&Tenant::local()).await? {
        let ended = mandate.mandate.until_ms.is_some_and(|until| until <= now);
        let counts = mandate.revoked_at_ms.is_none() && !ended;
        let line = line(mandate, &names);
        if counts {
            active.push(line);
        } else {
            over.push(line);
        }
    }
    page(&Mandates {
        frame: Frame::new(&app, &visitor, "Mandates", Section::Money),
        active,
        over,
    })
}

/// What skills are called: as they ran lately, and as they are installed.
async fn names(app: &App, host: &Host) -> Result<BTreeMap<Digest, String>, Other> {
    let filter = RunFilter {
        limit: RUNS,
        ..RunFilter::default()
    };
    let ran = host.runs(&Tenant::local(), filter).await?;
    let ran = ran
        .iter()
        .map(|run| (run.skill.digest, skill_name(&run.skill)));
    let installed = app.shelf.installed().await?;
    let installed = installed.iter().map(|skill| {
        let name = format!("{} {}", skill.name, skill.version);
        (skill.package.digest, name)
    });
    Ok(ran.chain(installed).collect())
}

fn line(summary: MandateSummary, names: &BTreeMap<Digest, String>) -> Line {
    let scope = &summary.mandate.scope;
    let shown = |minor: i64| match scope {
        Scope::Payment { currency, .. } => Amount {
            minor,
            currency: *currency,
        }
        .to_string(),
        _ => number(u64::try_from(minor).unwrap_or(0)),
    };
    let limit = scope.limit();
    let share = i128::from(summary.used.max(0)) * 100 / i128::from(limit.max(1));
    Line {
        words: plain(&summary.words, 2_000),
        skill: names
            .get(&summary.mandate.skill)
            .cloned()
            .unwrap_or_else(|| {
                format!(
                    "a skill that is not installed now ({})",
                    summary.mandate.skill.short()
                )
            }),
        used: shown(summary.used.max(0)),
        limit: shown(limit),
        per: scope.per().phrase(),
        share: u8::try_from(share.min(100)).unwrap_or(100),
        by: decider::words(&summary.given_by, &summary.channel),
        given: when(summary.given_at_ms),
        revoked: summary.revoked_at_ms.map(when),
        id: summary.mandate.id,
    }
}

async fn revoke(
    State(app): State<App>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Approve, PATH)?;
    let desk = Desk::of(&app, person, Channel::Console)?;
    if desk.take_back(&id).await? {
        return Ok(see(PATH));
    }
    Err(refuse(
        StatusCode::CONFLICT,
        "mandates.over",
        "this mandate does not count any more: it was taken back before, or there is none",
        "look at the list of mandates",
    )
    .into())
}
