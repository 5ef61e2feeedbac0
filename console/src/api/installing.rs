//! Installing and taking away, by programs that stand in for an owner: what is consented to is exactly what was offered. No
//! handler here takes an agent.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use guildhall_package::market::money::Price;
use guildhall_package::text::plain;
use guildhall_package::{Digest, SkillName};
use guildhall_web::error::{ApiError, invalid, not_found, refuse};
use guildhall_web::extract::{At, Body};
use semver::Version;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Caller;
use super::installs::{self, InstallJob};
use super::invoke::Prefer;
use super::once::{self, Key};
use super::skills::{detail, item};
use super::wire::SkillItem;
use super::{json, of_shelf};
use crate::app::App;
use crate::consent::Standing;
use crate::market::{Market, Offer};
use crate::people::Right;
use crate::shelf::Installed;

/// Parts that can be declined at once.
const MOST_DECLINED: usize = 100;

/// Which release is wanted.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// `publisher/skill`.
    #[schema(min_length = 3, max_length = 200)]
    pub skill: String,
    /// Which release. Default: the newest.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub version: Option<String>,
}

/// A release that passed every check, and what it asks for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Offered {
    /// Names this offer; another release, or another consent before it, has another one.
    pub offer: String,
    /// `publisher/skill`.
    pub skill: String,
    /// Which release.
    pub version: String,
    /// The installed release that it takes the place of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// What was verified, as pairs of a label and a text.
    pub verified: Vec<Vec<String>>,
    /// What the review found.
    pub findings: Vec<String>,
    /// What it costs, if it costs something.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub price: Option<Price>,
    /// What it asks for.
    pub asks: Vec<AskLine>,
}

/// One part of what a release asks for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AskLine {
    /// Name by which it is declined.
    pub id: String,
    /// What, in words.
    pub what: String,
    /// Why: the author's words.
    pub reason: String,
    /// Whether the skill also runs without it.
    pub optional: bool,
    /// `kept`: consented to already; `declined`: optional, and declined before; `new`: asked for now.
    #[schema(value_type = String)]
    pub standing: Standing,
}

/// A consent: to what was offered, without what is declined.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Install {
    /// `offer` of what was looked at.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub offer: String,
    /// Optional parts that are declined.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub declined: Vec<String>,
}

/// What came of installing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Changed {
    /// Skills that are installed now as they were not before.
    pub skills: Vec<SkillItem>,
}

/// What came of taking a skill away.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TakenAway {
    /// Runs of which nothing more is done: they were waiting for approval.
    pub void: Vec<String>,
    /// What else is to be said.
    pub notes: Vec<String>,
}

/// Fetches a release, verifies it, and says what it asks for. Nothing is installed.
#[utoipa::path(post, path = "/api/v1/offers", tag = "skills", request_body = Wanted, responses((status = 200, body = Offered)))]
pub async fn offer(
    State(app): State<App>,
    caller: Caller,
    Body(wanted): Body<Wanted>,
) -> Result<Response, ApiError> {
    caller.person(Right::Own)?;
    let name: SkillName = wanted.skill.parse().map_err(|_| not_found("skill"))?;
    let version: Option<Version> = wanted
        .version
        .map(|version| version.parse().map_err(|error| invalid("version", error)))
        .transpose()?;
    let offer = market(&app)?.offer(&name, version.as_ref()).await;
    json(StatusCode::OK, &offered(offer.map_err(of_shelf)?))
}

/// A consent that was read.
pub(super) struct Consented {
    offer: Digest,
    declined: Vec<String>,
}

/// Installs what was offered, or updates to it. With `Prefer: respond-async` it is looked at later, as what came with a key and
/// takes longer than was waited for: `Location` says where.
#[utoipa::path(post, path = "/api/v1/skills", tag = "skills", request_body = Install,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once; what was refused may be asked again under it", min_length = 1, max_length = 200, pattern = "^[!-~]{1,200}$"),
        ("Prefer" = Option<String>, Header, description = "`respond-async`; with a key also `wait=SECONDS`")),
    responses(
        (status = 200, description = "It is installed", body = Changed),
        (status = 202, description = "It is at work", body = InstallJob, headers(("Location" = String, description = "The installation")))))]
pub async fn install(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(wanted): Body<Install>,
) -> Result<Response, ApiError> {
    caller.person(Right::Own)?;
    let offer: Digest = wanted
        .offer
        .parse()
        .map_err(|error| invalid("offer", error))?;
    if wanted.declined.len() > MOST_DECLINED {
        return Err(invalid(
            "declined",
            format!("at most {MOST_DECLINED} parts"),
        ));
    }
    let consented = Consented {
        offer,
        declined: wanted.declined.clone(),
    };
    let prefer = Prefer::of(&headers);
    let asked = match Key::of(&headers)? {
        Some(key) => Some((key, once::hash_of("POST /api/v1/skills", &wanted)?)),
        None => None,
    };
    match asked {
        asked if prefer.is_later() => installs::begin(&app, &caller, consented, asked).await,
        Some(asked) => installs::finish(&app, &caller, consented, asked, prefer.patience()).await,
        None => {
            let skills = carry_out(&app, &caller, &consented).await?;
            json(StatusCode::OK, &Changed { skills })
        }
    }
}

/// Installs, and tells what is installed now as it was not before.
pub(super) async fn carry_out(
    app: &App,
    caller: &Caller,
    consented: &Consented,
) -> Result<Vec<SkillItem>, ApiError> {
    let person = caller.person(Right::Own)?;
    let market = market(app)?;
    let before = app.shelf.installed().await.map_err(of_shelf)?;
    let installed = market
        .install(consented.offer, &consented.declined, person)
        .await;
    installed.map_err(of_shelf)?;
    app.live.bump();
    let after = app.shelf.installed().await.map_err(of_shelf)?;
    let is_new = |now: &&Installed| {
        !before.iter().any(|was| {
            was.name == now.name && was.release == now.release && was.declined == now.declined
        })
    };
    Ok(after.iter().filter(is_new).map(item).collect())
}

/// Takes a skill away. What it has waiting is void.
#[utoipa::path(delete, path = "/api/v1/skills/{publisher}/{skill}", tag = "skills", responses((status = 200, body = TakenAway)))]
pub async fn uninstall(
    State(app): State<App>,
    caller: Caller,
    At((publisher, skill)): At<(String, String)>,
) -> Result<Response, ApiError> {
    let person = caller.person(Right::Own)?;
    let name: SkillName = format!("{publisher}/{skill}")
        .parse()
        .map_err(|_| not_found("skill"))?;
    // Whether it is there, before anything is asked of a marketplace.
    detail(&app, &caller, &name).await?;
    let gone = market(&app)?.uninstall(&name, person).await;
    let gone = gone.map_err(of_shelf)?;
    app.live.bump();
    let told = TakenAway {
        void: gone.void,
        notes: gone.notes,
    };
    json(StatusCode::OK, &told)
}

fn market(app: &App) -> Result<&dyn Market, ApiError> {
    app.shelf.market().ok_or_else(|| {
        refuse(
            StatusCode::CONFLICT,
            "skills.fixed",
            "what is installed here is fixed by the program that runs this console",
            "change it there",
        )
    })
}

fn offered(offer: Offer) -> Offered {
    Offered {
        offer: offer.id.to_string(),
        skill: offer.name.to_string(),
        version: offer.version.to_string(),
        replaces: offer.replaces.map(|version| version.to_string()),
        verified: offer
            .facts
            .into_iter()
            .map(|(label, text)| vec![label, text])
            .collect(),
        findings: offer
            .findings
            .into_iter()
            .map(|finding| finding.sentence)
            .collect(),
        price: offer.price,
        asks: offer
            .asks
            .into_iter()
            .map(|(ask, standing)| AskLine {
                standing,
                id: ask.id,
                what: plain(&ask.what, 500),
                reason: ask.reason,
                optional: ask.optional,
            })
            .collect(),
    }
}
