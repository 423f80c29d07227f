//! Documents that are no images: a Helm chart as the Helm client pushes it (REGISTRY.md ART-1).

use super::document::Document;
use super::image::Image;
use super::layer::layer;
use super::manifest::{Annotations, Descriptor, manifest};
use super::media::{HELM_CHART, HELM_CONFIG, OCI};

/// The chart `name` in `version`: one OCI manifest with Helm's config and chart types, and no platform.
pub(crate) fn helm_chart(name: &str, version: &str) -> Image {
    let chart = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
    let content = layer(HELM_CHART, &format!("{name}/Chart.yaml"), &chart).blob;
    let config = serde_json::json!({"apiVersion": "v2", "name": name, "version": version, "type": "application"});
    let config = Document::blob(HELM_CONFIG, config.to_string().into_bytes());
    let annotations = Annotations::from([
        ("org.opencontainers.image.title", name.to_owned()),
        ("org.opencontainers.image.version", version.to_owned()),
    ]);
    let top = manifest(OCI, &config, vec![Descriptor::of(&content)], &annotations);
    Image {
        top: top.clone(),
        platforms: Vec::new(),
        attestations: Vec::new(),
        documents: vec![content, config, top],
        shown_type: HELM_CONFIG.into(),
        content_type: "helm",
    }
}
