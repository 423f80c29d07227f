//! What a caller can set before the simulator starts. Holds values only.

use std::path::PathBuf;
use std::time::Duration;

use crate::fault::Fault;
use crate::population::Population;

/// How the simulator behaves. The default is today's Docker Hub for an anonymous caller, without limits that bite.
#[derive(Clone, Debug)]
pub struct Config {
    /// What it holds.
    pub population: Population,
    /// What goes wrong; the first fault that applies to a request wins.
    pub faults: Vec<Fault>,
    /// The anonymous depth wall (HUB-API.md §2.1); none for the time before 2026-08-11.
    pub wall: Option<Wall>,
    /// The origin that blobs are redirected to, say another simulator's [`Sim::url`](crate::Sim::url); none keeps them on
    /// this one.
    pub cdn: Option<String>,
    /// Waited before every answer.
    pub latency: Duration,
    /// How far away the simulator is: bytes in either direction arrive half of it later than they were sent, and a
    /// connection takes one more before the first byte, as TCP's handshake does. Throughput is not limited.
    pub round_trip: Duration,
    /// Whether it speaks https, with a certificate that [`Sim::ca_pem`](crate::Sim::ca_pem) vouches for, and HTTP/2
    /// with callers that can.
    pub tls: bool,
    /// Whether the token service and the storage of blobs are on hosts of their own, as on Docker Hub.
    pub separate_hosts: bool,
    /// The largest page of the web API; more is cut without an error (HUB-API.md §2).
    pub page_size_cap: usize,
    /// The largest page of the registry's tags list; more is 400 (REGISTRY.md TAG-8).
    pub registry_page_cap: Option<usize>,
    /// How long a registry token is valid (REGISTRY.md AUTH-20). A lifetime of whole seconds gives tokens whose `exp` is
    /// whole, as real ones are; fractions are for tests.
    pub token_lifetime: Duration,
    /// How long a JWT of `/v2/auth/token` is valid (HUB-API.md §1.1).
    pub jwt_lifetime: Duration,
    /// How long a JWT of `/v2/users/login` is valid: about a month when it was last stated.
    pub login_lifetime: Duration,
    /// What a POST to the token service answers instead of a token, say 404 or 405 (REGISTRY.md AUTH-16).
    pub oauth2_refusal: Option<u16>,
    /// Requests to the web API in a window; none announces the usual limit and never refuses.
    pub hub_rate: Option<HubRate>,
    /// Requests to all services in a minute; one more is refused without a hint (HUB-API.md §3).
    pub abuse_limit: Option<u32>,
    /// Wrong secrets after which an account is locked for ten minutes (HUB-API.md §1.2). The number is not known.
    pub login_limit: Option<u32>,
    /// Counted manifest GETs of one account in six hours (HUB-API.md §4); none announces and enforces nothing.
    pub pull_limit: Option<u32>,
    /// The referrers API; none answers 404, which sends clients to the fallback tag. Whether Docker Hub has the API is not
    /// settled (REGISTRY.md RFR-6).
    pub referrers: Option<Referrers>,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Where to write a line of JSON for every finished request.
    pub log: Option<PathBuf>,
    /// Decides which requests a fault with a rate hits.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            population: Population::tutorial(),
            faults: Vec::new(),
            wall: Some(Wall::default()),
            cdn: None,
            latency: Duration::ZERO,
            round_trip: Duration::ZERO,
            tls: false,
            separate_hosts: false,
            page_size_cap: 100,
            registry_page_cap: None,
            token_lifetime: Duration::from_mins(5),
            jwt_lifetime: Duration::from_mins(10),
            login_lifetime: Duration::from_hours(30 * 24),
            oauth2_refusal: None,
            hub_rate: None,
            abuse_limit: None,
            login_limit: Some(10),
            pull_limit: None,
            referrers: None,
            port: 0,
            log: None,
            seed: crate::population::DEFAULT_SEED,
        }
    }
}

/// How the referrers API answers (REGISTRY.md section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Referrers {
    /// Entries in a page; none sends all of them in one.
    pub page_size: Option<usize>,
    /// Whether `?artifactType=` filters, which `OCI-Filters-Applied` then says; if not, it is ignored (REGISTRY.md RFR-2).
    pub filters: bool,
}

impl Default for Referrers {
    fn default() -> Self {
        Self {
            page_size: None,
            filters: true,
        }
    }
}

/// The offsets from which on anonymous callers are refused (HUB-API.md §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall {
    /// In lists of tags.
    pub tags: usize,
    /// In lists of repositories and in search.
    pub repositories: usize,
}

impl Default for Wall {
    fn default() -> Self {
        Self {
            tags: 1000,
            repositories: 100,
        }
    }
}

/// A limit of the web API that is enforced, for each account on its own (HUB-API.md §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubRate {
    /// Requests in a window.
    pub limit: u32,
    /// A minute on Docker Hub.
    pub window: Duration,
    /// How a 429 tells when to come back.
    pub dialect: RateDialect,
}

impl HubRate {
    /// `limit` requests a minute, refused in today's words.
    pub fn per_minute(limit: u32) -> Self {
        Self {
            limit,
            window: Duration::from_mins(1),
            dialect: RateDialect::Seconds,
        }
    }
}

/// How a 429 tells when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateDialect {
    /// `Retry-After` in seconds: today's form.
    Seconds,
    /// `Retry-After` as an HTTP date, which RFC 9110 allows.
    Date,
    /// `X-Retry-After` as a Unix time: the form until March 2025.
    Epoch,
    /// Only `X-RateLimit-Reset`.
    Reset,
    /// Not at all.
    Bare,
}
