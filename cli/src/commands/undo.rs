//! `guildhall undo`

use crate::approve::confirm;
use crate::args::UndoArgs;
use crate::card::layout::wrap;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::output;
use guildhall_host::{
    EffectFacts, EffectReport, EffectState, EgressConfig, Host, Sent, Tenant, UndoLine,
};
use guildhall_package::text::plain;
use owo_colors::OwoColorize;

/// Rail whose orders wait for a file.
const BANK: &str = "bank-file";

/// Undoes a run as far as that is possible.
///
/// # Errors
/// If there is no such run, nobody can be asked, or the journal fails.
pub async fn run(home: &Home, args: UndoArgs) -> Result<Exit, CliError> {
    let host = host::open(home, EgressConfig::default()).await?;
    let exit = undo(&host, home, &args).await?;
    host.shutdown().await;
    Ok(exit)
}

async fn undo(host: &Host, home: &Home, args: &UndoArgs) -> Result<Exit, CliError> {
    let tenant = Tenant::local();
    let id = host::resolve(host, &args.id).await?;
    if !args.yes {
        if !output::can_ask() {
            return Err(CliError::usage("there is no terminal to ask on")
                .kind("no-terminal")
                .fix(format!("{} undo {id} --yes", super::program(home))));
        }
        let detail = host
            .run(&tenant, &id)
            .await
            .map_err(host::host_error)?
            .ok_or_else(|| no_run(&id))?;
        for line in plans(&detail.outcome.effects, &detail.outcome.sent) {
            output::note(line);
        }
        if !confirm("Undo this run?").await {
            output::note("Nothing was undone.");
            return Ok(Exit::NotApproved);
        }
    }
    let report = host
        .undo(&tenant, &id)
        .await
        .map_err(host::host_error)?
        .ok_or_else(|| no_run(&id))?;
    if args.json {
        output::json(&super::to_json(&report)?);
    } else if report.effects.is_empty() && report.sent.is_empty() {
        output::note("This run changed nothing, so there is nothing to undo.");
    } else {
        for line in report.effects.iter().flat_map(undone) {
            output::line(line);
        }
        for sent in &report.sent {
            output::line(format_args!(
                "{}: {}",
                "not undone".red().bold(),
                plain(sent, 1_000)
            ));
        }
    }
    Ok(if report.is_complete() {
        Exit::Done
    } else {
        Exit::Partial
    })
}

fn no_run(id: &str) -> CliError {
    CliError::usage(format!("there is no run {}", plain(id, 64))).kind("not-found")
}

/// What would be tried, last performed first as the host does it.
fn plans(effects: &[EffectReport], sent: &[Sent]) -> Vec<String> {
    let sent: Vec<&Sent> = sent
        .iter()
        .filter(|sent| !matches!(sent.method.as_str(), "GET" | "HEAD"))
        .collect();
    if effects.is_empty() && sent.is_empty() {
        return vec!["This run changed nothing.".to_owned()];
    }
    let mut lines = vec!["This would be tried:".bold().to_string()];
    for report in effects.iter().rev() {
        lines.push(format!("  {}", plain(&report.summary, 1_000)));
        lines.extend(indented(plan(report)));
    }
    for sent in sent {
        lines.push(format!(
            "  {} {} to {}",
            sent.requests,
            plain(&sent.method, 16),
            plain(&sent.host, 253)
        ));
        lines.extend(indented(
            "can't be taken back: it went out while the run was at work",
        ));
    }
    lines
}

fn plan(report: &EffectReport) -> &'static str {
    if report.undone {
        return "was taken back already";
    }
    match (report.state, &report.effect.facts) {
        (EffectState::Void | EffectState::Failed, _) => "was never done",
        (EffectState::Pending | EffectState::Performing, _) => {
            "is not over yet; its card can be rejected"
        }
        (EffectState::Unknown, _) => {
            "nobody knows whether it was done; `guildhall runs resolve` asks again"
        }
        (EffectState::Done, EffectFacts::FileWrite(write)) => match write.replaces {
            Some(_) => "gets back what it held, if it is still as the run left it",
            None => "is removed, if it is still as the run left it",
        },
        (EffectState::Done, EffectFacts::Payment(payment)) if payment.rail == BANK => {
            "is withdrawn, if it is in no file for the bank yet"
        }
        (EffectState::Done, EffectFacts::Payment(_)) => {
            "can't be taken back: the money has been paid"
        }
        (EffectState::Done, EffectFacts::Message(_)) => "can't be taken back: it has been sent",
        (EffectState::Done, EffectFacts::Forgotten { .. }) => {
            "can't be undone: the run did not keep what it did"
        }
    }
}

fn undone(line: &UndoLine) -> Vec<String> {
    let state = if line.undone {
        "undone".green().to_string()
    } else {
        "not undone".red().bold().to_string()
    };
    let mut lines = vec![format!("{state}: {}", plain(&line.summary, 1_000))];
    lines.extend(indented(&plain(&line.detail, 1_000)));
    lines
}

fn indented(text: &str) -> Vec<String> {
    wrap(text, output::width().saturating_sub(4))
        .into_iter()
        .map(|row| format!("    {row}"))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn report(facts: Value, state: &str) -> EffectReport {
        serde_json::from_value(json!({
            "index": 0, "requires": [], "facts": facts, "summary": "x\u{1b}[2J", "state": state, "detail": null,
        }))
        .unwrap()
    }

    fn payment(rail: &str) -> Value {
        json!({
            "kind": "payment", "from": "main", "rail": rail, "scheme": "iban", "account": "DE89370400440532013000",
            "payee_name": "Acme", "amount": {"minor": 100, "currency": "EUR"}, "document": "INV-1",
            "key": guildhall_package::Digest::of(b"k"), "requested_date": null, "reason": "",
        })
    }

    #[test]
    fn what_will_be_tried_is_said_for_each_kind_of_effect() {
        for (facts, state, expected) in [
            (payment("bank-file"), "done", "is withdrawn, if"),
            (payment("book"), "done", "can't be taken back"),
            (payment("book"), "void", "was never done"),
            (payment("book"), "unknown", "nobody knows"),
            (
                json!({"kind": "forgotten", "was": 2}),
                "done",
                "can't be undone",
            ),
        ] {
            let said = plan(&report(facts, state));
            assert!(said.starts_with(expected), "{said}");
        }
    }

    #[test]
    fn a_summary_cannot_draw_on_the_terminal() {
        let lines = plans(&[report(payment("book"), "done")], &[]).join("\n");
        let shown = anstream::adapter::strip_str(&lines).to_string();
        assert!(shown.contains("x\\u{1b}[2J"), "{shown}");
        assert_eq!(plans(&[], &[]), ["This run changed nothing."]);
    }

    #[test]
    fn what_could_not_be_undone_says_why() {
        let line = UndoLine {
            effect: 0,
            summary: "send to a by email".to_owned(),
            undone: false,
            detail: "it has been sent".to_owned(),
        };
        let shown = anstream::adapter::strip_str(&undone(&line).join("\n")).to_string();
        assert_eq!(
            shown,
            "not undone: send to a by email\n    it has been sent"
        );
    }
}
