//! What a manifest is: decided by its media types and its members, and refused where they contradict each other.
//!
//! Bytes in, a view out; where they came from is not known here. Facts: REGISTRY.md MAN-11, MAN-12.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::descriptor::{Annotations, Descriptor, is_empty_object};
use super::go::read::is_fold;
use super::index::Index;
use super::media::{self, Shape, essence};
use super::schema1::Schema1;
use crate::record::Object;

/// What a manifest turned out to be.
#[expect(clippy::large_enum_variant, reason = "it lives behind an `Arc`")]
#[derive(Clone, Debug)]
pub(super) enum Document {
    Image(ImageManifest),
    Index(Index),
    /// OCI's artifact manifest, withdrawn before 1.1.
    Artifact(ArtifactManifest),
    Schema1(Schema1),
    /// Known to exist, and not read here.
    Other,
}

/// A config and layers: an image, or an artifact in its clothes.
#[derive(Clone, Debug)]
pub(super) struct ImageManifest {
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
    pub(super) artifact_type: Option<String>,
    pub(super) subject: Option<Descriptor>,
    pub(super) annotations: Option<Annotations>,
}

/// Blobs under a type, without a config.
#[derive(Clone, Debug)]
pub(super) struct ArtifactManifest {
    pub(super) artifact_type: Option<String>,
    pub(super) blobs: Vec<Descriptor>,
    pub(super) subject: Option<Descriptor>,
    pub(super) annotations: Option<Annotations>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    #[serde(borrow, default)]
    config: Option<&'a RawValue>,
    #[serde(borrow, default)]
    layers: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    blobs: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    subject: Option<&'a RawValue>,
    #[serde(default)]
    artifact_type: Option<String>,
    #[serde(default)]
    annotations: Option<Annotations>,
}

impl ImageManifest {
    /// ART-1: an image has an image's config, and layers of a file system where it has any. Signatures borrow the config
    /// type alone.
    pub(super) fn is_image(&self) -> bool {
        let is_layer = |layer: &Descriptor| media::is_image_layer(&essence(&layer.media_type));
        media::is_image_config(&essence(&self.config.media_type))
            && named(self.artifact_type.as_deref()).is_none()
            && (self.layers.is_empty() || self.layers.iter().any(is_layer))
    }
}

/// An empty string names nothing.
pub(super) fn named(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// The media type of a document and what it is, or why it is refused.
pub(super) fn classify(
    content_type: Option<&str>,
    bytes: &[u8],
) -> Result<(String, Document), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the manifest is not UTF-8".to_owned())?;
    let broken = |error: String| format!("the manifest is not as expected: {error}");
    let members = ["mediaType", "manifests", "layers", "config", "fsLayers"];
    let object = Object::read(text, &members).map_err(|error| broken(error.to_string()))?;
    check_spelling(text, &members).map_err(broken)?;
    let [is_index, has_layers, has_config, is_schema_1] =
        [1, 2, 3, 4].map(|member| object.value(member).is_some_and(|value| value != "null"));
    if is_index && (has_layers || has_config || is_schema_1) {
        return Err("the manifest is an index and an image at once".to_owned());
    }
    let own = object.string(0).map(|own| essence(&own));
    let media_type = agreed(content_type, own)?;
    let shape = match (is_index, is_schema_1, has_config) {
        (true, _, _) => Some(Shape::Index),
        (_, true, false) => Some(Shape::Schema1),
        (_, false, true) => Some(Shape::Image),
        (_, true, true) => return Err("the manifest is of two schemas at once".to_owned()),
        _ => None,
    };
    let claimed = media_type.as_deref().and_then(Shape::of);
    if let (Some(shape), Some(claimed)) = (shape, claimed)
        && shape != claimed
    {
        let media_type = media_type.unwrap_or_default();
        return Err(format!(
            "the manifest is no {media_type}: its members are those of another type"
        ));
    }
    // A type that is not known says that its members have another meaning.
    let unknown = media_type
        .as_deref()
        .is_some_and(|named| !media::is_known(named));
    let Some(shape) = shape.or(claimed).filter(|_| !unknown) else {
        return Ok((
            media_type.unwrap_or_else(|| "unknown".to_owned()),
            Document::Other,
        ));
    };
    let document = match shape {
        Shape::Index => Index::read(text).map(Document::Index),
        Shape::Image => image(text).map(Document::Image),
        Shape::Artifact => artifact(text).map(Document::Artifact),
        Shape::Schema1 => Schema1::read(text).map(Document::Schema1),
    };
    let media_type = media_type.unwrap_or_else(|| shape.standard().to_owned());
    Ok((media_type, document.map_err(broken)?))
}

/// Readers written in Go take `Manifests` for `manifests`: a document that is one thing to them and another to us is refused
/// (MAN-12).
#[expect(
    clippy::zero_sized_map_values,
    reason = "serde reads an object into a map, and its values are passed over"
)]
fn check_spelling(text: &str, members: &[&str]) -> Result<(), String> {
    let keys: BTreeMap<String, IgnoredAny> =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    let odd = keys.keys().find(|key| {
        members
            .iter()
            .any(|member| key != member && is_fold(key, member))
    });
    match odd {
        Some(odd) => Err(format!(
            "it has a member {odd:?}, which other programs read in another case"
        )),
        None => Ok(()),
    }
}

/// The type that server and document agree on. `application/json`, `text/plain` and the like say nothing about a document.
fn agreed(content_type: Option<&str>, own: Option<String>) -> Result<Option<String>, String> {
    let sent = content_type
        .map(essence)
        .filter(|sent| media::is_known(sent));
    match (sent, own.filter(|own| !own.is_empty())) {
        (Some(sent), Some(own)) if sent != own => Err(format!(
            "the manifest calls itself {own:?}, and the server sent it as {sent:?}"
        )),
        (sent, own) => Ok(own.or(sent)),
    }
}

fn image(text: &str) -> Result<ImageManifest, String> {
    let view = view(text)?;
    let config = view.config.ok_or("it has no config")?;
    Ok(ImageManifest {
        config: Descriptor::read(config)?,
        layers: descriptors(view.layers)?,
        artifact_type: view.artifact_type,
        subject: view.subject.map(Descriptor::read).transpose()?,
        annotations: view.annotations,
    })
}

fn artifact(text: &str) -> Result<ArtifactManifest, String> {
    let view = view(text)?;
    Ok(ArtifactManifest {
        artifact_type: view.artifact_type,
        blobs: descriptors(view.blobs)?,
        subject: view.subject.map(Descriptor::read).transpose()?,
        annotations: view.annotations,
    })
}

fn view(text: &str) -> Result<View<'_>, String> {
    let mut view: View<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    view.subject = view.subject.filter(|subject| !is_empty_object(subject));
    Ok(view)
}

fn descriptors(raws: Option<Vec<&RawValue>>) -> Result<Vec<Descriptor>, String> {
    raws.into_iter().flatten().map(Descriptor::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::media::{DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST};

    const IMAGE: &str = r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":2,
        "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},"layers":[],"annotations":null,"x":1}"#;

    #[track_caller]
    fn kind(content_type: Option<&str>, body: &str) -> &'static str {
        match classify(content_type, body.as_bytes()) {
            Ok((_, Document::Image(_))) => "image",
            Ok((_, Document::Index(_))) => "index",
            Ok((_, Document::Artifact(_))) => "artifact",
            Ok((_, Document::Schema1(_))) => "schema 1",
            Ok((_, Document::Other)) => "other",
            Err(_) => "refused",
        }
    }

    #[test]
    fn shape_decides_where_the_types_are_silent_man_11() {
        for content_type in [
            None,
            Some("application/json"),
            Some("text/plain"),
            Some("application/octet-stream"),
            Some("application/vnd.nobody.knows+json"),
            Some("application/vnd.oci.image.manifest.v1+json; charset=utf-8"),
            Some("APPLICATION/VND.OCI.IMAGE.MANIFEST.V1+JSON"),
        ] {
            assert_eq!(kind(content_type, IMAGE), "image", "{content_type:?}");
        }
        assert_eq!(kind(None, r#"{"schemaVersion":2,"manifests":[]}"#), "index");
    }

    #[test]
    fn a_document_that_is_two_things_is_refused_man_12() {
        for members in [
            r#""manifests":[],"layers":[]"#,
            r#""manifests":[],"config":{}"#,
            r#""manifests":[],"fsLayers":[]"#,
            r#""config":{},"fsLayers":[]"#,
        ] {
            assert_eq!(
                kind(None, &format!("{{{members}}}")),
                "refused",
                "{members}"
            );
        }
        let docker = r#"{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","manifests":[]}"#;
        assert_eq!(kind(Some(OCI_INDEX), docker), "refused");
    }

    #[test]
    fn a_type_and_members_that_contradict_each_other_are_refused_man_12() {
        // CVE-2021-41190: the same bytes, an index to one reader and an image to the other, by Content-Type alone.
        assert_eq!(kind(Some(OCI_INDEX), IMAGE), "refused");
        let index = r#"{"schemaVersion":2,"manifests":[]}"#;
        for image in [OCI_MANIFEST, DOCKER_MANIFEST] {
            assert_eq!(kind(Some(image), index), "refused");
        }
        assert_eq!(
            kind(
                None,
                r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json"}"#
            ),
            "refused"
        );
    }

    #[test]
    fn members_in_another_case_are_refused_man_12() {
        for odd in [
            r#""Manifests":[]"#,
            r#""LAYERS":[]"#,
            r#""fſLayers":[]"#,
            r#""mediatype":"x""#,
        ] {
            let body = IMAGE.replacen('{', &format!("{{{odd},"), 1);
            assert_eq!(kind(None, &body), "refused", "{odd}");
        }
        assert_eq!(
            kind(None, &IMAGE.replacen('{', r#"{"manifest":[],"#, 1)),
            "image"
        );
    }

    #[test]
    fn an_unknown_type_is_known_to_exist_and_not_guessed_man_13() {
        let unknown = r#"{"mediaType":"application/vnd.new.v3+json","config":{},"layers":[]}"#;
        assert_eq!(kind(None, unknown), "other");
        assert_eq!(kind(None, "{}"), "other");
    }

    #[test]
    fn digests_that_lead_elsewhere_are_refused_man_9() {
        let index = r#"{"schemaVersion":2,"manifests":[{"mediaType":"x","size":1,"digest":"sha256:../../x"}]}"#;
        assert_eq!(kind(None, index), "refused");
    }

    #[test]
    fn an_empty_subject_is_none_and_a_broken_one_is_refused_man_15() {
        let with = |subject: &str| IMAGE.replace("\"x\":1", &format!("\"subject\":{subject}"));
        for none in ["{}", "{ }", "null"] {
            match classify(None, with(none).as_bytes()) {
                Ok((_, Document::Image(image))) => assert!(image.subject.is_none(), "{none}"),
                other => panic!("{none}: {other:?}"),
            }
        }
        assert_eq!(kind(None, &with(r#"{"size":1}"#)), "refused");
    }

    #[test]
    fn html_and_broken_json_are_no_manifest_err_6() {
        for body in ["<html>", "", "[]", "null", "{\"schemaVersion\":2"] {
            assert_eq!(kind(None, body), "refused", "{body}");
        }
    }

    #[test]
    fn signatures_with_an_image_config_are_no_images_art_1() {
        let is_image = |layer: &str, more: &str| {
            let body = IMAGE.replace(
                "\"layers\":[]",
                &format!(r#""layers":[{{"mediaType":"{layer}","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}}]{more}"#),
            );
            match classify(None, body.as_bytes()) {
                Ok((_, Document::Image(manifest))) => manifest.is_image(),
                other => panic!("{other:?}"),
            }
        };
        for layer in [
            "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
            "application/vnd.oci.image.layer.nondistributable.v1.tar",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        ] {
            assert!(is_image(layer, ""), "{layer}");
        }
        assert!(!is_image(
            "application/vnd.dev.cosign.simplesigning.v1+json",
            ""
        ));
        assert!(!is_image("application/vnd.in-toto+json", ""));
        assert!(!is_image(
            "application/vnd.oci.image.layer.v1.tar",
            r#","artifactType":"application/x""#
        ));
    }
}
