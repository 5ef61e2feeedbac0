//! Arguments of `run`.

use crate::grants::{self, LimitValue, NamedPath, Setting};
use clap::{Args, ValueEnum, ValueHint};
use guildhall_host::{LoopbackPeer, MessageGrant, PayGrant, Retention};
use guildhall_package::{FolderName, UrlGrant};
use std::path::PathBuf;

/// Run one operation of a skill: an installed one by its name, or a component file
///
/// The skill sees nothing but what the flags grant. Reading a granted file or address happens at once; whatever it
/// wants to write, pay or send is shown on one card and done only if approved: by you, or by a mandate that you gave.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall run exchange-rates.wasm convert --input '{\"amount\":{\"minor\":1000,\"currency\":\"EUR\"},\"to\":\"USD\"}' \\
      --allow-net 'GET https://www.ecb.europa.eu/stats/eurofxref/*'
  guildhall run acme/vat-report report --input @quarter.json --read invoices=./inbox --write reports=./out
  guildhall run vat-report.wasm report --input - --read invoices=./inbox --write reports=./out --approve later --json
  guildhall run pay-supplier.wasm pay --input @batch.json --read invoices=./inbox --write advice=./out \\
      --pay 'EUR 5000.00' --message email --receipt receipt.json")]
pub struct RunArgs {
    /// Installed skill (publisher/skill), or component file
    #[arg(value_name = "NAME|FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Name of the operation, as `guildhall inspect` lists it
    #[arg(value_name = "OPERATION")]
    pub operation: String,
    /// Input as a JSON object keyed by parameter name; @FILE reads it from a file, - from standard input
    #[arg(
        long,
        short,
        value_name = "JSON|@FILE|-",
        default_value = "{}",
        hide_default_value = true
    )]
    pub input: String,

    /// Let it reach these addresses: methods, a space, scheme and host, and a path where * is one segment and a final
    /// /** anything below; may be repeated
    #[arg(long, value_name = "'GET https://HOST/PATH/*'", value_parser = grants::network, help_heading = "Grants")]
    pub allow_net: Vec<UrlGrant>,
    /// Let it read a file or folder under a name; may be repeated
    #[arg(long, value_name = "NAME=PATH", value_parser = grants::named_path, help_heading = "Grants")]
    pub read: Vec<NamedPath>,
    /// Let it propose files to write into a folder under a name; may be repeated
    #[arg(long, value_name = "NAME=DIR", value_parser = grants::named_path, help_heading = "Grants")]
    pub write: Vec<NamedPath>,
    /// Let it propose payments up to this sum, to any account or to one: an IBAN, or book:NAME; the card fixes each payee;
    /// may be repeated
    #[arg(
        long,
        value_name = "'EUR 500.00 [to ACCOUNT]'",
        help_heading = "Grants"
    )]
    pub pay: Vec<PayGrant>,
    /// Let it propose messages by a channel of yours, to anybody or to one recipient; may be repeated
    #[arg(long, value_name = "'CHANNEL [to RECIPIENT]'", help_heading = "Grants")]
    pub message: Vec<MessageGrant>,
    /// Put this secret into its requests to the one host that the secret is bound to; it never sees it; may be repeated
    #[arg(long, value_name = "NAME", help_heading = "Grants")]
    pub secret: Vec<FolderName>,
    /// What becomes of proposed effects [default: ask on a terminal, later elsewhere]
    #[arg(long, value_enum, value_name = "WHO", help_heading = "Grants")]
    pub approve: Option<ApproveMode>,
    /// Ask even where a mandate would approve
    #[arg(long, help_heading = "Grants")]
    pub no_mandates: bool,

    /// Value of a setting that the skill declares; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = grants::setting, help_heading = "Run")]
    pub settings: Vec<Setting>,
    /// A stricter (or, up to the host's own, wider) limit, for example wall-ms=5000; may be repeated
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = grants::limit, help_heading = "Run")]
    pub limits: Vec<LimitValue>,
    /// Language tag that the skill sees
    #[arg(long, value_name = "TAG", default_value = "en", help_heading = "Run")]
    pub locale: String,
    /// What is kept of the run: everything, so that it can be replayed and undone; commitments only; or nothing at all,
    /// and then it can't wait for a decision
    #[arg(
        long,
        value_name = "full|hashes|none",
        default_value = "full",
        help_heading = "Run"
    )]
    pub retention: Retention,
    /// Write the run's signed receipt to this file, which must not be there yet
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Run")]
    pub receipt: Option<PathBuf>,
    /// For tests and development: answer one granted HOST:PORT from this machine. Addresses of this machine are
    /// otherwise never reached; off by default
    #[arg(long = "peer", value_name = "HOST:PORT=127.0.0.1:PORT", value_parser = grants::peer, help_heading = "Development")]
    pub peers: Vec<LoopbackPeer>,
    /// Certificate authority (PEM) that these peers, and only they, are checked against
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "peers", help_heading = "Development")]
    pub peer_ca: Option<PathBuf>,

    /// Print one JSON object: invocation, status, output, failure, effects, refusals, usage
    #[arg(long)]
    pub json: bool,
}

/// What becomes of proposed effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ApproveMode {
    /// Show the card and ask; needs a terminal
    Ask,
    /// Approve everything this run proposes, unseen
    All,
    /// Reject everything this run proposes
    None,
    /// Leave it waiting for `guildhall approvals`
    Later,
}
