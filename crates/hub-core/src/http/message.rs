//! One request as the APIs ask for it, its answer after redirects, and what an answer that is no success means.

use std::borrow::Cow;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use url::Url;

use super::gate::Service;
use super::words;
use crate::error::{Error, ErrorKind, Result};

/// One request as the APIs ask for it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) service: Service,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) accept: Option<&'static str>,
    /// The value of `Authorization`; dropped for good as soon as a redirect leaves the origin.
    pub(crate) authorization: Option<SecretString>,
    /// Whether the answer is a pull, which some registries count (HUB-4).
    pub(crate) counted: bool,
    /// What is sent along: a login, a grant.
    pub(crate) body: Option<Payload>,
    /// Whether redirects are followed; a request that carries a password goes nowhere else (SEC-3).
    pub(crate) follows: bool,
    /// The most bytes that the body may have, after decompression (LIM-2).
    pub(crate) cap: usize,
}

/// A body that is sent.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    pub(crate) content_type: &'static str,
    pub(crate) bytes: SecretSlice<u8>,
}

/// The answer to a [`Request`], after redirects.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Where the answer came from.
    pub(crate) url: Url,
    /// Whether no redirect led away from the origin that was asked: only then may the answer say who gets a token.
    pub(crate) is_home: bool,
    /// The request as messages show it.
    pub(crate) shown: String,
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
            body: None,
            follows: true,
            cap,
        }
    }

    /// Method and address, without what a query may hide.
    pub(crate) fn shown(&self) -> String {
        format!("{} {}", self.method, shown(&self.url))
    }

    pub(crate) fn headers(&self, is_home: bool) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        if let Some(accept) = self.accept {
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
        }
        if let Some(secret) = self.authorization.as_ref().filter(|_| is_home) {
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
pub(crate) fn shown(url: &Url) -> String {
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

    /// Whether the body is a registry's error with this code (ERR-2).
    pub(crate) fn has_code(&self, code: &str) -> bool {
        words::has_code(&self.body, code)
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
}
