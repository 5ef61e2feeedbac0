//! What must not happen, tried through the real binary. Each denial is looked up at the far side, teaches what would
//! allow it, and leaves a host that serves the next run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod addresses;
mod approvals;
mod audit;
mod capabilities;
mod cards;
mod commits;
mod compiling;
mod components;
mod console;
mod crashes;
mod files;
mod forgotten;
mod homes;
mod inputs;
mod invoices;
mod killed;
mod limits;
mod mandates;
mod manifests;
mod marketplace;
mod messages;
mod money;
mod network;
mod outputs;
mod paths;
mod payments;
mod proxies;
mod races;
mod random;
mod receipts;
mod records;
mod redirects;
mod rerouted;
mod retention;
mod revocation;
mod secrets;
mod servers;
mod sockets;
mod spending;
mod store_rows;
mod stores;
mod urls;

use guildhall_tests::{Home, Run, json};
use std::process::Command;

/// One request of the prober without header fields.
fn fetch<'a>(home: &'a Home, method: &str, url: &str) -> Run<'a> {
    fetch_with(home, method, url, &[], "")
}

/// One request of the prober.
fn fetch_with<'a>(
    home: &'a Home,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Run<'a> {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    home.prober("fetch").input(json!({
        "method": method,
        "url": url,
        "headers": headers,
        "body": body,
    }))
}

/// The same command under a limit of the shell, for example `-t 50`.
fn under_ulimit(limit: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("ulimit {limit} && exec \"$@\""))
        .arg("sh")
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}
