//! Starting a program on a disk, and what became of it.

use crate::disk::{Disk, Event};
use crate::filter;
use crate::serve::{Plan, serve};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Command;
use std::thread::JoinHandle;

/// A program that is about to be started on a disk.
#[derive(Debug)]
#[must_use = "start the program, then `serve` it, or it stands still for ever"]
pub struct Pending {
    disk: Disk,
    socket: OwnedFd,
    plan: Plan,
}

/// A program on a disk, with its children.
#[derive(Debug)]
pub struct Guard {
    disk: Disk,
    thread: Option<JoinHandle<io::Result<Seen>>>,
}

/// What a program did to the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// How many changes it made, syncs included.
    pub events: u64,
    /// The change that it was about to make when it was ended.
    pub cut: Option<Event>,
}

impl Disk {
    /// Makes what `command` starts a program on this disk. `plan` decides what becomes of each change.
    ///
    /// # Errors
    /// If there are no sockets to be had.
    pub fn attach(&self, command: &mut Command, plan: Plan) -> io::Result<Pending> {
        let (own, theirs) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        filter::attach(command, theirs);
        Ok(Pending {
            disk: self.clone(),
            socket: own,
            plan,
        })
    }

    /// Programs may run again after [`Plan`] or [`Disk::switch_off`] has ended them: the kernel still has what they wrote, and
    /// what was not durable is not durable now.
    pub fn switch_on(&self) {
        let mut state = self.state();
        state.is_off = false;
        state.programs.clear();
    }

    /// Ends everything that runs on it, at once.
    pub fn switch_off(&self) {
        let mut state = self.state();
        state.switch_off();
    }
}

impl Pending {
    /// Answers the program's calls from now on. It has been started.
    ///
    /// # Errors
    /// If it did not hand over its filter.
    pub fn serve(self) -> io::Result<Guard> {
        let listener = filter::listener(self.socket.as_fd())?;
        let (disk, plan) = (self.disk.clone(), self.plan);
        let thread = std::thread::spawn(move || serve(&listener, &disk, plan));
        Ok(Guard {
            disk: self.disk,
            thread: Some(thread),
        })
    }
}

impl Guard {
    /// Waits until the program and its children are gone.
    ///
    /// # Errors
    /// If its calls could not be answered.
    pub fn ended(mut self) -> io::Result<Seen> {
        self.join()
    }

    fn join(&mut self) -> io::Result<Seen> {
        let Some(thread) = self.thread.take() else {
            return Ok(Seen::default());
        };
        let seen = thread.join();
        seen.map_err(|_| io::Error::other("the thread that answers the calls panicked"))?
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.thread.is_some() {
            // A test has failed: nobody will look at the disk any more.
            self.disk.switch_off();
            let _ = self.join();
        }
    }
}
