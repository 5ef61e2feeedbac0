//! `guildhall verify`

use crate::args::VerifyArgs;
use crate::commands::erasures;
use crate::commands::receipts::WORTH;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::output;
use guildhall_host::{
    EgressConfig, Host, PublicKey, Receipt, ReceiptError, Retention, Tenant, VerifyError,
    read_receipt,
};
use guildhall_package::text::plain;
use owo_colors::OwoColorize;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Bytes of a receipt that are read; more than the host takes.
const MOST: u64 = 65 << 20;

/// One thing that a receipt can be checked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    found: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Passed,
    Failed,
    NotChecked,
}

/// The checks, in the order in which they are made. Errors of the host name the one that failed by these words.
const CHECKS: [&str; 4] = ["signature", "audit-log", "journal", "replay"];

/// Verifies a receipt, and says what was checked and what was not.
///
/// # Errors
/// If the file can't be read, or the host can't be opened. A receipt that is not good is no error but the answer.
pub async fn run(home: Option<PathBuf>, args: VerifyArgs) -> Result<Exit, CliError> {
    let bytes = super::read_file(&args.file, MOST)?;
    if erasures::is_erasure(&bytes) {
        return erasures::run(home, &args, &bytes).await;
    }
    let verdict = match &args.key {
        // Where the receipt comes from elsewhere, nothing here is asked.
        Some(key) => by_key(&bytes, key),
        None => {
            let host = host::open(&Home::find(home)?, EgressConfig::default()).await?;
            let verdict = by_host(&host, &bytes, args.replay).await?;
            host.shutdown().await;
            verdict
        }
    };
    if args.json {
        output::json(&verdict.to_json()?);
    } else {
        verdict.print();
    }
    Ok(verdict.exit())
}

/// What came of it.
#[derive(Debug)]
struct Verdict {
    checks: Vec<Check>,
    /// What is signed, if the signature is good.
    receipt: Option<Receipt>,
    /// Why it is not good.
    error: Option<CliError>,
}

impl Verdict {
    const fn exit(&self) -> Exit {
        match self.error {
            None => Exit::Done,
            Some(_) => Exit::Unverified,
        }
    }

    fn to_json(&self) -> Result<Value, CliError> {
        let mut object = json!({
            "verified": self.error.is_none(),
            "checks": super::to_json(&self.checks)?,
            "run": self.receipt.as_ref().map(|receipt| &receipt.run.invocation),
            "status": self.receipt.as_ref().map(|receipt| &receipt.status),
        });
        if let (Some(error), Some(object)) = (&self.error, object.as_object_mut()) {
            let error = error.to_json();
            object.insert(
                "error".to_owned(),
                error.get("error").cloned().unwrap_or_default(),
            );
        }
        Ok(object)
    }

    fn print(&self) {
        for check in &self.checks {
            let state = match check.state {
                State::Passed => "ok         ".green().to_string(),
                State::Failed => "FAILED     ".red().bold().to_string(),
                State::NotChecked => "not checked".dimmed().to_string(),
            };
            output::line(format_args!(
                "{state}  {:10} {}",
                check.name,
                plain(&check.found, 1_000)
            ));
        }
        if let Some(receipt) = &self.receipt {
            output::note(format_args!(
                "run {}, {} when the receipt was made",
                plain(&receipt.run.invocation, 64),
                plain(&receipt.status, 40)
            ));
        }
        match &self.error {
            None => output::note(WORTH),
            // The message stands beside the check that failed.
            Some(error) => {
                output::note(format_args!(
                    "{} this receipt does not hold",
                    "not verified:".red().bold()
                ));
                if let Some(fix) = &error.fix {
                    output::hint(plain(fix, 1_000));
                }
            }
        }
    }
}

/// Only the signature, against the key of another machine.
fn by_key(bytes: &[u8], key: &PublicKey) -> Verdict {
    match read_receipt(bytes, &[*key]) {
        Ok(receipt) => {
            let mut checks = vec![passed("signature", format!("signed by {key}"))];
            checks.extend(
                CHECKS.into_iter().skip(1).map(|name| {
                    not_checked(name, "needs the journal of the machine that signed it")
                }),
            );
            Verdict {
                checks,
                receipt: Some(receipt),
                error: None,
            }
        }
        Err(error) => failure(error, None, false),
    }
}

/// Everything that the journal of this host can show.
async fn by_host(host: &Host, bytes: &[u8], replay: bool) -> Result<Verdict, CliError> {
    let key = host.receipt_key();
    let read = match read_receipt(bytes, &[key]) {
        Ok(receipt) => receipt,
        Err(error) => return Ok(failure(error, None, replay)),
    };
    let tenant = Tenant::local();
    let verified = if replay {
        host.replay_receipt(&tenant, bytes).await
    } else {
        host.verify_receipt(&tenant, bytes).await
    };
    match verified {
        Ok(receipt) => Ok(Verdict {
            checks: all_passed(&receipt, &key, replay),
            receipt: Some(receipt),
            error: None,
        }),
        Err(VerifyError::Receipt(error)) => Ok(failure(error, Some(read), replay)),
        Err(VerifyError::Host(error)) => Err(host::host_error(error)),
    }
}

fn all_passed(receipt: &Receipt, key: &PublicKey, replay: bool) -> Vec<Check> {
    let full = receipt.run.retention == Retention::Full;
    vec![
        passed("signature", format!("signed by this host, {key}")),
        passed(
            "audit-log",
            format!(
                "the run's end is recorded in it, and it goes through the receipt's head of {} entries",
                receipt.audit.entries
            ),
        ),
        if full {
            passed(
                "journal",
                "input, output, grants and every host call are what was signed".to_owned(),
            )
        } else {
            not_checked("journal", "the run did not keep what it read and wrote")
        },
        if replay {
            passed(
                "replay",
                "executed again, it made the same calls and came to the same result".to_owned(),
            )
        } else {
            not_checked("replay", "asked for with --replay")
        },
    ]
}

/// Says which check failed, which ones had passed before it, and that the rest was not made.
fn failure(error: ReceiptError, receipt: Option<Receipt>, replay: bool) -> Verdict {
    let error = host::verify_error(error.into());
    let failed = CHECKS.iter().position(|name| *name == error.kind);
    // A run that kept nothing was not compared, also where its replay failed.
    let full = receipt
        .as_ref()
        .is_none_or(|receipt| receipt.run.retention == Retention::Full);
    let checks = CHECKS
        .into_iter()
        .enumerate()
        .map(|(place, name)| match failed {
            Some(failed) if place == failed => Check {
                name,
                state: State::Failed,
                found: error.message.clone(),
            },
            Some(failed) if place < failed && name == "journal" && !full => {
                not_checked(name, "the run did not keep what it read and wrote")
            }
            Some(failed) if place < failed => passed(name, "as it was signed".to_owned()),
            _ if name == "replay" && !replay => not_checked(name, "asked for with --replay"),
            _ => not_checked(name, "an earlier check failed"),
        })
        .collect();
    Verdict {
        checks,
        receipt,
        error: Some(error),
    }
}

const fn passed(name: &'static str, found: String) -> Check {
    Check {
        name,
        state: State::Passed,
        found,
    }
}

fn not_checked(name: &'static str, why: &str) -> Check {
    Check {
        name,
        state: State::NotChecked,
        found: why.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guildhall_host::AuditError;

    const KEY: &str = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    fn states(verdict: &Verdict) -> Vec<State> {
        verdict.checks.iter().map(|check| check.state).collect()
    }

    #[test]
    fn what_was_checked_before_a_failure_and_what_was_not_is_said() {
        use State::{Failed, NotChecked, Passed};
        for (error, replay, expected) in [
            (
                ReceiptError::Content("x".to_owned()),
                false,
                [Failed, NotChecked, NotChecked, NotChecked],
            ),
            (
                ReceiptError::Audit(AuditError::Changed(3)),
                true,
                [Passed, Failed, NotChecked, NotChecked],
            ),
            (
                ReceiptError::Differs {
                    what: "the input".to_owned(),
                },
                false,
                [Passed, Passed, Failed, NotChecked],
            ),
            (
                ReceiptError::Replay("its output is another".to_owned()),
                true,
                [Passed, Passed, Passed, Failed],
            ),
        ] {
            let verdict = failure(error, None, replay);
            assert_eq!(states(&verdict), expected);
            assert_eq!(verdict.exit().code(), 5);
            let json = verdict.to_json().unwrap();
            assert_eq!(json.get("verified"), Some(&Value::Bool(false)));
            assert!(json.pointer("/error/message").is_some());
        }
    }

    #[test]
    fn bytes_that_are_no_receipt_are_not_verified_by_any_key() {
        for bytes in [&b""[..], b"{}", b"\xff", b"{\"payloadType\":1}"] {
            let verdict = by_key(bytes, &KEY.parse().unwrap());
            assert_eq!(verdict.exit().code(), 5);
            assert_eq!(verdict.error.unwrap().kind, "signature");
            assert!(verdict.receipt.is_none());
        }
    }
}
