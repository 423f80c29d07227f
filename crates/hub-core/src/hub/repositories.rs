//! The repositories of a namespace, and one repository in full (HUB-API.md §6.1, §6.2).

use std::borrow::Cow;

use jiff::Timestamp;

use crate::batch::Batch;
use crate::client::Client;
use crate::error::Result;
use crate::moment::parse_time;
use crate::name::NamespaceName;
use crate::page::{LARGEST_PAGE, LOOK_AHEAD, List, Walk};
use crate::record::Object;
use crate::reference::{Namespace, Repository};

const MEMBERS: [&str; 7] = [
    "name",
    "last_updated",
    "pull_count",
    "star_count",
    "is_private",
    "description",
    "storage_size",
];

/// Whoever is not signed in is refused at offset 100 (HUB-API.md §2.1): two pages of this size come before it, and only one
/// of the largest (DECISIONS 15).
const ANONYMOUS_PAGE: usize = LARGEST_PAGE - 1;

/// A repository as the web API lists it, and the few members that are read.
#[derive(Clone, Copy, Debug)]
pub struct RepositoryView<'a>(Object<'a, { MEMBERS.len() }>);

impl<'a> RepositoryView<'a> {
    /// The last part of its name.
    pub fn name(&self) -> Option<Cow<'a, str>> {
        self.0.string(0)
    }

    /// When it was last pushed to; null until the first push.
    pub fn last_updated(&self) -> Option<Timestamp> {
        parse_time(&self.0.string(1)?)
    }

    /// Pulls so far; more than 2³² for some.
    pub fn pull_count(&self) -> Option<u64> {
        self.0.number(2)
    }

    /// Stars.
    pub fn star_count(&self) -> Option<u64> {
        self.0.number(3)
    }

    /// Whether only some may see it.
    pub fn is_private(&self) -> bool {
        self.0.value(4) == Some("true")
    }

    /// The short description.
    pub fn description(&self) -> Option<Cow<'a, str>> {
        self.0.string(5)
    }

    /// Bytes of all its images; absent before 2025.
    pub fn storage_size(&self) -> Option<u64> {
        self.0.number(6)
    }

    /// Upstream's object.
    pub fn object(&self) -> &Object<'a, { MEMBERS.len() }> {
        &self.0
    }
}

/// Repositories of one answer.
#[derive(Debug)]
pub struct Repositories(Batch<{ MEMBERS.len() }>);

impl Repositories {
    /// In the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = RepositoryView<'_>> {
        self.0.objects().map(RepositoryView)
    }
}

/// A walk over the repositories of a namespace.
#[derive(Debug)]
pub struct RepositoryWalk(Walk<{ MEMBERS.len() }>);

impl RepositoryWalk {
    /// The next page; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Repositories>> {
        Ok(self.0.next().await?.map(Repositories))
    }
}

impl Client {
    /// All repositories of a namespace that the caller may see. A namespace that does not exist has none: Docker Hub does
    /// not tell the two apart.
    pub async fn repositories(&self, namespace: &Namespace) -> Result<RepositoryWalk> {
        let signed_in = self.hub_token().await?.is_some();
        let list = List {
            url: self.hub_url(&["namespaces", namespace.name().as_str(), "repositories"]),
            names: &MEMBERS,
            page_size: if signed_in {
                LARGEST_PAGE
            } else {
                ANONYMOUS_PAGE
            },
            look_ahead: LOOK_AHEAD,
            what: "repositories",
            missing: "no such namespace",
            is_name: |name| name.parse::<NamespaceName>().is_ok(),
        };
        Ok(RepositoryWalk(Walk::new(self.clone(), list)))
    }

    /// One repository in full detail.
    pub async fn repository(&self, repository: &Repository) -> Result<Repositories> {
        let url = self.hub_repository_url(repository, &[])?;
        self.hub_object(url, &MEMBERS, "no such repository")
            .await
            .map(Repositories)
    }
}
