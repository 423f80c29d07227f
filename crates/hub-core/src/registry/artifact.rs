//! The `artifact` record: charts, signatures, modules, models; whatever stands in a registry and is no image (ART-1).
//!
//! Composed of the manifest alone: the config of an artifact is its owner's business, and it is not fetched.

use std::iter::once;

use serde::Serialize;

use super::descriptor::{Annotations, Descriptor};
use super::document::{ArtifactManifest, ImageManifest};
use super::extras::Added;
use super::image::{Layer, total};
use super::record::Pinned;
use super::referrers::artifact_type;
use crate::digest::Digest;
use crate::name::Tag;
use crate::record::composed;

/// The record; keys that an `image` record has too mean the same.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(rename = "kind")]
    kind: &'static str,
    name: String,
    tag: Option<&'a str>,
    digest: &'a Digest,
    artifact_type: Option<&'a str>,
    layers: Vec<&'a Digest>,
    layers_data: Vec<Layer<'a>>,
    manifest_digest: &'a Digest,
    media_type: &'a str,
    config_media_type: Option<&'a str>,
    config_digest: Option<&'a Digest>,
    size: Option<u64>,
    /// The digest of the manifest that this one is about.
    subject: Option<&'a Digest>,
    annotations: Option<&'a Annotations>,
    #[serde(flatten)]
    added: Added,
}

/// The record of a manifest with a config that is no image's, as a line.
pub(super) fn compose(pinned: &Pinned<'_>, manifest: &ImageManifest, added: Added) -> Vec<u8> {
    composed(&Record {
        config_media_type: Some(&manifest.config.media_type),
        config_digest: Some(&manifest.config.digest),
        size: total(once(&manifest.config).chain(&manifest.layers)),
        subject: manifest.subject.as_ref().map(|subject| &subject.digest),
        annotations: manifest.annotations.as_ref(),
        ..record(pinned, &manifest.layers, added)
    })
}

/// The record of OCI's artifact manifest, which has no config.
pub(super) fn compose_bare(
    pinned: &Pinned<'_>,
    manifest: &ArtifactManifest,
    added: Added,
) -> Vec<u8> {
    composed(&Record {
        size: total(manifest.blobs.iter()),
        subject: manifest.subject.as_ref().map(|subject| &subject.digest),
        annotations: manifest.annotations.as_ref(),
        ..record(pinned, &manifest.blobs, added)
    })
}

fn record<'a>(pinned: &Pinned<'a>, layers: &'a [Descriptor], added: Added) -> Record<'a> {
    Record {
        reference: pinned.reference.to_string(),
        kind: "artifact",
        name: pinned.reference.repository().to_string(),
        tag: pinned.reference.tag().map(Tag::as_str),
        digest: pinned.top,
        artifact_type: artifact_type(&pinned.manifest.document),
        layers: layers.iter().map(|layer| &layer.digest).collect(),
        layers_data: layers.iter().map(Layer::from).collect(),
        manifest_digest: pinned.manifest.digest(),
        media_type: pinned.manifest.media_type(),
        config_media_type: None,
        config_digest: None,
        size: None,
        subject: None,
        annotations: None,
        added,
    }
}
