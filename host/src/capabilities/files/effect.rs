//! File writes as effects: the bridge from a journaled effect to the room that performs it.

use super::commit::{CommitResult, WritePlan, check_target, perform};
use super::recover::{Recovery, recover};
use crate::effects::{Committed, EffectEvent, FileWrite};
use crate::journal::{ClaimedEffect, EffectOutcome};
use crate::refusal::Refusal;

/// Whether the target of a write is still what it was when the write was staged.
pub(crate) fn check_write(write: &FileWrite) -> Result<(), Refusal> {
    check_target(&plan(write, Vec::new()))
}

/// Performs one committed write. Without the token there is no way here.
pub(crate) fn perform_write(
    claimed: &Committed<ClaimedEffect>,
    write: &FileWrite,
) -> EffectOutcome {
    let effect = claimed.get();
    let plan = plan(write, effect.content.clone());
    match perform(&plan, &tag(&effect.run, effect.effect.index)) {
        CommitResult::Done => outcome(EffectEvent::Succeeded, None),
        CommitResult::TargetChanged { found } => outcome(
            EffectEvent::Failed,
            Some(format!(
                "{} was changed after the card was made (found: {found}); it was left as it is",
                write.path
            )),
        ),
        CommitResult::Failed { why } => outcome(EffectEvent::Failed, Some(why.to_string())),
        CommitResult::Unknown { why } => outcome(EffectEvent::Lost, Some(why.to_string())),
    }
}

/// Finds out, after a crash, what became of a write whose claim was durable.
pub(crate) fn recover_write(
    run: &str,
    index: u32,
    write: &FileWrite,
    content: Vec<u8>,
) -> EffectOutcome {
    match recover(&plan(write, content), &tag(run, index)) {
        Recovery::AlreadyDone => outcome(EffectEvent::FoundDone, None),
        Recovery::NotDone => outcome(EffectEvent::FoundNotDone, None),
        Recovery::Unknown { why, .. } => outcome(EffectEvent::Lost, Some(why.to_string())),
    }
}

fn plan(write: &FileWrite, content: Vec<u8>) -> WritePlan {
    WritePlan {
        location: write.location.clone(),
        inside: write.inside.clone(),
        content: content.into(),
        digest: write.digest,
        replaces: write.replaces,
    }
}

/// Names this effect's temporary files, so that a restart finds its own and no others.
fn tag(run: &str, index: u32) -> String {
    format!("{run}-{index}")
}

const fn outcome(event: EffectEvent, detail: Option<String>) -> EffectOutcome {
    EffectOutcome { event, detail }
}
