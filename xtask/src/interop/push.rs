//! Fills a registry over the distribution API, as any client would push. Knows nothing of who may, nor of what it pushes.

use anyhow::ensure;

use super::http::{Answer, ask};

/// A refusal of the registry.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Its status.
    pub(crate) status: u16,
    /// Its words.
    pub(crate) body: String,
}

/// Pushes `bytes` as the blob `digest` of `repository`, in one piece.
pub(crate) fn blob(
    authority: &str,
    repository: &str,
    digest: &str,
    bytes: &[u8],
) -> anyhow::Result<Result<(), Refused>> {
    let begin = format!("/v2/{repository}/blobs/uploads/");
    let begun = ask(authority, ("POST", &begin), &[], b"")?;
    if begun.status != 202 {
        return Ok(Err(refused(&begun)));
    }
    let location = begun.header("location").unwrap_or_default();
    let target = location
        .strip_prefix(&format!("http://{authority}"))
        .unwrap_or(location);
    ensure!(target.starts_with('/'), "an upload at {location:?}");
    let join = if target.contains('?') { '&' } else { '?' };
    let target = format!("{target}{join}digest={digest}");
    let octets = [("Content-Type", "application/octet-stream")];
    Ok(created(&ask(authority, ("PUT", &target), &octets, bytes)?))
}

/// Pushes `bytes` as the manifest that `reference`, a tag or its digest, names.
pub(crate) fn manifest(
    authority: &str,
    (repository, reference): (&str, &str),
    media_type: &str,
    bytes: &[u8],
) -> anyhow::Result<Result<(), Refused>> {
    let target = format!("/v2/{repository}/manifests/{reference}");
    let headers = [("Content-Type", media_type)];
    Ok(created(&ask(authority, ("PUT", &target), &headers, bytes)?))
}

fn created(answer: &Answer) -> Result<(), Refused> {
    match answer.status {
        201 => Ok(()),
        _ => Err(refused(answer)),
    }
}

fn refused(answer: &Answer) -> Refused {
    Refused {
        status: answer.status,
        body: String::from_utf8_lossy(&answer.body).trim().to_owned(),
    }
}
