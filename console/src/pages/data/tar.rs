//! Files of an archive, one after the other, so that none but the one that is on its way is in memory. Pure.

use tar::{EntryType, Header};

/// An archive is made of blocks of so many bytes.
const BLOCK: usize = 512;

/// One file with its head and the bytes that fill its last block. The name is one of ours: short, and below the archive's folder.
///
/// # Errors
/// If the name is none that an archive can have.
pub fn entry(name: &str, bytes: &[u8], at_ms: i64) -> std::io::Result<Vec<u8>> {
    let mut header = Header::new_ustar();
    header.set_path(name)?;
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(at_ms / 1_000).unwrap_or_default());
    header.set_cksum();
    let mut all = Vec::with_capacity(bytes.len() + 2 * BLOCK);
    all.extend_from_slice(header.as_bytes());
    all.extend_from_slice(bytes);
    let whole = all.len().next_multiple_of(BLOCK);
    all.resize(whole, 0);
    Ok(all)
}

/// What stands at the end of an archive.
#[must_use]
pub fn end() -> Vec<u8> {
    vec![0; 2 * BLOCK]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read as _;

    proptest! {
        #[test]
        fn what_is_put_in_comes_out(files in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..1_500), 0..5)) {
            let mut archive = Vec::new();
            for (place, bytes) in files.iter().enumerate() {
                archive.extend(entry(&format!("guildhall/runs/{place:06}.jsonl"), bytes, 1_795_955_400_000).unwrap());
            }
            archive.extend(end());
            let mut read = Vec::new();
            for file in tar::Archive::new(archive.as_slice()).entries().unwrap() {
                let mut file = file.unwrap();
                prop_assert_eq!(file.header().mtime().unwrap(), 1_795_955_400);
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).unwrap();
                read.push(bytes);
            }
            prop_assert_eq!(read, files);
        }
    }
}
