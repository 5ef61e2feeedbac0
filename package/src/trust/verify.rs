//! What a client demands before it installs a release.

use semver::Version;

use super::error::{TrustError, Which};
use super::evidence::{Evidence, Logged, Policy, TrustState};
use super::log::checkpoint::{Checkpoint, SignedCheckpoint, TreeHead};
use super::log::cosignature::{Cosignature, cosignatures};
use super::log::entry::{Entry, Event, ReleaseEntry};
use super::log::hash::TreeHash;
use super::log::merkle::{verify_consistency, verify_inclusion};
use super::release::Artifact;
use super::root::{RootFile, TrustedRoot};
use super::statement::{PublisherStatement, ReviewStatement, Statement};
use super::status::Status;
use crate::component::SkillPackage;
use crate::digest::Digest;
use crate::manifest::SkillName;
use crate::text::plain;

/// What was asked for. A genuine release of something else must not take its place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Name of the skill; none if a file is opened to see what is in it.
    pub name: Option<SkillName>,
    /// Its version, if one was named.
    pub version: Option<Version>,
    /// The release digest, if it was pinned.
    pub release: Option<Digest>,
}

/// A release of which everything was checked.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Image manifest, config and digests.
    pub artifact: Artifact,
    /// What the component's bytes say: consent is asked from this.
    pub package: SkillPackage,
    /// The log entry of the release.
    pub entry: ReleaseEntry,
    /// Index of that entry.
    pub index: u64,
    /// When it was logged, in milliseconds since 1970.
    pub at: i64,
    /// The publisher's statement.
    pub publisher: PublisherStatement,
    /// The marketplace's statement: what the review found.
    pub review: ReviewStatement,
    /// Why the release is not offered any more, if it was yanked. Not to be installed anew unless it was asked for by its
    /// version.
    pub yanked: Option<String>,
    /// Who cosigned the log's state, and when. Empty if the root file asks for no witness.
    pub cosignatures: Vec<Cosignature>,
    /// What has to be kept for the next time.
    pub state: TrustState,
}

/// What is known of the log after its checkpoint and status were checked.
struct LogView {
    root: TrustedRoot,
    head: TreeHead,
    status: Status,
    cosignatures: Vec<Cosignature>,
}

/// Checks everything about a release: root, checkpoint, witnesses, consistency with what was seen, status, inclusion of the
/// release and of its publisher's key, digests, both signatures, revocation, and that it is what was asked for.
///
/// # Errors
/// [`TrustError`] for the first check that fails. Nothing of the release may be used then, and nothing is to be kept.
pub fn verify_release(
    trust: &TrustState,
    wanted: &Wanted,
    evidence: &Evidence,
    now_ms: i64,
) -> Result<Verified, TrustError> {
    let log = view(trust, evidence, now_ms)?;
    let (entry, at) = release_entry(&log.head, evidence, now_ms, &trust.policy)?;
    check_wanted(wanted, &entry)?;
    check_key(&log.head, evidence, &entry, at)?;
    check_revocation(&log.status, &entry, at)?;
    let (publisher, review) = statements(log.root.file(), evidence, &entry, at)?;

    // What is large is read when everything about it is known.
    let component = Digest::of(&evidence.component);
    let parts = [
        (
            "image manifest",
            Digest::of(&evidence.manifest),
            entry.release,
        ),
        ("component", component, entry.component),
    ];
    for (what, found, logged) in parts {
        if found != logged {
            return Err(TrustError::Digest { what });
        }
    }
    let package =
        SkillPackage::read(&evidence.component).map_err(super::release::ReleaseError::Component)?;
    let artifact = Artifact::check_package(&evidence.manifest, &evidence.config, &package)?;
    if artifact.name != entry.name || artifact.version != entry.version {
        return Err(TrustError::Digest {
            what: "name or version in the component",
        });
    }
    if artifact.created != publisher.claim.created {
        return Err(TrustError::PublisherOther { what: "time" });
    }
    Ok(Verified {
        artifact,
        package,
        index: evidence.release.index,
        at,
        publisher,
        review,
        yanked: log
            .status
            .yank(&entry.release)
            .map(|yank| plain(&yank.reason, 300)),
        entry,
        cosignatures: log.cosignatures,
        state: TrustState {
            root: log.root,
            seen: Some(log.head),
            status: Some(log.status),
            policy: trust.policy,
        },
    })
}

/// Checks a checkpoint and a status alone: what a client does that only polls for revocations. The evidence's other parts
/// are not looked at.
///
/// # Errors
/// [`TrustError`] for the first check that fails.
pub fn verify_log(
    trust: &TrustState,
    evidence: &Evidence,
    now_ms: i64,
) -> Result<TrustState, TrustError> {
    let log = view(trust, evidence, now_ms)?;
    Ok(TrustState {
        root: log.root,
        seen: Some(log.head),
        status: Some(log.status),
        policy: trust.policy,
    })
}

fn view(trust: &TrustState, evidence: &Evidence, now_ms: i64) -> Result<LogView, TrustError> {
    let root = trust.newest_root(&evidence.roots, now_ms)?;
    let file = root.file();
    let signed = SignedCheckpoint::parse(&evidence.checkpoint)?;
    let Checkpoint {
        head, extensions, ..
    } = signed.verify(&file.origin, std::slice::from_ref(&file.log))?;
    if !extensions.is_empty() {
        return Err(TrustError::Extensions);
    }
    let head = *head;
    let cosignatures =
        cosignatures(signed.note(), &file.witnesses).map_err(TrustError::Cosignature)?;
    check_witnesses(file, &cosignatures, now_ms, &trust.policy)?;
    if let Some(seen) = &trust.seen {
        check_growth(seen, &head, evidence)?;
    }
    let status = status(trust, file, evidence, &head, now_ms)?;
    Ok(LogView {
        root,
        head,
        status,
        cosignatures,
    })
}

fn check_witnesses(
    root: &RootFile,
    found: &[Cosignature],
    now_ms: i64,
    policy: &Policy,
) -> Result<(), TrustError> {
    let Some(at) = usize::try_from(root.witness_threshold)
        .unwrap_or(usize::MAX)
        .checked_sub(1)
    else {
        return Ok(());
    };
    // What comes from the future proves nothing about now.
    let mut ages: Vec<i64> = found
        .iter()
        .map(|one| {
            let time_ms = i64::try_from(one.time)
                .unwrap_or(i64::MAX)
                .saturating_mul(1000);
            now_ms.saturating_sub(time_ms)
        })
        .filter(|age_ms| *age_ms >= policy.max_ahead_ms.saturating_neg())
        .collect();
    ages.sort_unstable();
    match ages.get(at) {
        None => Err(TrustError::Witnesses {
            found: ages.len(),
            needed: root.witness_threshold,
        }),
        Some(age_ms) if *age_ms >= policy.max_age_ms => Err(TrustError::WitnessesStale {
            age_ms: *age_ms,
            limit_ms: policy.max_age_ms,
        }),
        Some(_) => Ok(()),
    }
}

fn check_growth(seen: &TreeHead, head: &TreeHead, evidence: &Evidence) -> Result<(), TrustError> {
    if head.size < seen.size {
        return Err(TrustError::Rollback {
            seen: seen.size,
            found: head.size,
        });
    }
    let proof =
        evidence
            .consistency
            .proof(seen.size, head.size)
            .ok_or(TrustError::NoConsistency {
                seen: seen.size,
                found: head.size,
            })?;
    grew(seen, head, &proof).map_err(TrustError::Fork)
}

fn grew(
    old: &TreeHead,
    new: &TreeHead,
    proof: &[TreeHash],
) -> Result<(), super::log::merkle::ProofError> {
    verify_consistency((old.size, &old.root), (new.size, &new.root), proof)
}

fn status(
    trust: &TrustState,
    root: &RootFile,
    evidence: &Evidence,
    head: &TreeHead,
    now_ms: i64,
) -> Result<Status, TrustError> {
    let status = Status::verify(&evidence.status, root.log.key(), &root.origin)?;
    status.check_fresh(now_ms, trust.policy.max_age_ms, trust.policy.max_ahead_ms)?;
    if let Some(seen) = &trust.status {
        status.check_after(seen)?;
    }
    let about = status.head();
    let (old, new) = if about.size < head.size {
        (&about, head)
    } else {
        (head, &about)
    };
    grew(old, new, &evidence.status_consistency).map_err(TrustError::StatusFork)?;
    Ok(status)
}

/// Reads an entry and checks that it is in the log.
fn logged(head: &TreeHead, logged: &Logged, which: Which) -> Result<Entry, TrustError> {
    let entry = Entry::parse(&logged.entry).map_err(|error| TrustError::Entry { which, error })?;
    verify_inclusion(
        &TreeHash::leaf(&logged.entry),
        logged.index,
        head.size,
        &logged.proof,
        &head.root,
    )
    .map_err(|error| TrustError::Inclusion { which, error })?;
    Ok(entry)
}

fn release_entry(
    head: &TreeHead,
    evidence: &Evidence,
    now_ms: i64,
    policy: &Policy,
) -> Result<(ReleaseEntry, i64), TrustError> {
    let which = Which::Release;
    let entry = logged(head, &evidence.release, which)?;
    let Event::Release(release) = entry.event else {
        return Err(TrustError::EntryKind { which });
    };
    let ahead_ms = entry.at.saturating_sub(now_ms);
    if ahead_ms > policy.max_ahead_ms {
        return Err(TrustError::Future { ahead_ms });
    }
    Ok((release, entry.at))
}

fn check_wanted(wanted: &Wanted, entry: &ReleaseEntry) -> Result<(), TrustError> {
    let Wanted {
        name,
        version,
        release,
    } = wanted;
    let fits = name.as_ref().is_none_or(|name| *name == entry.name)
        && version
            .as_ref()
            .is_none_or(|version| *version == entry.version)
        && release.is_none_or(|release| release == entry.release);
    if fits {
        return Ok(());
    }
    let shown = |name: &str, version: &str, release: &str| format!("{name} {version} ({release})");
    let any = |text: Option<String>| text.unwrap_or_else(|| "any".to_owned());
    Err(TrustError::NotWanted {
        wanted: shown(
            &any(name.as_ref().map(ToString::to_string)),
            &any(version.as_ref().map(ToString::to_string)),
            &any(release.map(|release| release.short())),
        ),
        found: shown(
            &entry.name.to_string(),
            &entry.version.to_string(),
            &entry.release.short(),
        ),
    })
}

/// The log must have granted the key to the publisher, before the release.
fn check_key(
    head: &TreeHead,
    evidence: &Evidence,
    entry: &ReleaseEntry,
    at: i64,
) -> Result<(), TrustError> {
    let which = Which::Key;
    let granted = logged(head, &evidence.key, which)?;
    let Event::KeyGranted { publisher, key } = granted.event else {
        return Err(TrustError::EntryKind { which });
    };
    let problem = if publisher != entry.name.publisher {
        "it was granted to another publisher"
    } else if key != entry.key {
        "another key was"
    } else if evidence.key.index >= evidence.release.index || granted.at > at {
        "it was granted later"
    } else {
        return Ok(());
    };
    Err(TrustError::KeyGrant {
        key: entry.key.to_string(),
        publisher: entry.name.publisher.to_string(),
        problem,
    })
}

fn check_revocation(status: &Status, entry: &ReleaseEntry, at: i64) -> Result<(), TrustError> {
    if let Some(revoked) = status.revocation(&entry.release) {
        return Err(TrustError::Revoked {
            release: entry.release,
            reason: plain(&revoked.reason, 300),
        });
    }
    match status.key_revocation(&entry.key) {
        Some(revoked) if revoked.from <= at => Err(TrustError::KeyRevoked {
            from: revoked.from,
            at,
        }),
        _ => Ok(()),
    }
}

fn statements(
    root: &RootFile,
    evidence: &Evidence,
    entry: &ReleaseEntry,
    at: i64,
) -> Result<(PublisherStatement, ReviewStatement), TrustError> {
    let publisher = PublisherStatement::verify(&evidence.publisher_statement, &[entry.key])
        .map_err(TrustError::Publisher)?;
    let review = ReviewStatement::verify(&evidence.review_statement, &root.reviewers_at(at))
        .map_err(TrustError::Review)?;
    let other = |what| TrustError::PublisherOther { what };
    same_subject(&publisher.statement, entry).map_err(other)?;
    if publisher.statement.claim.component != entry.component {
        return Err(other("component"));
    }
    if publisher.digest != entry.publisher_statement {
        return Err(TrustError::Digest {
            what: "publisher's statement",
        });
    }
    let other = |what| TrustError::ReviewOther { what };
    same_subject(&review.statement, entry).map_err(other)?;
    if review.statement.claim.component != entry.component {
        return Err(other("component"));
    }
    if review.digest != entry.review_statement {
        return Err(TrustError::Digest {
            what: "review statement",
        });
    }
    Ok((publisher.statement, review.statement))
}

/// What a statement is about must be what was logged; if not, what differs.
fn same_subject<C>(statement: &Statement<C>, entry: &ReleaseEntry) -> Result<(), &'static str> {
    if statement.name != entry.name {
        Err("name")
    } else if statement.version != entry.version {
        Err("version")
    } else if statement.release != entry.release {
        Err("release digest")
    } else {
        Ok(())
    }
}
