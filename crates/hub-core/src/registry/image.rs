//! The `image` record: what skopeo says of an image, and more, composed in one place.
//!
//! The record depends on the platform's manifest and config and on the digest of the top document, and on nothing else:
//! so the same image gives the same bytes by every way in.

use std::collections::BTreeMap;

use oci_spec::image::{Descriptor, ImageManifest};
use serde::Serialize;
use serde_json::Value;

use super::config::Config;
use super::index::Index;
use super::manifest::{Document, Manifest};
use crate::client::Client;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::name::Tag;
use crate::platform::{self, Candidate, Platform};
use crate::reference::{Reference, Repository};

/// An index may list an index; deeper than this nobody builds (MAN-14).
const DEEPEST: usize = 5;

/// Config types that are images; everything else is an artifact (ART-1).
const IMAGE_CONFIGS: [&str; 2] = [
    "application/vnd.docker.container.image.v1+json",
    "application/vnd.oci.image.config.v1+json",
];

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
    digest: &'a str,
    repo_tags: [&'a str; 0],
    created: Option<String>,
    docker_version: String,
    labels: Option<BTreeMap<String, Value>>,
    architecture: String,
    os: String,
    layers: Vec<String>,
    layers_data: Vec<Layer<'a>>,
    env: Option<Value>,
    platform: Option<String>,
    manifest_digest: &'a str,
    media_type: &'a str,
    config_digest: String,
    size: u64,
    author: Option<String>,
    entrypoint: Option<Value>,
    cmd: Option<Value>,
    user: Option<Value>,
    working_dir: Option<Value>,
    exposed_ports: Option<BTreeMap<String, Value>>,
    annotations: Option<BTreeMap<&'a str, &'a str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Layer<'a> {
    #[serde(rename = "MIMEType")]
    mime_type: String,
    digest: String,
    size: u64,
    annotations: Option<BTreeMap<&'a str, &'a str>>,
}

impl Client {
    /// The record of one platform of `top`, as a line: the demanded platform, or the preferred one (DECISIONS 19).
    pub async fn image_record(
        &self,
        reference: &Reference,
        top: &Manifest,
        demand: Option<&Platform>,
    ) -> Result<Vec<u8>> {
        let repository = reference.repository();
        let chosen = match &top.document {
            Document::Index(index) => Some(self.chosen(repository, index, demand, DEEPEST).await?),
            _ => None,
        };
        let manifest = chosen.as_ref().unwrap_or(top);
        let image = image_of(manifest)?;
        let config = self.image_config(repository, image).await?;
        // What an index says of its child counts, not the child's config: that often leaves out the variant.
        if let Some(demand) = demand.filter(|_| chosen.is_none()) {
            check_platform(demand, &config)?;
        }
        let pinned = if demand.is_some() {
            manifest.digest()
        } else {
            top.digest()
        };
        Ok(compose(
            &reference.clone().with_digest(pinned.clone()),
            top.digest(),
            manifest,
            image,
            config,
        ))
    }

    async fn image_config(&self, repository: &Repository, image: &ImageManifest) -> Result<Config> {
        let bytes = self.blob(repository, image.config()).await?;
        let refuse = |why: String| {
            Error::new(
                ErrorKind::InvalidResponse,
                format!("the image config is not as expected: {why}"),
            )
        };
        // serde would take an array for the members in their order.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(refuse("it is no object".to_owned()));
        }
        serde_json::from_slice(&bytes).map_err(|error| refuse(error.to_string()))
    }

    /// The manifest of a platform, through indexes in indexes, `depth` of them at the most.
    async fn chosen(
        &self,
        repository: &Repository,
        index: &Index,
        demand: Option<&Platform>,
        depth: usize,
    ) -> Result<Manifest> {
        if depth == 0 {
            let what = format!("the index holds indexes more than {DEEPEST} deep");
            return Err(Error::new(ErrorKind::InvalidResponse, what));
        }
        let none = match platform::choose(demand, &index.candidates()) {
            Ok(chosen) => {
                let manifest = self.child(repository, &index.children()[chosen]).await?;
                return Box::pin(self.inner(repository, manifest, demand, depth)).await;
            }
            Err(none) => Error::new(ErrorKind::NotFound, none.to_string()),
        };
        // A child that does not say what it is for is the last resort: it is looked into.
        for child in index.silent_children().take(MOST_SILENT) {
            let manifest = self.child(repository, child).await?;
            match Box::pin(self.inner(repository, manifest, demand, depth)).await {
                Ok(manifest) if self.is_for(repository, &manifest, demand).await? => {
                    return Ok(manifest);
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Err(none)
    }

    /// The manifest itself, or the one that an index in the index chooses.
    async fn inner(
        &self,
        repository: &Repository,
        manifest: Manifest,
        demand: Option<&Platform>,
        depth: usize,
    ) -> Result<Manifest> {
        match &manifest.document {
            Document::Index(inner) => self.chosen(repository, inner, demand, depth - 1).await,
            _ => Ok(manifest),
        }
    }

    async fn is_for(
        &self,
        repository: &Repository,
        manifest: &Manifest,
        demand: Option<&Platform>,
    ) -> Result<bool> {
        let (Some(demand), Ok(image)) = (demand, image_of(manifest)) else {
            return Ok(false);
        };
        Ok(check_platform(demand, &self.image_config(repository, image).await?).is_ok())
    }
}

/// Children without a platform that are looked into for a demanded one.
const MOST_SILENT: usize = 8;

fn image_of(manifest: &Manifest) -> Result<&ImageManifest> {
    let unsupported = |what: String| Err(Error::new(ErrorKind::Unsupported, what));
    match &manifest.document {
        Document::Image(image) => {
            let config = image.config().media_type().to_string();
            if IMAGE_CONFIGS.contains(&config.as_str()) {
                return Ok(image);
            }
            unsupported(format!("it is no image: its config is of type {config}"))
        }
        _ => unsupported(format!(
            "manifests of type {} are not read",
            manifest.media_type()
        )),
    }
}

/// PLT-5: an image that has one platform only is not shown as another.
fn check_platform(demand: &Platform, config: &Config) -> Result<()> {
    let candidate = Candidate {
        platform: config.platform(),
        attestation: false,
    };
    platform::choose(Some(demand), std::slice::from_ref(&candidate))
        .map(|_| ())
        .map_err(|none| Error::new(ErrorKind::NotFound, none.to_string()))
}

fn compose(
    reference: &Reference,
    top: &Digest,
    manifest: &Manifest,
    image: &ImageManifest,
    mut config: Config,
) -> Vec<u8> {
    let execution = config.execution();
    let record = Record {
        reference: reference.to_string(),
        kind: "image",
        name: reference.repository().to_string(),
        tag: reference.tag().map(Tag::as_str),
        digest: top.as_str(),
        repo_tags: [],
        platform: config.platform().map(|platform| platform.to_string()),
        created: config.created,
        docker_version: config.docker_version.unwrap_or_default(),
        labels: execution.labels,
        architecture: config.architecture.unwrap_or_default(),
        os: config.os.unwrap_or_default(),
        layers: image
            .layers()
            .iter()
            .map(|layer| layer.digest().to_string())
            .collect(),
        layers_data: image.layers().iter().map(layer).collect(),
        env: execution.env,
        manifest_digest: manifest.digest().as_str(),
        media_type: manifest.media_type(),
        config_digest: image.config().digest().to_string(),
        size: image
            .layers()
            .iter()
            .map(Descriptor::size)
            .fold(image.config().size(), u64::saturating_add),
        author: config.author,
        entrypoint: execution.entrypoint,
        cmd: execution.cmd,
        user: execution.user,
        working_dir: execution.working_dir,
        exposed_ports: execution.exposed_ports,
        annotations: annotations(image.annotations().as_ref()),
    };
    let mut line = serde_json::to_vec(&record).expect("a record of strings and numbers is JSON");
    line.push(b'\n');
    line
}

fn layer(layer: &Descriptor) -> Layer<'_> {
    Layer {
        mime_type: layer.media_type().to_string(),
        digest: layer.digest().to_string(),
        size: layer.size(),
        annotations: annotations(layer.annotations().as_ref()),
    }
}

/// In a fixed order, so that the same image gives the same bytes.
fn annotations(
    annotations: Option<&std::collections::HashMap<String, String>>,
) -> Option<BTreeMap<&str, &str>> {
    Some(
        annotations?
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect(),
    )
}
