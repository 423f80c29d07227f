//! Verified documents on disk, by repository and digest: what never changes under its name is fetched once.
//!
//! Neither the network nor what the documents say is known here, and the folder is named by whoever makes the cache. All of
//! it is a gain that a run can do without: whatever fails, the answer is that there is no such document.

mod file;
mod place;
mod sweep;
#[cfg(test)]
mod tests;

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::digest::Digest;
use crate::reference::Repository;
use place::Root;

/// Verified documents on disk, by repository and digest. Cheap to clone; any number of processes may share a folder.
#[derive(Clone)]
pub struct Cache(Arc<Shared>);

/// A document as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cached {
    pub(crate) media_type: String,
    pub(crate) bytes: Bytes,
}

struct Shared {
    root: Root,
    /// Bytes on disk that a sweep leaves alone.
    most: u64,
    /// Files that are worked on at the same time. Each is a thread and a document in memory.
    slots: Arc<Semaphore>,
    reads: AtomicBool,
    writes: AtomicBool,
    /// Whether somebody was told why it is off.
    told: AtomicBool,
    has_written: AtomicBool,
    /// Bytes that were written since this process last looked at how much there is.
    unswept: AtomicU64,
}

/// Why the cache is off from now on.
#[derive(Debug)]
enum Trouble {
    /// Something in the folder is not what this program made: nothing is read or written any more.
    Unusable(PathBuf, String),
    /// Nothing can be written; what is there can still be read.
    Unwritable(PathBuf, io::Error),
    /// A name below `v1` that this file system does not take. One document is not kept, and the cache stays on.
    Unnameable,
}

const SLOTS: usize = 4;
/// One in so many of the bytes that may be there is written before a process looks again.
const SHARE: u64 = 32;

impl Cache {
    /// A cache of about `most` bytes in `folder`, which need not be there. Nothing on disk is touched before the first document.
    pub fn new(folder: &Path, most: u64) -> Self {
        // From a random point on, so that many short runs look as often as one long run that writes as much.
        let unswept = RandomState::new().hash_one(0) % (most / SHARE).max(1);
        Self::beginning_at(folder, most, unswept)
    }

    /// The document of that digest in that repository, if it is there and true.
    pub(crate) async fn get(&self, repository: &Repository, digest: &Digest) -> Option<Cached> {
        let place = self.0.root.place(repository, digest);
        let digest = digest.clone();
        self.on_disk(|shared| &shared.reads, move |_| file::read(&place, &digest))
            .await
            .flatten()
    }

    /// Keeps a document. One that does not have this digest over all its bytes is not kept: a signed schema 1 manifest
    /// (MAN-6), or an algorithm that cannot be computed here. The same goes for one that is too large, and for one whose
    /// media type is not of visible ASCII characters.
    ///
    /// Now and then this also removes what was not used for long, and then takes as long as that.
    pub(crate) async fn put(
        &self,
        repository: &Repository,
        digest: &Digest,
        media_type: &str,
        bytes: &Bytes,
    ) {
        if !file::may_hold(media_type, bytes) {
            return;
        }
        let place = self.0.root.place(repository, digest);
        let digest = digest.clone();
        let document = Cached {
            media_type: media_type.to_owned(),
            bytes: bytes.clone(),
        };
        let write = move |shared: &Shared| {
            let written = file::write(&place, &digest, &document)?;
            shared.sweep_after(written);
            Ok(())
        };
        self.on_disk(|shared| &shared.writes, write).await;
    }

    fn beginning_at(folder: &Path, most: u64, unswept: u64) -> Self {
        Self(Arc::new(Shared {
            root: Root::new(folder),
            most,
            slots: Arc::new(Semaphore::new(SLOTS)),
            reads: AtomicBool::new(true),
            writes: AtomicBool::new(true),
            told: AtomicBool::new(false),
            has_written: AtomicBool::new(false),
            unswept: AtomicU64::new(unswept),
        }))
    }

    /// Does `work` on a thread that may wait for the disk, where `is_on` still says so when there is a slot. The slot goes
    /// with the work, not with whoever waits for it.
    async fn on_disk<T: Send + 'static>(
        &self,
        is_on: fn(&Shared) -> &AtomicBool,
        work: impl FnOnce(&Shared) -> Result<T, Trouble> + Send + 'static,
    ) -> Option<T> {
        let slot = Arc::clone(&self.0.slots).acquire_owned().await.ok()?;
        if !is_on(&self.0).load(Ordering::Relaxed) {
            return None;
        }
        let shared = Arc::clone(&self.0);
        let task = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work(&shared)
        });
        task.await
            .ok()?
            .map_err(|trouble| self.0.give_up(&trouble))
            .ok()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("folder", &self.0.root.folder())
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Turns off what does not work, and says so once in a run, whatever else goes wrong.
    fn give_up(&self, trouble: &Trouble) {
        if matches!(trouble, Trouble::Unnameable) {
            return;
        }
        self.writes.store(false, Ordering::Relaxed);
        if matches!(trouble, Trouble::Unusable(..)) {
            self.reads.store(false, Ordering::Relaxed);
        }
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!("{trouble}");
        }
    }

    /// Sweeps when this process has written its share, and at its first write if nobody has swept for long.
    fn sweep_after(&self, written: u64) {
        let (version, written) = (self.root.version(), sweep::in_blocks(written));
        let unswept = self.unswept.fetch_add(written, Ordering::Relaxed) + written;
        let is_first = !self.has_written.swap(true, Ordering::Relaxed);
        if unswept > self.most / SHARE || (is_first && sweep::is_due(version)) {
            self.unswept.store(0, Ordering::Relaxed);
            sweep::sweep(version, self.most);
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unusable(path, why) => {
                write!(f, "the cache is not used: {} {why}", path.display())
            }
            Self::Unwritable(path, error) => {
                let path = path.display();
                write!(f, "the cache is not written to any more: {path}: {error}")
            }
            Self::Unnameable => f.write_str("the name is too long for the cache"),
        }
    }
}
