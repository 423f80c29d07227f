//! Attestations that `BuildKit` puts beside the images of an index: SBOMs and provenance (REGISTRY.md §5.5).

use serde::Serialize;

use super::choice::Chosen;
use super::descriptor::Descriptor;
use super::document::Document;
use super::manifest::Manifest;
use crate::client::Client;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::reference::Repository;

/// Attestation manifests of one image, and statements in them: a build makes one with two.
const MOST_MANIFESTS: usize = 64;
const MOST_STATEMENTS: usize = 4096;

const PREDICATE: &str = "in-toto.io/predicate-type";

/// A statement about an image, as its manifest lists it; the statement itself is not fetched.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attestation {
    /// `sbom` or `provenance`, where the predicate is known to be one.
    r#type: Option<&'static str>,
    predicate_type: Option<String>,
    media_type: Option<String>,
    /// Of the statement, a blob.
    digest: Option<Digest>,
    size: Option<u64>,
    /// Of the manifest that lists it.
    manifest_digest: Digest,
}

impl Client {
    /// The attestations of one platform's manifest, in the order of the index (ATT-1); `None` where no index was asked, which is
    /// where they would be.
    pub(super) async fn attestations(
        &self,
        repository: &Repository,
        top: &Manifest,
        chosen: &Chosen,
    ) -> Result<Option<Vec<Attestation>>> {
        let Document::Index(index) = &*top.document else {
            return Ok(None);
        };
        let described = chosen.manifest.digest().as_str();
        let ours = index
            .children()
            .iter()
            .map(|child| &child.descriptor)
            .filter(|child| child.attested() == Some(described));
        let mut attestations = Vec::new();
        for (number, child) in ours.enumerate() {
            if number >= MOST_MANIFESTS || attestations.len() >= MOST_STATEMENTS {
                let what = format!("{described} has more attestations than are read");
                return Err(Error::new(ErrorKind::TooLarge, what));
            }
            match self.described(repository, child).await {
                Ok(manifest) => attestations.extend(statements(&manifest)),
                // What the index lists and the registry does not have is shown as far as it is known.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    tracing::warn!("an attestation of {described} is missing: {error}");
                    attestations.push(Attestation::missing(child));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(attestations))
    }
}

impl Attestation {
    fn missing(child: &Descriptor) -> Self {
        Self {
            r#type: None,
            predicate_type: None,
            media_type: None,
            digest: None,
            size: None,
            manifest_digest: child.digest.clone(),
        }
    }
}

/// The statements that an attestation manifest lists: its layers, or an artifact's blobs (ATT-2, ATT-4).
fn statements(manifest: &Manifest) -> Vec<Attestation> {
    let layers = match &*manifest.document {
        Document::Image(image) => &image.layers[..],
        Document::Artifact(artifact) => &artifact.blobs[..],
        _ => &[],
    };
    let statement = |layer: &Descriptor| {
        let annotations = layer.annotations.as_ref();
        let predicate = annotations.and_then(|annotations| annotations.get(PREDICATE));
        Attestation {
            r#type: predicate.and_then(|predicate| kind(predicate)),
            predicate_type: predicate.cloned(),
            media_type: Some(layer.media_type.clone()),
            digest: Some(layer.digest.clone()),
            size: Some(layer.size),
            manifest_digest: manifest.digest().clone(),
        }
    };
    layers.iter().map(statement).collect()
}

/// What a predicate says, of whatever version (ATT-2).
fn kind(predicate: &str) -> Option<&'static str> {
    if predicate.starts_with("https://slsa.dev/provenance/") {
        return Some("provenance");
    }
    let is_sbom = ["https://spdx.dev/Document", "https://cyclonedx.org/bom"]
        .iter()
        .any(|known| predicate.starts_with(known));
    is_sbom.then_some("sbom")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_predicate_tells_what_an_attestation_is_att_2() {
        assert_eq!(kind("https://spdx.dev/Document"), Some("sbom"));
        assert_eq!(kind("https://spdx.dev/Document/v2.3"), Some("sbom"));
        assert_eq!(kind("https://slsa.dev/provenance/v0.2"), Some("provenance"));
        assert_eq!(kind("https://slsa.dev/provenance/v1"), Some("provenance"));
        assert_eq!(kind("https://example.com/test-result"), None);
    }
}
