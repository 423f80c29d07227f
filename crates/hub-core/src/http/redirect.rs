//! Where a redirect may lead: a pure decision. The send path asks it at every hop.
//!
//! REGISTRY.md BLOB-2, BLOB-3: another origin never sees credentials, https never becomes http, and a public host
//! never sends us to a private one.

use std::net::{IpAddr, Ipv4Addr};

use url::{Host, Url};

use crate::error::{Error, ErrorKind, Result};

/// The most hops that one request follows (BLOB-3).
pub(crate) const MOST_HOPS: usize = 10;

/// The next address, if it may be followed.
pub(crate) fn follow(from: &Url, location: &str) -> Result<Url> {
    let to = from.join(location).map_err(|_| {
        refused(&format!(
            "{:?} is no address",
            crate::error::shorten(location, 80)
        ))
    })?;
    if !matches!(to.scheme(), "http" | "https") {
        return Err(refused(&format!("{} is not a web address", to.scheme())));
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(refused(&format!(
            "it leads from https to http at {}",
            origin(&to)
        )));
    }
    if !to.username().is_empty() || to.password().is_some() {
        return Err(refused("it carries a user name or password"));
    }
    if is_private(&to) && !is_private(from) {
        return Err(refused(&format!(
            "a public host leads to the private address {}",
            origin(&to)
        )));
    }
    Ok(to)
}

/// Whether both are the same scheme, host and port, so that credentials for one are for the other.
pub(crate) fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host() == b.host()
        && a.port_or_known_default() == b.port_or_known_default()
}

/// `https://host:port`, for messages.
pub(crate) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Whether the host is written as a loopback, private, link-local or unique-local address, or as `localhost`.
pub(crate) fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_private_address(address.into()),
        Some(Host::Ipv6(address)) => is_private_address(address.into()),
        Some(Host::Domain(name)) => is_localhost(name),
        None => false,
    }
}

/// Whether the host is written as an address that belongs to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => canonical(address.into()).is_loopback(),
        Some(Host::Domain(name)) => is_localhost(name),
        None => false,
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address is one that the Internet does not route.
pub(crate) fn is_private_address(address: IpAddr) -> bool {
    match canonical(address) {
        IpAddr::V4(v4) => {
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified()
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.is_unspecified()
        }
    }
}

/// Link-local addresses, among them the metadata services of clouds: never asked, whoever names them (DECISIONS 31).
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match canonical(address) {
        IpAddr::V4(v4) => v4.is_link_local() || METADATA_V4.contains(&v4),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6 == METADATA_V6,
    }
}

/// Metadata services outside the link-local range: Alibaba's and Oracle's.
const METADATA_V4: [Ipv4Addr; 2] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];

/// The IPv6 address of the metadata service at Amazon, which is unique-local rather than link-local.
const METADATA_V6: std::net::Ipv6Addr =
    std::net::Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// `::ffff:127.0.0.1` is 127.0.0.1.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn refused(why: &str) -> Error {
    Error::new(
        ErrorKind::InvalidResponse,
        format!("the server's redirect is not followed: {why}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, location: &str, expected: Option<&str>) {
        let followed = follow(&Url::parse(from).unwrap(), location).ok();
        assert_eq!(
            followed.as_ref().map(Url::as_str),
            expected,
            "{from} → {location}"
        );
    }

    #[test]
    fn redirects_go_to_other_public_hosts_and_stay_relative_blob_2() {
        check(
            "https://r.example/v2/a/blobs/x",
            "https://cdn.example/x?sig=1",
            Some("https://cdn.example/x?sig=1"),
        );
        check(
            "https://r.example/v2/a/blobs/x",
            "/y",
            Some("https://r.example/y"),
        );
        check(
            "http://127.0.0.1:5000/a",
            "http://127.0.0.1:6000/b",
            Some("http://127.0.0.1:6000/b"),
        );
    }

    #[test]
    fn redirects_never_leave_https_or_lead_inside_blob_3() {
        for location in [
            "http://r.example/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/x",
            "https://localhost./x",
            "https://u:p@cdn.example/x",
            "file:///etc/passwd",
            "https://",
        ] {
            check("https://r.example/v2/a", location, None);
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let url = |text| Url::parse(text).unwrap();
        assert!(same_origin(&url("https://a/x"), &url("https://a:443/y")));
        for other in ["http://a/x", "https://b/x", "https://a:444/x"] {
            assert!(!same_origin(&url("https://a/x"), &url(other)), "{other}");
        }
    }
}
