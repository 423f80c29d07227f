//! A request after it was read: method, target, headers, body. Knows no route.

use std::future::poll_fn;
use std::pin::Pin;

use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{HOST, HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use url::form_urlencoded;

use crate::clock::Clock;

/// More body than any call of the API needs; the rest is not read.
const BODY_CAP: usize = 1 << 20;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    target: String,
    headers: HeaderMap,
    body: Bytes,
    secure: bool,
    now: Timestamp,
    skew: SignedDuration,
}

impl Request {
    /// Reads `request` to the end of its body. HTTP/2 has no `Host`; its authority is that here.
    pub(crate) async fn read(
        request: hyper::Request<Incoming>,
        secure: bool,
        clock: &Clock,
    ) -> hyper::Result<Self> {
        let (mut parts, mut incoming) = request.into_parts();
        let authority = parts.uri.authority().map(ToString::to_string);
        if let Some(authority) = authority.and_then(|text| HeaderValue::from_str(&text).ok()) {
            parts.headers.entry(HOST).or_insert(authority);
        }
        let mut body = Vec::new();
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut incoming).poll_frame(cx)).await {
            if let Ok(data) = frame?.into_data() {
                let room = BODY_CAP.saturating_sub(body.len());
                body.extend_from_slice(&data[..data.len().min(room)]);
            }
        }
        let target = parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str());
        Ok(Self {
            method: parts.method.as_str().to_owned(),
            target: target.to_owned(),
            headers: parts.headers,
            body: body.into(),
            secure,
            now: clock.timestamp(),
            skew: SignedDuration::ZERO,
        })
    }

    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// Path and query as they came.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The path as it came.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The path with its escapes undone: clients differ in what they escape.
    pub(crate) fn decoded_path(&self) -> String {
        let path = self.path().as_bytes();
        let mut decoded = Vec::with_capacity(path.len());
        let mut at = 0;
        while let Some(byte) = path.get(at) {
            let hex = path.get(at + 1..at + 3).filter(|_| *byte == b'%');
            let escaped =
                hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
            decoded.push(escaped.unwrap_or(*byte));
            at += if escaped.is_some() { 3 } else { 1 };
        }
        String::from_utf8_lossy(&decoded).into_owned()
    }

    /// Decoded query parameters, in order.
    pub(crate) fn params(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }

    /// The first query parameter called `name`.
    pub(crate) fn param(&self, name: &str) -> Option<String> {
        let mut params = self.params().into_iter();
        params.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All `Accept` headers in one, if there is any.
    pub(crate) fn accept(&self) -> Option<String> {
        let lines: Vec<&str> = self
            .headers
            .get_all("accept")
            .iter()
            .filter_map(|line| line.to_str().ok())
            .collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    }

    /// Scheme and host that were called, as the caller spells them.
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.header("host").unwrap_or("localhost"))
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// When it came.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The time by which its tokens are judged, and from which new ones count.
    pub(crate) fn token_time(&self) -> Timestamp {
        self.now.saturating_add(self.skew).unwrap_or(self.now)
    }

    /// The same request at a time when tokens are `skew` older than they are.
    pub(crate) fn with_skew(self, skew: SignedDuration) -> Self {
        Self { skew, ..self }
    }

    /// Everything that was received, in the spellings in which a secret could hide.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        let headers = self
            .headers
            .values()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let params = self.params().into_iter().map(|(_, value)| value);
        let body = String::from_utf8_lossy(&self.body).into_owned();
        let fields = form_urlencoded::parse(&self.body).map(|(_, value)| value.into_owned());
        let fields: Vec<String> = if self.body.is_empty() {
            Vec::new()
        } else {
            fields.collect()
        };
        headers
            .chain(params)
            .chain(fields)
            .chain([self.target.clone(), body])
    }
}

#[cfg(test)]
impl Request {
    /// A request that came from no socket.
    pub(crate) fn fake(method: &str, target: &str, headers: &[(&'static str, &str)]) -> Self {
        let mut request = Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            secure: false,
            now: Timestamp::now(),
            skew: SignedDuration::ZERO,
        };
        request
            .headers
            .insert("host", "sim.example:80".parse().unwrap());
        for (name, value) in headers {
            request.headers.append(*name, value.parse().unwrap());
        }
        request
    }
}
