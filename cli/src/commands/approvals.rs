//! `guildhall approvals`

use crate::approve::{decider, show, show_and_ask, show_and_confirm};
use crate::args::{ApprovalsArgs, ApprovalsCommand};
use crate::card::{CardStyle, skill_name};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::market::watch;
use crate::output;
use crate::when::{Clock, now_ms};
use guildhall_host::{
    Card, Decision, EgressConfig, Host, MandateTerms, Outcome, RunStatus, Tenant, Terms,
};
use guildhall_package::Digest;
use guildhall_package::text::plain;
use serde_json::json;

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
            as_mandate,
            limit,
            per,
            until,
            yes,
            json,
        } => {
            let always = as_mandate.then_some(Always { limit, per, until });
            let how = How {
                effects,
                always,
                yes,
            };
            approve(&host, home, &id, how, json).await
        }
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

/// How an approval is given.
struct How {
    effects: Option<Digest>,
    always: Option<Always>,
    yes: bool,
}

/// Terms of mandates that are given with it, as written.
struct Always {
    limit: Option<String>,
    per: Option<String>,
    until: Option<String>,
}

async fn approve(
    host: &Host,
    home: &Home,
    id: &str,
    how: How,
    as_json: bool,
) -> Result<Exit, CliError> {
    // What was revoked since it was proposed is void.
    watch::tell(&watch::sync(home, host).await?);
    let card = card(host, id).await?;
    if let Some(expected) = how.effects.filter(|expected| *expected != card.effect_set) {
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
    let mandates = match &how.always {
        Some(always) => Some(mandates(&card, always)?),
        None => None,
    };
    if !how.yes && !output::can_ask() {
        let flag = if mandates.is_some() {
            " --as-mandate"
        } else {
            ""
        };
        return Err(CliError::usage("there is no terminal to ask on")
            .kind("no-terminal")
            .fix(format!(
                "{} approvals approve {} --effects {}{flag} --yes",
                super::program(home),
                card.invocation,
                card.effect_set
            )));
    }
    let decision = match (mandates, how.yes) {
        (None, true) => Decision::Approve,
        (None, false) => show_and_ask(&card).await,
        (Some(mandates), yes) => {
            let said: Vec<String> = mandates
                .iter()
                .map(|given| plain(&given.words(card.skill.digest), 2_000))
                .collect();
            if yes {
                if !as_json {
                    said.iter()
                        .for_each(|line| output::note(format_args!("from now on: {line}")));
                }
                Decision::ApproveAlways { mandates }
            } else {
                show_and_confirm(&card, &said, mandates).await
            }
        }
    };
    decide(host, home, &card, decision, as_json).await
}

/// The mandates that the card proposes, under the terms that were given.
fn mandates(card: &Card, always: &Always) -> Result<Vec<MandateTerms>, CliError> {
    if card.proposals.is_empty() {
        return Err(CliError::refused(
            "nothing on this card can be allowed from now on: no mandate would cover all of it",
        )
        .kind("no-proposal")
        .fix("approve it once, without --as-mandate"));
    }
    let terms = Terms::parse(
        always.until.as_deref(),
        always.limit.as_deref(),
        always.per.as_deref(),
        &card.zone,
        now_ms(),
    );
    terms
        .and_then(|terms| card.mandates(&terms))
        .map_err(|error| CliError::usage(plain(&error.to_string(), 600)).kind("terms"))
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
            super::CHANNEL,
        )
        .await
        .map_err(host::decide_error)?;
    if as_json {
        output::json(&super::to_json(&output::worded(&outcome))?);
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::{card_proposing, file_scope, payment_scope};

    fn always(limit: Option<&str>, until: Option<&str>) -> Always {
        Always {
            limit: limit.map(str::to_owned),
            per: None,
            until: until.map(str::to_owned),
        }
    }

    #[test]
    fn a_card_without_a_proposal_gives_no_mandate() {
        let error = mandates(&card_proposing(vec![]), &always(None, None)).unwrap_err();
        assert_eq!((&*error.kind, error.exit.code()), ("no-proposal", 4));
    }

    #[test]
    fn terms_that_do_not_fit_the_card_are_wrong_usage() {
        let files = card_proposing(vec![file_scope()]);
        let money = card_proposing(vec![payment_scope()]);
        for (card, terms) in [
            (&files, always(Some("EUR 1.00"), None)),
            (&money, always(Some("USD 1.00"), None)),
            (&money, always(Some("EUR 0"), None)),
            (&money, always(None, Some("yesterday"))),
            (&money, always(None, Some("2001-01-01"))),
        ] {
            let error = mandates(card, &terms).unwrap_err();
            assert_eq!((&*error.kind, error.exit.code()), ("terms", 2));
        }
        assert_eq!(mandates(&money, &always(None, None)).unwrap().len(), 1);
    }
}
