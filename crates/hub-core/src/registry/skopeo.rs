//! The document that `skopeo inspect` prints, byte for byte (REGISTRY.md §17.1). It fetches nothing.
//!
//! Where skopeo fails, so does this, with a reason of its own. `LayersData` is printed by skopeo from 1.10 on, and always here;
//! the `Comment` that the newest versions print is not.

mod schema1;
mod types;

use std::collections::BTreeMap;

use serde::Serialize;

use self::schema1::Chain;
use self::types::{DockerRest, Image as DockerImage, OciImage};
use super::go::print;
use super::go::read::unmarshal;
use super::go::time::Time;
use super::schema1::Schema1;

/// What the document is made of.
pub(super) struct Inspected<'a> {
    /// The repository with its host; left out where it is empty.
    pub(super) name: &'a str,
    /// Of the top document.
    pub(super) digest: &'a str,
    /// `None` where the registry denies the list.
    pub(super) repo_tags: Option<&'a [String]>,
    pub(super) image: Image<'a>,
}

/// The image behind the top document.
pub(super) enum Image<'a> {
    /// A manifest with layers, and the bytes of its config.
    Modern {
        /// docker schema 2, and not OCI.
        is_docker: bool,
        layers: Vec<LayerData<'a>>,
        config: &'a [u8],
    },
    /// A manifest that carries its config in itself.
    Schema1(&'a Schema1),
}

/// A layer as the manifest describes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LayerData<'a> {
    #[serde(rename = "MIMEType")]
    pub(super) mime_type: &'a str,
    pub(super) digest: &'a str,
    pub(super) size: i64,
    pub(super) annotations: Option<BTreeMap<&'a str, &'a str>>,
}

/// The document with its newline.
pub(super) fn document(inspected: &Inspected<'_>) -> Result<Vec<u8>, String> {
    let refuse = |why| format!("the image config: {why}");
    match &inspected.image {
        Image::Schema1(manifest) => {
            let chain = Chain::read(manifest)?;
            let facts = docker(chain.config.as_bytes()).map_err(refuse)?;
            Ok(print(
                inspected,
                manifest.tag(),
                facts,
                &chain.layers_data(),
            ))
        }
        Image::Modern {
            is_docker: true,
            layers,
            config,
        } => {
            unmarshal::<DockerRest>(config).map_err(refuse)?;
            let facts = docker(config).map_err(refuse)?;
            // docker's descriptors have no annotations.
            let plain: Vec<_> = layers.iter().map(LayerData::plain).collect();
            Ok(print(inspected, "", facts, &plain))
        }
        Image::Modern { layers, config, .. } => {
            let facts = oci(config).map_err(refuse)?;
            Ok(print(inspected, "", facts, layers))
        }
    }
}

/// The document's members in their order.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    tag: &'a str,
    digest: &'a str,
    repo_tags: Option<&'a [String]>,
    created: Option<Time>,
    docker_version: String,
    labels: Option<BTreeMap<String, String>>,
    architecture: String,
    os: String,
    layers: Vec<&'a str>,
    layers_data: &'a [LayerData<'a>],
    env: Option<Vec<String>>,
}

/// What the config tells.
struct Facts {
    created: Option<Time>,
    docker_version: String,
    labels: Option<BTreeMap<String, String>>,
    architecture: String,
    os: String,
    env: Option<Vec<String>>,
}

fn print(inspected: &Inspected<'_>, tag: &str, facts: Facts, layers: &[LayerData<'_>]) -> Vec<u8> {
    print::document(&Output {
        name: inspected.name,
        tag,
        digest: inspected.digest,
        repo_tags: inspected.repo_tags,
        created: facts.created,
        docker_version: facts.docker_version,
        labels: facts.labels,
        architecture: facts.architecture,
        os: facts.os,
        layers: layers.iter().map(|layer| layer.digest).collect(),
        layers_data: layers,
        env: facts.env,
    })
}

/// docker's config always has a time, if need be the zero time.
fn docker(config: &[u8]) -> Result<Facts, String> {
    let image: DockerImage = unmarshal(config)?;
    let run = image.config.unwrap_or_default();
    Ok(Facts {
        created: Some(image.created),
        docker_version: image.docker_version,
        labels: run.labels,
        architecture: image.architecture,
        os: image.os,
        env: run.env,
    })
}

/// skopeo reads an OCI config as docker's too, for `docker_version`.
fn oci(config: &[u8]) -> Result<Facts, String> {
    let image: OciImage = unmarshal(config)?;
    let docker: DockerImage = unmarshal(config)?;
    Ok(Facts {
        created: image.created,
        docker_version: docker.docker_version,
        labels: image.config.labels,
        architecture: image.architecture,
        os: image.os,
        env: image.config.env,
    })
}

impl LayerData<'_> {
    fn plain(&self) -> LayerData<'_> {
        LayerData {
            annotations: None,
            ..*self
        }
    }
}

#[cfg(test)]
mod tests;
