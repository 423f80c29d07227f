//! What the simulator holds: repositories, tags, every document behind them as bytes under its true digest, and the
//! accounts that may see them. Nothing here knows of HTTP or of JSON bodies; the same seed gives the same bytes.

mod access;
mod accounts;
mod artifact;
mod bulk;
mod config_blob;
mod document;
mod image;
mod images;
mod layer;
mod manifest;
mod media;
mod profile;
mod recipe;
mod reference;
mod repository;
mod rng;
mod shapes;
mod tags;
mod tutorial;
mod versions;

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

pub use accounts::{
    Accounts, Organisation, OrganisationToken, PatScope, PersonalToken, Resource, User,
};
pub use document::{Document, DocumentKind};
pub use image::Platform;
pub use repository::{Repository, Tag};

pub(crate) use access::{Caller, Deed, Verdict};
pub(crate) use accounts::{SignInError, uuid_of};
pub(crate) use document::{Manner, digest_of, is_digest};
pub(crate) use image::Image;
pub(crate) use media::{DOCKER_LIST, OCI_INDEX, OCI_MANIFEST};
pub(crate) use rng::Rng;
pub(crate) use tags::{Era, TagOrder, TagRow};

/// The seed of [`Population::tutorial`].
pub const DEFAULT_SEED: u64 = 1;

/// What the simulator holds. Deterministic from a seed; cheap to clone.
#[derive(Clone, Debug)]
pub struct Population {
    repositories: Arc<Vec<Arc<Repository>>>,
    accounts: Arc<Accounts>,
}

impl Default for Population {
    fn default() -> Self {
        Self::tutorial()
    }
}

impl Population {
    /// The default: the namespace `ansible` as public tutorials have it, a few official images and one more namespace;
    /// the users `alice`, `bob` and `carol`, and private repositories of `ansible` and `alice`. Built once in a process.
    pub fn tutorial() -> Self {
        static TUTORIAL: OnceLock<Population> = OnceLock::new();
        TUTORIAL
            .get_or_init(|| Self::tutorial_from(DEFAULT_SEED))
            .clone()
    }

    /// The same repositories and tags with other contents and therefore other digests.
    pub fn tutorial_from(seed: u64) -> Self {
        let repositories = tutorial::repositories(seed).into_iter().map(Arc::new);
        Self::new(repositories.collect(), Accounts::tutorial())
    }

    /// One repository with exactly `tags` tags (`latest` among them) over a small pool of images.
    pub fn bulk(namespace: &str, repository: &str, tags: usize) -> Self {
        let repository = bulk::repository(DEFAULT_SEED, namespace, repository, tags);
        Self::new(vec![Arc::new(repository)], Accounts::default())
    }

    /// The job that speed is measured with: `reference/r01`, `reference/r02`, … with `tags` tags each, 30 of 100 tags
    /// aliases of another tag of the same repository, and half of the distinct images for two platforms.
    pub fn reference(repositories: usize, tags: usize) -> Self {
        let all = 0..repositories;
        let all = all.map(|number| Arc::new(reference::repository(DEFAULT_SEED, number, tags)));
        Self::new(all.collect(), Accounts::default())
    }

    /// The images of a folder as the one repository `odd/images`: a tag for each folder with an `image.json`, served
    /// with the headers that it states. The form is told in `odd/README.md`.
    pub fn images(folder: &Path) -> io::Result<Self> {
        let repository = images::repository(folder)?;
        Ok(Self::new(vec![Arc::new(repository)], Accounts::default()))
    }

    /// No repository and no account at all.
    pub fn empty() -> Self {
        Self::new(Vec::new(), Accounts::default())
    }

    /// The repositories and accounts of both; where a name is in both, this one's.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let names: HashSet<String> = self.all().map(Repository::full_name).collect();
        let added = other
            .repositories
            .iter()
            .filter(|repository| !names.contains(&repository.full_name()));
        let repositories = self.repositories.iter().chain(added).cloned().collect();
        let mut accounts = Accounts::clone(&self.accounts);
        accounts.users.extend(other.accounts.users.iter().cloned());
        accounts
            .organisations
            .extend(other.accounts.organisations.iter().cloned());
        Self::new(repositories, accounts)
    }

    /// The same repositories, all of them private.
    #[must_use]
    pub fn hidden(&self) -> Self {
        let hide = |repository: &Arc<Repository>| Arc::new(repository.hidden());
        Self {
            repositories: Arc::new(self.repositories.iter().map(hide).collect()),
            accounts: Arc::clone(&self.accounts),
        }
    }

    /// The same repositories with these accounts in the place of the former ones.
    #[must_use]
    pub fn with_accounts(self, accounts: Accounts) -> Self {
        Self {
            accounts: Arc::new(accounts),
            ..self
        }
    }

    /// Repositories in the order in which the list of their namespace answers: as they were registered. The order of
    /// the recorded page is that one (samples/namespaces-repositories-list.json); no source states it.
    fn new(mut repositories: Vec<Arc<Repository>>, accounts: Accounts) -> Self {
        repositories.sort_by_key(|repository| repository.facts.registered);
        Self {
            repositories: Arc::new(repositories),
            accounts: Arc::new(accounts),
        }
    }

    /// The repositories that anyone can see; those of one namespace are in the order in which its list answers.
    pub fn repositories(&self) -> impl Iterator<Item = &Repository> {
        self.all().filter(|repository| !repository.is_private())
    }

    /// The repositories that only their members can see, in the same order.
    pub fn private_repositories(&self) -> impl Iterator<Item = &Repository> {
        self.all().filter(|repository| repository.is_private())
    }

    /// Public and private ones, as a member's list has them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Repository> {
        self.repositories.iter().map(AsRef::as_ref)
    }

    /// The repository `namespace/name`, public or private.
    pub fn repository(&self, full_name: &str) -> Option<&Repository> {
        let (namespace, name) = full_name.split_once('/')?;
        let mut all = self.all();
        all.find(|repository| repository.namespace() == namespace && repository.name() == name)
    }

    /// The same as the registry has it, which also knows the repository that Docker keeps for looking at the pull limit
    /// (HUB-API.md §4). Whether the web API lists that one is not known; here it does not.
    pub(crate) fn at_registry(&self, full_name: &str) -> Option<&Repository> {
        static PREVIEW: OnceLock<Repository> = OnceLock::new();
        let preview = || bulk::repository(DEFAULT_SEED, "ratelimitpreview", "test", 1);
        self.repository(full_name).or_else(|| {
            (full_name == "ratelimitpreview/test").then(|| PREVIEW.get_or_init(preview))
        })
    }

    /// The tags of `namespace/name` in the order in which the web API lists them; none for a repository that is not here.
    pub fn tags(&self, full_name: &str) -> impl Iterator<Item = Tag<'_>> {
        self.repository(full_name)
            .into_iter()
            .flat_map(Repository::tags)
    }

    /// Every document of every repository once, each after those that it refers to.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        let mut seen = HashSet::new();
        let all = self.all().flat_map(Repository::documents);
        all.filter(move |document| seen.insert(document.digest()))
    }

    /// Who can sign in.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }
}
