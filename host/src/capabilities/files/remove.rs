//! Taking away a file that a run made, if it is still as the run left it.
//!
//! The file is first moved aside in one step, then compared, then removed: what somebody wrote in between is moved back. May
//! be interrupted and repeated.

use super::commit::WritePlan;
use super::folder::Place;
use super::rules;
use super::steps::{Moved, Step, Workplace, no_fault};
use super::target::found;
use crate::refusal::{Refusal, RefusalKind};
use std::io;

/// Removes the file that a write made. Answers what was done.
pub(super) fn remove_written(plan: &WritePlan, tag: &str) -> Result<&'static str, Refusal> {
    let path = plan.path();
    let grant = plan.location.reopen()?;
    let place = grant
        .place(plan.inside.as_ref())
        .map_err(|error| rules::io(&path, "look at", &error))?;
    let Place::In { folder, name } = place else {
        return Ok("the file is not there any more");
    };
    let work = Workplace::new(folder, name, tag, &no_fault)
        .ok_or_else(|| rules::bad_plan(&path, "the tag of the effect is not a plain word"))?;
    take_away(plan, &work).unwrap_or_else(|error| Err(rules::io(&path, "remove", &error)))
}

fn take_away(plan: &WritePlan, work: &Workplace<'_>) -> io::Result<Result<&'static str, Refusal>> {
    let (aside, _) = found(&work.folder, work.ready())?;
    // An earlier attempt died between its two moves.
    if aside.is(Some(plan.digest)) {
        return gone(work).map(Ok);
    }
    let (now, _) = found(&work.folder, &work.name)?;
    if now.is(None) {
        return Ok(Ok("the file is not there any more"));
    }
    if !now.is(Some(plan.digest)) {
        return Ok(Err(changed(plan)));
    }
    if work.move_aside()? != Moved::Done {
        return Ok(Err(changed(plan)));
    }
    let (moved, _) = found(&work.folder, work.ready())?;
    if moved.is(Some(plan.digest)) {
        return gone(work).map(Ok);
    }
    work.restore()?;
    work.sync_folder()?;
    Ok(Err(changed(plan)))
}

fn gone(work: &Workplace<'_>) -> io::Result<&'static str> {
    work.remove(Step::RemoveOld, work.ready())?;
    work.sync_folder()?;
    Ok("the file was removed")
}

fn changed(plan: &WritePlan) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "undo.changed-since",
        format!("{} was changed since; it was left as it is", plan.path()),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::folder::{FileGrant, OpenGrant};
    use super::*;
    use guildhall_package::{Access, Digest};

    fn plan(folder: &std::path::Path, name: &str, content: &[u8]) -> WritePlan {
        let grant = FileGrant {
            name: "out".parse().unwrap(),
            path: folder.to_owned(),
            access: Access::Write,
            is_folder: true,
        };
        WritePlan {
            location: OpenGrant::open(&grant).unwrap().location().clone(),
            inside: Some(super::super::path::RelPath::parse(name).unwrap()),
            content: Vec::new().into(),
            digest: Digest::of(content),
            replaces: None,
        }
    }

    #[test]
    fn a_file_is_removed_if_it_is_as_it_was_written_and_left_if_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.txt");
        std::fs::write(&file, b"ours").unwrap();
        let other = plan(folder.path(), "a.txt", b"other");
        assert_eq!(
            remove_written(&other, "t1").unwrap_err().rule,
            "undo.changed-since"
        );
        assert_eq!(std::fs::read(&file).unwrap(), b"ours");
        let ours = plan(folder.path(), "a.txt", b"ours");
        assert_eq!(remove_written(&ours, "t1"), Ok("the file was removed"));
        assert!(!file.exists());
        assert_eq!(
            remove_written(&ours, "t1"),
            Ok("the file is not there any more")
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_an_interrupted_removal_moved_aside_is_removed_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".guildhall-t1.ready"), b"ours").unwrap();
        let ours = plan(folder.path(), "a.txt", b"ours");
        assert_eq!(remove_written(&ours, "t1"), Ok("the file was removed"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
