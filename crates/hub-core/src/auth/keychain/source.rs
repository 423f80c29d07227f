//! One source of credentials: what it is called, for whom it is, and its file, read once when it is needed.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Once, OnceLock};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::super::credential::Credential;
use super::super::docker_config::{self, Flavour, StoredLogins};
use super::CredentialHost;
use crate::error::shorten;
use crate::name::Host;

/// A place where credentials are. Its `Display` is what people call it.
#[derive(Clone, Debug)]
pub enum Source {
    /// `--credentials FILE`: for one host, and for who stands in for Docker Hub if that is the host.
    Given {
        /// What the file holds. A token that only Docker Hub can have made is for Docker Hub, whatever the host.
        credential: Credential,
        /// The host; without one, the one that [`Keychain::note_host`](super::Keychain::note_host) told first.
        for_host: Option<Host>,
    },
    /// A pair of variables of the environment: for Docker Hub alone.
    Pair {
        /// `DOCKERHUB_USERNAME and DOCKERHUB_TOKEN`.
        names: &'static str,
        /// What they hold.
        credential: Credential,
        /// Whether it may go to who stands in for Docker Hub (DECISIONS 28).
        hub_override: bool,
        /// Whether its names are so common that its use is said (DECISIONS 26).
        last_resort: bool,
    },
    /// The value of `DOCKER_AUTH_CONFIG`.
    DockerAuthConfig(SecretString),
    /// Docker's config.json.
    DockerConfig(PathBuf),
    /// Containers' auth.json.
    ContainersAuth(PathBuf),
    /// The old `.dockercfg`.
    DockerCfg(PathBuf),
}

impl Source {
    /// The credential that this source is, where it is one.
    pub(super) fn credential(&self) -> Option<&Credential> {
        match self {
            Self::Given { credential, .. } | Self::Pair { credential, .. } => Some(credential),
            _ => None,
        }
    }

    /// Whether the one credential of this source is for `host`.
    pub(super) fn is_for(&self, host: &CredentialHost, run_host: Option<&Host>) -> bool {
        match self {
            Self::Given { credential, .. } if credential.is_of_docker_hub() => {
                host.is_docker_hubs()
            }
            Self::Given { for_host, .. } => {
                let wanted = for_host.as_ref().or(run_host);
                wanted.is_some_and(|wanted| host.is(wanted))
            }
            Self::Pair { hub_override, .. } => {
                host.is_docker_hubs() && (*hub_override || host.stand_in.is_none())
            }
            _ => false,
        }
    }

    /// Whether its use is said.
    pub(super) fn is_last_resort(&self) -> bool {
        matches!(
            self,
            Self::Pair {
                last_resort: true,
                ..
            }
        )
    }

    /// Reads the logins, and says what is wrong with them.
    fn load(&self) -> Option<StoredLogins> {
        let (text, flavour) = match self {
            Self::DockerAuthConfig(text) => {
                let text = Zeroizing::new(text.expose_secret().to_owned());
                (Ok(Some(text)), Flavour::AuthConfig)
            }
            Self::DockerConfig(path) => (read(path), Flavour::Docker),
            Self::ContainersAuth(path) => (read(path), Flavour::Containers),
            Self::DockerCfg(path) => (read(path), Flavour::DockerCfg),
            Self::Given { .. } | Self::Pair { .. } => return None,
        };
        let text = text.unwrap_or_else(|error| {
            tracing::warn!("{self} cannot be read and is skipped: {error}");
            None
        })?;
        match docker_config::parse(&text, flavour) {
            Ok(logins) => {
                for fault in logins.faults() {
                    tracing::warn!("{self}: {fault}");
                }
                Some(logins)
            }
            Err(problem) => {
                let (line, column) = (problem.line, problem.column);
                let what = problem.what;
                tracing::warn!("{self}, line {line}, column {column}: {what}; it is skipped");
                None
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut file = |name: &str, path: &Path| {
            write!(f, "{name} ({})", shorten(&path.to_string_lossy(), 300))
        };
        match self {
            Self::Given { .. } => f.write_str("--credentials"),
            Self::Pair { names, .. } => f.write_str(names),
            Self::DockerAuthConfig(_) => f.write_str("DOCKER_AUTH_CONFIG"),
            Self::DockerConfig(path) => file("docker's config.json", path),
            Self::ContainersAuth(path) => file("containers' auth.json", path),
            Self::DockerCfg(path) => file("the old .dockercfg", path),
        }
    }
}

/// A source with what is known of it.
#[derive(Debug)]
pub(super) struct Held {
    source: Source,
    logins: OnceLock<Option<StoredLogins>>,
    warned: Once,
}

impl Held {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            logins: OnceLock::new(),
            warned: Once::new(),
        }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// The logins that are stored there, read when somebody asks for the first time.
    pub(super) fn logins(&self) -> Option<&StoredLogins> {
        self.logins.get_or_init(|| self.source.load()).as_ref()
    }

    /// Warns, unless this source was warned about before.
    pub(super) fn warn_once(&self, text: impl FnOnce(&Source) -> String) {
        self.warned
            .call_once(|| tracing::warn!("{}", text(&self.source)));
    }
}

/// Stored logins have a few kilobytes.
const LARGEST_FILE: u64 = 1024 * 1024;

/// The text of a file. `None`: there is no such file.
fn read(path: &Path) -> io::Result<Option<Zeroizing<String>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut text = Zeroizing::new(String::new());
    file.take(LARGEST_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST_FILE {
        let what = format!("it is larger than {LARGEST_FILE} bytes");
        return Err(io::Error::other(what));
    }
    Ok(Some(text))
}
