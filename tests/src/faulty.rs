//! Commands on a disk that is not to be trusted.

use crate::home::Home;
use crate::ran::{Ran, Running};
use guildhall_faults::{Disk, Guard, Plan, Seen};
use std::process::Command;
use std::time::Duration;

/// A command at work on a disk.
#[derive(Debug)]
pub struct OnDisk {
    running: Running,
    guard: Guard,
}

impl Home {
    /// A disk that holds all of this test's folder. What is there now is durable.
    ///
    /// # Panics
    /// If there is no room beside it.
    #[must_use]
    pub fn disk(&self) -> Disk {
        Disk::new(self.path()).expect("a folder for temporary files")
    }
}

impl OnDisk {
    /// Starts a command on a disk; `plan` says where it ends or what it is refused.
    ///
    /// # Panics
    /// If it does not start, or this system does not let us look at its calls.
    #[must_use]
    pub fn start(disk: &Disk, mut command: Command, plan: Plan) -> Self {
        let pending = disk.attach(&mut command, plan).expect("sockets");
        let running = Running::start(command);
        let guard = pending
            .serve()
            .expect("a system that hands over calls (seccomp_unotify)");
        Self { running, guard }
    }

    /// Waits for its end, and that of its children.
    ///
    /// # Panics
    /// If it does not end, or its calls could not be answered.
    pub fn wait(self) -> (Ran, Seen) {
        let ran = self.running.wait();
        (ran, self.guard.ended().expect("calls that are answered"))
    }

    /// Kills it when it has run so long.
    ///
    /// # Panics
    /// If the system does not let us.
    pub fn kill_after(self, time: Duration) -> (Ran, Seen) {
        let killed = self.running.kill_after(time);
        (
            killed.ran,
            self.guard.ended().expect("calls that are answered"),
        )
    }
}
