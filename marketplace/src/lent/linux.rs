//! Bytes that the kernel has, too. A blob that lies in this process's memory is copied into the kernel for every client; one that
//! lies in a file of memory besides is sent from there, and nothing is copied.
//!
//! An answer is still made of plain bytes. Where they are written to a connection, it is by their place in memory that they are
//! known to be in the file, too: they keep that place, and that part of the file, for as long as any of them is in use.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use rustix::fs::{FallocateFlags, MemfdFlags, fallocate, memfd_create, sendfile};
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};

/// Shortest bytes for which this pays, by measurement of whole requests: below, a second call costs more than the copy.
pub(crate) const LEAST: usize = 64 << 10;
/// Parts of the file begin at whole pages, so that one that is given back takes no page of its neighbour with it.
const PAGE: u64 = 4096;

/// The file of memory, and which bytes of this process are in it.
#[derive(Debug, Clone, Default)]
pub struct Lent(Option<Arc<File>>);

#[derive(Debug)]
struct File {
    file: OwnedFd,
    /// Where the next part begins. No place is used twice: what is still on its way to a client must not become something else.
    next: AtomicU64,
    /// By the place of the first byte in memory.
    areas: RwLock<BTreeMap<usize, Area>>,
}

#[derive(Debug, Clone, Copy)]
struct Area {
    length: usize,
    offset: u64,
}

impl Lent {
    /// With a file of its own; none where the system has no such thing, and then everything is copied as ever.
    #[must_use]
    pub fn new() -> Self {
        let file = memfd_create("guildhall-blobs", MemfdFlags::CLOEXEC);
        if let Err(error) = &file {
            tracing::debug!(%error, "blobs are copied for every client");
        }
        Self(file.ok().map(|file| {
            Arc::new(File {
                file,
                next: AtomicU64::new(0),
                areas: RwLock::default(),
            })
        }))
    }

    /// The same bytes, known to the kernel. Short ones stay as they are, and so does what it has no room for.
    #[must_use]
    pub fn lend(&self, bytes: Bytes) -> Bytes {
        let Some(file) = self.0.as_ref().filter(|_| bytes.len() >= LEAST) else {
            return bytes;
        };
        match file.take(&bytes) {
            Ok(area) => Bytes::from_owner(Owner {
                at: file.know(&bytes, area),
                area,
                file: Arc::clone(file),
                bytes,
            }),
            Err(error) => {
                tracing::debug!(%error, "a blob is copied for every client");
                bytes
            }
        }
    }

    /// Sends what of `parts` can be sent at once, up to the end of the first part that is in the file. None if none is: then the
    /// caller sends.
    pub(crate) fn send(
        &self,
        socket: &impl AsFd,
        parts: &[IoSlice<'_>],
    ) -> Option<io::Result<usize>> {
        let file = self.0.as_ref()?;
        let (at, mut offset) = parts
            .iter()
            .enumerate()
            .find_map(|(at, part)| Some((at, file.place(part)?)))?;
        let (before, rest) = parts.split_at_checked(at)?;
        Some(file.send(socket, before, &mut offset, rest.first()?.len()))
    }
}

impl File {
    fn take(&self, bytes: &[u8]) -> io::Result<Area> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let pages = length.div_ceil(PAGE).saturating_mul(PAGE);
        let offset = self.next.fetch_add(pages, Ordering::Relaxed);
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            let place = offset.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
            match rustix::io::pwrite(&self.file, rest, place) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(more) => written += more,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => {
                    self.give_back(offset, length);
                    return Err(error.into());
                }
            }
        }
        Ok(Area {
            length: bytes.len(),
            offset,
        })
    }

    fn know(&self, bytes: &Bytes, area: Area) -> usize {
        let at = bytes.as_ptr().addr();
        let mut areas = self.areas.write().unwrap_or_else(PoisonError::into_inner);
        areas.insert(at, area);
        at
    }

    /// Where bytes of this process are in the file, if they are.
    fn place(&self, part: &[u8]) -> Option<u64> {
        if part.len() < LEAST {
            return None;
        }
        let at = part.as_ptr().addr();
        let areas = self.areas.read().unwrap_or_else(PoisonError::into_inner);
        let (first, area) = areas.range(..=at).next_back()?;
        let skip = at.checked_sub(*first)?;
        let is_inside = skip.checked_add(part.len())? <= area.length;
        is_inside.then(|| Some(area.offset + u64::try_from(skip).ok()?))?
    }

    fn send(
        &self,
        socket: &impl AsFd,
        before: &[IoSlice<'_>],
        offset: &mut u64,
        length: usize,
    ) -> io::Result<usize> {
        let head: usize = before.iter().map(|part| part.len()).sum();
        if head > 0 {
            // More follows at once, in the same packet.
            let flags = SendFlags::MORE | SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
            let mut none = SendAncillaryBuffer::default();
            let sent = sendmsg(socket, before, &mut none, flags)?;
            if sent < head {
                return Ok(sent);
            }
        }
        match sendfile(socket, &self.file, Some(offset), length) {
            Ok(0) if head == 0 => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(sent) => Ok(head + sent),
            Err(_) if head > 0 => Ok(head),
            Err(error) => Err(error.into()),
        }
    }

    fn give_back(&self, offset: u64, length: u64) {
        let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        if let Err(error) = fallocate(&self.file, hole, offset, length) {
            tracing::debug!(%error, "memory of a blob could not be given back");
        }
    }
}

/// Keeps bytes at their place, and their part of the file.
struct Owner {
    bytes: Bytes,
    at: usize,
    area: Area,
    file: Arc<File>,
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Before the place in memory can become another's.
        let mut areas = (self.file.areas.write()).unwrap_or_else(PoisonError::into_inner);
        areas.remove(&self.at);
        drop(areas);
        let length = u64::try_from(self.area.length).unwrap_or(u64::MAX);
        self.file.give_back(self.area.offset, length);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    fn bytes(length: usize, seed: u8) -> Bytes {
        let byte = |at: usize| u8::try_from(at % 251).unwrap() ^ seed;
        (0..length).map(byte).collect::<Vec<_>>().into()
    }

    /// What the other end gets of these parts, sent as often as it takes.
    fn sent(lent: &Lent, head: &[u8], body: &[u8]) -> Vec<u8> {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let reader = std::thread::spawn(move || {
            let mut got = Vec::new();
            other.read_to_end(&mut got).unwrap();
            got
        });
        let (mut head, mut body) = (head, body);
        while !(head.is_empty() && body.is_empty()) {
            let parts = [IoSlice::new(head), IoSlice::new(body)];
            let done = match lent.send(&one, &parts) {
                Some(done) => done.unwrap(),
                None => one.write_vectored(&parts).unwrap(),
            };
            let of_head = done.min(head.len());
            head = &head[of_head..];
            body = &body[done - of_head..];
        }
        drop(one);
        reader.join().unwrap()
    }

    #[test]
    fn what_is_lent_arrives_as_it_is_whole_and_in_part() {
        let lent = Lent::new();
        let whole = [bytes(200_001, 1), bytes(3 << 20, 2)].map(|bytes| lent.lend(bytes));
        for body in &whole {
            for part in [body.clone(), body.slice(5..), body.slice(70_000..150_000)] {
                let (one, _other) = UnixStream::pair().unwrap();
                one.set_nonblocking(true).unwrap();
                let begun = lent.send(&one, &[IoSlice::new(&part)]);
                assert!(begun.is_some_and(|sent| sent.unwrap() > 0));
                for head in [&b""[..], b"HTTP/1.1 200 OK\r\n\r\n"] {
                    assert_eq!(sent(&lent, head, &part), [head, &part].concat());
                }
            }
        }
    }

    #[test]
    fn what_is_short_or_not_lent_is_left_to_the_caller() {
        let lent = Lent::new();
        let kept = lent.lend(bytes(LEAST, 1));
        let (one, _other) = UnixStream::pair().unwrap();
        for other in [
            bytes(LEAST, 1),
            lent.lend(bytes(LEAST - 1, 1)),
            kept.slice(1..),
        ] {
            assert!(lent.send(&one, &[IoSlice::new(&other)]).is_none());
        }
        assert!(Lent::default().send(&one, &[IoSlice::new(&kept)]).is_none());
    }

    #[test]
    fn what_is_in_use_nowhere_any_more_is_forgotten_and_its_place_not_used_again() {
        let lent = Lent::new();
        let file = Arc::clone(lent.0.as_ref().unwrap());
        let first = lent.lend(bytes(LEAST, 1));
        let part = first.slice(10..);
        drop(first);
        assert_eq!(file.areas.read().unwrap().len(), 1, "a part is in use");
        drop(part);
        assert_eq!(file.areas.read().unwrap().len(), 0);
        let second = lent.lend(bytes(LEAST + 1, 2));
        assert_eq!(file.place(&second), Some(LEAST as u64));
        let blocks = rustix::fs::fstat(&file.file).unwrap().st_blocks;
        assert!(blocks * 512 <= 2 * LEAST as i64, "{blocks}");
    }
}
