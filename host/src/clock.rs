//! The machine's clock, checked: limits, approvals and mandates count by it, and no calendar has every time that a clock can
//! show.

use rustix::time::{ClockId, clock_gettime};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::{ContextV7, Timestamp, Uuid};

/// The beginning of 2000, UTC. A machine that shows less has lost its time.
const EARLIEST_MS: i64 = 946_684_800_000;
/// The beginning of 9999, UTC.
const LATEST_MS: i64 = 253_370_764_800_000;

/// The clock shows a time that can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the clock of this machine can't be right: it shows {shown_ms} milliseconds since 1970, which is before 2000 or after 9998; set it (rule host.clock), and nothing else has to be done"
)]
pub struct ClockError {
    /// What it shows, in milliseconds since the Unix epoch.
    pub shown_ms: i64,
}

/// Milliseconds since the Unix epoch. A clock that was moved out of the years 2000 to 9998 counts as their nearest end.
pub(crate) fn wall_clock_ms() -> i64 {
    shown(SystemTime::now()).clamp(EARLIEST_MS, LATEST_MS)
}

/// Counts while the machine sleeps, and is never set.
#[cfg(any(target_os = "linux", target_os = "android"))]
const MACHINE: ClockId = ClockId::Boottime;
/// On macOS it counts while the machine sleeps. Elsewhere it may not, and there is no other.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const MACHINE: ClockId = ClockId::Monotonic;

/// Time of this machine since some moment, the time that it slept included.
pub(crate) fn machine_time() -> Duration {
    let now = clock_gettime(MACHINE);
    let nanos = u32::try_from(now.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(now.tv_sec).unwrap_or_default(), nanos)
}

/// Milliseconds since the Unix epoch, if the clock can be right.
pub(crate) fn checked_ms() -> Result<i64, ClockError> {
    checked_at(SystemTime::now())
}

fn checked_at(now: SystemTime) -> Result<i64, ClockError> {
    let shown_ms = shown(now);
    if (EARLIEST_MS..LATEST_MS).contains(&shown_ms) {
        return Ok(shown_ms);
    }
    Err(ClockError { shown_ms })
}

/// As far as it can be counted.
fn shown(now: SystemTime) -> i64 {
    let ms = |length: Duration| i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
    match now.duration_since(UNIX_EPOCH) {
        Ok(since) => ms(since),
        Err(before) => ms(before.duration()).saturating_neg(),
    }
}

/// A new identifier (UUID, version 7) that sorts after those made before it here.
pub(crate) fn new_id() -> Uuid {
    id_at(wall_clock_ms())
}

/// The same, for a caller that has looked at the clock.
pub(crate) fn id_at(now_ms: i64) -> Uuid {
    static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());
    let seconds = u64::try_from(now_ms.div_euclid(1_000)).unwrap_or_default();
    let nanos = u32::try_from(now_ms.rem_euclid(1_000)).unwrap_or_default() * 1_000_000;
    let order = ORDER.lock().unwrap_or_else(PoisonError::into_inner);
    Uuid::new_v7(Timestamp::from_unix(&*order, seconds, nanos))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(ms: i64) -> SystemTime {
        let length = Duration::from_millis(ms.unsigned_abs());
        if ms < 0 {
            UNIX_EPOCH - length
        } else {
            UNIX_EPOCH + length
        }
    }

    #[test]
    fn a_clock_outside_the_calendar_is_refused_and_says_what_it_shows() {
        for good in [EARLIEST_MS, 1_800_000_000_000, LATEST_MS - 1] {
            assert_eq!(checked_at(at(good)), Ok(good), "{good}");
        }
        for bad in [
            -62_000_000_000_000,
            -1,
            0,
            EARLIEST_MS - 1,
            LATEST_MS,
            400_000_000_000_000,
        ] {
            let error = ClockError { shown_ms: bad };
            assert_eq!(checked_at(at(bad)), Err(error));
            assert!(error.to_string().contains(&format!("shows {bad} ")));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_time_of_this_machine_is_the_one_that_goes_on_while_it_sleeps() {
        // One that has never slept shows the same by either clock.
        assert_eq!(MACHINE, ClockId::Boottime);
        // What the kernel says of it, in hundredths of a second.
        let uptime = || -> f64 {
            let text = std::fs::read_to_string("/proc/uptime").unwrap();
            text.split(' ').next().unwrap().parse().unwrap()
        };
        let (before, between, after) = (uptime(), machine_time().as_secs_f64(), uptime());
        assert!(before <= between, "{before} {between}");
        assert!(between < after + 0.01, "{between} {after}");
    }

    #[test]
    fn identifiers_are_made_at_any_time_and_sort_in_their_order() {
        for ms in [i64::MIN, -1, 0, EARLIEST_MS, LATEST_MS] {
            let ids: Vec<Uuid> = (0..1_000).map(|_| id_at(ms)).collect();
            assert!(ids.is_sorted(), "{ms}");
        }
    }
}
