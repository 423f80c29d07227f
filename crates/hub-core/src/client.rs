//! The client: the one path on which every request leaves, to the web API, the token service and the registries alike.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::auth::token::Tokens;
use crate::config::ClientConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::http::gate::{Gates, Service};
use crate::http::redirect::{self, MOST_HOPS};
use crate::http::retry::{self, Limit, Next};
use crate::http::transport::{Answer, Transport};
use crate::http::words;

/// A client of Docker Hub and of OCI registries. Cheap to clone; clones share connections, tokens and limits.
#[derive(Clone, Debug)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    config: ClientConfig,
    transport: Transport,
    gates: Gates,
    tokens: Tokens,
}

/// One request as the APIs ask for it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) service: Service,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) accept: Option<&'static str>,
    /// The value of `Authorization`; dropped as soon as a redirect leaves the origin.
    pub(crate) authorization: Option<SecretString>,
    /// Whether the answer is a pull, which some registries count (HUB-4).
    pub(crate) counted: bool,
    /// The most bytes that the body may have, after decompression (LIM-2).
    pub(crate) cap: usize,
}

/// The answer to a [`Request`], after redirects.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Where the answer came from.
    pub(crate) url: Url,
    /// The request as messages show it.
    shown: String,
}

impl Request {
    pub(crate) fn get(service: Service, url: Url, cap: usize) -> Self {
        let (method, accept, authorization) = (Method::GET, None, None);
        Self {
            service,
            method,
            url,
            accept,
            authorization,
            counted: false,
            cap,
        }
    }

    /// Method and address, without what a query may hide.
    fn shown(&self) -> String {
        format!("{} {}", self.method, shown(&self.url))
    }

    fn headers(&self, same_origin: bool) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        if let Some(accept) = self.accept {
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
        }
        if let Some(secret) = self.authorization.as_ref().filter(|_| same_origin) {
            let mut value = HeaderValue::from_str(secret.expose_secret()).map_err(|_| {
                Error::new(
                    ErrorKind::InvalidResponse,
                    "the token holds characters that no header may",
                )
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(headers)
    }
}

impl Client {
    /// A client with these settings. Nothing is sent, resolved or loaded before the first request.
    pub fn new(config: ClientConfig) -> Self {
        let transport = Transport::new(config.clone());
        let gates = Gates::new(config.jobs.get(), config.max_wait);
        Self(Arc::new(Shared {
            config,
            transport,
            gates,
            tokens: Tokens::default(),
        }))
    }

    pub(crate) fn config(&self) -> &ClientConfig {
        &self.0.config
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Sends `request`, follows its redirects, and gives the answer whatever its status is.
    pub(crate) async fn send(&self, request: Request) -> Result<Response> {
        let first = request.url.clone();
        let mut url = request.url.clone();
        for _ in 0..=MOST_HOPS {
            let headers = request.headers(redirect::same_origin(&first, &url))?;
            let answer = self.persist(&request, &url, headers).await;
            let answer = answer.map_err(|error| error.during(request.shown()))?;
            let Some(location) = redirection(&answer) else {
                let Answer {
                    status,
                    headers,
                    body,
                } = answer;
                return Ok(Response {
                    status,
                    headers,
                    body,
                    url,
                    shown: request.shown(),
                });
            };
            url =
                redirect::follow(&url, &location).map_err(|error| error.during(request.shown()))?;
        }
        let what = format!("more than {MOST_HOPS} redirects");
        Err(Error::new(ErrorKind::InvalidResponse, what).during(request.shown()))
    }

    /// Tries as often as makes sense.
    async fn persist(&self, request: &Request, url: &Url, headers: HeaderMap) -> Result<Answer> {
        refuse_link_local(url)?;
        for number in 1.. {
            let pass = self
                .0
                .gates
                .enter(url, request.service, request.counted)
                .await?;
            let outcome = self.try_once(request, url, headers.clone()).await;
            if let Ok(answer) = &outcome {
                pass.learn(answer);
                if answer.status == 429 && Limit::of(answer) == Limit::Pulls {
                    return Err(pass.spend_pulls(no_pulls(answer)));
                }
            }
            match retry::next(
                number,
                &request.method,
                outcome.as_ref(),
                Timestamp::now(),
                jitter(),
            ) {
                Next::Settled => return outcome,
                Next::Again(wait) => pass.pause(wait)?,
            }
        }
        unreachable!("the tries are bounded")
    }

    async fn try_once(&self, request: &Request, url: &Url, headers: HeaderMap) -> Result<Answer> {
        let answer = self
            .0
            .transport
            .send(request.method.clone(), url.clone(), headers, request.cap)
            .await;
        match &answer {
            Ok(answer) => tracing::trace!(
                "{} {} → {}",
                request.method,
                shown(url),
                answer.status.as_u16()
            ),
            Err(error) => tracing::trace!("{} {} → {error}", request.method, shown(url)),
        }
        answer
    }
}

/// Between 0 and 1, so that those who failed together do not come back together.
fn jitter() -> f64 {
    let random = RandomState::new().hash_one(0);
    f64::from(u32::try_from(random >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

/// The pull limit's 429, in the server's words.
fn no_pulls(answer: &Answer) -> Error {
    Error::new(ErrorKind::RateLimited, "no pulls left")
        .answered(answer.status.as_u16())
        .saying(words::said(&answer.body))
}

/// The target of a redirect that a GET or HEAD may follow.
fn redirection(answer: &Answer) -> Option<String> {
    if !matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    Some(String::from_utf8_lossy(answer.headers.get(LOCATION)?.as_bytes()).into_owned())
}

fn refuse_link_local(url: &Url) -> Result<()> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        _ => return Ok(()),
    };
    if redirect::is_link_local(address) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{address} is a link-local address, and those are never asked"),
        ));
    }
    Ok(())
}

/// Keys of queries that may be shown; the rest can be a signature or a token.
const PLAIN_KEYS: [&str; 8] = [
    "page",
    "page_size",
    "ordering",
    "name",
    "n",
    "last",
    "service",
    "scope",
];

/// An address as messages show it: a query only where each of its keys is known to hold no secret.
fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    if url
        .query_pairs()
        .any(|(key, _)| !PLAIN_KEYS.contains(&key.as_ref()))
    {
        shown.set_query(Some("…"));
    }
    shown.to_string().replace("%E2%80%A6", "…")
}

impl Response {
    /// The body of a 200, or what the status means.
    pub(crate) fn ok(self, what: impl Into<Cow<'static, str>>) -> Result<Self> {
        if self.status == StatusCode::OK {
            Ok(self)
        } else {
            Err(self.into_error(what))
        }
    }

    /// What a status that is no success means for the caller. `missing` says what was wanted, where it is not there.
    pub(crate) fn into_error(self, missing: impl Into<Cow<'static, str>>) -> Error {
        let (kind, what, advice) = match self.status.as_u16() {
            401 => (
                ErrorKind::Unauthorized,
                "not signed in",
                "credentials are needed",
            ),
            403 => (
                ErrorKind::Forbidden,
                "not allowed",
                "these credentials may not do this, or it needs some",
            ),
            404 | 410 => {
                return self
                    .error(ErrorKind::NotFound, missing)
                    .advise(NOT_FOUND_ADVICE);
            }
            405 | 501 => (
                ErrorKind::Unsupported,
                "not offered",
                "this server does not do it",
            ),
            408 => (
                ErrorKind::Timeout,
                "the server gave up waiting",
                "try again",
            ),
            413 => (
                ErrorKind::TooLarge,
                "too large",
                "the server refuses a request of this size",
            ),
            429 => (
                ErrorKind::RateLimited,
                "rate limited",
                "wait, or sign in for a higher limit",
            ),
            500..=599 => (ErrorKind::Server, "the server failed", "try again later"),
            _ => (
                ErrorKind::InvalidResponse,
                "an unexpected answer",
                "is this the right server?",
            ),
        };
        self.error(kind, what).advise(advice)
    }

    /// An error of `kind` about this answer, with what the server said.
    pub(crate) fn error(&self, kind: ErrorKind, what: impl Into<Cow<'static, str>>) -> Error {
        let error = Error::new(kind, what)
            .during(self.shown.clone())
            .answered(self.status.as_u16());
        let failed = self.status.is_client_error() || self.status.is_server_error();
        if failed {
            error.saying(words::said(&self.body))
        } else {
            error
        }
    }

    /// The request as messages show it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The text of a header; one that is not ASCII counts as absent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All values of a header that may stand in several lines (AUTH-4).
    pub(crate) fn header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a str> {
        self.headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
    }
}

/// What may be behind a 404, on Docker Hub also behind a 401 (AUTH-24, HUB-API.md §1.4).
pub(crate) const NOT_FOUND_ADVICE: &str =
    "it does not exist, or is private and these credentials may not see it";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presigned_queries_are_not_shown_sec_6() {
        let shown = |text| shown(&Url::parse(text).unwrap());
        assert_eq!(
            shown("https://cdn.example/x?X-Amz-Signature=s3cr3t"),
            "https://cdn.example/x?…"
        );
        assert_eq!(
            shown("https://hub.docker.com/v2/x?page=2&page_size=100"),
            "https://hub.docker.com/v2/x?page=2&page_size=100"
        );
    }

    #[test]
    fn metadata_services_are_never_asked() {
        for text in [
            "http://169.254.169.254/latest",
            "http://[fe80::1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://[fd00:ec2::254]/",
        ] {
            assert!(
                refuse_link_local(&Url::parse(text).unwrap()).is_err(),
                "{text}"
            );
        }
        assert!(refuse_link_local(&Url::parse("http://127.0.0.1/").unwrap()).is_ok());
    }
}
