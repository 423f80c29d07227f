//! Manifests and indexes: asked for by tag or digest, and verified (REGISTRY.md §5.1, §5.2).

use std::sync::Arc;

use bytes::Bytes;
use reqwest::{Method, StatusCode};

use super::descriptor::Descriptor;
use super::document::{Document, classify};
use super::media::ACCEPT;
use super::schema1;
use crate::client::Client;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::{Request, Response};
use crate::name::Tag;
use crate::reference::{Reference, Repository};

/// Manifests and configs are read this far (LIM-3).
pub(super) const DOCUMENT: usize = 4 * 1024 * 1024;

/// A document that a tag or a digest names. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Manifest {
    bytes: Bytes,
    digest: Digest,
    media_type: String,
    pub(super) document: Arc<Document>,
}

impl Manifest {
    /// The document as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest of the bytes; of a signed schema 1 without its signatures (MAN-6).
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Its media type, by the document itself where it says so.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Whether it lists manifests for several platforms.
    pub fn is_index(&self) -> bool {
        matches!(*self.document, Document::Index(_))
    }
}

impl Client {
    /// The manifest or index that a reference names: by its digest where it has one, else by its tag (REFN-7).
    pub async fn manifest(&self, reference: &Reference) -> Result<Manifest> {
        let repository = reference.repository();
        match (reference.digest(), reference.tag()) {
            (Some(digest), _) => self.manifest_pinned(repository, digest).await,
            (None, Some(tag)) => self.manifest_tagged(repository, tag).await,
            (None, None) => self.manifest_tagged(repository, &Tag::latest()).await,
        }
    }

    /// The digest that a reference stands for, by HEAD alone: no pull (MAN-3). A registry whose HEAD tells none is asked by
    /// GET (MAN-4).
    pub async fn digest(&self, reference: &Reference) -> Result<Digest> {
        let repository = reference.repository();
        let latest = Tag::latest();
        let name = match reference.digest() {
            Some(digest) => digest.as_str(),
            None => reference.tag().unwrap_or(&latest).as_str(),
        };
        let request = Request {
            method: Method::HEAD,
            ..self.manifest_request(repository, name)?
        };
        let response = self.ask_registry(repository, request).await?;
        let told = response
            .header("docker-content-digest")
            .and_then(|digest| digest.parse().ok());
        match (response.status, reference.digest().cloned().or(told)) {
            (StatusCode::OK, Some(digest)) => Ok(digest),
            (status, _) if status == StatusCode::OK || refuses_head(status) => {
                Ok(self.manifest(reference).await?.digest)
            }
            _ => Err(response.into_error("no such manifest")),
        }
    }

    /// What a descriptor describes; its size is checked before its digest (MAN-10).
    pub(super) async fn described(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
    ) -> Result<Manifest> {
        let digest = &descriptor.digest;
        let manifest = self.manifest_pinned(repository, digest).await?;
        if manifest.bytes.len() as u64 != descriptor.size {
            let (size, have) = (descriptor.size, manifest.bytes.len());
            let what = format!("{digest} should have {size} bytes and has {have}");
            return Err(Error::new(ErrorKind::DigestMismatch, what));
        }
        Ok(manifest)
    }

    pub(super) async fn manifest_tagged(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Manifest> {
        self.fetch(repository, tag.as_str(), None).await
    }

    async fn manifest_pinned(&self, repository: &Repository, digest: &Digest) -> Result<Manifest> {
        self.fetch(repository, digest.as_str(), Some(digest)).await
    }

    async fn fetch(
        &self,
        repository: &Repository,
        name: &str,
        pinned: Option<&Digest>,
    ) -> Result<Manifest> {
        let request = Request {
            counted: true,
            ..self.manifest_request(repository, name)?
        };
        let response = self
            .ask_registry(repository, request)
            .await?
            .ok("no such manifest")?;
        let refuse = |what| response.error(ErrorKind::InvalidResponse, what);
        let content = signed_content(&response.body).map_err(refuse)?;
        let digest = verified(&response, &content, pinned)?;
        let (media_type, document) =
            classify(response.header("content-type"), &content).map_err(refuse)?;
        Ok(Manifest {
            bytes: response.body,
            digest,
            media_type,
            document: Arc::new(document),
        })
    }

    fn manifest_request(&self, repository: &Repository, name: &str) -> Result<Request> {
        let path = format!("v2/{}/manifests/{name}", repository.name());
        let url = self.registry_url(repository.host(), &path)?;
        Ok(Request {
            accept: Some(ACCEPT),
            ..Request::get(Service::Registry, url, DOCUMENT)
        })
    }
}

/// Whether a GET may be answered where HEAD got this: the method is refused, or the reason is in a body that HEAD does not
/// have (MAN-3, MAN-4).
fn refuses_head(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 403 | 405 | 501)
}

/// What the digest is over, and so all that may be believed: of a signed schema 1 its payload (MAN-6), else every byte.
fn signed_content(body: &Bytes) -> std::result::Result<Bytes, String> {
    let text = String::from_utf8_lossy(body);
    if !["\"fsLayers\"", "\"signatures\""]
        .iter()
        .all(|member| text.contains(member))
    {
        return Ok(body.clone());
    }
    Ok(schema1::payload(body)?.map_or_else(|| body.clone(), Bytes::from))
}

/// The digest of what came: the pinned one if it holds (MAN-7), else sha256, whatever the header says (MAN-8).
fn verified(response: &Response, content: &[u8], pinned: Option<&Digest>) -> Result<Digest> {
    if let Some(pinned) = pinned {
        pinned
            .verify(content)
            .map_err(|what| response.error(ErrorKind::DigestMismatch, what))?;
        return Ok(pinned.clone());
    }
    let computed = Digest::of(content);
    let named = response
        .header("docker-content-digest")
        .and_then(|header| header.parse::<Digest>().ok());
    if let Some(named) = named.filter(|named| named.matches(content) == Some(false)) {
        tracing::warn!(
            "{}: the server names {named}, and the document is {computed}",
            response.shown()
        );
    }
    Ok(computed)
}
