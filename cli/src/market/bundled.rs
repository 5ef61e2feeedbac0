//! A release out of a bundle file: verified as one out of a marketplace, without asking anybody.

use super::Place;
use super::release::Release;
use super::state::{self};
use super::trust::{Market, root_error, trust_error};
use crate::error::CliError;
use crate::home::Home;
use crate::when::now_ms;
use guildhall_package::Digest;
use guildhall_package::text::plain;
use guildhall_package::trust::evidence::{Evidence, TrustState};
use guildhall_package::trust::root::TrustedRoot;
use guildhall_package::trust::{Wanted, bundle, verify_release};

/// Reads and verifies a bundle. Of a marketplace that is not known here yet it says itself which root it has: that is taken
/// only with the fingerprint that somebody gives.
///
/// # Errors
/// If it is none, nobody vouches for its marketplace, or a check fails.
pub fn open(
    home: &Home,
    from: Option<&Place>,
    root: Option<Digest>,
    bytes: &[u8],
) -> Result<(Market, Release), CliError> {
    let evidence = bundle::read(bytes)
        .map_err(|error| CliError::usage(plain(&error.to_string(), 600)).kind("no-bundle"))?;
    let market = market(home, from, &evidence)?;
    let _locked = market.state.lock()?;
    let trust = match market.pinned()? {
        Some(trust) => match root {
            Some(root) if root != trust.root.fingerprint() => {
                return Err(other(root, trust.root.fingerprint()));
            }
            _ => trust,
        },
        None => TrustState::first_contact(vouched(&evidence, root)?),
    };
    let verified = verify_release(&trust, &Wanted::default(), &evidence, now_ms())
        .map_err(|error| trust_error(&error))?;
    market.keep(&verified.state, &evidence.checkpoint)?;
    market.state.remember()?;
    Ok((
        market,
        Release {
            verified,
            evidence,
            golden: None,
        },
    ))
}

/// The marketplace that a bundle is from: the one named, or the known one whose log it has.
fn market(home: &Home, from: Option<&Place>, evidence: &Evidence) -> Result<Market, CliError> {
    if let Some(place) = from {
        return Market::at(home, place.clone());
    }
    let origin = evidence
        .roots
        .last()
        .and_then(|root| TrustedRoot::pin(root).ok())
        .map(|root| root.file().origin.clone());
    for place in state::known(home)? {
        let market = Market::at(home, place)?;
        let known = market
            .pinned()?
            .map(|trust| trust.root.file().origin.clone());
        if known.is_some() && known == origin {
            return Ok(market);
        }
    }
    Err(CliError::usage(
        "this bundle is from a marketplace that is not known here, so nobody vouches for it",
    )
    .kind("unknown-marketplace")
    .fix("name it and the fingerprint of its root, which its operator publishes: --from https://HOST --root sha256:…"))
}

/// The root in the bundle that has this fingerprint.
fn vouched(evidence: &Evidence, expected: Option<Digest>) -> Result<TrustedRoot, CliError> {
    let Some(expected) = expected else {
        return Err(CliError::refused(
            "this marketplace is not known here yet, and the bundle alone can't say that it is the right one",
        )
        .kind("root")
        .fix("ask its operator for the fingerprint of its root, and give it: --root sha256:…"));
    };
    let mut found = Vec::new();
    for envelope in &evidence.roots {
        let root = TrustedRoot::pin(envelope).map_err(|error| root_error(&error))?;
        if root.fingerprint() == expected {
            return Ok(root);
        }
        found.push(root.fingerprint());
    }
    Err(other(
        expected,
        found.last().copied().unwrap_or_else(|| Digest::of(b"")),
    ))
}

fn other(expected: Digest, found: Digest) -> CliError {
    CliError::unverified(format!(
        "root: the bundle's marketplace has the root {found}, and {expected} was expected"
    ))
    .kind("root")
    .fix("ask its operator for the fingerprint by another way; nothing was installed")
}
