//! The environment, read once: endpoints, proxies, certificate roots, the cache's folder. Nothing below this crate reads it.

use std::env;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use hub_core::{
    Cache, ClientConfig, Digest, Error, ErrorKind, Proxies, Result, Roots, Target, Word, endpoint,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use url::Url;

use crate::credentials::keychain;
use crate::flags::Flags;
use crate::form::Form;

/// A hundred thousand images and more.
const CACHE_BYTES: u64 = 1024 * 1024 * 1024;

/// The client's settings, from the flags and the environment. `arguments` are the references on the command line: a
/// loopback host among them is asked over plain http, since the user named it (DECISIONS 31).
pub(crate) fn client_config(
    flags: &Flags,
    arguments: &[String],
    word: Word,
) -> Result<ClientConfig> {
    let mut config = ClientConfig::default();
    config.timeout = flags.timeout;
    config.max_wait = flags.max_wait;
    config.jobs = NonZeroUsize::new(flags.jobs.into()).expect("the flag is at least 1");
    config.hub_url = overridden("HUB_URL")?;
    config.registry_url = overridden("HUB_REGISTRY_URL")?;
    tell_overrides(&config);
    config.keep_pulls = flags.keep_pulls;
    config.plain_http.clone_from(&flags.plain_http);
    config.plain_http.extend(
        arguments
            .iter()
            .filter_map(|argument| loopback_host(argument, word)),
    );
    config.keychain = keychain(flags, arguments, word, variable)?;
    config.proxies = proxies(variable);
    config.cache = cache_folder(flags, |name| env::var_os(name))
        .map(|folder| apart(folder, config.registry_url.as_ref()))
        .map(|folder| Cache::new(&folder, CACHE_BYTES));
    let extra = flags
        .ca_file
        .as_deref()
        .map(authorities)
        .transpose()?
        .unwrap_or_default();
    config.roots = Roots::new(move || roots(&extra));
    Ok(config)
}

/// Fills in what the flags leave to the environment. An empty variable is none.
pub(crate) fn complete(flags: &mut Flags) -> Result<()> {
    let refuse =
        |name: &str, why: String| Error::new(ErrorKind::InvalidInput, format!("{name}: {why}"));
    if let (None, Some(form)) = (flags.output, variable("HUB_OUTPUT")) {
        flags.output = Some(Form::from_str(&form, true).map_err(|why| refuse("HUB_OUTPUT", why))?);
    }
    if let Some(errors) = variable("HUB_ERRORS") {
        flags.errors |= !matches!(errors.as_str(), "0" | "false" | "no" | "off");
    }
    for host in variable("HUB_PLAIN_HTTP")
        .iter()
        .flat_map(|hosts| hosts.split(','))
    {
        let host = host
            .trim()
            .parse()
            .map_err(|error: Error| refuse("HUB_PLAIN_HTTP", error.to_string()))?;
        flags.plain_http.push(host);
    }
    flags.errors &= !flags.plain;
    Ok(())
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn overridden(name: &str) -> Result<Option<Url>> {
    let Some(text) = variable(name) else {
        return Ok(None);
    };
    let refuse = |error| Error::new(ErrorKind::InvalidInput, format!("{name}: {error}"));
    endpoint(&text).map(Some).map_err(refuse)
}

/// Whoever reads the output must know that it is not Docker Hub's (DECISIONS 28).
fn tell_overrides(config: &ClientConfig) {
    let named = [
        ("HUB_URL", &config.hub_url),
        ("HUB_REGISTRY_URL", &config.registry_url),
    ];
    let set: Vec<String> = named
        .iter()
        .filter_map(|(name, url)| Some(format!("{name} is {}", url.as_ref()?)))
        .collect();
    if !set.is_empty() {
        tracing::warn!("not Docker Hub: {}", set.join(", "));
    }
}

fn loopback_host(argument: &str, word: Word) -> Option<hub_core::Host> {
    match Target::parse(argument, word).ok()? {
        Target::Reference(reference) => {
            Some(reference.repository().host().clone()).filter(hub_core::Host::is_loopback)
        }
        _ => None,
    }
}

/// PRX-1. This machine itself is never behind a proxy. A CGI script's `HTTP_PROXY` is a request header of a stranger's.
fn proxies(variable: impl Fn(&str) -> Option<String>) -> Proxies {
    let all = || variable("all_proxy").or_else(|| variable("ALL_PROXY"));
    let upper_http = || variable("HTTP_PROXY").filter(|_| variable("REQUEST_METHOD").is_none());
    let none = variable("no_proxy")
        .or_else(|| variable("NO_PROXY"))
        .unwrap_or_default();
    Proxies {
        http: variable("http_proxy").or_else(upper_http).or_else(all),
        https: variable("https_proxy")
            .or_else(|| variable("HTTPS_PROXY"))
            .or_else(all),
        none: Some(format!("localhost,127.0.0.0/8,::1,{none}")),
    }
}

/// Where documents are kept; `None` where they are not. A path that is not absolute counts as none, as the XDG base directory
/// specification says.
fn cache_folder(flags: &Flags, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if flags.no_cache {
        return None;
    }
    let path = |name: &str| variable(name).map(PathBuf::from);
    let folder = |name: &str| path(name).filter(|path| path.is_absolute());
    let own = path("HUB_CACHE_DIR").filter(|path| !path.as_os_str().is_empty());
    if let Some(relative) = own.filter(|path| path.is_relative()) {
        tracing::warn!(
            "HUB_CACHE_DIR is {relative:?}, which is no absolute path and does not count"
        );
    }
    folder("HUB_CACHE_DIR")
        .or_else(|| Some(folder("XDG_CACHE_HOME")?.join("hub-tools")))
        .or_else(|| Some(folder("HOME")?.join(".cache/hub-tools")))
}

/// What a stand-in for docker.io's registry shows is not docker.io's: it has a folder of its own.
fn apart(folder: PathBuf, stand_in: Option<&Url>) -> PathBuf {
    let Some(stand_in) = stand_in else {
        return folder;
    };
    let name = Digest::of(stand_in.as_str());
    folder.join(format!("instead-of-docker.io-{}", &name.hex()[..16]))
}

/// The certificates in a PEM file.
fn authorities(file: &Path) -> Result<Vec<Vec<u8>>> {
    let refuse = |why: String| {
        Error::new(
            ErrorKind::InvalidInput,
            format!("--ca-file {}: {why}", file.display()),
        )
    };
    let certificates =
        CertificateDer::pem_file_iter(file).map_err(|error| refuse(error.to_string()))?;
    let certificates: Vec<Vec<u8>> = certificates
        .map(|certificate| certificate.map(|certificate| certificate.to_vec()))
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| refuse(error.to_string()))?;
    if certificates.is_empty() {
        Err(refuse("it holds no certificate".to_owned()))
    } else {
        Ok(certificates)
    }
}

/// The system's roots, or Mozilla's where there are none, and the user's own (DECISIONS 2).
fn roots(extra: &[Vec<u8>]) -> Vec<Vec<u8>> {
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        if let Some(path) = variable(name).filter(|path| !Path::new(path).exists()) {
            tracing::warn!("{name} names {path:?}, which does not exist");
        }
    }
    let system = rustls_native_certs::load_native_certs().certs;
    let mut roots: Vec<Vec<u8>> = system.iter().map(|root| root.to_vec()).collect();
    if roots.is_empty() {
        roots.extend(
            webpki_root_certs::TLS_SERVER_ROOT_CERTS
                .iter()
                .map(|root| root.to_vec()),
        );
    }
    roots.extend_from_slice(extra);
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies_of(variables: &[(&str, &str)]) -> (Option<String>, Option<String>) {
        let found = proxies(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        });
        (found.http, found.https)
    }

    #[test]
    fn lower_case_proxies_win_and_a_cgi_header_is_no_proxy_prx_1() {
        let address = |text: &str| Some(text.to_owned());
        assert_eq!(
            proxies_of(&[("http_proxy", "a"), ("HTTP_PROXY", "b"), ("ALL_PROXY", "c")]),
            (address("a"), address("c"))
        );
        assert_eq!(
            proxies_of(&[("HTTP_PROXY", "b"), ("HTTPS_PROXY", "s")]),
            (address("b"), address("s"))
        );
        assert_eq!(
            proxies_of(&[("HTTP_PROXY", "b"), ("REQUEST_METHOD", "GET")]),
            (None, None)
        );
    }

    fn cache_of(flags: &[&str], variables: &[(&str, &str)]) -> Option<String> {
        #[derive(clap::Parser)]
        struct Tool {
            #[command(flatten)]
            flags: Flags,
        }
        let arguments = ["tool"].iter().chain(flags);
        let flags = <Tool as clap::Parser>::parse_from(arguments).flags;
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name)?;
            Some(OsString::from(found.1))
        };
        let folder = cache_folder(&flags, variable)?;
        Some(folder.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_cache_is_in_the_first_absolute_path_of_three() {
        let all = [
            ("HUB_CACHE_DIR", "/a"),
            ("XDG_CACHE_HOME", "/b"),
            ("HOME", "/c"),
        ];
        let found = [
            (&all[..], Some("/a")),
            (&all[1..], Some("/b/hub-tools")),
            (&all[2..], Some("/c/.cache/hub-tools")),
            (&[], None),
        ];
        for (variables, folder) in found {
            assert_eq!(cache_of(&[], variables).as_deref(), folder);
            assert_eq!(cache_of(&["--no-cache"], variables), None);
        }
        for none in ["", "x", "./x", "~/x"] {
            let variables = all.map(|(name, _)| (name, none));
            assert_eq!(cache_of(&[], &variables), None, "{none}");
            let variables = [("HUB_CACHE_DIR", none), all[2]];
            assert_eq!(cache_of(&[], &variables).as_deref(), found[2].1, "{none}");
        }
    }

    #[test]
    fn only_loopback_hosts_among_the_arguments_are_asked_over_plain_http() {
        let host =
            |argument| loopback_host(argument, Word::Repository).map(|host| host.to_string());
        assert_eq!(
            host("localhost:5000/x:1").as_deref(),
            Some("localhost:5000")
        );
        assert_eq!(host("127.0.0.1:5000/x").as_deref(), Some("127.0.0.1:5000"));
        for argument in ["nginx", "quay.io/a/b", "10.0.0.1:5000/x", "not a reference"] {
            assert_eq!(host(argument), None, "{argument}");
        }
    }
}
