//! Signed statements about a release: in-toto Statement v1 in an envelope of [`super::dsse`].
//!
//! Each kind has a type of its own for the envelope's payload and for the predicate, so that no statement passes as one of
//! another kind, whoever signed it.

use semver::Version;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::canonical::{self, CanonicalError};
use super::dsse::{self, DsseError};
use super::keys::{PublicKey, SigningKey};
use super::log::entry::{MAX_TIME_MS, is_release_version};
use crate::digest::Digest;
use crate::manifest::SkillName;
use crate::text::plain;

/// Longest statement, as an envelope, in bytes.
pub const MAX_STATEMENT_BYTES: usize = 512 << 10;
/// Most findings of a review.
pub const MAX_FINDINGS: usize = 200;
/// Type of every statement, by in-toto.
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// A kind of statement.
pub trait Claim: Serialize + DeserializeOwned {
    /// Type of the envelope's payload.
    const PAYLOAD_TYPE: &'static str;
    /// Type of the predicate.
    const PREDICATE_TYPE: &'static str;

    /// Checks values that the form alone allows.
    ///
    /// # Errors
    /// [`StatementError::Value`] for the first that can't be.
    fn check(&self) -> Result<(), StatementError>;
}

/// A statement about one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<C> {
    /// Name of the skill.
    pub name: SkillName,
    /// Its version.
    pub version: Version,
    /// Digest of the image manifest.
    pub release: Digest,
    /// What is said about it.
    pub claim: C,
}

/// The publisher's claim: this is my release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublisherClaim {
    /// Digest of the component.
    pub component: Digest,
    /// Digest of the golden cases, as one tar, if there are any.
    pub golden: Option<Digest>,
    /// When it was made, in milliseconds since 1970, by the publisher's clock.
    pub created: i64,
}

/// The marketplace's claim: this was reviewed and passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewClaim {
    /// Digest of the component that was reviewed.
    pub component: Digest,
    /// Digest of the whole report.
    pub report: Digest,
    /// What was found, without what would have refused it.
    pub findings: Vec<Finding>,
    /// Name and version of the engine that ran it.
    pub engine: String,
    /// Who reviewed: a worker, or the person who decided.
    pub reviewer: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

/// What a review found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its code, for programs.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence, for people.
    pub sentence: String,
}

/// How bad a finding is. What would refuse a release is not among them: there is no statement about a refused one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Something to know.
    Note,
    /// Something to think about before installing.
    Warn,
}

/// The publisher's statement.
pub type PublisherStatement = Statement<PublisherClaim>;
/// The marketplace's statement.
pub type ReviewStatement = Statement<ReviewClaim>;

/// A statement whose signatures were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<C> {
    /// What is stated.
    pub statement: Statement<C>,
    /// Who signed, in the order of the key ids. Never empty; each is among the keys that were trusted.
    pub keys: Vec<PublicKey>,
    /// Digest of the envelope: names this signed statement in the log.
    pub digest: Digest,
}

/// Why a statement is refused.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// Longer than is taken.
    #[error(
        "the signed statement is {size} bytes long and at most {MAX_STATEMENT_BYTES} are taken"
    )]
    TooLarge {
        /// Length in bytes.
        size: usize,
    },
    /// The envelope or its signature.
    #[error(transparent)]
    Envelope(#[from] DsseError),
    /// The payload is signed and is no statement of this kind.
    #[error("the signed content is no statement of this kind: {0}")]
    Form(#[from] CanonicalError),
    /// A value that can't be.
    #[error("the signed statement's `{field}` {problem}")]
    Value {
        /// Which field.
        field: &'static str,
        /// Which rule it breaks.
        problem: &'static str,
    },
}

const fn value(field: &'static str, problem: &'static str) -> StatementError {
    StatementError::Value { field, problem }
}

/// A statement as in-toto writes it.
#[derive(Serialize, Deserialize)]
struct Wire<C> {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: C,
}

#[derive(Serialize, Deserialize)]
struct Subject {
    name: String,
    digest: SubjectDigest,
}

#[derive(Serialize, Deserialize)]
struct SubjectDigest {
    sha256: String,
}

impl<C: Claim> Statement<C> {
    /// Signs it. The same statement and key always give the same bytes.
    ///
    /// # Errors
    /// [`StatementError`] for what would not be read again.
    pub fn sign(self, key: &SigningKey) -> Result<Vec<u8>, StatementError> {
        let payload = self.into_payload()?;
        let envelope = dsse::sign(C::PAYLOAD_TYPE, &payload, key)?.to_bytes()?;
        if envelope.len() > MAX_STATEMENT_BYTES {
            return Err(StatementError::TooLarge {
                size: envelope.len(),
            });
        }
        Ok(envelope)
    }

    /// Checks form and signatures of an envelope, and reads the statement in it.
    ///
    /// # Errors
    /// [`StatementError`] for the first thing that is wrong. Nothing of it may be used then.
    pub fn verify(envelope: &[u8], trusted: &[PublicKey]) -> Result<Signed<C>, StatementError> {
        if envelope.len() > MAX_STATEMENT_BYTES {
            return Err(StatementError::TooLarge {
                size: envelope.len(),
            });
        }
        let verified = dsse::verify(envelope, trusted, C::PAYLOAD_TYPE)?;
        let statement = Self::from_payload(&verified.payload)?;
        Ok(Signed {
            statement,
            keys: verified.keys,
            digest: Digest::of(envelope),
        })
    }

    /// What an envelope claims, unverified: for finding out whose key has to be asked for.
    ///
    /// # Errors
    /// [`StatementError`] if it is no envelope of this kind.
    pub fn unverified(envelope: &[u8]) -> Result<Self, StatementError> {
        if envelope.len() > MAX_STATEMENT_BYTES {
            return Err(StatementError::TooLarge {
                size: envelope.len(),
            });
        }
        let envelope = dsse::Envelope::parse(envelope)?;
        envelope.expect_type(C::PAYLOAD_TYPE)?;
        Self::from_payload(&envelope.unverified_payload()?)
    }

    fn into_payload(self) -> Result<Vec<u8>, StatementError> {
        check_version(&self.version)?;
        self.claim.check()?;
        let wire = Wire {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![Subject {
                name: format!("{}@{}", self.name, self.version),
                digest: SubjectDigest {
                    sha256: self.release.hex(),
                },
            }],
            predicate_type: C::PREDICATE_TYPE.to_owned(),
            predicate: self.claim,
        };
        Ok(canonical::to_vec(&wire)?)
    }

    fn from_payload(payload: &[u8]) -> Result<Self, StatementError> {
        let wire: Wire<C> = canonical::parse(payload, MAX_STATEMENT_BYTES)?;
        if wire.kind != STATEMENT_TYPE {
            return Err(value("_type", "is not that of an in-toto statement v1"));
        }
        if wire.predicate_type != C::PREDICATE_TYPE {
            return Err(value(
                "predicateType",
                "is of another kind than the envelope's type",
            ));
        }
        let [subject] = wire.subject.as_slice() else {
            return Err(value("subject", "must be exactly one release"));
        };
        let (name, version) = subject
            .name
            .split_once('@')
            .and_then(|(name, version)| Some((name.parse().ok()?, version.parse().ok()?)))
            .ok_or_else(|| value("subject", "must be named `publisher/skill@version`"))?;
        check_version(&version)?;
        let release = format!("sha256:{}", subject.digest.sha256)
            .parse()
            .map_err(|_| value("subject", "must have a sha256 digest of 64 digits"))?;
        wire.predicate.check()?;
        Ok(Self {
            name,
            version,
            release,
            claim: wire.predicate,
        })
    }
}

impl Claim for PublisherClaim {
    const PAYLOAD_TYPE: &'static str = "application/vnd.guildhall.publisher-statement.v1+json";
    const PREDICATE_TYPE: &'static str = "urn:guildhall:publisher-statement:v1";

    fn check(&self) -> Result<(), StatementError> {
        check_time("created", self.created)
    }
}

impl Claim for ReviewClaim {
    const PAYLOAD_TYPE: &'static str = "application/vnd.guildhall.review-statement.v1+json";
    const PREDICATE_TYPE: &'static str = "urn:guildhall:review-statement:v1";

    fn check(&self) -> Result<(), StatementError> {
        check_time("at", self.at)?;
        check_text("engine", &self.engine, 100)?;
        check_text("reviewer", &self.reviewer, 100)?;
        if self.findings.len() > MAX_FINDINGS {
            return Err(value("findings", "are more than 200"));
        }
        for finding in &self.findings {
            check_text("code", &finding.code, 64)?;
            check_text("sentence", &finding.sentence, 500)?;
        }
        Ok(())
    }
}

fn check_version(version: &Version) -> Result<(), StatementError> {
    if is_release_version(version) {
        Ok(())
    } else {
        Err(value(
            "subject",
            "must have a version without build metadata, of at most 128 characters",
        ))
    }
}

fn check_time(field: &'static str, at: i64) -> Result<(), StatementError> {
    if (0..=MAX_TIME_MS).contains(&at) {
        Ok(())
    } else {
        Err(value(field, "must be milliseconds from 1970 to 9999"))
    }
}

fn check_text(field: &'static str, text: &str, max_chars: usize) -> Result<(), StatementError> {
    if text.is_empty() || plain(text, max_chars) != text {
        Err(value(
            field,
            "must be one line of text that shows as it is, not empty and not too long",
        ))
    } else {
        Ok(())
    }
}
