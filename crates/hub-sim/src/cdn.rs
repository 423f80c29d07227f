//! The storage that the registry redirects blob requests to: bytes for whoever has the signed address.

use hyper::StatusCode;

use crate::http::{Answer, Request};
use crate::population::Repository;
use crate::world::World;

/// The address of `digest` on the host that was called. It holds without a token, as presigned addresses do.
pub(crate) fn address(world: &World, host: &str, digest: &str) -> String {
    format!(
        "http://{host}/_cdn/{digest}?verify={}",
        world.signer.signature(digest)
    )
}

/// The bytes of `digest`, whole or from the offset that a `Range` header asks for (REGISTRY.md BLOB-5).
pub(crate) fn answer(world: &World, digest: &str, request: &Request) -> Answer {
    if request.param("verify").as_deref() != Some(&world.signer.signature(digest)) {
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

/// `N` of `bytes=N-`; other forms of `Range` are ignored, as the RFC allows.
fn range_start(header: &str) -> Option<usize> {
    header
        .strip_prefix("bytes=")?
        .strip_suffix('-')?
        .parse()
        .ok()
}
