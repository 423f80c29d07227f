//! Keys of stored logins: for which hosts and repositories one speaks. Never by suffix, never by a part of a name.

use crate::name::{Host, RepositoryName};

/// The key under which docker stores the login of Docker Hub (HOST-5).
pub(super) const HUB_KEY: &str = "https://index.docker.io/v1/";
/// Docker Hub's registry, which references may name too (HOST-1, SEC-4).
const HUB_REGISTRY: &str = "registry-1.docker.io";
/// Keys of Docker Hub, the most exact first; `index.docker.io` is read as `docker.io`.
const HUB_KEYS: [&str; 4] = [HUB_KEY, "docker.io", "index.docker.io", HUB_REGISTRY];
/// Paths behind which there is nothing but the registry. Docker keeps other secrets behind others (CRED-14).
const HOST_PATHS: [&str; 6] = ["", "/", "/v1", "/v1/", "/v2", "/v2/"];

/// Whether logins of Docker Hub are for `host` (SEC-4).
pub(in crate::auth) fn is_docker_hubs(host: &Host) -> bool {
    host.is_docker_hub() || host.as_str() == HUB_REGISTRY
}

/// A key, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Key {
    text: String,
    /// As written, and without the port that the scheme implies.
    hosts: Vec<Host>,
    /// Whether it speaks for all of its host.
    whole: bool,
    /// The part of the host that it speaks for.
    namespace: Option<String>,
}

/// How well a key fits. The deepest is the best, then the one of the lowest rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    pub(super) depth: usize,
    pub(super) rank: usize,
}

impl Key {
    /// Takes a key apart; `namespaces` where a path in it is one of repositories (CRED-8).
    pub(super) fn parse(text: String, namespaces: bool) -> Self {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text.as_str()),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let port = match scheme.as_deref() {
            None => None,
            Some("https") => authority.strip_suffix(":443"),
            Some("http") => authority.strip_suffix(":80"),
            Some(_) => return Self::of_nothing(text),
        };
        let hosts = [Some(authority), port].into_iter().flatten();
        let hosts = hosts.flat_map(str::parse).collect();
        let is_namespace = namespaces && scheme.is_none() && !matches!(path, "" | "/");
        Self {
            hosts,
            whole: !is_namespace && HOST_PATHS.contains(&path),
            namespace: path
                .strip_prefix('/')
                .filter(|_| is_namespace)
                .map(Into::into),
            text,
        }
    }

    fn of_nothing(text: String) -> Self {
        Self {
            text,
            hosts: Vec::new(),
            whole: false,
            namespace: None,
        }
    }

    /// As it stands in the file.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// How well this key fits `repository` of `host`, if at all.
    pub(super) fn fit(&self, host: &Host, repository: Option<&RepositoryName>) -> Option<Fit> {
        let hub = is_docker_hubs(host);
        let names = |own: &Host| own == host || hub && is_docker_hubs(own);
        if !self.hosts.iter().any(names) {
            return None;
        }
        let depth = if self.whole {
            0
        } else {
            self.depth(repository?.as_str())?
        };
        let exact: &[&str] = if hub { &HUB_KEYS } else { &[host.as_str()] };
        let place = exact.iter().position(|exact| *exact == self.text);
        let rank = place.unwrap_or(exact.len());
        Some(Fit { depth, rank })
    }

    /// The length of the namespace, if `repository` is in it.
    fn depth(&self, repository: &str) -> Option<usize> {
        let namespace = self.namespace.as_deref()?;
        let rest = repository.strip_prefix(namespace)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(namespace.len())
    }
}
