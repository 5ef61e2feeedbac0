//! File writes as effects: the bridge from a journaled effect to the room that performs it.

use super::commit::{CommitResult, WritePlan, check_target, perform};
use super::recover::{Recovery, recover};
use super::remove::remove_written;
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

/// Puts back what a write replaced, or takes away the file that it made, if the file is still as the write left it. Answers what
/// was done; may be repeated.
pub(crate) fn undo_write(
    write: &FileWrite,
    previous: Option<Vec<u8>>,
    tag: &str,
) -> Result<&'static str, Refusal> {
    let Some(previous) = previous else {
        return remove_written(&plan(write, Vec::new()), tag);
    };
    let back = WritePlan {
        location: write.location.clone(),
        inside: write.inside.clone(),
        digest: guildhall_package::Digest::of(&previous),
        content: previous.into(),
        replaces: Some(write.digest),
    };
    // An earlier undo may have died half-way.
    if let Recovery::AlreadyDone = recover(&back, tag) {
        return Ok("the file holds what it held before");
    }
    match perform(&back, tag) {
        CommitResult::Done => Ok("the file holds what it held before"),
        CommitResult::TargetChanged { .. } => Err(changed_since(write)),
        CommitResult::Failed { why } | CommitResult::Unknown { why } => Err(why),
    }
}

fn changed_since(write: &FileWrite) -> Refusal {
    Refusal::new(
        crate::refusal::RefusalKind::Conflict,
        "undo.changed-since",
        format!("{} was changed since; it was left as it is", write.path),
    )
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
