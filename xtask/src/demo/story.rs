//! The story: each command is shown, then what it printed.

use super::peer::{Page, Peer};
use super::shell::Shell;
use crate::error::TaskError;
use crate::guests::Guest;
use crate::repository;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

/// Operation and input that make the report of a folder of invoices; the embedding example uses the same.
pub const REPORT: [&str; 2] = ["report", r#"{"folder":"invoices","output":"reports/vat"}"#];

const RATES_HOST: &str = "www.ecb.europa.eu";
const RATES_PATH: &str = "/stats/eurofxref/eurofxref-daily.xml";

/// The invoice that came in today; its amount due is not what it adds up to.
const INBOX: &str = "de-12-amount-due-wrong.xml";

/// The documents of the quarter: three invoices, a credit note and a file that is cut off.
const QUARTER: [&str; 5] = [
    "de-01-two-rates.xml",
    "de-02-allowance-and-freight.xml",
    "de-03-credit-note.xml",
    "fr-02-exempt-training.xml",
    "broken-03-cut-off.xml",
];

/// What the report of the quarter must be.
const EXPECTED_REPORT: [&str; 4] = [
    "currency,category,rate,documents,taxable,vat,total",
    "EUR,E,0,1,2480.00,0.00,2480.00",
    "EUR,S,7,1,69.16,4.84,74.00",
    "EUR,S,19,3,1701.35,323.25,2024.60",
];

/// Tells it in a temporary folder, with a home of its own.
pub fn tell(guildhall: &Path, skills: &[Guest]) -> Result<(), TaskError> {
    let folder = tempfile::tempdir().map_err(TaskError::file("temporary folder"))?;
    let folder = folder.path();
    for skill in skills {
        copy(
            &skill.component,
            &folder.join(&skill.name).with_extension("wasm"),
        )?;
    }
    for name in ["inbox", "invoices", "reports"] {
        std::fs::create_dir(folder.join(name)).map_err(TaskError::file(name))?;
    }
    let invoices = repository::root().join("skills-examples/invoices");
    copy(&invoices.join(INBOX), &folder.join("inbox").join(INBOX))?;
    for name in QUARTER {
        copy(&invoices.join(name), &folder.join("invoices").join(name))?;
    }
    let shell = Shell::new(guildhall, folder);
    inspect(&shell)?;
    check_invoice(&shell)?;
    rates(&shell, folder)?;
    report(&shell, folder)?;
    super::order::sell(&shell, folder)?;
    super::payments::tell(&shell, folder)?;
    super::order::track(&shell, folder)?;
    let names: Vec<String> = skills.iter().map(|skill| skill.name.clone()).collect();
    super::market::tell(&shell, folder, &names)?;
    println!("\nEvery step ended as it should.");
    Ok(())
}

pub(super) fn copy(from: &Path, to: &Path) -> Result<(), TaskError> {
    std::fs::copy(from, to)
        .map(|_| ())
        .map_err(TaskError::file(from))
}

pub(super) fn say(text: &str) {
    println!("\n# {text}");
}

fn inspect(shell: &Shell) -> Result<(), TaskError> {
    say("What can this file do? The answer comes from its bytes, not from its author.");
    shell
        .guildhall(&["inspect", "exchange-rates.wasm"], 0)?
        .expect(RATES_HOST)
}

fn check_invoice(shell: &Shell) -> Result<(), TaskError> {
    say(
        "An invoice came in. The skill sees the folder that --read grants, under the name that it declares; nothing else.",
    );
    let input = r#"{"folder":"invoices"}"#;
    let run = [
        "run",
        "invoice-check.wasm",
        "check-folder",
        "--input",
        input,
        "--read",
        "invoices=inbox",
    ];
    let said = shell.guildhall(&run, 0)?;
    said.expect("payable_total")?;
    said.expect("BR-CO-16")
}

fn rates(shell: &Shell, folder: &Path) -> Result<(), TaskError> {
    let grant = format!("GET https://{RATES_HOST}{RATES_PATH}");
    let input = r#"{"amount":{"minor":125000,"currency":"EUR"},"to":"USD"}"#;
    let run = ["run", "exchange-rates.wasm", "convert", "--input", input];
    say(
        "Convert 1,250.00 EUR. Without a grant nothing leaves this machine, and the refusal says what would allow it.",
    );
    shell
        .guildhall(&run, 4)?
        .expect(&format!("--allow-net 'GET https://{RATES_HOST}"))?;

    say(
        "The same with the grant. The demo does not use the internet: a server on this machine stands for the bank's,",
    );
    println!(
        "# with a certificate of its own and the figures of the repository's sample, dated today. --peer names it;"
    );
    println!(
        "# requests for that one host and port go there, and no other address of this machine can be reached."
    );
    let body = page_of_today()?;
    let peer = Peer::start(
        RATES_HOST,
        Page {
            request: format!("GET {RATES_PATH}"),
            media_type: "text/xml",
            body,
        },
    )?;
    let authority = folder.join("demo-ca.pem");
    std::fs::write(&authority, &peer.authority).map_err(TaskError::file(authority))?;
    let to = format!("{RATES_HOST}:443={}", peer.address);
    let mut allowed = run.to_vec();
    allowed.extend([
        "--allow-net",
        &grant,
        "--peer",
        &to,
        "--peer-ca",
        "demo-ca.pem",
    ]);
    shell.guildhall(&allowed, 0)?.expect("USD")?;
    match peer.served().as_slice() {
        [one] if one.starts_with(&format!("GET {RATES_PATH} ")) => {
            println!("(the server saw one request: {one})");
            Ok(())
        }
        other => Err(TaskError::check(format!(
            "the server should have seen one request, and saw {other:?}"
        ))),
    }
}

/// The sample page with today's date, because the skill refuses rates that are old.
fn page_of_today() -> Result<Vec<u8>, TaskError> {
    let sample =
        repository::root().join("skills-examples/exchange-rates/sample/eurofxref-daily.xml");
    let text = std::fs::read_to_string(&sample).map_err(TaskError::file(sample))?;
    let dated = text.split_once("<Cube time='").and_then(|(before, after)| {
        let (_, after) = after.split_once('\'')?;
        let today = jiff::Timestamp::now()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date();
        Some(format!("{before}<Cube time='{today}'{after}"))
    });
    dated
        .map(String::into_bytes)
        .ok_or_else(|| TaskError::check("the sample page of the bank has no day"))
}

fn report(shell: &Shell, folder: &Path) -> Result<(), TaskError> {
    say(
        "The VAT report of the quarter. The skill proposes files; nothing is written before somebody has approved.",
    );
    let [operation, input] = REPORT;
    let run = [
        "run",
        "vat-report.wasm",
        operation,
        "--input",
        input,
        "--read",
        "invoices=invoices",
        "--write",
        "reports=reports",
        "--approve",
        "later",
    ];
    let said = shell.guildhall(&run, 3)?;
    let id = said.after("approvals approve ")?;
    if !written(folder)?.is_empty() {
        return Err(TaskError::check(
            "something was written before it was approved",
        ));
    }

    say(
        "One card for the whole run, written by the host from facts: who, what, why, and what it does not do.",
    );
    let card = shell.guildhall(&["approvals", "show", &id], 0)?;
    card.expect("reports/vat.csv")?;
    let hash = card.after("--effects ")?;

    say(
        "Approve exactly these effects (on a terminal, `guildhall approvals approve` shows the card and asks).",
    );
    let approve = ["approvals", "approve", &id, "--effects", &hash, "--yes"];
    shell
        .guildhall(&approve, 0)?
        .expect("3 effects performed")?;
    let report = shell.cat("reports/vat.csv")?;
    if report.lines().ne(EXPECTED_REPORT) {
        return Err(TaskError::check(format!(
            "the report should have been
{}",
            EXPECTED_REPORT.join(
                "
"
            )
        )));
    }
    let files = written(folder)?;
    if files
        .keys()
        .ne(["vat-documents.csv", "vat.csv", "vat.json"])
    {
        return Err(TaskError::check(format!(
            "other files than the three were written: {:?}",
            files.keys()
        )));
    }

    say(
        "An approval is used once: a second one finds nothing to decide, and nothing is written again.",
    );
    shell.guildhall(&approve, 4)?;
    if written(folder)? != files {
        return Err(TaskError::check(
            "the files changed after they had been written once",
        ));
    }

    say("Everything that ran, and what became of it.");
    let runs = shell.guildhall(&["runs"], 0)?;
    runs.expect("committed")?;
    runs.expect("refused")
}

/// Files in the folder of reports: content and time of the last change.
fn written(folder: &Path) -> Result<BTreeMap<String, (Vec<u8>, SystemTime)>, TaskError> {
    let reports = folder.join("reports");
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(&reports).map_err(TaskError::file(&reports))? {
        let path = entry.map_err(TaskError::file(&reports))?.path();
        let content = std::fs::read(&path).map_err(TaskError::file(&path))?;
        let changed = path
            .metadata()
            .and_then(|data| data.modified())
            .map_err(TaskError::file(&path))?;
        files.insert(repository::name(&path), (content, changed));
    }
    Ok(files)
}
