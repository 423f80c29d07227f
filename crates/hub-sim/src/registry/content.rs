//! Manifests and blobs of a repository.

use hyper::StatusCode;

use super::error::{failure, simple};
use crate::cdn;
use crate::http::{Answer, Request};
use crate::population::{
    DOCKER_LIST, Document, DocumentKind, Manner, OCI_INDEX, OCI_MANIFEST, Repository,
};
use crate::world::World;

/// `GET|HEAD …/manifests/<reference>` (REGISTRY.md MAN-1).
pub(super) fn manifest(repository: &Repository, reference: &str, request: &Request) -> Answer {
    match find(repository, reference, request) {
        Err(missing) => *missing,
        Ok(document) => {
            let answer = Answer::new(StatusCode::OK, document.media_type(), document.shared())
                .with("docker-content-digest", document.digest())
                .with("etag", format!("\"{}\"", document.digest()));
            match document.manner() {
                None => answer,
                Some(manner) => served(answer, manner, request),
            }
        }
    }
}

/// `GET|HEAD …/blobs/<digest>`: a redirect to where the bytes are (REGISTRY.md BLOB-2).
pub(super) fn blob(
    world: &World,
    repository: &Repository,
    digest: &str,
    request: &Request,
) -> Answer {
    let blob = repository
        .document(digest)
        .filter(|document| document.kind() == DocumentKind::Blob);
    match blob {
        Some(_) => Answer::empty(StatusCode::TEMPORARY_REDIRECT)
            .with("location", cdn::address(world, request, digest)),
        None => failure(
            StatusCode::NOT_FOUND,
            "BLOB_UNKNOWN",
            "blob unknown to registry",
            &[("digest", digest)],
        ),
    }
}

/// The answer in the manner of an odd registry (REGISTRY.md MAN-4, MAN-5, MAN-8, MAN-11).
fn served(answer: Answer, manner: &Manner, request: &Request) -> Answer {
    if manner.head_refused && request.method() == "HEAD" {
        return simple(
            StatusCode::METHOD_NOT_ALLOWED,
            "UNSUPPORTED",
            "The operation is unsupported.",
        );
    }
    let answer = match &manner.content_type {
        Some(content_type) => answer.with("content-type", content_type),
        None => answer.without("content-type"),
    };
    match manner.header_digest.as_deref() {
        None => answer,
        Some("") => answer.without("docker-content-digest").without("etag"),
        Some(digest) => answer.with("docker-content-digest", digest),
    }
}

fn find<'a>(
    repository: &'a Repository,
    reference: &str,
    request: &Request,
) -> Result<&'a Document, Box<Answer>> {
    if reference.contains(':') {
        let found = repository
            .document(reference)
            .filter(|document| document.kind() == DocumentKind::Manifest);
        return found.ok_or_else(|| unknown("manifest unknown", "digest", reference));
    }
    let Some(tag) = repository.table.get(reference) else {
        return Err(unknown("manifest unknown", "Tag", reference));
    };
    negotiate(repository, &repository.image(tag).top, request)
}

/// A tag answers in the formats that the caller accepts (REGISTRY.md MAN-2): a list that is not accepted becomes the
/// manifest for linux/amd64, and an OCI document that is not accepted is unknown.
fn negotiate<'a>(
    repository: &'a Repository,
    top: &'a Document,
    request: &Request,
) -> Result<&'a Document, Box<Answer>> {
    let accept = request
        .accept()
        .unwrap_or_else(|| "*/*".to_owned())
        .to_ascii_lowercase();
    if accept.contains(top.media_type()) || accept.contains("*/*") {
        return Ok(top);
    }
    match top.media_type() {
        OCI_INDEX => Err(unknown(
            "OCI index found, but accept header does not support OCI indexes",
            "Name",
            &repository.full_name(),
        )),
        OCI_MANIFEST => Err(unknown(
            "OCI manifest found, but accept header does not support OCI manifests",
            "Name",
            &repository.full_name(),
        )),
        DOCKER_LIST => {
            let image = repository
                .images
                .iter()
                .find(|image| image.top.digest() == top.digest());
            let amd64 = image.and_then(|image| {
                image
                    .platforms
                    .iter()
                    .find(|platform| platform.architecture == "amd64")
            });
            let child = amd64.and_then(|platform| repository.document(&platform.manifest));
            child.ok_or_else(|| unknown("manifest unknown", "Name", &repository.full_name()))
        }
        _ => Ok(top),
    }
}

fn unknown(message: &'static str, key: &str, value: &str) -> Box<Answer> {
    Box::new(failure(
        StatusCode::NOT_FOUND,
        "MANIFEST_UNKNOWN",
        message,
        &[(key, value)],
    ))
}
