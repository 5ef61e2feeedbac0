//! Arguments of `mandates`.

use crate::grants;
use clap::{ArgGroup, Args, Subcommand, ValueHint};
use guildhall_host::{Amount, MessageGrant, PayGrant, Period};
use std::path::PathBuf;

/// What is done without asking: list, give or take back standing approvals
///
/// A mandate is for one skill, by its digest: another version of it needs one of its own. The first payment to an account,
/// a changed account, and amounts above the account's --ask-above are asked about all the same.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  guildhall mandates
  guildhall mandates add --skill pay-supplier.wasm --pay 'EUR 200.00 to DE89 3704 0044 0532 0130 00' --per day --until 2027-03-31
  guildhall mandates add --skill vat-report.wasm --files ./reports --count 4 --per month
  guildhall mandates revoke 0198c0de-f00d"
)]
pub struct MandatesArgs {
    /// What to do; without one, the list.
    #[command(subcommand)]
    pub command: Option<MandatesCommand>,
    /// Print one JSON object: mandates
    #[arg(long)]
    pub json: bool,
}

/// What to do with mandates.
#[derive(Debug, Subcommand)]
pub enum MandatesCommand {
    /// List mandates, newest first, with what is used of each
    List {
        /// Print one JSON object: mandates
        #[arg(long)]
        json: bool,
    },
    /// Show one mandate
    Show {
        /// Identifier of the mandate, or its unique beginning
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    Add(Box<MandateAddArgs>),
    /// Take a mandate back; what it approved and is not done yet is void
    Revoke {
        /// Identifier of the mandate, or its unique beginning
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Give a mandate: payments to one account, files in one folder, or messages to one recipient
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("what").required(true).args(["pay", "files", "message"])),
    after_help = "\
Examples:
  guildhall mandates add --skill pay-supplier.wasm --pay 'EUR 200.00 to DE89 3704 0044 0532 0130 00' --each 'EUR 50.00'
  guildhall mandates add --skill vat-report.wasm --files ./reports --replace --count 4 --per month
  guildhall mandates add --skill pay-supplier.wasm --message 'email to billing@example.com' --count 10"
)]
pub struct MandateAddArgs {
    /// The skill: an installed one by name, a component file, or its digest as `guildhall inspect` prints it
    #[arg(long, value_name = "NAME|FILE|DIGEST", value_hint = ValueHint::FilePath)]
    pub skill: String,
    /// Pay this account up to this sum in each period
    #[arg(long, value_name = "'EUR 200.00 to ACCOUNT'")]
    pub pay: Option<PayGrant>,
    /// The most at once [default: the sum]
    #[arg(long, value_name = "'EUR 50.00'", value_parser = grants::positive, conflicts_with_all = ["files", "message"])]
    pub each: Option<Amount>,
    /// Write new files directly in this folder, not in folders below it
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub files: Option<PathBuf>,
    /// Files that are there may be replaced, too
    #[arg(long, conflicts_with_all = ["pay", "message"])]
    pub replace: bool,
    /// Send messages by a channel to one recipient
    #[arg(long, value_name = "'CHANNEL to RECIPIENT'")]
    pub message: Option<MessageGrant>,
    /// How many files or messages in each period [default: 1]
    #[arg(long, value_name = "N", conflicts_with = "pay", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// After how long the limit begins anew
    #[arg(long, value_name = "day|week|month|in-all", default_value = "day", value_parser = grants::period)]
    pub per: Period,
    /// The last day on which it counts [default: until revoked]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Option<String>,
    /// Time zone of its calendar [default: this machine's]
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Print one JSON object: mandate, words
    #[arg(long)]
    pub json: bool,
}

impl MandatesArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            None => self.json,
            Some(
                MandatesCommand::List { json }
                | MandatesCommand::Show { json, .. }
                | MandatesCommand::Revoke { json, .. },
            ) => *json,
            Some(MandatesCommand::Add(args)) => args.json,
        }
    }
}
