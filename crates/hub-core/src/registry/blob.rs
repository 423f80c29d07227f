//! Small blobs, whole and verified (REGISTRY.md §6).

use bytes::Bytes;

use super::descriptor::Descriptor;
use super::manifest::DOCUMENT;
use crate::client::Client;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::Request;
use crate::reference::Repository;

impl Client {
    /// The bytes that `descriptor` describes: its size is checked before its digest (MAN-10).
    pub(super) async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
    ) -> Result<Bytes> {
        let digest = &descriptor.digest;
        if descriptor.size > DOCUMENT as u64 {
            let what = format!(
                "{digest} is {} bytes, and {DOCUMENT} is the most that is read",
                descriptor.size
            );
            return Err(Error::new(ErrorKind::TooLarge, what));
        }
        if let Some(inline) = inlined(descriptor, digest) {
            return Ok(inline);
        }
        let url = self.registry_url(
            repository.host(),
            &format!("v2/{}/blobs/{digest}", repository.name()),
        )?;
        let response = self
            .ask_registry(repository, Request::get(Service::Registry, url, DOCUMENT))
            .await?
            .ok("no such blob")?;
        if response.body.len() as u64 != descriptor.size {
            let what = format!(
                "{digest} should have {} bytes and has {}",
                descriptor.size,
                response.body.len()
            );
            return Err(response.error(ErrorKind::DigestMismatch, what));
        }
        digest
            .verify(&response.body)
            .map_err(|what| response.error(ErrorKind::DigestMismatch, what))?;
        Ok(response.body)
    }
}

/// The descriptor's own copy of a small blob, if it is true (MAN-16).
fn inlined(descriptor: &Descriptor, digest: &Digest) -> Option<Bytes> {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD
        .decode(descriptor.data.as_deref()?)
        .ok()?;
    let is_true = data.len() as u64 == descriptor.size && digest.matches(&data) == Some(true);
    is_true.then(|| data.into())
}
