//! Small blobs, whole and verified (REGISTRY.md §6).

use bytes::Bytes;

use super::descriptor::Descriptor;
use super::manifest::DOCUMENT;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::Request;
use crate::reference::Repository;

impl Client {
    /// The bytes that `descriptor` describes: its size is checked before its digest (MAN-10).
    pub(super) async fn fetch_blob(
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
        let url = self.registry_url(
            repository.host(),
            &format!("v2/{}/blobs/{digest}", repository.name()),
        )?;
        let response = self
            .ask_registry(repository, Request::get(Service::Registry, url, DOCUMENT))
            .await?
            .ok("no such blob")?;
        descriptor
            .check_size(response.body.len())
            .map_err(|error| error.during(response.shown().to_owned()))?;
        digest
            .verify(&response.body)
            .map_err(|what| response.error(ErrorKind::DigestMismatch, what))?;
        Ok(response.body)
    }
}
