//! An offline Docker Hub on loopback: web API, token service and registry on one port, with a population, limits, walls
//! and faults on demand.
//!
//! It shares no code with the client that it tests: a simulator built from the client's own types would agree with the
//! client's mistakes. Bodies and headers are written from the recorded facts.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! use hub_sim::{Config, Fault, FaultKind, Kind, Sim};
//!
//! let faults = vec![Fault::new(FaultKind::Status(503), "/v2/*/manifests/*").times(1)];
//! let sim = Sim::start(Config { faults, ..Config::default() })?;
//!
//! let mut stream = TcpStream::connect(sim.authority())?;
//! write!(stream, "GET /v2/ HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", sim.authority())?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer)?;
//!
//! assert!(answer.starts_with("HTTP/1.1 401"));
//! assert_eq!(sim.log()[0].kind, Kind::Ping);
//! # Ok::<(), std::io::Error>(())
//! ```

mod body;
mod cdn;
pub mod cli;
mod clock;
mod config;
mod distance;
mod environment;
mod exchange;
mod fault;
mod hosts;
mod http;
mod jwt;
mod limit;
mod pem;
mod population;
mod registry;
mod route;
mod server;
mod signin;
mod sim;
mod tls;
mod token;
mod web;
mod world;

pub use config::{Config, HubRate, RateDialect, Referrers, Wall};
pub use exchange::{Authorization, Exchange, Kind};
pub use fault::{After, Fault, FaultKind, Matches, ParseFaultError};
pub use hosts::Service;
pub use population::{
    Accounts, DEFAULT_SEED, Document, DocumentKind, Organisation, OrganisationToken, PatScope,
    PersonalToken, Platform, Population, Repository, Resource, Tag, User,
};
pub use sim::Sim;
