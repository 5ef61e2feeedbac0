//! The author's documentation, which the bytes of a component do not keep. Words only, never types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Documentation of a skill's own WIT package: untrusted text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Text by path. Paths are `WORLD-OR-INTERFACE/ITEM` and `WORLD-OR-INTERFACE/ITEM/MEMBER`.
    #[serde(default)]
    pub docs: BTreeMap<String, String>,
}
