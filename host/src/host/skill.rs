//! Loading a skill: read, judge, compile, link, once for each digest.

use super::{Host, HostError, Inner, Release, lock};
use crate::approvals::{SkillIdentity, Trust};
use crate::engine::{CompileError, EngineError};
use crate::grants::Consent;
use crate::guest::Guest;
use crate::limits::Limits;
use guildhall_package::{
    Capability, Digest, ImportKind, Lane, ManifestErrors, Operation, ReadError, ReadLimits,
    RefusedImport, SkillPackage,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use tokio_util::sync::CancellationToken;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};

/// A loaded skill. Cheap to clone.
#[derive(Clone)]
pub struct Skill {
    inner: Arc<Loaded>,
}

struct Loaded {
    package: Arc<SkillPackage>,
    identity: Arc<SkillIdentity>,
    consent: Option<Arc<Consent>>,
    pre: InstancePre<Guest>,
    /// What can be called, by name.
    prepared: HashMap<String, Arc<Prepared>>,
    reach: Reach,
    default_limits: Limits,
    state_key: Arc<str>,
    short_digest: String,
    revoked: CancellationToken,
}

/// An operation that can be called, looked up once and not on every call.
pub(super) struct Prepared {
    pub(super) operation: Operation,
    pub(super) export: ComponentExportIndex,
}

/// A skill could not be loaded. Nothing of it ran.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bytes are not a component that can be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The component imports what this host does not serve.
    #[error("{}", refused(.0))]
    RefusedImports(Vec<RefusedImport>),
    /// The manifest and the bytes do not agree.
    #[error("the embedded manifest does not agree with the component:\n{0}")]
    Manifest(ManifestErrors),
    /// The component could not be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The engine did not take the compiled code.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The component needs more instances, memories, tables or memory than any run gets.
    #[error(
        "the component needs more than this host gives to any run: {0}; it has to do with fewer instances, memories or tables"
    )]
    TooDemanding(String),
    /// The bytes are not the release that they are said to be.
    #[error("these bytes are not the release they are said to be: {0}; install it again")]
    NotTheRelease(String),
    /// An import fits no version that this host serves.
    #[error("the component does not fit this host: {0}; build it against guildhall:skill@1")]
    Link(String),
    /// The host failed.
    #[error(transparent)]
    Host(#[from] HostError),
}

fn refused(imports: &[RefusedImport]) -> String {
    let lines: Vec<String> = imports
        .iter()
        .map(|import| format!("  {}: {}", import.name, import.instead))
        .collect();
    format!(
        "this component asks for what no skill gets:\n{}",
        lines.join("\n")
    )
}

impl Skill {
    /// What the bytes say.
    #[must_use]
    pub fn package(&self) -> &SkillPackage {
        &self.inner.package
    }

    /// Digest of the bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.inner.identity.digest
    }

    /// Who it is, and how far that is proved.
    #[must_use]
    pub fn identity(&self) -> &SkillIdentity {
        &self.inner.identity
    }

    /// The limits an invocation has if it asks for none: the defaults, with what the manifest asks for.
    #[must_use]
    pub fn default_limits(&self) -> Limits {
        self.inner.default_limits
    }

    /// An operation by name.
    ///
    /// # Errors
    /// If there is none, or it can't be called.
    pub fn operation(&self, name: &str) -> Result<&Operation, HostError> {
        let operations = &self.inner.package.operations;
        let operation = operations
            .iter()
            .find(|operation| operation.name == name)
            .ok_or_else(|| HostError::UnknownOperation {
                name: guildhall_package::text::plain(name, 64),
                known: operations.iter().map(|o| o.name.clone()).collect(),
            })?;
        match &operation.unsupported {
            None => Ok(operation),
            Some(why) => Err(HostError::UnsupportedOperation {
                name: operation.name.clone(),
                why: why.clone(),
            }),
        }
    }

    pub(super) fn package_arc(&self) -> Arc<SkillPackage> {
        self.inner.package.clone()
    }

    pub(super) fn consent(&self) -> Option<Arc<Consent>> {
        self.inner.consent.clone()
    }

    pub(super) fn pre(&self) -> &InstancePre<Guest> {
        &self.inner.pre
    }

    /// Its digest, as it is shown where there is little room.
    pub(super) fn short_digest(&self) -> &str {
        &self.inner.short_digest
    }

    pub(super) fn shared_identity(&self) -> Arc<SkillIdentity> {
        self.inner.identity.clone()
    }

    /// An operation that can be called.
    pub(super) fn prepared(&self, name: &str) -> Result<Arc<Prepared>, HostError> {
        match self.inner.prepared.get(name) {
            Some(prepared) => Ok(prepared.clone()),
            None => Err(match self.operation(name) {
                Ok(_) => HostError::Internal(format!("the export of `{name}` is missing")),
                Err(error) => error,
            }),
        }
    }

    /// How far its imports reach.
    pub(super) fn reach(&self) -> Reach {
        self.inner.reach
    }

    /// What ends a run with too many host calls, where a call has no answer that could say so.
    pub(super) fn overrun(&self) -> Option<CancellationToken> {
        (self.inner.package.lane != Lane::Strict).then(CancellationToken::new)
    }

    pub(super) fn revoked(&self) -> &CancellationToken {
        &self.inner.revoked
    }

    /// What its store is keyed by: an unsigned file by its digest, so that no other file can read it; a release by its
    /// name and where it came from.
    pub(super) fn state_key(&self) -> Arc<str> {
        self.inner.state_key.clone()
    }
}

fn default_limits(package: &SkillPackage) -> Limits {
    let mut limits = Limits::default();
    if let Some(manifest) = &package.manifest {
        let asked = manifest.limits;
        let fields: [(&mut u64, Option<u64>); 8] = [
            (&mut limits.fuel, asked.fuel),
            (&mut limits.wall_ms, asked.wall_ms),
            (&mut limits.memory_bytes, asked.memory_bytes),
            (&mut limits.table_elements, asked.table_elements),
            (&mut limits.host_calls, asked.host_calls),
            (&mut limits.bytes_in, asked.bytes_in),
            (&mut limits.bytes_out, asked.bytes_out),
            (&mut limits.log_bytes, asked.log_bytes),
        ];
        for (limit, asked) in fields {
            *limit = asked.unwrap_or(*limit);
        }
    }
    limits
}

/// How far the imports of a skill reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nothing that it imports can wait, stage or reach anything.
    Computes,
    /// It can stage payments besides: until they are recorded, nothing has happened.
    Orders,
    /// Anything else.
    Further,
}

fn reach(package: &SkillPackage) -> Reach {
    let reach_of = |kind: &ImportKind| match kind {
        ImportKind::Types | ImportKind::Skill(Capability::Context | Capability::Log) => {
            Reach::Computes
        }
        ImportKind::Skill(Capability::Payments) => Reach::Orders,
        _ => Reach::Further,
    };
    let mut reach = Reach::Computes;
    for import in &package.imports {
        reach = match (reach, reach_of(&import.kind)) {
            (Reach::Further, _) | (_, Reach::Further) => Reach::Further,
            (Reach::Orders, _) | (_, Reach::Orders) => Reach::Orders,
            (Reach::Computes, Reach::Computes) => Reach::Computes,
        };
    }
    if package.lane == Lane::Strict {
        reach
    } else {
        Reach::Further
    }
}

impl Host {
    /// Loads a component from its bytes: an unsigned local file. The same bytes are compiled once, and read once for as long as
    /// the skill that came of them is in use.
    ///
    /// # Errors
    /// [`LoadError`] says why it can't run here, and what to do.
    pub async fn load(&self, bytes: &[u8]) -> Result<Skill, LoadError> {
        self.load_as(bytes, None).await
    }

    /// Loads an installed release. Its runs have no more authority than its consent, its cards name it as signed, and its
    /// state is that of the release's name: an update keeps it.
    ///
    /// # Errors
    /// [`LoadError`] says why it can't run here, also if the bytes are not those of the release.
    pub async fn load_release(&self, bytes: &[u8], release: &Release) -> Result<Skill, LoadError> {
        self.load_as(bytes, Some(release)).await
    }

    async fn load_as(&self, bytes: &[u8], release: Option<&Release>) -> Result<Skill, LoadError> {
        let inner = &self.inner;
        let limits = ReadLimits {
            max_bytes: usize::try_from(inner.limits.component_bytes).unwrap_or(usize::MAX),
            ..ReadLimits::default()
        };
        let key = match release {
            Some(release) => Some(release.key()?),
            None => None,
        };
        if bytes.len() <= limits.max_bytes
            && let Some(skill) = inner.loaded((Digest::of(bytes), key))
        {
            inner.look_whether_revoked(&skill).await?;
            return Ok(skill);
        }
        let package = SkillPackage::read_with(bytes, &limits)?;
        if let Some(release) = release {
            release.check(&package).map_err(LoadError::NotTheRelease)?;
        }
        if let Lane::Refused(imports) = &package.lane {
            return Err(LoadError::RefusedImports(imports.clone()));
        }
        if let Some(manifest) = &package.manifest {
            manifest.check(&package).map_err(LoadError::Manifest)?;
        }
        let component = inner
            .cache
            .component(&inner.engine, &inner.journal, package.digest, bytes)
            .await
            .map_err(|error| match error {
                crate::engine::CacheError::Compile(error) => LoadError::Compile(error),
                crate::engine::CacheError::Engine(error) => LoadError::Engine(error),
                crate::engine::CacheError::Unfit(why) => LoadError::TooDemanding(why),
            })?;
        let pre = inner
            .linker
            .instantiate_pre(&component)
            .map_err(|error| LoadError::Link(format!("{error:#}")))?;
        inner.keep_component(package.digest, bytes)?;
        let revoked = inner.revocation_token(package.digest);
        let skill = Skill {
            inner: Arc::new(Loaded {
                identity: Arc::new(SkillIdentity {
                    name: package.manifest.as_ref().map(|m| m.name.to_string()),
                    version: package.manifest.as_ref().map(|m| m.version.to_string()),
                    digest: package.digest,
                    trust: release.map_or(Trust::UnsignedLocalFile, Release::trust),
                }),
                prepared: prepared(&component, &package),
                reach: reach(&package),
                default_limits: default_limits(&package),
                state_key: release
                    .map_or_else(|| format!("file:{}", package.digest), Release::state_key)
                    .into(),
                short_digest: package.digest.short(),
                package: Arc::new(package),
                consent: release.map(|release| Arc::new(release.consent.clone())),
                pre,
                revoked,
            }),
        };
        inner.look_whether_revoked(&skill).await?;
        inner.remember(key, &skill);
        Ok(skill)
    }
}

/// What a loaded skill is known by: its bytes, and the release and consent that it was loaded with.
type LoadedKey = (Digest, Option<Digest>);

/// Skills that somebody has loaded and not dropped yet.
#[derive(Default)]
pub(super) struct LoadedSkills(Mutex<HashMap<LoadedKey, Weak<Loaded>>>);

impl Inner {
    fn loaded(&self, key: LoadedKey) -> Option<Skill> {
        let skills = lock(&self.skills.0);
        let inner = skills.get(&key)?.upgrade()?;
        Some(Skill { inner })
    }

    /// From now on loading the same bytes as the same gives the same skill, for as long as somebody has it.
    fn remember(&self, release: Option<Digest>, skill: &Skill) {
        let mut skills = lock(&self.skills.0);
        // Room for one more is made by forgetting, before the map would grow.
        if skills.len() == skills.capacity() {
            skills.retain(|_, loaded| loaded.strong_count() > 0);
        }
        skills.insert((skill.digest(), release), Arc::downgrade(&skill.inner));
    }

    /// Another process may have revoked it a moment ago.
    async fn look_whether_revoked(&self, skill: &Skill) -> Result<(), HostError> {
        if !skill.revoked().is_cancelled() && self.journal.is_revoked(skill.digest()).await? {
            skill.revoked().cancel();
        }
        Ok(())
    }

    /// Keeps a component by its digest, so that its runs can be executed again.
    fn keep_component(&self, digest: Digest, bytes: &[u8]) -> Result<(), HostError> {
        let Some(folder) = &self.components else {
            return Ok(());
        };
        let path = folder.join(format!("{}.wasm", hex::encode(digest.as_bytes())));
        if path.exists() {
            return Ok(());
        }
        crate::fsutil::write_atomic(&path, bytes)
            .map_err(|error| HostError::Setup(format!("{} can't be kept: {error}", path.display())))
    }
}

fn prepared(component: &Component, package: &SkillPackage) -> HashMap<String, Arc<Prepared>> {
    let callable = package
        .operations
        .iter()
        .filter(|o| o.unsupported.is_none());
    callable
        .filter_map(|operation| {
            let parent = match &operation.export.interface {
                None => None,
                Some(interface) => Some(component.get_export_index(None, interface)?),
            };
            let export = component.get_export_index(parent.as_ref(), &operation.export.function)?;
            let operation = operation.clone();
            Some((
                operation.name.clone(),
                Arc::new(Prepared { operation, export }),
            ))
        })
        .collect()
}
