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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::testing::{component, wit_package};
    use crate::{SkillPackage, Type};

    const MANIFEST: &str =
        "name = \"a/b\"\nversion = \"0.1.0\"\ndescription = \"D.\"\nlicence = \"MIT\"\n";

    const WIT: &str = r#"
        package local:rates@1.0.0;

        interface api {
            /// An amount.
            record amount {
                /// In cents.
                minor: s64,
                currency: string,
            }
            /// Why not.
            enum problem {
                /// No such currency.
                unknown-currency,
                other,
            }
            /// Converts an amount.
            ///
            /// Uses the rate of the day.
            convert: func(amount: amount) -> result<amount, problem>;
        }

        interface more {
            use api.{amount as sum};
            add: func(a: sum) -> sum;
        }

        world other {
            /// Of the other world.
            export run: func();
        }

        world skill {
            export api;
            export more;
            /// Of the right world.
            export run: func();
        }
    "#;

    fn built() -> Vec<u8> {
        let wit = WIT.replace("world other {\n            /// Of the other world.\n            export run: func();\n        }", "");
        component(&wit)
    }

    #[test]
    fn manifest_and_words_come_back_and_types_stay_those_of_the_bytes() {
        let plain = built();
        let full = embed(&plain, MANIFEST, Some(&wit_package(WIT))).unwrap();
        assert!(full.starts_with(&plain));
        let package = SkillPackage::read(&full).unwrap();
        assert_eq!(package.manifest.as_ref().unwrap().name.to_string(), "a/b");
        let run = package.operation("run").unwrap();
        assert_eq!(run.doc.as_deref(), Some("Of the right world."));
        let convert = package.operation("convert").unwrap();
        assert_eq!(
            convert.doc.as_deref(),
            Some("Converts an amount.\n\nUses the rate of the day.")
        );
        let schema = convert.input_schema();
        let amount = &schema["properties"]["amount"];
        assert_eq!(amount["description"], "An amount.");
        assert_eq!(amount["properties"]["minor"]["description"], "In cents.");
        assert_eq!(
            convert.failure_schema().unwrap()["description"],
            "Why not.\nunknown_currency: No such currency."
        );
        // A renamed type keeps the words of the original.
        let Type::Record(sum) = &package.operation("add").unwrap().params[0].ty else {
            panic!()
        };
        assert_eq!(
            (sum.wit_name.as_str(), sum.doc.as_deref()),
            ("sum", Some("An amount."))
        );
        let bare = SkillPackage::read(&plain).unwrap();
        assert_eq!(bare.words, Words::default());
        assert_eq!(bare.operations.len(), package.operations.len());
        assert_ne!(bare.digest, package.digest);
    }

    #[test]
    fn embedding_twice_is_refused() {
        let once = embed(&built(), MANIFEST, None).unwrap();
        assert_eq!(
            embed(&once, MANIFEST, None),
            Err(EmbedError::Twice(MANIFEST_SECTION))
        );
    }

    #[test]
    fn two_sections_of_one_name_are_refused() {
        let mut bytes = embed(&built(), MANIFEST, None).unwrap();
        append(&mut bytes, MANIFEST_SECTION, MANIFEST.as_bytes()).unwrap();
        let error = SkillPackage::read(&bytes).unwrap_err();
        assert!(
            error.to_string().contains("appears more than once"),
            "{error}"
        );
    }

    #[test]
    fn a_section_inside_a_nested_component_does_not_count() {
        let inner = embed(&built(), MANIFEST, None).unwrap();
        let mut outer = wasm_encoder::Component::new();
        outer.section(&wasm_encoder::RawSection {
            id: 4,
            data: &inner,
        });
        let package = SkillPackage::read(&outer.finish()).unwrap();
        assert_eq!(package.manifest, None);
    }

    #[test]
    fn malformed_and_long_sections_are_refused() {
        let with = |section, data: &[u8]| {
            let mut bytes = built();
            CustomSection {
                name: Cow::Borrowed(section),
                data: Cow::Borrowed(data),
            }
            .append_to_component(&mut bytes);
            SkillPackage::read(&bytes).unwrap_err().to_string()
        };
        assert!(with(MANIFEST_SECTION, b"\xff").contains("malformed"));
        assert!(with(MANIFEST_SECTION, b"x = 1").contains("skill.toml:1:1"));
        assert!(with(WORDS_SECTION, b"[1]").contains("malformed"));
        assert!(with(WORDS_SECTION, b"{\"a\": \"b\"").contains("malformed"));
        let long = vec![b' '; MAX_SECTION + 1];
        assert!(with(WORDS_SECTION, &long).contains("longer than"));
        assert!(matches!(
            embed(&built(), &" ".repeat(MAX_SECTION + 1), None),
            Err(EmbedError::TooLarge { .. })
        ));
    }

    #[test]
    fn only_components_and_wit_packages_are_taken() {
        assert!(matches!(
            embed(b"\0asm\x01\0\0\0", MANIFEST, None),
            Err(EmbedError::Read(ReadError::CoreModule))
        ));
        assert!(matches!(
            embed(&built(), MANIFEST, Some(b"text")),
            Err(EmbedError::Words(_))
        ));
        assert!(matches!(
            embed(&built(), MANIFEST, Some(&built())),
            Err(EmbedError::Words(_))
        ));
    }

    #[test]
    fn words_of_strangers_are_made_safe_to_show() {
        let mut bytes = built();
        append(
            &mut bytes,
            WORDS_SECTION,
            b"{\"#run\": \"Pay \\u001b[2J now\\u202e!\"}",
        )
        .unwrap();
        let package = SkillPackage::read(&bytes).unwrap();
        assert_eq!(
            package.operation("run").unwrap().doc.as_deref(),
            Some("Pay \\u{1b}[2J now\\u{202e}!")
        );
    }
}
