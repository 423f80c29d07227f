//! One record of one platform: what is fetched for it, and which kind of record it becomes.

use super::artifact;
use super::choice::{Chosen, Listed, check_platform};
use super::config::Config;
use super::document::{Document, named};
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
        let pin = match demand {
            Some(_) => chosen.manifest.digest(),
            None => top.digest(),
        };
        let pinned = reference.clone().with_digest(pin.clone());
        // What an index says of its child counts, not the child's config: that often leaves out the variant.
        let to_check = demand.filter(|_| chosen.entry.is_none());
        self.record(&pinned, (top, &chosen), to_check, extras).await
    }

    /// The record of one of the platforms that [`Client::platforms`] lists, pinned to its manifest.
    pub(super) async fn platform_record(
        &self,
        reference: &Reference,
        top: &Manifest,
        listed: &Listed,
        extras: Extras,
    ) -> Result<Vec<u8>> {
        let chosen = self.listed(reference.repository(), listed).await?;
        let pinned = reference
            .clone()
            .with_digest(chosen.manifest.digest().clone());
        self.record(&pinned, (top, &chosen), None, extras).await
    }

    async fn record(
        &self,
        reference: &Reference,
        (top, chosen): (&Manifest, &Chosen),
        to_check: Option<&Platform>,
        extras: Extras,
    ) -> Result<Vec<u8>> {
        let repository = reference.repository();
        let manifest = &chosen.manifest;
        let config = match &*manifest.document {
            Document::Image(image) if image.is_image() => {
                Some(self.image_config(repository, image).await?)
            }
            Document::Schema1(image) => {
                let mut config = Config::read("in the history", image.config().as_bytes())?;
                let on_top = named(Some(image.architecture())).map(str::to_owned);
                config.architecture = config.architecture.or(on_top);
                Some(config)
            }
            _ => None,
        };
        match (to_check, &config) {
            (Some(demand), Some(config)) => check_platform(demand, config)?,
            (Some(demand), None) => return Err(no_platform(demand, manifest)),
            (None, _) => {}
        }
        let subject = reference.digest().unwrap_or(top.digest());
        let added = self
            .added(repository, (top, chosen), subject, extras)
            .await?;
        let pinned = Pinned {
            reference,
            top: top.digest(),
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
}

/// A type that is not known is named, and nothing is guessed.
pub(super) fn unread(manifest: &Manifest) -> Error {
    let what = format!("manifests of type {} are not read", manifest.media_type());
    Error::new(ErrorKind::Unsupported, what).advise("--raw shows it as it is")
}

fn no_platform(demand: &Platform, manifest: &Manifest) -> Error {
    let what = format!(
        "no image for {demand}: it is an artifact, which runs on no platform ({})",
        manifest.media_type()
    );
    Error::new(ErrorKind::NotFound, what)
}
