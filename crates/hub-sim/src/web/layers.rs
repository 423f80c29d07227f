//! `GET …/tags/{tag}/images`: a bare array of images with the layers and the instructions that made them (HUB-API.md
//! §7.2). Read out of the documents when asked, so that it cannot disagree with them.

use hyper::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::http::Answer;
use crate::population::{Platform, Repository, TagRow};

/// An image, in the order of samples/tag-images-layers-2026.json.
#[derive(Serialize)]
struct ImageJson<'a> {
    architecture: &'a str,
    features: Option<&'a str>,
    variant: Option<&'a str>,
    digest: &'a str,
    layers: Vec<LayerJson>,
    os: &'a str,
    os_features: Option<&'a str>,
    os_version: Option<&'a str>,
    size: u64,
    status: &'static str,
    last_pulled: Option<Timestamp>,
    last_pushed: Option<Timestamp>,
}

/// A step of the build; one without content has no digest.
#[derive(Serialize)]
struct LayerJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    size: u64,
    instruction: String,
}

#[derive(Deserialize)]
struct Manifest {
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    size: u64,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    history: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    created_by: String,
    #[serde(default)]
    empty_layer: bool,
}

/// The images of a tag.
pub(super) fn answer(repository: &Repository, row: &TagRow, pulled: Option<Timestamp>) -> Answer {
    let images: Vec<ImageJson<'_>> = repository
        .image(row)
        .platforms
        .iter()
        .map(|platform| ImageJson {
            architecture: platform.architecture,
            features: None,
            variant: platform.variant,
            digest: &platform.manifest,
            layers: layers(repository, platform).unwrap_or_default(),
            os: platform.os,
            os_features: None,
            os_version: platform.os_version,
            size: platform.size,
            status: if pulled.is_some() {
                "active"
            } else {
                "inactive"
            },
            last_pulled: pulled,
            last_pushed: row.pushed(),
        })
        .collect();
    Answer::json(StatusCode::OK, &images)
}

fn layers(repository: &Repository, platform: &Platform) -> Option<Vec<LayerJson>> {
    let manifest: Manifest =
        serde_json::from_slice(repository.document(&platform.manifest)?.bytes()).ok()?;
    let config: Config =
        serde_json::from_slice(repository.document(&platform.config)?.bytes()).ok()?;
    let mut blobs = manifest.layers.into_iter();
    let steps = config.history.into_iter().map(|step| {
        let blob = if step.empty_layer { None } else { blobs.next() };
        LayerJson {
            size: blob.as_ref().map_or(0, |blob| blob.size),
            digest: blob.map(|blob| blob.digest),
            instruction: step.created_by,
        }
    });
    Some(steps.collect())
}
