//! A release before it is installed: who made it, what was verified, what it asks for, and what it can't do; written from its
//! bytes. It is installed with the parts that a person allows.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_package::Inspection;
use guildhall_package::text::plain;
use guildhall_web::error::invalid;
use guildhall_web::fields::Query;
use semver::Version;

use super::authority::icon;
use super::{found, market, named};
use crate::app::App;
use crate::consent::{Ask, Standing};
use crate::market::{Finding, Offer, Update};
use crate::pages::answer::{Other, see};
use crate::pages::frame::{Frame, Section, page};
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::people::Right;

#[derive(Template)]
#[template(path = "skills/offer.html")]
struct Shown {
    frame: Frame,
    id: String,
    name: String,
    version: String,
    description: String,
    replaces: Option<String>,
    facts: Vec<(String, String)>,
    findings: Vec<Finding>,
    needs: Vec<Need>,
    optional: Vec<Part>,
    /// Names of the optional parts, one a line.
    optional_ids: String,
    cannot: Vec<String>,
    gained: Vec<String>,
    lost: Vec<String>,
    /// Whether there is anything new to consent to.
    asks_more: bool,
    is_paid: bool,
}

/// A capability that it needs.
struct Need {
    icon: &'static str,
    sentence: String,
    parts: Vec<Part>,
}

/// A part of what it asks for.
struct Part {
    id: String,
    icon: &'static str,
    what: String,
    reason: String,
    is_new: bool,
    /// Whether it is allowed unless the person says otherwise: what was allowed before.
    on: bool,
}

/// A release that is not installed.
pub async fn get(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    visitor: Visitor,
    Query(asked): Query,
) -> Result<Response, Other> {
    visitor.person(Right::Operate, &format!("/skills/find/{publisher}/{skill}"))?;
    let name = named(&publisher, &skill)?;
    let version = match asked.get("version") {
        Some(text) => {
            Some(Version::parse(text).map_err(|_| invalid("version", "it is not three numbers"))?)
        }
        None => None,
    };
    let offer = market(&app)?.offer(&name, version.as_ref()).await?;
    page(&shown(&app, &visitor, &offer))
}

#[derive(Template)]
#[template(path = "skills/newest.html")]
struct Newest {
    frame: Frame,
    name: String,
    version: String,
    update: &'static str,
    newer: Option<String>,
}

/// A newer release of what is installed, with what it may do more and less.
pub async fn update(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Other> {
    visitor.person(
        Right::Operate,
        &format!("/skills/{publisher}/{skill}/update"),
    )?;
    let installed = found(&app, &publisher, &skill).await?;
    let (update, newer) = match market(&app)?.update(&installed.name).await? {
        Update::Newer(offer) => return page(&shown(&app, &visitor, &offer)),
        Update::Current => ("current", None),
        Update::Pinned(version) => ("pinned", Some(version.to_string())),
        Update::Revoked => ("revoked", None),
    };
    page(&Newest {
        frame: Frame::new(&app, &visitor, "Update", Section::Skills),
        name: installed.name.to_string(),
        version: installed.version.to_string(),
        update,
        newer,
    })
}

/// Installs what was shown. An optional part that is not allowed is declined.
pub async fn install(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Operate, "/skills/find")?;
    let offer = fields
        .text("offer")
        .parse()
        .map_err(|_| invalid("offer", "it names nothing"))?;
    let name: guildhall_package::SkillName = fields
        .text("name")
        .parse()
        .map_err(|_| invalid("name", "it names nothing"))?;
    let declined: Vec<String> = fields
        .text("optional")
        .lines()
        .map(str::trim)
        .filter(|id| !id.is_empty() && fields.get(&format!("allow:{id}")).is_none())
        .map(str::to_owned)
        .collect();
    market(&app)?.install(offer, &declined, person).await?;
    tracing::info!(skill = %name, person = %person.id(), "a skill was installed");
    app.live.bump();
    Ok(see(&format!("/skills/{name}")))
}

fn shown(app: &App, visitor: &Visitor, offer: &Offer) -> Shown {
    let inspection = Inspection::of(&offer.package);
    let is_update = offer.replaces.is_some();
    let part = |ask: &Ask, standing: Standing| Part {
        id: ask.id.clone(),
        icon: icon(ask.capability),
        what: ask.what.clone(),
        reason: ask.reason.clone(),
        is_new: is_update && standing == Standing::New,
        on: standing == Standing::Kept,
    };
    let optional: Vec<Part> = offer
        .asks
        .iter()
        .filter(|(ask, _)| ask.optional)
        .map(|(ask, standing)| part(ask, *standing))
        .collect();
    let needs = inspection
        .capabilities
        .iter()
        .filter_map(|view| {
            let all: Vec<&(Ask, Standing)> = offer
                .asks
                .iter()
                .filter(|(ask, _)| ask.capability == view.capability)
                .collect();
            // A capability of which everything is optional stands below.
            if !all.is_empty() && all.iter().all(|(ask, _)| ask.optional) {
                return None;
            }
            Some(Need {
                icon: icon(view.capability),
                sentence: view.sentence.clone(),
                parts: all
                    .into_iter()
                    .filter(|(ask, _)| !ask.optional)
                    .map(|(ask, standing)| part(ask, *standing))
                    .collect(),
            })
        })
        .collect();
    let ids: Vec<&str> = optional.iter().map(|part| part.id.as_str()).collect();
    Shown {
        frame: Frame::new(app, visitor, offer.name.to_string(), Section::Skills),
        id: offer.id.to_string(),
        name: offer.name.to_string(),
        version: offer.version.to_string(),
        description: inspection
            .description
            .as_deref()
            .map(|text| plain(text, 2_000))
            .unwrap_or_default(),
        replaces: offer.replaces.as_ref().map(Version::to_string),
        facts: offer.facts.clone(),
        findings: offer.findings.clone(),
        optional_ids: ids.join("\n"),
        needs,
        optional,
        cannot: inspection.cannot,
        gained: offer
            .gained
            .iter()
            .map(|wider| plain(&wider.to_string(), 600))
            .collect(),
        lost: offer
            .lost
            .iter()
            .map(|wider| plain(&wider.to_string(), 600))
            .collect(),
        asks_more: offer
            .asks
            .iter()
            .any(|(_, standing)| *standing == Standing::New),
        is_paid: offer
            .price
            .as_ref()
            .is_some_and(|price| *price != guildhall_package::market::money::Price::Free),
    }
}
