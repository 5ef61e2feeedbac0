//! The `guildhall` command: thin; what it knows is how to ask, to show and to end.

mod approve;
mod args;
mod build;
mod card;
mod commands;
mod compile_child;
mod consent;
mod disk;
mod embedded;
mod error;
mod exit;
mod golden;
mod grants;
mod home;
mod host;
mod installed;
mod licences;
mod market;
mod outfile;
mod output;
mod peers;
mod redacted;
mod review;
mod shelf;
mod source;
#[cfg(test)]
mod testing;
mod when;

use args::{Cli, Command};
use clap::Parser;
use clap::error::ErrorKind;
use commands::market as at_market;
use error::CliError;
use exit::Exit;
use home::Home;
use std::process::ExitCode;

/// The system's allocator takes its slow way for every piece above 1 kB, and a run has several.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(registry) = std::env::var_os(build::wrapper::VARIABLE) {
        return build::wrapper::run(registry).into();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error).into(),
    };
    let as_json = cli.command.json();
    let exit = dispatch(cli).unwrap_or_else(|error| {
        output::error(&error, as_json);
        error.exit
    });
    exit.into()
}

fn dispatch(cli: Cli) -> Result<Exit, CliError> {
    match cli.command {
        // Before anything else: the child must not start threads, and sees no home.
        Command::Compile => Ok(compile_child::child()),
        Command::ReviewWorker => Ok(review::worker()),
        Command::Completions(args) => Ok(commands::completions::run(&args)),
        Command::New(args) => commands::new::run(&args),
        Command::Build(args) => commands::build::run(&args),
        Command::Inspect(args) => commands::inspect::run(cli.home, &args),
        Command::Test(args) => wait(commands::test::run(cli.home, &args)),
        Command::Run(args) => wait(commands::run::run(&Home::find(cli.home)?, *args)),
        Command::Approvals(args) => wait(commands::approvals::run(&Home::find(cli.home)?, args)),
        Command::Mandates(args) => wait(commands::mandates::run(&Home::find(cli.home)?, args)),
        Command::Wallet(args) => wait(commands::wallet::run(&Home::find(cli.home)?, args)),
        Command::Runs(args) => wait(commands::runs::run(&Home::find(cli.home)?, args)),
        Command::Receipts(args) => wait(commands::receipts::run(&Home::find(cli.home)?, args)),
        Command::Verify(args) => wait(commands::verify::run(cli.home, args)),
        Command::Undo(args) => wait(commands::undo::run(&Home::find(cli.home)?, args)),
        Command::Audit(args) => wait(commands::audit::run(&Home::find(cli.home)?, args)),
        Command::Messages(args) => wait(commands::messages::run(&Home::find(cli.home)?, args)),
        Command::Secrets(args) => wait(commands::secrets::run(&Home::find(cli.home)?, args)),
        Command::Search(args) => wait(at_market::search::run(&Home::find(cli.home)?, args)),
        Command::Info(args) => wait(at_market::info::run(&Home::find(cli.home)?, args)),
        Command::Install(args) => wait(at_market::install::run(&Home::find(cli.home)?, args)),
        Command::Buy(args) => wait(at_market::buy::run(&Home::find(cli.home)?, args)),
        Command::Licences(args) => wait(at_market::licences::run(&Home::find(cli.home)?, args)),
        Command::Installed(args) => at_market::installed::list(&Home::find(cli.home)?, &args),
        Command::Consent(args) => wait(at_market::consent::run(&Home::find(cli.home)?, args)),
        Command::Update(args) => wait(at_market::update::run(&Home::find(cli.home)?, args)),
        Command::Pin(args) => at_market::installed::pin(&Home::find(cli.home)?, &args),
        Command::Uninstall(args) => wait(at_market::uninstall::run(&Home::find(cli.home)?, args)),
        Command::Bundle(args) => wait(at_market::bundle::run(&Home::find(cli.home)?, args)),
        Command::Watch(args) => wait(at_market::watch::run(&Home::find(cli.home)?, args)),
        Command::Login(args) => wait(at_market::login::login(&Home::find(cli.home)?, args)),
        Command::Logout(args) => wait(at_market::login::logout(&Home::find(cli.home)?, args)),
        Command::Keys(args) => wait(at_market::keys::run(&Home::find(cli.home)?, args)),
        Command::Publish(args) => wait(at_market::publish::run(&Home::find(cli.home)?, args)),
        Command::Releases(args) => wait(at_market::releases::run(&Home::find(cli.home)?, args)),
        Command::Price(args) => wait(at_market::price::run(&Home::find(cli.home)?, args)),
        Command::Earnings(args) => wait(at_market::earnings::run(&Home::find(cli.home)?, args)),
        Command::Yank(args) => wait(at_market::yank::yank(&Home::find(cli.home)?, args)),
        Command::Unyank(args) => wait(at_market::yank::unyank(&Home::find(cli.home)?, args)),
        Command::Log(args) => wait(at_market::log::run(&Home::find(cli.home)?, args)),
        Command::Marketplace(args) => {
            wait(at_market::marketplace::run(&Home::find(cli.home)?, args))
        }
        Command::Witness(args) => wait(at_market::witness::run(args)),
        Command::Revoke(args) => wait(commands::revoke::run(&Home::find(cli.home)?, args)),
        Command::Up(args) => wait(commands::console::up::run(&Home::find(cli.home)?, args)),
        Command::Mcp(args) => wait(commands::console::mcp::run(&Home::find(cli.home)?, *args)),
        Command::Doctor(args) => wait(commands::doctor::run(&Home::find(cli.home)?, &args)),
    }
}

fn wait(work: impl Future<Output = Result<Exit, CliError>>) -> Result<Exit, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(host::fault)?
        .block_on(work)
}

/// Help and version end well; everything else is wrong usage, as an object if `--json` was among the arguments.
fn not_understood(error: &clap::Error) -> Exit {
    let shows = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if !shows && std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let mut lines = text
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with("For more information"));
        let message = lines
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned();
        let usage = CliError::usage(message)
            .details(lines.map(|line| line.trim().to_owned()))
            .fix("guildhall --help");
        output::error(&usage, true);
        return Exit::Usage;
    }
    if shows {
        // Nobody is left to tell if this can't be printed.
        let _ = error.print();
        return Exit::Done;
    }
    // The message quotes arguments: its text is made plain, which costs its colours.
    output::usage(&error.to_string());
    Exit::Usage
}
