//! `guildhall receipts`

use crate::args::{ReceiptsArgs, ReceiptsCommand};
use crate::card::layout::{bytes, counted, number};
use crate::card::{skill_name, trust_words};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::outfile::OutFile;
use crate::output;
use crate::when::Clock;
use guildhall_host::{
    ApprovalFacts, EffectFact, EgressConfig, Grants, Host, PublicKey, Receipt, Tenant, read_receipt,
};
use guildhall_package::text::plain;
use owo_colors::OwoColorize;
use serde_json::json;
use std::path::Path;

/// Longest text of one fact, in characters.
const FACT: usize = 1_000;

/// What a receipt is worth, to be said wherever one is shown.
pub const WORTH: &str = "It proves that the run is consistent with its journal, not that a remote server told the truth.";

/// Shows or exports a receipt, or prints the key.
///
/// # Errors
/// If there is no such run, or its receipt can't be made or written.
pub async fn run(home: &Home, args: ReceiptsArgs) -> Result<Exit, CliError> {
    let host = host::open(home, EgressConfig::default()).await?;
    match args.command {
        ReceiptsCommand::Show { id, json } => show(&host, &id, json).await?,
        ReceiptsCommand::Export { id, out, json } => export(&host, &id, &out, json).await?,
        ReceiptsCommand::Key { json } => {
            let key = host.receipt_key();
            if json {
                output::json(&json!({ "key": key.to_string(), "keyid": key.keyid() }));
            } else {
                output::line(key);
            }
        }
    }
    host.shutdown().await;
    Ok(Exit::Done)
}

/// The signed receipt of a run, by its full identifier.
///
/// # Errors
/// If there is none.
pub async fn envelope(host: &Host, run: &str) -> Result<Vec<u8>, CliError> {
    host.receipt(&Tenant::local(), run)
        .await
        .map_err(host::host_error)?
        .ok_or_else(|| {
            CliError::refused(format!(
                "the run {run} is still at work, so it has no receipt yet"
            ))
            .kind("no-receipt")
            .fix("wait until it has ended: `guildhall runs list`")
        })
}

async fn export(host: &Host, id: &str, out: &Path, as_json: bool) -> Result<(), CliError> {
    let run = host::resolve(host, id).await?;
    let file = OutFile::create(out)?;
    let envelope = envelope(host, &run).await?;
    file.finish(&envelope)?;
    if as_json {
        let out = out.display().to_string();
        output::json(&json!({ "run": run, "out": out, "bytes": envelope.len() }));
    } else {
        output::note(format_args!(
            "The receipt of {run} is in {}.",
            plain(&out.display().to_string(), 4_000)
        ));
        output::hint(format_args!(
            "guildhall verify {}",
            super::quoted(&plain(&out.display().to_string(), 4_000))
        ));
    }
    Ok(())
}

async fn show(host: &Host, id: &str, as_json: bool) -> Result<(), CliError> {
    let run = host::resolve(host, id).await?;
    let envelope = envelope(host, &run).await?;
    let key = host.receipt_key();
    let receipt =
        read_receipt(&envelope, &[key]).map_err(|error| host::verify_error(error.into()))?;
    if as_json {
        output::json(&super::to_json(&receipt)?);
        return Ok(());
    }
    for (label, value) in page(&receipt, &key, &Clock::system()) {
        output::line(format_args!("{} {value}", format!("{label:11}").bold()));
    }
    output::note(WORTH);
    Ok(())
}

/// A receipt as labels and what they are; an empty label continues the one above. Made plain.
fn page(receipt: &Receipt, key: &PublicKey, clock: &Clock) -> Vec<(&'static str, String)> {
    let run = &receipt.run;
    let mut page = vec![
        ("run", plain(&run.invocation, 64)),
        (
            "skill",
            format!(
                "{}, {}, component {}",
                skill_name(&run.skill),
                trust_words(&run.skill),
                run.skill.digest
            ),
        ),
        ("operation", plain(&run.operation, 130)),
        ("status", plain(&receipt.status, 40)),
        ("began", clock.date(run.began_at_ms)),
        ("ended", clock.date(run.ended_at_ms)),
        (
            "engine",
            format!(
                "{}, contract {}",
                plain(&run.engine, 100),
                plain(&run.contract, 100)
            ),
        ),
        ("kept", run.retention.to_string()),
    ];
    section(&mut page, "granted", granted(&run.grants));
    page.push(("input", run.input.to_string()));
    let outputs = [("output", &run.output), ("failure", &run.failure)];
    for (label, commitment) in outputs {
        if let Some(commitment) = commitment {
            page.push((label, commitment.to_string()));
        }
    }
    section(&mut page, "calls", calls(receipt));
    section(
        &mut page,
        "refused",
        run.refusals.iter().map(|rule| plain(rule, 80)).collect(),
    );
    section(&mut page, "sent", sent(receipt));
    section(
        &mut page,
        "effects",
        receipt.effects.iter().map(effect).collect(),
    );
    if let Some(approval) = &receipt.approval {
        section(&mut page, "decided", decided(approval, clock));
    }
    page.push((
        "cost",
        format!(
            "{} ms, fuel {}, {} of memory",
            number(run.usage.wall_ms),
            number(run.usage.fuel),
            bytes(run.usage.memory_bytes)
        ),
    ));
    page.push((
        "audit log",
        format!(
            "{} entries, {}",
            number(receipt.audit.entries),
            receipt.audit.hash
        ),
    ));
    page.push(("signed by", key.to_string()));
    page
}

/// Several lines under one label.
fn section(page: &mut Vec<(&'static str, String)>, label: &'static str, lines: Vec<String>) {
    let mut label = label;
    for line in lines {
        page.push((label, line));
        label = "";
    }
}

fn granted(grants: &Grants) -> Vec<String> {
    let mut lines: Vec<String> = grants.network.iter().map(ToString::to_string).collect();
    lines.extend(grants.files.iter().map(|file| {
        let access = match file.access {
            guildhall_package::Access::Read => "read",
            guildhall_package::Access::Write => "write",
            guildhall_package::Access::ReadWrite => "read and write",
        };
        format!("{access} {} at {}", file.name, file.path.display())
    }));
    lines.extend(grants.payments.iter().map(|grant| format!("pay {grant}")));
    lines.extend(grants.messages.iter().map(|grant| match &grant.recipient {
        Some(recipient) => format!("send by {} to {recipient}", grant.channel),
        None => format!("send by {}", grant.channel),
    }));
    lines.extend(grants.secrets.iter().map(|name| format!("secret {name}")));
    if lines.is_empty() {
        lines.push("nothing".to_owned());
    }
    lines.into_iter().map(|line| plain(&line, FACT)).collect()
}

/// `12 host calls: files.read 10, network.send 2`.
fn calls(receipt: &Receipt) -> Vec<String> {
    let calls = &receipt.run.calls;
    if calls.is_empty() {
        return Vec::new();
    }
    let mut counts: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for call in calls {
        *counts.entry(call.call.as_str()).or_default() += 1;
    }
    let each: Vec<String> = counts
        .into_iter()
        .map(|(call, count)| format!("{} {}", plain(call, 80), number(count)))
        .collect();
    vec![format!(
        "{}, each with a commitment: {}",
        counted(calls.len(), "host call"),
        each.join(", ")
    )]
}

fn sent(receipt: &Receipt) -> Vec<String> {
    let line = |sent: &guildhall_host::Sent| {
        let requests = usize::try_from(sent.requests).unwrap_or(usize::MAX);
        format!(
            "{} {}:{}, {}, {} out, {} in",
            plain(&sent.method, 20),
            plain(&sent.host, 300),
            sent.port,
            counted(requests, "request"),
            bytes(sent.bytes_out),
            bytes(sent.bytes_in)
        )
    };
    receipt.run.sent.iter().map(line).collect()
}

fn effect(fact: &EffectFact) -> String {
    let undone = if fact.undone { ", undone since" } else { "" };
    let detail = match &fact.detail {
        Some(detail) => format!(" ({})", plain(detail, FACT)),
        None => String::new(),
    };
    format!(
        "{}{undone}: {}{detail}",
        fact.state.word(),
        plain(&fact.effect.facts.summary(), FACT)
    )
}

fn decided(approval: &ApprovalFacts, clock: &Clock) -> Vec<String> {
    let mut lines = vec![
        format!(
            "{} by {}, {}, {}",
            plain(&approval.decision, 40),
            plain(&approval.decider, 200),
            plain(&approval.channel, 80),
            clock.date(approval.decided_at_ms)
        ),
        format!("effect set {}", approval.effect_set),
    ];
    lines.extend(
        approval
            .mandates
            .iter()
            .map(|id| format!("mandate {}", plain(id, 64))),
    );
    lines
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guildhall_package::Digest;
    use guildhall_package::text::is_unsafe;
    use serde_json::Value;

    const KEY: &str = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    fn receipt(text: &str) -> Receipt {
        let commitment = format!("hmac-sha256:{}", "0".repeat(64));
        let digest = Digest::of(b"x");
        let call = |seq: u64, call: &str| {
            json!({"seq": seq, "call": call, "class": "read", "request": commitment, "response": commitment,
                "bytes_in": 1, "bytes_out": 0})
        };
        serde_json::from_value(json!({
            "version": 1,
            "run": {
                "invocation": "0198c0de-f00d-7000-8000-000000000001", "tenant": "local",
                "skill": {"name": text, "version": "1.0.0", "digest": digest, "trust": "unsigned-local-file"},
                "operation": text, "engine": "wasmtime 48", "contract": "guildhall:skill@1.0.0",
                "retention": "full",
                "grants": {"network": [], "files": [], "payments": [{"ceiling": {"minor": 50_000, "currency": "EUR"}, "payee": null}],
                    "messages": [{"channel": "email", "recipient": text}], "secrets": [], "expires_at_ms": null},
                "grants_hash": digest, "input": commitment, "output": commitment, "failure": null, "seed": commitment,
                "refusals": [text], "calls": [call(0, "files.read"), call(1, "files.read"), call(2, "files.list")],
                "sent": [{"method": "GET", "host": "a.example", "port": 443, "requests": 2, "bytes_out": 10, "bytes_in": 20}],
                "effect_set": digest,
                "usage": {"fuel": 5, "wall_ms": 1, "memory_bytes": 2, "host_calls": 3, "bytes_in": 0, "bytes_out": 0, "log_bytes_dropped": 0},
                "began_at_ms": 0, "ended_at_ms": 1,
            },
            "status": "committed",
            "effects": [{"effect": {"index": 0, "requires": [], "facts": {"kind": "forgotten", "was": 1}},
                "state": "done", "detail": text, "undone": true}],
            "approval": {"decision": "approve", "effect_set": digest, "skill": digest, "decider": text, "channel": "command line",
                "decided_at_ms": 0, "expires_at_ms": null, "mandates": ["0198c0de"]},
            "audit": {"tenant": "local", "entries": 7, "hash": digest, "at_ms": 0},
        }))
        .unwrap()
    }

    fn shown(text: &str) -> String {
        let lines = page(&receipt(text), &KEY.parse().unwrap(), &Clock::fixed(0));
        lines
            .iter()
            .map(|(label, value)| format!("{label}: {value}\n"))
            .collect()
    }

    #[test]
    fn a_receipt_is_a_page_of_facts() {
        let text = shown("acme/pay");
        for part in [
            "granted: pay EUR 500.00\n: send by email to acme/pay\n",
            "calls: 3 host calls, each with a commitment: files.list 1, files.read 2\n",
            "sent: GET a.example:443, 2 requests, 10 bytes out, 20 bytes in\n",
            "effects: done, undone since: a payment; its facts are not kept (acme/pay)\n",
            "decided: approve by acme/pay, command line, 1970-01-01 00:00 +00:00\n",
            ": mandate 0198c0de\n",
            "audit log: 7 entries, sha256:",
            &format!("signed by: {KEY}\n"),
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn a_receipt_cannot_draw_on_the_terminal() {
        let text = shown("x\u{1b}[2J\u{202e}");
        assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{text}");
    }

    #[test]
    fn a_receipt_as_json_is_what_is_signed() {
        let value = super::super::to_json(&receipt("x")).unwrap();
        assert_eq!(value.get("version"), Some(&Value::from(1)));
        assert!(value.pointer("/run/calls/2/response").is_some());
    }
}
