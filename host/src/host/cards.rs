//! Making a card from the journal and the files as they are now.

use super::{HostError, Inner};
use crate::approvals::{Card, CardEffect, CardInput, Preview};
use crate::capabilities::{files, messages};
use crate::clock::wall_clock_ms;
use crate::effects::{Effect, EffectFacts, FileWrite};
use crate::invocation::{RunStatus, Tenant};
use crate::journal::Journal;
use crate::mandates::{Period, propose};
use crate::payees::Payees;

/// Text of at most this many bytes is shown on a card.
const MAX_PREVIEW: u64 = 256 << 10;

/// The card of a run that waits for a decision.
pub(super) async fn card(
    host: &Inner,
    tenant: &Tenant,
    run: &str,
) -> Result<Option<Card>, HostError> {
    let journal: &Journal = &host.journal;
    let Some(detail) = journal.detail(tenant.as_str(), run).await? else {
        return Ok(None);
    };
    let outcome = detail.outcome;
    let (Some(effect_set), RunStatus::AwaitingApproval) = (outcome.effect_set, outcome.status)
    else {
        return Ok(None);
    };
    let set = journal.commit_facts(run).await?.set;
    let known = journal.known_payees(tenant.as_str()).await?;
    let payees = Payees::new(&known);
    let facts: Vec<_> = crate::journal::mandate_facts(&set)
        .into_iter()
        .map(|(_, fact)| fact)
        .collect();
    // What the host itself buys comes back by the month, if it does at all.
    let per = if detail.summary.skill.trust.is_host() {
        Period::Month
    } else {
        Period::Day
    };
    let proposals = propose(
        detail.summary.skill.digest,
        &facts,
        per,
        &host.zone,
        wall_clock_ms(),
    );
    let inputs = set.inputs;
    let mut effects = Vec::new();
    for (effect, reason, content) in journal.staged(run).await? {
        let shown = effect.clone();
        let preview = tokio::task::spawn_blocking(move || preview(&shown, content))
            .await
            .map_err(|error| HostError::Internal(error.to_string()))?;
        let payee = match &effect.facts {
            EffectFacts::Payment(payment) => {
                Some(payees.standing(&payment.scheme, &payment.account, &payment.payee_name))
            }
            _ => None,
        };
        effects.push(CardEffect {
            summary: effect.facts.summary(),
            payee,
            effect,
            reason,
            preview,
        });
    }
    // What a person decides about first: money, then what is said in their name, then files.
    effects.sort_by_key(|shown: &CardEffect| match shown.effect.facts {
        EffectFacts::Payment(_) => 0,
        EffectFacts::Message(_) => 1,
        EffectFacts::FileWrite(_) | EffectFacts::Forgotten { .. } => 2,
    });
    Ok(Some(Card {
        invocation: outcome.invocation,
        skill: detail.summary.skill,
        operation: detail.summary.operation,
        effects,
        inputs: inputs
            .iter()
            .filter(|pin| pin.digest.is_some())
            .map(|pin| CardInput {
                path: pin.path(),
                bytes: pin.len,
            })
            .collect(),
        contacted: outcome.contacted,
        does_not: outcome
            .does_not
            .into_iter()
            .map(std::borrow::Cow::into_owned)
            .collect(),
        asks: journal.why_asked(run, wall_clock_ms()).await?,
        proposals,
        zone: host.zone.clone(),
        effect_set,
        expires_at_ms: outcome.expires_at_ms.unwrap_or_default(),
    }))
}

fn preview(effect: &Effect, content: Option<Vec<u8>>) -> Preview {
    match &effect.facts {
        EffectFacts::FileWrite(write) => file_preview(write, content.unwrap_or_default()),
        EffectFacts::Payment(payment) => Preview::Opaque {
            target: format!("{}:{}", payment.scheme, payment.account),
        },
        EffectFacts::Message(message) => {
            let target = message.recipient.clone();
            match content.and_then(|content| messages::body_of(&content)) {
                Some(new) if new.len() as u64 <= MAX_PREVIEW => Preview::Text {
                    target,
                    old: None,
                    new,
                },
                _ => Preview::Opaque { target },
            }
        }
        EffectFacts::Forgotten { .. } => Preview::Opaque {
            target: String::new(),
        },
    }
}

fn file_preview(write: &FileWrite, content: Vec<u8>) -> Preview {
    let target = write.target().display().to_string();
    let opaque = Preview::Opaque {
        target: target.clone(),
    };
    if content.len() as u64 > MAX_PREVIEW {
        return opaque;
    }
    let Ok(new) = String::from_utf8(content) else {
        return opaque;
    };
    let old = match files::current(&write.location, write.inside.as_ref(), MAX_PREVIEW) {
        Ok(old) => old,
        Err(_) => return opaque,
    };
    match old.map(|bytes| String::from_utf8(bytes.to_vec())) {
        None => Preview::Text {
            target,
            old: None,
            new,
        },
        Some(Ok(old)) => Preview::Text {
            target,
            old: Some(old),
            new,
        },
        Some(Err(_)) => opaque,
    }
}
