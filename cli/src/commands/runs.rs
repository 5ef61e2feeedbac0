//! `guildhall runs`

use crate::args::{RunsArgs, RunsCommand, RunsListArgs};
use crate::card::layout::{bytes, counted, number};
use crate::card::{skill_name, trust_words};
use crate::error::{CliError, did_you_mean};
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::output;
use crate::when::Clock;
use guildhall_host::{EgressConfig, Host, Retention, RunDetail, RunFilter, RunStatus, Tenant};
use guildhall_package::text::plain;
use owo_colors::OwoColorize;
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Lists runs, or shows one.
///
/// # Errors
/// If the journal can't be read, or there is no such run.
pub async fn run(home: &Home, args: RunsArgs) -> Result<Exit, CliError> {
    let status = match &args.command {
        None => status(&args.list)?,
        Some(RunsCommand::List(list)) => status(list)?,
        Some(
            RunsCommand::Show { .. } | RunsCommand::Prune { .. } | RunsCommand::Resolve { .. },
        ) => None,
    };
    let host = host::open(home, EgressConfig::default()).await?;
    match args.command {
        None => list(&host, &args.list, status).await?,
        Some(RunsCommand::List(args)) => list(&host, &args, status).await?,
        Some(RunsCommand::Prune { older_than, json }) => prune(&host, older_than, json).await?,
        Some(RunsCommand::Resolve { id, json }) => {
            let exit = resolve(&host, &id, json).await?;
            host.shutdown().await;
            return Ok(exit);
        }
        Some(RunsCommand::Show { id, json }) => {
            show(&host, &id, json, &super::program(home)).await?
        }
    }
    host.shutdown().await;
    Ok(Exit::Done)
}

async fn prune(host: &Host, days: u32, as_json: bool) -> Result<(), CliError> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let age = Duration::from_secs(u64::from(days) * 24 * 3_600);
    let before = i64::try_from(now.saturating_sub(age).as_millis()).unwrap_or(i64::MAX);
    let removed = host
        .prune(&Tenant::local(), before)
        .await
        .map_err(host::fault)?;
    if as_json {
        output::json(&json!({ "removed": removed }));
    } else {
        output::line(format_args!("{removed} runs removed"));
    }
    Ok(())
}

/// Asks the far side again.
async fn resolve(host: &Host, id: &str, as_json: bool) -> Result<Exit, CliError> {
    let id = host::resolve(host, id).await?;
    let outcome = host
        .resolve(&Tenant::local(), &id)
        .await
        .map_err(host::resolve_error)?;
    if as_json {
        output::json(&super::to_json(&output::worded(&outcome))?);
    } else {
        output::decided(&outcome);
    }
    Ok(Exit::of_run(outcome.status))
}

fn status(args: &RunsListArgs) -> Result<Option<RunStatus>, CliError> {
    let Some(word) = &args.status else {
        return Ok(None);
    };
    let word = word.replace('-', "_");
    if let Some(status) = RunStatus::from_word(&word) {
        return Ok(Some(status));
    }
    let words = RunStatus::ALL.map(RunStatus::word);
    let error = CliError::usage(format!(
        "there is no status `{}`; they are {}",
        plain(&word, 60),
        words.join(", ")
    ));
    Err(match did_you_mean(&word, words) {
        Some(meant) => error.fix(format!("did you mean {meant}?")),
        None => error,
    })
}

async fn list(host: &Host, args: &RunsListArgs, status: Option<RunStatus>) -> Result<(), CliError> {
    let filter = RunFilter {
        status,
        limit: args.limit.clamp(1, 1_000),
    };
    let runs = host
        .runs(&Tenant::local(), filter)
        .await
        .map_err(host::fault)?;
    if args.json {
        output::json(&json!({ "runs": super::to_json(&runs)? }));
        return Ok(());
    }
    if runs.is_empty() {
        output::note("No runs yet.");
        return Ok(());
    }
    let clock = Clock::system();
    let ids: Vec<&str> = runs.iter().map(|run| run.invocation.as_str()).collect();
    let rows = runs.iter().zip(host::short_ids(&ids)).map(|(run, id)| {
        [
            id.to_owned(),
            clock.date(run.created_at_ms),
            skill_name(&run.skill),
            run.operation.clone(),
            run.status.word().to_owned(),
            number(run.effects),
        ]
    });
    output::line(output::table(
        ["ID", "WHEN", "SKILL", "OPERATION", "STATUS", "EFFECTS"],
        rows,
    ));
    Ok(())
}

async fn show(host: &Host, id: &str, as_json: bool, program: &str) -> Result<(), CliError> {
    let id = host::resolve(host, id).await?;
    let detail = host
        .run(&Tenant::local(), &id)
        .await
        .map_err(host::fault)?
        .ok_or_else(|| CliError::usage(format!("there is no run {id}")).kind("not-found"))?;
    if as_json {
        output::json(&super::to_json(&detail)?);
        return Ok(());
    }
    head(&detail);
    calls(&detail);
    output::outcome(&detail.outcome, program);
    Ok(())
}

fn head(detail: &RunDetail) {
    let clock = Clock::system();
    let run = &detail.summary;
    let fact = |name: &str, value: String| {
        output::line(format_args!("{} {value}", format!("{name:10}").bold()))
    };
    fact("run", run.invocation.clone());
    fact(
        "skill",
        format!(
            "{}, {}, component {}",
            skill_name(&run.skill),
            trust_words(&run.skill),
            run.skill.digest
        ),
    );
    fact("operation", plain(&run.operation, 130));
    fact(
        "began",
        format!(
            "{}, {}",
            clock.date(run.created_at_ms),
            clock.relative(run.created_at_ms)
        ),
    );
    if let Some(input) = &detail.input {
        fact("input", plain(&input.to_string(), 1_000));
    }
    for sentence in &detail.outcome.contacted {
        fact("asked", plain(sentence, 400));
    }
    for sent in &detail.outcome.sent {
        fact(
            "sent",
            plain(
                &format!(
                    "{} {}:{}, {} out, {} in, {}",
                    sent.method,
                    sent.host,
                    sent.port,
                    bytes(sent.bytes_out),
                    bytes(sent.bytes_in),
                    counted(
                        usize::try_from(sent.requests).unwrap_or(usize::MAX),
                        "request"
                    ),
                ),
                400,
            ),
        );
    }
    fact("kept", kept(detail.outcome.retention).to_owned());
}

/// What a retention keeps, in words.
const fn kept(retention: Retention) -> &'static str {
    match retention {
        Retention::Full => "everything",
        Retention::Hashes => "commitments only",
        Retention::None => "nothing but what money and the audit log need",
    }
}

fn calls(detail: &RunDetail) {
    if detail.calls.is_empty() {
        return;
    }
    let rows = detail.calls.iter().map(|call| {
        let answer = match (&call.refused, call.unanswered) {
            (Some(rule), _) => format!("refused: {rule}"),
            (None, true) => "no answer".to_owned(),
            (None, false) => String::new(),
        };
        [
            call.seq.to_string(),
            format!("{}.{}", call.interface, call.function),
            call.class.clone(),
            call.summary.clone(),
            bytes(call.bytes_in + call.bytes_out),
            format!("{} µs", number(call.micros)),
            answer,
        ]
    });
    output::line("");
    output::line(output::table(
        ["#", "CALL", "CLASS", "WHAT", "BYTES", "TIME", ""],
        rows,
    ));
    output::line("");
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn args(status: &str) -> RunsListArgs {
        RunsListArgs {
            status: Some(status.to_owned()),
            limit: 1,
            json: false,
        }
    }

    #[test]
    fn a_status_is_taken_in_either_spelling_and_a_wrong_one_is_told_the_right_ones() {
        assert_eq!(
            status(&args("awaiting-approval")).unwrap(),
            Some(RunStatus::AwaitingApproval)
        );
        assert_eq!(status(&args("refused")).unwrap(), Some(RunStatus::Refused));
        let error = status(&args("refuse")).unwrap_err();
        assert_eq!(error.fix.as_deref(), Some("did you mean refused?"));
    }
}
