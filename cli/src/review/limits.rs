//! What a review may use of this machine. The kernel keeps these limits, whatever the component does to the program.

use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit,
};

/// Memory that the worker may write to, in bytes: 2 GiB. Not its address space: an engine reserves more than it ever uses.
pub const MEMORY: u64 = 2 << 30;
/// Processor time in seconds, the compiler's not included: it has limits of its own.
pub const CPU_SECONDS: u64 = 120;
/// Longest file that it may write, in bytes: 64 MiB. Golden cases write copies of what came with them.
const FILE: u64 = 64 << 20;
/// Files that it may have open.
const FILES: u64 = 1_024;

/// Sets them for this process and for those that it starts.
///
/// # Errors
/// If the system refuses; then nothing must be reviewed.
pub fn set() -> std::io::Result<()> {
    // The parent's death must not leave a reviewer behind.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    for (resource, current, maximum) in [
        (Resource::Data, MEMORY, MEMORY),
        // The first signal ends it; the second can't be caught.
        (Resource::Cpu, CPU_SECONDS, CPU_SECONDS + 2),
        (Resource::Fsize, FILE, FILE),
        (Resource::Nofile, FILES, FILES),
        (Resource::Core, 0, 0),
    ] {
        // A limit that is already stricter stays: raising it is not allowed, and not wanted.
        let allowed = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        setrlimit(
            resource,
            Rlimit {
                current: Some(current.min(allowed)),
                maximum: Some(maximum.min(allowed)),
            },
        )?;
    }
    Ok(())
}
