//! A clock that is set wrong. Loaded into a program by `LD_PRELOAD`, it moves the time of day by `GUILDHALL_CLOCK_OFFSET`
//! seconds; the clock that only measures how long something takes is left alone.
//!
//! The time of day is read without a system call, so that nothing outside of the program can change what it sees.
#![allow(unsafe_code, reason = "stands in for functions of the C library")]

use std::sync::atomic::{AtomicI64, Ordering};

/// Not read yet.
const UNREAD: i64 = i64::MIN;

static OFFSET: AtomicI64 = AtomicI64::new(UNREAD);

/// Seconds to be added.
fn offset() -> i64 {
    let known = OFFSET.load(Ordering::Relaxed);
    if known != UNREAD {
        return known;
    }
    // No allocation: this may be the first thing that the program does.
    // SAFETY: the name ends with a zero byte; nobody changes the environment this early.
    let text = unsafe { libc::getenv(c"GUILDHALL_CLOCK_OFFSET".as_ptr()) };
    let seconds = if text.is_null() {
        0
    } else {
        // SAFETY: `getenv` returned a text that ends with a zero byte.
        unsafe { libc::atoll(text) }
    };
    OFFSET.store(seconds, Ordering::Relaxed);
    seconds
}

/// In place of the C library's.
///
/// # Safety
/// As for the C library's: `time` is null or points to a place for the answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(
    clock: libc::clockid_t,
    time: *mut libc::timespec,
) -> libc::c_int {
    // SAFETY: the same arguments, to the kernel itself.
    let result = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) };
    if result == 0 && matches!(clock, libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE) {
        // SAFETY: the kernel has just written there.
        unsafe { (*time).tv_sec = (*time).tv_sec.saturating_add(offset()) };
    }
    libc::c_int::try_from(result).unwrap_or(-1)
}

/// In place of the C library's.
///
/// # Safety
/// As for the C library's: `time` is null or points to a place for the answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(
    time: *mut libc::timeval,
    zone: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the same arguments, to the kernel itself.
    let result = unsafe { libc::syscall(libc::SYS_gettimeofday, time, zone) };
    if result == 0 && !time.is_null() {
        // SAFETY: the kernel has just written there.
        unsafe { (*time).tv_sec = (*time).tv_sec.saturating_add(offset()) };
    }
    libc::c_int::try_from(result).unwrap_or(-1)
}

/// In place of the C library's.
///
/// # Safety
/// As for the C library's: `into` is null or points to a place for the answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn time(into: *mut libc::time_t) -> libc::time_t {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` is a place for the answer.
    unsafe { clock_gettime(libc::CLOCK_REALTIME, &raw mut now) };
    if !into.is_null() {
        // SAFETY: the caller gave a place for the answer.
        unsafe { *into = now.tv_sec };
    }
    now.tv_sec
}
