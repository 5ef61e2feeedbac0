//! Generated attacks. What escaped is decided at the far side (the server saw it, the file is there, the money is in the
//! bank's file), never by the exit code alone. `cargo xtask attack` makes many rounds of them.

mod bytes;
mod inputs;
mod manifests;
mod paths;
mod store;
mod urls;

use guildhall_tests::Seed;

/// Changes a text at one to three places, in a way that tries to be read differently by two readers.
fn twisted(seed: &mut Seed, text: &str, pieces: &[&str]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for _ in 0..=seed.below(3) {
        let at = place(seed, text.len() + 1);
        match seed.below(5) {
            0 if at < text.len() => {
                text.remove(at);
            }
            1 if at < text.len() => {
                let flipped = if text[at].is_lowercase() {
                    text[at].to_ascii_uppercase()
                } else {
                    text[at].to_ascii_lowercase()
                };
                text[at] = flipped;
            }
            2 if at < text.len() => {
                let encoded = format!("%{:02x}", u32::from(text[at]) & 0xff);
                text.splice(at..=at, encoded.chars());
            }
            _ => {
                let piece = seed.one(pieces);
                text.splice(at..at, piece.chars());
            }
        }
    }
    text.into_iter().collect()
}

/// An index below `end`.
fn place(seed: &mut Seed, end: usize) -> usize {
    usize::try_from(seed.below(end as u64)).expect("an index")
}
