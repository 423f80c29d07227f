//! Every platform of an image: the leaves of its index, and of indexes in it.

use std::collections::HashSet;

use super::choice::{Chosen, DEEPEST, check_depth};
use super::document::Document;
use super::index::{Child, Index};
use super::manifest::Manifest;
use super::media::{Shape, essence};
use crate::client::Client;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::Platform;
use crate::reference::Repository;

/// Platforms of one image; an official one has twenty.
const MOST_PLATFORMS: usize = 4096;
/// Documents that are fetched only to tell indexes from images (MAN-14).
const MOST_LOOKS: usize = 256;

/// One platform of an image.
#[derive(Clone, Debug)]
pub(super) enum Listed {
    /// An index lists it as an image, and it was not fetched.
    Entry(Child),
    /// It had to be fetched, to be told from an index.
    Fetched(Chosen),
    /// What stands there cannot be had; the others can.
    Failed(Error),
}

impl Listed {
    /// The digest of its manifest.
    pub(super) fn digest(&self) -> Result<&Digest> {
        match self {
            Self::Entry(child) => Ok(&child.descriptor.digest),
            Self::Fetched(chosen) => Ok(chosen.manifest.digest()),
            Self::Failed(error) => Err(error.clone()),
        }
    }
}

impl Client {
    /// All platforms of `top`, each once, in the order of the index. Where there is none, why.
    pub(super) async fn every_platform(
        &self,
        repository: &Repository,
        top: &Manifest,
    ) -> Result<Vec<Listed>> {
        let mut leaves = Leaves::default();
        if let Document::Index(index) = &*top.document {
            self.gather(repository, index, &mut leaves, DEEPEST).await?;
        }
        if leaves.found.is_empty() {
            let chosen = self.choose(repository, top, None).await?;
            leaves.found.push(Listed::Fetched(chosen));
        }
        Ok(leaves.found)
    }

    /// The manifest of one of [`Client::every_platform`].
    pub(super) async fn listed(&self, repository: &Repository, listed: &Listed) -> Result<Chosen> {
        match listed {
            Listed::Fetched(chosen) => Ok(chosen.clone()),
            Listed::Entry(child) => Ok(Chosen {
                manifest: self.described(repository, &child.descriptor).await?,
                entry: Some(child.clone()),
            }),
            Listed::Failed(error) => Err(error.clone()),
        }
    }

    async fn gather(
        &self,
        repository: &Repository,
        index: &Index,
        leaves: &mut Leaves,
        depth: usize,
    ) -> Result<()> {
        check_depth(depth)?;
        for child in index.images() {
            if !leaves.is_new(child) {
                continue;
            }
            leaves.check_size()?;
            // Only what calls itself an image is no index for sure.
            if Shape::of(&essence(&child.descriptor.media_type)) == Some(Shape::Image) {
                leaves.found.push(Listed::Entry(child.clone()));
                continue;
            }
            leaves.looks += 1;
            let outcome = match self.described(repository, &child.descriptor).await {
                Ok(manifest) => {
                    let chosen = Chosen {
                        manifest,
                        entry: Some(child.clone()),
                    };
                    Box::pin(self.gather_from(repository, chosen, leaves, depth)).await
                }
                Err(error) => Err(error),
            };
            // One that cannot be had does not hide the others; a bound that is passed, or a limit, ends them all.
            match outcome {
                Err(error) if error.kind() == ErrorKind::TooLarge || error.is_stopping() => {
                    return Err(error);
                }
                Err(error) => leaves.found.push(Listed::Failed(error)),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// The platforms of an index in the index, or what is none itself.
    async fn gather_from(
        &self,
        repository: &Repository,
        chosen: Chosen,
        leaves: &mut Leaves,
        depth: usize,
    ) -> Result<()> {
        match &*chosen.manifest.document {
            Document::Index(inner) => self.gather(repository, inner, leaves, depth - 1).await,
            _ => {
                leaves.found.push(Listed::Fetched(chosen));
                Ok(())
            }
        }
    }
}

#[derive(Default)]
struct Leaves {
    found: Vec<Listed>,
    seen: HashSet<(Digest, Option<Platform>)>,
    looks: usize,
}

impl Leaves {
    fn is_new(&mut self, child: &Child) -> bool {
        let digest = child.descriptor.digest.clone();
        self.seen.insert((digest, child.descriptor.platform()))
    }

    fn check_size(&self) -> Result<()> {
        if self.found.len() < MOST_PLATFORMS && self.looks < MOST_LOOKS {
            return Ok(());
        }
        let what = format!(
            "the index has more than {MOST_PLATFORMS} platforms, or than {MOST_LOOKS} indexes in it"
        );
        Err(Error::new(ErrorKind::TooLarge, what))
    }
}
