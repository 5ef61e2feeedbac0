//! Blobs: bytes by their digest. An upload is staged while it comes in, and gets its name when its digest is known.

use std::path::Path as FsPath;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use guildhall_package::Digest;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload,
    WriteMultipart,
};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};

use crate::lent::{self, Lent};

/// What a cached blob needs besides its bytes.
const ENTRY: u64 = 200;
/// Blobs up to this length are served from memory, in bytes.
pub(crate) const LARGEST_CACHED: u64 = 8 << 20;
/// Parts of an upload on their way to the disk at once.
const PARTS: usize = 2;
/// Age at which what was staged and never named is thrown away, in seconds.
const STALE: i64 = 3600;

/// A blob can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The store.
    #[error("the blob store failed: {0}; look at its disk, its space and its permissions")]
    Store(#[from] object_store::Error),
    /// What is stored has another digest than its name says.
    #[error("the stored blob {0} is not what was stored: put it back from a backup")]
    Changed(Digest),
    /// It is not there and should be.
    #[error("the blob {0} is missing: put it back from a backup")]
    Missing(Digest),
    /// The folder can't be used.
    #[error("the folder of blobs can't be used: {0}")]
    Folder(String),
}

/// An upload was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum UploadError<E> {
    /// It is longer than is taken.
    #[error("the upload is longer than {0} bytes")]
    TooLong(u64),
    /// It broke off.
    #[error("the upload broke off: {0}")]
    Broken(E),
    /// The store.
    #[error(transparent)]
    Store(BlobError),
}

/// An upload that is whole and has no name yet.
#[derive(Debug)]
pub struct Staged {
    path: Path,
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

#[derive(Debug, Clone)]
struct ByLength;

impl Weighter<Digest, Bytes> for ByLength {
    fn weight(&self, _digest: &Digest, bytes: &Bytes) -> u64 {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX >> 2);
        // What the kernel has, too, takes its length twice.
        let copies = if bytes.len() < lent::LEAST { 1 } else { 2 };
        ENTRY + copies * length
    }
}

/// The blob store, with the blobs that are asked for often in memory.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    cache: Arc<Cache<Digest, Bytes, ByLength>>,
    lent: Lent,
}

impl Blobs {
    /// Opens a folder, made if it is not there. `cache_bytes` of memory are for what is asked for often.
    ///
    /// # Errors
    /// [`BlobError::Folder`].
    pub fn open(folder: &FsPath, cache_bytes: u64) -> Result<Self, BlobError> {
        std::fs::create_dir_all(folder).map_err(|error| BlobError::Folder(error.to_string()))?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        let items = usize::try_from(cache_bytes / 16_384).unwrap_or(usize::MAX);
        Ok(Self {
            store: Arc::new(store),
            cache: Arc::new(Cache::with_weighter(items.max(64), cache_bytes, ByLength)),
            lent: Lent::new(),
        })
    }

    /// What of the blobs in memory the kernel has, too.
    pub(crate) fn lent(&self) -> Lent {
        self.lent.clone()
    }

    /// A blob from memory.
    #[must_use]
    pub fn cached(&self, digest: &Digest) -> Option<Bytes> {
        self.cache.get(digest)
    }

    /// A blob, from memory if it is there; kept there if it is not too long.
    ///
    /// # Errors
    /// [`BlobError`] if it is missing, or is not what was stored.
    pub async fn get(&self, digest: &Digest) -> Result<Bytes, BlobError> {
        if let Some(bytes) = self.cache.get(digest) {
            return Ok(bytes);
        }
        let bytes = self.read(digest).await?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length <= LARGEST_CACHED) {
            let bytes = self.lent.lend(bytes);
            self.cache.insert(*digest, bytes.clone());
            return Ok(bytes);
        }
        Ok(bytes)
    }

    /// A blob from the store, its digest checked.
    ///
    /// # Errors
    /// [`BlobError`] if it is missing, or is not what was stored.
    pub async fn read(&self, digest: &Digest) -> Result<Bytes, BlobError> {
        let read = match self.store.get(&path(digest)).await {
            Err(object_store::Error::NotFound { .. }) => return Err(BlobError::Missing(*digest)),
            other => other?,
        };
        let bytes = read.bytes().await?;
        if Digest::of(&bytes) == *digest {
            Ok(bytes)
        } else {
            Err(BlobError::Changed(*digest))
        }
    }

    /// A part of a long blob as it comes from the disk. Its digest is not checked: whoever pulls checks it.
    ///
    /// # Errors
    /// [`BlobError`] if it is missing.
    pub async fn stream(
        &self,
        digest: &Digest,
        range: std::ops::Range<u64>,
    ) -> Result<futures::stream::BoxStream<'static, Result<Bytes, object_store::Error>>, BlobError>
    {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        match self.store.get_opts(&path(digest), options).await {
            Err(object_store::Error::NotFound { .. }) => Err(BlobError::Missing(*digest)),
            other => Ok(other?.into_stream()),
        }
    }

    /// Stores a small blob. One that is there stays.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn put(&self, bytes: impl Into<Bytes>) -> Result<Digest, BlobError> {
        let bytes: Bytes = bytes.into();
        let digest = Digest::of(&bytes);
        let options = PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        let done = self
            .store
            .put_opts(&path(&digest), PutPayload::from(bytes), options)
            .await;
        match done {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(digest),
            Err(error) => Err(error.into()),
        }
    }

    /// Stages what comes in, up to `limit` bytes.
    ///
    /// # Errors
    /// [`UploadError`]; nothing is kept then.
    pub async fn stage<S, E>(&self, mut parts: S, limit: u64) -> Result<Staged, UploadError<E>>
    where
        S: futures::Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let store = |error: object_store::Error| UploadError::Store(error.into());
        let path = Path::from(format!("staging/{}", uuid::Uuid::now_v7()));
        let upload = self.store.put_multipart(&path).await.map_err(store)?;
        let mut writer = WriteMultipart::new(upload);
        let mut hash = Sha256::new();
        let mut size = 0_u64;
        let refused = loop {
            let bytes = match parts.next().await {
                None => break None,
                Some(Err(error)) => break Some(UploadError::Broken(error)),
                Some(Ok(bytes)) => bytes,
            };
            size = size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            if size > limit {
                break Some(UploadError::TooLong(limit));
            }
            hash.update(&bytes);
            if let Err(error) = writer.wait_for_capacity(PARTS).await {
                break Some(store(error));
            }
            writer.put(bytes);
        };
        if let Some(refused) = refused {
            // What can't be taken away now is swept later.
            let _ = writer.abort().await;
            return Err(refused);
        }
        writer.finish().await.map_err(store)?;
        Ok(Staged {
            path,
            digest: Digest::from_bytes(hash.finalize().into()),
            size,
        })
    }

    /// The bytes of an upload.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn staged(&self, staged: &Staged) -> Result<Bytes, BlobError> {
        Ok(self.store.get(&staged.path).await?.bytes().await?)
    }

    /// Gives an upload its name: from now on it is a blob.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn name(&self, staged: &Staged) -> Result<(), BlobError> {
        self.store
            .rename(&staged.path, &path(&staged.digest))
            .await?;
        Ok(())
    }

    /// Throws an upload away.
    pub async fn discard(&self, staged: &Staged) {
        // What can't be taken away now is swept later.
        let _ = self.store.delete(&staged.path).await;
    }

    /// Throws away what was staged long ago and never named, because a process ended in between.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn sweep(&self) -> Result<usize, BlobError> {
        let before = jiff::Timestamp::now().as_second() - STALE;
        let all: Vec<_> = self
            .store
            .list(Some(&Path::from("staging")))
            .try_collect()
            .await?;
        let stale = all
            .into_iter()
            .filter(|object| object.last_modified.timestamp() < before);
        let mut swept = 0;
        for object in stale {
            self.store.delete(&object.location).await?;
            swept += 1;
        }
        Ok(swept)
    }
}

fn path(digest: &Digest) -> Path {
    let hex = digest.hex();
    let shelf = hex.get(..2).unwrap_or_default();
    Path::from(format!("sha256/{shelf}/{hex}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use futures::stream;

    fn parts(sizes: &[usize]) -> impl futures::Stream<Item = Result<Bytes, String>> + Unpin {
        let parts: Vec<_> = sizes
            .iter()
            .map(|size| Ok(Bytes::from(vec![7; *size])))
            .collect();
        stream::iter(parts)
    }

    #[tokio::test]
    async fn an_upload_is_a_blob_once_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), 1 << 20).unwrap();
        let staged = blobs.stage(parts(&[3, 0, 4]), 7).await.unwrap();
        assert_eq!((staged.size, staged.digest), (7, Digest::of(&[7; 7])));
        assert!(matches!(
            blobs.get(&staged.digest).await,
            Err(BlobError::Missing(_))
        ));
        blobs.name(&staged).await.unwrap();
        assert_eq!(blobs.get(&staged.digest).await.unwrap(), vec![7; 7]);
        assert!(blobs.cached(&staged.digest).is_some());
        // The same again does no harm.
        let again = blobs.stage(parts(&[7]), 7).await.unwrap();
        blobs.name(&again).await.unwrap();
        assert_eq!(blobs.put(vec![7; 7]).await.unwrap(), staged.digest);
    }

    #[tokio::test]
    async fn too_long_and_broken_uploads_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), 1 << 20).unwrap();
        assert!(matches!(
            blobs.stage(parts(&[4, 4]), 7).await,
            Err(UploadError::TooLong(7))
        ));
        let broken = stream::iter([Ok(Bytes::from_static(b"a")), Err("gone")]);
        assert!(matches!(
            blobs.stage(broken, 7).await,
            Err(UploadError::Broken("gone"))
        ));
        let staging = folder.path().join("staging");
        let left = staging.read_dir().map_or(0, Iterator::count);
        assert_eq!(left, 0);
    }

    #[tokio::test]
    async fn a_changed_blob_is_never_handed_out() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), 1 << 20).unwrap();
        let digest = blobs.put(&b"right"[..]).await.unwrap();
        let file = folder.path().join(path(&digest).to_string());
        std::fs::write(file, b"wrong").unwrap();
        assert!(matches!(
            blobs.get(&digest).await,
            Err(BlobError::Changed(_))
        ));
    }
}
