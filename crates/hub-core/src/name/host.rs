//! The host of a reference: which registry is meant. Nothing is resolved here, and no URL is made.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use super::refused;
use crate::error::{Error, Result};

parsed_text! {
    /// A registry as references name it, `domain[:port]` (REFN-3), and never mistakable for a path component (REFN-5): it has
    /// a `.`, a `:` or an upper-case letter, or it is `localhost`.
    ///
    /// `index.docker.io` becomes `docker.io` (HOST-1). Names are lower-cased, except one which only its upper case makes a host
    /// (`Foo`). A name whose last label is a number must be a plain IPv4 address, since URLs read `127.1` and `0x7f.1` as one.
    Host;
}

impl Host {
    /// `docker.io`.
    pub fn docker_hub() -> Self {
        Self(DOCKER_HUB.into())
    }

    /// Whether this is Docker Hub.
    pub fn is_docker_hub(&self) -> bool {
        self.as_str() == DOCKER_HUB
    }

    /// The name or address without the port; an IPv6 address keeps its brackets.
    pub fn domain(&self) -> &str {
        split_port(self.as_str()).0
    }

    /// The port, where one was given.
    pub fn port(&self) -> Option<u16> {
        split_port(self.as_str()).1?.parse().ok()
    }

    /// Whether this is literally this machine: 127.0.0.0/8, `[::1]` or `localhost`. Names are not resolved.
    pub fn is_loopback(&self) -> bool {
        let domain = self.domain();
        domain == LOCALHOST
            || domain
                .parse()
                .is_ok_and(|address: Ipv4Addr| address.is_loopback())
            || ipv6(domain).is_some_and(|address| address.is_loopback())
    }

    /// REFN-5: whether `component`, with a `/` behind it, is a host and not the first part of a path.
    pub(crate) fn is_named_by(component: &str) -> bool {
        component == LOCALHOST
            || component.contains(|c: char| c == '.' || c == ':' || c.is_uppercase())
    }
}

impl FromStr for Host {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = |why| Err(refused("host", text, why));
        let (domain, port) = split_port(text);
        if !Self::is_named_by(text) {
            return refuse("it has no '.' or port, and is not localhost");
        }
        if !is_domain(domain) {
            return refuse("it is neither a domain name nor an address");
        }
        let lower = domain.to_ascii_lowercase();
        let domain = match port {
            None if !Self::is_named_by(&lower) => domain,
            _ => &lower,
        };
        match port.map(parse_port) {
            Some(None) => refuse("behind the ':' there is no port"),
            Some(Some(port)) => Ok(Self(format!("{domain}:{port}").into())),
            None if domain == DOCKER_HUB_INDEX => Ok(Self::docker_hub()),
            None => Ok(Self(domain.into())),
        }
    }
}

const DOCKER_HUB: &str = "docker.io";
const DOCKER_HUB_INDEX: &str = "index.docker.io";
const LOCALHOST: &str = "localhost";

/// Splits at the colon before the port, which is none of those inside the brackets of an IPv6 address.
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((domain, port)) if !port.contains(']') => (domain, Some(port)),
        _ => (text, None),
    }
}

fn parse_port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&port| digits && port != 0)
}

fn is_domain(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or_default();
    if ends_in_a_number(last) {
        return text.parse::<Ipv4Addr>().is_ok();
    }
    ipv6(text).is_some() || text.split('.').all(is_label)
}

/// The rule by which URLs take a host for an IPv4 address.
fn ends_in_a_number(label: &str) -> bool {
    let hex = label.strip_prefix("0x").or(label.strip_prefix("0X"));
    let digits = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    digits || hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let ends = !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    ends && label.bytes().all(inner)
}

fn ipv6(domain: &str) -> Option<Ipv6Addr> {
    let address = domain.strip_prefix('[')?.strip_suffix(']')?;
    // REFN-3 has no dotted end (`::ffff:127.0.0.1`).
    address.parse().ok().filter(|_| !address.contains('.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hosts_are_written_in_one_way() {
        let canonical = [
            ("docker.io", "docker.io"),
            ("index.docker.io", "docker.io"),
            ("Docker.IO", "docker.io"),
            ("registry-1.docker.io", "registry-1.docker.io"),
            ("localhost", "localhost"),
            ("LOCALHOST", "localhost"),
            ("localhost:05000", "localhost:5000"),
            ("Foo", "Foo"),
            ("Foo:1", "foo:1"),
            ("[::1]:5000", "[::1]:5000"),
            ("10.0.0.1", "10.0.0.1"),
        ];
        for (text, host) in canonical {
            assert_eq!(text.parse::<Host>().unwrap().as_str(), host);
        }
    }

    #[test]
    fn hosts_that_are_none_are_refused() {
        let not_in_the_grammar = "foo,,.,a..b,-a.b,a-.b,a_b.c,x:,x:0,x:65536,x:+1,:1,[::1,[::1]x,[],[x]:1,\
            [::ffff:1.2.3.4],a.b.,é.fr,u@a.b,https:";
        // The last label of these is a number, and they are no IPv4 addresses.
        let numbers = "127.1,0x7f.1,256.1.1.1,2130706433:80,a.0X1f,a.0x";
        for text in not_in_the_grammar.split(',').chain(numbers.split(',')) {
            assert!(text.trim_start().parse::<Host>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_host_knows_its_parts() {
        let host: Host = "[::1]:5000".parse().unwrap();
        assert_eq!((host.domain(), host.port()), ("[::1]", Some(5000)));
        let host: Host = "[::1]".parse().unwrap();
        assert_eq!((host.domain(), host.port()), ("[::1]", None));
        assert_eq!(Host::docker_hub().domain(), "docker.io");
        assert!("index.docker.io".parse::<Host>().unwrap().is_docker_hub());
        assert!(!"docker.io:443".parse::<Host>().unwrap().is_docker_hub());
    }

    #[test]
    fn only_literal_loopback_is_loopback() {
        let yes = "localhost,localhost:1,127.0.0.1,127.9.9.9:80,[::1],[0:0:0:0:0:0:0:1]:2";
        let no =
            "docker.io,128.0.0.1,a.localhost,localhost.x,127.0.0.1.nip.io,[::2],[::ffff:7f00:1]";
        let loopback = |text: &str| text.parse::<Host>().unwrap().is_loopback();
        assert!(yes.split(',').all(loopback));
        assert!(!no.split(',').any(loopback));
    }

    proptest! {
        #[test]
        fn the_canonical_text_parses_to_itself(text in "[A-Za-z0-9.:\\[\\]_-]{0,12}|\\PC*") {
            if let Ok(host) = text.parse::<Host>() {
                prop_assert_eq!(host.as_str().parse::<Host>().unwrap(), host.clone());
                prop_assert_eq!(host.port().is_some(), text.rsplit(']').next().unwrap().contains(':'));
            }
        }
    }
}
