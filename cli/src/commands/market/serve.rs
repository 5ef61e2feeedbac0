//! `guildhall marketplace init`, `serve` and `renew`: the service, wired to the review worker of this program.

use super::login::new_password;
use super::settings::{FILE, Settings, WitnessSetting};
use crate::args::market::{MarketplaceInitArgs, MarketplaceRenewArgs, MarketplaceServeArgs};
use crate::commands::program_name;
use crate::disk;
use crate::error::CliError;
use crate::exit::Exit;
use crate::host::fault;
use crate::output;
use crate::redacted::Redacted;
use crate::when::Clock;
use guildhall_marketplace::{
    Init, Made, ProcessReviewer, Service, SetupError, init as set_up, renew_root,
};
use guildhall_package::text::plain;
use serde_json::json;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Where review workers get a folder each.
const REVIEWS: &str = "reviews";

/// Makes the folder of a marketplace. What is there already stays.
///
/// # Errors
/// If it can't be made, or something in it is of another marketplace.
pub async fn init(args: MarketplaceInitArgs) -> Result<Exit, CliError> {
    let witness = args
        .witness
        .iter()
        .map(|text| {
            text.parse::<WitnessSetting>()
                .map_err(|problem| CliError::usage(problem).kind("witness"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let threshold = threshold(args.witness_threshold, witness.len())?;
    let settings = Settings {
        origin: args.origin.clone(),
        listen: args.listen,
        public_url: args.public_url.clone(),
        operator: args.operator.clone(),
        contact: args.contact.clone(),
        database: args.database.clone(),
        blobs: None,
        open_registration: !args.closed,
        reviews: None,
        review_seconds: None,
        trusted_proxies: Vec::new(),
        metrics_from: None,
        reserved_names: Vec::new(),
        money: None,
        witness,
    };
    let folder = absolute(&args.dir)?;
    let config = settings.config(&folder)?;
    let password = new_password(args.password_stdin)?;
    disk::create_folder(&folder).map_err(fault)?;
    let file = folder.join(FILE);
    if file.exists() {
        let there = Settings::read(&folder)?;
        if there != settings {
            return Err(CliError::refused(format!(
                "{} is there already and says something else",
                file.display()
            ))
            .kind("exists")
            .fix("change that file, or choose another folder"));
        }
    } else {
        let text = toml::to_string(&settings).map_err(fault)?;
        disk::write(&file, text.as_bytes()).map_err(fault)?;
    }
    let wish = Init {
        admin: args.admin.clone(),
        password: password.to_string(),
        witness_threshold: threshold,
        root_days: args.days,
    };
    let made = set_up(&config, &wish).await.map_err(setup_error)?;
    if args.json {
        output::json(&made_json(&made));
        return Ok(Exit::Done);
    }
    say(&made);
    if threshold == 0 {
        output::warning(
            "no witness is demanded: nobody would notice if this log showed different people different histories",
        );
    }
    output::hint(format_args!(
        "{} marketplace serve {}",
        program_name(),
        folder.display()
    ));
    Ok(Exit::Done)
}

fn threshold(given: Option<u32>, witnesses: usize) -> Result<u32, CliError> {
    let all = u32::try_from(witnesses).unwrap_or(u32::MAX);
    match given {
        None => Ok(all),
        Some(given) if given <= all => Ok(given),
        Some(given) => Err(CliError::usage(format!(
            "{given} witnesses can't be demanded of {all} that are named"
        ))
        .kind("witness")),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, CliError> {
    std::path::absolute(path)
        .map_err(|error| CliError::usage(format!("{}: {error}", path.display())))
}

fn made_json(made: &Made) -> serde_json::Value {
    json!({
        "root": made.root,
        "version": made.version,
        "expires": made.expires,
        "log": made.log.to_string(),
    })
}

fn say(made: &Made) {
    crate::commands::fact("root", made.root);
    crate::commands::fact("version", made.version);
    crate::commands::fact("until", Clock::system().date(made.expires));
    crate::commands::fact("log", plain(&made.log.to_string(), 200));
    output::hint(
        "publish the fingerprint `root` where merchants find it by another way than this marketplace",
    );
}

/// Signs the next root file.
///
/// # Errors
/// If the folder is none of a marketplace.
pub fn renew(args: &MarketplaceRenewArgs) -> Result<Exit, CliError> {
    let folder = absolute(&args.dir)?;
    let settings = Settings::read(&folder)?;
    let config = settings.config(&folder)?;
    let threshold = threshold(args.witness_threshold, settings.witness.len())?;
    let made = renew_root(&config, threshold, args.days).map_err(setup_error)?;
    if args.json {
        output::json(&made_json(&made));
    } else {
        say(&made);
        output::hint("a marketplace that runs serves it from its next start on");
    }
    Ok(Exit::Done)
}

fn setup_error(error: SetupError) -> CliError {
    let text = plain(&error.to_string(), 1_000);
    match error {
        SetupError::Origin(_) | SetupError::Listen { .. } | SetupError::Admin(_) => {
            CliError::usage(text).kind("marketplace")
        }
        SetupError::OtherOrigin { .. } | SetupError::OtherKey(_) => {
            CliError::unverified(text).kind("marketplace")
        }
        _ => CliError::failed(text).kind("marketplace"),
    }
}

/// Serves a marketplace until it is told to end.
///
/// # Errors
/// If it can't start.
pub async fn serve(args: MarketplaceServeArgs) -> Result<Exit, CliError> {
    let folder = absolute(&args.dir)?;
    let mut config = Settings::read(&folder)?.config(&folder)?;
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    if let Some(database) = args.database {
        config.database = database;
    }
    if let Some(blobs) = &args.blobs {
        config.blobs = absolute(blobs)?;
    }
    tell_what_happens();
    let scratch = folder.join(REVIEWS);
    disk::create_folder(&scratch).map_err(fault)?;
    let reviewer = ProcessReviewer::new(
        std::env::current_exe().map_err(fault)?,
        vec!["review-worker".into()],
        Vec::new(),
        scratch,
    );
    let mut running = Service::start(config, Arc::new(reviewer))
        .await
        .map_err(setup_error)?;
    announce(running.address, args.address_file.as_deref())?;
    tokio::select! {
        ended = told_to_end() => ended?,
        () = running.ended() => {
            return Err(CliError::fault("the marketplace ended by itself; its log says why"));
        }
    }
    running.shutdown().await;
    Ok(Exit::Done)
}

/// Says where a service listens, to people and to whoever waits for it.
///
/// # Errors
/// If the file can't be written.
pub fn announce(address: std::net::SocketAddr, file: Option<&Path>) -> Result<(), CliError> {
    output::line(format_args!("http://{address}"));
    match file {
        Some(file) => disk::write(file, address.to_string().as_bytes())
            .map_err(|error| CliError::failed(format!("{}: {error}", file.display()))),
        None => Ok(()),
    }
}

/// Waits for Ctrl-C, or for being asked to end.
///
/// # Errors
/// If the system does not tell.
pub async fn told_to_end() -> Result<(), CliError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(fault)?;
    tokio::select! {
        ended = tokio::signal::ctrl_c() => ended.map_err(fault),
        _ = terminate.recv() => Ok(()),
    }
}

/// Logs to standard error: lines for people, JSON for programs.
pub fn tell_what_happens() {
    tell_from("info");
}

/// The same, from another level on, if `GUILDHALL_LOG` names none.
pub fn tell_from(level: &str) {
    let filter = EnvFilter::try_from_env("GUILDHALL_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Redacted);
    // A second subscriber is no reason not to serve.
    let _ = if std::io::stderr().is_terminal() {
        logs.try_init()
    } else {
        logs.json().try_init()
    };
}
