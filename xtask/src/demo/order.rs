//! One order through five skills: an invoice, documents, a landed cost, and news of the shipment; what is owed to suppliers on the
//! way is paid in the next part.

use super::peer::{Page, Peer};
use super::shell::Shell;
use super::story::{copy, say};
use crate::error::TaskError;
use crate::repository;
use std::path::Path;

/// What the skills are given; skills-examples/order says what it is.
const INPUTS: [&str; 3] = ["invoice.json", "documents.json", "cost.json"];

/// What the shipment travels in, and who carries it.
const CONTAINER: &str = "CSQU3054383";
const CARRIER: &str = "api.hlag.com";
const TELEGRAM: &str = "api.telegram.org";
const EVENTS: &str = "/hlag/external/v2/events";

/// The chat that waits for news, and the token of the bot that brings it: both made up.
const CHAT: &str = "4711";
const TOKEN: &str = "7781:demo";

/// An order becomes an invoice, documents and a landed cost.
pub fn sell(shell: &Shell, folder: &Path) -> Result<(), TaskError> {
    for name in INPUTS {
        copy(&inputs().join(name), &folder.join(name))?;
    }
    for name in ["sales", "documents"] {
        std::fs::create_dir(folder.join(name)).map_err(TaskError::file(name))?;
    }
    say(
        "An order came in: twelve pumps for Chicago. The invoice follows EN 16931; a rule that it breaks would be named, and nothing written.",
    );
    let run = [
        "run",
        "einvoice.wasm",
        "write",
        "--input",
        "@invoice.json",
        "--write",
        "invoices=sales",
        "--approve",
        "later",
    ];
    approve(
        shell,
        &shell.guildhall(&run, 3)?.after("approvals approve ")?,
    )?;
    is_there(folder, "sales/R-2026-1042.xml", "2322000")?;

    say("The shipment's four documents, from what is known once. One card for all of them.");
    let run = [
        "run",
        "trade-docs.wasm",
        "write",
        "--input",
        "@documents.json",
        "--write",
        "documents=documents",
        "--approve",
        "later",
    ];
    approve(
        shell,
        &shell.guildhall(&run, 3)?.after("approvals approve ")?,
    )?;
    for name in [
        "commercial-invoice",
        "packing-list",
        "certificate-of-origin",
        "bill-of-lading",
    ] {
        is_there(
            folder,
            &format!("documents/S-1042/{name}.xml"),
            "Isarwerk Maschinenbau AG",
        )?;
    }

    say(
        "What the pumps cost in Chicago in the end, and who pays what under CIP. One source for the duty, so the answer says: one source.",
    );
    let run = [
        "run",
        "landed-cost.wasm",
        "landed-cost",
        "--input",
        "@cost.json",
    ];
    let said = shell.guildhall(&run, 0)?;
    said.expect("single_source")?;
    said.expect("\"payer\": \"seller\"")
}

/// News of the shipment are read from the carrier, and a notice is sent once it is approved.
pub fn track(shell: &Shell, folder: &Path) -> Result<(), TaskError> {
    say(
        "The container is on its way. The skill reads its events from the carrier and proposes a notice; a server on this machine stands for the carrier, another for Telegram.",
    );
    let carrier = Peer::start(
        CARRIER,
        Page {
            request: format!("GET {EVENTS}"),
            media_type: "application/json",
            body: events_of_today()?,
        },
    )?;
    let telegram = Peer::start(
        TELEGRAM,
        Page {
            request: format!("POST /bot{TOKEN}/sendMessage"),
            media_type: "application/json",
            body: br#"{"ok":true,"result":{"message_id":1}}"#.to_vec(),
        },
    )?;
    let authority = folder.join("carrier-ca.pem");
    std::fs::write(&authority, &carrier.authority).map_err(TaskError::file(authority))?;
    // The message goes out when it is approved, so every command has to know this one.
    let home = folder.join("home");
    let settings = format!(
        "peers = [\"{TELEGRAM}:443={}\"]\npeer-ca = \"telegram-ca.pem\"\n",
        telegram.address
    );
    for (name, text) in [
        ("telegram-ca.pem", &telegram.authority),
        ("config.toml", &settings),
    ] {
        std::fs::write(home.join(name), text).map_err(TaskError::file(name))?;
    }
    shell.telling(&["secrets", "set", "bot-token"], TOKEN, 0)?;
    let add = [
        "messages",
        "add-telegram",
        "telegram",
        "--secret",
        "bot-token",
    ];
    shell.guildhall(&add, 0)?;

    let input = format!(
        r#"{{"number":"{CONTAINER}","feed":{{"address":"https://{CARRIER}{EVENTS}","shape":"dcsa"}},"contact":{{"channel":"telegram","recipient":"{CHAT}"}}}}"#
    );
    let grant = format!("GET https://{CARRIER}{EVENTS}");
    let to = format!("{CARRIER}:443={}", carrier.address);
    let message = format!("telegram to {CHAT}");
    let run = [
        "run",
        "track-shipment.wasm",
        "notify",
        "--input",
        &input,
        "--allow-net",
        &grant,
        "--message",
        &message,
        "--peer",
        &to,
        "--peer-ca",
        "carrier-ca.pem",
        "--approve",
        "later",
    ];
    let said = shell.guildhall(&run, 3)?;
    if !telegram.served().is_empty() {
        return Err(TaskError::check(
            "a message was sent before it was approved",
        ));
    }
    approve(shell, &said.after("approvals approve ")?)?;
    let settings = home.join("config.toml");
    std::fs::remove_file(&settings).map_err(TaskError::file(settings))?;
    match (carrier.served().len(), telegram.served().len()) {
        (1, 1) => Ok(()),
        (asked, sent) => Err(TaskError::check(format!(
            "the carrier should have been asked once and the message sent once; it was {asked} and {sent} times"
        ))),
    }
}

fn inputs() -> std::path::PathBuf {
    repository::root().join("skills-examples/order")
}

/// Looks at the card, then approves exactly what it shows.
fn approve(shell: &Shell, id: &str) -> Result<(), TaskError> {
    let hash = shell
        .guildhall(&["approvals", "show", id], 0)?
        .after("--effects ")?;
    let approve = ["approvals", "approve", id, "--effects", &hash, "--yes"];
    shell.guildhall(&approve, 0)?.expect("performed")
}

fn is_there(folder: &Path, file: &str, text: &str) -> Result<(), TaskError> {
    let path = folder.join(file);
    let content = std::fs::read_to_string(&path).map_err(TaskError::file(&path))?;
    // Amounts have a point in a document and none in a constant here.
    if content.contains(text) || content.replace('.', "").contains(text) {
        return Ok(());
    }
    Err(TaskError::check(format!("{file} does not say `{text}`")))
}

/// The events, dated today: news that are old are told as old.
fn events_of_today() -> Result<Vec<u8>, TaskError> {
    let file = inputs().join("events.json");
    let text = std::fs::read_to_string(&file).map_err(TaskError::file(file))?;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let yesterday = today
        .yesterday()
        .map_err(|error| TaskError::check(error.to_string()))?;
    Ok(text
        .replace("DAY", &yesterday.date().to_string())
        .into_bytes())
}
