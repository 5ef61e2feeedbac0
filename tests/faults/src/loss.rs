//! The power cut: which of the changes that were not durable are lost.

use crate::disk::{Change, Disk, Id, Open};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// What a power cut takes of that which was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Everything.
    All,
    /// Some of it, by this number: of the names a last part, of the bytes any sectors. So pages are torn, files have their
    /// name and not their bytes, or their bytes and not their name.
    Torn(u64),
}

/// Bytes that a disk writes whole or not at all.
const SECTOR: u64 = 512;
/// The same for disks with large sectors.
const LARGE_SECTOR: u64 = 4096;

impl Disk {
    /// Takes back what is not durable, as if the power had been cut. All programs have ended. Answers how many changes
    /// were lost, at least in part.
    ///
    /// # Errors
    /// If something can't be taken back: what is there then is not what a disk would hold.
    pub fn power_cut(&self, loss: Loss) -> io::Result<usize> {
        let mut state = self.state();
        state.is_off = false;
        state.programs.clear();
        let log = state.take_log();
        let (names, bytes): (Vec<_>, Vec<_>) = log
            .into_iter()
            .partition(|change| matches!(change, Change::Name(_)));
        let mut lost = match loss {
            Loss::All => whole(bytes)?,
            Loss::Torn(seed) => torn(bytes, seed)?,
        };
        let lasting = match loss {
            Loss::All => 0,
            Loss::Torn(seed) => below(hash(&[seed, 0]), names.len()),
        };
        for (index, change) in names.into_iter().enumerate().rev() {
            let Change::Name(mut change) = change else {
                continue;
            };
            if index >= lasting {
                change.take_back()?;
                lost += 1;
            } else if let Some(kept) = change.kept() {
                kept.forget();
            }
        }
        Ok(lost)
    }
}

/// Takes back every change of bytes and sizes.
fn whole(changes: Vec<Change>) -> io::Result<usize> {
    let count = changes.len();
    for change in changes.into_iter().rev() {
        match change {
            Change::Bytes {
                file,
                at,
                before,
                size,
                ..
            } => {
                file.file.write_all_at(&before, at)?;
                file.file.set_len(size)?;
            }
            Change::Size {
                file,
                size,
                from,
                tail,
            } => {
                file.file.set_len(size)?;
                file.file.write_all_at(&tail, from)?;
            }
            Change::Name(_) => {}
        }
    }
    Ok(count)
}

/// Takes back some sectors of each file.
fn torn(changes: Vec<Change>, seed: u64) -> io::Result<usize> {
    let resized: BTreeSet<Id> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Size { file, .. } => Some(file.id),
            _ => None,
        })
        .collect();
    // In the order in which they were first changed: the same programs lose the same.
    let mut files: Vec<(Id, Vec<Change>)> = Vec::new();
    for change in changes {
        let (Change::Bytes { file, .. } | Change::Size { file, .. }) = &change else {
            continue;
        };
        let id = file.id;
        match files.iter_mut().find(|(known, _)| *known == id) {
            Some((_, changes)) => changes.push(change),
            None => files.push((id, vec![change])),
        }
    }
    let mut lost = 0;
    for (number, (id, changes)) in (1..).zip(files) {
        let seed = hash(&[seed, number]);
        // Whole or not at all, where a file was also cut: that is one change of the file system's own records.
        lost += match (resized.contains(&id), seed.is_multiple_of(2)) {
            (true, true) => whole(changes)?,
            (true, false) => 0,
            (false, _) => torn_file(&changes, seed)?,
        };
    }
    Ok(lost)
}

/// A sector of the file may hold what it held after any of the writes to it, or before them all.
fn torn_file(changes: &[Change], seed: u64) -> io::Result<usize> {
    let sector = if seed % 4 < 2 { SECTOR } else { LARGE_SECTOR };
    let mut writes: BTreeMap<u64, usize> = BTreeMap::new();
    for number in changes.iter().flat_map(|change| sectors(change, sector)) {
        *writes.entry(number).or_default() += 1;
    }
    let mut lost_of: BTreeMap<u64, usize> = writes
        .iter()
        .map(|(number, count)| (*number, below(hash(&[seed, *number]), count + 1)))
        .collect();
    let Some((first, file)) = changes.iter().find_map(|change| match change {
        Change::Bytes { size, file, .. } => Some((*size, file)),
        _ => None,
    }) else {
        return Ok(0);
    };
    let (mut lost, mut length) = (0, first);
    for change in changes.iter().rev() {
        let Change::Bytes {
            file,
            at,
            end,
            before,
            ..
        } = change
        else {
            continue;
        };
        let mut touched = false;
        for number in sectors(change, sector) {
            let (start, stop) = (
                (number * sector).max(*at),
                ((number + 1) * sector).min(*end),
            );
            let open = lost_of.entry(number).or_default();
            if *open == 0 {
                length = length.max(stop);
                continue;
            }
            *open -= 1;
            touched = true;
            put_back(file, before, *at, start, stop)?;
        }
        lost += usize::from(touched);
    }
    let length = length.min(file.file.metadata()?.len());
    file.file.set_len(length)?;
    Ok(lost)
}

/// What was between `start` and `stop`, as far as there was anything; beyond, zeros.
fn put_back(file: &Arc<Open>, before: &[u8], at: u64, start: u64, stop: u64) -> io::Result<()> {
    let from = usize::try_from(start - at).map_err(io::Error::other)?;
    let length = usize::try_from(stop - start).map_err(io::Error::other)?;
    let mut bytes: Vec<u8> = before.iter().skip(from).take(length).copied().collect();
    bytes.resize(length, 0);
    file.file.write_all_at(&bytes, start)
}

fn sectors(change: &Change, sector: u64) -> std::ops::Range<u64> {
    match change {
        Change::Bytes { at, end, .. } if end > at => at / sector..end.div_ceil(sector),
        _ => 0..0,
    }
}

fn below(number: u64, end: usize) -> usize {
    let end = u64::try_from(end).unwrap_or(u64::MAX);
    number
        .checked_rem(end)
        .and_then(|rest| usize::try_from(rest).ok())
        .unwrap_or(0)
}

/// Spreads numbers (splitmix64).
fn hash(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0x9e37_79b9_7f4a_7c15, |state, number| {
        let mut z = (state ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}
