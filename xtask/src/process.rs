//! Running programs.

use crate::error::TaskError;
use crate::repository::Workspace;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What changes how cargo compiles, and must not reach the guests: each change would build them all again.
const COMPILER_VARIABLES: [&str; 7] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
];

/// Cargo in a workspace. The guests' workspaces keep their own target folders, whatever the environment says.
pub fn cargo(workspace: &Workspace) -> Command {
    let mut cargo = plain_cargo();
    cargo.current_dir(workspace.path());
    if workspace.folder != "." {
        for_guests(&mut cargo, &workspace.path().join("target"));
    }
    cargo
}

/// Cargo in the caller's folder.
pub fn plain_cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.stdin(Stdio::null());
    cargo
}

/// Keeps compiler flags and wrappers of the host's build away from a build of guests.
pub fn for_guests(command: &mut Command, target: &Path) {
    for name in COMPILER_VARIABLES {
        command.env_remove(name);
    }
    command.env("CARGO_TARGET_DIR", target);
}

/// Runs a command, its output on this terminal.
pub fn run(command: &mut Command) -> Result<(), TaskError> {
    let status = command
        .status()
        .map_err(|source| cannot_start(command, source))?;
    expect_success(command, status)
}

/// Runs a command and returns its standard output; standard error goes to this terminal.
pub fn output(command: &mut Command) -> Result<Vec<u8>, TaskError> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| cannot_start(command, source))?;
    expect_success(command, output.status)?;
    Ok(output.stdout)
}

/// Whether a command starts and succeeds; nothing is printed.
pub fn works(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A command that ended within its time.
pub struct Ended {
    /// How it ended; none if it had to be stopped.
    pub status: Option<ExitStatus>,
    /// What it wrote to standard output and standard error, line by line.
    pub lines: Vec<String>,
}

/// Runs a command, shows what it prints as it comes if `show`, keeps the lines, and stops it after `limit`.
pub fn watched(command: &mut Command, limit: Duration, show: bool) -> Result<Ended, TaskError> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| cannot_start(command, source))?;
    let lines = Arc::new(Mutex::new(Vec::new()));
    let readers = [
        child
            .stdout
            .take()
            .map(|out| collect(out, lines.clone(), show.then(std::io::stdout))),
        child
            .stderr
            .take()
            .map(|err| collect(err, lines.clone(), show.then(std::io::stderr))),
    ];
    let status = wait(&mut child, limit);
    for reader in readers.into_iter().flatten() {
        // A reader that is stuck on a pipe of a grandchild must not keep us.
        if status.is_some() {
            let _ = reader.join();
        }
    }
    let lines = std::mem::take(&mut *lines.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Ended { status, lines })
}

fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(50)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

fn collect(
    from: impl Read + Send + 'static,
    lines: Arc<Mutex<Vec<String>>>,
    mut show: Option<impl Write + Send + 'static>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut bytes = Vec::new();
        while from
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|read| read > 0)
        {
            if let Some(terminal) = &mut show {
                // A terminal that has gone away is no reason to stop reading.
                let _ = terminal.write_all(&bytes);
            }
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            lines
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line);
            bytes.clear();
        }
    })
}

fn expect_success(command: &Command, status: ExitStatus) -> Result<(), TaskError> {
    if status.success() {
        return Ok(());
    }
    Err(TaskError::Command {
        command: line(command),
        ended: match status.code() {
            Some(code) => format!("ended with {code}"),
            None => "was stopped by a signal".to_owned(),
        },
    })
}

fn cannot_start(command: &Command, source: std::io::Error) -> TaskError {
    TaskError::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    }
}

/// A command as one line, the program without its folder.
pub fn line(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
