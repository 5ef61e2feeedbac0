//! The third part of the story: an author publishes, a witness cosigns, a merchant installs, and what goes wrong is stopped.

use super::shell::{Server, Shell};
use super::story::say;
use crate::error::TaskError;
use crate::repository;
use std::net::TcpListener;
use std::path::Path;

/// What the example skills are published as.
const PUBLISHER: &str = "guildhall-examples";
const CHECKS: &str = "guildhall-examples/invoice-check";
const RATES: &str = "guildhall-examples/exchange-rates";
/// Of everybody in the story.
const PASSWORD: &str = "a long sentence that nobody guesses\n";
/// What the author's next release asks for, instead of the bank's one folder.
const WIDER: [&str; 2] = [
    "www.ecb.europa.eu/stats/eurofxref/*",
    "www.ecb.europa.eu/**",
];
/// How often something is looked for that happens within a second.
const LOOKS: u32 = 100;

/// Who takes part, each with a home of their own.
struct People {
    operator: Shell,
    author: Shell,
    merchant: Shell,
}

/// Tells it in the folder of the first parts.
pub fn tell(shell: &Shell, folder: &Path, skills: &[String]) -> Result<(), TaskError> {
    let people = People {
        operator: shell.of("operator"),
        author: shell.of("author"),
        merchant: shell.of("merchant"),
    };
    sources(folder)?;
    let (_witness, _market, url, root) = open(&people.operator)?;
    publish(&people.author, &url, skills)?;
    install(&people.merchant, &url, &root)?;
    super::purchase::tell(&people.author, &people.merchant, PUBLISHER)?;
    widen(&people, &url, folder)?;
    revoke(&people)
}

/// The author's sources: the example skills, beside the SDK that they use.
fn sources(folder: &Path) -> Result<(), TaskError> {
    let root = repository::root();
    for name in ["sdk", "wit"] {
        let link = folder.join(name);
        std::os::unix::fs::symlink(root.join(name), &link).map_err(TaskError::file(&link))?;
    }
    repository::copy_tree(
        &root.join("skills-examples"),
        &folder.join("skills-examples"),
    )
}

/// A marketplace and its witness. Returns both, the address and the fingerprint of the root.
fn open(operator: &Shell) -> Result<(Server, Server, String, String), TaskError> {
    say(
        "A marketplace of our own. Its log is cosigned by a witness: another process, with a key of its own.",
    );
    let key = operator
        .guildhall(
            &["witness", "init", "witness", "--name", "witness.example"],
            0,
        )?
        .word();
    let (at, witness_at) = (free()?, free()?);
    let witness = format!("{key}=http://{witness_at}");
    let init = [
        "marketplace",
        "init",
        "market",
        "--origin",
        "market.example/log",
        "--admin",
        "operator",
        "--password-stdin",
        "--listen",
        &at,
        "--witness",
        &witness,
    ];
    let made = operator.telling(&init, PASSWORD, 0)?;
    let (root, log) = (made.after("root ")?, made.after("log ")?);
    let serve = [
        "witness",
        "serve",
        "witness",
        "--name",
        "witness.example",
        "--log",
        &log,
        "--listen",
        &witness_at,
    ];
    let witness = operator.start(&serve, &witness_at)?;
    let market = operator.start(&["marketplace", "serve", "market"], &at)?;
    Ok((witness, market, format!("http://{at}"), root))
}

/// An address that nobody listens at.
fn free() -> Result<String, TaskError> {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    address
        .map(|address| address.to_string())
        .map_err(TaskError::file("an address of this machine"))
}

fn publish(author: &Shell, url: &str, skills: &[String]) -> Result<(), TaskError> {
    say(
        "An author makes an account and a key, and publishes the example skills. Each is reviewed: its bytes, and its golden cases in the sandbox.",
    );
    let login = [
        "login",
        url,
        "--account",
        "author",
        "--new",
        "--password-stdin",
    ];
    author.telling(&login, PASSWORD, 0)?.expect("fingerprint")?;
    author.guildhall(&["keys", "new", PUBLISHER], 0)?;
    for skill in skills {
        let (folder, component) = (format!("skills-examples/{skill}"), format!("{skill}.wasm"));
        let publish = ["publish", &folder, "--component", &component];
        author.guildhall(&publish, 0)?.expect("log entry")?;
    }
    author.guildhall(&["log", "audit"], 0).map(drop)
}

fn install(merchant: &Shell, url: &str, root: &str) -> Result<(), TaskError> {
    say(
        "A merchant looks for a skill. Its page says what it can touch, and what it cannot, from its bytes.",
    );
    let search = ["search", "invoices", "--from", url];
    merchant.guildhall(&search, 0)?.expect(CHECKS)?;
    let info = ["info", CHECKS, "--from", url];
    merchant.guildhall(&info, 0)?.expect("It cannot")?;

    say(
        "Installing checks digests, both signatures, the log, its witness and revocations, and asks for consent. Nobody is asked here, so --yes says it.",
    );
    let install = ["install", CHECKS, "--from", url, "--root", root, "--yes"];
    merchant.guildhall(&install, 0)?.expect("Installed")?;
    merchant.guildhall(&["install", RATES, "--yes"], 0)?;
    merchant.guildhall(&["installed"], 0)?.expect(RATES)?;

    say("It runs by its name.");
    let run = [
        "run",
        CHECKS,
        "check-folder",
        "--input",
        r#"{"folder":"invoices"}"#,
        "--read",
        "invoices=inbox",
    ];
    merchant.guildhall(&run, 0)?.expect("BR-CO-16")
}

fn widen(people: &People, url: &str, folder: &Path) -> Result<(), TaskError> {
    let manifest = folder.join("skills-examples/exchange-rates/skill.toml");
    let text = std::fs::read_to_string(&manifest).map_err(TaskError::file(&manifest))?;
    let next = text
        .replace(WIDER[0], WIDER[1])
        .replace("version = \"0.1.0\"", "version = \"0.2.0\"");
    std::fs::write(&manifest, next).map_err(TaskError::file(&manifest))?;

    say(
        "The next release of the author asks for more: all of the bank's pages. It is held until a reviewer decides.",
    );
    let held = people
        .author
        .guildhall(&["publish", "skills-examples/exchange-rates", "--json"], 3)?;
    let id = held.after("\"id\": \"")?;
    let id = id.trim_end_matches(['"', ',']);
    let login = [
        "login",
        url,
        "--account",
        "operator",
        "--staff",
        "--password-stdin",
    ];
    people.operator.telling(&login, PASSWORD, 0)?;
    let pass = [
        "marketplace",
        "admin",
        "decide",
        id,
        "--pass",
        "--reason",
        "the bank has more tables",
    ];
    people.operator.guildhall(&pass, 0)?;
    people
        .author
        .until(&["releases", id, "--json"], "\"released\"", LOOKS)?;

    say(
        "The merchant consented to less, so the old release stays until this is consented to as well.",
    );
    let update = people.merchant.guildhall(&["update", RATES], 3)?;
    update.expect("0.1.0 stays")
}

fn revoke(people: &People) -> Result<(), TaskError> {
    say("A release turns out to be wrong, and is revoked. It runs no more, here or anywhere.");
    let revoke = [
        "yank",
        "guildhall-examples/invoice-check@0.1.0",
        "--revoke",
        "--reason",
        "it rounds wrongly",
    ];
    people.author.guildhall(&revoke, 0)?;
    let run = [
        "run",
        CHECKS,
        "check-folder",
        "--input",
        r#"{"folder":"invoices"}"#,
        "--read",
        "invoices=inbox",
    ];
    people.merchant.until(&run, "revoked", LOOKS)?;
    people.merchant.guildhall(&run, 4)?.expect("revoked")
}
