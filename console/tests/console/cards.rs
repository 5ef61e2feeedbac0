//! Cards of a real skill: files with their difference, messages with where they go, and what was done in part. The skill is
//! `tests/guests/prober`.

use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use guildhall_host::{
    ChannelConfig, FileGrant, Grants, Invocation, NewAccount, NewSecret, RunStatus, Skill, Tenant,
};
use guildhall_package::authority::Access;
use serde_json::{Value, json};

use super::approvals::hash;
use super::bench::{Bench, Browser};
use super::program::prober;

fn order(document: &str) -> Value {
    json!({
        "scheme": "iban", "account": "NL91ABNA0417164300", "name": "Acme” (approved by your bank)", "minor": 1250,
        "currency": "EUR", "document": document, "date": "2027-01-15", "requires": [],
    })
}

fn letter() -> Value {
    json!({
        "channel": "books", "recipient": "acme", "subject": "Paid", "body": "Dear Acme,\nwe paid you.\n",
        "attachments": [], "requires": [],
    })
}

/// A merchant with an account at a bank and a channel that leads to a server that is not there.
async fn merchant() -> (Bench, Skill, Browser) {
    let bench = Bench::new().await;
    let me = Tenant::local();
    let euro = guildhall_host::Currency::parse("EUR").unwrap();
    let iban = "DE89370400440532013000";
    let bank = NewAccount::bank("main", euro, "UTC", iban, None, "Ann").unwrap();
    bench.host.open_account(&me, bank).await.unwrap();
    let key = NewSecret {
        name: "hook-key".parse().unwrap(),
        bound: None,
        value: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned().into(),
    };
    bench.host.set_secret(&me, key).await.unwrap();
    let channel: ChannelConfig = serde_json::from_value(json!({
        "kind": "webhook", "url": "https://books.invalid/in", "secret": "hook-key",
    }))
    .unwrap();
    let name = "books".parse().unwrap();
    bench.host.set_channel(&me, &name, channel).await.unwrap();
    let skill = bench.host.load(&prober()).await.unwrap();
    let ann = bench.owner().await;
    (bench, skill, ann)
}

fn folder(bench: &Bench) -> PathBuf {
    let folder = bench.folder.path().join("out");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn grant(name: &str, path: &Path, access: Access) -> FileGrant {
    FileGrant {
        name: name.parse().unwrap(),
        path: path.to_path_buf(),
        access,
        is_folder: true,
    }
}

/// A run that wants to pay, to write and to tell, and who may let it.
pub async fn everything() -> (Bench, Browser, PathBuf, String) {
    let (bench, skill, ann) = merchant().await;
    let out = folder(&bench);
    std::fs::write(out.join("in.txt"), "INV-7\n").unwrap();
    std::fs::write(out.join("note.txt"), "one\nINV-6\nthree\n").unwrap();
    let grants = Grants::none()
        .file(grant("in", &out, Access::Read))
        .file(grant("out", &out, Access::Write))
        .payment("EUR 50.00".parse().unwrap())
        .message("books".parse().unwrap());
    let input = json!({
        "source": "in/in.txt", "order": order("x"), "target": "out/note.txt", "note": letter(),
    });
    let run = Invocation::new("pay-write-and-tell", input).grants(grants);
    let outcome = bench.host.invoke(&skill, run).await.unwrap();
    assert_eq!(outcome.status, RunStatus::AwaitingApproval, "{outcome:?}");
    (bench, ann, out, outcome.invocation)
}

#[tokio::test]
async fn a_card_shows_money_words_and_files_and_says_what_was_done_in_part() {
    let (bench, mut ann, out, run) = everything().await;
    let path = format!("/approvals/{run}");
    let card = ann.get(&path).await;
    for said in [
        "unsigned local file",
        // Money first, to an account, in the name of a claim.
        "EUR 12.50",
        "to IBAN NL91 ABNA 0417 1643 00",
        "First payment to this account",
        "in the name of “Acme&#39; (approved by your bank)” (the skill&#39;s claims).",
        "On 2027-01-15.",
        // What is said, and to whom.
        "It goes to https://books.invalid",
        "Subject: “Paid” (the skill&#39;s words).",
        "<code>we paid you.</code>",
        // What changes in a file.
        "class=\"minus\"",
        "<code>INV-6</code>",
        "class=\"plus\"",
        "<code>INV-7 (no line break at the end)</code>",
        "Only after number 1 and number 3 is done.",
        // What was read, and what a change of it means.
        "in/in.txt",
        "if one of them changes before you approve, nothing is done.",
        // What could be allowed.
        "Write or replace 1 file a day directly in",
    ] {
        card.says(said);
    }
    // Of several kinds: no table.
    assert!(!ann.get("/approvals").await.text.contains("Decide together"));
    let effects = hash(&bench, &run).await;
    let fields = [("effects", effects.as_str()), ("decision", "once")];
    let done = ann.post(&path, &fields).await;
    let page = ann.get(done.goes_to()).await;
    // The server of the channel is not there.
    page.says("<h1>Done in part</h1>")
        .says(">done<")
        .says(">failed<");
    assert_eq!(
        std::fs::read_to_string(out.join("note.txt")).unwrap(),
        "INV-7"
    );
}

#[tokio::test]
async fn what_is_not_kept_is_told_to_who_decides_and_an_input_that_changed_stops_it() {
    let (bench, skill, mut ann) = merchant().await;
    let out = folder(&bench);
    std::fs::write(out.join("in.txt"), "canary-4711\n").unwrap();
    let grants = || {
        Grants::none()
            .file(grant("in", &out, Access::Read))
            .file(grant("out", &out, Access::Write))
    };
    let input = json!({ "source": "in/in.txt", "target": "out/copy.txt" });
    let run = Invocation::new("copy", input.clone())
        .grants(grants())
        .retention(guildhall_host::Retention::Hashes);
    let first = bench.host.invoke(&skill, run).await.unwrap().invocation;
    let card = ann.get(&format!("/approvals/{first}")).await;
    card.says("canary-4711");
    let effects = hash(&bench, &first).await;
    let fields = [("effects", effects.as_str()), ("decision", "once")];
    // There is nowhere to read it again later: the answer itself is the page.
    let done = ann.post(&format!("/approvals/{first}"), &fields).await;
    assert_eq!(done.status, StatusCode::OK);
    done.says("<h1>Done</h1>");
    // Nothing of it is in the console's own store.
    for file in std::fs::read_dir(bench.folder.path().join("state")).unwrap() {
        let path = file.unwrap().path();
        let is_console = path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("console.sqlite");
        if is_console {
            let bytes = std::fs::read(&path).unwrap();
            let canary = b"canary-4711";
            assert!(
                !bytes.windows(canary.len()).any(|part| part == canary),
                "{path:?}"
            );
        }
    }
    std::fs::remove_file(out.join("copy.txt")).unwrap();
    let run = Invocation::new("copy", input).grants(grants());
    let second = bench.host.invoke(&skill, run).await.unwrap().invocation;
    let effects = hash(&bench, &second).await;
    std::fs::write(out.join("in.txt"), "something else\n").unwrap();
    let fields = [("effects", effects.as_str()), ("decision", "once")];
    let done = ann.post(&format!("/approvals/{second}"), &fields).await;
    let page = ann.get(done.goes_to()).await;
    page.says("<h1>Not done</h1>").says("What stood in the way");
    assert!(!out.join("copy.txt").exists());
}
