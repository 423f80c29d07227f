//! One try of one request: connection, TLS, body within its bound, within its time.
//!
//! The only file that makes and runs a reqwest client. It decides nothing: retries, redirects and credentials are the
//! caller's.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{NoProxy, Proxy, StatusCode};
use secrecy::ExposeSecret;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::message::Request;
use super::redirect::is_link_local;
use crate::config::{ClientConfig, Proxies};
use crate::error::{Error, ErrorKind, Result};

/// An answer whose body has been read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Bodies of failures are read this far and no further (LIM-3).
const ERROR_BODY: usize = 64 * 1024;

/// The pools of connections: one for plain http, which needs no certificate roots, and one for https.
#[derive(Debug)]
pub(crate) struct Transport {
    config: ClientConfig,
    plain: OnceLock<Result<reqwest::Client>>,
    secure: OnceLock<Result<reqwest::Client>>,
}

impl Transport {
    pub(crate) fn new(config: ClientConfig) -> Self {
        Self {
            config,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
        }
    }

    /// Sends once. The try runs as a task of its own, so that its deadline measures the server and not how often the
    /// caller looks: a reader of our output that sleeps for an hour makes no request time out.
    pub(crate) async fn send(
        &self,
        request: &Request,
        url: Url,
        headers: HeaderMap,
    ) -> Result<Answer> {
        let pool = if url.scheme() == "https" {
            self.secure.get_or_init(|| secure(&self.config)).clone()?
        } else {
            self.plain.get_or_init(|| plain(&self.config)).clone()?
        };
        let limit = self.config.timeout;
        let cap = request.cap;
        let mut sent = pool.request(request.method.clone(), url).headers(headers);
        if let Some(payload) = &request.body {
            sent = sent
                .header(CONTENT_TYPE, payload.content_type)
                .body(payload.bytes.expose_secret().to_vec());
        }
        let exchange = tokio::spawn(async move {
            tokio::time::timeout(limit, exchange(sent, cap))
                .await
                .unwrap_or_else(|_| Err(timed_out(limit)))
        });
        match AbortOnDropHandle::new(exchange).await {
            Ok(answer) => answer,
            Err(failure) => match failure.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Error::new(ErrorKind::Network, "the request was given up")),
            },
        }
    }
}

async fn exchange(request: reqwest::RequestBuilder, cap: usize) -> Result<Answer> {
    let mut response = request.send().await.map_err(broken)?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let failed = status.is_client_error() || status.is_server_error();
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if failed && body.len() + chunk.len() > ERROR_BODY {
            break;
        }
        if body.len() + chunk.len() > cap {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("the answer is larger than {cap} bytes"),
            )
            .answered(status.as_u16()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        headers,
        body: body.freeze(),
    })
}

fn timed_out(limit: Duration) -> Error {
    Error::new(
        ErrorKind::Timeout,
        format!("no complete answer within {limit:?}"),
    )
    .advise("--timeout sets the limit")
}

/// What a failed try means: which of our kinds, and whether trying again can help.
fn broken(error: reqwest::Error) -> Error {
    let error = error.without_url();
    if is_untrusted(&error) {
        return Error::new(
            ErrorKind::Network,
            "the server's certificate does not verify",
        )
        .caused_by(error)
        .advise("if the host is yours, --ca-file names its authority")
        .permanent();
    }
    if error.is_decode() && is_malformed(&error) {
        return Error::new(ErrorKind::InvalidResponse, "the body cannot be decoded")
            .caused_by(error);
    }
    if tls_error(&error).is_some_and(|tls| matches!(tls, rustls::Error::InvalidMessage(_))) {
        return Error::new(ErrorKind::Network, "the server does not speak TLS")
            .caused_by(error)
            .advise("if it speaks plain http, name it with --plain-http HOST (HUB_PLAIN_HTTP for a pipeline)")
            .permanent();
    }
    if error.is_connect() {
        return Error::new(ErrorKind::Network, "no connection")
            .caused_by(error)
            .advise("is the host right, and up?");
    }
    Error::new(ErrorKind::Network, "the connection broke").caused_by(error)
}

/// Whether a body came whole and is no gzip, rather than that its connection broke: reqwest calls both decoding.
fn is_malformed(error: &reqwest::Error) -> bool {
    let mut kinds =
        causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>().map(io::Error::kind));
    kinds.any(|kind| {
        matches!(
            kind,
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        )
    })
}

/// A certificate that does not verify will not verify the next time either.
fn is_untrusted(error: &reqwest::Error) -> bool {
    matches!(tls_error(error), Some(rustls::Error::InvalidCertificate(_)))
}

/// The failure of TLS that is behind a failed try.
fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// An error and all that is behind it. What an I/O error wraps is not among its sources, so it is taken out.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    let first: &(dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |cause| {
        let wrapped = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped),
            None => cause.source(),
        }
    })
}

/// No certificate roots: this pool never meets TLS.
fn plain(config: &ClientConfig) -> Result<reqwest::Client> {
    build(config, tls(rustls::RootCertStore::empty())?)
}

fn secure(config: &ClientConfig) -> Result<reqwest::Client> {
    let mut roots = rustls::RootCertStore::empty();
    let (_, ignored) =
        roots.add_parsable_certificates(config.roots.load().into_iter().map(Into::into));
    if ignored > 0 {
        tracing::debug!("{ignored} certificate roots could not be read");
    }
    build(config, tls(roots)?)
}

fn tls(roots: rustls::RootCertStore) -> Result<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Io, "TLS cannot be set up").caused_by(error))?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn build(config: &ClientConfig, tls: rustls::ClientConfig) -> Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .user_agent(&config.user_agent)
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .dns_resolver(Resolver)
        .no_proxy();
    for proxy in proxies(&config.proxies)? {
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Io, "the HTTP client cannot be set up").caused_by(error)
    })
}

fn proxies(proxies: &Proxies) -> Result<Vec<Proxy>> {
    let direct = proxies.none.as_deref().and_then(NoProxy::from_string);
    let made = [
        proxies.http.as_deref().map(Proxy::http),
        proxies.https.as_deref().map(Proxy::https),
    ];
    made.into_iter()
        .flatten()
        .map(|proxy| proxy.map(|proxy| proxy.no_proxy(direct.clone())))
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| {
            Error::new(
                ErrorKind::InvalidInput,
                "the address of the proxy is not understood",
            )
        })
}

/// The system's resolver, less the addresses that nobody may send us to: a name that resolves to a cloud's metadata
/// service is as good as its number.
#[derive(Debug)]
struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> = found
                .filter(|address| !is_link_local(address.ip()))
                .collect();
            if addresses.is_empty() {
                return Err(format!("{} has no address that may be asked", name.as_str()).into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
