//! Arguments of `receipts`, `verify`, `undo` and `audit`.

use clap::{Args, Subcommand, ValueHint};
use guildhall_host::PublicKey;
use std::path::PathBuf;

/// Signed receipts of runs: what was granted, called, sent, decided and done
///
/// A receipt holds inputs, outputs and host calls as keyed commitments, which only the journal of this host can open. It
/// proves that the run is consistent with its journal, not that a remote server told the truth.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall receipts show 0198c0de-f00d\n  guildhall receipts export 0198c0de-f00d --out receipt.json\n  guildhall receipts key"
)]
pub struct ReceiptsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ReceiptsCommand,
}

/// What to do with receipts.
#[derive(Debug, Subcommand)]
pub enum ReceiptsCommand {
    /// Show the facts of a run's receipt
    Show {
        /// Identifier of the run, or its unique beginning
        id: String,
        /// Print one JSON object: what is signed
        #[arg(long)]
        json: bool,
    },
    /// Write a run's signed receipt to a file
    Export {
        /// Identifier of the run, or its unique beginning
        id: String,
        /// File to write; it must not be there yet
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: PathBuf,
        /// Print one JSON object: run, out, bytes
        #[arg(long)]
        json: bool,
    },
    /// Print the public key by which this host's receipts are verified elsewhere
    Key {
        /// Print one JSON object: key, keyid
        #[arg(long)]
        json: bool,
    },
}

/// Verify a receipt: its signature, its place in the audit log, and the journal's record of the run
///
/// With --replay the run is also executed again from its journal, with nothing behind it; any difference is named. With
/// --key only the signature is checked, against that key: for a receipt from another machine, whose journal is not here. A
/// receipt proves that the run is consistent with its journal, not that a remote server told the truth. Exits with 5 if
/// anything is not as it was signed. A statement about a deletion, from the console's page of data, is verified the same way.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall verify receipt.json --replay\n  guildhall verify receipt.json --key ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
)]
pub struct VerifyArgs {
    /// The receipt, as `guildhall receipts export` or `run --receipt` wrote it, or a statement about a deletion
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Also execute the run again from its journal and compare
    #[arg(long, conflicts_with = "key")]
    pub replay: bool,
    /// Check only the signature, against this public key of another machine
    #[arg(long, value_name = "ed25519:…")]
    pub key: Option<PublicKey>,
    /// Print one JSON object: verified, checks, run, status
    #[arg(long)]
    pub json: bool,
}

/// Undo a run: give files back what they held, withdraw orders that the bank does not have yet
///
/// A file that was changed since is left as it is. Messages that were sent and money that has left can't be taken back;
/// the command says so for each. Exits with 0 if everything is undone, with 6 if not.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall undo 0198c0de-f00d\n  guildhall undo 0198c0de-f00d --yes --json"
)]
pub struct UndoArgs {
    /// Identifier of the run, or its unique beginning
    pub id: String,
    /// Do not ask; needed where there is no terminal
    #[arg(long)]
    pub yes: bool,
    /// Print one JSON object: invocation, effects
    #[arg(long)]
    pub json: bool,
}

/// The log of everything that was decided and done, as a chain of hashes
///
/// The chain shows that no entry was changed, removed or put in. That its end was not cut off shows only against a head that
/// was kept elsewhere: keep one now and then, on another machine.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall audit head --out head-2026-11-24.json\n  guildhall audit verify --head head-2026-11-24.json\n  guildhall audit export --out audit.jsonl"
)]
pub struct AuditArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Verify that the log is whole and that the journal's record of every run is what the log says
    Verify {
        /// A head that was kept, as `guildhall audit head --out` wrote it; may be repeated
        #[arg(long = "head", value_name = "FILE", value_hint = ValueHint::FilePath)]
        heads: Vec<PathBuf>,
        /// Print one JSON object: verified, head, kept_heads, runs, pruned
        #[arg(long)]
        json: bool,
    },
    /// Write the whole log to a file, one JSON object a line
    Export {
        /// File to write; it must not be there yet
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: PathBuf,
        /// Print one JSON object: out, head
        #[arg(long)]
        json: bool,
    },
    /// Show where the log ends now, and write that, signed, to a file to keep elsewhere
    Head {
        /// File to write; it must not be there yet
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: Option<PathBuf>,
        /// Print one JSON object: head, out
        #[arg(long)]
        json: bool,
    },
}

impl ReceiptsArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            ReceiptsCommand::Show { json, .. }
            | ReceiptsCommand::Export { json, .. }
            | ReceiptsCommand::Key { json } => *json,
        }
    }
}

impl AuditArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            AuditCommand::Verify { json, .. }
            | AuditCommand::Export { json, .. }
            | AuditCommand::Head { json, .. } => *json,
        }
    }
}
