//! A marketplace in memory, for tests: keys, a log, a witness, and one release with all evidence for it.
#![allow(clippy::unwrap_used)]

use super::evidence::{Consistency, Evidence, Logged, TrustState};
use super::keys::SigningKey;
use super::log::checkpoint::{Checkpoint, SignedCheckpoint, TreeHead};
use super::log::cosignature::cosign;
use super::log::entry::{Entry, Event, ReleaseEntry, Withdrawal};
use super::log::hash::TreeHash;
use super::log::merkle::{consistency_proof, inclusion_proof, root};
use super::log::note::{Algorithm, VerifierKey};
use super::log::tiles::Leaves;
use super::monitor::LogState;
use super::release::Artifact;
use super::root::{ReviewerKey, RootFile, TrustedRoot};
use super::statement::{Finding, PublisherClaim, ReviewClaim, Severity, Statement};
use crate::digest::Digest;
use crate::section::embed;
use crate::testing::skill;

/// The log's identity.
pub const ORIGIN: &str = "market.test/log";
/// When everything in these tests happens, in milliseconds since 1970.
pub const NOW: i64 = 1_800_000_000_000;
/// A day in milliseconds.
pub const DAY: i64 = 86_400_000;

/// A key for each role, told apart by a number.
pub fn key(n: u8) -> SigningKey {
    SigningKey::from_seed(&[n; 32])
}

pub const ROOT_KEYS: [u8; 3] = [1, 2, 3];
pub const LOG_KEY: u8 = 10;
pub const WITNESS_KEYS: [u8; 3] = [20, 21, 22];
pub const REVIEWER_KEY: u8 = 30;
pub const PUBLISHER_KEY: u8 = 40;
pub const OTHER_PUBLISHER_KEY: u8 = 41;

/// Name of a witness.
pub fn witness_name(n: u8) -> String {
    format!("witness.test/w{n}")
}

/// The root file of these tests: two of three root keys, two of three witnesses.
pub fn root_file() -> RootFile {
    RootFile {
        version: 1,
        expires: NOW + 30 * DAY,
        origin: ORIGIN.to_owned(),
        log: VerifierKey::new(ORIGIN, Algorithm::Ed25519, key(LOG_KEY).public()).unwrap(),
        witnesses: WITNESS_KEYS
            .iter()
            .map(|n| {
                VerifierKey::new(&witness_name(*n), Algorithm::Cosignature, key(*n).public())
                    .unwrap()
            })
            .collect(),
        witness_threshold: 2,
        reviewers: vec![ReviewerKey {
            key: key(REVIEWER_KEY).public(),
            from: 0,
            until: None,
        }],
        keys: ROOT_KEYS.iter().map(|n| key(*n).public()).collect(),
        threshold: 2,
    }
}

/// Signs a root file with these keys.
pub fn signed_root(file: &RootFile, keys: &[u8]) -> Vec<u8> {
    let keys: Vec<SigningKey> = keys.iter().map(|n| key(*n)).collect();
    let keys: Vec<&SigningKey> = keys.iter().collect();
    file.sign(&keys).unwrap()
}

/// A component that may fetch rates, with a manifest of this name and version in it.
pub fn component(name: &str, version: &str) -> Vec<u8> {
    let manifest = format!(
        "name = \"{name}\"\nversion = \"{version}\"\ndescription = \"Fetches rates.\"\nlicence = \"MIT\"\n\
         homepage = \"https://acme.test/\"\n\
         [[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"https://h.test/a/*\"\nreason = \"Reads rates.\"\n"
    );
    let bytes = skill("import guildhall:skill/network@1.0.0; export run: func();");
    embed(&bytes, &manifest, None).unwrap()
}

/// A log and all that is in it.
#[derive(Clone, Default)]
pub struct Market {
    pub entries: Vec<Vec<u8>>,
    pub state: LogState,
}

/// A release with what is signed about it.
#[derive(Clone)]
pub struct Released {
    pub component: Vec<u8>,
    pub artifact: Artifact,
    pub publisher_statement: Vec<u8>,
    pub review_statement: Vec<u8>,
    pub index: usize,
}

impl Market {
    /// With the names `acme` and `other`, a key of each, and some entries around them.
    pub fn new() -> Self {
        let mut market = Self::default();
        for (publisher, n) in [("acme", PUBLISHER_KEY), ("other", OTHER_PUBLISHER_KEY)] {
            let publisher: crate::FolderName = publisher.parse().unwrap();
            market.log(Event::NamespaceGranted {
                publisher: publisher.clone(),
            });
            market.log(Event::KeyGranted {
                publisher,
                key: key(n).public(),
            });
        }
        market
    }

    /// Appends an entry, dated a day ago.
    pub fn log(&mut self, event: Event) -> usize {
        self.log_at(NOW - DAY, event)
    }

    /// Appends an entry that keeps the log's rules.
    pub fn log_at(&mut self, at: i64, event: Event) -> usize {
        let entry = Entry { at, event };
        self.state.apply(&entry).unwrap();
        self.entries.push(entry.to_bytes().unwrap());
        self.entries.len() - 1
    }

    /// Publishes, reviews and logs a component.
    pub fn release(&mut self, component: Vec<u8>, publisher: u8) -> Released {
        let artifact = Artifact::build(&component, NOW - 2 * DAY).unwrap();
        let statement = |claim| Statement {
            name: artifact.name.clone(),
            version: artifact.version.clone(),
            release: artifact.release,
            claim,
        };
        let publisher_statement = statement(PublisherClaim {
            component: artifact.component,
            golden: Some(Digest::of(b"golden")),
            created: artifact.created,
        })
        .sign(&key(publisher))
        .unwrap();
        let review_statement = Statement {
            name: artifact.name.clone(),
            version: artifact.version.clone(),
            release: artifact.release,
            claim: review(&artifact),
        }
        .sign(&key(REVIEWER_KEY))
        .unwrap();
        let index = self.log(Event::Release(ReleaseEntry {
            name: artifact.name.clone(),
            version: artifact.version.clone(),
            release: artifact.release,
            component: artifact.component,
            publisher_statement: Digest::of(&publisher_statement),
            review_statement: Digest::of(&review_statement),
            key: key(publisher).public(),
        }));
        Released {
            component,
            artifact,
            publisher_statement,
            review_statement,
            index,
        }
    }

    pub fn leaves(&self) -> Vec<TreeHash> {
        self.entries.iter().map(|it| TreeHash::leaf(it)).collect()
    }

    pub fn size(&self) -> u64 {
        u64::try_from(self.entries.len()).unwrap()
    }

    /// The log's state at a size.
    pub fn head_at(&self, size: u64) -> TreeHead {
        TreeHead {
            size,
            root: root(&Leaves(&self.leaves()), size).unwrap(),
        }
    }

    pub fn head(&self) -> TreeHead {
        self.head_at(self.size())
    }

    /// The checkpoint of now, cosigned by these witnesses at this time.
    pub fn checkpoint(&self, witnesses: &[u8], at_ms: i64) -> Vec<u8> {
        checkpoint(&Checkpoint::new(ORIGIN, self.head()), witnesses, at_ms)
    }

    pub fn logged(&self, index: usize) -> Logged {
        let index_in_log = u64::try_from(index).unwrap();
        Logged {
            entry: self.entries.get(index).unwrap().clone(),
            index: index_in_log,
            proof: inclusion_proof(&Leaves(&self.leaves()), index_in_log, self.size()).unwrap(),
        }
    }

    /// The signed status of now.
    pub fn status(&self, issued: i64) -> Vec<u8> {
        self.state
            .status(ORIGIN, self.head(), issued, issued + DAY)
            .sign(&key(LOG_KEY))
            .unwrap()
    }

    /// All evidence for a release, as the log is now.
    pub fn evidence(&self, released: &Released) -> Evidence {
        let entry = Entry::parse(self.entries.get(released.index).unwrap()).unwrap();
        let Event::Release(entry) = entry.event else {
            unreachable!("the entry of a release")
        };
        let granted = self.state.key(&entry.key).unwrap().granted_index;
        Evidence {
            component: released.component.clone(),
            manifest: released.artifact.manifest.clone(),
            config: released.artifact.config.clone(),
            publisher_statement: released.publisher_statement.clone(),
            review_statement: released.review_statement.clone(),
            release: self.logged(released.index),
            key: self.logged(usize::try_from(granted).unwrap()),
            checkpoint: self.checkpoint(&WITNESS_KEYS, NOW - 60_000),
            consistency: Consistency::default(),
            status: self.status(NOW - 60_000),
            status_consistency: Vec::new(),
            roots: Vec::new(),
        }
    }

    /// The proof that the log grew to what it is from this size.
    pub fn consistency(&self, old: u64) -> Vec<TreeHash> {
        consistency_proof(&Leaves(&self.leaves()), old, self.size()).unwrap()
    }

    /// What takes this release back, or brings it back.
    pub fn withdrawal(released: &Released, reason: &str) -> Withdrawal {
        Withdrawal {
            name: released.artifact.name.clone(),
            version: released.artifact.version.clone(),
            release: released.artifact.release,
            reason: reason.to_owned(),
        }
    }
}

/// A checkpoint, signed by the log and cosigned by these witnesses.
pub fn checkpoint(checkpoint: &Checkpoint, witnesses: &[u8], at_ms: i64) -> Vec<u8> {
    let mut signed = SignedCheckpoint::sign(checkpoint, &key(LOG_KEY)).unwrap();
    let text = checkpoint.to_string();
    for n in witnesses {
        let time = u64::try_from(at_ms / 1000).unwrap();
        signed
            .add(cosign(&text, &witness_name(*n), &key(*n), time).unwrap())
            .unwrap();
    }
    signed.to_text().into_bytes()
}

/// What a reviewer says about an artifact.
pub fn review(artifact: &Artifact) -> ReviewClaim {
    ReviewClaim {
        component: artifact.component,
        report: Digest::of(b"report"),
        findings: vec![Finding {
            code: "network.wide-path".to_owned(),
            severity: Severity::Note,
            sentence: "It may fetch every path below /a/.".to_owned(),
        }],
        engine: "wasmtime 48.0.8".to_owned(),
        reviewer: "worker 1".to_owned(),
        at: NOW - DAY,
    }
}

/// A client that has just met this marketplace.
pub fn client() -> TrustState {
    let root = TrustedRoot::pin(&signed_root(&root_file(), &ROOT_KEYS)).unwrap();
    TrustState::first_contact(root)
}
