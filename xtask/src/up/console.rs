//! The merchant's side of `up`: a home with the example skills and some money of the book, and the console over it.

use crate::demo::place::{PUBLISHER, Place};
use crate::demo::shell::Shell;
use crate::error::TaskError;
use crate::guests::Guest;
use crate::json;
use serde::Deserialize;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

/// File that is written after the wallet was filled: a deposit is not repeated.
pub const FURNISHED: &str = "furnished";
/// How often is looked whether the console has printed its link.
const LOOKS: u32 = 100;
/// Time between two such looks.
const PAUSE: Duration = Duration::from_millis(50);
/// Longest wait for a page.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the console printed at its start.
const SAID: &str = "console.json";

#[derive(Deserialize)]
struct Link {
    url: String,
}

/// Installs what is not installed, and fills the wallet once.
///
/// # Errors
/// If a command of the merchant ends otherwise than it should.
pub fn furnish(
    merchant: &Shell,
    folder: &Path,
    place: &Place,
    skills: &[Guest],
) -> Result<(), TaskError> {
    let url = place.url();
    let installed = merchant.asked(&["installed", "--json"])?;
    for skill in skills {
        let name = format!("{PUBLISHER}/{}", skill.name);
        if installed.has(&format!("\"{name}\"")) {
            continue;
        }
        let install = [
            "install",
            name.as_str(),
            "--from",
            &url,
            "--root",
            &place.root,
            "--yes",
        ];
        merchant.guildhall(&install, 0)?;
    }
    let mark = folder.join(FURNISHED);
    if mark.exists() {
        return Ok(());
    }
    // One that was broken off may have added the account.
    if !merchant.asked(&["wallet", "--json"])?.has("\"till\"") {
        merchant.guildhall(&["wallet", "add-book", "till", "--currency", "EUR"], 0)?;
    }
    merchant.guildhall(&["wallet", "deposit", "till", "EUR 10000.00"], 0)?;
    std::fs::write(&mark, "").map_err(TaskError::file(mark))
}

/// Starts the console; it stays when this program ends. `started` is told its process number before it listens.
///
/// # Errors
/// If it does not start.
pub fn start(
    merchant: &Shell,
    folder: &Path,
    address: &str,
    started: impl FnOnce(u32) -> Result<(), TaskError>,
) -> Result<(), TaskError> {
    let arguments = ["up", "--listen", address, "--json"];
    let log = folder.join("console.log");
    let said = folder.join(SAID);
    merchant.leave_running_and_saying(&arguments, address, &log, &said, started)
}

/// The link that the console printed at its last start; its address alone, if that link has made somebody the owner.
///
/// # Errors
/// If it printed none.
pub fn link(folder: &Path) -> Result<String, TaskError> {
    let said = folder.join(SAID);
    // It listens before it prints.
    for _ in 0..LOOKS {
        let bytes = std::fs::read(&said).map_err(TaskError::file(&said))?;
        if let Ok(Link { url }) = json::parse(SAID, &bytes) {
            let origin = url
                .split_once("/start")
                .map_or(url.as_str(), |(origin, _)| origin);
            return Ok(if opens(&url) {
                url
            } else {
                format!("{origin}/")
            });
        }
        std::thread::sleep(PAUSE);
    }
    Err(TaskError::check(
        "the console printed no link: look into target/up/console.log",
    ))
}

/// Whether a page of this machine is there: the answer is a success, and no page about a problem.
pub fn opens(url: &str) -> bool {
    let Some((host, path)) = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let address = host.replace("localhost", "127.0.0.1");
    let asked = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "GET /{path} HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\nconnection: close\r\n\r\n"
        )?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(line)
    };
    asked().is_ok_and(|line| line.contains(" 200 "))
}
