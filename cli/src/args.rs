//! The command line, and the help that teaches it.

use crate::exit;
use crate::grants::{self, LimitValue, NamedPath, Setting};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use guildhall_host::LoopbackPeer;
use guildhall_package::{Digest, UrlGrant};
use std::path::PathBuf;

const BEGIN: &str = "\
Begin with `guildhall new my-skill`, or look at a component with `guildhall inspect FILE`.
`guildhall COMMAND --help` explains a command, with an example.";

/// Runs skills in a sandbox: they get what you grant, and what they want to change waits for your approval.
#[derive(Debug, Parser)]
#[command(
    name = "guildhall",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = BEGIN,
    after_long_help = format!("{BEGIN}\n\n{}", exit::TABLE)
)]
pub struct Cli {
    /// Folder for runs, approvals and compiled code [default: guildhall in the XDG data folder]
    #[arg(long, global = true, env = "GUILDHALL_HOME", hide_env_values = true, value_name = "DIR",
          value_hint = ValueHint::DirPath, help_heading = "Global options")]
    pub home: Option<PathBuf>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    New(NewArgs),
    Build(BuildArgs),
    Test(TestArgs),
    Inspect(InspectArgs),
    Run(Box<RunArgs>),
    Approvals(ApprovalsArgs),
    Runs(RunsArgs),
    Revoke(RevokeArgs),
    Doctor(DoctorArgs),
    Completions(CompletionsArgs),
    /// Compiles standard input to standard output under limits. Called by this program itself.
    #[command(name = "__compile", hide = true)]
    Compile,
}

/// Start a new skill in Rust, with a golden case that passes
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall new acme/greeter\n  cd greeter && guildhall build && guildhall test"
)]
pub struct NewArgs {
    /// `publisher/skill`, or only `skill`: lower-case letters, digits and `-`
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Folder to create [default: the skill's name]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
}

/// Build the skill in a folder into one component file
///
/// Runs `cargo build --release` for wasm32-unknown-unknown, checks `skill.toml` against what the component imports,
/// and embeds the manifest and the documentation of its WIT. Paths of this machine are kept out of the file, so
/// that the same sources give the same bytes in any folder. The file goes to target/guildhall/ in the skill's folder.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guildhall build skills/greeter --json")]
pub struct BuildArgs {
    /// Folder with Cargo.toml, skill.toml and wit/
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Print one JSON object: path, digest, bytes, imports, operations
    #[arg(long)]
    pub json: bool,
}

/// Run the golden cases of a skill
///
/// Each folder golden/NAME with a case.toml is one case: an operation, its input, the files and recorded answers it may
/// see, and what is expected. Cases reach nothing of this machine. `guildhall test --update` writes down what a case
/// does now as what is expected; look at the difference before you commit it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall test skills/greeter\n  guildhall test --case rounding --update"
)]
pub struct TestArgs {
    /// Folder with Cargo.toml, skill.toml and golden/
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Run only this case; may be repeated
    #[arg(long = "case", value_name = "NAME")]
    pub cases: Vec<String>,
    /// Test this component instead of building the folder first
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub component: Option<PathBuf>,
    /// Rewrite what the cases expect to what they do now
    #[arg(long)]
    pub update: bool,
    /// Print one JSON object: passed, failed, cases
    #[arg(long)]
    pub json: bool,
}

/// Show what a component can do, and what it cannot, from its bytes alone
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall inspect exchange-rates.wasm\n  guildhall inspect exchange-rates.wasm --json | jq '.operations[].input_schema'"
)]
pub struct InspectArgs {
    /// Component file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Print one JSON object: digest, name, version, imports, operations with schemas, capabilities, cannot
    #[arg(long)]
    pub json: bool,
}

/// Run one operation of a component
///
/// The component sees nothing but what the flags grant. Reading a granted file or address happens at once; whatever it
/// wants to write is shown on one card and done only if approved.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall run exchange-rates.wasm convert --input '{\"amount\":{\"minor\":1000,\"currency\":\"EUR\"},\"to\":\"USD\"}' \\
      --allow-net 'GET https://www.ecb.europa.eu/stats/eurofxref/*'
  guildhall run vat-report.wasm report --input @quarter.json --read invoices=./inbox --write reports=./out
  guildhall run vat-report.wasm report --input - --read invoices=./inbox --write reports=./out --approve later --json")]
pub struct RunArgs {
    /// Component file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Name of the operation, as `guildhall inspect FILE` lists it
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
    /// What becomes of proposed effects [default: ask on a terminal, later elsewhere]
    #[arg(long, value_enum, value_name = "WHO", help_heading = "Grants")]
    pub approve: Option<ApproveMode>,

    /// Value of a setting that the skill declares; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = grants::setting, help_heading = "Run")]
    pub settings: Vec<Setting>,
    /// A stricter (or, up to the host's own, wider) limit, for example wall-ms=5000; may be repeated
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = grants::limit, help_heading = "Run")]
    pub limits: Vec<LimitValue>,
    /// Language tag that the skill sees
    #[arg(long, value_name = "TAG", default_value = "en", help_heading = "Run")]
    pub locale: String,
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

/// See and decide what waits for approval
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall approvals list\n  guildhall approvals show 0198c0de-f00d\n  guildhall approvals approve 0198c0de-f00d"
)]
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
    after_help = "Example:\n  guildhall runs\n  guildhall runs list --status refused --limit 100\n  guildhall runs show 0198c0de-f00d"
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

/// Stop a skill for good: running ones end, waiting ones are void, new ones are refused
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall revoke sha256:9f86…0f00a08 --reason 'asks for more than it says'\n  guildhall revoke --list"
)]
pub struct RevokeArgs {
    /// Digest of the component, as `guildhall inspect` prints it
    #[arg(value_name = "DIGEST", required_unless_present = "list")]
    pub digest: Option<Digest>,
    /// Why, for the journal and for whoever meets the refusal
    #[arg(long, value_name = "TEXT", required_unless_present = "list")]
    pub reason: Option<String>,
    /// List what is revoked
    #[arg(long, conflicts_with_all = ["digest", "reason"])]
    pub list: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Check this machine: toolchain, home folder, kernel features, limits
///
/// Also states the limits under which components are compiled: a child process with 2 GiB of address space and 60 s
/// of processor time. Exits with 1 if a check fails.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guildhall doctor --json")]
pub struct DoctorArgs {
    /// Print one JSON object: checks, each with its state and fix
    #[arg(long)]
    pub json: bool,
}

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall completions bash > ~/.local/share/bash-completion/completions/guildhall"
)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

impl Command {
    /// Whether the command was told to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match self {
            Self::Build(args) => args.json,
            Self::Test(args) => args.json,
            Self::Inspect(args) => args.json,
            Self::Run(args) => args.json,
            Self::Approvals(args) => match &args.command {
                ApprovalsCommand::List { json }
                | ApprovalsCommand::Show { json, .. }
                | ApprovalsCommand::Approve { json, .. }
                | ApprovalsCommand::Reject { json, .. } => *json,
            },
            Self::Runs(args) => match &args.command {
                None => args.list.json,
                Some(RunsCommand::List(list)) => list.json,
                Some(RunsCommand::Show { json, .. } | RunsCommand::Prune { json, .. }) => *json,
            },
            Self::Revoke(args) => args.json,
            Self::Doctor(args) => args.json,
            Self::New(_) | Self::Completions(_) | Self::Compile => false,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_explains_itself_with_an_example() {
        for command in Cli::command()
            .get_subcommands()
            .filter(|c| !c.is_hide_set())
        {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            let after = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(after.contains("guildhall "), "{}", command.get_name());
        }
    }

    #[test]
    fn a_whole_run_is_understood() {
        let cli = Cli::try_parse_from([
            "guildhall",
            "run",
            "a.wasm",
            "convert",
            "--input",
            "-",
            "--allow-net",
            "GET https://a.example/x/*",
            "--allow-net",
            "GET,HEAD https://b.example/**",
            "--read",
            "in=.",
            "--write",
            "out=.",
            "--approve",
            "none",
            "--set",
            "k=v=w",
            "--limit",
            "fuel=10",
            "--peer",
            "a.example:443=127.0.0.1:8443",
            "--json",
        ])
        .unwrap();
        let Command::Run(run) = cli.command else {
            panic!("another command")
        };
        assert_eq!(run.allow_net.len(), 2);
        assert_eq!(run.approve, Some(ApproveMode::None));
        assert_eq!(
            run.settings,
            [Setting {
                name: "k".to_owned(),
                value: "v=w".to_owned()
            }]
        );
        assert!(Command::Run(run).json());
    }

    #[test]
    fn runs_alone_lists_and_takes_the_list_flags() {
        let cli = Cli::try_parse_from(["guildhall", "runs", "--limit", "3", "--json"]).unwrap();
        let Command::Runs(runs) = cli.command else {
            panic!("another command")
        };
        assert!(runs.command.is_none());
        assert_eq!(runs.list.limit, 3);
    }

    #[test]
    fn a_peer_ca_without_a_peer_is_wrong_usage() {
        let parsed = Cli::try_parse_from(["guildhall", "run", "a", "b", "--peer-ca", "ca.pem"]);
        assert!(parsed.is_err());
    }
}
