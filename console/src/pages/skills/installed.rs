//! What is installed, and one skill of it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_host::{Host, RunQuery, SkillUsage, Tenant};
use guildhall_package::market::money::Price;
use guildhall_package::text::plain;

use super::authority::Authority;
use super::buy::{Sale, sale};
use super::found;
use super::run::path_of;
use crate::app::App;
use crate::forms::{Entries, Problems, show_settings};
use crate::pages::answer::Other;
use crate::pages::frame::{Frame, Section, page};
use crate::pages::runs::words::{Standing, counted, number, span, standing, title};
use crate::pages::visitor::Visitor;
use crate::pages::words::{When, sentence, when};
use crate::people::Right;
use crate::shelf::Installed;
use crate::store::skill_settings;

/// Operations that the list shows of a skill; its page shows all.
const OPERATIONS: usize = 4;
/// Runs that the page of a skill shows.
const RUNS: u32 = 5;

#[derive(Template)]
#[template(path = "skills/all.html")]
struct All {
    frame: Frame,
    skills: Vec<Tile>,
    has_market: bool,
}

struct Tile {
    name: String,
    version: String,
    description: String,
    revoked: bool,
    yanked: bool,
    price: String,
    usage: String,
    /// Path and name of each operation.
    operations: Vec<(String, String)>,
}

/// All skills.
pub async fn all(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    let person = visitor.person(Right::View, "/skills")?;
    let host = app.host.for_person(person);
    let mut skills = Vec::new();
    for installed in app.shelf.installed().await? {
        let usage = usage(host, &installed).await?;
        skills.push(Tile {
            name: installed.name.to_string(),
            version: installed.version.to_string(),
            description: description(&installed),
            revoked: installed.revoked.is_some(),
            yanked: installed.yanked,
            price: price(&installed),
            usage: used(usage),
            operations: operations(&installed)
                .into_iter()
                .filter(|operation| operation.unsupported.is_none())
                .take(OPERATIONS)
                .map(|operation| (operation.path, operation.title))
                .collect(),
        });
    }
    page(&All {
        frame: Frame::new(&app, &visitor, "Skills", Section::Skills),
        skills,
        has_market: app.shelf.market().is_some(),
    })
}

#[derive(Template)]
#[template(path = "skills/one.html")]
struct One {
    frame: Frame,
    name: String,
    publisher: String,
    version: String,
    description: String,
    licence: String,
    marketplace: String,
    key: String,
    component: String,
    since: When,
    pinned: bool,
    revoked: Option<String>,
    yanked: bool,
    price: String,
    sale: Option<Sale>,
    operations: Vec<OperationRow>,
    authority: Authority,
    /// Settings: name, value, whether it is the default.
    settings: Vec<(String, String, bool)>,
    usage: SkillUsage,
    used: String,
    last: Option<When>,
    cost: String,
    runs: Vec<RunRow>,
    has_market: bool,
}

struct OperationRow {
    path: String,
    title: String,
    doc: String,
    unsupported: Option<String>,
}

struct RunRow {
    id: String,
    title: String,
    at: When,
    standing: Standing,
}

/// One skill.
pub async fn one(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, &format!("/skills/{publisher}/{skill}"))?;
    let installed = found(&app, &publisher, &skill).await?;
    let host = app.host.for_person(person);
    let name = installed.name.to_string();
    let usage = usage(host, &installed).await?;
    let query = RunQuery {
        skill: Some(name.clone()),
        limit: RUNS,
        ..RunQuery::default()
    };
    let runs = host.search_runs(&Tenant::local(), &query).await?;
    let values = {
        let mut db = app.store.read().await?;
        skill_settings::of(&mut db, &name).await?
    };
    page(&One {
        frame: Frame::new(&app, &visitor, name.clone(), Section::Skills),
        publisher: installed.name.publisher.to_string(),
        version: installed.version.to_string(),
        description: description(&installed),
        licence: installed
            .package
            .manifest
            .as_ref()
            .map(|manifest| plain(&manifest.licence, 200))
            .unwrap_or_default(),
        marketplace: plain(&installed.marketplace, 253),
        key: plain(&installed.key, 200),
        component: installed.package.digest.to_string(),
        since: when(installed.installed_at_ms),
        pinned: installed.pinned,
        revoked: installed
            .revoked
            .as_deref()
            .map(|reason| sentence(&plain(reason, 500))),
        yanked: installed.yanked,
        price: price(&installed),
        sale: sale(&app, &installed).await,
        operations: operations(&installed),
        authority: Authority::of(&installed.package, &installed.declined),
        settings: set(&installed, &values),
        used: used(usage),
        last: (usage.runs > 0).then(|| when(i64::try_from(usage.last_ms).unwrap_or(0))),
        cost: format!(
            "{} of time and {} units of computing over all of them",
            span(usage.wall_ms.saturating_mul(1_000)),
            number(usage.fuel)
        ),
        usage,
        runs: runs
            .runs
            .iter()
            .map(|run| RunRow {
                id: run.invocation.clone(),
                title: title(&run.operation),
                at: when(run.created_at_ms),
                standing: standing(run.status),
            })
            .collect(),
        has_market: app.shelf.market().is_some(),
        name,
    })
}

async fn usage(host: &Host, installed: &Installed) -> Result<SkillUsage, Other> {
    let name = installed.name.to_string();
    Ok(host.skill_usage(&Tenant::local(), &name).await?)
}

fn used(usage: SkillUsage) -> String {
    match usage.runs {
        0 => "not run yet".to_owned(),
        runs => counted(runs, "run", "runs"),
    }
}

fn description(installed: &Installed) -> String {
    installed
        .package
        .manifest
        .as_ref()
        .map(|manifest| plain(&manifest.description, 2_000))
        .unwrap_or_default()
}

fn price(installed: &Installed) -> String {
    installed
        .price
        .as_ref()
        .map_or_else(|| "price not known here".to_owned(), Price::to_string)
}

fn operations(installed: &Installed) -> Vec<OperationRow> {
    installed
        .package
        .operations
        .iter()
        .map(|operation| OperationRow {
            path: path_of(
                installed.name.publisher.as_str(),
                installed.name.skill.as_str(),
                &operation.name,
            ),
            title: title(&operation.name),
            doc: operation
                .doc
                .as_deref()
                .map(|doc| plain(doc, 600))
                .unwrap_or_default(),
            unsupported: operation
                .unsupported
                .as_deref()
                .map(|why| sentence(&plain(why, 300))),
        })
        .collect()
}

/// Each setting with what it is.
fn set(
    installed: &Installed,
    values: &std::collections::BTreeMap<String, String>,
) -> Vec<(String, String, bool)> {
    let Some(manifest) = &installed.package.manifest else {
        return Vec::new();
    };
    show_settings(
        &manifest.settings,
        values,
        None::<&Entries>,
        &Problems::new(),
    )
    .into_iter()
    .zip(&manifest.settings)
    .map(|(field, (name, setting))| {
        let own = values.get(name);
        let value = own.or(setting.default.as_ref());
        let text = value.map_or_else(|| "not set".to_owned(), |value| plain(value, 200));
        (field.label, text, own.is_none())
    })
    .collect()
}
