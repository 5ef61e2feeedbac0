//! A release as an OCI artifact, in the layout of `wkg`, and what is attached to it.

pub mod artifact;
pub mod error;
pub mod oci;
pub mod referrer;

pub use artifact::Artifact;
pub use error::{Document, ReleaseError};
pub use referrer::{Referrer, ReferrerKind, referrers_index};
