//! Compiled code on disk: content-addressed, keyed by engine, verified against a digest kept in the journal.

use super::{CompileError, Compiler, EngineError, RunEngine};
use crate::journal::Journal;
use guildhall_package::Digest;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wasmtime::component::Component;

/// Compiles components, and keeps the result where a folder is given.
pub(crate) struct CompiledCache {
    folder: Option<PathBuf>,
    compiler: Arc<dyn Compiler>,
}

/// Why a component did not become loadable code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CacheError {
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("{0}")]
    Unfit(String),
}

impl CompiledCache {
    pub(crate) fn new(folder: Option<PathBuf>, compiler: Arc<dyn Compiler>) -> Self {
        Self { folder, compiler }
    }

    /// The component ready to run, from the cache if what is there is exactly what was once compiled here.
    pub(crate) async fn component(
        &self,
        engine: &RunEngine,
        journal: &Journal,
        digest: Digest,
        bytes: &[u8],
    ) -> Result<Component, CacheError> {
        if let Some(artefact) = self.find(engine, journal, digest).await
            && let Ok(component) = load(engine, &artefact)
        {
            return Ok(component);
        }
        let artefact = self.compiler.compile(bytes).await?;
        // What was compiled a moment ago fits the engine; only its demands can be too high.
        let component =
            load(engine, &artefact).map_err(|error| CacheError::Unfit(error.to_string()))?;
        self.keep(engine, journal, digest, artefact).await;
        Ok(component)
    }

    fn path(&self, engine: &RunEngine, digest: Digest) -> Option<PathBuf> {
        let name = digest.to_string().replace(':', "-");
        self.folder
            .as_ref()
            .map(|folder| folder.join(&engine.key).join(name + ".cwasm"))
    }

    /// Reads the artefact once and checks *those* bytes against the journal.
    async fn find(&self, engine: &RunEngine, journal: &Journal, digest: Digest) -> Option<Vec<u8>> {
        let path = self.path(engine, digest)?;
        let expected = match journal.compiled(&engine.key, digest).await {
            Ok(expected) => expected?,
            // Compiling is always possible; code that somebody else names is never loaded.
            Err(error) => {
                tracing::warn!(%error, "compiling again");
                return None;
            }
        };
        let bytes = tokio::fs::read(&path).await.ok()?;
        if Digest::of(&bytes) == expected {
            return Some(bytes);
        }
        tracing::warn!(path = %path.display(), "compiled code was changed on disk; compiling again");
        None
    }

    /// A cache that can't be written costs time, not correctness: the failure is only logged.
    async fn keep(&self, engine: &RunEngine, journal: &Journal, digest: Digest, artefact: Vec<u8>) {
        let Some(path) = self.path(engine, digest) else {
            return;
        };
        let artefact_digest = Digest::of(&artefact);
        let written = tokio::task::spawn_blocking(move || write_private(&path, &artefact)).await;
        match written {
            Ok(Ok(())) => {
                if let Err(error) = journal
                    .record_compiled(&engine.key, digest, artefact_digest)
                    .await
                {
                    tracing::warn!(%error, "compiled code was not recorded");
                }
            }
            Ok(Err(error)) => tracing::warn!(%error, "compiled code was not kept"),
            Err(error) => tracing::warn!(%error, "compiled code was not kept"),
        }
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    crate::fsutil::create_private_dir(folder)?;
    crate::fsutil::write_atomic(path, bytes)
}

fn load(engine: &RunEngine, artefact: &[u8]) -> Result<Component, EngineError> {
    // SAFETY: these bytes came from our compiler a moment ago, or have the digest that the journal
    // recorded when they did. The journal's folder is private to this user.
    #[allow(unsafe_code)]
    unsafe { Component::deserialize(&engine.engine, artefact) }
        .map_err(|error| EngineError::Load(format!("{error:#}")))
}
