//! `up --check`: what CI shows of `up` and `down`, in a folder of its own.

use super::{Standing, console, down_in, is_ours, up_in};
use crate::demo::place::PUBLISHER;
use crate::demo::shell::Shell;
use crate::error::TaskError;
use crate::guests;
use crate::process;
use crate::repository;
use std::path::Path;
use std::process::Command;

/// Ports that are free.
const ANY: [u16; 3] = [0; 3];

/// Starts everything, looks at it, starts it again while it runs and after one of it was killed, and ends it.
///
/// # Errors
/// If anything of it is otherwise than `up` and `down` promise.
pub fn run() -> Result<(), TaskError> {
    let folder = repository::target()?.join("up-check");
    begin_anew(&folder)?;
    let looked = looks(&folder);
    // Nothing stays that a failed look has left.
    let ended = down_in(&folder);
    looked?;
    ended?;
    std::fs::remove_dir_all(&folder).map_err(TaskError::file(&folder))
}

fn begin_anew(folder: &Path) -> Result<(), TaskError> {
    if !folder.is_dir() {
        return Ok(());
    }
    down_in(folder)?;
    std::fs::remove_dir_all(folder).map_err(TaskError::file(folder))
}

fn looks(folder: &Path) -> Result<(), TaskError> {
    let first = up_in(folder, ANY)?;
    let link = console::link(folder)?;
    must(
        link.contains("/start?key="),
        "the first link makes an owner",
    )?;
    must(console::opens(&link), "the link opens")?;
    must(
        console::opens(&format!("{}/", first.place.url())),
        "the marketplace opens",
    )?;
    let guildhall = guests::guildhall()?;
    let merchant = Shell::new(&guildhall, folder).of("merchant");
    let installed = merchant.asked(&["installed", "--json"])?;
    for skill in guests::skills(&guildhall)? {
        installed.expect(&format!("\"{PUBLISHER}/{}\"", skill.name))?;
    }

    let again = up_in(folder, ANY)?;
    must(
        again.processes == first.processes,
        "a second `up` starts nothing",
    )?;

    let console = first.processes.first().copied().unwrap_or_default();
    process::run(Command::new("kill").args(["-KILL", &console.to_string()]))?;
    let third = up_in(folder, ANY)?;
    must(
        third.place == first.place && third.console == first.console,
        "what was killed is back where it was",
    )?;
    must(
        console::opens(&console::link(folder)?),
        "the link opens again",
    )?;

    down_in(folder)?;
    must(
        !third.processes.iter().any(|process| is_ours(*process)),
        "`down` ends everything",
    )?;
    let left = Standing::read(folder)?.map(|standing| standing.processes.len());
    must(left == Some(0), "`down` writes down that nothing runs")
}

fn must(holds: bool, what: &str) -> Result<(), TaskError> {
    if holds {
        return Ok(());
    }
    Err(TaskError::check(format!("this does not hold: {what}")))
}
