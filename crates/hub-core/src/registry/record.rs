//! One record of one platform: what is fetched for it, and which kind of record it becomes.

use super::artifact;
use super::choice::{Chosen, check_platform};
use super::config::Config;
use super::document::{Document, named};
use super::documents::Known;
use super::every::Listed;
use super::extras::Extras;
use super::image;
use super::manifest::Manifest;
use crate::client::Client;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::Platform;
use crate::reference::Reference;

/// What a record is about.
pub(super) struct Pinned<'a> {
    /// With the digest that the record is pinned to.
    pub(super) reference: &'a Reference,
    /// The digest of the top document.
    pub(super) top: &'a Digest,
    /// The platform's.
    pub(super) manifest: &'a Manifest,
}

/// Where a platform's manifest was found.
pub(super) struct Found<'a> {
    /// The digest of the top document.
    pub(super) top: &'a Digest,
    /// The top document, where it was fetched.
    pub(super) document: Option<&'a Manifest>,
    pub(super) chosen: &'a Chosen,
}

impl Client {
    /// The record of one platform of `top`, as a line: the demanded platform, to whose manifest the record is pinned, or the
    /// preferred one (DECISIONS 19).
    pub(super) async fn image_record(
        &self,
        reference: &Reference,
        top: &Manifest,
        demand: Option<&Platform>,
        extras: Extras,
    ) -> Result<Vec<u8>> {
        let chosen = self.choose(reference.repository(), top, demand).await?;
        let found = Found::of(top, &chosen);
        // What an index says of its child counts, not the child's config: that often leaves out the variant.
        let to_check = demand.filter(|_| chosen.entry.is_none());
        let pinned = found.pinned(reference, demand.is_some());
        let config = self.config_of(reference, &chosen.manifest).await?;
        self.record(&pinned, &found, (config, to_check), extras)
            .await
    }

    /// The record of one of the platforms that an index lists, pinned to its manifest.
    pub(super) async fn platform_record(
        &self,
        reference: &Reference,
        top: &Manifest,
        listed: &Listed,
        extras: Extras,
    ) -> Result<Vec<u8>> {
        let chosen = self.listed(reference.repository(), listed).await?;
        let found = Found::of(top, &chosen);
        let pinned = found.pinned(reference, true);
        let config = self.config_of(reference, &chosen.manifest).await?;
        self.record(&pinned, &found, (config, None), extras).await
    }

    /// The record of a platform whose manifest a tag record names (DECISIONS 18).
    pub(super) async fn known_record(
        &self,
        reference: &Reference,
        (top, manifest): (&Digest, &Digest),
        demand: Option<&Platform>,
        extras: Extras,
    ) -> Result<Vec<u8>> {
        let repository = reference.repository();
        let manifest = self
            .manifest_by_digest(repository, manifest, Known::Named)
            .await?;
        let is_top = manifest.digest() == top;
        let chosen = Chosen {
            manifest,
            entry: None,
        };
        let found = Found {
            top,
            document: None,
            chosen: &chosen,
        };
        let config = self.config_of(reference, &chosen.manifest).await?;
        let wanted = demand.cloned().unwrap_or_else(Platform::default_preference);
        if let Some(own) = config.as_ref().and_then(Config::platform)
            && !own.is_for_cpu_of(&wanted)
        {
            let what = format!("the list names an image for {wanted}, and it is for {own}");
            return Err(Error::new(ErrorKind::NotFound, what));
        }
        let pinned = found.pinned(reference, demand.is_some());
        let to_check = demand.filter(|_| is_top);
        self.record(&pinned, &found, (config, to_check), extras)
            .await
    }

    async fn record(
        &self,
        reference: &Reference,
        found: &Found<'_>,
        (config, to_check): (Option<Config>, Option<&Platform>),
        extras: Extras,
    ) -> Result<Vec<u8>> {
        let manifest = &found.chosen.manifest;
        if let Some(demand) = to_check {
            check_demand(demand, manifest, config.as_ref())?;
        }
        found.chosen.warn_of_contradiction(config.as_ref());
        let added = self.added(reference, found, extras).await?;
        let pinned = Pinned {
            reference,
            top: found.top,
            manifest,
        };
        Ok(match (&*manifest.document, config) {
            (Document::Image(image), Some(config)) => {
                image::compose(&pinned, image, config, (added, extras))
            }
            (Document::Schema1(image), Some(config)) => {
                image::compose_schema1(&pinned, image, config, (added, extras))
            }
            (Document::Image(image), None) => artifact::compose(&pinned, image, added),
            (Document::Artifact(bare), _) => artifact::compose_bare(&pinned, bare, added),
            _ => return Err(unread(manifest)),
        })
    }

    /// The manifest of the demanded platform, or of the preferred one, of which the index or the config says that it is for it
    /// (PLT-5).
    pub(super) async fn choose_checked(
        &self,
        reference: &Reference,
        top: &Manifest,
        demand: Option<&Platform>,
    ) -> Result<Chosen> {
        let chosen = self.choose(reference.repository(), top, demand).await?;
        if let Some(demand) = demand.filter(|_| chosen.entry.is_none()) {
            let config = self.config_of(reference, &chosen.manifest).await?;
            check_demand(demand, &chosen.manifest, config.as_ref())?;
        }
        Ok(chosen)
    }

    /// The digest of the manifest of a platform, from the index where that names an image for it.
    pub(super) async fn digest_for(
        &self,
        reference: &Reference,
        top: &Manifest,
        demand: &Platform,
    ) -> Result<Digest> {
        if let Document::Index(index) = &*top.document
            && let Some(image) = index.image_for(demand)
        {
            return Ok(image.clone());
        }
        let chosen = self.choose_checked(reference, top, Some(demand)).await?;
        Ok(chosen.manifest.digest().clone())
    }

    /// The config of an image; `None` for what is none.
    async fn config_of(
        &self,
        reference: &Reference,
        manifest: &Manifest,
    ) -> Result<Option<Config>> {
        match &*manifest.document {
            Document::Image(image) if image.is_image() => {
                let config = self.image_config(reference.repository(), image).await?;
                Ok(Some(config))
            }
            Document::Schema1(image) => {
                let mut config = Config::read("in the history", image.config().as_bytes())?;
                let on_top = named(Some(image.architecture())).map(str::to_owned);
                config.architecture = config.architecture.or(on_top);
                Ok(Some(config))
            }
            _ => Ok(None),
        }
    }
}

impl<'a> Found<'a> {
    fn of(top: &'a Manifest, chosen: &'a Chosen) -> Self {
        Self {
            top: top.digest(),
            document: Some(top),
            chosen,
        }
    }

    /// The reference with the digest that its record is pinned to: a platform that was asked for, or the top.
    fn pinned(&self, reference: &Reference, to_platform: bool) -> Reference {
        let pin = if to_platform {
            self.chosen.manifest.digest()
        } else {
            self.top
        };
        reference.clone().with_digest(pin.clone())
    }
}

/// A type that is not known is named, and nothing is guessed.
pub(super) fn unread(manifest: &Manifest) -> Error {
    let what = format!("manifests of type {} are not read", manifest.media_type());
    Error::new(ErrorKind::Unsupported, what).advise("--raw shows it as it is")
}

/// PLT-5: what has one platform only is not shown as another.
fn check_demand(demand: &Platform, manifest: &Manifest, config: Option<&Config>) -> Result<()> {
    match config {
        Some(config) => check_platform(demand, config),
        None => Err(no_platform(demand, manifest)),
    }
}

fn no_platform(demand: &Platform, manifest: &Manifest) -> Error {
    let what = format!(
        "no image for {demand}: it is an artifact, which runs on no platform ({})",
        manifest.media_type()
    );
    Error::new(ErrorKind::NotFound, what)
}
