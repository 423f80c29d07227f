//! Documents that are here: what this run fetched, and what the cache has from earlier ones (DECISIONS 20).
//!
//! Each digest of a repository is fetched once. A digest that somebody typed may stand for a document that was deleted, or that
//! these credentials may not see: for those the cache answers only after the registry said that it is there.

use bytes::Bytes;

use super::descriptor::Descriptor;
use super::document::classify;
use super::manifest::Manifest;
use crate::cache::Cached;
use crate::client::Client;
use crate::digest::Digest;
use crate::error::Result;
use crate::memo::Memo;
use crate::name::Host;
use crate::reference::{Reference, Repository};

/// Documents that are remembered, and the bytes that they may have, all together.
const MOST: usize = 65_536;
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// What is read out of a manifest takes about as much again, twice.
const MANIFEST_WEIGHT: usize = 3;
/// What an entry takes beside its document: key, digest, place.
const ENTRY: usize = 512;

/// Registries that are remembered.
const MOST_HOSTS: usize = 1024;

type Key = (Repository, Digest);

/// What was fetched in this run.
#[derive(Debug)]
pub(crate) struct Documents {
    manifests: Memo<Key, Manifest>,
    blobs: Memo<Key, Bytes>,
    /// Registries that were asked how many pulls are left before the first one was sent.
    asked: Memo<Host, ()>,
}

impl Default for Documents {
    fn default() -> Self {
        let manifest = |manifest: &Manifest| ENTRY + MANIFEST_WEIGHT * manifest.bytes().len();
        let blob = |blob: &Bytes| ENTRY + blob.len();
        Self {
            manifests: Memo::weighing(MOST, MOST_BYTES, manifest),
            blobs: Memo::weighing(MOST, MOST_BYTES, blob),
            asked: Memo::new(MOST_HOSTS),
        }
    }
}

/// How a digest became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Somebody wrote it.
    Typed,
    /// The registry, or a list of this pipe, has just named it for this repository.
    Named,
}

impl Client {
    /// The manifest with this digest: of this run, of the cache, or fetched.
    pub(super) async fn manifest_by_digest(
        &self,
        repository: &Repository,
        digest: &Digest,
        known: Known,
    ) -> Result<Manifest> {
        let key = (repository.clone(), digest.clone());
        let make = async || match self.cached_manifest(repository, digest, known).await? {
            Some(manifest) => Ok(manifest),
            None => {
                let manifest = self
                    .fetch_manifest(repository, digest.as_str(), Some(digest))
                    .await?;
                self.cache_manifest(repository, &manifest).await;
                Ok(manifest)
            }
        };
        self.documents().manifests.get(&key, |_| true, make).await
    }

    /// Where pulls are to be kept, a free HEAD tells how many are left before the first pull is sent.
    pub(super) async fn count_pulls(&self, repository: &Repository, name: &str) -> Result<()> {
        if self.config().keep_pulls == 0 {
            return Ok(());
        }
        let ask = async || self.head(repository, name).await.map(drop);
        let host = repository.host();
        self.documents().asked.get(host, |()| true, ask).await
    }

    /// Keeps a manifest that came by its tag.
    pub(super) async fn keep_manifest(&self, repository: &Repository, manifest: &Manifest) {
        let key = (repository.clone(), manifest.digest().clone());
        self.documents().manifests.keep(&key, manifest.clone());
        self.cache_manifest(repository, manifest).await;
    }

    /// The blob that `descriptor` describes: of this run, of the cache, or fetched.
    pub(super) async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
    ) -> Result<Bytes> {
        if let Some(inline) = descriptor.inlined() {
            return Ok(inline);
        }
        let digest = &descriptor.digest;
        let key = (repository.clone(), digest.clone());
        let make = async || {
            if let Some(cached) = self.cached(repository, digest).await {
                return Ok(cached.bytes);
            }
            let bytes = self.fetch_blob(repository, descriptor).await?;
            if let Some(cache) = &self.config().cache {
                let media_type = &descriptor.media_type;
                cache.put(repository, digest, media_type, &bytes).await;
            }
            Ok(bytes)
        };
        let bytes = self.documents().blobs.get(&key, |_| true, make).await?;
        // Another descriptor may have named the same blob with its true size (MAN-10).
        descriptor.check_size(bytes.len())?;
        Ok(bytes)
    }

    async fn cached_manifest(
        &self,
        repository: &Repository,
        digest: &Digest,
        known: Known,
    ) -> Result<Option<Manifest>> {
        let Some(cached) = self.cached(repository, digest).await else {
            return Ok(None);
        };
        // It was verified when it was read; one that is not understood is fetched anew.
        let Ok((media_type, document)) = classify(Some(&cached.media_type), &cached.bytes) else {
            return Ok(None);
        };
        if known == Known::Typed {
            let reference = Reference::from(repository.clone()).with_digest(digest.clone());
            self.check_exists(&reference).await?;
        }
        Ok(Some(Manifest::new(
            cached.bytes,
            digest.clone(),
            media_type,
            document,
        )))
    }

    async fn cached(&self, repository: &Repository, digest: &Digest) -> Option<Cached> {
        let cached = self.config().cache.as_ref()?.get(repository, digest).await;
        if cached.is_some() {
            self.account().hit();
        }
        cached
    }

    async fn cache_manifest(&self, repository: &Repository, manifest: &Manifest) {
        if let Some(cache) = &self.config().cache {
            let (digest, media_type) = (manifest.digest(), manifest.media_type());
            cache
                .put(repository, digest, media_type, manifest.shared())
                .await;
        }
    }
}
