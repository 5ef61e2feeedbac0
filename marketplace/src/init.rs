//! Setting a marketplace up, and renewing its root file: what an operator does at the machine, not over the network.

use guildhall_package::Digest;
use guildhall_package::FolderName;
use guildhall_package::market::account::Role;
use guildhall_package::trust::log::VerifierKey;
use guildhall_package::trust::log::note::Algorithm;
use guildhall_package::trust::root::{ReviewerKey, RootError};
use guildhall_package::trust::{RootFile, SigningKey};
use guildhall_web::password;

use crate::config::Config;
use crate::error::ApiError;
use crate::keys::{self, Folder, KeyError};
use crate::log::root::{Roots, RootsError, file_name};
use crate::store::accounts::{self, Account};
use crate::store::{self, StoreError};

/// Life of a root file in days when none is asked for.
pub const DEFAULT_ROOT_DAYS: u32 = 365;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A marketplace can't be set up or started.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Its keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Its root files.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// A root file that can't be signed.
    #[error(transparent)]
    Root(#[from] RootError),
    /// Its database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its blobs.
    #[error(transparent)]
    Blobs(#[from] crate::blobs::BlobError),
    /// Its index.
    #[error(transparent)]
    Search(#[from] crate::search::SearchError),
    /// The origin can't name a key.
    #[error(
        "the origin `{0}` can't name a log: use a host name with a path, without spaces and `+`"
    )]
    Origin(String),
    /// The root file names another log than the configuration.
    #[error(
        "the configuration names the log `{configured}` and the root file `{signed}`; a log keeps its name for ever"
    )]
    OtherOrigin {
        /// Of the configuration.
        configured: String,
        /// Of the root file.
        signed: String,
    },
    /// A key in the folder is not the one that the root file names.
    #[error(
        "the {0} in the folder of keys is not the one that the root file names; put back the folder as a whole, from one backup"
    )]
    OtherKey(&'static str),
    /// The address can't be listened at.
    #[error("the marketplace can't listen at {address}: {error}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// The client for witnesses.
    #[error("witnesses can't be asked: {0}")]
    Http(String),
    /// The first account.
    #[error("the first account can't be made: {0}")]
    Admin(String),
}

impl From<ApiError> for SetupError {
    fn from(error: ApiError) -> Self {
        Self::Admin(error.to_string())
    }
}

/// What the operator decides when a marketplace is set up.
#[derive(Debug, Clone)]
pub struct Init {
    /// Name of the first account: administrator and reviewer.
    pub admin: FolderName,
    /// Its password.
    pub password: String,
    /// How many of the configured witnesses must cosign. 0: none, and the root file says so.
    pub witness_threshold: u32,
    /// Life of the root file in days.
    pub root_days: u32,
}

/// What was set up, for the operator to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Key of the log.
    pub log: VerifierKey,
    /// Fingerprint of the root file: clients are shown it at first contact.
    pub root: Digest,
    /// Version of the root file.
    pub version: u64,
    /// When the root file expires, in milliseconds since 1970.
    pub expires: i64,
}

/// Makes keys, the first root file, the tables and the first account. What is there already stays: keys and root files are
/// never overwritten, and an interrupted set-up goes on.
///
/// # Errors
/// [`SetupError`].
pub async fn init(config: &Config, init: &Init) -> Result<Made, SetupError> {
    password::check(&init.password)?;
    let folder = Folder::open(&config.keys)?;
    for name in [keys::ROOT, keys::LOG, keys::REVIEW] {
        if !folder.has(name) {
            folder.make_key(name)?;
        }
    }
    if !folder.has(&file_name(1)) {
        let first = first_root(config, init, &folder)?;
        folder.create(&file_name(1), &first)?;
    }
    let roots = Roots::read(&folder)?;
    let store = store::open(&config.database).await?;
    crate::blobs::Blobs::open(&config.blobs, 0)?;
    let hash = password::hash_here(&init.password)?;
    let account = Account {
        account: init.admin.clone(),
        password: hash,
        roles: vec![Role::Admin, Role::Reviewer],
        created: config.clock.now(),
    };
    let mut tx = store.write().await?;
    // One that is there stays as it is.
    accounts::insert(tx.connection(), &account).await?;
    tx.commit().await?;
    store.close().await;
    made(&roots)
}

/// Signs the next version of the root file: the same keys, the configured witnesses, a new date. A running marketplace
/// serves it from its next start on.
///
/// # Errors
/// [`SetupError`].
pub fn renew_root(config: &Config, witness_threshold: u32, days: u32) -> Result<Made, SetupError> {
    let folder = Folder::open(&config.keys)?;
    let roots = Roots::read(&folder)?;
    let root = folder.key(keys::ROOT)?;
    let before = roots.newest().file();
    let next = RootFile {
        version: before.version + 1,
        expires: expires(config, days),
        witnesses: witnesses(config),
        witness_threshold,
        ..before.clone()
    };
    let envelope = next.sign(&[&root])?;
    // What clients would refuse must not be written.
    roots.newest().update(&envelope)?;
    folder.create(&file_name(next.version), &envelope)?;
    made(&Roots::read(&folder)?)
}

fn made(roots: &Roots) -> Result<Made, SetupError> {
    let newest = roots.newest();
    Ok(Made {
        log: newest.file().log.clone(),
        root: newest.fingerprint(),
        version: newest.file().version,
        expires: newest.file().expires,
    })
}

fn expires(config: &Config, days: u32) -> i64 {
    let life = i64::from(days.max(1)).saturating_mul(DAY_MS);
    config.clock.now().saturating_add(life)
}

fn witnesses(config: &Config) -> Vec<VerifierKey> {
    config
        .witnesses
        .iter()
        .map(|witness| witness.key.clone())
        .collect()
}

fn first_root(config: &Config, init: &Init, folder: &Folder) -> Result<Vec<u8>, SetupError> {
    let (root, log) = (folder.key(keys::ROOT)?, folder.key(keys::LOG)?);
    let review = folder.key(keys::REVIEW)?;
    let file = RootFile {
        version: 1,
        expires: expires(config, init.root_days),
        origin: config.origin.clone(),
        log: log_key(config, &log)?,
        witnesses: witnesses(config),
        witness_threshold: init.witness_threshold,
        reviewers: vec![ReviewerKey {
            key: review.public(),
            from: 0,
            until: None,
        }],
        keys: vec![root.public()],
        threshold: 1,
    };
    Ok(file.sign(&[&root])?)
}

fn log_key(config: &Config, key: &SigningKey) -> Result<VerifierKey, SetupError> {
    VerifierKey::new(&config.origin, Algorithm::Ed25519, key.public())
        .map_err(|_| SetupError::Origin(config.origin.clone()))
}

/// Reads keys and root files for running, and checks that they belong together.
pub(crate) fn open_keys(config: &Config) -> Result<(SigningKey, SigningKey, Roots), SetupError> {
    let folder = Folder::open(&config.keys)?;
    let roots = Roots::read(&folder)?;
    let (log, review) = (folder.key(keys::LOG)?, folder.key(keys::REVIEW)?);
    let file = roots.newest().file();
    if file.origin != config.origin {
        return Err(SetupError::OtherOrigin {
            configured: config.origin.clone(),
            signed: file.origin.clone(),
        });
    }
    if *file.log.key() != log.public() {
        return Err(SetupError::OtherKey("key of the log"));
    }
    let known = file.reviewers_at(config.clock.now());
    if !known.contains(&review.public()) {
        return Err(SetupError::OtherKey("key of reviews"));
    }
    Ok((log, review, roots))
}
