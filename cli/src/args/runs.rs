//! Arguments of `approvals` and `runs`.

use clap::{Args, Subcommand};
use guildhall_package::Digest;

/// See and decide what waits for approval
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall approvals list
  guildhall approvals show 0198c0de-f00d
  guildhall approvals approve 0198c0de-f00d
  guildhall approvals approve 0198c0de-f00d --as-mandate --limit 'EUR 200.00' --per day --until 2027-03-31 --yes")]
pub struct ApprovalsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ApprovalsCommand,
}

/// What to do with what waits.
#[derive(Debug, Subcommand)]
pub enum ApprovalsCommand {
    /// List what waits, oldest first
    List {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show one card in full
    Show {
        /// Identifier of the run, or its unique beginning
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show one card, then perform exactly its effects if you agree
    Approve {
        /// Identifier of the run, or its unique beginning
        id: String,
        /// Approve only if the effect set still has this hash, as `show` prints it
        #[arg(long, value_name = "HASH")]
        effects: Option<Digest>,
        /// Also give the mandates that the card proposes: from now on what they cover is done without asking
        #[arg(long)]
        as_mandate: bool,
        /// With --as-mandate: the most for each payee and period, instead of what the card proposes
        #[arg(long, value_name = "'EUR 200.00'", requires = "as_mandate")]
        limit: Option<String>,
        /// With --as-mandate: after how long a limit begins anew [default: day]
        #[arg(long, value_name = "day|week|month|in-all", requires = "as_mandate")]
        per: Option<String>,
        /// With --as-mandate: the last day on which they count [default: until revoked]
        #[arg(long, value_name = "YYYY-MM-DD", requires = "as_mandate")]
        until: Option<String>,
        /// Do not ask; needed where there is no terminal
        #[arg(long)]
        yes: bool,
        /// Print one JSON object: the run's outcome
        #[arg(long)]
        json: bool,
    },
    /// Reject: nothing of it is ever performed
    Reject {
        /// Identifier of the run, or its unique beginning
        id: String,
        /// Why, for the journal
        #[arg(
            long,
            value_name = "TEXT",
            default_value = "rejected on the command line",
            hide_default_value = true
        )]
        reason: String,
        /// Print one JSON object: the run's outcome
        #[arg(long)]
        json: bool,
    },
}

/// List past runs, or show one with every host call it made
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example:\n  guildhall runs\n  guildhall runs list --status refused --limit 100\n  guildhall runs show 0198c0de-f00d\n  guildhall runs resolve 0198c0de-f00d"
)]
pub struct RunsArgs {
    /// What to do; without one, the list.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    /// Which runs, when listing.
    #[command(flatten)]
    pub list: RunsListArgs,
}

/// What to do with past runs.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List runs, newest first
    List(RunsListArgs),
    /// Remove runs that have ended, to make room in the journal; what waits or is unknown stays
    Prune {
        /// Only runs that began more than so many days ago
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(..=36_500))]
        older_than: u32,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Ask the far side again about a run whose outcome is unknown, with the keys it was sent with; nothing is sent anew
    Resolve {
        /// Identifier of the run, or its unique beginning
        id: String,
        /// Print one JSON object: the run's outcome
        #[arg(long)]
        json: bool,
    },
    /// Show one run: outcome, effects, refusals, every host call
    Show {
        /// Identifier of the run, or its unique beginning
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Which runs to list.
#[derive(Debug, Args)]
pub struct RunsListArgs {
    /// Only runs with this status, for example refused
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

impl ApprovalsArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            ApprovalsCommand::List { json }
            | ApprovalsCommand::Show { json, .. }
            | ApprovalsCommand::Approve { json, .. }
            | ApprovalsCommand::Reject { json, .. } => *json,
        }
    }
}

impl RunsArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            None => self.list.json,
            Some(RunsCommand::List(list)) => list.json,
            Some(
                RunsCommand::Show { json, .. }
                | RunsCommand::Prune { json, .. }
                | RunsCommand::Resolve { json, .. },
            ) => *json,
        }
    }
}
