//! What a host wants before it answers, found out once. A failure that may be of one repository is nobody else's.
//!
//! REGISTRY.md §2 (AUTH-7). This file does not know how a token or a password is got, nor what a request is for.

use std::sync::OnceLock;

use reqwest::Method;
use url::Url;

use super::{TOKEN_BODY, TokenService, challenges, gets_none};
use crate::auth::challenge::{self, Demand};
use crate::auth::realm::{self, Registry};
use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::{Request, Response};
use crate::reference::Repository;

const UNTOLD: &str = "no answer that tells what the registry wants";

/// What a registry wants before it answers.
#[derive(Clone, Debug)]
pub(super) enum Access {
    /// Nothing, so far.
    Open,
    Bearer(TokenService),
    Basic,
}

/// What a host wants, or that whoever asked was not told.
pub(super) type Known = std::result::Result<Access, Untold>;

/// An answer that told nothing, and may be of its repository alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Untold {
    /// The address that was refused: the same asked by GET, or with another query, may tell more (MAN-4, TAG-8).
    refused: Option<Url>,
}

impl Untold {
    fn refused(request: &Request) -> Self {
        let refused = Some(request.url.clone());
        Self { refused }
    }

    /// Whether `request` is the next try of the one that was refused, so that no ping is needed.
    fn leaves_to(&self, request: &Request) -> bool {
        let refused = self.refused.as_ref();
        request.method != Method::HEAD
            && refused.is_some_and(|url| url.path() == request.url.path())
    }
}

impl Client {
    /// What the host wants. The first to ask finds out with its own request, without a ping (AUTH-7), and gets its answer.
    /// If that tells nothing, the next asks the host itself: it may be one sick repository, and only a host that does not
    /// answer either fails all who wait.
    pub(super) async fn access(
        &self,
        repository: &Repository,
        request: &Request,
    ) -> Result<(Access, Option<Response>)> {
        let untold = OnceLock::new();
        let usable = |known: &Known| match known {
            Ok(_) => true,
            Err(why) => untold.set(why.clone()).is_err(),
        };
        let mut own = None;
        let discover = async || {
            let ping = self.ping(repository)?;
            let is_ping = request.url == ping.url;
            if !is_ping && untold.get().is_some_and(|why| !why.leaves_to(request)) {
                return self.ask_host(repository, ping).await.map(Ok);
            }
            let (access, outcome) = self.ask_first(repository, request).await;
            let is_refusal = matches!(&outcome, Ok(response) if !response.status.is_success());
            own = Some(outcome);
            match access {
                access if is_ping => access.map(Ok),
                // That one repository is refused, or not there, is no word of its host's.
                Ok(Access::Open) if is_refusal => Ok(Err(Untold::refused(request))),
                access => Ok(access.map_err(|_| Untold::default())),
            }
        };
        let known = self
            .tokens()
            .access
            .get(repository.host(), usable, discover)
            .await;
        match (known, own) {
            (_, Some(Err(error))) | (Err(error), None) => Err(error),
            (Ok(known), own) => Ok((known.unwrap_or(Access::Open), own.transpose()?)),
            (Err(_), Some(Ok(response))) => Ok((Access::Open, Some(response))),
        }
    }

    /// Keeps what let us in at a host that asked for nothing at first.
    pub(super) async fn remember(&self, repository: &Repository, access: Access) {
        let is_demand = |known: &Known| !matches!(known, Err(_) | Ok(Access::Open));
        let tokens = self.tokens();
        let kept = tokens
            .access
            .get(repository.host(), is_demand, async || Ok(Ok(access)));
        if kept.await.is_err() {
            tracing::trace!("{} failed in the meantime", repository.host());
        }
    }

    /// Asks with one's own request: what it tells of the host, and its outcome for who asked.
    async fn ask_first(
        &self,
        repository: &Repository,
        request: &Request,
    ) -> (Result<Access>, Result<Response>) {
        let response = match self.send(request.clone()).await {
            Ok(response) => response,
            Err(error) => return (Err(error.clone()), Err(error)),
        };
        match self.told(repository, &response).await {
            Err(error) if response.status == 401 => (Err(error.clone()), Err(error)),
            told => (told, Ok(response)),
        }
    }

    /// Asks the host, whichever of its repositories is sick. That it wants a password here, and we have none, does not say
    /// that it wants one for what is public.
    async fn ask_host(&self, repository: &Repository, ping: Request) -> Result<Access> {
        let response = self.send(ping).await?;
        match response.status.as_u16() {
            401 => match self.demanded(repository, &response)? {
                Access::Basic if !self.has_credential(repository).await => Ok(Access::Open),
                access => Ok(access),
            },
            429 => Err(response.error(ErrorKind::RateLimited, UNTOLD)),
            500..=599 => Err(response.error(ErrorKind::Server, UNTOLD)),
            _ => Ok(Access::Open),
        }
    }

    async fn has_credential(&self, repository: &Repository) -> bool {
        let host = self.config().credential_host(repository.host());
        let keychain = &self.config().keychain;
        keychain
            .lookup(&host, Some(repository.name()))
            .await
            .is_some()
    }

    /// What an answer tells of what its host wants.
    async fn told(&self, repository: &Repository, response: &Response) -> Result<Access> {
        match response.status.as_u16() {
            401 if challenges(response).is_empty() => {
                self.demanded_by_ping(repository, response).await
            }
            401 => self.demanded(repository, response),
            429 => Err(response.error(ErrorKind::RateLimited, UNTOLD)),
            500..=599 => Err(response.error(ErrorKind::Server, UNTOLD)),
            _ => Ok(Access::Open),
        }
    }

    /// The request that asks for nothing but what the host wants.
    pub(super) fn ping(&self, repository: &Repository) -> Result<Request> {
        let url = self.registry_url(repository.host(), "v2/")?;
        Ok(Request::get(Service::Registry, url, TOKEN_BODY))
    }

    /// Some registries send their challenge only here (AUTH-7).
    async fn demanded_by_ping(
        &self,
        repository: &Repository,
        refusal: &Response,
    ) -> Result<Access> {
        let response = self.send(self.ping(repository)?).await?;
        if response.status == 401 && !challenges(&response).is_empty() {
            return self.demanded(repository, &response);
        }
        Err(refusal.error(
            ErrorKind::Unauthorized,
            "the registry asks for credentials without saying which",
        ))
    }

    /// What the challenge of a 401 asks for.
    pub(super) fn demanded(&self, repository: &Repository, response: &Response) -> Result<Access> {
        let host = repository.host();
        let registry = if self.config().overrides_registry(host) {
            Registry::Override
        } else if host.is_docker_hub() {
            Registry::DockerHub
        } else {
            Registry::Other
        };
        if !response.is_home {
            return Err(gets_none(response));
        }
        match challenge::select(&challenges(response))? {
            Some(Demand::Bearer { realm, service, .. }) => Ok({
                let realm = realm::resolve(registry, &response.url, &realm)?;
                let may_see_credentials =
                    registry != Registry::Override || realm.host() == response.url.host();
                Access::Bearer(TokenService {
                    realm,
                    name: service,
                    may_see_credentials,
                })
            }),
            Some(Demand::Basic { .. }) => Ok(Access::Basic),
            None => Err(response.error(
                ErrorKind::Unsupported,
                "the registry asks for a kind of login that is not known here",
            )),
        }
    }
}
