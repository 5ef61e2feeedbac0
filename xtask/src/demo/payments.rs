//! The second half of the story: invoices are paid, and what was done is proved.

use super::shell::Shell;
use super::story::{copy, say};
use crate::error::TaskError;
use crate::peers;
use crate::repository;
use std::path::Path;

/// The account that pays: an example IBAN of the registry (SWIFT, public).
const OWN_IBAN: &str = "DE89370400440532013000";
/// The invoice that is small enough for a mandate.
const SMALL: &str = "liffey-INV-118204.xml";

/// Tells it in the folder of the first half.
pub fn tell(shell: &Shell, folder: &Path) -> Result<(), TaskError> {
    for name in ["supplier-invoices", "next-invoices", "advice"] {
        std::fs::create_dir(folder.join(name)).map_err(TaskError::file(name))?;
    }
    let sample = repository::root().join("skills-examples/pay-supplier/sample");
    for entry in std::fs::read_dir(&sample).map_err(TaskError::file(&sample))? {
        let path = entry.map_err(TaskError::file(&sample))?.path();
        if path.extension().is_some_and(|ending| ending == "xml") {
            let name = repository::name(&path);
            copy(&path, &folder.join("supplier-invoices").join(name))?;
        }
    }
    pay(shell)?;
    by_mandate(shell, folder, &sample)?;
    to_the_bank(shell, folder)?;
    prove(shell, folder)
}

fn run_of<'a>(invoices: &'a str, ceiling: &'a str) -> [&'a str; 11] {
    [
        "run",
        "pay-supplier.wasm",
        "pay",
        "--input",
        r#"{"folder":"invoices","advice":"advice"}"#,
        "--read",
        invoices,
        "--write",
        "advice=advice",
        "--pay",
        ceiling,
    ]
}

fn pay(shell: &Shell) -> Result<(), TaskError> {
    say(
        "Now money. The wallet gets the account that pays; the host, never a skill, writes the file for the bank.",
    );
    let holder = "Isarwerk Maschinenbau AG";
    let add = [
        "wallet",
        "add-bank",
        "main",
        "--iban",
        OWN_IBAN,
        "--holder",
        holder,
        "--zone",
        "Europe/Berlin",
    ];
    shell.guildhall(&add, 0)?;

    say(
        "Nine documents of suppliers. --pay is a ceiling and pays nothing: two are refused with reasons, one is a duplicate,",
    );
    println!("# a credit note is set off, and what is right becomes one card.");
    let said = shell.guildhall(&run_of("invoices=supplier-invoices", "EUR 6000.00"), 3)?;
    said.expect("leievaart-2026-388.xml")?;
    said.expect("valdarno-317.xml")?;
    said.expect("waiting:")?;
    let id = said.after("approvals approve ")?;
    let card = shell.guildhall(&["approvals", "show", &id], 0)?;
    card.expect("first payment to this account")?;
    let hash = card.after("--effects ")?;

    say("Approve exactly this. The money is held in the same transaction as the approval.");
    let approve = ["approvals", "approve", &id, "--effects", &hash, "--yes"];
    shell.guildhall(&approve, 0)?.expect("performed")?;
    shell
        .guildhall(&["wallet", "holds"], 0)?
        .expect("waits for the next file for the bank")?;

    say("The same folder again: what is ordered is not ordered twice, whatever the skill says.");
    let again = shell.guildhall(&run_of("invoices=supplier-invoices", "EUR 6000.00"), 0)?;
    again.expect("ordered_before")
}

fn by_mandate(shell: &Shell, folder: &Path, sample: &Path) -> Result<(), TaskError> {
    let file = sample.join(SMALL);
    let invoice = std::fs::read_to_string(&file).map_err(TaskError::file(&file))?;
    let account = account_of(&invoice)
        .ok_or_else(|| TaskError::check("the sample invoice names no account"))?;
    let next = invoice.replace("INV-118204", "INV-118377");
    let file = folder.join("next-invoices/liffey-INV-118377.xml");
    std::fs::write(&file, next).map_err(TaskError::file(&file))?;

    say(
        "A standing mandate: this skill may pay this account up to EUR 200.00 a day, and put its advice into this folder.",
    );
    let scope = format!("EUR 200.00 to iban:{account}");
    let skill = ["mandates", "add", "--skill", "pay-supplier.wasm"];
    let mut money = skill.to_vec();
    money.extend(["--pay", &scope, "--per", "day", "--zone", "Europe/Berlin"]);
    shell.guildhall(&money, 0)?;
    let mut files = skill.to_vec();
    files.extend(["--files", "advice", "--count", "10", "--per", "day"]);
    shell.guildhall(&files, 0)?;

    say(
        "The next invoice of that supplier is paid without asking: known account, within the limit.",
    );
    let run = run_of("invoices=next-invoices", "EUR 200.00");
    shell.guildhall(&run, 0)?.expect("performed")?;
    shell.guildhall(&["mandates"], 0)?.expect("54.00")
}

/// The account after the element that holds it.
fn account_of(invoice: &str) -> Option<&str> {
    let (_, rest) = invoice.split_once("PayeeFinancialAccount>")?;
    let (_, rest) = rest.split_once("<cbc:ID>")?;
    rest.split_once('<').map(|(account, _)| account)
}

fn to_the_bank(shell: &Shell, folder: &Path) -> Result<(), TaskError> {
    say("The orders leave as one ISO 20022 file, which validates against the schema.");
    let export = ["wallet", "export", "main", "--out", "payments.xml"];
    shell.guildhall(&export, 0)?;
    peers::validate_pain001(&[&folder.join("payments.xml")])?;
    shell
        .guildhall(&["wallet", "statement", "main"], 0)?
        .expect("paid")
}

fn prove(shell: &Shell, folder: &Path) -> Result<(), TaskError> {
    let runs = shell.guildhall(
        &["runs", "--json", "--status", "committed", "--limit", "1"],
        0,
    )?;
    let id = runs.after("\"invocation\": \"")?;
    let id = id.trim_end_matches(['"', ',']);

    say(
        "What was done is proved by a signed receipt, and by executing the run again from its journal.",
    );
    shell.guildhall(&["receipts", "export", id, "--out", "receipt.json"], 0)?;
    shell.guildhall(&["verify", "receipt.json", "--replay"], 0)?;

    say("One byte of it is changed, and found.");
    let file = folder.join("receipt.json");
    let mut bytes = std::fs::read(&file).map_err(TaskError::file(&file))?;
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte = if *byte == b'A' { b'B' } else { b'A' };
    }
    let changed = folder.join("changed.json");
    std::fs::write(&changed, bytes).map_err(TaskError::file(&changed))?;
    shell.guildhall(&["verify", "changed.json"], 5)?;
    shell.guildhall(&["audit", "verify"], 0)?;

    say(
        "An order that the bank has can't be taken back; the file can. `undo` says which is which.",
    );
    shell.guildhall(&["undo", id, "--yes"], 6)?.expect("bank")
}
