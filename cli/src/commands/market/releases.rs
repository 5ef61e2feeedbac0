//! `guildhall releases`

use super::{show_findings, standing};
use crate::args::market::ReleasesArgs;
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::market::{Market, pages};
use crate::output;
use crate::when::Clock;
use guildhall_package::SkillName;
use guildhall_package::market::release::ReleaseInfo;
use guildhall_package::market::{PublishInfo, PublishState};
use guildhall_package::text::plain;
use serde_json::json;

/// Lists the releases of a skill, or own publishes; or shows one publish.
///
/// # Errors
/// If the marketplace does not answer, or there is no such thing.
pub async fn run(home: &Home, args: ReleasesArgs) -> Result<Exit, CliError> {
    match &args.what {
        Some(what) => match what.parse::<SkillName>() {
            Ok(name) => {
                let market = Market::open(home, args.from.from.as_ref())?;
                releases(&market, &name, args.json).await
            }
            Err(_) => {
                let market = Market::logged_in(home, args.from.from.as_ref())?;
                one(home, &market, what, args.json).await
            }
        },
        None => {
            let market = Market::logged_in(home, args.from.from.as_ref())?;
            publishes(home, &market, args.json).await
        }
    }
}

async fn releases(market: &Market, name: &SkillName, as_json: bool) -> Result<Exit, CliError> {
    // Says what may have been meant if there is no such skill.
    let _known = crate::market::release::skill(market, name).await?;
    let releases: Vec<ReleaseInfo> =
        pages(market, &format!("/api/v1/skills/{name}/releases")).await?;
    if as_json {
        output::json(&json!({ "name": name, "releases": crate::commands::to_json(&releases)? }));
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    let rows = releases.iter().map(|release| {
        let why = release.revoked.as_ref().or(release.yanked.as_ref());
        [
            release.version.to_string(),
            clock.date(i64::try_from(release.released).unwrap_or(i64::MAX)),
            release.release.short(),
            release.log_index.to_string(),
            match why {
                Some(why) => format!("{}: {}", standing(release), plain(&why.reason, 120)),
                None => standing(release).to_owned(),
            },
        ]
    });
    output::line(output::table(
        ["VERSION", "RELEASED", "DIGEST", "LOG", "STATE"],
        rows,
    ));
    Ok(Exit::Done)
}

async fn publishes(home: &Home, market: &Market, as_json: bool) -> Result<Exit, CliError> {
    let publishes: Vec<PublishInfo> = pages(market, "/api/v1/publishes").await?;
    if as_json {
        output::json(&json!({ "publishes": crate::commands::to_json(&publishes)? }));
        return Ok(Exit::Done);
    }
    if publishes.is_empty() {
        output::note("You have published nothing here yet.");
        output::hint(format_args!("{} publish --dry-run", program(home)));
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    let ids: Vec<&str> = publishes
        .iter()
        .map(|publish| publish.id.as_str())
        .collect();
    let rows = publishes
        .iter()
        .zip(host::short_ids(&ids))
        .map(|(publish, id)| {
            [
                id.to_owned(),
                format!("{} {}", publish.name, publish.version),
                clock.date(i64::try_from(publish.staged).unwrap_or(i64::MAX)),
                publish.state.to_string(),
                match publish.state {
                    PublishState::Held => format!("asks for more: {}", publish.wider.len()),
                    _ => publish.reason.clone().unwrap_or_default(),
                },
            ]
        });
    output::line(output::table(
        ["ID", "RELEASE", "SENT", "STATE", "WHY"],
        rows,
    ));
    output::hint(format_args!("{} releases ID", program(home)));
    Ok(Exit::Done)
}

async fn one(home: &Home, market: &Market, id: &str, as_json: bool) -> Result<Exit, CliError> {
    host::long_enough(id, "publish")?;
    let publishes: Vec<PublishInfo> = pages(market, "/api/v1/publishes").await?;
    let ids = publishes.iter().map(|publish| publish.id.clone());
    let id = host::pick(
        id,
        ids,
        "publish",
        &format!("`{} releases` lists them", program(home)),
    )?;
    let publish = publishes
        .into_iter()
        .find(|publish| publish.id == id)
        .ok_or_else(|| host::fault("the publish is gone"))?;
    if as_json {
        output::json(&crate::commands::to_json(&publish)?);
    } else {
        show(&publish);
    }
    Ok(Exit::Done)
}

/// Prints one publish and what its review found.
pub fn show(publish: &PublishInfo) {
    let clock = Clock::system();
    let date = |ms: u64| clock.date(i64::try_from(ms).unwrap_or(i64::MAX));
    crate::commands::fact("publish", plain(&publish.id, 64));
    crate::commands::fact(
        "release",
        format_args!("{} {}", publish.name, publish.version),
    );
    crate::commands::fact("digest", publish.release);
    crate::commands::fact("sent", date(publish.staged));
    crate::commands::fact(
        "state",
        format_args!("{}, {}", publish.state, date(publish.changed)),
    );
    if let Some(reason) = &publish.reason {
        crate::commands::fact("why", plain(reason, 600));
    }
    for wider in &publish.wider {
        crate::commands::fact("asks for", plain(&wider.to_string(), 400));
    }
    if let Some(index) = publish.log_index {
        crate::commands::fact("log entry", index);
    }
    show_findings(&publish.findings);
}
