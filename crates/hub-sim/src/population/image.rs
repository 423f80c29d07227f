//! Builds one image: layers, configs, manifests, attestations and, for several platforms, the index above them.
//! What the image is (its labels, entrypoint, dates) comes in as a [`Recipe`]; which tags point at it is not known here.

use std::borrow::Cow;

use super::config_blob::{ImageConfig, RootFs, RunConfig};
use super::document::Document;
use super::layer::Layer;
use super::manifest::{Annotations, Descriptor, PlatformJson, index, manifest};
use super::media::{DOCKER, Family, OCI};
use super::recipe::Recipe;

/// A platform that an image runs on, and the documents for it.
#[derive(Clone, Debug)]
pub struct Platform {
    /// `linux` or `windows`.
    pub os: &'static str,
    /// `amd64`, `arm64`, `arm`, …
    pub architecture: &'static str,
    /// `v7`, `v8`; none where the builder gives none.
    pub variant: Option<&'static str>,
    /// Only Windows images have one.
    pub os_version: Option<&'static str>,
    /// Digest of this platform's manifest; the image's own where it has no index.
    pub manifest: String,
    /// Digest of this platform's config.
    pub config: String,
    /// Bytes of all layers, which is what Docker Hub calls the size (samples/tag-images-layers-2026.json).
    pub(crate) size: u64,
}

/// Which documents an image consists of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) family: Family,
    pub(crate) targets: &'static [Target],
    /// An index even for one platform, as `BuildKit` makes it.
    pub(crate) index: bool,
    /// `BuildKit`'s provenance and SBOM beside every platform (REGISTRY.md ATT-1).
    pub(crate) attested: bool,
}

/// A platform before anything was built for it: os, architecture, variant, os.version.
pub(crate) type Target = (
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
);

/// A finished image.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    /// What a tag points at.
    pub(crate) top: Document,
    pub(crate) platforms: Vec<Platform>,
    /// Digest and size of each attestation manifest.
    pub(crate) attestations: Vec<(String, u64)>,
    /// All documents, each after those that it refers to, so that they can be pushed in this order.
    pub(crate) documents: Vec<Document>,
    /// The media type that Docker Hub shows: the index's, or the config's where there is no index
    /// (samples/tags-list-2026-no-digest.json).
    pub(crate) shown_type: Cow<'static, str>,
    /// `image`, `helm`, … (HUB-API.md §6.1).
    pub(crate) content_type: &'static str,
}

impl Image {
    /// Docker Hub's `full_size`: one platform, linux/amd64 where there is one (HUB-API.md §7.1).
    pub(crate) fn size(&self) -> u64 {
        let preferred = self
            .platforms
            .iter()
            .find(|platform| platform.architecture == "amd64");
        preferred
            .or(self.platforms.first())
            .map_or_else(|| self.top.size(), |platform| platform.size)
    }
}

/// Builds `recipe` in `shape`.
pub(crate) fn build(recipe: &Recipe<'_>, shape: Shape) -> Image {
    let mut parts = Parts::default();
    for target in shape.targets {
        parts.add_platform(recipe, shape, *target);
    }
    if shape.attested {
        for platform in 0..parts.platforms.len() {
            parts.add_attestation(recipe, platform);
        }
    }
    if shape.index {
        let annotations = recipe.annotations();
        let top = index(shape.family, &parts.children, &annotations);
        parts.documents.push(top);
    }
    let top = parts
        .documents
        .last()
        .expect("a shape has at least one target")
        .clone();
    Image {
        shown_type: if shape.index {
            top.owned_media_type()
        } else {
            shape.family.config.into()
        },
        top,
        platforms: parts.platforms,
        attestations: parts.attestations,
        documents: parts.documents,
        content_type: "image",
    }
}

#[derive(Default)]
struct Parts {
    documents: Vec<Document>,
    children: Vec<Descriptor>,
    platforms: Vec<Platform>,
    attestations: Vec<(String, u64)>,
}

impl Parts {
    fn add_platform(&mut self, recipe: &Recipe<'_>, shape: Shape, target: Target) {
        let (os, architecture, variant, os_version) = target;
        let layers = recipe.layers(shape.family.layer, target);
        let diff_ids = layers.iter().map(|layer| layer.diff_id.clone()).collect();
        let config = recipe
            .config(target, diff_ids)
            .document(shape.family.config);
        // A single OCI manifest carries the annotations itself; Docker's format has none.
        let annotations = if shape.index || shape.family.index == DOCKER.index {
            Annotations::new()
        } else {
            recipe.annotations()
        };
        let manifest = manifest(shape.family, &config, descriptors(&layers), &annotations);
        let mut child = Descriptor::of(&manifest);
        child.annotations = if shape.family.index == OCI.index {
            recipe.child_annotations(architecture)
        } else {
            Annotations::new()
        };
        child.platform = Some(PlatformJson {
            architecture: architecture.to_owned(),
            os: os.to_owned(),
            os_version: os_version.map(str::to_owned),
            variant: variant.map(str::to_owned),
        });
        self.children.push(child);
        self.platforms.push(Platform {
            os,
            architecture,
            variant,
            os_version,
            manifest: manifest.digest().to_owned(),
            config: config.digest().to_owned(),
            size: layers.iter().map(|layer| layer.blob.size()).sum(),
        });
        self.documents
            .extend(layers.into_iter().map(|layer| layer.blob));
        self.documents.extend([config, manifest]);
    }

    /// REGISTRY.md ATT-1 and ATT-2: in-toto statements as layers, and a config that is a stub.
    fn add_attestation(&mut self, recipe: &Recipe<'_>, platform: usize) {
        let subject = self.platforms[platform].manifest.clone();
        let statements = recipe.statements(&subject);
        let layers = statements
            .iter()
            .map(|(predicate, statement)| Descriptor {
                annotations: Annotations::from([(
                    "in-toto.io/predicate-type",
                    (*predicate).to_owned(),
                )]),
                ..Descriptor::of(statement)
            })
            .collect();
        let config = stub(&statements).document(OCI.config);
        let manifest = manifest(OCI, &config, layers, &Annotations::new());
        self.attestations.push((
            manifest.digest().to_owned(),
            statements.iter().map(|(_, blob)| blob.size()).sum(),
        ));
        self.children.push(Descriptor {
            annotations: Annotations::from([
                ("vnd.docker.reference.digest", subject),
                (
                    "vnd.docker.reference.type",
                    "attestation-manifest".to_owned(),
                ),
            ]),
            platform: Some(PlatformJson {
                architecture: "unknown".to_owned(),
                os: "unknown".to_owned(),
                os_version: None,
                variant: None,
            }),
            ..Descriptor::of(&manifest)
        });
        self.documents
            .extend(statements.into_iter().map(|(_, blob)| blob));
        self.documents.extend([config, manifest]);
    }
}

/// The config of an attestation: its platform is unknown, and in-toto statements are not compressed, so that each is its
/// own diff id.
fn stub(statements: &[(&'static str, Document)]) -> ImageConfig {
    ImageConfig {
        architecture: "unknown".to_owned(),
        author: None,
        config: RunConfig::default(),
        created: None,
        docker_version: None,
        history: Vec::new(),
        os: "unknown".to_owned(),
        os_version: None,
        rootfs: RootFs {
            r#type: "layers",
            diff_ids: statements
                .iter()
                .map(|(_, blob)| blob.digest().to_owned())
                .collect(),
        },
        variant: None,
    }
}

fn descriptors(layers: &[Layer]) -> Vec<Descriptor> {
    layers
        .iter()
        .map(|layer| Descriptor::of(&layer.blob))
        .collect()
}
