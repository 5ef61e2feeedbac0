//! A bundle: one file with a release and all evidence for it, so that it can be installed without a network.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::evidence::{Consistency, Evidence, Logged};
use super::log::entry::MAX_ENTRY_BYTES;
use super::log::hash::TreeHash;
use super::log::merkle::MAX_PROOF;
use super::log::note::MAX_NOTE_BYTES;
use super::release::artifact::{MAX_CONFIG_BYTES, MAX_MANIFEST_BYTES};
use super::root::MAX_ROOT_BYTES;
use super::statement::MAX_STATEMENT_BYTES;
use super::status::MAX_STATUS_BYTES;
use crate::component::ReadLimits;
use crate::text::plain;

/// Longest bundle in bytes.
pub const MAX_BUNDLE_BYTES: usize = 80 << 20;
/// Most root files in a bundle.
pub const MAX_ROOTS: usize = 64;
/// Most consistency proofs in a bundle.
pub const MAX_PROOFS: usize = 64;
/// Most leaf hashes in a bundle: of a larger log, say from which size the proof is to start.
pub const MAX_LEAVES: usize = 65_536;
/// What a bundle begins with, and the end of its file name.
const FORMAT: &str = "guildhall-bundle-1";

/// Why a file is no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Longer than is taken.
    #[error(
        "the bundle is {size} bytes long and at most {MAX_BUNDLE_BYTES} are taken; check that this is a bundle"
    )]
    TooLarge {
        /// Length in bytes.
        size: usize,
    },
    /// Not JSON of this form.
    #[error(
        "this is no bundle of a skill: {problem}; make one with `guildhall bundle`, and copy it without opening it in an editor"
    )]
    Malformed {
        /// What the parser says, made safe to show.
        problem: String,
    },
    /// It was made by a newer program.
    #[error(
        "this bundle is of the format `{found}`, and this program reads `guildhall-bundle-1`; update Guildhall"
    )]
    Format {
        /// Format, made safe to show.
        found: String,
    },
    /// A part of it is too long, or not base64.
    #[error("the bundle's `{field}` {problem}; make the bundle again with `guildhall bundle`")]
    Field {
        /// Which part.
        field: &'static str,
        /// Which rule it breaks.
        problem: &'static str,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Wire {
    format: String,
    roots: Vec<String>,
    checkpoint: String,
    consistency: Vec<WireProof>,
    /// Leaf hashes, one after the other.
    leaves: String,
    status: String,
    status_consistency: Vec<TreeHash>,
    release: WireLogged,
    key: WireLogged,
    publisher_statement: String,
    review_statement: String,
    manifest: String,
    config: String,
    component: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireProof {
    old: u64,
    hashes: Vec<TreeHash>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLogged {
    entry: String,
    index: u64,
    proof: Vec<TreeHash>,
}

/// Writes a bundle.
///
/// # Errors
/// [`BundleError`] for what would not be read again.
pub fn write(evidence: &Evidence) -> Result<Vec<u8>, BundleError> {
    check(evidence)?;
    let text = |bytes: &[u8]| STANDARD.encode(bytes);
    let logged = |it: &Logged| WireLogged {
        entry: text(&it.entry),
        index: it.index,
        proof: it.proof.clone(),
    };
    let leaves: Vec<u8> = evidence
        .consistency
        .leaves
        .iter()
        .flat_map(|hash| *hash.as_bytes())
        .collect();
    let wire = Wire {
        format: FORMAT.to_owned(),
        roots: evidence.roots.iter().map(|root| text(root)).collect(),
        checkpoint: text(&evidence.checkpoint),
        consistency: evidence
            .consistency
            .proofs
            .iter()
            .map(|(old, hashes)| WireProof {
                old: *old,
                hashes: hashes.clone(),
            })
            .collect(),
        leaves: text(&leaves),
        status: text(&evidence.status),
        status_consistency: evidence.status_consistency.clone(),
        release: logged(&evidence.release),
        key: logged(&evidence.key),
        publisher_statement: text(&evidence.publisher_statement),
        review_statement: text(&evidence.review_statement),
        manifest: text(&evidence.manifest),
        config: text(&evidence.config),
        component: text(&evidence.component),
    };
    let bytes = serde_json::to_vec(&wire).map_err(|error| malformed(&error))?;
    check_size(&bytes)?;
    Ok(bytes)
}

/// Reads a bundle. Nothing in it counts before [`verify_release`](super::verify::verify_release).
///
/// # Errors
/// [`BundleError`] if it is none, or a part of it is longer than is taken.
pub fn read(bytes: &[u8]) -> Result<Evidence, BundleError> {
    check_size(bytes)?;
    let wire: Wire = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    if wire.format != FORMAT {
        return Err(BundleError::Format {
            found: plain(&wire.format, 60),
        });
    }
    let logged = |field, it: WireLogged| {
        Ok(Logged {
            entry: decode(field, &it.entry)?,
            index: it.index,
            proof: it.proof,
        })
    };
    let leaves = decode("leaves", &wire.leaves)?;
    let (leaves, rest) = leaves.as_chunks();
    if !rest.is_empty() {
        return Err(field("leaves", "are not whole hashes"));
    }
    let evidence = Evidence {
        component: decode("component", &wire.component)?,
        manifest: decode("manifest", &wire.manifest)?,
        config: decode("config", &wire.config)?,
        publisher_statement: decode("publisher-statement", &wire.publisher_statement)?,
        review_statement: decode("review-statement", &wire.review_statement)?,
        release: logged("release", wire.release)?,
        key: logged("key", wire.key)?,
        checkpoint: decode("checkpoint", &wire.checkpoint)?,
        consistency: Consistency {
            proofs: wire
                .consistency
                .into_iter()
                .map(|proof| (proof.old, proof.hashes))
                .collect(),
            leaves: leaves.iter().copied().map(TreeHash::from_bytes).collect(),
        },
        status: decode("status", &wire.status)?,
        status_consistency: wire.status_consistency,
        roots: wire
            .roots
            .iter()
            .map(|root| decode("roots", root))
            .collect::<Result<_, _>>()?,
    };
    check(&evidence)?;
    Ok(evidence)
}

/// The limits of every part: what is longer would be refused later with more work.
fn check(evidence: &Evidence) -> Result<(), BundleError> {
    let component = ReadLimits::default().max_bytes;
    let sizes = [
        ("component", evidence.component.len(), component),
        ("manifest", evidence.manifest.len(), MAX_MANIFEST_BYTES),
        ("config", evidence.config.len(), MAX_CONFIG_BYTES),
        (
            "publisher-statement",
            evidence.publisher_statement.len(),
            MAX_STATEMENT_BYTES,
        ),
        (
            "review-statement",
            evidence.review_statement.len(),
            MAX_STATEMENT_BYTES,
        ),
        ("release", evidence.release.entry.len(), MAX_ENTRY_BYTES),
        ("release", evidence.release.proof.len(), MAX_PROOF),
        ("key", evidence.key.entry.len(), MAX_ENTRY_BYTES),
        ("key", evidence.key.proof.len(), MAX_PROOF),
        ("checkpoint", evidence.checkpoint.len(), MAX_NOTE_BYTES),
        ("consistency", evidence.consistency.proofs.len(), MAX_PROOFS),
        ("leaves", evidence.consistency.leaves.len(), MAX_LEAVES),
        ("status", evidence.status.len(), MAX_STATUS_BYTES),
        (
            "status-consistency",
            evidence.status_consistency.len(),
            MAX_PROOF,
        ),
        ("roots", evidence.roots.len(), MAX_ROOTS),
    ];
    let proofs = evidence
        .consistency
        .proofs
        .iter()
        .map(|(_, proof)| ("consistency", proof.len(), MAX_PROOF));
    let roots = evidence
        .roots
        .iter()
        .map(|root| ("roots", root.len(), MAX_ROOT_BYTES));
    match sizes
        .into_iter()
        .chain(proofs)
        .chain(roots)
        .find(|(_, size, limit)| size > limit)
    {
        Some((name, ..)) => Err(field(name, "is longer than is taken")),
        None => Ok(()),
    }
}

fn check_size(bytes: &[u8]) -> Result<(), BundleError> {
    if bytes.len() > MAX_BUNDLE_BYTES {
        return Err(BundleError::TooLarge { size: bytes.len() });
    }
    Ok(())
}

fn decode(name: &'static str, text: &str) -> Result<Vec<u8>, BundleError> {
    STANDARD
        .decode(text)
        .map_err(|_| field(name, "is not standard base64 with padding"))
}

const fn field(field: &'static str, problem: &'static str) -> BundleError {
    BundleError::Field { field, problem }
}

fn malformed(error: &serde_json::Error) -> BundleError {
    BundleError::Malformed {
        problem: plain(&error.to_string(), 200),
    }
}
