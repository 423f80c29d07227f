//! What goes wrong, for which requests, and how often. Decides only; the server carries it out.

mod plan;

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
    /// This status, with the error body of the API that was called.
    Status(u16),
    /// The connection is closed without an answer.
    Drop,
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
