//! `up` and `down`: a marketplace with its witness and a merchant's console that stay, the example skills published and installed,
//! to try things on. Everything is in target/up; a second `up` starts what is there again.

pub mod check;
mod console;

use crate::demo::place::{self, PASSWORD, PUBLISHER, Place};
use crate::demo::shell::{Shell, unexpected};
use crate::error::TaskError;
use crate::guests::{self, Guest};
use crate::json;
use crate::repository;
use serde::{Deserialize, Serialize};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Ports that are taken if they are free, of marketplace, witness and console.
const PORTS: [u16; 3] = [8080, 8081, 8470];
/// Marketplace, witness and console.
const SERVERS: usize = 3;
/// File that is written after the author was admitted.
const ADMITTED: &str = "admitted";
/// How often a process is looked at that was told to end, every 50 ms.
const LOOKS: u32 = 300;

/// What is written down, so that it can be started again and ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Standing {
    #[serde(flatten)]
    place: Place,
    /// Address of the console. None: it was made by an `up` that knew none.
    #[serde(default)]
    console: Option<String>,
    /// Processes, the one that was started last first.
    processes: Vec<u32>,
}

impl Standing {
    fn file(folder: &Path) -> PathBuf {
        folder.join("standing.json")
    }

    fn read(folder: &Path) -> Result<Option<Self>, TaskError> {
        match std::fs::read(Self::file(folder)) {
            Ok(bytes) => json::parse("target/up/standing.json", &bytes).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(TaskError::file(Self::file(folder))(error)),
        }
    }

    fn write(&self, folder: &Path) -> Result<(), TaskError> {
        let file = Self::file(folder);
        let text =
            serde_json::to_vec_pretty(self).map_err(|error| TaskError::check(error.to_string()))?;
        // As a whole: half of it would tell nobody what runs.
        let new = folder.join("standing.new");
        std::fs::write(&new, text).map_err(TaskError::file(&new))?;
        std::fs::rename(&new, &file).map_err(TaskError::file(file))
    }

    fn runs(&self) -> bool {
        self.processes.len() == SERVERS
            && self.processes.iter().all(|process| is_ours(*process))
            && [Some(&self.place.market), self.console.as_ref()]
                .into_iter()
                .all(|address| address.is_some_and(|address| TcpStream::connect(address).is_ok()))
    }
}

fn folder() -> Result<PathBuf, TaskError> {
    Ok(repository::target()?.join("up"))
}

/// Starts what does not run, makes it first if it is not there, publishes and installs the example skills, and prints one link.
///
/// # Errors
/// If something does not start, or a skill is not released or not installed.
pub fn up() -> Result<(), TaskError> {
    up_in(&folder()?, PORTS).map(drop)
}

/// The same in another folder. What runs then.
fn up_in(folder: &Path, ports: [u16; SERVERS]) -> Result<Standing, TaskError> {
    println!("Building guildhall and the example skills (some minutes the first time)…");
    let guildhall = guests::guildhall()?;
    let skills = guests::skills(&guildhall)?;
    std::fs::create_dir_all(folder).map_err(TaskError::file(folder))?;
    let operator = Shell::new(&guildhall, folder).of("operator");
    let (mut standing, runs) = match Standing::read(folder)? {
        Some(standing) if standing.runs() => {
            println!("It runs already.");
            (standing, true)
        }
        Some(standing) => (started(&operator, folder, standing)?, false),
        None => {
            let made = make(&operator, folder, ports)?;
            (started(&operator, folder, made)?, false)
        }
    };
    let author = operator.of("author");
    admitted(&author, folder, &standing.place.url())?;
    let mut stays = Vec::new();
    for skill in &skills {
        if !publish(&author, skill)? {
            stays.push(skill.name.as_str());
        }
    }
    let merchant = operator.of("merchant");
    console::furnish(&merchant, folder, &standing.place, &skills)?;
    if !runs {
        let address = match &standing.console {
            Some(address) => address.clone(),
            None => place::free(ports[2])?,
        };
        standing.console = Some(address.clone());
        console::start(&merchant, folder, &address, |process| {
            standing.processes.insert(0, process);
            standing.write(folder)
        })?;
    }
    if !stays.is_empty() {
        println!(
            "\nChanged since they were released, so that the releases before stay: {}. To publish what is here now, raise the \
             version in skill.toml and run `cargo xtask up` again.",
            stays.join(", ")
        );
    }
    tell(&standing, folder, &guildhall)?;
    Ok(standing)
}

/// Gives the author an account and a key, once. The folder alone does not tell that it was done: it is there before the key is.
fn admitted(author: &Shell, folder: &Path, url: &str) -> Result<(), TaskError> {
    let mark = folder.join(ADMITTED);
    if mark.exists() {
        return Ok(());
    }
    if folder.join("author").is_dir() {
        place::admit_again(author, url)?;
    } else {
        place::admit(author, url)?;
    }
    std::fs::write(&mark, "").map_err(TaskError::file(mark))
}

/// Publishes a skill; one that is released already is not released again. False: it was changed since it was, so that the
/// release stays as it is.
fn publish(author: &Shell, skill: &Guest) -> Result<bool, TaskError> {
    let (source, component) = (text(&skill.folder)?, text(&skill.component)?);
    let command = ["publish", &source, "--component", &component];
    match author.tried(&command, "")?.0 {
        Some(0) => Ok(true),
        // A refusal: which one, programs are told by its code.
        Some(4)
            if { author.asked(&[&command[..], &["--json"]].concat())? }
                .has("\"version.taken\"") =>
        {
            Ok(false)
        }
        code => Err(unexpected(&command, code, 0)),
    }
}

/// Ends everything. What was kept stays.
///
/// # Errors
/// If one does not end.
pub fn down() -> Result<(), TaskError> {
    down_in(&folder()?)
}

fn down_in(folder: &Path) -> Result<(), TaskError> {
    let Some(mut standing) = Standing::read(folder)? else {
        println!("Nothing was started: `cargo xtask up` does that.");
        return Ok(());
    };
    for process in std::mem::take(&mut standing.processes) {
        end(process)?;
    }
    standing.write(folder)?;
    println!(
        "Stopped. `cargo xtask up` starts it again as it was; to begin anew, remove {}.",
        repository::shown(folder)
    );
    Ok(())
}

/// Makes the folders of marketplace and witness.
fn make(operator: &Shell, folder: &Path, ports: [u16; SERVERS]) -> Result<Standing, TaskError> {
    // A set-up that was broken off is begun anew: nobody has seen its root.
    for name in ["operator", "market", "witness", "author", "merchant"] {
        let old = folder.join(name);
        if old.is_dir() {
            std::fs::remove_dir_all(&old).map_err(TaskError::file(&old))?;
        }
    }
    for mark in [ADMITTED, console::FURNISHED].map(|name| folder.join(name)) {
        if mark.exists() {
            std::fs::remove_file(&mark).map_err(TaskError::file(&mark))?;
        }
    }
    let [market, witness, console] = ports;
    let [market, witness, console] = [
        place::free(market)?,
        place::free(witness)?,
        place::free(console)?,
    ];
    let standing = Standing {
        place: Place::make(operator, market, witness)?,
        console: Some(console),
        processes: Vec::new(),
    };
    standing.write(folder)?;
    Ok(standing)
}

/// Starts marketplace and witness as they were made, and writes down what runs.
fn started(operator: &Shell, folder: &Path, mut standing: Standing) -> Result<Standing, TaskError> {
    // One of both may have been left by a machine that went down, or by a kill.
    for left in std::mem::take(&mut standing.processes) {
        end(left)?;
    }
    if let Err(error) = start(operator, folder, &mut standing) {
        for left in std::mem::take(&mut standing.processes) {
            end(left)?;
        }
        standing.write(folder)?;
        return Err(error);
    }
    Ok(standing)
}

/// Starts both, each in a group of its own, so that they stay when this program ends. Each is written down before it is waited
/// for: what a kill leaves running is found by the next `up` or `down`.
fn start(operator: &Shell, folder: &Path, standing: &mut Standing) -> Result<(), TaskError> {
    let place = standing.place.clone();
    let mut runs = |process| {
        standing.processes.insert(0, process);
        standing.write(folder)
    };
    operator.leave_running(
        &place.witness_command(),
        &place.witness,
        &folder.join("witness.log"),
        &mut runs,
    )?;
    let log = folder.join("market.log");
    operator.leave_running(&place::SERVE, &place.market, &log, &mut runs)
}

/// Whether a process is a `guildhall`: numbers are used again.
fn is_ours(process: u32) -> bool {
    std::fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| {
        let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        words
            .first()
            .is_some_and(|program| program.ends_with(b"guildhall"))
            && words
                .iter()
                .any(|word| [b"serve".as_slice(), b"up"].contains(word))
    })
}

fn end(process: u32) -> Result<(), TaskError> {
    for look in 0..LOOKS {
        if !is_ours(process) {
            return Ok(());
        }
        if look == 0 {
            crate::process::run(Command::new("kill").args(["-INT", &process.to_string()]))?;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(TaskError::check(format!(
        "process {process} was told to end and does not: look into its log in target/up"
    )))
}

fn text(path: &Path) -> Result<String, TaskError> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| TaskError::check(format!("{} is no text", path.display())))
}

/// One link, and below it what a programmer may want.
fn tell(standing: &Standing, folder: &Path, guildhall: &Path) -> Result<(), TaskError> {
    let Place { market, root, .. } = &standing.place;
    let guildhall = repository::shown(guildhall);
    println!(
        "\nA marketplace with its witness and your console run on until `cargo xtask down`. The example skills are installed;\n\
         invoices to try them on are in skills-examples/invoices and skills-examples/pay-supplier/sample.\n\
         \n\
         \x20 The marketplace: http://{market}/ (accounts `author` and `operator`, password: {PASSWORD})\n\
         \x20 Its root:        {root}\n\
         \x20 As another one:  {guildhall} install {PUBLISHER}/invoice-check --from http://{market} --root {root}\n\
         \x20 What they say:   {logs}/*.log\n\
         \n\
         Open your console:\n\
         {link}",
        logs = repository::shown(folder),
        link = console::link(folder)?,
    );
    Ok(())
}
