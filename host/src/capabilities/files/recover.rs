//! What became of a write whose attempt did not report back: the process died, or its answer was `unknown`.

use std::io;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

use super::commit::{CommitResult, WritePlan, put_back};
use super::folder::{FileGrant, OpenGrant, Place, Seen, open_file};
use super::rules;
use super::steps::{Fault, Step, Workplace, no_fault, sweep_parts};
use super::target::{Found, expected, found};

/// What was found out about an interrupted write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "recovery")]
pub enum Recovery {
    /// The target holds the approved content, durably.
    AlreadyDone,
    /// Nothing of it is at the target; the write may be performed again, and is compared again then.
    NotDone,
    /// The target holds neither the approved content nor what was to be replaced, or cannot be looked at. Never
    /// performed again by itself.
    Unknown {
        /// What is at the target, if that could be seen.
        found: Option<Found>,
        /// What a person should know.
        why: Refusal,
    },
}

/// Folders below a grant that are looked into, and entries that are looked at, for what a run left unfinished.
const SWEEP: (usize, usize) = (32, 100_000);

/// Removes the unfinished files of a run whose facts are not known any more, in the folders that it could write to.
pub(crate) fn sweep_unfinished(grants: &[FileGrant], run: &str) {
    let (depth, mut budget) = SWEEP;
    for grant in grants.iter().filter(|grant| grant.access.writes()) {
        // A folder that is gone holds nothing.
        if let Ok(open) = OpenGrant::open(grant) {
            sweep_parts(open.dir(), run, depth, &mut budget);
        }
    }
}

/// Finds out whether a write happened, and clears away what its attempt left behind. Use the tag of the attempt. Nothing
/// is written that was not there before; may itself be interrupted and repeated.
#[must_use]
pub fn recover(plan: &WritePlan, tag: &str) -> Recovery {
    recover_with(plan, tag, &no_fault)
}

/// [`recover`] with a hook before each [`Step`].
#[must_use]
pub fn recover_with(plan: &WritePlan, tag: &str, fault: Fault<'_>) -> Recovery {
    let path = plan.path();
    let blind = |why| Recovery::Unknown { found: None, why };
    let grant = match plan.location.reopen() {
        Ok(grant) => grant,
        Err(why) => return blind(why),
    };
    let (folder, name) = match grant.place(plan.inside.as_ref()) {
        Ok(Place::In { folder, name }) => (folder, name),
        // Without its folder there is neither a target nor anything left behind.
        Ok(Place::Blocked { by: Seen::Absent }) if plan.replaces.is_none() => {
            return Recovery::NotDone;
        }
        Ok(Place::Blocked { by }) => {
            let found = match by {
                Seen::Link => Found::Link,
                _ => Found::Absent,
            };
            return neither(plan, &path, found);
        }
        Ok(Place::Root) => return neither(plan, &path, Found::Folder),
        Err(error) => return blind(rules::write_unknown(&path, &error.to_string())),
    };
    let Some(work) = Workplace::new(folder, name, tag, fault) else {
        return blind(rules::bad_plan(
            &path,
            "the tag of the effect is not a plain word",
        ));
    };
    settle(plan, &path, &work).unwrap_or_else(|error| {
        blind(rules::write_unknown(
            &path,
            &format!("it cannot be looked at: {error}"),
        ))
    })
}

fn settle(plan: &WritePlan, path: &str, work: &Workplace<'_>) -> io::Result<Recovery> {
    let (now, _) = found(&work.folder, &work.name)?;
    let (left, _) = found(&work.folder, work.ready())?;
    let ours = now.is(Some(plan.digest));
    let mut certainly_not = false;

    match left {
        Found::Absent => {}
        // It never came to the exchange, or was exchanged back.
        left if left.is(Some(plan.digest)) => {
            work.remove(Step::CleanUp, work.ready())?;
            certainly_not = !ours;
        }
        // It was exchanged with what it should replace.
        left if left.is(plan.replaces) => {
            work.remove(Step::RemoveOld, work.ready())?;
            if !ours {
                return Ok(Recovery::Unknown {
                    found: Some(now),
                    why: rules::write_unknown(path, "it was written, and has been changed since"),
                });
            }
        }
        // It was exchanged with something else, and died before it could be put back.
        _ if ours => {
            return Ok(match put_back(work, plan.digest, path) {
                CommitResult::TargetChanged { .. } => Recovery::NotDone,
                CommitResult::Unknown { why } | CommitResult::Failed { why } => Recovery::Unknown {
                    found: Some(now),
                    why,
                },
                CommitResult::Done => Recovery::AlreadyDone,
            });
        }
        // And then somebody wrote the target again. What is left may be the only copy of what was there before.
        _ => {
            let why = format!(
                "it has been changed twice meanwhile; what it held before is in `{}` beside it",
                work.ready()
            );
            return Ok(Recovery::Unknown {
                found: Some(now),
                why: rules::write_unknown(path, &why),
            });
        }
    }
    work.remove(Step::CleanUp, work.part())?;

    if ours {
        // Whoever renamed it may have died before syncing.
        if let Ok((file, _)) = open_file(&work.folder, &work.name)? {
            file.sync_all()?;
        }
        work.sync_folder()?;
        return Ok(Recovery::AlreadyDone);
    }
    if certainly_not || now.is(plan.replaces) {
        return Ok(Recovery::NotDone);
    }
    Ok(neither(plan, path, now))
}

fn neither(plan: &WritePlan, path: &str, found: Found) -> Recovery {
    let why = format!(
        "there is {found}, which is neither the approved file ({}) nor what was there before ({})",
        plan.digest.short(),
        expected(plan.replaces)
    );
    Recovery::Unknown {
        found: Some(found),
        why: rules::write_unknown(path, &why),
    }
}
