//! The OCI distribution API of any registry (REGISTRY.md), one resource a file.

mod artifact;
mod attestation;
mod blob;
mod choice;
mod config;
mod descriptor;
pub(crate) mod digest_tag;
mod document;
pub(crate) mod documents;
mod entries;
mod every;
pub(crate) mod exact;
pub(crate) mod extras;
mod go;
mod image;
mod index;
pub(crate) mod known;
pub(crate) mod manifest;
mod media;
pub(crate) mod plan;
mod record;
pub(crate) mod records;
pub(crate) mod referrers;
mod schema1;
mod skopeo;
pub(crate) mod tags;
mod trail;

use url::Url;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::name::Host;

impl Client {
    /// The address of `path` below a registry's root. The path is made of names and digests that were checked.
    pub(crate) fn registry_url(&self, host: &Host, path: &str) -> Result<Url> {
        let base = self.config().registry_base(host)?;
        base.join(path).map_err(|_| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("{path:?} is no path of a registry"),
            )
        })
    }
}
