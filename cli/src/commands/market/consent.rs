//! `guildhall consent`

use super::install::asks_json;
use crate::approve::{By, noted};
use crate::args::market::ConsentArgs;
use crate::commands::program;
use crate::consent::{self, Ask};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::installed::{Record, Store};
use crate::output;
use crate::source;
use crate::when::now_ms;
use guildhall_host::{Decision, EffectFacts, EgressConfig, Host, Tenant};
use guildhall_package::text::plain;
use guildhall_package::{Capability, Digest, Inspection, SkillPackage};
use owo_colors::OwoColorize;
use serde_json::json;

/// Shows what was consented to, takes optional parts back, or gives them.
///
/// # Errors
/// If the skill is not installed, or a part can't be taken back.
pub async fn run(home: &Home, args: ConsentArgs) -> Result<Exit, CliError> {
    let store = Store::of(home);
    let record = source::record(&store, &args.name)?;
    let package =
        SkillPackage::read(&store.component(&record)?).map_err(crate::host::read_error)?;
    let asks = consent::asks(&package);
    let revoked = consent::declined(&asks, &args.revoke)?;
    let given = consent::declined(&asks, &args.give)?;
    let changes = !revoked.is_empty() || !given.is_empty();
    let mut void = Vec::new();
    let record = if changes {
        let host = host::open(home, EgressConfig::default()).await?;
        let by = By::command();
        let record = change(&store, &record, &asks, (&revoked, &given), (&host, &by)).await?;
        if !revoked.is_empty() {
            let kinds = kinds(&asks, &revoked);
            let why = "your consent was taken back";
            void = reject_waiting(&host, record.component, Some(&kinds), why, &by).await?;
        }
        host.shutdown().await;
        record
    } else {
        record
    };
    if args.json {
        output::json(&json!({
            "name": record.name,
            "version": record.version,
            "asks": asks_json(&asks, &record.declined)?,
            "void": void,
        }));
        return Ok(Exit::Done);
    }
    show(&record, &asks, &package);
    for run in &void {
        output::note(format_args!("What the run {run} was waiting for is void."));
    }
    if asks.iter().any(|ask| ask.optional) && !changes {
        output::hint(format_args!(
            "{} consent {} --revoke PART",
            program(home),
            record.name
        ));
    }
    Ok(Exit::Done)
}

/// The capabilities of some parts.
#[must_use]
pub fn kinds(asks: &[Ask], ids: &[String]) -> Vec<Capability> {
    asks.iter()
        .filter(|ask| ids.contains(&ask.id))
        .map(|ask| ask.capability)
        .collect()
}

/// Takes back some parts of a consent and gives others, against what was looked at; first in the audit log.
///
/// # Errors
/// If the skill was updated or taken away meanwhile, or the journal fails.
pub async fn change(
    store: &Store,
    before: &Record,
    asks: &[Ask],
    (revoked, given): (&[String], &[String]),
    (host, by): (&Host, &By),
) -> Result<Record, CliError> {
    let about = format!("{} {}", before.name, before.version);
    by.note(host, noted::CONSENT, &about).await?;
    let locked = store.lock()?;
    let mut record = source::record(store, &before.name)?;
    if record.component != before.component {
        return Err(
            CliError::refused(format!("{} was updated meanwhile", record.name))
                .kind("changed-meanwhile")
                .fix("look at its consent again"),
        );
    }
    record.declined.retain(|id| !given.contains(id));
    for id in revoked {
        if !record.declined.contains(id) {
            record.declined.push(id.clone());
        }
    }
    record.consent = consent::consent(asks, &record.declined);
    record.changed_at_ms = now_ms();
    store.change(&locked, &record)?;
    Ok(record)
}

/// Rejects what a component has waiting, all of it or what needs one of these capabilities. Returns the runs.
///
/// # Errors
/// If the journal fails.
pub async fn reject_waiting(
    host: &Host,
    component: Digest,
    only: Option<&[Capability]>,
    reason: &str,
    by: &By,
) -> Result<Vec<String>, CliError> {
    let tenant = Tenant::local();
    let mut void = Vec::new();
    for waiting in host.pending(&tenant).await.map_err(host::host_error)? {
        if waiting.skill.digest != component {
            continue;
        }
        let Some(card) = host
            .card(&tenant, &waiting.invocation)
            .await
            .map_err(host::host_error)?
        else {
            continue;
        };
        let concerned = only.is_none_or(|only| {
            card.effects
                .iter()
                .any(|effect| needs(&effect.effect.facts).is_none_or(|kind| only.contains(&kind)))
        });
        if !concerned {
            continue;
        }
        let decision = Decision::Reject {
            reason: reason.to_owned(),
        };
        host.decide(
            &tenant,
            &waiting.invocation,
            card.effect_set,
            decision,
            &by.decider,
            by.channel,
        )
        .await
        .map_err(host::decide_error)?;
        void.push(waiting.invocation);
    }
    Ok(void)
}

/// The capability that an effect needs; none where that is not known any more.
const fn needs(facts: &EffectFacts) -> Option<Capability> {
    match facts {
        EffectFacts::FileWrite(_) => Some(Capability::Files),
        EffectFacts::Payment(_) => Some(Capability::Payments),
        EffectFacts::Message(_) => Some(Capability::Messages),
        EffectFacts::Forgotten { .. } => None,
    }
}

fn show(record: &Record, asks: &[Ask], package: &SkillPackage) {
    let width = output::width();
    output::line(format!("{} {}", record.name, record.version).bold());
    let inspection = Inspection::of(package);
    let given: Vec<Ask> = asks
        .iter()
        .filter(|ask| !record.declined.contains(&ask.id))
        .cloned()
        .collect();
    for line in consent::asked_lines(&given, &inspection, width) {
        output::line(line);
    }
    if !record.declined.is_empty() {
        output::line("");
        output::line("Declined".bold());
        for ask in asks.iter().filter(|ask| record.declined.contains(&ask.id)) {
            output::line(format_args!("  · [{}] {}", ask.id, plain(&ask.what, 300)));
        }
    }
}
