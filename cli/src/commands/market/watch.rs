//! `guildhall watch`

use crate::args::market::WatchArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::market::watch::{Learned, listen, sync, tell};
use crate::output;
use guildhall_host::EgressConfig;
use serde_json::json;

/// Asks once, or listens until it is interrupted.
///
/// # Errors
/// If the host can't be opened.
pub async fn run(home: &Home, args: WatchArgs) -> Result<Exit, CliError> {
    let host = host::open(home, EgressConfig::default()).await?;
    if args.once {
        let learned = sync(home, &host).await?;
        if args.json {
            output::json(&json!({ "learned": crate::commands::to_json(&learned)? }));
        } else if learned.is_empty() {
            output::note("Nothing that is installed was revoked.");
        } else {
            tell(&learned);
        }
        host.shutdown().await;
        return Ok(Exit::Done);
    }
    let as_json = args.json;
    let watching = listen(home, &host, move |learned: &[Learned]| {
        if as_json {
            for one in learned {
                if let Ok(value) = crate::commands::to_json(one) {
                    output::json_line(&value);
                }
            }
        } else {
            tell(learned);
        }
    })?;
    if !as_json {
        output::note("Listening for revocations; Ctrl-C ends it.");
    }
    tokio::signal::ctrl_c().await.map_err(host::fault)?;
    drop(watching);
    host.shutdown().await;
    Ok(Exit::Done)
}
