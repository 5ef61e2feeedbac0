//! The refusals of this room, each rule worded once.
//!
//! What a guest can see names paths as the guest writes them, never where they are on the machine. Only
//! [`grant_unusable`] and [`folder_changed`], which a person reads, name a place.

use std::fmt::Display;
use std::io;
use std::path::Path;

use guildhall_package::text::plain;

use crate::refusal::{AuthoritySet, Refusal, RefusalKind};

use super::path::shown;

/// Most grant names in one sentence.
const NAMES_SHOWN: usize = 10;

pub(super) fn invalid_path(path: &str, why: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        "files.invalid-path",
        format!(
            "`{}` is not a path that a skill can use: {why}",
            shown(path)
        ),
    )
    .with_fix("write `NAME` or `NAME/path/inside`, where NAME is one of the granted names")
}

pub(super) fn not_granted(name: &str, granted: &[String], write: bool) -> Refusal {
    let have = match granted {
        [] => "no files are granted".to_owned(),
        names => {
            let mut list = names
                .iter()
                .take(NAMES_SHOWN)
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ");
            if names.len() > NAMES_SHOWN {
                list.push_str(", …");
            }
            format!("granted are {list}")
        }
    };
    let fix = if write {
        format!("grant it with `--write {name}=DIR`")
    } else {
        format!("grant it with `--read {name}=PATH`")
    };
    Refusal::denied(
        AuthoritySet::Grants,
        "files.not-granted",
        format!("`{name}` is not granted to this invocation; {have}"),
    )
    .with_fix(fix)
}

pub(super) fn read_only(name: &str) -> Refusal {
    Refusal::denied(
        AuthoritySet::Grants,
        "files.read-only",
        format!("`{name}` is granted for reading only"),
    )
    .with_fix(format!("grant it with `--write {name}=DIR`"))
}

pub(super) fn write_only(name: &str) -> Refusal {
    Refusal::denied(
        AuthoritySet::Grants,
        "files.write-only",
        format!("`{name}` is granted for writing only; only what this run itself has staged there can be read"),
    )
    .with_fix(format!("grant it with `--read {name}=PATH` as well"))
}

pub(super) fn not_found(path: &(impl Display + ?Sized)) -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "files.not-found",
        format!("there is nothing at `{}`", shown(&path.to_string())),
    )
    .with_fix("check the spelling, capitals and accents included; `list` names what is there")
}

pub(super) fn not_a_file(path: &(impl Display + ?Sized)) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "files.not-a-file",
        format!("`{}` is a folder, not a file", shown(&path.to_string())),
    )
    .with_fix("name a file inside it")
}

pub(super) fn not_a_folder(path: &(impl Display + ?Sized)) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "files.not-a-folder",
        format!("`{}` is a file, not a folder", shown(&path.to_string())),
    )
    .with_fix("`list` takes a folder; `read` takes a file")
}

pub(super) fn link(path: &(impl Display + ?Sized)) -> Refusal {
    Refusal::new(
        RefusalKind::Denied,
        "files.link-refused",
        format!(
            "`{}` is, or leads through, a symbolic link; links are never followed",
            shown(&path.to_string())
        ),
    )
    .with_fix("put the file itself into the granted folder, or grant the place that the link names")
}

pub(super) fn special(path: &(impl Display + ?Sized)) -> Refusal {
    Refusal::new(
        RefusalKind::Denied,
        "files.special-file",
        format!(
            "`{}` is a pipe, socket or device, not a regular file",
            shown(&path.to_string())
        ),
    )
    .with_fix("copy its content into a regular file")
}

pub(super) fn conflict(path: &(impl Display + ?Sized), with: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "files.conflict",
        format!("`{}` cannot be written: {with}", shown(&path.to_string())),
    )
    .with_fix("choose another path")
}

pub(super) fn cannot_be_shown(path: &(impl Display + ?Sized)) -> Refusal {
    invalid_path(
        &path.to_string(),
        "the person who approves could not see this name exactly (runs of spaces, unusual spaces, or too many accents on one letter)",
    )
    .with_fix("write under a plainer name")
}

pub(super) fn file_too_large(path: &(impl Display + ?Sized), size: u64, limit: u64) -> Refusal {
    limit_reached(
        "files.file-too-large",
        format!(
            "`{}` has {size} bytes; a run handles files of up to {limit} bytes",
            shown(&path.to_string())
        ),
        "split the file, or raise the limit for one file",
    )
}

pub(super) fn input_limit(what: String) -> Refusal {
    limit_reached(
        "files.input-limit",
        what,
        "grant fewer files, or raise it with --limit bytes-in=N, within the host's own limit",
    )
}

pub(super) fn write_limit(what: String) -> Refusal {
    limit_reached(
        "files.write-limit",
        what,
        "write less in one run, or raise it with --limit staged-bytes=N or --limit effects=N, within the host's own limit",
    )
}

pub(super) fn list_limit(path: &(impl Display + ?Sized), limit: usize) -> Refusal {
    limit_reached(
        "files.list-limit",
        format!(
            "`{}` holds more than {limit} entries; a part of them would be no answer",
            shown(&path.to_string())
        ),
        "grant a smaller folder",
    )
}

fn limit_reached(rule: &str, message: String, fix: &str) -> Refusal {
    Refusal::new(RefusalKind::LimitReached, rule, message).with_fix(fix)
}

/// An error of the operating system while `doing` something, before anything was changed.
pub(super) fn io(path: &(impl Display + ?Sized), doing: &str, error: &io::Error) -> Refusal {
    let path = shown(&path.to_string());
    match error.kind() {
        io::ErrorKind::PermissionDenied => Refusal::new(
            RefusalKind::Denied,
            "files.os-denied",
            format!("the operating system does not let this user {doing} `{path}`"),
        )
        .with_fix("change the permissions of the file or folder, or choose another one"),
        _ => Refusal::new(
            RefusalKind::Unavailable,
            "files.io",
            format!("could not {doing} `{path}`: {error}"),
        )
        .with_fix("check the disk or the network drive, then run again"),
    }
}

/// An error of the operating system while an effect was performed; nothing is changed.
pub(super) fn write_failed(
    path: &(impl Display + ?Sized),
    doing: &str,
    error: &io::Error,
) -> Refusal {
    let mut refusal = io(path, doing, error);
    if refusal.kind == RefusalKind::Unavailable {
        refusal.kind = RefusalKind::Failed;
    }
    refusal.message.push_str("; nothing was written");
    refusal
}

/// It cannot be told whether an effect was performed.
pub(super) fn write_unknown(path: &(impl Display + ?Sized), why: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Failed,
        "files.write-unknown",
        format!(
            "it is not certain whether `{}` was written: {why}",
            shown(&path.to_string())
        ),
    )
    .with_fix(
        "look at the file and say whether it is as approved; it is not written again by itself",
    )
}

pub(super) fn input_changed(path: &(impl Display + ?Sized), was: &str, is: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "files.input-changed",
        format!(
            "the input `{}` is not what the run read: {was} then, {is} now; nothing was written",
            shown(&path.to_string())
        ),
    )
    .with_fix("run the skill again on what is there now")
}

pub(super) fn target_changed(path: &(impl Display + ?Sized), was: &str, is: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "files.target-changed",
        format!(
            "`{}` is not what was to be replaced: {was} then, {is} now; nothing was written",
            shown(&path.to_string())
        ),
    )
    .with_fix("run the skill again on what is there now")
}

/// A refusal for the person who granted: `place` is a path of the machine.
pub(super) fn grant_unusable(name: &str, place: &Path, rule: &str, why: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        rule,
        format!(
            "`{}` cannot be granted as `{name}`: {why}",
            shown(&place.to_string_lossy())
        ),
    )
    .with_fix("check the path that was given for this name")
}

/// A refusal for the person who approved: `place` is a path of the machine.
pub(super) fn folder_changed(name: &str, place: &Path, why: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "files.folder-changed",
        format!(
            "the folder `{}`, granted as `{name}`, is not the one that the run saw: {why}; nothing was written",
            shown(&place.to_string_lossy())
        ),
    )
    .with_fix("put the folder back, or run the skill again")
}

/// Something about an effect that should have been made by this host does not hold together.
pub(super) fn bad_plan(path: &(impl Display + ?Sized), why: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Failed,
        "files.bad-plan",
        format!(
            "the approved write of `{}` does not hold together: {}; nothing was written",
            shown(&path.to_string()),
            plain(why, 200)
        ),
    )
    .with_fix("reject the effect and run the skill again")
}
