//! Manifests and indexes: asked for by tag or digest, and verified (REGISTRY.md §5.1, §5.2).

use std::sync::Arc;

use bytes::Bytes;
use reqwest::{Method, StatusCode};

use super::descriptor::Descriptor;
use super::document::{Document, classify};
use super::documents::Known;
use super::media::{ACCEPT, Shape, essence};
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

    /// The document as it came, shared.
    pub(super) fn shared(&self) -> &Bytes {
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

impl Manifest {
    /// A document whose digest was verified.
    pub(super) fn new(
        bytes: Bytes,
        digest: Digest,
        media_type: String,
        document: Document,
    ) -> Self {
        Self {
            bytes,
            digest,
            media_type,
            document: Arc::new(document),
        }
    }
}

impl Client {
    /// The manifest or index that a reference names: by its digest where it has one, else by its tag (REFN-7).
    pub async fn manifest(&self, reference: &Reference) -> Result<Manifest> {
        match reference.digest() {
            Some(digest) => {
                self.manifest_by_digest(reference.repository(), digest, Known::Typed)
                    .await
            }
            None => self.manifest_by_tag(reference).await,
        }
    }

    /// The manifest that a tag points at now.
    pub(super) async fn manifest_by_tag(&self, reference: &Reference) -> Result<Manifest> {
        let (repository, latest) = (reference.repository(), Tag::latest());
        let tag = reference.tag().unwrap_or(&latest);
        let manifest = self.fetch_manifest(repository, tag.as_str(), None).await?;
        self.keep_manifest(repository, &manifest).await;
        Ok(manifest)
    }

    /// Whether the manifest is there and may be seen, by HEAD alone.
    pub(super) async fn check_exists(&self, reference: &Reference) -> Result<()> {
        self.digest(reference).await.map(drop)
    }

    /// The bytes that a reference names, verified where it has a digest, and not looked into: also those of a document that is
    /// refused for what it says.
    pub(super) async fn raw_manifest(&self, reference: &Reference) -> Result<Bytes> {
        let latest = Tag::latest();
        let (name, pinned) = named(reference, &latest);
        let arrived = self.arrive(reference.repository(), name, pinned).await?;
        Ok(arrived.response.body)
    }

    /// The digest that a reference stands for, by HEAD alone: no pull (MAN-3). A registry whose HEAD tells none is asked by
    /// GET (MAN-4).
    pub async fn digest(&self, reference: &Reference) -> Result<Digest> {
        let repository = reference.repository();
        let latest = Tag::latest();
        let (name, _) = named(reference, &latest);
        let response = self.head(repository, name).await?;
        let told = response
            .header("docker-content-digest")
            .and_then(|digest| digest.parse::<Digest>().ok())
            // Of a tag, every way in gives the same digest: sha256 (MAN-8).
            .filter(|digest| digest.algorithm() == "sha256");
        match (response.status, reference.digest().cloned().or(told)) {
            (StatusCode::OK, Some(digest)) => Ok(digest),
            (status, _) if status == StatusCode::OK || refuses_head(status) => {
                Ok(match reference.digest() {
                    Some(digest) => {
                        self.fetch_manifest(repository, digest.as_str(), Some(digest))
                            .await?
                    }
                    None => self.manifest_by_tag(reference).await?,
                }
                .digest)
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
        let manifest = self
            .manifest_by_digest(repository, digest, Known::Named)
            .await?;
        descriptor.check_size(manifest.bytes.len())?;
        let shape = |media_type: &str| Shape::of(&essence(media_type));
        let (listed, own) = (shape(&descriptor.media_type), shape(manifest.media_type()));
        if listed.is_some() && own.is_some() && listed != own {
            let (named, found) = (essence(&descriptor.media_type), manifest.media_type());
            let what = format!("{digest} is listed as {named}, and it is {found}");
            return Err(Error::new(ErrorKind::InvalidResponse, what));
        }
        Ok(manifest)
    }

    /// Asks the registry. `name` is a tag or a digest; with `pinned` the answer must have that one.
    pub(super) async fn fetch_manifest(
        &self,
        repository: &Repository,
        name: &str,
        pinned: Option<&Digest>,
    ) -> Result<Manifest> {
        let Arrived {
            response,
            content,
            digest,
        } = self.arrive(repository, name, pinned).await?;
        let (media_type, document) = classify(response.header("content-type"), &content)
            .map_err(|what| response.error(ErrorKind::InvalidResponse, what))?;
        Ok(Manifest::new(response.body, digest, media_type, document))
    }

    async fn arrive(
        &self,
        repository: &Repository,
        name: &str,
        pinned: Option<&Digest>,
    ) -> Result<Arrived> {
        self.count_pulls(repository, name).await?;
        let request = Request {
            counted: true,
            ..self.manifest_request(repository, name)?
        };
        let response = self
            .ask_registry(repository, request)
            .await?
            .ok("no such manifest")?;
        let content = schema1::content(&response.body)
            .map_err(|what| response.error(ErrorKind::InvalidResponse, what))?;
        let digest = verified(&response, &content, pinned)?;
        Ok(Arrived {
            response,
            content,
            digest,
        })
    }

    /// The answer to a HEAD, which is no pull (MAN-3).
    pub(super) async fn head(&self, repository: &Repository, name: &str) -> Result<Response> {
        let request = Request {
            method: Method::HEAD,
            ..self.manifest_request(repository, name)?
        };
        self.ask_registry(repository, request).await
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

/// A manifest whose digest holds, before anybody looked into it.
struct Arrived {
    response: Response,
    /// What the digest is over.
    content: Bytes,
    digest: Digest,
}

/// What a reference is asked for by, and the digest that it must then have.
fn named<'a>(reference: &'a Reference, latest: &'a Tag) -> (&'a str, Option<&'a Digest>) {
    match reference.digest() {
        Some(digest) => (digest.as_str(), Some(digest)),
        None => (reference.tag().unwrap_or(latest).as_str(), None),
    }
}

/// Whether a GET may be answered where HEAD got this: the method is refused, or the reason is in a body that HEAD does not
/// have (MAN-3, MAN-4).
fn refuses_head(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 403 | 405 | 501)
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
