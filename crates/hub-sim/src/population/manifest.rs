//! Manifest and index documents, with descriptors that are true. Knows nothing of what the images are for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::document::Document;
use super::media::Family;

pub(crate) type Annotations = BTreeMap<&'static str, String>;

/// A reference from one document to another (REGISTRY.md MAN-15).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub(crate) media_type: Cow<'static, str>,
    pub(crate) digest: String,
    pub(crate) size: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: Annotations,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<PlatformJson>,
}

/// `platform` of a descriptor.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PlatformJson {
    pub(crate) architecture: String,
    pub(crate) os: String,
    #[serde(rename = "os.version", skip_serializing_if = "Option::is_none")]
    pub(crate) os_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) variant: Option<String>,
}

impl Descriptor {
    /// Points at `document`.
    pub(crate) fn of(document: &Document) -> Self {
        Self {
            media_type: document.owned_media_type(),
            digest: document.digest().to_owned(),
            size: document.size(),
            annotations: Annotations::new(),
            platform: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ManifestJson<'a> {
    schema_version: u8,
    media_type: &'a str,
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a Annotations,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IndexJson<'a> {
    schema_version: u8,
    media_type: &'a str,
    manifests: &'a [Descriptor],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a Annotations,
}

/// An image manifest over `config` and `layers`.
pub(crate) fn manifest(
    family: Family,
    config: &Document,
    layers: Vec<Descriptor>,
    annotations: &Annotations,
) -> Document {
    let json = ManifestJson {
        schema_version: 2,
        media_type: family.manifest,
        config: Descriptor::of(config),
        layers,
        annotations,
    };
    Document::manifest(family.manifest, pretty(&json))
}

/// An index (OCI) or manifest list (Docker) over `manifests`.
pub(crate) fn index(
    family: Family,
    manifests: &[Descriptor],
    annotations: &Annotations,
) -> Document {
    let json = IndexJson {
        schema_version: 2,
        media_type: family.index,
        manifests,
        annotations,
    };
    Document::manifest(family.index, pretty(&json))
}

/// Indented by two blanks, without a newline at the end: as builders push them.
fn pretty(json: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(json).expect("a manifest has string keys only")
}
