//! The `image` record: what skopeo says of an image, and more, composed in one place.
//!
//! The record depends on the platform's manifest and config and on the digest of the top document, and on nothing else:
//! so the same image gives the same bytes by every way in.

use std::collections::BTreeMap;
use std::iter::once;

use serde::Serialize;

use super::config::{Config, Execution, Value};
use super::descriptor::{Annotations, Descriptor};
use super::document::ImageManifest;
use super::extras::{Added, Extras, json, one_line};
use super::record::Pinned;
use super::schema1::Schema1;
use crate::digest::Digest;
use crate::name::Tag;
use crate::record::composed;

/// The record, its keys in the order of the pipe contract.
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
    repo_tags: [&'a str; 0],
    created: Option<String>,
    docker_version: String,
    labels: Option<BTreeMap<String, Value>>,
    architecture: String,
    os: String,
    layers: Vec<&'a Digest>,
    layers_data: Vec<Layer<'a>>,
    env: Option<Value>,
    platform: Option<String>,
    manifest_digest: &'a Digest,
    media_type: &'a str,
    config_digest: Option<&'a Digest>,
    size: Option<u64>,
    author: Option<String>,
    entrypoint: Option<Value>,
    cmd: Option<Value>,
    user: Option<Value>,
    working_dir: Option<Value>,
    exposed_ports: Option<BTreeMap<String, Value>>,
    annotations: Option<&'a Annotations>,
    #[serde(flatten)]
    added: Added,
}

/// A layer, as skopeo shows it. Schema 1 knows its digest alone (MAN-18).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Layer<'a> {
    #[serde(rename = "MIMEType")]
    mime_type: Option<&'a str>,
    digest: &'a Digest,
    size: Option<u64>,
    annotations: Option<&'a Annotations>,
}

impl<'a> From<&'a Descriptor> for Layer<'a> {
    fn from(layer: &'a Descriptor) -> Self {
        Self {
            mime_type: Some(&layer.media_type),
            digest: &layer.digest,
            size: Some(layer.size),
            annotations: layer.annotations.as_ref(),
        }
    }
}

/// What the manifest says, of whichever format it is.
struct Facts<'a> {
    layers: Vec<Layer<'a>>,
    config_digest: Option<&'a Digest>,
    size: Option<u64>,
    annotations: Option<&'a Annotations>,
}

/// The record of an image with a config of its own, as a line.
pub(super) fn compose(
    pinned: &Pinned<'_>,
    image: &ImageManifest,
    config: Config,
    (mut added, extras): (Added, Extras),
) -> Vec<u8> {
    if extras.history {
        added.history = Some(config.history.as_deref().map_or(json(&()), one_line));
    }
    let facts = Facts {
        layers: image.layers.iter().map(Layer::from).collect(),
        config_digest: Some(&image.config.digest),
        size: total(once(&image.config).chain(&image.layers)),
        annotations: image.annotations.as_ref(),
    };
    record(pinned, facts, config, added)
}

/// The record of a schema 1 image, as a line: what its history says of the newest layer is its config (MAN-18).
pub(super) fn compose_schema1(
    pinned: &Pinned<'_>,
    image: &Schema1,
    config: Config,
    (mut added, extras): (Added, Extras),
) -> Vec<u8> {
    if extras.history {
        let steps: Vec<_> = image.history().collect();
        added.history = Some(json(&steps));
    }
    let layer = |digest| Layer {
        mime_type: None,
        digest,
        size: None,
        annotations: None,
    };
    let facts = Facts {
        layers: image.layers().map(layer).collect(),
        config_digest: None,
        size: None,
        annotations: None,
    };
    record(pinned, facts, config, added)
}

/// The bytes of what a document lists; `None` where they are more than a number of 64 bits tells, since no other would be true.
pub(super) fn total<'a>(mut listed: impl Iterator<Item = &'a Descriptor>) -> Option<u64> {
    listed.try_fold(0, |sum: u64, one| sum.checked_add(one.size))
}

fn record(pinned: &Pinned<'_>, facts: Facts<'_>, mut config: Config, added: Added) -> Vec<u8> {
    let execution: Execution = config.execution.take().unwrap_or_default();
    composed(&Record {
        reference: pinned.reference.to_string(),
        kind: "image",
        name: pinned.reference.repository().to_string(),
        tag: pinned.reference.tag().map(Tag::as_str),
        digest: pinned.top,
        repo_tags: [],
        platform: config.platform().map(|platform| platform.to_string()),
        created: config.created,
        docker_version: config.docker_version.unwrap_or_default(),
        labels: execution.labels,
        architecture: config.architecture.unwrap_or_default(),
        os: config.os.unwrap_or_default(),
        layers: facts.layers.iter().map(|layer| layer.digest).collect(),
        layers_data: facts.layers,
        env: execution.env,
        manifest_digest: pinned.manifest.digest(),
        media_type: pinned.manifest.media_type(),
        config_digest: facts.config_digest,
        size: facts.size,
        author: config.author,
        entrypoint: execution.entrypoint,
        cmd: execution.cmd,
        user: execution.user,
        working_dir: execution.working_dir,
        exposed_ports: execution.exposed_ports,
        annotations: facts.annotations,
        added,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn of(size: u64) -> Descriptor {
        let digest = Digest::of(b"");
        let text = format!(r#"{{"digest":"{digest}","size":{size}}}"#);
        Descriptor::read(&RawValue::from_string(text).unwrap()).unwrap()
    }

    #[test]
    fn a_sum_that_no_number_tells_is_not_told_man_10() {
        let huge = of(i64::MAX.unsigned_abs());
        let (one, two) = (of(1), of(2));
        assert_eq!(total([&one, &two].into_iter()), Some(3));
        let most = [&huge, &huge, &one];
        assert_eq!(total(most.into_iter()), Some(u64::MAX));
        assert_eq!(total(most.into_iter().chain([&one])), None);
    }
}
