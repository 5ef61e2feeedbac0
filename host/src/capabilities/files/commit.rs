//! Performing one approved write: compared with what it replaces, whole or not at all, durable when it says so.
//!
//! A new file appears under its name by a rename that refuses to overwrite. A replacement is exchanged with the target in
//! one step, then what came out is compared with the digest that was approved; if it is something else, the two are
//! exchanged back and nothing is lost. A target that is a link, a folder or a special file is refused.
//!
//! What this cannot see: a program that keeps the old file open and writes into it after the exchange writes into a
//! file that has lost its name; and other hard links to a replaced file keep the old content. Where the file system has
//! no exchange (NFS, some FUSE), the comparison comes just before a plain rename, and a change in between is lost.

use std::io;

use bytes::Bytes;
use cap_std::fs::{Dir, DirBuilder};
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

use super::folder::{Content, GrantLocation, OpenGrant, Place, Seen, enter};
use super::path::RelPath;
use super::rules;
use super::snapshot::Pin;
use super::steps::{Fault, Moved, Step, Workplace, no_fault, sync};
use super::target::{Found, expected, found, found_at};

/// One approved file write with its content at hand.
#[derive(Debug, Clone)]
pub struct WritePlan {
    /// The grant, as the run saw it.
    pub location: GrantLocation,
    /// Path inside the granted folder; none for a granted file.
    pub inside: Option<RelPath>,
    /// The whole new content.
    pub content: Bytes,
    /// Digest of the content as approved; checked before anything happens.
    pub digest: Digest,
    /// Digest of what is replaced; none if nothing may be there.
    pub replaces: Option<Digest>,
}

impl WritePlan {
    /// The path as the guest wrote it.
    #[must_use]
    pub fn path(&self) -> String {
        self.location.guest_path(self.inside.as_ref())
    }
}

/// How an attempt to perform a write ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum CommitResult {
    /// The target holds the approved content, durably.
    Done,
    /// Something else than what was to be replaced is there. Nothing was written.
    TargetChanged {
        /// What is there.
        found: Found,
    },
    /// It cannot be told whether the target holds the approved content. Ask `recover`.
    Unknown {
        /// What went wrong.
        why: Refusal,
    },
    /// It could not be done. Nothing was written.
    Failed {
        /// What went wrong.
        why: Refusal,
    },
}

/// Compares everything a run has read with what is there now. Call it before the first effect of a run is performed,
/// and again after a restart: what the run itself writes is not among its pins.
///
/// # Errors
/// `files.input-changed` names the first input that differs; `files.folder-changed`, `files.os-denied` or `files.io` if
/// it cannot be compared; `files.bad-plan` if `locations` lacks a grant that was read.
pub fn check_inputs(locations: &[GrantLocation], pins: &[Pin]) -> Result<(), Refusal> {
    let mut open: Vec<OpenGrant> = Vec::new();
    for pin in pins {
        let path = pin.path();
        let known = open
            .iter()
            .position(|grant| grant.location().name == pin.grant);
        let index = match known {
            Some(index) => index,
            None => {
                let location = locations
                    .iter()
                    .find(|location| location.name == pin.grant)
                    .ok_or_else(|| rules::bad_plan(&path, "its grant is not among the run's"))?;
                open.push(location.reopen()?);
                open.len() - 1
            }
        };
        let Some(grant) = open.get(index) else {
            continue;
        };
        let inside = pin.inside.as_ref();
        let error = |error: io::Error| rules::io(&path, "compare", &error);
        // Most changes change the size, and then nothing need be read.
        if let (Seen::File(facts), Some(_)) = (grant.look(inside).map_err(error)?, pin.digest)
            && facts.len != pin.len
        {
            let (was, is) = (format!("{} bytes", pin.len), format!("{} bytes", facts.len));
            return Err(rules::input_changed(&path, &was, &is));
        }
        let now = found_at(grant, inside).map_err(error)?;
        if !now.is(pin.digest) {
            return Err(rules::input_changed(
                &path,
                &expected(pin.digest),
                &now.to_string(),
            ));
        }
    }
    Ok(())
}

/// Looks whether a write would still replace what was approved, without writing.
///
/// # Errors
/// `files.target-changed`, `files.folder-changed`, `files.os-denied`, `files.io`.
pub fn check_target(plan: &WritePlan) -> Result<(), Refusal> {
    let path = plan.path();
    let now = found_at(&plan.location.reopen()?, plan.inside.as_ref())
        .map_err(|error| rules::io(&path, "compare", &error))?;
    if now.is(plan.replaces) {
        Ok(())
    } else {
        Err(rules::target_changed(
            &path,
            &expected(plan.replaces),
            &now.to_string(),
        ))
    }
}

/// What is at the target of a write now, to show what would change: `None` if there is nothing.
///
/// # Errors
/// `files.file-too-large` above `max_bytes`; `files.not-a-file`, `files.link-refused`, `files.special-file`,
/// `files.folder-changed`, `files.os-denied`, `files.io`.
pub fn current(
    location: &GrantLocation,
    inside: Option<&RelPath>,
    max_bytes: u64,
) -> Result<Option<Bytes>, Refusal> {
    let path = location.guest_path(inside);
    let content = location
        .reopen()?
        .content(inside, max_bytes)
        .map_err(|error| rules::io(&path, "read", &error))?;
    match content {
        Content::Bytes(bytes) => Ok(Some(bytes.into())),
        Content::TooLarge(size) => Err(rules::file_too_large(&path, size, max_bytes)),
        Content::Other(Seen::Absent) => Ok(None),
        Content::Other(Seen::Link) => Err(rules::link(&path)),
        Content::Other(Seen::Special) => Err(rules::special(&path)),
        Content::Other(Seen::Folder | Seen::File(_)) => Err(rules::not_a_file(&path)),
    }
}

/// Performs a write. `tag` names this effect and no other (1 to 64 letters, digits, `-` and `_`); after a crash, give the
/// same tag to `recover` before performing again. Two attempts with one tag must not run at the same time.
///
/// Call it only for an effect whose intent is durable and whose effect set is approved.
#[must_use]
pub fn perform(plan: &WritePlan, tag: &str) -> CommitResult {
    perform_with(plan, tag, &no_fault)
}

/// [`perform`] with a hook before each [`Step`].
#[must_use]
pub fn perform_with(plan: &WritePlan, tag: &str, fault: Fault<'_>) -> CommitResult {
    let mut made = Vec::new();
    let result = attempt(plan, tag, fault, &mut made);
    let result = result.map_or_else(|stop| stop, |()| CommitResult::Done);
    if matches!(
        result,
        CommitResult::TargetChanged { .. } | CommitResult::Failed { .. }
    ) {
        for (parent, name) in made.iter().rev() {
            // Only empty ones go; one that somebody has put something into stays.
            let _ = parent.remove_dir(name);
        }
    }
    result
}

type Made = Vec<(Dir, String)>;

fn attempt(
    plan: &WritePlan,
    tag: &str,
    fault: Fault<'_>,
    made: &mut Made,
) -> Result<(), CommitResult> {
    let path = plan.path();
    let failed = |why| CommitResult::Failed { why };
    if Digest::of(&plan.content) != plan.digest {
        return Err(failed(rules::bad_plan(
            &path,
            "its content is not the approved one",
        )));
    }
    if !plan.location.access.writes() {
        return Err(failed(rules::read_only(plan.location.name.as_str())));
    }
    let grant = plan.location.reopen().map_err(failed)?;
    let (folder, name) = reach(plan, &grant, fault, made)?;
    let work = Workplace::new(folder, name, tag, fault).ok_or_else(|| {
        failed(rules::bad_plan(
            &path,
            "the tag of the effect is not a plain word",
        ))
    })?;
    Attempt { plan, path, work }.run()
}

/// Opens the folder of the target. For a new file, makes what is missing on the way, and makes all of it durable: who
/// made a folder a moment ago, perhaps an attempt that died, may not have come to that.
fn reach(
    plan: &WritePlan,
    grant: &OpenGrant,
    fault: Fault<'_>,
    made: &mut Made,
) -> Result<(Dir, String), CommitResult> {
    let path = plan.path();
    let failed = |error: io::Error| CommitResult::Failed {
        why: rules::write_failed(&path, "reach the folder of", &error),
    };
    let changed = |found| CommitResult::TargetChanged { found };
    let blocked = |by| match by {
        Seen::Link => changed(Found::Link),
        Seen::Special => changed(Found::Special),
        Seen::File(_) | Seen::Absent | Seen::Folder => changed(Found::Absent),
    };
    let inside = match &plan.inside {
        Some(inside) if plan.replaces.is_none() && plan.location.file.is_none() => inside,
        inside => {
            return match grant.place(inside.as_ref()).map_err(failed)? {
                Place::Root => Err(changed(Found::Folder)),
                Place::In { folder, name } => Ok((folder, name)),
                Place::Blocked { by } => Err(blocked(by)),
            };
        }
    };
    let mut folder = grant.dir().try_clone().map_err(failed)?;
    for segment in inside.parent().iter().flat_map(RelPath::segments) {
        let next = match enter(&folder, segment).map_err(failed)? {
            Ok(next) => next,
            Err(Seen::Absent) => {
                make_folder(&folder, segment, fault, made).map_err(failed)?;
                match enter(&folder, segment).map_err(failed)? {
                    Ok(next) => next,
                    Err(by) => return Err(blocked(by)),
                }
            }
            Err(by) => return Err(blocked(by)),
        };
        fault(Step::SyncParent)
            .and_then(|()| sync(&folder))
            .map_err(failed)?;
        folder = next;
    }
    Ok((folder, inside.name().to_owned()))
}

fn make_folder(parent: &Dir, name: &str, fault: Fault<'_>, made: &mut Made) -> io::Result<()> {
    fault(Step::MakeFolder)?;
    match parent.create_dir_with(name, &DirBuilder::new()) {
        Ok(()) => made.push((parent.try_clone()?, name.to_owned())),
        // Somebody else made it; what it is shows when it is entered.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// A write whose folder is open.
struct Attempt<'a> {
    plan: &'a WritePlan,
    path: String,
    work: Workplace<'a>,
}

impl Attempt<'_> {
    fn run(&self) -> Result<(), CommitResult> {
        let (now, facts) = found(&self.work.folder, &self.work.name)
            .map_err(|error| self.failed("compare", &error))?;
        if !now.is(self.plan.replaces) {
            return Err(CommitResult::TargetChanged { found: now });
        }
        if now.digest() == Some(self.plan.digest) {
            return Ok(());
        }
        if let Err(error) = self.work.write_part(&self.plan.content, facts) {
            // An unfinished file that was there before belongs to another attempt; `recover` clears it away.
            if error.kind() == io::ErrorKind::AlreadyExists {
                let why = "an earlier attempt has left its unfinished file; recover it first";
                return Err(CommitResult::Failed {
                    why: rules::bad_plan(&self.path, why),
                });
            }
            self.clean_up(self.work.part());
            return Err(self.failed("write", &error));
        }
        if facts.is_some() {
            self.replace()
        } else {
            self.create()
        }
    }

    fn create(&self) -> Result<(), CommitResult> {
        let part = self.work.part();
        let mut linked = false;
        let moved = match self.work.publish_new() {
            Ok(Moved::Unsupported) => {
                linked = true;
                self.work.link_new()
            }
            other => other,
        };
        match moved {
            Ok(Moved::Done) if linked => self.clean_up(part),
            Ok(Moved::Done) => {}
            Ok(Moved::Refused) => return Err(self.target_is_taken(part)),
            Ok(Moved::Unsupported) => {
                self.clean_up(part);
                let error = io::Error::from(io::ErrorKind::Unsupported);
                return Err(self.failed("name without overwriting", &error));
            }
            Err(error) => return Err(self.rename_failed(part, &error)),
        }
        self.work
            .sync_folder()
            .map_err(|error| self.unsynced(&error))
    }

    fn replace(&self) -> Result<(), CommitResult> {
        if let Err(error) = self.work.mark_ready() {
            return Err(self.rename_failed(self.work.part(), &error));
        }
        let ready = self.work.ready();
        match self.work.exchange(Step::Exchange) {
            Ok(Moved::Done) => {}
            Ok(Moved::Refused) => return Err(self.target_is_taken(ready)),
            Ok(Moved::Unsupported) => return self.replace_without_exchange(),
            Err(error) => return Err(self.rename_failed(ready, &error)),
        }
        let out = self
            .work
            .before(Step::Verify)
            .and_then(|()| found(&self.work.folder, ready))
            .map_err(|error| {
                self.unknown(&format!("what it replaced cannot be compared: {error}"))
            })?;
        if !out.0.is(self.plan.replaces) {
            return Err(put_back(&self.work, self.plan.digest, &self.path));
        }
        if let Err(error) = self.work.remove(Step::RemoveOld, ready) {
            tracing::warn!(path = %self.path, %error, "the replaced file was left under a hidden name");
        }
        self.work
            .sync_folder()
            .map_err(|error| self.unsynced(&error))
    }

    fn replace_without_exchange(&self) -> Result<(), CommitResult> {
        let ready = self.work.ready();
        let again = self
            .work
            .before(Step::RenameOver)
            .and_then(|()| found(&self.work.folder, &self.work.name));
        match again {
            Ok((now, _)) if now.is(self.plan.replaces) => {}
            Ok((found, _)) => {
                self.clean_up(ready);
                return Err(CommitResult::TargetChanged { found });
            }
            Err(error) => {
                self.clean_up(ready);
                return Err(self.failed("compare", &error));
            }
        }
        if let Err(error) = self.work.rename_over() {
            return Err(self.rename_failed(ready, &error));
        }
        self.work
            .sync_folder()
            .map_err(|error| self.unsynced(&error))
    }

    /// A rename was refused because the target is not as it was a moment ago.
    fn target_is_taken(&self, temporary: &str) -> CommitResult {
        self.clean_up(temporary);
        match found(&self.work.folder, &self.work.name) {
            Ok((now, _)) if now.is(self.plan.replaces) => {
                let error = io::Error::other("the unfinished file disappeared");
                self.failed("write", &error)
            }
            Ok((found, _)) => CommitResult::TargetChanged { found },
            Err(error) => self.failed("compare", &error),
        }
    }

    /// A rename went wrong; whether it happened shows in the name it started from.
    fn rename_failed(&self, from: &str, error: &io::Error) -> CommitResult {
        match found(&self.work.folder, from) {
            Ok((still, _)) if still.is(Some(self.plan.digest)) => {
                self.clean_up(from);
                self.failed("write", error)
            }
            _ => self.unknown(&error.to_string()),
        }
    }

    fn clean_up(&self, name: &str) {
        if let Err(error) = self.work.remove(Step::CleanUp, name) {
            tracing::warn!(path = %self.path, %error, "an unfinished file was left behind");
        }
    }

    fn failed(&self, doing: &str, error: &io::Error) -> CommitResult {
        CommitResult::Failed {
            why: rules::write_failed(&self.path, doing, error),
        }
    }

    fn unknown(&self, why: &str) -> CommitResult {
        CommitResult::Unknown {
            why: rules::write_unknown(&self.path, why),
        }
    }

    fn unsynced(&self, error: &io::Error) -> CommitResult {
        self.unknown(&format!("the disk did not confirm it: {error}"))
    }
}

/// Undoes an exchange that brought out something else than what was to be replaced. Answers `TargetChanged` when
/// nothing of ours is left at the target.
pub(super) fn put_back(work: &Workplace<'_>, ours: Digest, path: &str) -> CommitResult {
    let undo = || -> io::Result<Option<Found>> {
        let ready = work.ready();
        match work.exchange(Step::PutBack)? {
            Moved::Done => {}
            // The target was removed meanwhile; what it held before us is not lost with it.
            Moved::Refused => {
                if work.restore()? != Moved::Done {
                    return Ok(None);
                }
            }
            Moved::Unsupported => return Ok(None),
        }
        match found(&work.folder, ready)?.0 {
            Found::Absent => {}
            out if out.is(Some(ours)) => {}
            // Somebody has overwritten our content in between: theirs is the newest, so it stays.
            _ => {
                if work.exchange(Step::PutBack)? != Moved::Done {
                    return Ok(None);
                }
            }
        }
        work.remove(Step::CleanUp, ready)?;
        work.sync_folder()?;
        Ok(Some(found(&work.folder, &work.name)?.0))
    };
    let unknown = |why: String| CommitResult::Unknown {
        why: rules::write_unknown(path, &why),
    };
    match undo() {
        Ok(Some(found)) => CommitResult::TargetChanged { found },
        Ok(None) => unknown(format!(
            "it had changed, and what it held is now in `{}` beside it",
            work.ready()
        )),
        Err(error) => unknown(format!(
            "it had changed, and putting back what it held failed ({error}); see `{}` beside it",
            work.ready()
        )),
    }
}
