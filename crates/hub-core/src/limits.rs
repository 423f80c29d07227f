//! What Docker Hub allows us, and as whom: asked for without using any of it up.
//!
//! Facts: HUB-API.md §3, §4, REGISTRY.md §11. What the headers say is told, no constants (HUB-5); what they do not say is not
//! known, or not limited (HUB-3).

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::Serialize;

use crate::client::Client;
use crate::error::{Result, shorten};
use crate::http::gate::Service;
use crate::http::message::Request;
use crate::http::pulls::first_policy;
use crate::http::retry::number;
use crate::name::Host;
use crate::page::PAGE_BODY;
use crate::record::{ANONYMOUS, HUB, composed};
use crate::reference::Repository;

/// Whose manifest tells the pull limit; HEAD is free (HUB-1).
const PREVIEW: &str = "docker.io/ratelimitpreview/test";

/// Who we are at Docker Hub, and what is left to us there.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The account; `None` for nobody, or where it is not told.
    pub user: Option<String>,
    /// The kind of credential, and where it was found. `None`: anonymous.
    pub source: Option<String>,
    /// The registry's limit.
    pub pulls: PullLimit,
    /// The web API's limit.
    pub web: WebLimit,
}

/// The limit of counted pulls, as the registry's headers tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PullLimit {
    /// Pulls in a window.
    pub limit: Option<u64>,
    /// Those of them that are left.
    pub remaining: Option<u64>,
    /// How long a window is.
    pub window_seconds: Option<u64>,
    /// The address or the account that they are counted for.
    pub counted_for: Option<String>,
}

/// The limit of requests to the web API, as its headers tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WebLimit {
    /// Requests in a minute.
    pub limit: Option<i64>,
    /// Those of them that are left.
    pub remaining: Option<i64>,
    /// When all of them are there again, in seconds since 1970.
    pub reset: Option<i64>,
}

impl Client {
    /// The limits of whoever we are at Docker Hub (HUB-6), for one small request to each side. No pull is counted.
    pub async fn limits(&self) -> Result<Limits> {
        let token = self.hub_token().await?;
        let repository: Repository = PREVIEW.parse()?;
        let source = match &token {
            Some(token) => Some(token.origin().to_owned()),
            None => self.registry_source(&repository).await,
        };
        Ok(Limits {
            user: token.and_then(|token| token.user().map(str::to_owned)),
            source,
            web: self.web_limit().await?,
            pulls: self.pull_limit(&repository).await?,
        })
    }

    /// Some credentials are the registry's alone.
    async fn registry_source(&self, repository: &Repository) -> Option<String> {
        let host = self.config().credential_host(&Host::docker_hub());
        let keychain = &self.config().keychain;
        let found = keychain.lookup(&host, Some(repository.name())).await?;
        Some(found.described())
    }

    /// Every answer has the headers (§3). This list answers everybody, organisations' tokens too (§1.4).
    async fn web_limit(&self) -> Result<WebLimit> {
        let mut url = self.hub_url(&["namespaces", "library", "repositories"]);
        url.query_pairs_mut().append_pair("page_size", "1");
        let request = Request::get(Service::Hub, url, PAGE_BODY);
        let response = self.ask_hub(request).await?.ok("no such list")?;
        Ok(WebLimit::read(&response.headers))
    }

    async fn pull_limit(&self, repository: &Repository) -> Result<PullLimit> {
        let path = format!("v2/{}/manifests/latest", repository.name());
        let request = Request {
            method: Method::HEAD,
            ..Request::get(
                Service::Registry,
                self.registry_url(repository.host(), &path)?,
                PAGE_BODY,
            )
        };
        let response = self.ask_registry(repository, request).await?;
        let limit = PullLimit::read(&response.headers);
        // Should even this be refused where none is left, the headers are the answer all the same.
        if limit.remaining.is_none() {
            response.ok("no such manifest")?;
        }
        Ok(limit)
    }
}

impl Limits {
    /// The record, as one line.
    pub fn record(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Record<'a> {
            r#ref: &'static str,
            kind: &'static str,
            user: Option<&'a str>,
            source: &'a str,
            pulls: &'a PullLimit,
            web: &'a WebLimit,
        }
        composed(&Record {
            r#ref: HUB,
            kind: "limit",
            user: self.user.as_deref(),
            source: self.source.as_deref().unwrap_or(ANONYMOUS),
            pulls: &self.pulls,
            web: &self.web,
        })
    }
}

impl PullLimit {
    fn read(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let policy = |name| text(name).and_then(first_policy);
        let (limit, remaining) = (policy("ratelimit-limit"), policy("ratelimit-remaining"));
        let mut windows = [limit, remaining].into_iter().flatten();
        Self {
            limit: limit.map(|(limit, _)| limit),
            remaining: remaining.map(|(remaining, _)| remaining),
            window_seconds: windows.find_map(|(_, window)| window),
            counted_for: text("docker-ratelimit-source").map(|source| shorten(source, 80)),
        }
    }
}

impl WebLimit {
    fn read(headers: &HeaderMap) -> Self {
        Self {
            limit: number(headers, "x-ratelimit-limit"),
            remaining: number(headers, "x-ratelimit-remaining"),
            reset: number(headers, "x-ratelimit-reset"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_headers_are_told_as_they_are_hub_1_hub_2() {
        let told = PullLimit::read(&headers(&[
            ("ratelimit-limit", "200;w=21600"),
            ("ratelimit-remaining", "76"),
            ("docker-ratelimit-source", "192.0.2.1"),
        ]));
        let expected = PullLimit {
            limit: Some(200),
            remaining: Some(76),
            window_seconds: Some(21600),
            counted_for: Some("192.0.2.1".to_owned()),
        };
        assert_eq!(told, expected);
        let window = PullLimit::read(&headers(&[
            ("ratelimit-limit", "200"),
            ("ratelimit-remaining", "76;w=3600"),
        ]));
        assert_eq!(window.window_seconds, Some(3600));
    }

    #[test]
    fn what_no_header_says_is_not_made_up_hub_3() {
        assert_eq!(PullLimit::read(&HeaderMap::new()), PullLimit::default());
        assert_eq!(WebLimit::read(&HeaderMap::new()), WebLimit::default());
        let broken = headers(&[("ratelimit-limit", "many"), ("x-ratelimit-limit", "")]);
        assert_eq!(PullLimit::read(&broken), PullLimit::default());
        assert_eq!(WebLimit::read(&broken), WebLimit::default());
    }
}
