//! Commands that serve: agents, and the merchant's browser.

pub mod mcp;
pub mod up;

use crate::error::CliError;
use crate::home::Home;
use crate::host;
use guildhall_console::agents::Handles;
use guildhall_host::Host;

/// What makes agents' handles: at every machine over one database the same.
///
/// # Errors
/// If another one has another key for them.
async fn handles(home: &Home, host: &Host) -> Result<Handles, CliError> {
    let key = host::agents_key(home)?;
    host.same_key(host::AGENTS, &key)
        .await
        .map_err(host::host_error)?;
    Ok(Handles::new(key))
}
