//! Arguments of what operators and auditors do.

use super::{CreditArgs, From, PayoutArgs, SettleArgs};
use crate::market::Place;
use clap::{Args, Subcommand, ValueHint};
use guildhall_package::{Digest, FolderName};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Look into a marketplace's log
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guildhall log audit --from https://market.example")]
pub struct LogArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: LogCommand,
}

/// What to do with a log.
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Read the whole log, check that it keeps its own rules, and compare it with the signed status
    ///
    /// Every entry is read and hashed; the result must be the checkpoint. Says what the log and the status disagree about:
    /// a revocation that one of them hides.
    Audit {
        #[command(flatten)]
        from: From,
        /// Print one JSON object: size, root, faults, differences
        #[arg(long)]
        json: bool,
    },
}

/// Run a marketplace, or manage the ones that are known here
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall marketplace init ./market --origin market.example/log --admin ann
  guildhall marketplace serve ./market --listen 127.0.0.1:8080
  guildhall marketplace list
  guildhall marketplace use https://market.example")]
pub struct MarketplaceArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: MarketplaceCommand,
}

/// What to do with marketplaces.
#[derive(Debug, Subcommand)]
pub enum MarketplaceCommand {
    Init(MarketplaceInitArgs),
    Serve(MarketplaceServeArgs),
    Renew(MarketplaceRenewArgs),
    /// Show the root file of a marketplace and its fingerprint, or pin it anew
    Root {
        /// The marketplace [default: the one that is asked when none is named]
        #[arg(value_name = "URL")]
        place: Option<Place>,
        /// Forget what was pinned, and pin what is served now; it must have this fingerprint if one is given
        #[arg(long, value_name = "DIGEST", num_args = 0..=1)]
        pin: Option<Option<Digest>>,
        /// Print one JSON object: fingerprint, root
        #[arg(long)]
        json: bool,
    },
    /// List the marketplaces that are known here
    List {
        /// Print one JSON object: marketplaces
        #[arg(long)]
        json: bool,
    },
    /// Ask this marketplace from now on when none is named
    Use {
        /// The marketplace
        #[arg(value_name = "URL")]
        place: Place,
    },
    /// Decide about what is held, give roles, grant names
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Write down that a merchant paid what he owes, outside
    ///
    /// Merchants pay in their own book: what they signed for is a debt until it is settled. A reference counts once.
    #[command(
        after_help = "Example:\n  guildhall marketplace settle ed25519:… 'EUR 12.00' --reference 'bank 4711'"
    )]
    Settle(SettleArgs),
    /// Write down that a publisher was paid, outside
    ///
    /// It is at most what merchants have settled of the publisher's part, less what was paid out before. A reference counts once.
    #[command(
        after_help = "Example:\n  guildhall marketplace payout acme 'EUR 10.20' --reference 'bank 4712'"
    )]
    Payout(PayoutArgs),
    /// Decide how much a merchant may owe
    ///
    /// It stands in the place of the limit that `credit` of marketplace.toml sets for everybody. Zero: he buys nothing before he has
    /// settled.
    #[command(after_help = "Example:\n  guildhall marketplace credit ed25519:… 'EUR 5000.00'")]
    Credit(CreditArgs),
    /// List what merchants owe
    Debts {
        #[command(flatten)]
        from: From,
        /// Print one JSON object: debts
        #[arg(long)]
        json: bool,
    },
}

/// Make the folder of a new marketplace: its keys, the first root file, the first account
///
/// What is decided here stands in marketplace.toml of the folder and can be changed there. Publish the fingerprint that is
/// printed where merchants find it by another way than the marketplace itself. Keys are never written over.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall marketplace init ./market --origin market.example/log --admin ann
  guildhall marketplace init ./market --origin market.example/log --admin ann \\
      --witness witness.example+2f1c…=https://witness.example")]
pub struct MarketplaceInitArgs {
    /// Folder to make
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Identity of the log, for ever: a host name with a path is best
    #[arg(long, value_name = "NAME")]
    pub origin: String,
    /// Name of the first account, which is admin and reviewer
    #[arg(long, value_name = "ACCOUNT")]
    pub admin: FolderName,
    /// Read its password from standard input, up to the end of the first line
    #[arg(long)]
    pub password_stdin: bool,
    /// A witness: its public key, as `guildhall witness init` prints it, and where it is asked; may be repeated
    #[arg(long, value_name = "KEY=URL")]
    pub witness: Vec<String>,
    /// How many of the witnesses must have seen a state of the log [default: all that are named]
    #[arg(long, value_name = "N")]
    pub witness_threshold: Option<u32>,
    /// Address to listen at; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Address under which people reach it, where a proxy stands in front; for example `https://market.example`
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Who runs it, as its pages tell it
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    /// How to reach who runs it, as its pages tell it: an https or e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub contact: Option<String>,
    /// Database: sqlite:///PATH or postgres://USER@HOST/NAME [default: SQLite in the folder]
    #[arg(
        long,
        value_name = "URL",
        env = "GUILDHALL_DATABASE",
        hide_env_values = true
    )]
    pub database: Option<String>,
    /// Nobody may make an account but on the server
    #[arg(long)]
    pub closed: bool,
    /// How long the root file counts, in days
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Print one JSON object: root, log, expires
    #[arg(long)]
    pub json: bool,
}

/// Sign the next root file: the witnesses of marketplace.toml, a new date
#[derive(Debug, Args)]
pub struct MarketplaceRenewArgs {
    /// Folder of the marketplace
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// How many of the witnesses must have seen a state of the log [default: all that are named]
    #[arg(long, value_name = "N")]
    pub witness_threshold: Option<u32>,
    /// How long the root file counts, in days
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Print one JSON object: root, version, expires
    #[arg(long)]
    pub json: bool,
}

/// Serve a marketplace, until it is told to end
///
/// Settings are in marketplace.toml of its folder; flags count before them. Logs go to standard error, as JSON where that
/// is no terminal; GUILDHALL_LOG sets how much, as in `info,guildhall_marketplace=debug`.
#[derive(Debug, Args)]
pub struct MarketplaceServeArgs {
    /// Its folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Address to listen at; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Database: sqlite:///PATH or postgres://USER@HOST/NAME
    #[arg(
        long,
        value_name = "URL",
        env = "GUILDHALL_DATABASE",
        hide_env_values = true
    )]
    pub database: Option<String>,
    /// Folder for blobs, shared by all processes over one database
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub blobs: Option<PathBuf>,
    /// Write the address that it listens at into this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub address_file: Option<PathBuf>,
}

/// What staff does.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// List held publishes, oldest first
    Queue {
        #[command(flatten)]
        from: From,
        /// Print one JSON object: publishes
        #[arg(long)]
        json: bool,
    },
    /// Decide about a held publish
    Decide {
        /// Identifier of the publish
        #[arg(value_name = "ID")]
        id: String,
        /// Let it pass
        #[arg(long, conflicts_with = "reject", required_unless_present = "reject")]
        pass: bool,
        /// Refuse it
        #[arg(long)]
        reject: bool,
        /// Why; the author reads it
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        from: From,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Give an account all the roles that it has from now on; none takes them away
    Roles {
        /// The account
        #[arg(value_name = "ACCOUNT")]
        account: FolderName,
        /// Roles: admin, reviewer
        #[arg(value_name = "ROLE")]
        roles: Vec<String>,
        #[command(flatten)]
        from: From,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Grant a name that the rules refuse
    Grant {
        /// The name
        #[arg(value_name = "PUBLISHER")]
        publisher: FolderName,
        /// Account that becomes its owner
        #[arg(long, value_name = "ACCOUNT")]
        owner: FolderName,
        #[command(flatten)]
        from: From,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Run a witness: it cosigns a log's state only if the log did nothing but grow
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall witness init ./witness --name witness.example
  guildhall witness serve ./witness --name witness.example --log market.example/log+2f1c… --listen 127.0.0.1:8081")]
pub struct WitnessArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: WitnessCommand,
}

/// What to do with a witness.
#[derive(Debug, Subcommand)]
pub enum WitnessCommand {
    /// Make the folder of a new witness, and print its public key
    Init {
        /// Folder to make; what is there already stays
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: PathBuf,
        /// Name of the witness, for ever: a host name is best
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Print one JSON object: key
        #[arg(long)]
        json: bool,
    },
    /// Serve a witness
    Serve {
        /// Its folder
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: PathBuf,
        /// Name of the witness, as it was made
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Public key of a log that it watches, as `guildhall marketplace root` prints it; may be repeated
        #[arg(long, value_name = "KEY", required = true)]
        log: Vec<String>,
        /// Address to listen at; port 0 takes any that is free
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8081")]
        listen: SocketAddr,
        /// Write the address that it listens at into this file
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        address_file: Option<PathBuf>,
    },
}

impl LogArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            LogCommand::Audit { json, .. } => *json,
        }
    }
}

impl MarketplaceArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            MarketplaceCommand::Init(args) => args.json,
            MarketplaceCommand::Renew(args) => args.json,
            MarketplaceCommand::Settle(args) => args.json,
            MarketplaceCommand::Payout(args) => args.json,
            MarketplaceCommand::Credit(args) => args.json,
            MarketplaceCommand::Root { json, .. }
            | MarketplaceCommand::Debts { json, .. }
            | MarketplaceCommand::List { json } => *json,
            MarketplaceCommand::Admin(
                AdminCommand::Queue { json, .. }
                | AdminCommand::Decide { json, .. }
                | AdminCommand::Roles { json, .. }
                | AdminCommand::Grant { json, .. },
            ) => *json,
            MarketplaceCommand::Serve(_) | MarketplaceCommand::Use { .. } => false,
        }
    }
}

impl WitnessArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            WitnessCommand::Init { json, .. } => *json,
            WitnessCommand::Serve { .. } => false,
        }
    }
}
