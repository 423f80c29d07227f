//! Documents of an image exactly as they are, and the one that skopeo prints.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::descriptor::{Annotations, Descriptor};
use super::document::Document;
use super::manifest::Manifest;
use super::media::{DOCKER_MANIFEST, OCI_CONFIG, essence};
use super::record::unread;
use super::skopeo::{self, Image, Inspected, LayerData};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::Platform;
use crate::reference::{Reference, Repository};

/// A document that is written as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExactDocument {
    /// The manifest; the index where no platform is demanded.
    Manifest,
    /// The config.
    Config,
    /// What `skopeo inspect` prints.
    Skopeo,
}

impl Client {
    /// The bytes of a document of one platform, the preferred one where none is demanded.
    pub async fn exact_document(
        &self,
        document: ExactDocument,
        reference: &Reference,
        demand: Option<&Platform>,
    ) -> Result<Vec<u8>> {
        if let (ExactDocument::Manifest, None) = (document, demand) {
            return Ok(self.raw_manifest(reference).await?.to_vec());
        }
        let top = self.manifest(reference).await?;
        match document {
            ExactDocument::Manifest => {
                let chosen = self.choose_checked(reference, &top, demand).await?;
                Ok(chosen.manifest.bytes().to_vec())
            }
            ExactDocument::Config => self.config_document(reference, &top, demand).await,
            ExactDocument::Skopeo => self.skopeo_document(reference, &top, demand).await,
        }
    }

    /// The bytes of the config of one platform of `top`, of an artifact's too.
    async fn config_document(
        &self,
        reference: &Reference,
        top: &Manifest,
        demand: Option<&Platform>,
    ) -> Result<Vec<u8>> {
        let repository = reference.repository();
        let chosen = self.choose_checked(reference, top, demand).await?;
        match &*chosen.manifest.document {
            Document::Image(image) => Ok(self.blob(repository, &image.config).await?.to_vec()),
            Document::Schema1(_) | Document::Artifact(_) => {
                let media_type = chosen.manifest.media_type();
                let what = format!("manifests of type {media_type} have no config");
                Err(Error::new(ErrorKind::NotFound, what).advise("--raw shows all that there is"))
            }
            Document::Index(_) | Document::Other => Err(unread(&chosen.manifest)),
        }
    }

    /// The document that `skopeo inspect` prints: for the demanded platform or linux/amd64, with the tags of the repository.
    /// An image that has one platform only is shown whatever was demanded, as skopeo does.
    async fn skopeo_document(
        &self,
        reference: &Reference,
        top: &Manifest,
        demand: Option<&Platform>,
    ) -> Result<Vec<u8>> {
        let repository = reference.repository();
        let demand = demand.cloned().unwrap_or(Platform::default_preference());
        let chosen = self.choose(repository, top, Some(&demand)).await?;
        let config;
        let image = match &*chosen.manifest.document {
            Document::Image(manifest) => {
                let is_docker = chosen.manifest.media_type() == DOCKER_MANIFEST;
                if !is_docker && essence(&manifest.config.media_type) != OCI_CONFIG {
                    return Err(no_image(&manifest.config.media_type));
                }
                config = self.blob(repository, &manifest.config).await?;
                Image::Modern {
                    is_docker,
                    layers: manifest.layers.iter().map(layer).collect::<Result<_>>()?,
                    config: &config,
                }
            }
            Document::Schema1(manifest) => Image::Schema1(manifest),
            _ => return Err(no_image(chosen.manifest.media_type())),
        };
        let tags = self.repo_tags(repository).await?;
        let inspected = Inspected {
            name: &repository.to_string(),
            digest: top.digest().as_str(),
            repo_tags: tags.as_ref().map(|tags| &tags[..]),
            image,
        };
        skopeo::document(&inspected).map_err(|why| Error::new(ErrorKind::InvalidResponse, why))
    }

    /// The tags of a repository as its registry lists them, asked for once; `None` where it does not tell (§17.1).
    async fn repo_tags(&self, repository: &Repository) -> Result<RepoTags> {
        let list = async || {
            let mut tags = Vec::new();
            let mut walk = self.registry_tags(repository)?;
            loop {
                match walk.next().await {
                    Ok(Some(page)) => tags.extend(page.into_iter().map(|tag| tag.to_string())),
                    Ok(None) => return Ok(Some(tags.into())),
                    Err(error) if is_denied(&error) => {
                        tracing::warn!("{repository}: RepoTags is null: {error}");
                        return Ok(None);
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        self.tag_lists().get(repository, |_| true, list).await
    }
}

/// The names in the order of the list.
pub(crate) type RepoTags = Option<Arc<[String]>>;

/// skopeo takes these two answers for a list that is kept back; any other failure fails the document.
fn is_denied(error: &Error) -> bool {
    let said = error.said().unwrap_or_default();
    said.starts_with("DENIED") || said.contains("404 page not found")
}

fn no_image(media_type: &str) -> Error {
    let what = format!("it is no image: {media_type}");
    Error::new(ErrorKind::Unsupported, what).advise("without --skopeo its record is shown")
}

fn layer(layer: &Descriptor) -> Result<LayerData<'_>> {
    let too_large = |_| {
        Error::new(
            ErrorKind::InvalidResponse,
            "a layer is larger than any can be",
        )
    };
    Ok(LayerData {
        mime_type: &layer.media_type,
        digest: layer.digest.as_str(),
        size: i64::try_from(layer.size).map_err(too_large)?,
        annotations: layer.annotations.as_ref().map(borrowed),
    })
}

fn borrowed(annotations: &Annotations) -> BTreeMap<&str, &str> {
    let pairs = annotations.iter();
    pairs
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect()
}
