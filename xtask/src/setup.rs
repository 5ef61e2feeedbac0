//! `setup`: installs what can be installed by name, and says what else is needed.

use crate::browser;
use crate::debian;
use crate::error::TaskError;
use crate::peers;
use crate::process;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target of skills, which have no WASI.
pub const OF_SKILLS: &str = "wasm32-unknown-unknown";
/// The target of a stranger's WASI program, for the tests.
pub const OF_STRANGERS: &str = "wasm32-wasip2";
const TARGETS: [&str; 2] = [OF_SKILLS, OF_STRANGERS];

/// A tool, how to ask whether it is there, and how to get it.
struct Tool {
    name: &'static str,
    ask: &'static [&'static str],
    needed_for: &'static str,
    get: &'static str,
    /// Whether the demo needs it too.
    for_demo: bool,
}

const TOOLS: [Tool; 6] = [
    Tool {
        name: "cargo fmt",
        ask: &["cargo", "fmt", "--version"],
        needed_for: "the format check",
        get: "rustup component add rustfmt",
        for_demo: false,
    },
    Tool {
        name: "cargo clippy",
        ask: &["cargo", "clippy", "--version"],
        needed_for: "the lints",
        get: "rustup component add clippy",
        for_demo: false,
    },
    Tool {
        name: "cc",
        ask: &["cc", "--version"],
        needed_for: "SQLite, TLS and linking",
        get: "install a C compiler (Debian: apt-get install gcc)",
        for_demo: true,
    },
    Tool {
        name: "python3",
        ask: &[
            "python3",
            "-c",
            "import ensurepip, sys; assert sys.version_info >= (3, 10)",
        ],
        needed_for: "the peers that validate files for the bank and pull from a marketplace",
        get: "install Python 3.10 or later with venv (Debian: apt-get install python3-venv)",
        for_demo: true,
    },
    Tool {
        name: "c++",
        ask: &["c++", "--version"],
        needed_for: "the fuzzer",
        get: "install a C++ compiler (Debian: apt-get install g++)",
        for_demo: false,
    },
    Tool {
        name: "npm",
        ask: &["npm", "--version"],
        needed_for: "getting axe-core, which looks for barriers in pages",
        get: "install it (Debian: apt-get install npm)",
        for_demo: false,
    },
];

/// Installs the targets, then checks everything.
pub fn run() -> Result<(), TaskError> {
    let sysroot = sysroot()?;
    for target in TARGETS {
        if has_target(&sysroot, target) {
            println!("{target}: there");
        }
        ensure_target(target)?;
    }
    let missing = missing(&sysroot);
    if missing.is_empty() {
        println!("{}: there", TOOLS.map(|tool| tool.name).join(", "));
        peers::ensure()?;
        debian::ensure(&debian::FOR_TESTS)?;
        browser::ensure()?;
        println!("Ready. Next: cargo xtask demo");
        return Ok(());
    }
    Err(TaskError::Missing(missing))
}

/// Installs a target if it is missing, saying so.
pub fn ensure_target(target: &str) -> Result<(), TaskError> {
    if has_target(&sysroot()?, target) {
        return Ok(());
    }
    println!("{target}: installing it with `rustup target add {target}`");
    process::run(Command::new("rustup").args(["target", "add", target]))
}

/// Whether everything is there that the demo needs and does not install itself: less than the tests need.
///
/// # Errors
/// [`TaskError::Missing`] says what is not, and how to get it.
pub fn check_for_demo() -> Result<(), TaskError> {
    let missing = missing_tools(|tool| tool.for_demo);
    if missing.is_empty() {
        Ok(())
    } else {
        Err(TaskError::Missing(missing))
    }
}

fn missing_tools(wanted: impl Fn(&Tool) -> bool) -> Vec<String> {
    { TOOLS.iter() }
        .filter(|tool| wanted(tool) && !is_there(tool))
        .map(|tool| {
            format!(
                "{} is missing, needed for {}: {}",
                tool.name, tool.needed_for, tool.get
            )
        })
        .collect()
}

fn missing(sysroot: &Path) -> Vec<String> {
    let targets = TARGETS
        .iter()
        .filter(|target| !has_target(sysroot, target))
        .map(|target| format!("the Rust target {target} is missing: run `cargo xtask setup`"));
    let linker = (!has_linker(sysroot)).then(|| {
        "the linker wasm-component-ld is missing, needed for the guests: it comes with Rust 1.95 by rustup".to_owned()
    });
    targets
        .chain(missing_tools(|_| true))
        .chain(linker)
        .collect()
}

fn is_there(tool: &Tool) -> bool {
    let Some((program, arguments)) = tool.ask.split_first() else {
        return false;
    };
    process::works(Command::new(program).args(arguments))
}

fn sysroot() -> Result<PathBuf, TaskError> {
    let path = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&path).trim()))
}

fn has_target(sysroot: &Path, target: &str) -> bool {
    sysroot
        .join("lib/rustlib")
        .join(target)
        .join("lib")
        .is_dir()
}

fn has_linker(sysroot: &Path) -> bool {
    let beside = std::fs::read_dir(sysroot.join("lib/rustlib"))
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| entry.path().join("bin/wasm-component-ld").is_file());
    beside || process::works(Command::new("wasm-component-ld").arg("--version"))
}
