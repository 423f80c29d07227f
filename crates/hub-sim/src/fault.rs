//! What goes wrong, for which requests, and how often. Decides only; the server carries it out.

mod alter;
mod page;
mod parse;
mod plan;

use std::time::Duration;

use crate::config::RateDialect;

pub use parse::ParseFaultError;

pub(crate) use alter::answer;
pub(crate) use parse::KINDS;
pub(crate) use plan::FaultPlan;

/// A fault and the requests that it hits.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Which requests are looked at.
    pub matches: Matches,
    /// Which of those are hit.
    pub after: After,
    /// How many are hit at most.
    pub times: Option<u32>,
    /// What happens to them.
    pub kind: FaultKind,
}

/// Requests by path and method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// Path with query: with a `*` in it a glob over the whole (`*` stands for any characters, `/` too), else a substring.
    /// Empty matches all.
    pub path: String,
    /// Only this method; in upper case.
    pub method: Option<String>,
}

/// Which of the matching requests are hit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum After {
    /// All of them.
    #[default]
    Always,
    /// Only the n-th, counted from 1.
    Nth(u32),
    /// Every n-th.
    Every(u32),
    /// This share of them, between 0 and 1; which ones is decided by the seed.
    Rate(f64),
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// Accepted, and not answered until [`Sim::release`](crate::Sim::release).
    Stall,
    /// Answered this much later.
    Delay(Duration),
    /// The connection is closed without an answer.
    Drop,
    /// The connection is reset without an answer.
    Reset,
    /// Half of the body, then the connection is closed.
    Truncate,
    /// The body comes a byte at a time, with this pause between two.
    SlowBody(Duration),

    /// This status, with the error body of the service that was called.
    Status(u16),
    /// This status, also 200, with a page of HTML as gateways and login pages have it (HUB-API.md §5).
    Html(u16),
    /// 429 that names this wait in its dialect.
    TooMany(RateDialect, Duration),
    /// 429 of the abuse limit: plain text, no hint.
    AbuseLimit,
    /// 429 of the pull limit (HUB-API.md §4).
    PullLimit,
    /// 429 of the login limit (HUB-API.md §1.2).
    LoginLimit,
    /// 405 to a HEAD; other methods are answered (HUB-API.md §7.2).
    HeadRefused,
    /// 307 to the same address.
    RedirectLoop,
    /// 307 to the same path at this origin, say `http://127.0.0.1:1234`.
    RedirectTo(String),

    /// The last digit of the body is another: same length, another digest.
    WrongBytes,
    /// `Docker-Content-Digest` names another digest.
    WrongDigest,
    /// There is no `Docker-Content-Digest`.
    NoDigest,
    /// This `Content-Type`.
    ContentType(String),
    /// `next` and `Link` point to the same path at this origin.
    ForeignNext(String),
    /// `next` and `Link` point to the page that was asked for.
    LoopingNext,
    /// `next` is null and `Link` missing, whatever is left.
    EarlyEnd,
    /// `results`, or `tags`, is null.
    NullResults,
    /// There is no `count`.
    NoCount,
    /// `count` is smaller by the number of the page.
    ShrinkingCount,
    /// The challenge sends to this realm.
    Realm(String),
    /// The token that came has expired; a token that is asked for has expired when it comes.
    ExpiredToken,
    /// The body is filled up with blanks to this many bytes.
    BigBody(usize),
    /// The same, compressed with gzip.
    GzipBomb(usize),
}

impl Fault {
    /// `kind` for every request to `path`.
    pub fn new(kind: FaultKind, path: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            matches: Matches { path, method: None },
            after: After::Always,
            times: None,
            kind,
        }
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.matches.method = Some(method.to_ascii_uppercase());
        self
    }

    /// Only some of the matching requests.
    #[must_use]
    pub fn after(mut self, after: After) -> Self {
        self.after = after;
        self
    }

    /// At most `times` requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

impl Matches {
    /// Whether a request is meant.
    pub fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted == method) && self.matches_path(path)
    }

    fn matches_path(&self, path: &str) -> bool {
        let mut pieces = self.path.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(last) = pieces.next_back() else {
            return path.contains(first);
        };
        let Some(mut rest) = path.strip_prefix(first) else {
            return false;
        };
        for piece in pieces {
            let Some((_, after)) = rest.split_once(piece) else {
                return false;
            };
            rest = after;
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::Matches;

    fn matches(pattern: &str, path: &str) -> bool {
        let pattern = Matches {
            path: pattern.to_owned(),
            method: None,
        };
        pattern.matches("GET", path)
    }

    #[test]
    fn without_a_star_a_path_matches_by_substring() {
        assert!(matches(
            "/tags",
            "/v2/namespaces/a/repositories/b/tags?page=2"
        ));
        assert!(matches("", "/anything"));
        assert!(!matches("/tags", "/v2/"));
    }

    #[test]
    fn with_a_star_the_whole_path_must_match() {
        assert!(matches(
            "/v2/*/manifests/*",
            "/v2/ansible/awx/manifests/latest"
        ));
        assert!(matches("*page=2*", "/v2/x?page=2&page_size=10"));
        assert!(!matches(
            "/v2/*/manifests/",
            "/v2/ansible/awx/manifests/latest"
        ));
        assert!(!matches("/v2/*", "/token"));
        assert!(!matches("ab*ba", "aba"));
    }

    #[test]
    fn a_method_is_compared_exactly() {
        let head = Matches {
            path: String::new(),
            method: Some("HEAD".to_owned()),
        };
        assert!(head.matches("HEAD", "/"));
        assert!(!head.matches("GET", "/"));
    }
}
