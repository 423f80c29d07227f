//! What every part of the task stands on: a folder for configs and logs, the storage that all registries share, the
//! tools, and the population that was pushed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use hub_sim::{Population, Repository, Sim};

use super::fill;
use super::registry::{Auth, Registry};

/// The common ground of all parts.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    /// Where configs, logs and files of credentials are.
    pub(crate) folder: &'a Path,
    /// The tools of ours.
    pub(crate) bins: &'a Path,
    /// The odd images.
    pub(crate) odd: PathBuf,
    /// What was pushed.
    pub(crate) population: Population,
}

impl Stage<'_> {
    /// A docker-registry called `name` over the storage.
    pub(crate) fn registry(&self, name: &str, auth: &Auth<'_>) -> anyhow::Result<Registry> {
        Registry::start(self.folder, name, &self.folder.join("storage"), auth)
    }

    /// A docker-registry called `name` whose tokens `sim` makes.
    pub(crate) fn registry_of(&self, name: &str, sim: &Sim) -> anyhow::Result<Registry> {
        let certificates = self.file(&format!("{name}.pem"), &sim.token_certificate())?;
        let realm = format!("{}/token", sim.url());
        self.registry(
            name,
            &Auth::Token {
                realm: &realm,
                certificates: &certificates,
            },
        )
    }

    /// The repositories that have tags: a registry knows no others.
    pub(crate) fn repositories(&self) -> Vec<&Repository> {
        fill::repositories(&self.population)
            .filter(|repository| repository.tags().next().is_some())
            .collect()
    }

    /// `user:password` in a file. The tools give access tokens of Docker Hub to nobody else, whatever they are told.
    pub(crate) fn credentials(&self, user: &str) -> anyhow::Result<PathBuf> {
        let known = self.population.accounts().user(user);
        let password = &known.context("no such user")?.password;
        self.file(&format!("{user}.secret"), &format!("{user}:{password}"))
    }

    /// `text` in the file `name` of the folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }
}
