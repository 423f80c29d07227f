//! Which credential is for which host: the sources in their order, each asked when it is needed and no earlier.
//!
//! DECISIONS 26 … 29. Which sources there are, and in which order, is told by the caller, who has read the flags and the
//! environment. Warnings and what `-v` shows go out as events of `tracing`.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use url::Url;

use super::credential::Credential;
use super::docker_config::{Entry, is_docker_hubs};
use super::helper::{self, Outcome};
use super::redact::Redactor;
use crate::error::shorten;
use crate::http::redirect::{is_loopback, origin};
use crate::memo::Memo;
use crate::name::{Host, RepositoryName, quoted};

mod source;

pub use source::Source;

/// The credentials of a run. Clones share what was read and asked; `Debug` shows the names of the sources only.
#[derive(Clone)]
pub struct Keychain(Arc<Shared>);

struct Shared {
    sources: Vec<source::Held>,
    helper_path: OsString,
    /// The host of the run's references, as soon as there is one.
    run_host: OnceLock<Host>,
    helpers: Memo<(String, String), Outcome>,
    told: Mutex<HashSet<String>>,
    redactor: Redactor,
}

/// Hosts and helpers that are remembered at once.
const MOST: usize = 1024;

/// Whom a credential would go to.
#[derive(Clone, Debug)]
pub struct CredentialHost {
    host: Host,
    stand_in: Option<Url>,
}

impl CredentialHost {
    /// The host that a reference names.
    pub fn named(host: Host) -> Self {
        let stand_in = None;
        Self { host, stand_in }
    }

    /// Docker Hub, answered by `endpoint` instead: another host as far as credentials go (DECISIONS 28).
    pub fn stand_in(endpoint: Url) -> Self {
        Self {
            host: Host::docker_hub(),
            stand_in: Some(endpoint),
        }
    }

    /// Whether nobody on the way can read what is sent; of a host that a reference names, the client sees to that itself.
    fn is_safe(&self) -> bool {
        let safe = |url: &Url| url.scheme() == "https" || is_loopback(url);
        self.stand_in.as_ref().is_none_or(safe)
    }

    fn is_docker_hubs(&self) -> bool {
        is_docker_hubs(&self.host)
    }

    fn is(&self, host: &Host) -> bool {
        &self.host == host || self.is_docker_hubs() && is_docker_hubs(host)
    }
}

impl fmt::Display for CredentialHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stand_in {
            Some(endpoint) => write!(f, "{} at {}", self.host, origin(endpoint)),
            None => self.host.fmt(f),
        }
    }
}

/// A credential and where it came from.
#[derive(Clone, Debug)]
pub struct Found {
    /// What to show to the host.
    pub credential: Credential,
    /// For people: `docker's config.json (/home/me/.docker/config.json)`.
    pub source: String,
}

impl Found {
    /// What it is and where it came from, for people: `a password from DOCKER_HUB_USERNAME and DOCKER_HUB_PASSWORD`.
    pub fn described(&self) -> String {
        format!("{} from {}", self.credential.kind_name(), self.source)
    }
}

/// What one source has for a host.
enum Answer {
    Found(Found),
    Nothing,
    /// There may be something, and it cannot be had.
    Trouble,
}

impl Keychain {
    /// No credentials at all.
    pub fn anonymous() -> Self {
        Self::new(Vec::new(), OsString::new())
    }

    /// Sources in the order in which they are asked, and the PATH in whose absolute entries helpers are looked for. Nothing
    /// is read or run before the first lookup.
    pub fn new(sources: Vec<Source>, helper_path: OsString) -> Self {
        let redactor = Redactor::default();
        for credential in sources.iter().filter_map(Source::credential) {
            redactor.add_credential(credential);
        }
        Self(Arc::new(Shared {
            sources: sources.into_iter().map(source::Held::new).collect(),
            helper_path,
            run_host: OnceLock::new(),
            helpers: Memo::new(MOST),
            told: Mutex::default(),
            redactor,
        }))
    }

    /// Says that the run has references of `host`; the first one counts, so this must be called in the order of the inputs
    /// and before anything is asked about them. [`Source::Given`] without a host is for that one.
    pub fn note_host(&self, host: &Host) {
        let _ = self.0.run_host.set(host.clone());
    }

    /// All secrets that were given, and those that were found so far.
    pub fn redactor(&self) -> &Redactor {
        &self.0.redactor
    }

    /// What to show to `host` for `repository`, and `None` to go there anonymously. The first source that has something
    /// counts.
    pub async fn lookup(
        &self,
        host: &CredentialHost,
        repository: Option<&RepositoryName>,
    ) -> Option<Found> {
        let found = self.search(host, repository).await;
        if let Some(found) = &found {
            self.0.redactor.add_credential(&found.credential);
        }
        self.tell(host, found.as_ref());
        found
    }

    async fn search(
        &self,
        host: &CredentialHost,
        repository: Option<&RepositoryName>,
    ) -> Option<Found> {
        for held in &self.0.sources {
            match self.ask(held, host, repository).await {
                Answer::Found(found) => return Some(found),
                Answer::Nothing => {}
                // A later source may be another account: what a run sees must not depend on whether somebody unlocked a
                // keychain in time. Anonymous is the answer that DECISIONS 29 wants.
                Answer::Trouble => return None,
            }
        }
        None
    }

    async fn ask(
        &self,
        held: &source::Held,
        host: &CredentialHost,
        repository: Option<&RepositoryName>,
    ) -> Answer {
        if let Some(credential) = held.source().credential() {
            return self.ask_given(held, credential, host);
        }
        // DECISIONS 28: what is stored for Docker Hub is not for who stands in for it.
        if host.stand_in.is_some() {
            return Answer::Nothing;
        }
        let entry = held
            .logins()
            .and_then(|logins| logins.for_host(&host.host, repository));
        match entry {
            None => Answer::Nothing,
            Some(Entry::Credential(credential)) => Answer::Found(Found {
                credential,
                source: held.source().to_string(),
            }),
            Some(Entry::Helper { suffix, server }) => {
                let name = shorten(&suffix, 80);
                let source = format!("docker-credential-{name}, named by {}", held.source());
                self.ask_helper((suffix, server), source).await
            }
        }
    }

    /// A source that is one credential.
    fn ask_given(
        &self,
        held: &source::Held,
        credential: &Credential,
        host: &CredentialHost,
    ) -> Answer {
        if !held.source().is_for(host, self.0.run_host.get()) {
            return Answer::Nothing;
        }
        if !host.is_safe() {
            held.warn_once(|source| {
                format!("not sending {source} to {host}: it is neither https nor this machine")
            });
            return Answer::Nothing;
        }
        if held.source().is_last_resort() {
            held.warn_once(|source| {
                format!("using {source} for {host}; unset them if they are for another registry")
            });
        }
        let credential = credential.clone();
        Answer::Found(Found {
            credential: if host.is_docker_hubs() {
                credential.on_docker_hub()
            } else {
                credential.elsewhere()
            },
            source: held.source().to_string(),
        })
    }

    /// A helper is asked once for each server, however many wait for the answer (CRED-13).
    async fn ask_helper(&self, key: (String, String), source: String) -> Answer {
        let (suffix, server) = (&key.0, &key.1);
        let Shared {
            helper_path,
            redactor,
            ..
        } = &*self.0;
        let run = async || {
            let outcome =
                helper::get(suffix, server, helper_path, helper::TIME_LIMIT, redactor).await;
            if let Outcome::Trouble(why) = &outcome {
                let server = quoted(server);
                tracing::warn!("{source}, asked for {server}: {why}; going on anonymously there");
            }
            Ok(outcome)
        };
        match self.0.helpers.get(&key, |_| true, run).await {
            Ok(Outcome::Found(credential)) => Answer::Found(Found { credential, source }),
            Ok(Outcome::NotFound) => Answer::Nothing,
            Ok(Outcome::Trouble(_)) | Err(_) => Answer::Trouble,
        }
    }

    /// Says once for each host who we are there.
    fn tell(&self, host: &CredentialHost, found: Option<&Found>) {
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST || !told.insert(host.to_string()) {
            return;
        }
        let Some(Found { credential, source }) = found else {
            tracing::debug!("credentials for {host}: none, anonymous");
            return;
        };
        let user = credential
            .user()
            .map(|user| format!(" of {}", quoted(user)));
        let (kind, user) = (credential.kind_name(), user.unwrap_or_default());
        tracing::debug!("credentials for {host}: {kind}{user}, from {source}");
    }
}

impl fmt::Debug for Keychain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.sources.iter().map(|held| held.source().to_string());
        f.debug_list().entries(names).finish()
    }
}

#[cfg(test)]
mod tests;
