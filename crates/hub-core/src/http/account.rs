//! What a run costs: tries by kind, answers that were here already, bytes. Counted where requests leave, told by the tools.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::Method;

use super::gate::Service;
use super::message::Request;
use super::transport::Answer;

/// The counters of a client.
#[derive(Debug, Default)]
pub(crate) struct Account {
    manifests: AtomicU64,
    pulls: AtomicU64,
    heads: AtomicU64,
    blobs: AtomicU64,
    lists: AtomicU64,
    tokens: AtomicU64,
    cached: AtomicU64,
    bytes: AtomicU64,
}

/// What was sent and received so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Manifest GETs, tries and challenges included.
    pub manifests: u64,
    /// Manifests that came: pulls, which some registries count.
    pub pulls: u64,
    /// Manifest HEADs, which nobody counts.
    pub heads: u64,
    /// Configs, with the redirects to where they are.
    pub blobs: u64,
    /// Pages of lists, and single objects of the web API.
    pub lists: u64,
    /// Tokens and logins.
    pub tokens: u64,
    /// Documents that the cache of earlier runs had.
    pub cached: u64,
    /// Bytes of bodies, unpacked.
    pub bytes: u64,
    /// Pulls that the registry's last answer left.
    pub pulls_left: Option<u64>,
}

impl Account {
    /// A request left, and each redirect of it.
    pub(crate) fn sent(&self, request: &Request) {
        let counter = match request.service {
            Service::Token => &self.tokens,
            Service::Registry if request.counted => &self.manifests,
            Service::Registry if request.method == Method::HEAD => &self.heads,
            Service::Registry if request.url.path().contains("/blobs/") => &self.blobs,
            Service::Registry | Service::Hub => &self.lists,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// An answer came.
    pub(crate) fn received(&self, request: &Request, answer: &Answer) {
        let bytes = answer.body.len() as u64;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if request.counted && answer.status.is_success() {
            self.pulls.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A document was in the cache.
    pub(crate) fn hit(&self) {
        self.cached.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn cost(&self, pulls_left: Option<u64>) -> Cost {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Cost {
            manifests: value(&self.manifests),
            pulls: value(&self.pulls),
            heads: value(&self.heads),
            blobs: value(&self.blobs),
            lists: value(&self.lists),
            tokens: value(&self.tokens),
            cached: value(&self.cached),
            bytes: value(&self.bytes),
            pulls_left,
        }
    }
}

impl Cost {
    /// All requests.
    pub fn requests(&self) -> u64 {
        self.manifests + self.heads + self.blobs + self.lists + self.tokens
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        write!(f, "{} request{}", self.requests(), plural(self.requests()))?;
        let kinds = [
            (self.manifests, "manifest GET"),
            (self.heads, "HEAD"),
            (self.blobs, "blob request"),
            (self.lists, "list request"),
            (self.tokens, "token"),
        ];
        let mut before = ": ";
        for (count, kind) in kinds.iter().filter(|(count, _)| *count > 0) {
            write!(f, "{before}{count} {kind}{}", plural(*count))?;
            before = ", ";
        }
        if self.pulls > 0 {
            write!(f, "; {} pull{}", self.pulls, plural(self.pulls))?;
        }
        if let Some(left) = self.pulls_left {
            write!(f, "; {left} pulls left")?;
        }
        if self.cached > 0 {
            write!(f, "; {} documents from the cache", self.cached)?;
        }
        write!(f, "; {} received", Size(self.bytes))
    }
}

struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
        let bytes = self.0 as f64;
        match self.0 {
            0..1_000 => write!(f, "{} B", self.0),
            1_000..1_000_000 => write!(f, "{:.1} kB", bytes / 1e3),
            _ => write!(f, "{:.1} MB", bytes / 1e6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_names_what_there_was_and_nothing_else() {
        let cost = Cost {
            manifests: 3,
            pulls: 2,
            tokens: 1,
            bytes: 12_345,
            pulls_left: Some(97),
            ..Cost::default()
        };
        assert_eq!(
            cost.to_string(),
            "4 requests: 3 manifest GETs, 1 token; 2 pulls; 97 pulls left; 12.3 kB received"
        );
        assert_eq!(Cost::default().to_string(), "0 requests; 0 B received");
    }
}
