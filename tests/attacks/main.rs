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
mod capabilities;
mod cards;
mod commits;
mod compiling;
mod components;
mod crashes;
mod files;
mod homes;
mod inputs;
mod limits;
mod manifests;
mod network;
mod outputs;
mod paths;
mod proxies;
mod redirects;
mod revocation;
mod servers;
mod sockets;
mod urls;

use guildhall_tests::{Home, Run, json};

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
