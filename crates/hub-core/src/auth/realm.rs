//! Which token service a registry may send us to: a pure decision.
//!
//! REGISTRY.md SEC-1, SEC-2, DECISIONS 31: the realm is chosen by the server, so it is a stranger's word. Credentials
//! and requests into a private network must not follow it anywhere.

use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::http::redirect::{is_loopback, is_private};

/// The token service of `docker.io` (HOST-3).
const HUB_REALM_HOST: &str = "auth.docker.io";

/// Who sends us to a realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registry {
    /// Docker's own registry.
    DockerHub,
    /// A stand-in for it that the user named.
    Override,
    /// Any other registry.
    Other,
}

/// The realm as an address that may be asked, or why not. `answered` is the request that brought the challenge.
pub(crate) fn resolve(registry: Registry, answered: &Url, realm: &str) -> Result<Url> {
    let refuse = |why: &str| {
        let realm = crate::error::shorten(realm, 80);
        Err(Error::new(
            ErrorKind::InvalidResponse,
            format!("the token service {realm:?} is refused: {why}"),
        ))
    };
    let Ok(url) = answered.join(realm) else {
        return refuse("it is no address");
    };
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return refuse("it is no web address");
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return refuse("it holds a user, a password or a fragment");
    }
    if registry == Registry::DockerHub {
        let own = url.scheme() == "https"
            && url.host_str() == Some(HUB_REALM_HOST)
            && url.port().is_none();
        return if own {
            Ok(url)
        } else {
            refuse("docker.io's is https://auth.docker.io")
        };
    }
    let same_host = url.host() == answered.host();
    if url.scheme() == "http"
        && !(answered.scheme() == "http"
            && (same_host || is_loopback(&url) && is_loopback(answered)))
    {
        return refuse("it is not https");
    }
    if !same_host && is_private(&url) && !is_private(answered) {
        return refuse("it is a private address, and the registry is not");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(registry: Registry, answered: &str, realm: &str, expected: Option<&str>) {
        let resolved = resolve(registry, &Url::parse(answered).unwrap(), realm).ok();
        assert_eq!(
            resolved.as_ref().map(Url::as_str),
            expected,
            "{answered} → {realm}"
        );
    }

    #[test]
    fn docker_hub_has_one_token_service_sec_2() {
        let hub = "https://registry-1.docker.io/v2/";
        check(
            Registry::DockerHub,
            hub,
            "https://auth.docker.io/token",
            Some("https://auth.docker.io/token"),
        );
        for realm in [
            "https://evil.example/x",
            "http://auth.docker.io/token",
            "https://auth.docker.io:8443/token",
            "/token",
        ] {
            check(Registry::DockerHub, hub, realm, None);
        }
    }

    #[test]
    fn a_realm_is_https_unless_the_registry_itself_is_plain_http_sec_1() {
        let other = Registry::Other;
        check(
            other,
            "https://r.example/v2/",
            "/token",
            Some("https://r.example/token"),
        );
        check(
            other,
            "https://r.example/v2/",
            "https://auth.example.com/t?k=v",
            Some("https://auth.example.com/t?k=v"),
        );
        check(
            other,
            "https://r.example/v2/",
            "http://r.example/token",
            None,
        );
        check(
            other,
            "http://localhost:5000/v2/",
            "http://localhost:5001/token",
            Some("http://localhost:5001/token"),
        );
        check(
            other,
            "http://localhost:5000/v2/",
            "http://127.0.0.1:5001/token",
            Some("http://127.0.0.1:5001/token"),
        );
        check(
            other,
            "http://r.example/v2/",
            "http://auth.example.com/token",
            None,
        );
    }

    #[test]
    fn a_public_registry_sends_nobody_to_a_private_address_sec_2() {
        for realm in [
            "https://169.254.169.254/x",
            "http://169.254.169.254/x",
            "https://10.0.0.1/t",
            "https://[fd00::1]/t",
            "https://localhost/t",
        ] {
            check(Registry::Other, "https://r.example/v2/", realm, None);
        }
        check(
            Registry::Other,
            "https://10.0.0.1/v2/",
            "https://10.0.0.2/t",
            Some("https://10.0.0.2/t"),
        );
    }

    #[test]
    fn an_override_keeps_its_own_host_and_leaves_it_for_https_only() {
        let stand_in = "http://127.0.0.1:4000/v2/";
        check(
            Registry::Override,
            stand_in,
            "http://127.0.0.1:4001/token",
            Some("http://127.0.0.1:4001/token"),
        );
        check(
            Registry::Override,
            stand_in,
            "http://auth.example.com/token",
            None,
        );
        check(
            Registry::Override,
            stand_in,
            "https://auth.example.com/token",
            Some("https://auth.example.com/token"),
        );
    }

    #[test]
    fn a_realm_with_a_password_or_a_fragment_is_refused() {
        for realm in [
            "https://u:p@auth.example.com/t",
            "https://auth.example.com/t#x",
            "ftp://auth.example.com/",
            "https://",
        ] {
            check(Registry::Other, "https://r.example/v2/", realm, None);
        }
    }
}
