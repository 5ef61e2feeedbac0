//! Making a card from the journal and the files as they are now.

use super::HostError;
use crate::approvals::{Card, CardEffect, CardInput, Preview};
use crate::capabilities::files;
use crate::effects::{Effect, EffectFacts, FileWrite};
use crate::invocation::{RunStatus, Tenant};
use crate::journal::Journal;

/// Text of at most this many bytes is shown on a card.
const MAX_PREVIEW: u64 = 256 << 10;

/// The card of a run that waits for a decision.
pub(super) async fn card(
    journal: &Journal,
    tenant: &Tenant,
    run: &str,
) -> Result<Option<Card>, HostError> {
    let Some(detail) = journal.detail(tenant.as_str(), run).await? else {
        return Ok(None);
    };
    let outcome = detail.outcome;
    let (Some(effect_set), RunStatus::AwaitingApproval) = (outcome.effect_set, outcome.status)
    else {
        return Ok(None);
    };
    let inputs = journal.commit_facts(run).await?.set.inputs;
    let mut effects = Vec::new();
    for (effect, reason, content) in journal.staged(run).await? {
        let shown = effect.clone();
        let preview = tokio::task::spawn_blocking(move || preview(&shown, content))
            .await
            .map_err(|error| HostError::Internal(error.to_string()))?;
        effects.push(CardEffect {
            summary: effect.facts.summary(),
            effect,
            reason,
            preview,
        });
    }
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
        does_not: outcome.does_not,
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
        EffectFacts::Message(message) => Preview::Opaque {
            target: message.recipient.clone(),
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
