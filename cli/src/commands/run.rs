//! `guildhall run`

use crate::approve::{AllApprover, AskApprover, By, NoneApprover};
use crate::args::{ApproveMode, RunArgs};
use crate::error::CliError;
use crate::exit::Exit;
use crate::grants;
use crate::home::{Approvals, Config, Home};
use crate::host;
use crate::licences;
use crate::market::watch;
use crate::outfile::OutFile;
use crate::output::{self, Progress};
use crate::peers;
use crate::source;
use guildhall_host::{AuthoritySet, Grants, Host, Invocation, Outcome};
use guildhall_package::json::{JsonLimits, parse_strict};
use guildhall_package::text::plain;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// Bytes of input taken from a file or standard input; the run's own limit may be stricter.
const MAX_INPUT: u64 = 64 << 20;

/// Runs one operation and prints its outcome.
///
/// # Errors
/// If no run came of it.
pub async fn run(home: &Home, args: RunArgs) -> Result<Exit, CliError> {
    let config = home.config()?;
    let mode = approve_mode(args.approve, &config, output::can_ask())?;
    let input = read_input(&args.input)?;
    let files = grants::grants(args.allow_net, args.read, args.write)
        .map_err(|problem| CliError::usage(problem).kind("grant"))?;
    let grants = Grants {
        payments: args.pay,
        messages: args.message,
        secrets: args
            .secret
            .into_iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        ..files
    };
    let egress = peers::given(args.peers, args.peer_ca.as_deref())?;
    let source = source::find(home, &args.file)?;

    let host = host::open(home, egress).await?;
    // Only now there is a home folder for certain.
    grants::keep_out(&grants, home.path())?;
    let receipt = args.receipt.as_deref().map(OutFile::create).transpose()?;
    let watching = match &source.installed {
        Some(_) => {
            watch::tell(&watch::sync(home, &host).await?);
            Some(watch::listen(home, &host, watch::tell)?)
        }
        None => None,
    };
    if let Some(installed) = &source.installed {
        licences::require(home, &host, installed, &By::command()).await?;
    }
    let progress = Progress::start("loading the skill");
    let skill = source.load(&host).await?;
    drop(progress);

    let cancel = CancellationToken::new();
    cancel_on_interrupt(cancel.clone());
    let mut invocation = Invocation::new(args.operation, input)
        .grants(grants)
        .limits(grants::limits(skill.default_limits(), &args.limits))
        .retention(args.retention)
        .cancel_on(cancel);
    invocation.locale = args.locale;
    invocation.use_mandates = !args.no_mandates;
    for setting in args.settings {
        invocation = invocation.setting(setting.name, setting.value);
    }
    let progress = Arc::new(Mutex::new(Some(Progress::start("running"))));
    invocation = match mode {
        ApproveMode::Ask => invocation.approver(AskApprover::new(progress.clone())),
        ApproveMode::All => invocation.approver(AllApprover::new("command line --approve all")),
        ApproveMode::None => invocation.without_mandates().approver(NoneApprover),
        ApproveMode::Later => invocation,
    };
    let outcome = host
        .invoke(&skill, invocation)
        .await
        .map_err(host::invoke_error);
    drop(watching);
    progress
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let outcome = outcome?;
    // What the run did is told whatever becomes of its receipt.
    let receipt = match receipt {
        Some(file) => Some(write_receipt(&host, home, &outcome.invocation, file).await),
        None => None,
    };
    print(home, &outcome, args.json)?;
    if let Some(installed) = &source.installed
        && !args.json
        && outcome
            .refusals
            .iter()
            .any(|refusal| refusal.set == Some(AuthoritySet::Consent))
    {
        output::hint(format_args!(
            "what you allowed it, and how to allow more: {} consent {}",
            super::program(home),
            installed.name
        ));
    }
    let exit = match receipt {
        None => Exit::of_run(outcome.status),
        Some(Ok(path)) => {
            if !args.json {
                output::note(format_args!("receipt: {path}"));
            }
            Exit::of_run(outcome.status)
        }
        Some(Err(error)) => {
            output::error(&error, false);
            match Exit::of_run(outcome.status) {
                Exit::Done => error.exit,
                other => other,
            }
        }
    };
    host.shutdown().await;
    Ok(exit)
}

/// Writes the run's receipt. Returns where.
async fn write_receipt(
    host: &Host,
    home: &Home,
    run: &str,
    file: OutFile,
) -> Result<String, CliError> {
    let path = plain(&file.path().display().to_string(), 4_000);
    let written = match super::receipts::envelope(host, run).await {
        Ok(envelope) => file.finish(&envelope),
        Err(error) => Err(error),
    };
    let again = format!("{} receipts export {run} --out FILE", super::program(home));
    written.map(|()| path).map_err(|error| error.fix(again))
}

/// Prints an outcome, as one object or in words.
///
/// # Errors
/// If it can't be written as JSON.
pub fn print(home: &Home, outcome: &Outcome, as_json: bool) -> Result<(), CliError> {
    if as_json {
        output::json(&super::to_json(&output::worded(outcome))?);
    } else {
        output::outcome(outcome, &super::program(home));
    }
    Ok(())
}

/// Who decides, given what was asked for, what the owner has set, and whether somebody can be asked.
fn approve_mode(
    given: Option<ApproveMode>,
    config: &Config,
    can_ask: bool,
) -> Result<ApproveMode, CliError> {
    match given {
        Some(ApproveMode::Ask) if !can_ask => Err(CliError::usage(
            "--approve ask needs a terminal to ask on, and this is none",
        )
        .kind("no-terminal")
        .fix(
            "use --approve later and decide with `guildhall approvals`, or --approve none or all",
        )),
        Some(mode @ (ApproveMode::Ask | ApproveMode::All)) => config.may_approve().map(|()| mode),
        Some(mode) => Ok(mode),
        None if can_ask && config.approvals == Approvals::CommandLine => Ok(ApproveMode::Ask),
        None => Ok(ApproveMode::Later),
    }
}

fn read_input(given: &str) -> Result<Value, CliError> {
    let bytes = match (given, given.strip_prefix('@')) {
        ("-", _) => read_bounded(std::io::stdin().lock(), "standard input")?,
        (_, Some(file)) => {
            let opened = std::fs::File::open(file).map_err(|error| {
                CliError::usage(format!("--input @{file}: {error}")).kind("input")
            })?;
            read_bounded(opened, file)?
        }
        _ => given.as_bytes().to_vec(),
    };
    let limits = JsonLimits {
        max_bytes: usize::try_from(MAX_INPUT).unwrap_or(usize::MAX),
        ..JsonLimits::default()
    };
    let value = parse_strict(&bytes, limits).map_err(|error| {
        CliError::usage(format!("--input: {error}"))
            .kind("input")
            .fix("give a JSON object keyed by parameter name, @FILE, or - for standard input")
    })?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(CliError::usage(
            "--input: an object keyed by parameter name is needed, for example {\"to\":\"USD\"}",
        )
        .kind("input"))
    }
}

fn read_bounded(from: impl Read, name: &str) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    from.take(MAX_INPUT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| CliError::usage(format!("--input: {name}: {error}")).kind("input"))?;
    Ok(bytes)
}

/// The first Ctrl-C ends the run with an outcome; what is being committed is finished.
fn cancel_on_interrupt(cancel: CancellationToken) {
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancel.cancel();
        }
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    const CONSOLE: Config = Config {
        approvals: Approvals::Console,
        peers: Vec::new(),
        peer_ca: None,
        database: None,
    };

    #[test]
    fn without_a_terminal_effects_wait_unless_told_otherwise() {
        let mine = Config::default();
        assert_eq!(approve_mode(None, &mine, true).unwrap(), ApproveMode::Ask);
        assert_eq!(
            approve_mode(None, &mine, false).unwrap(),
            ApproveMode::Later
        );
        assert_eq!(
            approve_mode(Some(ApproveMode::All), &mine, false).unwrap(),
            ApproveMode::All
        );
        assert_eq!(
            approve_mode(Some(ApproveMode::Ask), &mine, false)
                .unwrap_err()
                .exit,
            Exit::Usage
        );
    }

    #[test]
    fn where_approving_is_left_to_the_console_the_command_line_only_rejects_or_waits() {
        assert_eq!(
            approve_mode(None, &CONSOLE, true).unwrap(),
            ApproveMode::Later
        );
        assert_eq!(
            approve_mode(Some(ApproveMode::None), &CONSOLE, true).unwrap(),
            ApproveMode::None
        );
        for mode in [ApproveMode::All, ApproveMode::Ask] {
            assert_eq!(
                approve_mode(Some(mode), &CONSOLE, true).unwrap_err().exit,
                Exit::Refused
            );
        }
    }

    #[test]
    fn input_is_strict_json_and_an_object() {
        assert_eq!(read_input("{\"a\": 1}").unwrap(), json!({"a": 1}));
        for wrong in [
            "",
            "[1]",
            "{\"a\":1,\"a\":2}",
            "{} {}",
            "@/nonexistent",
            "nul",
        ] {
            assert_eq!(read_input(wrong).unwrap_err().exit, Exit::Usage, "{wrong}");
        }
    }
}
