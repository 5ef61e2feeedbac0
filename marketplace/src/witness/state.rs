//! What a witness has cosigned last, of each log: one file, replaced as a whole and durable before anything is signed.

use std::collections::BTreeMap;

use guildhall_package::trust::log::{TreeHash, TreeHead};
use serde::{Deserialize, Serialize};

use crate::keys::{Folder, KeyError};

/// Name of the file.
const FILE: &str = "cosigned.json";

/// The file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The disk.
    #[error(transparent)]
    Folder(#[from] KeyError),
    /// It is not what was written.
    #[error(
        "the file cosigned.json is not what the witness wrote ({0}); put back the newest copy of it: an older one would let a log be rolled back"
    )]
    Content(String),
}

/// A state of a log as it stands in the file.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cosigned {
    size: u64,
    root: TreeHash,
}

/// What was cosigned last.
pub(super) struct WitnessState {
    folder: Folder,
    logs: BTreeMap<String, Cosigned>,
}

impl WitnessState {
    /// Reads the file; without one nothing was cosigned.
    ///
    /// # Errors
    /// [`StateError`] if it can't be read.
    pub fn open(folder: Folder) -> Result<Self, StateError> {
        let logs = if folder.has(FILE) {
            serde_json::from_slice(&folder.read(FILE)?)
                .map_err(|error| StateError::Content(error.to_string()))?
        } else {
            BTreeMap::new()
        };
        Ok(Self { folder, logs })
    }

    /// The last state of a log.
    pub fn last(&self, origin: &str) -> Option<TreeHead> {
        self.logs.get(origin).map(|it| TreeHead {
            size: it.size,
            root: it.root,
        })
    }

    /// Remembers a state, durably.
    ///
    /// # Errors
    /// [`StateError`]; the state before stays, and nothing may be signed.
    pub fn remember(&mut self, origin: &str, head: TreeHead) -> Result<(), StateError> {
        if self.last(origin) == Some(head) {
            return Ok(());
        }
        let mut logs = self.logs.clone();
        logs.insert(
            origin.to_owned(),
            Cosigned {
                size: head.size,
                root: head.root,
            },
        );
        let bytes =
            serde_json::to_vec(&logs).map_err(|error| StateError::Content(error.to_string()))?;
        self.folder.replace(FILE, &bytes)?;
        self.logs = logs;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cosigned_is_there_after_a_restart_and_nonsense_is_no_empty_state() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("witness");
        let head = TreeHead {
            size: 3,
            root: TreeHash::leaf(b"x"),
        };
        let mut state = WitnessState::open(Folder::open(&path).unwrap()).unwrap();
        assert_eq!(state.last("log.test"), None);
        state.remember("log.test", head).unwrap();
        let state = WitnessState::open(Folder::open(&path).unwrap()).unwrap();
        assert_eq!(state.last("log.test"), Some(head));
        std::fs::write(path.join(FILE), b"").unwrap();
        let again = WitnessState::open(Folder::open(&path).unwrap());
        assert!(matches!(again, Err(StateError::Content(_))));
    }
}
