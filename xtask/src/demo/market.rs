//! The third part of the story: an author publishes, a witness cosigns, a merchant installs, and what goes wrong is stopped.

use super::place::{self, PUBLISHER, Place};
use super::shell::{Server, Shell};
use super::story::say;
use crate::error::TaskError;
use crate::repository;
use std::path::Path;

const CHECKS: &str = "guildhall-examples/invoice-check";
const RATES: &str = "guildhall-examples/exchange-rates";
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
    let place = Place::make(operator, place::free(0)?, place::free(0)?)?;
    let witness = operator.start(&place.witness_command(), &place.witness)?;
    let market = operator.start(&place::SERVE, &place.market)?;
    let url = place.url();
    Ok((witness, market, url, place.root))
}

fn publish(author: &Shell, url: &str, skills: &[String]) -> Result<(), TaskError> {
    say(
        "An author makes an account and a key, and publishes the example skills. Each is reviewed: its bytes, and its golden cases in the sandbox.",
    );
    place::admit(author, url)?;
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
    people.operator.telling(&login, &place::password(), 0)?;
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
