//! `fuzz`: libFuzzer on the stable toolchain, without cargo-fuzz.
//!
//! Coverage comes from compiler flags that are stable. They are given to the workspace's own crates alone: cargo is told
//! to call this program instead of rustc for them (`RUSTC_WORKSPACE_WRAPPER`), and it adds the flags. Dependencies are
//! the ones that the tests have already built. The guests' fuzz workspace is small and is instrumented as a whole.
//! Sanitizers need a nightly compiler and are not used; the code has no `unsafe` but one line.

use crate::error::TaskError;
use crate::guests;
use crate::json;
use crate::process;
use crate::report::{Report, Tally};
use crate::repository::{self, GUEST_FUZZ, HOUSE};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

/// Set when this program is to stand in for rustc.
const WRAPPER: &str = "GUILDHALL_FUZZ_RUSTC_WRAPPER";

/// What cargo-fuzz passes too, without its sanitizer.
const COVERAGE: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "-Cdebug-assertions=on",
];

/// Longest input. Larger seeds (real components) are left out: they only slow the search down.
const MAX_LEN: u64 = 64 << 10;

/// Time over the asked seconds after which a target has hung.
const GRACE: Duration = Duration::from_secs(60);

/// A built target.
struct Target {
    name: String,
    program: PathBuf,
}

/// If this process was started in place of rustc, runs rustc with the coverage flags.
pub fn rustc_wrapper() -> Option<ExitCode> {
    std::env::var_os(WRAPPER)?;
    let mut arguments = std::env::args_os().skip(1);
    let rustc = arguments.next()?;
    let arguments: Vec<_> = arguments.collect();
    let names = |text: &str| {
        arguments
            .iter()
            .any(|argument| argument.to_string_lossy().contains(text))
    };
    // Build scripts and macros run in the compiler, and questions about rustc compile nothing.
    let is_product =
        names("crate-name") && !names("build_script") && !names("proc-macro") && !names("___");
    let mut command = Command::new(rustc);
    command.args(&arguments);
    if is_product {
        command.args(COVERAGE);
    }
    let error = command.exec();
    eprintln!("error: rustc can't be started: {error}");
    Some(ExitCode::FAILURE)
}

/// Builds the targets and runs each for `seconds`.
pub fn run(seconds: u64, only: &[String]) -> Result<(), TaskError> {
    let mut report = Report::default();
    add(&mut report, seconds, only)?;
    report.close()
}

/// Adds one step for each target.
pub fn add(report: &mut Report, seconds: u64, only: &[String]) -> Result<(), TaskError> {
    let mut targets = Vec::new();
    report.step("fuzz: build", None, || {
        targets = build()?;
        targets.extend(build_guests()?);
        Ok(Tally::default())
    });
    if let Some(unknown) = only
        .iter()
        .find(|name| !targets.iter().any(|target| target.name == **name))
    {
        let known: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
        return Err(TaskError::check(format!(
            "there is no fuzz target {unknown}; there are {}",
            known.join(", ")
        )));
    }
    for target in targets
        .iter()
        .filter(|target| only.is_empty() || only.contains(&target.name))
    {
        let limit = Duration::from_secs(seconds) + GRACE;
        report.step(&format!("fuzz: {}", target.name), Some(limit), || {
            target.run(seconds, limit)
        });
    }
    Ok(())
}

fn build() -> Result<Vec<Target>, TaskError> {
    let wrapper = std::env::current_exe().map_err(TaskError::file("xtask"))?;
    let bins = repository::root().join("fuzz/src/bin");
    let names: Vec<String> = std::fs::read_dir(&bins)
        .map_err(TaskError::file(&bins))?
        .flatten()
        .filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    let mut cargo = process::cargo(&HOUSE);
    cargo
        .env("RUSTC_WORKSPACE_WRAPPER", wrapper)
        .env(WRAPPER, "1")
        .args([
            "build",
            "--workspace",
            "--message-format",
            "json-render-diagnostics",
        ]);
    for name in &names {
        cargo.arg("--bin").arg(format!("fuzz-{name}"));
    }
    Ok(targets(&process::output(&mut cargo)?, ""))
}

fn build_guests() -> Result<Vec<Target>, TaskError> {
    // With a target named, the flags stay away from build scripts.
    let here = process::output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let mut cargo = process::cargo(&GUEST_FUZZ);
    cargo
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"))
        .args([
            "build",
            "--bins",
            "--locked",
            "--message-format",
            "json-render-diagnostics",
            "--target",
        ])
        .arg(String::from_utf8_lossy(&here).trim());
    Ok(targets(&process::output(&mut cargo)?, "guests/"))
}

fn targets(messages: &[u8], prefix: &str) -> Vec<Target> {
    let mut targets: Vec<Target> = json::executables(messages)
        .into_iter()
        .filter_map(|(name, program)| {
            let name = format!("{prefix}{}", name.strip_prefix("fuzz-")?);
            Some(Target { name, program })
        })
        .collect();
    targets.sort_by(|a, b| a.name.cmp(&b.name));
    targets
}

impl Target {
    /// Runs libFuzzer over the seeds. What it finds on the way stays in the target folder for the next run.
    fn run(&self, seconds: u64, limit: Duration) -> Result<Tally, TaskError> {
        let seeds = repository::root().join("fuzz/corpus").join(&self.name);
        let work = repository::target()?.join("fuzz").join(&self.name);
        let (found, crashes) = (work.join("corpus"), work.join("crashes"));
        for folder in [&found, &crashes] {
            std::fs::create_dir_all(folder).map_err(TaskError::file(folder))?;
        }
        if self.name == "component" {
            copy_components(&found)?;
        }
        let mut fuzzer = Command::new(&self.program);
        fuzzer
            .arg(&found)
            .arg(&seeds)
            .args(self.more_seeds())
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={MAX_LEN}"))
            .arg(format!("-artifact_prefix={}/", crashes.display()))
            .args(["-timeout=10", "-rss_limit_mb=4096"])
            .current_dir(&work);
        let ended = process::watched(&mut fuzzer, limit, false)?;
        if ended.status.is_some_and(|status| status.success()) {
            return self.summary(&ended.lines);
        }
        for line in ended.lines.iter().rev().take(40).rev() {
            println!("{line}");
        }
        Err(TaskError::check(format!(
            "the target {} broke a promise; the input is in {}. Add it to fuzz/corpus/{} when it is mended, so that \
             the tests replay it",
            self.name,
            repository::shown(&crashes),
            self.name
        )))
    }

    /// Files of the repository that are good seeds as they are.
    fn more_seeds(&self) -> Option<PathBuf> {
        (self.name == "guests/invoice").then(|| repository::root().join("skills-examples/invoices"))
    }

    /// A fuzzer without coverage only looks busy, so a run that measured none is a failure.
    fn summary(&self, lines: &[String]) -> Result<Tally, TaskError> {
        let number_after = |line: &String, word: &str| {
            let (_, rest) = line.split_once(word)?;
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().ok()
        };
        let of = lines
            .iter()
            .find_map(|line| number_after(line, "INFO: Loaded 1 PC tables ("));
        let covered = lines
            .iter()
            .rev()
            .find_map(|line| number_after(line, " cov: "));
        let runs = lines
            .iter()
            .rev()
            .find_map(|line| number_after(line, "Done "));
        let (Some(of), Some(covered), Some(runs)) = (of, covered, runs) else {
            return Err(TaskError::check(format!(
                "the target {} ran without coverage: the compiler flags did not reach it",
                self.name
            )));
        };
        println!("{}: {runs} runs, {covered} of {of} edges seen", self.name);
        Ok(Tally::ONE)
    }
}

/// Real components as seeds, where `cargo xtask guests` has built some.
fn copy_components(to: &Path) -> Result<(), TaskError> {
    let Ok(entries) = std::fs::read_dir(guests::folder_of_components()?) else {
        return Ok(());
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let small = path.metadata().is_ok_and(|data| data.len() <= MAX_LEN);
        if small
            && path
                .extension()
                .is_some_and(|extension| extension == "wasm")
        {
            let copy = to.join(repository::name(&path));
            std::fs::copy(&path, &copy).map_err(TaskError::file(copy))?;
        }
    }
    Ok(())
}
