//! `guildhall up`

use super::handles;
use crate::args::UpArgs;
use crate::commands::market::serve::{tell_from, told_to_end};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::{Approvals, Home};
use crate::host::{self, fault};
use crate::output;
use crate::shelf::HomeShelf;
use guildhall_console::app::Parts;
use guildhall_console::config::Config;
use guildhall_console::doors::tls::Tls;
use guildhall_console::server::{Console, StartError};
use guildhall_host::EgressConfig;
use guildhall_package::text::plain;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Longest certificate or key file that is read, in bytes.
const MAX_PEM: u64 = 1 << 20;
/// Open files that many browsers need, each with a stream of its own.
const FILES: u64 = 16_384;
/// How often is looked whether other skills are installed than those whose marketplaces are listened to.
const LOOK: Duration = Duration::from_secs(2);

/// Runs the console until it is told to end.
///
/// # Errors
/// If it can't start.
pub async fn run(home: &Home, args: UpArgs) -> Result<Exit, CliError> {
    tell_from("warn");
    more_files();
    // From now on: who is told to end while it starts ends in order, too.
    let mut told = tokio::spawn(told_to_end());
    let tls = tls(args.tls_cert.as_deref(), args.tls_key.as_deref())?;
    let host = host::open(home, EgressConfig::default()).await?;
    let shelf = Arc::new(HomeShelf::new(home, &host));
    let config = Config {
        listen: args.listen,
        public_url: args.public_url,
        trusted_proxies: args.trusted_proxies,
        tls,
        tool_prefixes: args.prefixes.into_iter().collect(),
        ..Config::local(&home.state())
    };
    // The console's own rows are where those of its host are.
    let config = match home.database()? {
        Some(url) => Config {
            database: url.whole().to_owned(),
            ..config
        },
        None => config,
    };
    let parts = Parts {
        host: host.clone(),
        shelf: shelf.clone(),
        handles: handles(home, &host).await?,
    };
    let mut running = Console::start(config, parts).await.map_err(start_error)?;
    let link = running.link().await.map_err(fault)?;
    let leaves = home.leave_approving_to_the_console()?;
    announce(&link.url, link.is_first, leaves, args.json);
    let watching = tokio::spawn(async move {
        loop {
            if let Err(error) = shelf.listening().await {
                output::warning(plain(&error.message, 300));
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    tokio::select! {
        ended = &mut told => ended.map_err(fault)??,
        () = running.ended() => {
            return Err(CliError::fault("the console ended by itself; what it wrote above says why"));
        }
    }
    watching.abort();
    running.shutdown().await;
    host.shutdown().await;
    Ok(Exit::Done)
}

/// The certificate, if there is one. Its key must be this user's alone.
fn tls(certificate: Option<&Path>, key: Option<&Path>) -> Result<Option<Tls>, CliError> {
    let (Some(certificate), Some(key)) = (certificate, key) else {
        return Ok(None);
    };
    let read = |path: &Path| {
        let mut bytes = Zeroizing::new(Vec::new());
        File::open(path)
            .and_then(|file| file.take(MAX_PEM).read_to_end(&mut bytes))
            .map(|_| bytes)
            .map_err(|error| {
                CliError::usage(format!("{} can't be read: {error}", path.display()))
                    .kind("certificate")
                    .fix("give the certificate with --tls-cert and its key with --tls-key")
            })
    };
    let (certificate, bytes) = (read(certificate)?.to_vec(), read(key)?);
    let mode = std::fs::metadata(key).map_or(0, |facts| facts.permissions().mode());
    if mode & 0o077 != 0 {
        let shown = key.display();
        return Err(CliError::usage(format!("others can read the key {shown}"))
            .kind("certificate")
            .fix(format!(
                "run chmod go-rwx {shown}; if others may have read it, get another certificate"
            )));
    }
    let tls = Tls::new(certificate, bytes);
    // Said now, and not when the first browser comes.
    tls.acceptor()
        .map_err(|error| CliError::usage(error.to_string()).kind("certificate"))?;
    Ok(Some(tls))
}

fn announce(url: &str, is_first: bool, leaves: Option<Approvals>, as_json: bool) {
    if as_json {
        output::json(&json!({ "url": url }));
        return;
    }
    match leaves {
        Some(Approvals::Console) => output::note(
            "From now on only the console approves: config.toml says approvals = \"console\".",
        ),
        Some(Approvals::CommandLine) => output::note(
            "The command line approves as well: config.toml says approvals = \"command-line\".",
        ),
        None => {}
    }
    output::note(if is_first {
        "Open this link to make yourself the owner. It works once, for an hour:"
    } else {
        "Your console is at:"
    });
    output::line(url);
    output::note("Ctrl-C ends it.");
}

/// What this process may open, as far as the system lets it.
fn more_files() {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(FILES).min(FILES);
    if limit.current.is_some_and(|current| current < most) {
        // Fewer browsers at once, then.
        let _ = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(most),
                maximum: limit.maximum,
            },
        );
    }
}

fn start_error(error: StartError) -> CliError {
    if let StartError::Listen { address, error } = &error
        && error.kind() == ErrorKind::AddrInUse
    {
        return CliError::usage(format!(
            "{address} is taken: the console may be running already"
        ))
        .kind("address")
        .fix(format!(
            "open http://localhost:{}, or take any port that is free: --listen 127.0.0.1:0",
            address.port()
        ));
    }
    let text = plain(&error.to_string(), 1_000);
    match error {
        StartError::Listen { .. } => CliError::usage(text)
            .kind("address")
            .fix("give an address of this machine with --listen"),
        _ => CliError::fault(text).fix("`guildhall doctor` checks the home folder"),
    }
}
