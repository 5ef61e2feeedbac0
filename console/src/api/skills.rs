//! What is installed, with the types of its operations.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_package::component::Operation;
use guildhall_package::market::Page;
use guildhall_package::text::plain;
use guildhall_package::{ImportKind, SkillName};
use guildhall_web::error::{ApiError, not_found};
use guildhall_web::extract::{Asked, At};

use super::caller::Caller;
use super::runs::{limit, paged};
use super::wire::{OperationDetail, SkillDetail, SkillItem, SkillsQuery};
use super::{json, of_shelf};
use crate::agents::computes_only;
use crate::app::App;
use crate::people::Right;
use crate::shelf::Installed;

/// Longest words of a skill that are told, in characters.
const WORDS: usize = 2_000;

/// Installed skills, by name: those that the token may use.
#[utoipa::path(get, path = "/api/v1/skills", tag = "skills", params(SkillsQuery), responses((status = 200, body = Page<SkillItem>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<SkillsQuery>,
) -> Result<Response, ApiError> {
    let limit = limit(query.limit)?;
    let mut skills = visible(&app, &caller).await?;
    skills.sort_by_key(|skill| skill.name.to_string());
    if let Some(after) = &query.cursor {
        skills.retain(|skill| skill.name.to_string() > *after);
    }
    let page = paged(skills, limit, |skill| skill.name.to_string());
    let page = Page {
        items: page.items.iter().map(item).collect(),
        next: page.next,
    };
    json(StatusCode::OK, &page)
}

/// An installed skill with its operations.
#[utoipa::path(get, path = "/api/v1/skills/{publisher}/{skill}", tag = "skills", responses((status = 200, body = SkillDetail)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    At((publisher, skill)): At<(String, String)>,
) -> Result<Response, ApiError> {
    let name: SkillName = format!("{publisher}/{skill}")
        .parse()
        .map_err(|_| not_found("skill"))?;
    json(StatusCode::OK, &detail(&app, &caller, &name).await?)
}

/// A skill with its operations, if it is there for who asks.
///
/// # Errors
/// 404 if not; what the shelf could not do.
pub(super) async fn detail(
    app: &App,
    caller: &Caller,
    name: &SkillName,
) -> Result<SkillDetail, ApiError> {
    let skills = visible(app, caller).await?;
    let skill = skills
        .iter()
        .find(|skill| skill.name == *name)
        .ok_or_else(|| not_found("skill"))?;
    let reaches = skill
        .package
        .imports
        .iter()
        .filter_map(|import| match import.kind {
            ImportKind::Skill(capability) => Some(capability.to_string()),
            _ => None,
        })
        .collect();
    Ok(SkillDetail {
        skill: item(skill),
        reaches,
        schemas: skill.package.operations.iter().map(operation).collect(),
    })
}

async fn visible(app: &App, caller: &Caller) -> Result<Vec<Installed>, ApiError> {
    let mut skills = app.shelf.installed().await.map_err(of_shelf)?;
    match caller {
        Caller::Agent(agent) => skills.retain(|skill| agent.may_use(&skill.name)),
        Caller::Person(_) => {
            caller.person(Right::View)?;
        }
    }
    Ok(skills)
}

/// A skill in short.
pub(super) fn item(skill: &Installed) -> SkillItem {
    let package = &skill.package;
    SkillItem {
        name: skill.name.to_string(),
        version: skill.version.to_string(),
        digest: package.digest.to_string(),
        description: package
            .manifest
            .as_ref()
            .map(|manifest| plain(&manifest.description, WORDS))
            .unwrap_or_default(),
        operations: package
            .operations
            .iter()
            .map(|operation| operation.name.clone())
            .collect(),
        needs_approval: !computes_only(package),
        revoked: skill.revoked.as_ref().map(|why| plain(why, WORDS)),
    }
}

fn operation(operation: &Operation) -> OperationDetail {
    OperationDetail {
        name: operation.name.clone(),
        doc: operation.doc.as_ref().map(|doc| plain(doc, WORDS)),
        input: operation.input_schema(),
        output: operation.output_schema(),
        unsupported: operation.unsupported.as_ref().map(|why| plain(why, WORDS)),
    }
}
