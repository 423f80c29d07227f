//! Which manifest stands for a platform: through an index, and through indexes in indexes.
//!
//! The choice among the children of one index is `platform`'s; what becomes of the manifest is not known here.

use super::config::Config;
use super::document::{Document, ImageManifest};
use super::index::{Child, Index};
use super::manifest::Manifest;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{self, Candidate, Platform};
use crate::reference::Repository;

/// An index may list an index; deeper than this nobody builds (MAN-14).
pub(super) const DEEPEST: usize = 5;
/// Children without a platform that are looked into for a demanded one.
const MOST_SILENT: usize = 8;

/// The manifest of one platform, and what the index that lists it says of it.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) manifest: Manifest,
    pub(super) entry: Option<Child>,
}

impl Chosen {
    /// An index that says one thing of its child, and a config that says another: the record shows the config's.
    pub(super) fn warn_of_contradiction(&self, config: Option<&Config>) {
        let listed = self
            .entry
            .as_ref()
            .and_then(|entry| entry.descriptor.platform());
        let (Some(listed), Some(own)) = (listed, config.and_then(Config::platform)) else {
            return;
        };
        if !own.is_for_cpu_of(&listed) {
            let digest = self.manifest.digest();
            tracing::warn!("{digest}: the index says {listed}, and the config says {own}");
        }
    }

    /// An image that has one platform only.
    fn alone(manifest: &Manifest) -> Self {
        Self {
            manifest: manifest.clone(),
            entry: None,
        }
    }
}

impl Client {
    /// The manifest of one platform of `top`: the demanded one, or the preferred one (DECISIONS 19).
    pub(super) async fn choose(
        &self,
        repository: &Repository,
        top: &Manifest,
        demand: Option<&Platform>,
    ) -> Result<Chosen> {
        match &*top.document {
            Document::Index(index) => self.chosen(repository, index, demand, DEEPEST).await,
            _ => Ok(Chosen::alone(top)),
        }
    }

    async fn chosen(
        &self,
        repository: &Repository,
        index: &Index,
        demand: Option<&Platform>,
        depth: usize,
    ) -> Result<Chosen> {
        check_depth(depth)?;
        let none = match platform::choose(demand, &index.candidates()) {
            Ok(chosen) => {
                let child = &index.children()[chosen];
                return Box::pin(self.inside(repository, child, demand, depth)).await;
            }
            Err(none) => index.nothing_else().unwrap_or_else(|| {
                Error::new(ErrorKind::NotFound, none.to_string())
                    .advise("--platform list shows what the index holds")
            }),
        };
        // A child that does not say what it is for is the last resort: it is looked into.
        for child in index.silent_children().take(MOST_SILENT) {
            match Box::pin(self.inside(repository, child, demand, depth)).await {
                Ok(chosen) if self.is_for(repository, &chosen.manifest, demand).await? => {
                    return Ok(chosen);
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Err(none)
    }

    /// The child itself, or the one that an index in the index chooses.
    async fn inside(
        &self,
        repository: &Repository,
        child: &Child,
        demand: Option<&Platform>,
        depth: usize,
    ) -> Result<Chosen> {
        let manifest = self.described(repository, &child.descriptor).await?;
        match &*manifest.document {
            Document::Index(inner) => self.chosen(repository, inner, demand, depth - 1).await,
            _ => Ok(Chosen {
                manifest,
                entry: Some(child.clone()),
            }),
        }
    }

    async fn is_for(
        &self,
        repository: &Repository,
        manifest: &Manifest,
        demand: Option<&Platform>,
    ) -> Result<bool> {
        match (demand, &*manifest.document) {
            (Some(demand), Document::Image(image)) if image.is_image() => {
                let config = self.image_config(repository, image).await?;
                Ok(check_platform(demand, &config).is_ok())
            }
            _ => Ok(false),
        }
    }

    pub(super) async fn image_config(
        &self,
        repository: &Repository,
        image: &ImageManifest,
    ) -> Result<Config> {
        let name = image.config.digest.as_str();
        Config::read(name, &self.blob(repository, &image.config).await?)
    }
}

pub(super) fn check_depth(depth: usize) -> Result<()> {
    if depth == 0 {
        let what = format!("the index holds indexes more than {DEEPEST} deep");
        return Err(Error::new(ErrorKind::InvalidResponse, what));
    }
    Ok(())
}

/// PLT-5: an image that has one platform only is not shown as another.
pub(super) fn check_platform(demand: &Platform, config: &Config) -> Result<()> {
    let candidate = Candidate {
        platform: config.platform(),
        attestation: false,
    };
    platform::choose(Some(demand), std::slice::from_ref(&candidate))
        .map(|_| ())
        .map_err(|none| Error::new(ErrorKind::NotFound, none.to_string()))
}
