//! A skill: what it does, what it can and cannot touch, its versions, its review and its place in the log.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_package::inspect::CapabilityView;
use guildhall_package::market::ReviewReport;
use guildhall_package::market::money::{Price, PriceModel};
use guildhall_package::market::release::ReleaseInfo;
use guildhall_package::market::search::category;
use guildhall_package::{Digest, FolderName};
use guildhall_web::contact::Contact;
use semver::Version;

use super::frame::{Frame, page};
use super::touch::{DataUse, Touch};
use super::versions::{self, Row};
use super::visitor::Visitor;
use super::words::{self, Day};
use crate::api::extract::At;
use crate::api::releases::info;
use crate::app::App;
use crate::catalogue::{ReleaseView, SkillView};
use crate::clock::wire;
use crate::error::{ApiError, not_found};
use crate::facts::Facts;
use crate::log::not_ready;
use crate::store::downloads;
use crate::store::publishes::Publish;

#[derive(Template)]
#[template(path = "skill.html")]
struct Page {
    frame: Frame,
    path: String,
    name: String,
    skill: String,
    publisher: String,
    version: String,
    is_latest: bool,
    has_latest: bool,
    state: Standing,
    description: String,
    keywords: Vec<String>,
    category: String,
    price: String,
    is_paid: bool,
    is_monthly: bool,
    licence: String,
    homepage: Option<Contact>,
    contact: Option<Contact>,
    released: Day,
    size: String,
    downloads: String,
    downloads_here: String,
    install: String,
    buy: String,
    touches: Vec<Touch>,
    cannot: Vec<String>,
    data: DataUse,
    review: Review,
    rows: Vec<Row>,
    rows_left: usize,
    proof: Proof,
}

/// Whether the release that is shown is offered.
enum Standing {
    Offered,
    Yanked { why: String, day: Day },
    Revoked { why: String, day: Day },
}

/// What the review found.
struct Review {
    findings: Vec<Finding>,
    golden: String,
    engine: String,
    decided_by: Option<String>,
}

/// A finding, as pages show it.
pub struct Finding {
    /// How much it weighs.
    pub weight: &'static str,
    /// The class that it looks by.
    pub class: &'static str,
    /// What was found.
    pub sentence: String,
    /// What to do about it.
    pub fix: String,
    /// Name of the rule.
    pub code: String,
}

/// What proves the release.
struct Proof {
    index: String,
    size: String,
    release: String,
    component: String,
    key: String,
    checkpoint: String,
    bundle: String,
    audit: String,
}

impl Finding {
    /// Of a review.
    #[must_use]
    pub fn of(finding: &guildhall_package::market::review::Finding) -> Self {
        let (weight, class) = words::severity(finding.severity);
        Self {
            weight,
            class,
            sentence: words::sentence(&finding.sentence),
            fix: words::sentence(&finding.fix),
            code: finding.code.clone(),
        }
    }
}

/// What is read of the catalogue in one go.
struct Read {
    publish: Arc<Publish>,
    info: ReleaseInfo,
    latest: Option<Version>,
    price: Price,
    rows: Vec<Row>,
    rows_left: usize,
}

/// The latest release; without one that is offered, the newest there was.
pub async fn latest(
    State(app): State<App>,
    visitor: Visitor,
    At((publisher, skill)): At<(FolderName, FolderName)>,
) -> Result<Response, ApiError> {
    let read = read(&app, &publisher, &skill, |skill| {
        skill.latest().or_else(|| skill.releases().next())
    })?;
    show(&app, &visitor, read).await
}

/// The release of a version.
pub async fn version(
    State(app): State<App>,
    visitor: Visitor,
    At((publisher, skill, version)): At<(FolderName, FolderName, Version)>,
) -> Result<Response, ApiError> {
    let read = read(&app, &publisher, &skill, |skill| skill.release(&version))?;
    show(&app, &visitor, read).await
}

fn read(
    app: &App,
    publisher: &FolderName,
    skill: &FolderName,
    choose: impl for<'a> FnOnce(&SkillView<'a>) -> Option<ReleaseView<'a>>,
) -> Result<Read, ApiError> {
    let catalogue = app.shelf.catalogue();
    let skill = catalogue
        .skill(publisher.as_str(), skill.as_str())
        .ok_or_else(|| not_found("skill"))?;
    let release = choose(&skill).ok_or_else(|| not_found("release"))?;
    let latest = skill.latest().map(|it| it.publish.version.clone());
    let (rows, rows_left) = versions::rows(&skill, &release.publish.version, latest.as_ref());
    Ok(Read {
        publish: Arc::clone(release.publish),
        info: info(&release),
        latest,
        price: skill.price(),
        rows,
        rows_left,
    })
}

async fn show(app: &App, visitor: &Visitor, read: Read) -> Result<Response, ApiError> {
    let Read {
        publish,
        info,
        latest,
        price,
        mut rows,
        rows_left,
    } = read;
    let facts = &publish.facts;
    let name = publish.name.to_string();
    let counts = {
        let mut db = app.store.read().await?;
        let (publisher, skill) = (&publish.name.publisher, &publish.name.skill);
        downloads::of(&mut db, publisher.as_str(), Some(skill.as_str())).await?
    };
    for row in &mut rows {
        row.downloads = words::count(of(&counts, &row.release), "download", "downloads");
    }
    let all = counts
        .values()
        .fold(0, |sum, one| wire(*one).saturating_add(sum));
    let from = format!("--from {}", app.public.url());
    let template = Page {
        frame: Frame::new(app, visitor, name.clone()),
        path: format!("/skills/{name}"),
        skill: publish.name.skill.to_string(),
        publisher: publish.name.publisher.to_string(),
        version: publish.version.to_string(),
        is_latest: latest.as_ref() == Some(&publish.version),
        has_latest: latest.is_some(),
        state: state(&info),
        description: facts.description.clone(),
        keywords: facts.keywords.clone(),
        category: words::category(category(&facts.keywords)),
        price: words::price(&price),
        is_paid: price != Price::Free,
        is_monthly: price.model() == PriceModel::PerMonth,
        licence: facts.licence.clone(),
        homepage: facts.homepage.as_deref().map(Contact::of),
        contact: facts.contact.as_deref().map(Contact::of),
        released: words::day(info.released),
        size: words::bytes(info.bytes),
        downloads: words::count(all, "download", "downloads"),
        downloads_here: words::count(of(&counts, &info.release), "download", "downloads"),
        install: install(&name, &publish.version, latest.as_ref(), &from),
        buy: format!("guildhall buy {name} {from}"),
        touches: touches(facts),
        cannot: facts.cannot.clone(),
        data: DataUse::of(&facts.authority),
        review: review(app, &publish).await?,
        rows,
        rows_left,
        proof: proof(app, &info, &from)?,
        name,
    };
    page(app, visitor, StatusCode::OK, &template)
}

fn of(counts: &HashMap<Digest, i64>, release: &Digest) -> u64 {
    counts.get(release).copied().map_or(0, wire)
}

fn state(info: &ReleaseInfo) -> Standing {
    let shown = |withdrawn: &guildhall_package::market::release::Withdrawn| {
        (withdrawn.reason.clone(), words::day(withdrawn.at))
    };
    match (&info.revoked, &info.yanked) {
        (Some(revoked), _) => {
            let (why, day) = shown(revoked);
            Standing::Revoked { why, day }
        }
        (None, Some(yanked)) => {
            let (why, day) = shown(yanked);
            Standing::Yanked { why, day }
        }
        (None, None) => Standing::Offered,
    }
}

fn install(name: &str, version: &Version, latest: Option<&Version>, from: &str) -> String {
    if latest == Some(version) {
        format!("guildhall install {name} {from}")
    } else {
        format!("guildhall install {name}@{version} {from}")
    }
}

/// What it can touch, with the reasons where they are known.
fn touches(facts: &Facts) -> Vec<Touch> {
    if facts.uses.is_empty() {
        let views = facts.capabilities.iter().zip(&facts.can);
        return views
            .map(|(capability, sentence)| {
                Touch::of(&CapabilityView {
                    capability: *capability,
                    sentence: sentence.clone(),
                    details: Vec::new(),
                })
            })
            .collect();
    }
    facts.uses.iter().map(Touch::of).collect()
}

async fn review(app: &App, publish: &Publish) -> Result<Review, ApiError> {
    let report = match &publish.report {
        None => None,
        Some(digest) => {
            let bytes = app.blobs.get(digest).await?;
            serde_json::from_slice::<ReviewReport>(&bytes).ok()
        }
    };
    let golden = match report.as_ref().map(|report| &report.golden) {
        Some(golden) if golden.passed > 0 => format!(
            "{} gave exactly what the author promises, on the marketplace's own machine.",
            words::count(u64::from(golden.passed), "test case", "test cases")
        ),
        _ => "The author sent no test cases, so none were run.".to_owned(),
    };
    Ok(Review {
        findings: publish.findings.iter().map(Finding::of).collect(),
        golden,
        engine: report.map_or_else(String::new, |report| report.engine),
        decided_by: publish.decided_by.as_ref().map(ToString::to_string),
    })
}

fn proof(app: &App, info: &ReleaseInfo, from: &str) -> Result<Proof, ApiError> {
    let published = app.shelf.published().ok_or_else(not_ready)?;
    let (name, version) = (&info.name, &info.version);
    Ok(Proof {
        index: words::figure(info.log_index),
        size: words::figure(published.size),
        release: info.release.to_string(),
        component: info.component.to_string(),
        key: info.key.clone(),
        checkpoint: String::from_utf8_lossy(&published.note).into_owned(),
        bundle: format!(
            "guildhall bundle {name}@{version} -o {}-{version}.bundle {from}",
            name.skill
        ),
        audit: format!("guildhall log audit {from}"),
    })
}
