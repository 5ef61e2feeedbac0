//! Errors of the host in the command's voice: what happened, by which rule, what to do, and how the command ends.

use crate::error::{CliError, did_you_mean};
use crate::exit::Exit;
use guildhall_host::{
    CompileError, DecideError, DsseError, ExportError, Failure, HostError, JournalError, LoadError,
    ReceiptError, Refusal, VerifyError,
};
use guildhall_package::text::plain;
use guildhall_package::{ReadError, RefusedImport};
use std::fmt::Display;

/// Our fault.
pub fn fault(error: impl Display) -> CliError {
    CliError::fault(plain(&error.to_string(), 1_000))
}

/// Why bytes are no component, split into what happened and what to do.
pub fn read_error(error: ReadError) -> CliError {
    let kind = match &error {
        ReadError::NotWasm => "not-wasm",
        ReadError::CoreModule => "core-module",
        ReadError::TooLarge { .. } => "too-large",
        _ => "not-a-skill",
    };
    let text = plain(&error.to_string(), 2_000);
    let result = match text.split_once("; ") {
        Some((what, fix)) => CliError::refused(what).fix(fix),
        None => CliError::refused(text),
    };
    // Another kind of file is a slip of the hand; everything else breaks a rule.
    let exit = match kind {
        "not-wasm" | "core-module" => Exit::Usage,
        _ => result.exit,
    };
    CliError { exit, ..result }.kind(kind)
}

/// Why a component is not loaded.
pub fn load_error(error: LoadError) -> CliError {
    match error {
        LoadError::Read(ReadError::Manifest(errors)) | LoadError::Manifest(errors) => {
            crate::build::manifest_errors(errors)
        }
        LoadError::Read(error) => read_error(error),
        LoadError::RefusedImports(imports) => refused_imports(&imports),
        LoadError::Compile(CompileError::Broken(text)) => fault(text),
        LoadError::Compile(error) => {
            CliError::refused(plain(&error.to_string(), 2_000)).kind("compile")
        }
        LoadError::TooDemanding(_) => {
            CliError::refused(plain(&error.to_string(), 2_000)).kind("too-demanding")
        }
        LoadError::NotTheRelease(_) => {
            CliError::unverified(plain(&error.to_string(), 2_000)).kind("not-the-release")
        }
        LoadError::Link(_) => CliError::refused(plain(&error.to_string(), 2_000)).kind("link"),
        LoadError::Engine(_) | LoadError::Host(_) => fault(error),
    }
}

/// What a component asks for and no skill gets.
pub fn refused_imports(imports: &[RefusedImport]) -> CliError {
    CliError::refused("this component imports what no skill gets")
        .kind("refused-imports")
        .details(
            imports
                .iter()
                .map(|import| format!("{}: {}", import.name, import.instead)),
        )
}

/// Why an invocation has no outcome.
pub fn invoke_error(error: HostError) -> CliError {
    match error {
        HostError::UnknownOperation { name, known } => {
            let list = if known.is_empty() {
                "none".to_owned()
            } else {
                plain(&known.join(", "), 1_000)
            };
            let error = CliError::usage(format!(
                "there is no operation `{}`; this component has {list}",
                plain(&name, 80)
            ))
            .kind("unknown-operation");
            match did_you_mean(&name, known.iter().map(String::as_str)) {
                Some(meant) => error.fix(format!("did you mean {}?", plain(meant, 130))),
                None => error,
            }
        }
        HostError::UnsupportedOperation { .. } => {
            CliError::usage(plain(&error.to_string(), 600)).kind("unsupported-operation")
        }
        HostError::Input(_) => CliError::usage(plain(&error.to_string(), 1_000))
            .kind("input")
            .fix("`guildhall inspect FILE` shows what the operation takes"),
        HostError::Setting(text) => CliError::usage(plain(&text, 600)).kind("setting"),
        error => host_error(error),
    }
}

/// What the host did not do: by a rule of its own, because of what it was given, or through a fault.
pub fn host_error(error: HostError) -> CliError {
    match error {
        HostError::Journal(error) => journal_error(error),
        HostError::Secret(error) => CliError::usage(plain(&error.to_string(), 600)).kind("secret"),
        HostError::Channel(error) => {
            CliError::usage(plain(&error.to_string(), 600)).kind(error.rule())
        }
        error => fault(error),
    }
}

fn journal_error(error: JournalError) -> CliError {
    match error {
        JournalError::Refused(refusal) => refusal_error(&refusal),
        error @ (JournalError::Tampered(_) | JournalError::WrongKey) => {
            CliError::unverified(plain(&error.to_string(), 1_000)).kind("tampered")
        }
        error @ JournalError::OtherKeys(_) => {
            CliError::refused(plain(&error.to_string(), 1_000)).kind("other-keys")
        }
        error @ JournalError::KeyElsewhere(_) => {
            CliError::refused(plain(&error.to_string(), 1_000)).kind("key-elsewhere")
        }
        error @ JournalError::KeyGone(_) => {
            CliError::refused(plain(&error.to_string(), 1_000)).kind("retention.key-gone")
        }
        error @ JournalError::Away => {
            CliError::fault(plain(&error.to_string(), 1_000)).kind("database-away")
        }
        error => fault(error),
    }
}

/// A rule refused: its own word, and what would allow it.
fn refusal_error(refusal: &Refusal) -> CliError {
    let error = CliError::refused(plain(&refusal.message, 1_000)).kind(plain(&refusal.rule, 80));
    match &refusal.fix {
        Some(fix) => error.fix(plain(fix, 600)),
        None => error,
    }
}

/// Why no file for the bank was made.
pub fn export_error(error: ExportError) -> CliError {
    match error {
        ExportError::Journal(error) => journal_error(error),
        ExportError::File(_) => {
            CliError::refused(plain(&error.to_string(), 1_000)).kind("wallet.bank-file")
        }
    }
}

/// Why something is not what was signed or recorded.
pub fn verify_error(error: VerifyError) -> CliError {
    let error = match error {
        VerifyError::Host(error) => return host_error(error),
        VerifyError::Receipt(error) => error,
    };
    let kind = match &error {
        ReceiptError::Envelope(_) | ReceiptError::Content(_) => "signature",
        ReceiptError::Audit(_) => "audit-log",
        ReceiptError::NoRun(_) | ReceiptError::Differs { .. } => "journal",
        ReceiptError::Replay(_) | ReceiptError::NotReplayable(_) => "replay",
    };
    let unverified = CliError::unverified(plain(&error.to_string(), 1_000)).kind(kind);
    match error {
        ReceiptError::Envelope(DsseError::UntrustedKey { .. }) => unverified.fix(
            "if it was made on another machine, name that machine's key (`guildhall receipts key` prints it there): guildhall verify FILE --key ed25519:…",
        ),
        _ => unverified,
    }
}

/// Why a decision was not taken.
pub fn decide_error(error: DecideError) -> CliError {
    let text = plain(&error.to_string(), 600);
    match error {
        DecideError::NotFound(_) => CliError::usage(text).kind("not-found"),
        DecideError::NotPending(_) => CliError::refused(text).kind("not-pending"),
        DecideError::Expired => CliError::refused(text).kind("expired"),
        DecideError::EffectSetChanged(_) => CliError::refused(text)
            .kind("effects-changed")
            .fix("look at the card again: guildhall approvals show"),
        DecideError::Tampered => CliError::unverified(text).kind("tampered"),
        DecideError::Revoked(_) => CliError::refused(text).kind("revoked"),
        // The card waits on.
        DecideError::Refused(refusal) => refusal_error(&refusal),
        DecideError::Journal(error) => journal_error(error),
    }
}

/// Why the far side was not asked again.
pub fn resolve_error(error: DecideError) -> CliError {
    match error {
        DecideError::NotPending(status) => CliError::refused(format!(
            "this run is {}; only where an outcome is unknown can the far side be asked again",
            status.word()
        ))
        .kind("not-unknown"),
        error => decide_error(error),
    }
}

/// One sentence for what ended a run. Made plain.
#[must_use]
pub fn failure_text(failure: &Failure) -> String {
    let text = match failure {
        Failure::Operation { value } => {
            return format!("the operation failed: {}", plain(&value.to_string(), 600));
        }
        Failure::Limit { limit, message } => format!("the limit {limit} ended it: {message}"),
        Failure::Trap { message } => format!("it trapped: {message}"),
        Failure::Stopped { message } => format!("it was stopped: {message}"),
        Failure::Rejected { reason } => reason.clone(),
    };
    plain(&text, 1_000)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guildhall_host::{AuditError, RefusalKind, RunStatus};

    #[test]
    fn a_wrong_file_is_told_apart_from_a_bad_one() {
        let error = read_error(ReadError::CoreModule);
        assert_eq!((&*error.kind, error.exit.code()), ("core-module", 2));
        assert!(error.fix.unwrap().contains("guildhall build"));
    }

    #[test]
    fn a_rule_that_refused_is_told_by_its_own_word_with_what_would_allow_it() {
        let refusal = Refusal::new(
            RefusalKind::Denied,
            "wallet.limit",
            "EUR 5.00 more don't fit\u{1b}[2J",
        )
        .with_fix("raise the limit");
        let by_journal = HostError::Journal(JournalError::Refused(Box::new(refusal.clone())));
        for error in [
            host_error(by_journal),
            decide_error(DecideError::Refused(Box::new(refusal))),
        ] {
            assert_eq!((&*error.kind, error.exit.code()), ("wallet.limit", 4));
            assert_eq!(error.fix.as_deref(), Some("raise the limit"));
            assert!(!error.message.contains('\u{1b}'), "{}", error.message);
        }
    }

    #[test]
    fn what_is_not_as_it_was_signed_ends_with_5() {
        let errors = [
            (ReceiptError::Content("x".to_owned()), "signature"),
            (ReceiptError::Audit(AuditError::Changed(3)), "audit-log"),
            (ReceiptError::NoRun("r".to_owned()), "journal"),
            (ReceiptError::NotReplayable("r".to_owned()), "replay"),
        ];
        for (error, kind) in errors {
            let error = verify_error(VerifyError::Receipt(error));
            assert_eq!((&*error.kind, error.exit.code()), (kind, 5));
        }
        let tampered = decide_error(DecideError::Tampered);
        assert_eq!((&*tampered.kind, tampered.exit.code()), ("tampered", 5));
    }

    #[test]
    fn a_receipt_of_another_machine_is_told_to_name_its_key() {
        let untrusted = DsseError::UntrustedKey {
            keyid: "sha256:00".to_owned(),
            trusted: 1,
        };
        let error = verify_error(VerifyError::Receipt(ReceiptError::Envelope(untrusted)));
        assert!(error.fix.unwrap().contains("--key ed25519:"));
    }

    #[test]
    fn a_run_that_is_not_unknown_is_not_asked_about() {
        let error = resolve_error(DecideError::NotPending(RunStatus::Committed));
        assert_eq!((&*error.kind, error.exit.code()), ("not-unknown", 4));
    }
}
