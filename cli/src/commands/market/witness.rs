//! `guildhall witness`

use super::serve::{announce, tell_what_happens, told_to_end};
use crate::args::market::{WitnessArgs, WitnessCommand};
use crate::commands::program_name;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;
use guildhall_marketplace::clock::Clock;
use guildhall_marketplace::witness::{WitnessConfig, WitnessError, key, serve};
use guildhall_package::text::plain;
use guildhall_package::trust::log::VerifierKey;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Makes or serves a witness.
///
/// # Errors
/// If its folder can't be used, or it can't listen.
pub async fn run(args: WitnessArgs) -> Result<Exit, CliError> {
    match args.command {
        WitnessCommand::Init { dir, name, json } => init(&dir, name, json),
        WitnessCommand::Serve {
            dir,
            name,
            log,
            listen,
            address_file,
        } => {
            let logs = log
                .iter()
                .map(|text| {
                    text.parse::<VerifierKey>().map_err(|error| {
                        CliError::usage(plain(&format!("--log: {error}"), 400)).kind("key")
                    })
                })
                .collect::<Result<Vec<_>, _>>()?;
            let config = WitnessConfig {
                listen,
                folder: absolute(&dir)?,
                name,
                logs,
                clock: Clock::default(),
            };
            tell_what_happens();
            let mut running = serve(config).await.map_err(witness_error)?;
            announce(running.address, address_file.as_deref())?;
            tokio::select! {
                ended = told_to_end() => ended?,
                () = running.ended() => {
                    return Err(CliError::fault("the witness ended by itself; its log says why"));
                }
            }
            running.shutdown().await;
            Ok(Exit::Done)
        }
    }
}

fn init(folder: &Path, name: String, as_json: bool) -> Result<Exit, CliError> {
    let config = WitnessConfig {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        folder: absolute(folder)?,
        name,
        logs: Vec::new(),
        clock: Clock::default(),
    };
    let key = key(&config).map_err(witness_error)?;
    if as_json {
        output::json(&json!({ "key": key.to_string() }));
    } else {
        output::line(plain(&key.to_string(), 300));
        output::hint(format_args!(
            "the marketplace names it: {} marketplace init DIR --witness KEY=URL …",
            program_name()
        ));
    }
    Ok(Exit::Done)
}

fn absolute(path: &Path) -> Result<PathBuf, CliError> {
    std::path::absolute(path)
        .map_err(|error| CliError::usage(format!("{}: {error}", path.display())))
}

fn witness_error(error: WitnessError) -> CliError {
    let text = plain(&error.to_string(), 1_000);
    match error {
        WitnessError::Name(_) | WitnessError::Listen { .. } => {
            CliError::usage(text).kind("witness")
        }
        _ => CliError::failed(text).kind("witness"),
    }
}
