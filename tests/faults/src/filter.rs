//! The seccomp filter: which system calls are handed over, how a program gets the filter, and the kernel's two messages.
#![allow(
    unsafe_code,
    reason = "the kernel's interface for filters has no safe wrapper"
)]

use libc::{seccomp_notif, seccomp_notif_resp, sock_filter, sock_fprog};
use rustix::net::{RecvAncillaryBuffer, SendAncillaryBuffer, SendAncillaryMessage};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Calls that are always handed over.
const CALLS: [libc::c_long; 29] = [
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_pwritev2,
    libc::SYS_truncate,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_sync_file_range,
    libc::SYS_copy_file_range,
    libc::SYS_sendfile,
    libc::SYS_creat,
    libc::SYS_openat2,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_link,
    libc::SYS_linkat,
    libc::SYS_symlink,
    libc::SYS_symlinkat,
    libc::SYS_unlink,
    libc::SYS_unlinkat,
    libc::SYS_mkdir,
    libc::SYS_mkdirat,
    libc::SYS_rmdir,
    libc::SYS_splice,
    libc::SYS_io_uring_setup,
];

const ARCHITECTURE: u32 = 0xc000_003e;
/// Offsets in what the kernel shows a filter.
const NUMBER: u32 = 0;
const ARCHITECTURE_AT: u32 = 4;
const ARGUMENTS: u32 = 16;

const LOAD: u16 = 0x20;
const EQUAL: u16 = 0x15;
const ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

const fn step(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

fn small(number: libc::c_long) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The filter. Opening something to read it passes without a question.
pub(crate) fn program() -> Vec<sock_filter> {
    let hand_over = step(RETURN, 0, 0, libc::SECCOMP_RET_USER_NOTIF);
    let pass = step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW);
    let mut program = vec![
        step(LOAD, 0, 0, ARCHITECTURE_AT),
        step(EQUAL, 1, 0, ARCHITECTURE),
        pass,
        step(LOAD, 0, 0, NUMBER),
    ];
    let writing = libc::O_CREAT | libc::O_TRUNC | libc::O_WRONLY | libc::O_RDWR;
    let writing = writing.cast_unsigned();
    // `O_TMPFILE` has the bit of `O_DIRECTORY`, and is not used here.
    for (call, argument) in [(libc::SYS_open, 1), (libc::SYS_openat, 2)] {
        program.extend([
            step(EQUAL, 0, 4, small(call)),
            step(LOAD, 0, 0, ARGUMENTS + 8 * argument),
            step(ANY_BIT, 0, 1, writing),
            hand_over,
            pass,
        ]);
    }
    for call in CALLS {
        program.extend([step(EQUAL, 0, 1, small(call)), hand_over]);
    }
    program.push(pass);
    program
}

/// Puts this process under the filter and hands its listener to `socket`. Called between fork and exec: allocates nothing.
pub(crate) fn enter(program: &[sock_filter], socket: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: a flag of this process alone.
    if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let program = sock_fprog {
        len: u16::try_from(program.len()).unwrap_or(0),
        filter: program.as_ptr().cast_mut(),
    };
    let flags =
        libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    // SAFETY: the program lives until the call returns; the kernel copies it.
    let listener = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            flags,
            &raw const program,
        )
    };
    if listener < 0 {
        return Err(io::Error::last_os_error());
    }
    let listener = i32::try_from(listener).map_err(|_| io::ErrorKind::InvalidData)?;
    // SAFETY: the kernel has just made it for us.
    let listener = unsafe { OwnedFd::from_raw_fd(listener) };
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut message = SendAncillaryBuffer::new(&mut space);
    let descriptors = [listener.as_fd()];
    message.push(SendAncillaryMessage::ScmRights(&descriptors));
    rustix::net::sendmsg(
        socket,
        &[IoSlice::new(b"l")],
        &mut message,
        rustix::net::SendFlags::empty(),
    )?;
    Ok(())
}

/// What [`enter`] handed over.
pub(crate) fn listener(socket: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut message = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    rustix::net::recvmsg(
        socket,
        &mut [IoSliceMut::new(&mut byte)],
        &mut message,
        rustix::net::RecvFlags::CMSG_CLOEXEC,
    )?;
    let mut found = message.drain().filter_map(|part| match part {
        rustix::net::RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    found
        .next()
        .ok_or_else(|| io::Error::other("the program did not hand its filter over"))
}

/// Puts what `command` starts under the filter; its listener comes to `socket`.
pub(crate) fn attach(command: &mut std::process::Command, socket: OwnedFd) {
    use std::os::unix::process::CommandExt;
    let program = program();
    // SAFETY: `enter` makes system calls alone, on memory that was there before the fork.
    unsafe {
        command.pre_exec(move || enter(&program, socket.as_fd()));
    }
}

/// A call that waits for an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notice {
    pub(crate) id: u64,
    /// Number of the thread.
    pub(crate) thread: u32,
    pub(crate) call: libc::c_long,
    pub(crate) arguments: [u64; 6],
}

/// The next call; none if its thread was gone before it was looked at.
pub(crate) fn receive(listener: BorrowedFd<'_>) -> io::Result<Option<Notice>> {
    // SAFETY: numbers alone; the kernel wants zeros.
    let mut notif: seccomp_notif = unsafe { MaybeUninit::zeroed().assume_init() };
    // SAFETY: the listener is one, and `notif` is a place for the answer.
    let result = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_RECV,
            &raw mut notif,
        )
    };
    if result == 0 {
        return Ok(Some(Notice {
            id: notif.id,
            thread: notif.pid,
            call: notif.data.nr.into(),
            arguments: notif.data.args,
        }));
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::EINTR) => Ok(None),
        _ => Err(error),
    }
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The kernel carries it out.
    Continue,
    /// It was carried out here.
    Value(i64),
    /// It fails with this number.
    Error(i32),
}

/// Answers a call; whoever asked may be gone.
pub(crate) fn answer(listener: BorrowedFd<'_>, id: u64, answer: Answer) -> io::Result<()> {
    let (val, error, flags) = match answer {
        Answer::Continue => (0, 0, 1),
        Answer::Value(value) => (value, 0, 0),
        Answer::Error(number) => (0, -number, 0),
    };
    let mut response = seccomp_notif_resp {
        id,
        val,
        error,
        flags,
    };
    // SAFETY: the listener is one, and the kernel reads `response`.
    let result = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_SEND,
            &raw mut response,
        )
    };
    if result == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ENOENT) => Ok(()),
        _ => Err(error),
    }
}
