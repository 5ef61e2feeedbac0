//! `guildhall doctor`

use crate::args::DoctorArgs;
use crate::build::toolchain::{self, LINKER, TARGET};
use crate::compile_child::{ADDRESS_SPACE, CPU_SECONDS, ChildCompiler};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::{Approvals, Home};
use crate::output;
use guildhall_host::{Compiler, EgressConfig};
use owo_colors::OwoColorize;
use rustix::process::{Resource, getrlimit};
use serde::Serialize;
use serde_json::json;
use std::path::Path;

/// Open files needed by a host with a thousand skills loaded.
const WANTED_FILES: u64 = 4_096;
/// The kernel that first has the page-map scan that makes a fresh sandbox cheap.
const PAGEMAP_SCAN: (u32, u32) = (6, 7);
/// The smallest component: a header and nothing else.
const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// One thing looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Ok,
    Warn,
    Fail,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Ok,
            found: found.into(),
            fix: None,
        }
    }

    fn warn(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Warn,
            found: found.into(),
            fix: Some(fix.into()),
        }
    }

    fn fail(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Fail,
            found: found.into(),
            fix: Some(fix.into()),
        }
    }
}

/// Looks at everything this program depends on. Exits with 1 if something that it needs is not there.
///
/// # Errors
/// Only if the result can't be printed.
pub async fn run(home: &Home, args: &DoctorArgs) -> Result<Exit, CliError> {
    let mut checks = vec![Check::ok(
        "version",
        format!("guildhall {}", env!("CARGO_PKG_VERSION")),
    )];
    checks.extend(rust(Path::new(".")));
    checks.push(home_folder(home));
    checks.push(approvals(home));
    checks.extend(host(home).await);
    checks.push(compiler().await);
    checks.push(kernel());
    checks.push(open_files(getrlimit(Resource::Nofile).current));
    let failed = checks
        .iter()
        .filter(|check| check.state == State::Fail)
        .count();
    if args.json {
        output::json(&json!({ "ok": failed == 0, "checks": super::to_json(&checks)? }));
    } else {
        for check in &checks {
            print(check);
        }
    }
    Ok(if failed == 0 {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn print(check: &Check) {
    let state = match check.state {
        State::Ok => "ok  ".green().to_string(),
        State::Warn => "warn".yellow().bold().to_string(),
        State::Fail => "fail".red().bold().to_string(),
    };
    output::line(format_args!("{state}  {:14} {}", check.name, check.found));
    if let Some(fix) = &check.fix {
        output::line(format_args!(
            "      {:14} {} {fix}",
            "",
            "hint:".cyan().bold()
        ));
    }
}

/// What building skills needs. Running them needs none of it.
fn rust(folder: &Path) -> Vec<Check> {
    let mut checks = Vec::new();
    match toolchain::version("cargo", folder) {
        Some(version) => checks.push(Check::ok("cargo", version)),
        None => checks.push(Check::warn(
            "cargo",
            "not found; skills can be run but not built",
            "install Rust 1.95 or newer with rustup",
        )),
    }
    let Ok(sysroot) = toolchain::sysroot(folder) else {
        checks.push(Check::warn(
            "rustc",
            "not found",
            "install Rust 1.95 or newer with rustup",
        ));
        return checks;
    };
    if let Some(version) = toolchain::version("rustc", folder) {
        checks.push(Check::ok("rustc", version));
    }
    checks.push(if toolchain::has_target(&sysroot) {
        Check::ok("target", TARGET)
    } else {
        Check::fail(
            "target",
            format!("{TARGET} is not installed"),
            format!("rustup target add {TARGET}"),
        )
    });
    checks.push(match toolchain::linker(&sysroot) {
        Some(path) => Check::ok("linker", path.display().to_string()),
        None => Check::fail("linker", format!("{LINKER} is not there"), "rustup update"),
    });
    checks
}

fn home_folder(home: &Home) -> Check {
    let shown = home.path().display();
    if let Err(error) = home.prepare() {
        return Check::fail("home", error.message, error.fix.unwrap_or_default());
    }
    match home.mode() {
        Ok(mode) if mode & 0o077 != 0 => Check::warn(
            "home",
            format!("{shown} can be read by others (mode {mode:03o})"),
            format!("chmod 700 {shown}"),
        ),
        Ok(mode) => Check::ok("home", format!("{shown} (mode {mode:03o})")),
        Err(error) => Check::fail(
            "home",
            format!("{shown}: {error}"),
            "set GUILDHALL_HOME to a folder of yours",
        ),
    }
}

fn approvals(home: &Home) -> Check {
    match home.config().map(|config| config.approvals) {
        Ok(Approvals::CommandLine) => Check::ok("approvals", "by this command line"),
        Ok(Approvals::Console) => Check::ok("approvals", "left to the console"),
        Err(error) => Check::fail("approvals", error.message, error.fix.unwrap_or_default()),
    }
}

/// Opens the host: the journal must be readable, and the engine must start.
async fn host(home: &Home) -> Vec<Check> {
    match crate::host::open(home, EgressConfig::default()).await {
        Err(error) => vec![Check::fail(
            "journal",
            error.message,
            "the folder must be on a local disk with room, and yours",
        )],
        Ok(host) => {
            let pooled = if host.is_pooled() {
                Check::ok("sandbox pool", "on")
            } else {
                Check::warn(
                    "sandbox pool",
                    "off: this machine does not let the address space be reserved; runs are slower",
                    "raise the limit on virtual memory: ulimit -v unlimited",
                )
            };
            host.shutdown().await;
            vec![
                Check::ok("journal", "SQLite opens, reads and writes"),
                pooled,
            ]
        }
    }
}

/// Compiles the smallest component in the child, as every skill is compiled.
async fn compiler() -> Check {
    let limits = format!(
        "in a child with {} MiB of memory and {CPU_SECONDS} s of processor time",
        ADDRESS_SPACE >> 20
    );
    let compiled = match ChildCompiler::new() {
        Ok(compiler) => compiler
            .compile(EMPTY_COMPONENT)
            .await
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.message),
    };
    match compiled {
        Ok(_) => Check::ok("compiler", limits),
        Err(error) => Check::fail(
            "compiler",
            error,
            "this program must be able to start itself",
        ),
    }
}

fn kernel() -> Check {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease")
        .unwrap_or_else(|_| "unknown".to_owned());
    let release = release.trim().to_owned();
    if has_pagemap_scan(&release) {
        Check::ok("kernel", release)
    } else {
        Check::warn(
            "kernel",
            format!(
                "{release} has no page-map scan, so a fresh sandbox costs some microseconds more"
            ),
            "Linux 6.7 or newer has it",
        )
    }
}

fn has_pagemap_scan(release: &str) -> bool {
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    (major, minor) >= PAGEMAP_SCAN
}

fn open_files(limit: Option<u64>) -> Check {
    match limit {
        Some(limit) if limit < WANTED_FILES => Check::warn(
            "open files",
            format!("{limit}; each loaded skill holds one"),
            format!("ulimit -n {WANTED_FILES}"),
        ),
        Some(limit) => Check::ok("open files", limit.to_string()),
        None => Check::ok("open files", "unlimited"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_judged_by_its_number() {
        assert!(has_pagemap_scan("6.7.0"));
        assert!(has_pagemap_scan("6.12.41-generic"));
        assert!(has_pagemap_scan("7.0-rc1"));
        assert!(!has_pagemap_scan("6.1.0-28-amd64"));
        assert!(!has_pagemap_scan("unknown"));
    }

    #[test]
    fn what_is_too_little_says_what_to_do() {
        assert_eq!(open_files(Some(1_024)).state, State::Warn);
        assert_eq!(
            open_files(Some(1_024)).fix.as_deref(),
            Some("ulimit -n 4096")
        );
        assert_eq!(open_files(None).state, State::Ok);
    }
}
