//! Docker Hub's web API (HUB-API.md), one resource a file. Only the `/v2/namespaces/…` routes are used for reading: the
//! older ones are deprecated and refuse organisation tokens.

pub(crate) mod repositories;
pub(crate) mod tags;
pub(crate) mod user;

use url::Url;

use crate::batch::Batch;
use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::Request;
use crate::page::PAGE_BODY;
use crate::reference::Repository;

impl Client {
    /// The address of a resource of the web API. The parts are names that were checked: none needs escaping.
    pub(crate) fn hub_url(&self, parts: &[&str]) -> Url {
        let mut url = self.config().hub_base();
        url.path_segments_mut()
            .expect("an endpoint has a path")
            .pop_if_empty()
            .push("v2")
            .extend(parts);
        url
    }

    fn hub_repository_url(&self, repository: &Repository, parts: &[&str]) -> Result<Url> {
        let (namespace, name) = repository.on_docker_hub()?;
        let mut url = self.hub_url(&["namespaces", namespace, "repositories", name]);
        url.path_segments_mut()
            .expect("an endpoint has a path")
            .extend(parts);
        Ok(url)
    }

    /// One object of the web API.
    async fn hub_object<const N: usize>(
        &self,
        url: Url,
        names: &'static [&'static str; N],
        what: &'static str,
    ) -> Result<Batch<N>> {
        let mut response = self
            .ask_hub(Request::get(Service::Hub, url, PAGE_BODY))
            .await?
            .ok(what)?;
        let body = String::from_utf8(std::mem::take(&mut response.body).into())
            .map_err(|_| response.error(ErrorKind::InvalidResponse, "the answer is not UTF-8"))?;
        Batch::of_one(body, names).map_err(|error| {
            response.error(
                ErrorKind::InvalidResponse,
                format!("the answer is not as expected: {error}"),
            )
        })
    }
}
