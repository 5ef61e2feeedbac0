//! A release as it is fetched and verified: nothing of it is used before every check has passed.

use super::log::{blob, roots_after};
use super::trust::{Market, trust_error};
use crate::error::CliError;
use crate::when::now_ms;
use guildhall_package::market::evidence::{EvidenceQuery, ReleaseEvidence};
use guildhall_package::market::limits::{MAX_COMPONENT, MAX_GOLDEN};
use guildhall_package::market::release::SkillInfo;
use guildhall_package::text::plain;
use guildhall_package::trust::evidence::{Evidence, TrustState};
use guildhall_package::trust::log::note::MAX_NOTE_BYTES;
use guildhall_package::trust::log::{Entry, Event, SignedCheckpoint};
use guildhall_package::trust::{TrustError, Verified, Wanted, verify_release};
use guildhall_package::{Digest, SkillName};
use semver::Version;
use std::str::FromStr;

/// How often everything is fetched again because another command has seen more of the log meanwhile.
const TRIES: u32 = 3;

/// `publisher/skill` or `publisher/skill@1.2.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameVersion {
    /// The skill.
    pub name: SkillName,
    /// The version; none for the latest.
    pub version: Option<Version>,
}

impl FromStr for NameVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let name = name.parse().map_err(|_| {
            format!(
                "`{}` is no name of a skill; write publisher/skill or publisher/skill@1.2.0",
                plain(name, 80)
            )
        })?;
        let version = version
            .map(|version| {
                Version::parse(version).map_err(|_| {
                    format!(
                        "`{}` is no version; write three numbers, such as 1.2.0",
                        plain(version, 40)
                    )
                })
            })
            .transpose()?;
        Ok(Self { name, version })
    }
}

impl std::fmt::Display for NameVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

/// A release of which everything was checked, with what proves it.
#[derive(Debug)]
pub struct Release {
    /// What was checked.
    pub verified: Verified,
    /// What proves it.
    pub evidence: Evidence,
    /// The golden cases that the publisher's statement names, checked against it.
    pub golden: Option<Vec<u8>>,
}

/// What a marketplace says about a skill.
///
/// # Errors
/// If it does not answer, or has no such skill.
pub async fn skill(market: &Market, name: &SkillName) -> Result<SkillInfo, CliError> {
    let answer = market
        .http
        .get::<SkillInfo>(&format!("/api/v1/skills/{name}"), &NoQuery {})
        .await;
    match answer {
        Err(error) if error.is_not_found() => Err(CliError::usage(format!(
            "{} has no skill {name}",
            market.place()
        ))
        .kind("not-found")
        .fix(format!("look for it: guildhall search {}", name.skill))),
        answer => Ok(answer?),
    }
}

/// The version that is meant: the one that was named, or the latest.
///
/// # Errors
/// If there is none on the shelf.
pub async fn version(market: &Market, wanted: &NameVersion) -> Result<Version, CliError> {
    if let Some(version) = &wanted.version {
        return Ok(version.clone());
    }
    let info = skill(market, &wanted.name).await?;
    info.latest.ok_or_else(|| {
        CliError::refused(format!(
            "{} has no release on the shelf: all were yanked or revoked, or are not meant for everybody yet",
            wanted.name
        ))
        .kind("nothing-on-the-shelf")
        .fix(format!("see them: guildhall releases {}", wanted.name))
    })
}

/// Fetches and verifies one release, and keeps what was learned of the log.
///
/// # Errors
/// If it can't be had, or a check fails; nothing of it may be used then.
pub async fn fetch(
    market: &Market,
    trust: TrustState,
    name: &SkillName,
    version: &Version,
) -> Result<Release, CliError> {
    let mut trust = trust;
    let mut tries = 0;
    loop {
        let evidence = evidence(market, &trust, name, version).await?;
        let locked = market.state.lock()?;
        let known = market.pinned()?.unwrap_or_else(|| trust.clone());
        tries += 1;
        if known.seen != trust.seen && tries < TRIES {
            trust = known;
            continue;
        }
        let wanted = Wanted {
            name: Some(name.clone()),
            version: Some(version.clone()),
            release: None,
        };
        let verified = verify_release(&known, &wanted, &evidence, now_ms())
            .map_err(|error| trust_error(&error))?;
        market.keep(&verified.state, &evidence.checkpoint)?;
        drop(locked);
        let golden = match verified.publisher.claim.golden {
            Some(digest) => Some(golden(market, name, digest).await?),
            None => None,
        };
        return Ok(Release {
            verified,
            evidence,
            golden,
        });
    }
}

/// Everything that proves a release, with the component. Not verified.
///
/// # Errors
/// If it can't be had.
pub async fn evidence(
    market: &Market,
    trust: &TrustState,
    name: &SkillName,
    version: &Version,
) -> Result<Evidence, CliError> {
    let query = EvidenceQuery {
        seen: trust.seen.map(|head| head.size),
        root: Some(trust.root.file().version),
    };
    let path = format!("/api/v1/releases/{name}/{version}/evidence");
    let evidence = match market.http.get::<ReleaseEvidence>(&path, &query).await {
        Err(error) if error.is_not_found() => {
            return Err(CliError::usage(format!(
                "{} has no release {name}@{version}",
                market.place()
            ))
            .kind("not-found")
            .fix(format!("see what there is: guildhall releases {name}")));
        }
        Err(error) => {
            return Err(shorter(market, trust)
                .await?
                .unwrap_or_else(|| error.into()));
        }
        Ok(evidence) => evidence,
    };
    // Only to know what to ask for: whether it is the right one is verified later.
    let entry = Entry::parse(evidence.release.entry.as_bytes())
        .map_err(|error| super::log::broken_log(&error))?;
    let Event::Release(release) = entry.event else {
        return Err(super::log::broken_log(
            &"its entry of the release is of another kind",
        ));
    };
    // Everything but the component is checked before it is asked for: what was revoked, or is of another release, is not
    // handed out, and that is what has to be said.
    let wanted = Wanted {
        name: Some(name.clone()),
        version: Some(version.clone()),
        release: None,
    };
    let mut evidence = evidence.with_component(Vec::new());
    match verify_release(trust, &wanted, &evidence, now_ms()) {
        Ok(_) | Err(TrustError::Digest { what: "component" }) => {}
        Err(error) => return Err(trust_error(&error)),
    }
    evidence.component = blob(&market.http, name, release.component, MAX_COMPONENT).await?;
    Ok(evidence)
}

/// Whether the log is shorter than it was when this machine last saw it, which is more than a question that was refused.
async fn shorter(market: &Market, trust: &TrustState) -> Result<Option<CliError>, CliError> {
    let Some(seen) = trust.seen else {
        return Ok(None);
    };
    let note = market
        .http
        .bytes("/checkpoint", MAX_NOTE_BYTES as u64)
        .await?;
    let found = SignedCheckpoint::parse(&note)
        .map_err(|error| trust_error(&error.into()))?
        .unverified()
        .head
        .size;
    Ok((found < seen.size).then(|| {
        trust_error(&TrustError::Rollback {
            seen: seen.size,
            found,
        })
    }))
}

/// The golden cases of this digest.
async fn golden(market: &Market, name: &SkillName, digest: Digest) -> Result<Vec<u8>, CliError> {
    let bytes = blob(&market.http, name, digest, MAX_GOLDEN).await?;
    if Digest::of(&bytes) == digest {
        return Ok(bytes);
    }
    Err(CliError::unverified(
        "digest: the golden cases are not the ones that the publisher signed: they were exchanged on the way",
    )
    .kind("digest")
    .fix("try again; if it stays, tell the marketplace's operator"))
}

/// Root files from the first one on, for whoever has none.
///
/// # Errors
/// If the marketplace does not answer.
pub async fn all_roots(market: &Market) -> Result<Vec<Vec<u8>>, CliError> {
    roots_after(&market.http, 0).await
}

/// A query that asks for nothing in particular.
#[derive(serde::Serialize)]
pub struct NoQuery {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(text in "[a-zA-Z0-9@/.+-]{0,24}") {
            if let Ok(named) = text.parse::<NameVersion>() {
                prop_assert_eq!(named.to_string(), text);
            }
        }
    }

    #[test]
    fn a_release_is_named_with_or_without_its_version() {
        let both: NameVersion = "acme/vat-report@1.2.0-rc.1".parse().unwrap();
        assert_eq!(both.to_string(), "acme/vat-report@1.2.0-rc.1");
        let latest: NameVersion = "acme/x".parse().unwrap();
        assert_eq!(
            (latest.version.clone(), latest.to_string()),
            (None, "acme/x".to_owned())
        );
        for wrong in [
            "acme",
            "acme/x@",
            "acme/x@1",
            "Acme/x",
            "acme/x@1.0.0@2.0.0",
            "",
            "@1.0.0",
        ] {
            assert!(wrong.parse::<NameVersion>().is_err(), "{wrong}");
        }
    }
}
