//! `guildhall test`

use crate::approve::By;
use crate::args::TestArgs;
use crate::build::{build, skill_folder};
use crate::error::{CliError, did_you_mean};
use crate::exit::Exit;
use crate::golden::archive::{ArchiveLimits, unpack};
use crate::golden::{self, CaseReport, Runner};
use crate::home::Home;
use crate::host::{self, read_component};
use crate::installed::{Record, Store};
use crate::licences;
use crate::output::{self, Progress};
use crate::source;
use guildhall_host::EgressConfig;
use owo_colors::OwoColorize;
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

/// Runs the golden cases of a skill.
///
/// # Errors
/// If there is nothing to run, or the skill does not build or load.
pub async fn run(home: Option<PathBuf>, args: &TestArgs) -> Result<Exit, CliError> {
    let given = given(home.clone(), args)?;
    if let Some(installed) = &given.installed {
        let home = Home::find(home)?;
        let host = host::open(&home, EgressConfig::default()).await?;
        let may = licences::require(&home, &host, installed, &By::command()).await;
        host.shutdown().await;
        may?;
    }
    let cases = chosen(
        golden::find(&given.folder).map_err(CliError::usage)?,
        &args.cases,
    )?;
    let bytes = match (given.bytes, &args.component) {
        (Some(bytes), _) => bytes,
        (None, Some(file)) => read_component(file)?,
        (None, None) => build(&given.folder)?.bytes,
    };
    let progress = Progress::start("loading the skill");
    let runner = Runner::start(&bytes).await?;
    drop(progress);
    let columns = output::width().saturating_sub(6);
    let mut reports = Vec::new();
    for case in &cases {
        let report = match &given.unpacked {
            Some(root) => golden::check_within(&runner, case, root.path(), columns).await,
            None => golden::check(&runner, case, args.update, columns).await,
        };
        if !args.json {
            print(&report);
        }
        reports.push(report);
    }
    runner.stop().await;
    let failed = reports
        .iter()
        .filter(|report| !report.problems.is_empty())
        .count();
    let passed = reports.len() - failed;
    if args.json {
        output::json(&json!({
            "passed": passed,
            "failed": failed,
            "cases": reports.iter().map(to_json).collect::<Vec<_>>(),
        }));
    } else {
        output::line(format_args!("{passed} passed, {failed} failed"));
        if failed > 0 && !args.update {
            output::hint(
                "if the new behaviour is right, write it down with `guildhall test --update`",
            );
        }
    }
    Ok(if failed == 0 {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// What is tested.
struct Given {
    /// The skill's folder.
    folder: PathBuf,
    /// The component, if it is not to be built.
    bytes: Option<Vec<u8>>,
    /// Where the cases of an installed skill were unpacked; gone when dropped.
    unpacked: Option<TempDir>,
    /// What is known of it, if it is installed.
    installed: Option<Record>,
}

fn given(home: Option<PathBuf>, args: &TestArgs) -> Result<Given, CliError> {
    let name = match source::as_name(&args.dir) {
        // A folder may be called like a skill.
        Some(name) if !args.dir.is_dir() => name,
        _ => {
            return Ok(Given {
                folder: skill_folder(&args.dir)?,
                bytes: None,
                unpacked: None,
                installed: None,
            });
        }
    };
    if args.update || args.component.is_some() {
        return Err(CliError::usage(format!(
            "{name} is installed: its cases and its component are what was published"
        ))
        .fix("leave out --update and --component, or give the folder of the skill"));
    }
    let store = Store::of(&Home::find(home)?);
    let record = source::record(&store, &name)?;
    let golden = store.golden(&record)?.ok_or_else(|| {
        CliError::usage(format!(
            "{name} {} was published without golden cases",
            record.version
        ))
        .kind("no-cases")
    })?;
    let root = tempfile::tempdir().map_err(crate::host::fault)?;
    // Installing has checked whose cases these are, not what is in them.
    let unpacked = unpack(&golden, root.path(), ArchiveLimits::default())
        .map_err(|error| CliError::refused(error.to_string()).kind("golden-archive"))?;
    Ok(Given {
        folder: unpacked.skill,
        bytes: Some(store.component(&record)?),
        unpacked: Some(root),
        installed: Some(record),
    })
}

fn chosen(cases: Vec<PathBuf>, names: &[String]) -> Result<Vec<PathBuf>, CliError> {
    if cases.is_empty() {
        return Err(CliError::usage("the skill has no golden cases")
            .kind("no-cases")
            .fix("make golden/NAME/case.toml with `operation = \"…\"`, then `guildhall test --update`"));
    }
    if names.is_empty() {
        return Ok(cases);
    }
    let known: Vec<&str> = cases
        .iter()
        .filter_map(|case| case.file_name()?.to_str())
        .collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        let error = CliError::usage(format!(
            "there is no case `{unknown}`; there are {}",
            known.join(", ")
        ));
        return Err(match did_you_mean(unknown, known) {
            Some(meant) => error.fix(format!("did you mean {meant}?")),
            None => error,
        });
    }
    Ok(cases
        .into_iter()
        .filter(|case| {
            let name = case.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| names.iter().any(|wanted| wanted == name))
        })
        .collect())
}

fn print(report: &CaseReport) {
    let verdict = if !report.problems.is_empty() {
        "FAILED ".red().bold().to_string()
    } else if !report.updated.is_empty() {
        "updated".yellow().bold().to_string()
    } else {
        "ok     ".green().to_string()
    };
    output::line(format_args!(
        "{verdict} {} {}",
        report.name,
        format_args!("{} ms", report.millis).dimmed()
    ));
    for file in &report.updated {
        output::line(format_args!("    wrote {file}"));
    }
    for problem in &report.problems {
        output::line(format_args!("    {}", problem.message));
        for line in &problem.lines {
            output::line(format_args!("      {line}"));
        }
    }
}

fn to_json(report: &CaseReport) -> Value {
    json!({
        "name": report.name,
        "passed": report.problems.is_empty(),
        "ms": report.millis,
        "problems": report.problems,
        "updated": report.updated,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_chosen_by_name_and_a_wrong_name_is_an_error() {
        let cases = || {
            vec![
                PathBuf::from("golden/rounding"),
                PathBuf::from("golden/empty"),
            ]
        };
        let names = |list: &[&str]| {
            list.iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(chosen(cases(), &[]).unwrap().len(), 2);
        assert_eq!(
            chosen(cases(), &names(&["empty"])).unwrap(),
            [PathBuf::from("golden/empty")]
        );
        let error = chosen(cases(), &names(&["roundin"])).unwrap_err();
        assert_eq!(error.fix.as_deref(), Some("did you mean rounding?"));
        assert_eq!(chosen(vec![], &[]).unwrap_err().kind, "no-cases");
    }
}
