//! `cargo xtask bench marketplace`: pulling, publishing and searching through the real binary, with peers that Debian packages
//! in the same run: nginx for files, docker-registry for manifests. `wrk` asks both sides in the same way.
//!
//! Read the ratios: the rest is the machine's. Parts can be named: `cargo xtask bench marketplace blob search`.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a program for a terminal"
)]

mod load;
mod peers;
mod publish;
mod pull;
mod search;
#[allow(dead_code, reason = "the host's benchmark uses all of it")]
#[path = "../host/table.rs"]
mod table;

use table::Table;

fn main() {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|name| name == part);
    let mut table = Table::default();
    let parts = ["blob", "manifest", "tiles"].map(wanted);
    if parts.contains(&true) {
        pull::pull(&mut table, parts);
    }
    if wanted("publish") {
        publish::visible(&mut table);
    }
    if wanted("upload") {
        publish::uploaded(&mut table);
    }
    if wanted("search") {
        search::search(&mut table);
    }
    if wanted("crowd") {
        publish::crowd(&mut table);
    }
    table.close("marketplace");
}
