//! A marketplace, its log and its clients under attack, each through the real binaries.

mod asking;
mod killed;
mod logs;
mod promotion;
mod uploads;

use guildhall_tests::{Home, Value, find};
use std::process::Command;

/// The token that a home is logged in with.
fn token(home: &Home) -> String {
    let places = home.home().join("marketplaces");
    let file = std::fs::read_dir(places)
        .unwrap()
        .flatten()
        .map(|entry| entry.path().join("token"))
        .find(|file| file.is_file())
        .unwrap();
    let who: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    who["token"].as_str().unwrap().to_owned()
}

/// The same command, its clock set wrong by so many hours.
fn hours_later(mut command: Command, hours: i64) -> Command {
    command
        .env("LD_PRELOAD", find::clock())
        .env("GUILDHALL_CLOCK_OFFSET", (hours * 3_600).to_string());
    command
}
