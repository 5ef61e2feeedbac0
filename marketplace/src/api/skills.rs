//! Skills: finding them, and what is known of one.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use guildhall_package::FolderName;
use guildhall_package::market::Page;
use guildhall_package::market::page::PageQuery;
use guildhall_package::market::release::{ReleaseInfo, SkillInfo};
use guildhall_package::market::search::{MAX_QUERY, SearchQuery, SearchResults, category};

use super::extract::{Asked, At};
use super::{releases, tagged};
use crate::app::App;
use crate::clock::wire;
use crate::error::{ApiError, invalid, not_found};

/// Finds skills.
#[utoipa::path(get, path = "/api/v1/search", tag = "skills", params(SearchQuery),
    responses((status = 200, body = SearchResults)))]
pub async fn search(
    State(app): State<App>,
    headers: HeaderMap,
    Asked(query): Asked<SearchQuery>,
) -> Result<Response, ApiError> {
    if query
        .q
        .as_ref()
        .is_some_and(|q| q.chars().count() > MAX_QUERY)
    {
        return Err(invalid(
            "q",
            format!("it is longer than {MAX_QUERY} characters"),
        ));
    }
    // It keeps a core busy for milliseconds: not on the threads that answer everybody.
    let worker = app.clone();
    let found = tokio::task::spawn_blocking(move || worker.shelf.index.search(&query))
        .await
        .map_err(|error| ApiError::Fault(error.to_string()))??;
    tagged(&headers, true, &found)
}

/// A skill.
#[utoipa::path(get, path = "/api/v1/skills/{publisher}/{skill}", tag = "skills",
    responses((status = 200, body = SkillInfo)))]
pub async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    At((publisher, skill)): At<(FolderName, FolderName)>,
) -> Result<Response, ApiError> {
    let info = {
        let catalogue = app.shelf.catalogue();
        let skill = catalogue
            .skill(publisher.as_str(), skill.as_str())
            .ok_or_else(|| not_found("skill"))?;
        let latest = skill.latest();
        // Without one that is offered, the newest there was tells what it is.
        let shown = latest
            .clone()
            .or_else(|| skill.releases().next())
            .ok_or_else(|| not_found("skill"))?;
        let facts = &shown.publish.facts;
        let times = || skill.releases().map(|release| wire(release.logged.at));
        SkillInfo {
            name: skill.name().clone(),
            description: facts.description.clone(),
            licence: facts.licence.clone(),
            homepage: facts.homepage.clone(),
            keywords: facts.keywords.clone(),
            category: category(&facts.keywords).to_owned(),
            price: skill.price(),
            latest: latest.map(|release| release.publish.version.clone()),
            releases: u64::try_from(skill.releases().count()).unwrap_or(u64::MAX),
            first: times().min().unwrap_or_default(),
            last: times().max().unwrap_or_default(),
        }
    };
    tagged(&headers, true, &info)
}

/// Releases of a skill, highest version first.
#[utoipa::path(get, path = "/api/v1/skills/{publisher}/{skill}/releases", tag = "skills", params(PageQuery),
    responses((status = 200, body = Page<ReleaseInfo>)))]
pub async fn list(
    State(app): State<App>,
    headers: HeaderMap,
    At((publisher, skill)): At<(FolderName, FolderName)>,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, ApiError> {
    let limit = usize::try_from(query.limit()).unwrap_or(usize::MAX);
    let below = query
        .cursor
        .as_deref()
        .map(str::parse::<semver::Version>)
        .transpose()
        .map_err(|error| invalid("cursor", error))?;
    let page = {
        let catalogue = app.shelf.catalogue();
        let skill = catalogue
            .skill(publisher.as_str(), skill.as_str())
            .ok_or_else(|| not_found("skill"))?;
        let found: Vec<ReleaseInfo> = skill
            .releases()
            .filter(|release| {
                below
                    .as_ref()
                    .is_none_or(|below| release.publish.version < *below)
            })
            .take(limit + 1)
            .map(|release| releases::info(&release))
            .collect();
        super::page(
            found,
            limit,
            |release| release.version.to_string(),
            Clone::clone,
        )
    };
    tagged(&headers, true, &page)
}
