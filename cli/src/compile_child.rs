//! Compiling strangers' components in a child of this program, under limits that the kernel keeps.
//!
//! A component of a few megabytes can make a compiler need hours and gigabytes. The child gets the component on
//! standard input, answers on standard output, sees no environment, and ends with its parent.

use crate::error::CliError;
use crate::exit::Exit;
use futures::future::BoxFuture;
use guildhall_host::{CompileError, Compiler, compile_component};
use guildhall_package::text::plain;
use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit,
};
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// Address space of the child in bytes: 2 GiB. JavaScript and Python skills need 400 MB.
pub const ADDRESS_SPACE: u64 = 2 << 30;
/// Processor time of the child in seconds.
pub const CPU_SECONDS: u64 = 60;
/// Wall clock of the child, for a machine that has other things to do.
pub const WALL: Duration = Duration::from_secs(180);
/// Compiled code taken from the child in bytes: 512 MiB.
const MAX_ARTEFACT: u64 = 512 << 20;
/// Component taken by the child in bytes; the host has its own, stricter limit.
const MAX_COMPONENT: u64 = 64 << 20;
/// Bytes of the child's last words.
const MAX_MESSAGE: u64 = 4 << 10;

/// Compiles in a child process of this program.
#[derive(Debug, Clone)]
pub struct ChildCompiler {
    program: PathBuf,
}

impl ChildCompiler {
    /// Uses this program's own file.
    ///
    /// # Errors
    /// If the system does not say where that is.
    pub fn new() -> Result<Self, CliError> {
        let program = std::env::current_exe().map_err(|error| {
            CliError::fault(format!("this program can't find its own file: {error}"))
        })?;
        Ok(Self { program })
    }

    fn spawn(&self) -> std::io::Result<Child> {
        Command::new(&self.program)
            .arg("__compile")
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }

    async fn run(&self, bytes: &[u8]) -> Result<Vec<u8>, CompileError> {
        let broken =
            |what: &str, error: std::io::Error| CompileError::Broken(format!("{what}: {error}"));
        let mut child = self
            .spawn()
            .map_err(|error| broken("it does not start", error))?;
        let (Some(mut input), Some(output), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(CompileError::Broken("it has no pipes".to_owned()));
        };
        let mut artefact = Vec::new();
        let mut message = Vec::new();
        let mut output = output.take(MAX_ARTEFACT + 1);
        let mut errors = errors.take(MAX_MESSAGE);
        let feed = async move {
            // A child that ends early says why by itself.
            let _ = input.write_all(bytes).await;
        };
        let (_, read, _) = tokio::join!(
            feed,
            output.read_to_end(&mut artefact),
            errors.read_to_end(&mut message)
        );
        read.map_err(|error| broken("its answer can't be read", error))?;
        if artefact.len() as u64 > MAX_ARTEFACT {
            return Err(CompileError::Limit(format!(
                "more than {MAX_ARTEFACT} bytes of compiled code"
            )));
        }
        let status = child
            .wait()
            .await
            .map_err(|error| broken("it does not end", error))?;
        verdict(status, artefact, &String::from_utf8_lossy(&message))
    }
}

impl Compiler for ChildCompiler {
    fn compile<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, CompileError>> {
        Box::pin(async move {
            // Dropping the future drops the child, which kills it.
            tokio::time::timeout(WALL, self.run(bytes))
                .await
                .unwrap_or_else(|_| {
                    Err(CompileError::Limit(format!(
                        "more than {} s",
                        WALL.as_secs()
                    )))
                })
        })
    }
}

/// What the child's end means.
fn verdict(status: ExitStatus, artefact: Vec<u8>, message: &str) -> Result<Vec<u8>, CompileError> {
    let message = plain(message, 1_000);
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(artefact),
        (Some(code), _) if code == i32::from(Exit::Refused.code()) => {
            Err(CompileError::Rejected(message))
        }
        (Some(code), _) => Err(CompileError::Broken(format!(
            "the child ended with {code}: {message}"
        ))),
        (None, Some(signal)) if signal == Signal::XCPU.as_raw() => Err(CompileError::Limit(
            format!("more than {CPU_SECONDS} s of processor time"),
        )),
        (None, Some(signal)) if signal == Signal::KILL.as_raw() => Err(CompileError::Limit(
            "the system killed it for the time or the memory it used".to_owned(),
        )),
        // An allocation that fails aborts.
        (None, Some(signal))
            if signal == Signal::ABORT.as_raw() || signal == Signal::SEGV.as_raw() =>
        {
            Err(CompileError::Limit(format!(
                "more than {} MiB of memory",
                ADDRESS_SPACE >> 20
            )))
        }
        (None, signal) => Err(CompileError::Broken(format!(
            "the child was ended by signal {signal:?}"
        ))),
    }
}

/// The child: sets its limits, compiles standard input to standard output, and ends.
pub fn child() -> Exit {
    match compile_stdin() {
        Ok(artefact) => {
            crate::output::raw(&artefact);
            Exit::Done
        }
        Err(error) => {
            let exit = match error {
                CompileError::Rejected(_) | CompileError::Limit(_) => Exit::Refused,
                CompileError::Broken(_) => Exit::Fault,
            };
            let text = match error {
                CompileError::Rejected(text)
                | CompileError::Limit(text)
                | CompileError::Broken(text) => text,
            };
            // The parent reads this; nobody else is there if it is gone.
            let _ = std::io::stderr().write_all(text.as_bytes());
            exit
        }
    }
}

fn compile_stdin() -> Result<Vec<u8>, CompileError> {
    let broken = |error: std::io::Error| CompileError::Broken(error.to_string());
    limit_self().map_err(broken)?;
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_COMPONENT + 1)
        .read_to_end(&mut bytes)
        .map_err(broken)?;
    if bytes.len() as u64 > MAX_COMPONENT {
        return Err(CompileError::Limit(format!(
            "a component of more than {MAX_COMPONENT} bytes"
        )));
    }
    compile_component(&bytes)
}

fn limit_self() -> std::io::Result<()> {
    // The parent's death must not leave a compiler behind.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    for (resource, current, maximum) in [
        (Resource::As, ADDRESS_SPACE, ADDRESS_SPACE),
        // The first signal says that it was the time; the second can't be caught.
        (Resource::Cpu, CPU_SECONDS, CPU_SECONDS + 2),
        // Neither files nor core dumps: the only way out is the pipe.
        (Resource::Fsize, 0, 0),
        (Resource::Core, 0, 0),
    ] {
        // A limit that is already stricter stays: raising it is not allowed, and not wanted.
        let allowed = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        setrlimit(
            resource,
            Rlimit {
                current: Some(current.min(allowed)),
                maximum: Some(maximum.min(allowed)),
            },
        )?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ended(raw: i32) -> Result<Vec<u8>, CompileError> {
        verdict(ExitStatus::from_raw(raw), vec![1], "why\u{1b}[2J")
    }

    #[test]
    fn the_end_of_the_child_says_what_happened() {
        assert_eq!(ended(0), Ok(vec![1]));
        assert_eq!(
            ended(4 << 8),
            Err(CompileError::Rejected("why\\u{1b}[2J".to_owned()))
        );
        assert!(matches!(ended(70 << 8), Err(CompileError::Broken(_))));
        assert!(matches!(ended(101 << 8), Err(CompileError::Broken(_))));
        assert!(matches!(
            ended(Signal::XCPU.as_raw()),
            Err(CompileError::Limit(_))
        ));
        assert!(matches!(
            ended(Signal::KILL.as_raw()),
            Err(CompileError::Limit(_))
        ));
        assert!(matches!(
            ended(Signal::ABORT.as_raw()),
            Err(CompileError::Limit(_))
        ));
        assert!(matches!(
            ended(Signal::TERM.as_raw()),
            Err(CompileError::Broken(_))
        ));
    }
}
