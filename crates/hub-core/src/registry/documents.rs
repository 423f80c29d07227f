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
use crate::name::{Host, Tag};
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
const MOST_REPOSITORIES: usize = 16_384;
const MOST_TAGS: usize = 16_384;

type Key = (Repository, Digest);

/// What was fetched in this run.
#[derive(Debug)]
pub(crate) struct Documents {
    manifests: Memo<Key, Manifest>,
    blobs: Memo<Key, Bytes>,
    /// Registries that told how many pulls are left before the first one was sent.
    told: Memo<Host, bool>,
    /// Repositories that these credentials were seen to reach in this run.
    reached: Memo<Repository, bool>,
    /// What tags point at: within a run a tag is asked once.
    tags: Memo<(Repository, Tag), Digest>,
}

impl Default for Documents {
    fn default() -> Self {
        let manifest = |manifest: &Manifest| ENTRY + MANIFEST_WEIGHT * manifest.bytes().len();
        let blob = |blob: &Bytes| ENTRY + blob.len();
        Self {
            manifests: Memo::weighing(MOST, MOST_BYTES, manifest),
            blobs: Memo::weighing(MOST, MOST_BYTES, blob),
            told: Memo::new(MOST_HOSTS),
            reached: Memo::new(MOST_REPOSITORIES),
            tags: Memo::new(MOST_TAGS),
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
                self.documents().reached.keep(repository, true);
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
        let base = self.config().registry_base(repository.host())?;
        // What becomes of this HEAD is its own affair: whoever comes next asks for himself.
        let ask = async || {
            let answer = self.head(repository, name).await;
            let is_good = answer.is_ok_and(|answer| answer.status.is_success());
            Ok(is_good || self.gates().counts_pulls(&base))
        };
        let told = &self.documents().told;
        told.get(repository.host(), |told| *told, ask)
            .await
            .map(drop)
    }

    /// What a tag points at, asked once in a run.
    pub(super) async fn tag_digest(
        &self,
        reference: &Reference,
        ask: impl AsyncFnOnce() -> Result<Digest>,
    ) -> Result<Digest> {
        let tag = reference.tag().cloned().unwrap_or_else(Tag::latest);
        let key = (reference.repository().clone(), tag);
        self.documents().tags.get(&key, |_| true, ask).await
    }

    /// Keeps a manifest that came by its tag.
    pub(super) async fn keep_manifest(&self, repository: &Repository, manifest: &Manifest) {
        let key = (repository.clone(), manifest.digest().clone());
        self.documents().manifests.keep(&key, manifest.clone());
        self.documents().reached.keep(repository, true);
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
                self.account().hit();
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
        self.check_reach(repository, digest, known).await?;
        self.account().hit();
        Ok(Some(Manifest::new(
            cached.bytes,
            digest.clone(),
            media_type,
            document,
        )))
    }

    /// The cache answers for nothing that the registry does not show to these credentials now: a digest that somebody typed is
    /// asked for by HEAD; of those that were named, the first of each repository, since a record may be old, or somebody else's.
    async fn check_reach(
        &self,
        repository: &Repository,
        digest: &Digest,
        known: Known,
    ) -> Result<()> {
        let reference = Reference::from(repository.clone()).with_digest(digest.clone());
        if known == Known::Typed {
            return self.check_exists(&reference).await;
        }
        let mut outcome = Ok(());
        let ask = async || {
            outcome = self.check_exists(&reference).await;
            Ok(outcome.is_ok())
        };
        let reached = &self.documents().reached;
        reached.get(repository, |reached| *reached, ask).await?;
        outcome
    }

    async fn cached(&self, repository: &Repository, digest: &Digest) -> Option<Cached> {
        self.config().cache.as_ref()?.get(repository, digest).await
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
