//! A release is made with the time of its first try. A try that broke off is repeated as the same release, not as another
//! one of the same version.

use super::state::State;
use crate::disk;
use crate::error::CliError;
use crate::host::fault;
use crate::when::now_ms;
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};

/// Tries that are remembered; the oldest are forgotten.
const MAX: usize = 200;
/// Longest list in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// One try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Try {
    component: Digest,
    golden: Option<Digest>,
    created: i64,
}

/// When the release of this component with these golden cases was first made, in milliseconds since the Unix epoch: now, if
/// it was not yet.
///
/// # Errors
/// If that can't be remembered.
pub fn created(state: &State, component: Digest, golden: Option<Digest>) -> Result<i64, CliError> {
    let _locked = state.lock()?;
    let path = state.folder().join("published.json");
    let text = disk::read(&path, MAX_BYTES).map_err(fault)?;
    let mut tries: Vec<Try> = match text {
        // Only a memory of tries: one that is not understood is begun anew.
        Some(text) => serde_json::from_slice(&text).unwrap_or_default(),
        None => Vec::new(),
    };
    if let Some(known) = tries
        .iter()
        .find(|known| known.component == component && known.golden == golden)
    {
        return Ok(known.created);
    }
    let created = now_ms();
    tries.push(Try {
        component,
        golden,
        created,
    });
    let surplus = tries.len().saturating_sub(MAX);
    tries.drain(..surplus);
    let text = serde_json::to_vec(&tries).map_err(fault)?;
    disk::write(&path, &text).map_err(fault)?;
    Ok(created)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::home::Home;

    #[test]
    fn a_second_try_is_the_same_release() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().join("home"))).unwrap();
        let state = State::of(&home, "http://127.0.0.1:1".parse().unwrap());
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let first = created(&state, one, None).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(3));
        assert_eq!(created(&state, one, None).unwrap(), first);
        assert_ne!(created(&state, one, Some(two)).unwrap(), first);
        assert_ne!(created(&state, two, None).unwrap(), first);
        std::fs::write(state.folder().join("published.json"), "nonsense").unwrap();
        assert_ne!(created(&state, one, None).unwrap(), first);
    }
}
