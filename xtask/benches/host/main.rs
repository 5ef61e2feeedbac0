//! `cargo xtask bench host`: what the host costs above the raw engine, and how it behaves with much in it.
//!
//! Each part measures its floor or peer in the same process. Read the ratios: the microseconds are those of the machine.
//! Parts can be named: `cargo xtask bench host one-caller policy`.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a program for a terminal"
)]

mod counted;
mod effects;
mod floor;
mod governed;
mod guests;
mod json;
mod load;
mod peer;
mod policy;
mod pool;
mod scale;
mod shipped;
mod table;

use table::Table;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|name| name == part);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut table = Table::default();
    if wanted("one-caller") {
        for subject in [governed::cheapest(), governed::skill()] {
            governed::one_caller(&mut table, folder.path(), &subject).await;
        }
    }
    if wanted("many-callers") {
        governed::many_callers(&mut table, folder.path()).await;
    }
    if wanted("shipped") {
        shipped::shipped(&mut table, folder.path()).await;
    }
    if wanted("effects") {
        effects::effects(&mut table, folder.path()).await;
    }
    if wanted("policy") {
        policy::policy(&mut table);
    }
    if wanted("load") {
        load::load(&mut table, folder.path()).await;
    }
    if wanted("json") {
        json::json(&mut table);
    }
    if wanted("memory") {
        scale::memory(&mut table, folder.path()).await;
    }
    if wanted("journal") {
        scale::journal(&mut table, folder.path()).await;
    }
    if wanted("pool") {
        pool::pool(&mut table).await;
    }
    // Not measured, and only when it is asked for.
    if asked.iter().any(|name| name == "spin") {
        governed::spin_subject(folder.path(), &governed::cheapest()).await;
    }
    if asked.iter().any(|name| name == "spin-skill") {
        governed::spin_subject(folder.path(), &governed::skill()).await;
    }
    for rounds in asked
        .iter()
        .filter_map(|name| name.strip_prefix("spin-many:"))
    {
        let rounds = rounds.parse().expect("a number of rounds");
        governed::spin_many(folder.path(), rounds).await;
    }
    for name in asked.iter().filter_map(|name| name.strip_prefix("spin:")) {
        shipped::spin(folder.path(), name).await;
    }
    table.close("host");
}
