//! The storage that the registry redirects blob requests to: bytes for whoever has the signed address.

use hyper::StatusCode;

use crate::hosts::Service;
use crate::http::{Answer, Request};
use crate::population::{Repository, digest_of};
use crate::world::World;

/// The address of `digest`: at the configured origin, else at the storage's own host, else on the host that was called.
/// It holds without a token, as presigned addresses do, and at every simulator that has the bytes.
pub(crate) fn address(world: &World, request: &Request, digest: &str) -> String {
    let origin = world.config.cdn.clone();
    let origin = origin.unwrap_or_else(|| {
        if world.config.separate_hosts {
            world.hosts.origin(Service::Storage)
        } else {
            request.origin()
        }
    });
    format!("{origin}/_cdn/{digest}?verify={}", signature(digest))
}

/// The bytes of `digest`, whole or from the offset that a `Range` header asks for (REGISTRY.md BLOB-5).
pub(crate) fn answer(world: &World, digest: &str, request: &Request) -> Answer {
    if has_foreign_credentials(world, request) {
        let text = "<html><h1>400 Only one auth mechanism allowed</h1></html>";
        return Answer::new(StatusCode::BAD_REQUEST, "text/html", text);
    }
    if request.param("verify") != Some(signature(digest)) {
        return Answer::new(
            StatusCode::FORBIDDEN,
            "text/html",
            "<html><h1>403 Forbidden</h1></html>",
        );
    }
    let mut repositories = world.config.population.all();
    let Some(document) =
        repositories.find_map(|repository: &Repository| repository.document(digest))
    else {
        return Answer::new(
            StatusCode::NOT_FOUND,
            "text/html",
            "<html><h1>404 Not Found</h1></html>",
        );
    };
    let bytes = document.shared();
    let start = request.header("range").and_then(range_start);
    let whole = |status, bytes| {
        Answer::new(status, "application/octet-stream", bytes).with("accept-ranges", "bytes")
    };
    match start {
        None => whole(StatusCode::OK, bytes),
        Some(start) if start < bytes.len() => {
            let range = format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len());
            whole(StatusCode::PARTIAL_CONTENT, bytes.slice(start..)).with("content-range", range)
        }
        Some(_) => Answer::empty(StatusCode::RANGE_NOT_SATISFIABLE)
            .with("content-range", format!("bytes */{}", bytes.len())),
    }
}

/// What makes an address a presigned one. No secret: who may see a blob is decided before the redirect.
fn signature(digest: &str) -> String {
    let signed = digest_of(format!("presigned {digest}").as_bytes());
    signed["sha256:".len()..][..32].to_owned()
}

/// Storage refuses a request with two kinds of credentials (REGISTRY.md BLOB-2). A caller may keep its header only where
/// the redirect stayed on the origin that it is for.
fn has_foreign_credentials(world: &World, request: &Request) -> bool {
    let token = request
        .header("authorization")
        .map(|header| header.split_once(' ').unwrap_or_default().1);
    token.is_some_and(|token| {
        world
            .signer
            .claims::<serde::de::IgnoredAny>(token.trim())
            .is_none()
    })
}

/// `N` of `bytes=N-`; other forms of `Range` are ignored, as the RFC allows.
fn range_start(header: &str) -> Option<usize> {
    header
        .strip_prefix("bytes=")?
        .strip_suffix('-')?
        .parse()
        .ok()
}
