//! Docker Hub and OCI registries, as the hub tools need them: authentication, pagination, the registry protocol and the
//! records, once for all tools.
//!
//! The library prints nothing, reads no environment and knows no flags: whoever uses it passes values in.
//!
//! ```no_run
//! # async fn example() -> hub_core::Result<()> {
//! use hub_core::{Client, ClientConfig, Extras, ImageQuery, Platforms, Reference};
//!
//! let client = Client::new(ClientConfig::default());
//! let reference: Reference = "ansible/ansible:latest".parse()?;
//! let query = ImageQuery { platforms: Platforms::All, extras: Extras::default(), alone: true, pins: false };
//! let mut records = client.image_records(&reference, None, &query);
//! while let Some(line) = records.next().await {
//!     assert!(line?.starts_with(b"{\"ref\":\"docker.io/ansible/ansible:latest@sha256:"));
//! }
//! # Ok(())
//! # }
//! ```

mod auth;
mod batch;
mod cache;
mod client;
mod config;
mod digest;
mod error;
mod http;
mod hub;
mod keys;
mod limits;
mod listing;
#[cfg(test)]
mod log;
mod memo;
mod moment;
mod name;
mod page;
mod platform;
mod record;
mod reference;
mod registry;
mod seen;
mod select;

pub use auth::challenge::Scope;
pub use auth::credential::Credential;
pub use auth::hub_login::HubToken;
pub use auth::keychain::{CredentialHost, Found, Keychain, Source};
pub use auth::redact::Redactor;
pub use auth::token::Token;
pub use cache::Cache;
pub use client::Client;
pub use config::{ClientConfig, Proxies, Roots, endpoint};
pub use digest::Digest;
pub use error::{Error, ErrorKind, Result, escaped, is_obeyed, shorten};
pub use http::account::Cost;
pub use hub::repositories::{Repositories, RepositoryView, RepositoryWalk};
pub use hub::tags::{TagView, TagWalk, Tags};
pub use hub::user::NamespaceWalk;
pub use jiff::Timestamp;
pub use limits::{Limits, PullLimit, WebLimit};
pub use listing::{TagQuery, TagRecords, write_registry_tag};
pub use moment::{parse_bound, parse_duration};
pub use name::{Host, NamespaceName, RepositoryName, Tag};
pub use platform::Platform;
pub use record::Object;
pub use reference::{Namespace, Reference, Repository, Target, Word};
pub use registry::exact::ExactDocument;
pub use registry::extras::Extras;
pub use registry::known::KnownTag;
pub use registry::manifest::Manifest;
pub use registry::plan::Plan;
pub use registry::records::{Demand, ImageQuery, ImageRecords, Platforms};
pub use select::{Globs, TagFilter, TagOrder, version_cmp};
