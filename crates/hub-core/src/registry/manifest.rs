//! Manifests and indexes: the bytes, their verified digest, and what kind of document they are (REGISTRY.md §5).

use bytes::Bytes;
use oci_spec::image::{Descriptor, ImageManifest};
use reqwest::Method;

use super::index::{Child, Index};
use crate::client::Client;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::{Request, Response};
use crate::name::Tag;
use crate::record::Object;
use crate::reference::{Reference, Repository};

/// Manifests and configs are read this far (LIM-3).
pub(super) const DOCUMENT: usize = 4 * 1024 * 1024;

/// One header with every type that is understood; the answer, and so the digest, depends on it (MAN-2).
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.oci.artifact.manifest.v1+json, application/vnd.docker.distribution.manifest.v1+prettyjws, \
    application/vnd.docker.distribution.manifest.v1+json";

/// A document that a tag or a digest names.
#[derive(Clone, Debug)]
pub struct Manifest {
    bytes: Bytes,
    digest: Digest,
    media_type: String,
    pub(super) document: Document,
}

/// What a manifest turned out to be.
#[derive(Clone, Debug)]
pub(super) enum Document {
    Image(Box<ImageManifest>),
    Index(Index),
    /// Known to exist, and not read here.
    Other,
}

impl Manifest {
    /// The document as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest of the bytes.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Its media type, by the document itself where it says so.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Whether it lists manifests for several platforms.
    pub fn is_index(&self) -> bool {
        matches!(self.document, Document::Index(_))
    }
}

impl Client {
    /// The manifest or index that a reference names: by its digest where it has one, else by its tag (REFN-7).
    pub async fn manifest(&self, reference: &Reference) -> Result<Manifest> {
        match (reference.digest(), reference.tag()) {
            (Some(digest), _) => {
                self.manifest_by(reference.repository(), digest.as_str(), Some(digest))
                    .await
            }
            (None, Some(tag)) => {
                self.manifest_by(reference.repository(), tag.as_str(), None)
                    .await
            }
            (None, None) => {
                self.manifest_by(reference.repository(), Tag::latest().as_str(), None)
                    .await
            }
        }
    }

    /// The digest that a tag points at, by HEAD alone: no pull (MAN-3). A registry whose HEAD tells none is asked by GET
    /// (MAN-4).
    pub async fn digest(&self, reference: &Reference) -> Result<Digest> {
        let (repository, latest) = (reference.repository(), Tag::latest());
        let tag = reference.tag().unwrap_or(&latest);
        let url = self.registry_url(
            repository.host(),
            &format!("v2/{}/manifests/{tag}", repository.name()),
        )?;
        let request = Request {
            method: Method::HEAD,
            accept: Some(ACCEPT),
            ..Request::get(Service::Registry, url, DOCUMENT)
        };
        let response = self.ask_registry(repository, request).await?;
        let digest = response
            .header("docker-content-digest")
            .and_then(|digest| digest.parse().ok());
        match (response.status.as_u16(), digest) {
            (200, Some(digest)) => Ok(digest),
            (200 | 405, _) => Ok(self
                .manifest_by(repository, tag.as_str(), None)
                .await?
                .digest),
            _ => Err(response.into_error("no such manifest")),
        }
    }

    /// The child of an index; its size is checked before its digest (MAN-10).
    pub(super) async fn child(&self, repository: &Repository, child: &Child) -> Result<Manifest> {
        let digest = child.digest();
        let manifest = self
            .manifest_by(repository, digest.as_str(), Some(digest))
            .await?;
        if manifest.bytes.len() as u64 != child.size() {
            let what = format!(
                "{digest} should have {} bytes and has {}",
                child.size(),
                manifest.bytes.len()
            );
            return Err(Error::new(ErrorKind::DigestMismatch, what));
        }
        Ok(manifest)
    }

    async fn manifest_by(
        &self,
        repository: &Repository,
        name: &str,
        pinned: Option<&Digest>,
    ) -> Result<Manifest> {
        let url = self.registry_url(
            repository.host(),
            &format!("v2/{}/manifests/{name}", repository.name()),
        )?;
        let request = Request {
            accept: Some(ACCEPT),
            counted: true,
            ..Request::get(Service::Registry, url, DOCUMENT)
        };
        let response = self
            .ask_registry(repository, request)
            .await?
            .ok("no such manifest")?;
        let digest = verified(&response, pinned)?;
        let (media_type, document) = classify(response.header("content-type"), &response.body)
            .map_err(|what| response.error(ErrorKind::InvalidResponse, what))?;
        Ok(Manifest {
            bytes: response.body,
            digest,
            media_type,
            document,
        })
    }
}

/// The digest of what came: the pinned one if it holds (MAN-7), else sha256, whatever the header says (MAN-8).
fn verified(response: &Response, pinned: Option<&Digest>) -> Result<Digest> {
    if let Some(pinned) = pinned {
        pinned
            .verify(&response.body)
            .map_err(|what| response.error(ErrorKind::DigestMismatch, what))?;
        return Ok(pinned.clone());
    }
    let computed = Digest::of(&response.body);
    let named = response
        .header("docker-content-digest")
        .and_then(|header| header.parse::<Digest>().ok());
    if let Some(named) = named.filter(|named| named.matches(&response.body) == Some(false)) {
        tracing::warn!(
            "{}: the server names {named}, and the document is {computed}",
            response.shown()
        );
    }
    Ok(computed)
}

/// The media type of a document and what it is (MAN-11, MAN-12), or why it is refused.
fn classify(
    content_type: Option<&str>,
    bytes: &[u8],
) -> std::result::Result<(String, Document), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the manifest is not UTF-8".to_owned())?;
    let members = ["mediaType", "manifests", "layers", "config", "fsLayers"];
    let object = Object::read(text, &members)
        .map_err(|error| format!("the manifest is not as expected: {error}"))?;
    let [is_index, has_layers, has_config, is_schema_1] =
        [1, 2, 3, 4].map(|member| object.value(member).is_some_and(|value| value != "null"));
    if is_index && (has_layers || has_config || is_schema_1) {
        return Err("the manifest is an index and an image at once".to_owned());
    }
    let sent = content_type
        .map(essence)
        .filter(|sent| is_manifest_type(sent));
    let own = object.string(0).map(|own| essence(&own));
    if let (Some(sent), Some(own)) = (&sent, &own)
        && sent != own
    {
        return Err(format!(
            "the manifest calls itself {own:?}, and the server sent it as {sent:?}"
        ));
    }
    let named = own.or(sent);
    let broken = |error: serde_json::Error| format!("the manifest is not as expected: {error}");
    let fallback = |standard: &str| named.clone().unwrap_or_else(|| standard.to_owned());
    if is_index {
        let index = serde_json::from_str(text).map_err(broken)?;
        return Ok((fallback(OCI_INDEX), Document::Index(index)));
    }
    if has_config && has_layers {
        let image = serde_json::from_str(text).map_err(broken)?;
        return Ok((fallback(OCI_MANIFEST), Document::Image(image)));
    }
    Ok((
        fallback(if is_schema_1 {
            DOCKER_SCHEMA_1
        } else {
            "unknown"
        }),
        Document::Other,
    ))
}

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+json";

/// A media type without parameters, in lower case.
fn essence(media_type: &str) -> String {
    media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// `application/json`, `text/plain` and the like say nothing about a document.
fn is_manifest_type(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.")
}

/// A digest out of a document is checked before it stands in an address (MAN-9).
pub(super) fn descriptor_digest(descriptor: &Descriptor) -> Result<Digest> {
    let text = descriptor.digest().to_string();
    text.parse().map_err(|_| {
        Error::new(
            ErrorKind::InvalidResponse,
            format!("the manifest names {text:?}, which is no digest"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: &str = r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":2,
        "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},"layers":[],"annotations":null,"x":1}"#;

    #[track_caller]
    fn kind(content_type: Option<&str>, body: &str) -> &'static str {
        match classify(content_type, body.as_bytes()) {
            Ok((_, Document::Image(_))) => "image",
            Ok((_, Document::Index(_))) => "index",
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
            Some("application/vnd.oci.image.manifest.v1+json; charset=utf-8"),
        ] {
            assert_eq!(kind(content_type, IMAGE), "image", "{content_type:?}");
        }
        assert_eq!(kind(None, r#"{"schemaVersion":2,"manifests":[]}"#), "index");
        assert_eq!(kind(None, r#"{"schemaVersion":1,"fsLayers":[]}"#), "other");
    }

    #[test]
    fn a_document_that_is_two_things_is_refused_man_12() {
        assert_eq!(
            kind(None, r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#),
            "refused"
        );
        assert_eq!(
            kind(None, r#"{"schemaVersion":2,"manifests":[],"fsLayers":[]}"#),
            "refused"
        );
        let docker = r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","manifests":[]}"#;
        assert_eq!(kind(Some(OCI_INDEX), docker), "refused");
    }

    #[test]
    fn digests_that_lead_elsewhere_are_refused_man_9() {
        let index = r#"{"schemaVersion":2,"manifests":[{"mediaType":"x","size":1,"digest":"sha256:../../x"}]}"#;
        assert_eq!(kind(None, index), "refused");
        let negative = r#"{"schemaVersion":2,"manifests":[{"mediaType":"x","size":-1,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}]}"#;
        assert_eq!(kind(None, negative), "refused");
    }

    #[test]
    fn html_and_broken_json_are_no_manifest_err_6() {
        for body in ["<html>", "", "[]", "null", "{\"schemaVersion\":2"] {
            assert_eq!(kind(None, body), "refused", "{body}");
        }
    }
}
