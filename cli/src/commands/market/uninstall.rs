//! `guildhall uninstall`

use super::consent::reject_waiting;
use crate::args::market::UninstallArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::installed::Store;
use crate::output;
use crate::source;
use guildhall_host::EgressConfig;
use serde_json::json;

/// Takes a skill away, and voids what it has waiting.
///
/// # Errors
/// If it is not installed.
pub async fn run(home: &Home, args: UninstallArgs) -> Result<Exit, CliError> {
    let store = Store::of(home);
    source::record(&store, &args.name)?;
    let locked = store.lock()?;
    let record = source::record(&store, &args.name)?;
    store.remove(&locked, &args.name)?;
    drop(locked);
    let host = host::open(home, EgressConfig::default()).await?;
    let void = reject_waiting(&host, record.component, None, "the skill was taken away").await?;
    host.shutdown().await;
    if args.json {
        output::json(&json!({
            "uninstalled": record.name,
            "version": record.version,
            "void": void,
        }));
        return Ok(Exit::Done);
    }
    output::note(format_args!("{} {} is gone.", record.name, record.version));
    for run in &void {
        output::note(format_args!("What the run {run} was waiting for is void."));
    }
    output::note("Its past runs, their receipts and what it remembered stay.");
    Ok(Exit::Done)
}
