//! `guildhall info`

use super::{finding_lines, standing};
use crate::args::market::InfoArgs;
use crate::card::layout::{bytes, wrap};
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::market::Market;
use crate::market::release::{NoQuery, skill, version};
use crate::output;
use crate::when::Clock;
use guildhall_package::market::release::{ReleaseDetail, SkillInfo};
use guildhall_package::text::plain;
use owo_colors::OwoColorize;
use serde_json::json;

/// Shows what a marketplace says of a skill. Nothing of it is verified: installing does that.
///
/// # Errors
/// If the marketplace does not answer, or has no such skill.
pub async fn run(home: &Home, args: InfoArgs) -> Result<Exit, CliError> {
    let market = Market::open(home, args.from.from.as_ref())?;
    let info = skill(&market, &args.skill.name).await?;
    let version = version(&market, &args.skill).await?;
    let path = format!("/api/v1/releases/{}/{version}", args.skill.name);
    let detail = match market.http.get::<ReleaseDetail>(&path, &NoQuery {}).await {
        Err(error) if error.is_not_found() => {
            return Err(CliError::usage(format!(
                "there is no release {}@{version}",
                args.skill.name
            ))
            .kind("not-found")
            .fix(format!("{} releases {}", program(home), args.skill.name)));
        }
        answer => answer?,
    };
    if args.json {
        output::json(&json!({
            "skill": crate::commands::to_json(&info)?,
            "release": crate::commands::to_json(&detail)?,
        }));
        return Ok(Exit::Done);
    }
    for line in page(&info, &detail, output::width()) {
        output::line(line);
    }
    output::hint(format_args!("{} install {}", program(home), args.skill));
    Ok(Exit::Done)
}

fn page(info: &SkillInfo, detail: &ReleaseDetail, width: usize) -> Vec<String> {
    let release = &detail.release;
    let clock = Clock::system();
    let date = |ms: u64| clock.date(i64::try_from(ms).unwrap_or(i64::MAX));
    let mut lines = vec![
        format!("{} {}", info.name, release.version)
            .bold()
            .to_string(),
    ];
    lines.extend(wrap(
        &format!("“{}”", plain(&detail.description, 2_000)),
        width,
    ));
    lines.push(String::new());
    let mut fact = |label: &str, text: String| {
        lines.push(format!("{} {text}", format!("{label:10}").bold()));
    };
    fact("State", standing(release).to_owned());
    for withdrawn in release.revoked.iter().chain(&release.yanked) {
        fact("Why", plain(&withdrawn.reason, 500));
    }
    fact("Publisher", info.name.publisher.to_string());
    fact("Key", plain(&release.key, 100));
    fact("Price", info.price.to_string());
    fact("Licence", plain(&detail.licence, 200));
    if let Some(homepage) = &info.homepage {
        fact("Home page", plain(homepage, 300));
    }
    fact(
        "Released",
        format!(
            "{}, log entry {}",
            date(release.released),
            release.log_index
        ),
    );
    fact("Size", bytes(release.bytes));
    fact("Digest", release.release.to_string());
    let latest = info
        .latest
        .as_ref()
        .map_or_else(|| "none".to_owned(), ToString::to_string);
    fact(
        "Releases",
        format!("{}, the latest on the shelf is {latest}", info.releases),
    );
    list(&mut lines, "It can", &detail.can, width);
    list(&mut lines, "It cannot", &detail.cannot, width);
    lines.push(String::new());
    lines.push("Review".bold().to_string());
    lines.push(format!(
        "  {} golden cases passed, {} failed",
        detail.golden.passed, detail.golden.failed
    ));
    if let Some(who) = &detail.decided_by {
        lines.push(format!(
            "  it was held for what it asks for, and {who} let it pass"
        ));
    }
    lines.extend(finding_lines(&detail.findings, width));
    lines
}

fn list(lines: &mut Vec<String>, title: &str, sentences: &[String], width: usize) {
    lines.push(String::new());
    lines.push(title.bold().to_string());
    for sentence in sentences {
        let rows = wrap(&plain(sentence, 1_000), width.saturating_sub(4));
        for (index, row) in rows.into_iter().enumerate() {
            lines.push(format!("  {} {row}", if index == 0 { "·" } else { " " }));
        }
    }
}
