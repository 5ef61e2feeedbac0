//! `kill -9` at a moment that is seen from outside. The product has no hooks for faults: a command is let run in slices,
//! looked at while it stands still, and killed where it is to be killed.

use crate::ran::{PATIENCE, Ran, Running};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a command runs between two looks, while it is far from where it is to be killed, and when it is near.
const FAR: Duration = Duration::from_millis(1);
const NEAR: Duration = Duration::from_micros(150);

/// What is seen of a command that stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It has a way to go.
    Far,
    /// It is about to be there.
    Near,
    /// It is there, or further.
    There,
}

/// Random numbers that can be had again: `GUILDHALL_SEED=N` repeats what a failed test printed.
#[derive(Debug, Clone, Copy)]
pub struct Seed(u64);

impl Seed {
    /// From the environment, else from the clock. Printed, so that a failure shows it.
    ///
    /// # Panics
    /// If `GUILDHALL_SEED` is no number.
    #[must_use]
    #[allow(clippy::print_stdout, reason = "shown with a test that fails")]
    pub fn new() -> Self {
        let seed = std::env::var("GUILDHALL_SEED").map_or_else(
            |_| {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                u64::from(now.expect("after 1970").subsec_nanos())
            },
            |text| text.parse().expect("GUILDHALL_SEED is a number"),
        );
        println!("to repeat: GUILDHALL_SEED={seed}");
        Self::of(seed)
    }

    /// From a number.
    #[must_use]
    pub const fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(2) | 1)
    }

    /// One of several.
    ///
    /// # Panics
    /// If there is none.
    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).expect("an index")].clone()
    }

    /// The next one (xorshift64: enough to spread moments).
    pub const fn draw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`.
    pub const fn below(&mut self, end: u64) -> u64 {
        (self.draw() >> 11) % end
    }

    /// A moment within a time.
    pub fn within(&mut self, whole: Duration) -> Duration {
        let thousandth = u32::try_from(self.below(1_000)).expect("small");
        whole * thousandth / 1_000
    }
}

impl Default for Seed {
    fn default() -> Self {
        Self::new()
    }
}

/// What became of a command that was to be killed.
#[derive(Debug)]
pub struct Killed {
    /// It, ended.
    pub ran: Ran,
    /// Whether it was killed; not if it ended before.
    pub by_us: bool,
}

impl Running {
    /// Kills it when it has run so long, as a power cut would.
    ///
    /// # Panics
    /// If the system does not let us.
    pub fn kill_after(mut self, time: Duration) -> Killed {
        std::thread::sleep(time);
        if self.has_ended() {
            let ran = self.wait();
            return Killed { ran, by_us: false };
        }
        let ran = self.kill();
        let by_us = ran.signal.is_some();
        Killed { ran, by_us }
    }

    /// Lets it run in slices and kills it as soon as it is there; `look` is called while it stands still.
    ///
    /// # Panics
    /// If it neither ends nor comes there.
    pub fn kill_when(mut self, mut look: impl FnMut() -> Look) -> Killed {
        let deadline = Instant::now() + PATIENCE;
        let pid = Pid::from_raw(i32::try_from(self.id()).expect("a process number"))
            .expect("a process number is not zero");
        while !self.has_ended() {
            assert!(Instant::now() < deadline, "it is not killed and not over");
            kill_process(pid, Signal::STOP).expect("it is our child");
            let slice = match look() {
                Look::Far => FAR,
                Look::Near => NEAR,
                Look::There => {
                    let ran = self.kill();
                    let by_us = ran.signal.is_some();
                    return Killed { ran, by_us };
                }
            };
            kill_process(pid, Signal::CONT).expect("it is our child");
            std::thread::sleep(slice);
        }
        let ran = self.wait();
        Killed { ran, by_us: false }
    }
}
