//! A disk under the real binaries: it forgets what was not synced when the power is cut, tears what was half written, and
//! fills up. Killing a process alone tests none of that, because the kernel keeps what the process wrote.
//!
//! Use this when a test must know what is left after a power cut. Don't use it to learn what the product does inside: a
//! [`Disk`] knows files, folders and `fsync`, and nothing of Guildhall.
//!
//! How: each program is started with a seccomp filter that hands every call which changes a file to this process before the
//! kernel carries it out (`seccomp_unotify(2)`). Nothing gets past it: not the parts of the product that make system calls
//! without the C library, and no child of it. What a call is about to change is remembered until the file, or for names the
//! folder, has been synced; [`Disk::power_cut`] ends all programs and takes back what is still remembered, whole or in sectors.
//!
//! The rules are those of POSIX, which are harsher than any one file system: a name lasts only when its folder was synced.
//! What is mapped into memory is not seen; SQLite's `-shm` files are the one such file, and hold nothing that must last.
//!
//! Linux on x86-64 only.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod call;
mod disk;
mod filter;
mod guard;
mod loss;
mod names;
mod serve;

pub use disk::{Disk, Event};
pub use guard::{Guard, Pending, Seen};
pub use loss::Loss;
pub use serve::{Action, Plan};

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
mod tests;
