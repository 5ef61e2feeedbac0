//! Skills: what is installed, what each can and can't do, how it is set, and running it.

mod authority;
mod buy;
mod consent;
mod find;
mod grants;
mod installed;
mod marketplaces;
mod offer;
mod posted;
mod run;
mod settings;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use guildhall_package::{FolderName, SkillName};
use guildhall_web::error::not_found;

pub(super) use run::path_of;

use super::answer::Other;
use crate::app::App;
use crate::market::Market;
use crate::shelf::Installed;

/// Most bytes of a form with files.
const MAX_FORM: usize = 256 << 20;

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/skills", get(installed::all))
        .route("/skills/find", get(find::get))
        .route("/skills/find/{publisher}/{skill}", get(offer::get))
        .route("/skills/install", post(offer::install))
        .route("/skills/{publisher}/{skill}/update", get(offer::update))
        .route(
            "/skills/{publisher}/{skill}/consent",
            get(consent::get).post(consent::post),
        )
        .route(
            "/skills/{publisher}/{skill}/uninstall",
            get(consent::ask_uninstall).post(consent::uninstall),
        )
        .route(
            "/settings/marketplaces",
            get(marketplaces::get).post(marketplaces::look),
        )
        .route(
            "/settings/marketplaces/connect",
            post(marketplaces::connect),
        )
        .route("/skills/{publisher}/{skill}", get(installed::one))
        .route(
            "/skills/{publisher}/{skill}/buy",
            get(buy::get).post(buy::post),
        )
        .route("/skills/{publisher}/{skill}/licence", post(buy::fetch))
        .route(
            "/skills/{publisher}/{skill}/settings",
            get(settings::get).post(settings::post),
        )
        .route(
            "/skills/{publisher}/{skill}/run/{operation}",
            get(run::get)
                .post(run::post)
                .layer(DefaultBodyLimit::max(MAX_FORM)),
        )
}

/// Where skills are installed from.
fn market(app: &App) -> Result<&dyn Market, Other> {
    app.shelf
        .market()
        .ok_or_else(|| Other::Problem(not_found("marketplace")))
}

/// The name in a path.
fn named(publisher: &str, skill: &str) -> Result<SkillName, Other> {
    let part = |text: &str| text.parse::<FolderName>().ok();
    match (part(publisher), part(skill)) {
        (Some(_), Some(_)) => format!("{publisher}/{skill}").parse().ok(),
        _ => None,
    }
    .ok_or_else(|| Other::Problem(not_found("skill")))
}

/// An installed skill of a path.
async fn found(app: &App, publisher: &str, skill: &str) -> Result<Installed, Other> {
    let name = named(publisher, skill)?;
    let installed = app.shelf.installed().await?;
    installed
        .into_iter()
        .find(|one| one.name == name)
        .ok_or_else(|| Other::Problem(not_found("skill")))
}
