//! `guildhall approvals`

use crate::approve::{decider, show, show_and_ask};
use crate::args::{ApprovalsArgs, ApprovalsCommand};
use crate::card::{CardStyle, skill_name};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::output;
use crate::when::Clock;
use guildhall_host::{Card, Decision, EgressConfig, Host, Outcome, RunStatus, Tenant};
use guildhall_package::Digest;
use guildhall_package::text::plain;
use serde_json::json;

/// Word for this channel in the journal.
const CHANNEL: &str = "command line";

/// Lists, shows or decides.
///
/// # Errors
/// If there is no such approval, it can't be decided, or may not be decided here.
pub async fn run(home: &Home, args: ApprovalsArgs) -> Result<Exit, CliError> {
    if let ApprovalsCommand::Approve { .. } = args.command {
        home.config()?.may_approve()?;
    }
    let host = host::open(home, EgressConfig::default()).await?;
    let exit = match args.command {
        ApprovalsCommand::List { json } => list(&host, home, json).await,
        ApprovalsCommand::Show { id, json } => show_one(&host, home, &id, json).await,
        ApprovalsCommand::Approve {
            id,
            effects,
            yes,
            json,
        } => approve(&host, home, &id, effects, yes, json).await,
        ApprovalsCommand::Reject { id, reason, json } => {
            reject(&host, home, &id, reason, json).await
        }
    }?;
    host.shutdown().await;
    Ok(exit)
}

async fn list(host: &Host, home: &Home, as_json: bool) -> Result<Exit, CliError> {
    let pending = host.pending(&Tenant::local()).await.map_err(host::fault)?;
    if as_json {
        output::json(&json!({ "approvals": super::to_json(&pending)? }));
        return Ok(Exit::Done);
    }
    if pending.is_empty() {
        output::note("Nothing waits for approval.");
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    let ids: Vec<&str> = pending
        .iter()
        .map(|item| item.invocation.as_str())
        .collect();
    let rows = pending.iter().zip(host::short_ids(&ids)).map(|(item, id)| {
        [
            id.to_owned(),
            skill_name(&item.skill),
            item.operation.clone(),
            item.summary.clone(),
            clock.relative(item.expires_at_ms),
        ]
    });
    output::line(output::table(
        ["ID", "SKILL", "OPERATION", "WOULD", "EXPIRES"],
        rows,
    ));
    output::hint(format_args!("{} approvals show ID", super::program(home)));
    Ok(Exit::Done)
}

async fn show_one(host: &Host, home: &Home, id: &str, as_json: bool) -> Result<Exit, CliError> {
    let card = card(host, id).await?;
    if as_json {
        output::json(&super::to_json(&card)?);
        return Ok(Exit::Done);
    }
    show(&card, &CardStyle::full(output::width(), Clock::system()));
    let program = super::program(home);
    output::hint(format_args!(
        "{program} approvals approve {} --effects {}",
        card.invocation, card.effect_set
    ));
    output::hint(format_args!(
        "{program} approvals reject {}",
        card.invocation
    ));
    Ok(Exit::Done)
}

async fn approve(
    host: &Host,
    home: &Home,
    id: &str,
    effects: Option<Digest>,
    yes: bool,
    as_json: bool,
) -> Result<Exit, CliError> {
    let card = card(host, id).await?;
    if let Some(expected) = effects.filter(|expected| *expected != card.effect_set) {
        return Err(CliError::refused(format!(
            "the effects are not the ones you named: they have the hash {}, not {expected}",
            card.effect_set
        ))
        .kind("effects-changed")
        .fix(format!(
            "look at the card: {} approvals show {}",
            super::program(home),
            card.invocation
        )));
    }
    let decision = if yes {
        Decision::Approve
    } else if output::can_ask() {
        show_and_ask(&card).await
    } else {
        return Err(CliError::usage("there is no terminal to ask on")
            .kind("no-terminal")
            .fix(format!(
                "{} approvals approve {} --effects {} --yes",
                super::program(home),
                card.invocation,
                card.effect_set
            )));
    };
    decide(host, home, &card, decision, as_json).await
}

async fn reject(
    host: &Host,
    home: &Home,
    id: &str,
    reason: String,
    as_json: bool,
) -> Result<Exit, CliError> {
    let card = card(host, id).await?;
    let reason = plain(&reason, 300);
    let exit = decide(host, home, &card, Decision::Reject { reason }, as_json).await?;
    // What was asked for happened.
    Ok(if exit == Exit::NotApproved {
        Exit::Done
    } else {
        exit
    })
}

async fn decide(
    host: &Host,
    home: &Home,
    card: &Card,
    decision: Decision,
    as_json: bool,
) -> Result<Exit, CliError> {
    let outcome: Outcome = host
        .decide(
            &Tenant::local(),
            &card.invocation,
            card.effect_set,
            decision,
            &decider(),
            CHANNEL,
        )
        .await
        .map_err(host::decide_error)?;
    if as_json {
        output::json(&super::to_json(&outcome)?);
    } else {
        output::decided(&outcome);
        if outcome.status == RunStatus::AwaitingApproval {
            output::hint(format_args!(
                "{} approvals approve {}",
                super::program(home),
                outcome.invocation
            ));
        }
    }
    Ok(Exit::of_run(outcome.status))
}

async fn card(host: &Host, id: &str) -> Result<Card, CliError> {
    let id = host::resolve(host, id).await?;
    let card = host
        .card(&Tenant::local(), &id)
        .await
        .map_err(host::fault)?;
    match card {
        Some(card) => Ok(card),
        None => Err(
            CliError::refused(format!("the run {id} does not wait for a decision"))
                .kind("not-pending")
                .fix(format!("see what became of it: guildhall runs show {id}")),
        ),
    }
}
