//! The skill's own key-value store, one for each tenant.
//!
//! Changes are kept only if the run ends well: when an operation without effects succeeds, or when the run's
//! effects are approved. Keys are 1 to 256 bytes without control characters.

use crate::refusal::{Refusal, RefusalKind};

/// Value of a key, or none. This run's own changes are seen.
///
/// # Errors
/// The host's refusal: no `state` capability, a malformed key, or a limit of the run.
pub fn get(key: &str) -> Result<Option<Vec<u8>>, Refusal> {
    crate::host::state::get(key)
}

/// Value of a key as text, or none.
///
/// # Errors
/// As [`get`]; a value that is not UTF-8 is refused as `invalid` with the rule `state.not-utf8`.
pub fn get_string(key: &str) -> Result<Option<String>, Refusal> {
    let Some(value) = get(key)? else {
        return Ok(None);
    };
    String::from_utf8(value).map(Some).map_err(|_| {
        Refusal::new(
            RefusalKind::Invalid,
            "state.not-utf8",
            format!("The stored value of {key} is not UTF-8 text."),
        )
    })
}

/// Sets a key.
///
/// # Errors
/// As [`get`], or the store's size limit.
pub fn set(key: &str, value: impl AsRef<[u8]>) -> Result<(), Refusal> {
    crate::host::state::set(key, value.as_ref())
}

/// Removes a key; succeeds also if there was none.
///
/// # Errors
/// As [`get`].
pub fn delete(key: &str) -> Result<(), Refusal> {
    crate::host::state::delete(key)
}

/// Keys that start with `prefix`, sorted.
///
/// # Errors
/// As [`get`].
pub fn keys(prefix: &str) -> Result<Vec<String>, Refusal> {
    crate::host::state::keys(prefix)
}
