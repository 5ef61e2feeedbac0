//! Answers the calls of one program: each change is noted, then carried out, cut off or refused.

use crate::call::{At, Call};
use crate::disk::{Disk, Event, State};
use crate::filter::{self, Answer, Notice};
use crate::guard::Seen;
use crate::names::{Folder, NameChange};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{AtFlags, CWD, RenameFlags, linkat, renameat_with, unlinkat};
use rustix::process::{
    Pid, PidfdFlags, PidfdGetfdFlags, Signal, kill_process, pidfd_getfd, pidfd_open,
};
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// What becomes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is carried out.
    Go,
    /// Every program on the disk ends before it.
    Cut,
    /// There is no room for it. What needs no room is carried out.
    Full,
    /// Half of the bytes are written.
    Short,
    /// The disk fails.
    Fail,
}

/// Decides what becomes of each change of one program.
pub struct Plan(Box<dyn FnMut(&Event) -> Action + Send>);

impl fmt::Debug for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Plan")
    }
}

impl Plan {
    /// By this function.
    pub fn new(decide: impl FnMut(&Event) -> Action + Send + 'static) -> Self {
        Self(Box::new(decide))
    }

    /// Everything is carried out.
    #[must_use]
    pub fn none() -> Self {
        Self::new(|_| Action::Go)
    }

    /// From this change on the disk fails.
    #[must_use]
    pub fn fails_from(index: u64) -> Self {
        Self::new(move |event| {
            if event.index < index {
                Action::Go
            } else {
                Action::Fail
            }
        })
    }

    /// The program ends before its change of this index.
    #[must_use]
    pub fn cut_at(index: u64) -> Self {
        Self::new(move |event| {
            if event.index >= index {
                Action::Cut
            } else {
                Action::Go
            }
        })
    }

    /// From this change on there is no room; the first write that finds none is done by half.
    #[must_use]
    pub fn full_from(index: u64) -> Self {
        let mut halved = false;
        Self::new(move |event| {
            if event.index < index {
                Action::Go
            } else if event.what == "write" && !std::mem::replace(&mut halved, true) {
                Action::Short
            } else {
                Action::Full
            }
        })
    }
}

/// Answers until the program and all its children are gone.
pub(crate) fn serve(listener: &OwnedFd, disk: &Disk, mut plan: Plan) -> io::Result<Seen> {
    let mut seen = Seen::default();
    let mut threads = BTreeSet::new();
    loop {
        let mut waiting = [PollFd::new(listener, PollFlags::IN)];
        match poll(&mut waiting, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let flags = waiting.map(|one| one.revents())[0];
        if !flags.contains(PollFlags::IN) {
            break;
        }
        let Some(notice) = filter::receive(listener.as_fd())? else {
            continue;
        };
        let mut state = disk.state();
        threads.insert(notice.thread);
        let Some(process) = state.process_of(notice.thread) else {
            // It is gone already.
            filter::answer(listener.as_fd(), notice.id, Answer::Continue)?;
            continue;
        };
        if state.is_off {
            kill(process);
            continue;
        }
        let mut calls = Calls {
            state: &mut state,
            notice: &notice,
            process,
            plan: &mut plan,
            seen: &mut seen,
        };
        let answer = match calls.answer() {
            Ok(answer) => answer,
            // What the program itself did wrong the kernel tells it; all else is a gap of this layer.
            Err(error) if is_plain(&error) => Some(Answer::Continue),
            Err(error) => {
                let problem = format!("call {}: {error}", notice.call);
                state.problems.push(problem);
                Some(Answer::Continue)
            }
        };
        drop(state);
        if let Some(answer) = answer {
            filter::answer(listener.as_fd(), notice.id, answer)?;
        }
    }
    let mut state = disk.state();
    state.programs.retain(|thread, _| !threads.contains(thread));
    Ok(seen)
}

fn is_plain(error: &io::Error) -> bool {
    // The program was killed while it was looked at.
    error.raw_os_error() == Some(libc::ESRCH)
        || matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput
        )
}

fn kill(process: i32) {
    if let Some(process) = Pid::from_raw(process) {
        // It may have ended.
        let _ = kill_process(process, Signal::KILL);
    }
}

impl State {
    fn process_of(&mut self, thread: u32) -> Option<i32> {
        if let Some(process) = self.programs.get(&thread) {
            return Some(*process);
        }
        let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("Tgid:"))?;
        let process = line.trim().parse().ok()?;
        self.programs.insert(thread, process);
        Some(process)
    }

    pub(crate) fn switch_off(&mut self) {
        self.is_off = true;
        for process in self.programs.values() {
            kill(*process);
        }
    }
}

/// One call, with all that is needed to answer it.
struct Calls<'a> {
    state: &'a mut State,
    notice: &'a Notice,
    process: i32,
    plan: &'a mut Plan,
    seen: &'a mut Seen,
}

/// What the plan wants of a change that is about to be noted.
enum Way {
    Go,
    Short,
    End(Option<Answer>),
}

impl Calls<'_> {
    /// None where there is nobody left to be answered.
    fn answer(&mut self) -> io::Result<Option<Answer>> {
        match self.notice.meaning()? {
            Call::Write {
                descriptor,
                at,
                length,
                from,
            } => self.write(descriptor, at, length, from),
            Call::Resize { descriptor, size } => {
                self.resize(&self.notice.descriptor(descriptor), size)
            }
            Call::ResizeName { path, size } => self.resize(&path, size),
            Call::Sync { descriptor } => self.sync(&self.notice.descriptor(descriptor)),
            Call::Open {
                path,
                creates,
                empties,
                writes,
            } => match self.name(&path)? {
                None => Ok(Some(Answer::Continue)),
                Some((folder, name, _)) if folder.has(&name) => {
                    self.open(&folder.path_of(&name), empties, writes)
                }
                Some(_) if !creates => Ok(Some(Answer::Continue)),
                Some(_) => self.make(&path, "create"),
            },
            Call::Make { path, what } => self.make(&path, what),
            Call::Link { from, to } => self.link(&from, &to),
            Call::Remove { path, folder } => self.remove(&path, folder),
            Call::Rename { from, to, flags } => self.rename(&from, &to, flags),
            Call::Unsupported => Ok(Some(Answer::Error(libc::EOPNOTSUPP))),
            Call::Other => Ok(Some(Answer::Continue)),
        }
    }

    /// Asks the plan about a change.
    fn way(&mut self, what: &'static str, path: PathBuf) -> Way {
        if self.state.is_read_only && what != "sync" {
            return Way::End(Some(Answer::Error(libc::EROFS)));
        }
        let event = Event {
            index: self.seen.events,
            what,
            path,
        };
        self.seen.events += 1;
        match (self.plan.0)(&event) {
            Action::Cut => {
                self.seen.cut = Some(event);
                self.state.switch_off();
                kill(self.process);
                Way::End(None)
            }
            Action::Full if ["write", "create", "mkdir", "symlink", "link"].contains(&what) => {
                Way::End(Some(Answer::Error(libc::ENOSPC)))
            }
            Action::Fail => Way::End(Some(Answer::Error(libc::EIO))),
            Action::Short => Way::Short,
            Action::Go | Action::Full => Way::Go,
        }
    }

    fn write(
        &mut self,
        descriptor: u64,
        at: At,
        length: u64,
        from: Option<u64>,
    ) -> io::Result<Option<Answer>> {
        let through = self.notice.descriptor(descriptor);
        let Some(path) = self.state.inside(&fs::read_link(&through)?) else {
            return Ok(Some(Answer::Continue));
        };
        let way = self.way("write", path);
        if let Way::End(answer) = way {
            return Ok(answer);
        }
        let file = self.state.open(&through)?;
        let start = match at {
            At::Offset(offset) => offset,
            At::Here => self.position(descriptor, file.file.metadata()?.len())?,
        };
        let (Way::Short, Some(from)) = (way, from) else {
            self.state.writes(&file, start, length)?;
            return Ok(Some(Answer::Continue));
        };
        let half = (length / 2).max(1);
        self.state.writes(&file, start, half)?;
        let half = usize::try_from(half).map_err(io::Error::other)?;
        let bytes = self.notice.bytes(from, half)?;
        let own = self.borrow(descriptor)?;
        let written = match at {
            At::Offset(offset) => rustix::io::pwrite(&own, &bytes, offset),
            At::Here => rustix::io::write(&own, &bytes),
        };
        Ok(Some(written.map_or_else(
            |error| Answer::Error(error.raw_os_error()),
            |count| Answer::Value(i64::try_from(count).unwrap_or(0)),
        )))
    }

    /// The program's own descriptor, with the place where it stands.
    fn borrow(&self, descriptor: u64) -> io::Result<OwnedFd> {
        let process = Pid::from_raw(self.process).ok_or(io::ErrorKind::NotFound)?;
        let handle = pidfd_open(process, PidfdFlags::empty())?;
        let number = i32::try_from(descriptor).map_err(io::Error::other)?;
        Ok(pidfd_getfd(handle, number, PidfdGetfdFlags::empty())?)
    }

    /// Where a descriptor stands.
    fn position(&self, descriptor: u64, size: u64) -> io::Result<u64> {
        let path = format!("/proc/{}/fdinfo/{descriptor}", self.notice.thread);
        let text = fs::read_to_string(path)?;
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.map(str::trim).unwrap_or_default().to_owned()
        };
        let flags = i32::from_str_radix(&field("flags:"), 8).map_err(io::Error::other)?;
        if flags & libc::O_APPEND != 0 {
            return Ok(size);
        }
        field("pos:").parse().map_err(io::Error::other)
    }

    fn resize(&mut self, through: &Path, size: u64) -> io::Result<Option<Answer>> {
        let Some(path) = self.state.inside(&through.canonicalize()?) else {
            return Ok(Some(Answer::Continue));
        };
        if let Way::End(answer) = self.way("resize", path) {
            return Ok(answer);
        }
        let file = self.state.open(through)?;
        self.state.resizes(&file, size)?;
        Ok(Some(Answer::Continue))
    }

    fn sync(&mut self, through: &Path) -> io::Result<Option<Answer>> {
        let Some(path) = self.state.inside(&fs::read_link(through)?) else {
            return Ok(Some(Answer::Continue));
        };
        if let Way::End(answer) = self.way("sync", path) {
            return Ok(answer);
        }
        self.state.synced(crate::disk::id(&fs::metadata(through)?));
        Ok(Some(Answer::Value(0)))
    }

    /// A folder of the disk and a name in it; none for names elsewhere.
    fn name(&self, path: &Path) -> io::Result<Option<(Folder, String, PathBuf)>> {
        let (folder, name) = Folder::of(path)?;
        let inside = self.state.inside(&folder.path.join(&name));
        Ok(inside.map(|inside| (folder, name, inside)))
    }

    /// What is there is opened.
    fn open(&mut self, path: &Path, empties: bool, writes: bool) -> io::Result<Option<Answer>> {
        if empties && fs::metadata(path)?.is_file() {
            return self.resize(path, 0);
        }
        if writes && self.state.is_read_only {
            return Ok(Some(Answer::Error(libc::EROFS)));
        }
        Ok(Some(Answer::Continue))
    }

    fn make(&mut self, path: &Path, what: &'static str) -> io::Result<Option<Answer>> {
        let Some((folder, name, inside)) = self.name(path)? else {
            return Ok(Some(Answer::Continue));
        };
        if folder.has(&name) {
            return Ok(Some(Answer::Continue));
        }
        if let Way::End(answer) = self.way(what, inside) {
            return Ok(answer);
        }
        self.state.renames(NameChange::Made { folder, name });
        Ok(Some(Answer::Continue))
    }

    fn link(&mut self, from: &Path, to: &Path) -> io::Result<Option<Answer>> {
        let Some((folder, name, inside)) = self.name(to)? else {
            return Ok(Some(Answer::Continue));
        };
        if let Way::End(answer) = self.way("link", inside) {
            return Ok(answer);
        }
        let done = linkat(CWD, from, CWD, folder.path_of(&name), AtFlags::empty());
        if done.is_ok() {
            self.state.renames(NameChange::Made { folder, name });
        }
        Ok(Some(told(done)))
    }

    fn remove(&mut self, path: &Path, is_folder: bool) -> io::Result<Option<Answer>> {
        let Some((folder, name, inside)) = self.name(path)? else {
            return Ok(Some(Answer::Continue));
        };
        if !folder.has(&name) {
            return Ok(Some(Answer::Continue));
        }
        if let Way::End(answer) = self.way("remove", inside) {
            return Ok(answer);
        }
        let kept = self.state.keep(&folder, &name)?;
        let flags = if is_folder {
            AtFlags::REMOVEDIR
        } else {
            AtFlags::empty()
        };
        let done = unlinkat(CWD, folder.path_of(&name), flags);
        if done.is_ok() {
            self.state.renames(NameChange::Gone { folder, name, kept });
        } else {
            kept.forget();
        }
        Ok(Some(told(done)))
    }

    fn rename(&mut self, from: &Path, to: &Path, flags: u32) -> io::Result<Option<Answer>> {
        let (Some((folder, name, _)), Some((other, new, inside))) =
            (self.name(from)?, self.name(to)?)
        else {
            return Ok(Some(Answer::Continue));
        };
        if let Way::End(answer) = self.way("rename", inside) {
            return Ok(answer);
        }
        let flags = RenameFlags::from_bits_retain(flags);
        let swaps = flags.contains(RenameFlags::EXCHANGE);
        let replaced = if !swaps && other.has(&new) {
            Some(self.state.keep(&other, &new)?)
        } else {
            None
        };
        let done = renameat_with(CWD, folder.path_of(&name), CWD, other.path_of(&new), flags);
        if done.is_ok() {
            let (one, other) = ((folder, name), (other, new));
            self.state.renames(if swaps {
                NameChange::Exchanged { one, other }
            } else {
                NameChange::Moved {
                    from: one,
                    to: other,
                    replaced,
                }
            });
        } else if let Some(kept) = replaced {
            kept.forget();
        }
        Ok(Some(told(done)))
    }
}

fn told(done: rustix::io::Result<()>) -> Answer {
    done.map_or_else(
        |error| Answer::Error(error.raw_os_error()),
        |()| Answer::Value(0),
    )
}
