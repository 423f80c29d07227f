//! What a client is built from. Plain values: whoever builds a client has read the flags and the environment.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::auth::keychain::{CredentialHost, Keychain};
use crate::cache::Cache;
use crate::error::{Error, ErrorKind, Result};
use crate::name::Host;

/// The web API (HOST-6).
const HUB_URL: &str = "https://hub.docker.com/";
/// The registry behind `docker.io` (HOST-2).
const HUB_REGISTRY_URL: &str = "https://registry-1.docker.io/";

/// Settings of a [`Client`](crate::Client). Start from [`ClientConfig::default`].
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Sent with every request: some firewalls refuse an empty one (HDR-4).
    pub user_agent: String,
    /// Stands in for `https://hub.docker.com/`.
    pub hub_url: Option<Url>,
    /// Stands in for `https://registry-1.docker.io/`.
    pub registry_url: Option<Url>,
    /// Bounds one try, from its first byte to its last.
    pub timeout: Duration,
    /// Bounds a single pause for a rate limit.
    pub max_wait: Duration,
    /// Counted pulls that are left alone: the run stops before the last so many.
    pub keep_pulls: u64,
    /// Requests in flight to one host.
    pub jobs: NonZeroUsize,
    /// Hosts that are asked over plain http, written as in the reference. Every other host is asked over https.
    pub plain_http: Vec<Host>,
    /// Certificate roots, loaded when the first https request is made.
    pub roots: Roots,
    /// Proxies, as the environment names them.
    pub proxies: Proxies,
    /// Who we are, and to whom.
    pub keychain: Keychain,
    /// Where documents are kept that never change under their digest.
    pub cache: Option<Cache>,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            user_agent: concat!("hub-tools/", env!("CARGO_PKG_VERSION")).to_owned(),
            hub_url: None,
            registry_url: None,
            timeout: Duration::from_secs(30),
            max_wait: Duration::from_mins(2),
            keep_pulls: 0,
            jobs: NonZeroUsize::new(64).expect("64 is not zero"),
            plain_http: Vec::new(),
            roots: Roots::default(),
            proxies: Proxies::default(),
            keychain: Keychain::anonymous(),
            cache: None,
        }
    }
}

impl ClientConfig {
    /// Where the web API answers.
    pub(crate) fn hub_base(&self) -> Url {
        self.hub_url
            .clone()
            .unwrap_or_else(|| Url::parse(HUB_URL).expect("the constant is a URL"))
    }

    /// Where the registry of `host` answers.
    pub(crate) fn registry_base(&self, host: &Host) -> Result<Url> {
        if host.is_docker_hub() {
            let standard = || Url::parse(HUB_REGISTRY_URL).expect("the constant is a URL");
            return Ok(self.registry_url.clone().unwrap_or_else(standard));
        }
        let scheme = if self.plain_http.contains(host) {
            "http"
        } else {
            "https"
        };
        Url::parse(&format!("{scheme}://{host}/")).map_err(|_| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("{:?} is not a host", host.to_string()),
            )
        })
    }

    /// Whom a credential for the registry of `host` would go to.
    pub(crate) fn credential_host(&self, host: &Host) -> CredentialHost {
        match &self.registry_url {
            Some(url) if host.is_docker_hub() => CredentialHost::stand_in(url.clone()),
            _ => CredentialHost::named(host.clone()),
        }
    }

    /// Whom a credential for the web API would go to.
    pub(crate) fn hub_credential_host(&self) -> CredentialHost {
        match &self.hub_url {
            Some(url) => CredentialHost::stand_in(url.clone()),
            None => CredentialHost::named(Host::docker_hub()),
        }
    }

    /// Whether `docker.io` is answered by somebody else than Docker.
    pub(crate) fn overrides_registry(&self, host: &Host) -> bool {
        host.is_docker_hub() && self.registry_url.is_some()
    }
}

/// An address to stand in for one of Docker Hub's: absolute, http or https, with a `/` at its end.
pub fn endpoint(text: &str) -> Result<Url> {
    let refuse = |why: &str| {
        Error::new(
            ErrorKind::InvalidInput,
            format!("{text:?} is not an endpoint: {why}"),
        )
    };
    let mut url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("it must begin with http:// or https://"));
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(refuse("it must hold no user, query or fragment"));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// Certificate roots in DER, produced when they are needed: reading the system's costs more than a whole plain request.
#[derive(Clone)]
pub struct Roots(Arc<dyn Fn() -> Vec<Vec<u8>> + Send + Sync>);

impl Roots {
    /// Roots that `load` gives; it is called at most once, for the first https request.
    pub fn new(load: impl Fn() -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(load))
    }

    pub(crate) fn load(&self) -> Vec<Vec<u8>> {
        (self.0)()
    }
}

impl Default for Roots {
    fn default() -> Self {
        Self::new(Vec::new)
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Roots(…)")
    }
}

/// Proxies by the scheme of the request (PRX-1). Their addresses may hold a password and are never shown.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For plain http.
    pub http: Option<String>,
    /// For https.
    pub https: Option<String>,
    /// Hosts that are asked directly, comma-separated.
    pub none: Option<String>,
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |proxy: &Option<String>| proxy.as_ref().map(|_| "…");
        f.debug_struct("Proxies")
            .field("http", &shown(&self.http))
            .field("https", &shown(&self.https))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(config: &ClientConfig, host: &str) -> String {
        config
            .registry_base(&host.parse().unwrap())
            .unwrap()
            .to_string()
    }

    #[test]
    fn only_named_hosts_are_asked_over_plain_http() {
        let config = ClientConfig {
            plain_http: vec!["localhost:5000".parse().unwrap()],
            ..ClientConfig::default()
        };
        assert_eq!(base(&config, "localhost:5000"), "http://localhost:5000/");
        assert_eq!(base(&config, "localhost:5001"), "https://localhost:5001/");
        assert_eq!(base(&config, "docker.io"), HUB_REGISTRY_URL);
    }

    #[test]
    fn an_override_stands_in_for_docker_hub_alone() {
        let config = ClientConfig {
            registry_url: Some(endpoint("http://127.0.0.1:1/x").unwrap()),
            ..ClientConfig::default()
        };
        assert_eq!(base(&config, "docker.io"), "http://127.0.0.1:1/x/");
        assert_eq!(base(&config, "quay.io"), "https://quay.io/");
    }

    #[test]
    fn an_endpoint_with_a_password_or_another_scheme_is_refused() {
        for text in ["ftp://x", "http://u:p@x", "x", "http://x/?a", "/v2"] {
            assert_eq!(
                endpoint(text).unwrap_err().kind(),
                ErrorKind::InvalidInput,
                "{text}"
            );
        }
    }
}
