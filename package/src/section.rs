//! The custom sections that carry an author's manifest and words inside a component.

use std::borrow::Cow;

use wasm_encoder::{ComponentSection as _, CustomSection};

use crate::component::ReadError;
use crate::words::{Words, WordsError};

/// Section with the text of `skill.toml`.
pub const MANIFEST_SECTION: &str = "guildhall:manifest";

/// Section with [`Words`] as JSON.
pub const WORDS_SECTION: &str = "guildhall:words";

/// Longest section of ours, in bytes.
pub const MAX_SECTION: usize = 256 * 1024;

/// The static name of a section of ours.
pub(crate) fn own_name(name: &str) -> Option<&'static str> {
    [MANIFEST_SECTION, WORDS_SECTION]
        .into_iter()
        .find(|own| *own == name)
}

/// Why nothing was embedded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// The bytes are no component.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A section of ours is there already.
    #[error(
        "the component already carries `{0}`; embed into what the compiler wrote, not into an earlier result"
    )]
    Twice(&'static str),
    /// A section would be too long.
    #[error(
        "`{section}` would be {size} bytes long and at most {MAX_SECTION} are taken; shorten it"
    )]
    TooLarge {
        /// Name of the section.
        section: &'static str,
        /// Length in bytes.
        size: usize,
    },
    /// The WIT package cannot be read.
    #[error(transparent)]
    Words(#[from] WordsError),
}

/// Appends `manifest` (text of `skill.toml`) and the words of `wit_package` (from `wit_component::encode` of the
/// skill's own package, or none) to a component.
///
/// The manifest is not checked here: read the result with [`crate::SkillPackage::read`] and compare it with
/// [`crate::Manifest::check`].
///
/// # Errors
/// See [`EmbedError`].
pub fn embed(
    component: &[u8],
    manifest: &str,
    wit_package: Option<&[u8]>,
) -> Result<Vec<u8>, EmbedError> {
    let (exports, sections) = crate::component::outline(component)?;
    if let Some(section) = sections.first() {
        return Err(EmbedError::Twice(section));
    }
    let words = match wit_package {
        Some(wit) => Words::of_wit_package(wit, &exports)?,
        None => Words::default(),
    };
    let words = serde_json::to_vec(&words)
        .map_err(|error| EmbedError::Read(malformed(WORDS_SECTION, &error)))?;
    let mut out = component.to_vec();
    append(&mut out, MANIFEST_SECTION, manifest.as_bytes())?;
    if wit_package.is_some() {
        append(&mut out, WORDS_SECTION, &words)?;
    }
    Ok(out)
}

fn append(out: &mut Vec<u8>, section: &'static str, data: &[u8]) -> Result<(), EmbedError> {
    if data.len() > MAX_SECTION {
        return Err(EmbedError::TooLarge {
            section,
            size: data.len(),
        });
    }
    CustomSection {
        name: Cow::Borrowed(section),
        data: Cow::Borrowed(data),
    }
    .append_to_component(out);
    Ok(())
}

/// Reads the words section.
pub(crate) fn read_words(data: Option<&[u8]>) -> Result<Words, ReadError> {
    match data {
        None => Ok(Words::default()),
        Some(data) => {
            serde_json::from_slice(data).map_err(|error| malformed(WORDS_SECTION, &error))
        }
    }
}

/// Reads the text of the manifest section.
pub(crate) fn read_manifest(data: Option<&[u8]>) -> Result<Option<&str>, ReadError> {
    data.map(|data| std::str::from_utf8(data).map_err(|error| malformed(MANIFEST_SECTION, &error)))
        .transpose()
}

fn malformed(section: &'static str, error: &dyn std::fmt::Display) -> ReadError {
    ReadError::Section {
        section,
        problem: format!(
            "is malformed ({})",
            crate::text::plain(&error.to_string(), 200)
        ),
    }
}
