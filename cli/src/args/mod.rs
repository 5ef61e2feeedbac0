//! The command line, and the help that teaches it.

mod console;
mod mandates;
pub mod market;
mod mcp;
mod proof;
mod run;
mod runs;
mod secrets;
mod wallet;

pub use console::UpArgs;
pub use mandates::{MandateAddArgs, MandatesArgs, MandatesCommand};
pub use mcp::McpArgs;
pub use proof::{AuditArgs, AuditCommand, ReceiptsArgs, ReceiptsCommand, UndoArgs, VerifyArgs};
pub use run::{ApproveMode, RunArgs};
pub use runs::{ApprovalsArgs, ApprovalsCommand, RunsArgs, RunsCommand, RunsListArgs};
pub use secrets::{
    AddSmtpArgs, AddTelegramArgs, AddWebhookArgs, AddWhatsappArgs, MessagesArgs, MessagesCommand,
    SecretSetArgs, SecretsArgs, SecretsCommand,
};
pub use wallet::{
    AddBankArgs, AddBookArgs, ConfirmArgs, ExportArgs, LimitArgs, WalletArgs, WalletCommand,
};

use crate::exit;
use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use guildhall_package::Digest;
use std::path::PathBuf;

const BEGIN: &str = "\
Begin with `guildhall search WORDS` and `guildhall install NAME`, or with `guildhall new my-skill`.
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
    Mandates(MandatesArgs),
    Wallet(WalletArgs),
    Search(market::SearchArgs),
    Info(market::InfoArgs),
    Install(market::InstallArgs),
    Buy(market::BuyArgs),
    Licences(market::LicencesArgs),
    Installed(market::InstalledArgs),
    Consent(market::ConsentArgs),
    Update(market::UpdateArgs),
    Pin(market::PinArgs),
    Uninstall(market::UninstallArgs),
    Bundle(market::BundleArgs),
    Watch(market::WatchArgs),
    Up(UpArgs),
    Mcp(Box<McpArgs>),
    Runs(RunsArgs),
    Receipts(ReceiptsArgs),
    Verify(VerifyArgs),
    Undo(UndoArgs),
    Audit(AuditArgs),
    Messages(MessagesArgs),
    Secrets(SecretsArgs),
    Revoke(RevokeArgs),
    Login(market::LoginArgs),
    Logout(market::LogoutArgs),
    Keys(market::KeysArgs),
    Publish(market::PublishArgs),
    Releases(market::ReleasesArgs),
    Price(market::PriceArgs),
    Earnings(market::EarningsArgs),
    Yank(market::YankArgs),
    Unyank(market::UnyankArgs),
    Log(market::LogArgs),
    Marketplace(market::MarketplaceArgs),
    Witness(market::WitnessArgs),
    Doctor(DoctorArgs),
    Completions(CompletionsArgs),
    /// Compiles standard input to standard output under limits. Called by this program itself.
    #[command(name = "__compile", hide = true)]
    Compile,
    /// Reviews one release: a task on standard input, a report on standard output. Called by the marketplace
    #[command(hide = true)]
    ReviewWorker,
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
    after_help = "Example:\n  guildhall test skills/greeter\n  guildhall test --case rounding --update\n  guildhall test acme/vat-report"
)]
pub struct TestArgs {
    /// Folder with Cargo.toml, skill.toml and golden/; or an installed skill, with the cases it was published with
    #[arg(value_name = "DIR|NAME", default_value = ".", value_hint = ValueHint::DirPath)]
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

/// Show what a skill can do, and what it cannot, from its bytes alone
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall inspect exchange-rates.wasm\n  guildhall inspect acme/vat-report\n  guildhall inspect exchange-rates.wasm --json | jq '.operations[].input_schema'"
)]
pub struct InspectArgs {
    /// Component file, or installed skill (publisher/skill)
    #[arg(value_name = "FILE|NAME", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Print one JSON object: digest, name, version, imports, operations with schemas, capabilities, cannot
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
            Self::Approvals(args) => args.json(),
            Self::Mandates(args) => args.json(),
            Self::Wallet(args) => args.json(),
            Self::Runs(args) => args.json(),
            Self::Receipts(args) => args.json(),
            Self::Verify(args) => args.json,
            Self::Undo(args) => args.json,
            Self::Audit(args) => args.json(),
            Self::Messages(args) => args.json(),
            Self::Secrets(args) => args.json(),
            Self::Revoke(args) => args.json,
            Self::Doctor(args) => args.json,
            Self::Search(args) => args.json,
            Self::Info(args) => args.json,
            Self::Install(args) => args.json,
            Self::Installed(args) => args.json,
            Self::Consent(args) => args.json,
            Self::Update(args) => args.json,
            Self::Pin(args) => args.json,
            Self::Uninstall(args) => args.json,
            Self::Buy(args) => args.json,
            Self::Licences(args) => args.json(),
            Self::Price(args) => args.json,
            Self::Earnings(args) => args.json,
            Self::Bundle(args) => args.json,
            Self::Watch(args) => args.json,
            Self::Login(args) => args.json,
            Self::Logout(args) => args.json,
            Self::Keys(args) => args.json(),
            Self::Publish(args) => args.json,
            Self::Releases(args) => args.json,
            Self::Yank(args) => args.json,
            Self::Unyank(args) => args.json,
            Self::Log(args) => args.json(),
            Self::Marketplace(args) => args.json(),
            Self::Witness(args) => args.json(),
            Self::Up(args) => args.json,
            Self::New(_)
            | Self::Completions(_)
            | Self::Mcp(_)
            | Self::Compile
            | Self::ReviewWorker => false,
        }
    }
}

#[cfg(test)]
mod tests;
