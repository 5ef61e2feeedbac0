//! Commands that serve: agents, and the merchant's browser.

pub mod mcp;
pub mod up;

use crate::error::CliError;
use crate::home::Home;
use guildhall_host::{KeyFolder, SecretKey32};

/// Name of the key that agents' handles are made with.
const KEY: &str = "agents";

/// The key of agents' handles, beside the host's own.
fn agents_key(home: &Home) -> Result<SecretKey32, CliError> {
    KeyFolder::open(&home.state().join("keys"))
        .and_then(|keys| keys.secret(KEY))
        .map_err(|error| CliError::fault(error.to_string()).kind("keys"))
}
