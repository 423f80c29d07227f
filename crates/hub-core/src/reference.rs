//! References: what people type and what records carry in `ref`.
//!
//! Short forms are completed here and nowhere else (REGISTRY.md §14), and `Display` gives the canonical form, which parses back
//! to an equal value. Blanks, JSON and lines are not known here: those belong to the pipe.

use std::fmt;
use std::str::FromStr;

use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::name::{Host, LIBRARY, NamespaceName, RepositoryName, Tag, quoted, refused};

/// A repository on its host: `docker.io/ansible/awx`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    host: Host,
    name: RepositoryName,
}

impl Repository {
    /// The repository `name` at `host`. On Docker Hub a path of one component gets `library/` in front (REFN-6), which can make
    /// it too long.
    pub fn new(host: Host, name: RepositoryName) -> Result<Self> {
        let name = match name.namespace() {
            None if host.is_docker_hub() => format!("{LIBRARY}/{name}").parse()?,
            _ => name,
        };
        Ok(Self { host, name })
    }

    /// The registry.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The path below the host, complete: `library/nginx`.
    pub fn name(&self) -> &RepositoryName {
        &self.name
    }

    /// Namespace and name, as the web API of Docker Hub has them: at that host only, and with exactly two levels.
    pub fn on_docker_hub(&self) -> Result<(&str, &str)> {
        if !self.host.is_docker_hub() {
            let what =
                format!("{self} is not on docker.io, and only Docker Hub has this interface");
            return Err(Error::new(ErrorKind::Unsupported, what));
        }
        match self.name.namespace() {
            Some(namespace) if !self.name.name().contains('/') => Ok((namespace, self.name.name())),
            _ => Err(refused(
                "repository",
                &self.to_string(),
                "docker.io has NAMESPACE/NAME only",
            )),
        }
    }

    /// Reads `host/path`, in which the host may be left out.
    fn parse(text: &str) -> Result<Self> {
        if text.contains("://") {
            return Err(refused("repository", text, "this is a URL"));
        }
        let (host, path) = match text.split_once('/') {
            Some((host, path)) if Host::is_named_by(host) => (host.parse()?, path),
            _ => (Host::docker_hub(), text),
        };
        let name = match path.strip_prefix("_/") {
            Some(path) if host.is_docker_hub() => format!("{LIBRARY}/{path}").parse()?,
            _ => path.parse()?,
        };
        Self::new(host, name)
    }
}

impl FromStr for Repository {
    type Err = Error;

    /// Reads a reference that has neither tag nor digest.
    fn from_str(text: &str) -> Result<Self> {
        match text.parse()? {
            Reference {
                repository,
                tag: None,
                digest: None,
            } => Ok(repository),
            _ => Err(refused("repository", text, "it has a tag or a digest")),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.name)
    }
}

/// A namespace of Docker Hub: `docker.io/ansible/`. The slash at the end tells it from the repository `library/ansible`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Namespace {
    name: NamespaceName,
}

impl Namespace {
    /// The namespace of that name.
    pub fn new(name: NamespaceName) -> Self {
        Self { name }
    }

    /// Its name.
    pub fn name(&self) -> &NamespaceName {
        &self.name
    }

    /// The repository `name` in this namespace.
    pub fn repository(&self, name: &str) -> Result<Repository> {
        Repository::new(Host::docker_hub(), format!("{}/{name}", self.name).parse()?)
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", Host::docker_hub(), self.name)
    }
}

/// A repository, or something in it: `docker.io/library/nginx:1.27@sha256:…`. Tag and digest are those that were given; no
/// default is filled in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    repository: Repository,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

impl Reference {
    /// Where it is.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The tag, where one was given.
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest, where one was given. It identifies, whatever the tag says (REFN-7).
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same with the tag `latest` where there is neither a tag nor a digest (REFN-7).
    #[must_use]
    pub fn or_latest(self) -> Self {
        if self.tag.is_none() && self.digest.is_none() {
            self.with_tag(Tag::latest())
        } else {
            self
        }
    }

    /// The same with this tag.
    #[must_use]
    pub fn with_tag(self, tag: Tag) -> Self {
        Self {
            tag: Some(tag),
            ..self
        }
    }

    /// The same with this digest; the tag stays, to be shown.
    #[must_use]
    pub fn with_digest(self, digest: Digest) -> Self {
        Self {
            digest: Some(digest),
            ..self
        }
    }
}

impl From<Repository> for Reference {
    fn from(repository: Repository) -> Self {
        Self {
            repository,
            tag: None,
            digest: None,
        }
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = without_transport(text);
        if is_image_id(text) {
            return Err(refused(
                "reference",
                text,
                "this is the ID of an image, not its name",
            ));
        }
        let (text, digest) = match text.split_once('@') {
            Some((text, digest)) => (text, Some(digest.parse()?)),
            None => (text, None),
        };
        let (text, tag) = match text.rsplit_once(':') {
            // A colon with a path behind it stands before a port.
            Some((text, tag)) if !tag.contains('/') => (text, Some(tag.parse()?)),
            _ => (text, None),
        };
        let repository = Repository::parse(text)?;
        Ok(Self {
            repository,
            tag,
            digest,
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// Whatever a `ref` can name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// A whole registry: `docker.io/`.
    Host(Host),
    /// A namespace of Docker Hub: `docker.io/ansible/`.
    Namespace(Namespace),
    /// A repository, or something in it.
    Reference(Reference),
}

/// What a word without `/`, tag and digest means to the tool that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// `ansible` is the namespace `docker.io/ansible/`.
    Namespace,
    /// `nginx` is the repository `docker.io/library/nginx`.
    Repository,
}

impl Target {
    /// Reads what a person typed or a record carried.
    pub fn parse(text: &str, word: Word) -> Result<Self> {
        let text = without_transport(text);
        if let Some(container) = text.strip_suffix('/') {
            return Self::parse_container(container);
        }
        let is_word = !text.contains(['/', ':', '@']) && !is_image_id(text);
        if is_word && word == Word::Namespace {
            return Ok(Self::Namespace(Namespace::new(text.parse()?)));
        }
        text.parse().map(Self::Reference)
    }

    /// Reads what stood before a `/` at the end.
    fn parse_container(text: &str) -> Result<Self> {
        let (host, name) = match text.split_once('/') {
            None if Host::is_named_by(text) => return text.parse().map(Self::Host),
            Some((host, name)) if Host::is_named_by(host) => (host.parse::<Host>()?, name),
            _ => {
                return Err(refused(
                    "reference",
                    text,
                    "a namespace is written docker.io/NAME/",
                ));
            }
        };
        let name: NamespaceName = name.parse()?;
        if host.is_docker_hub() {
            return Ok(Self::Namespace(Namespace::new(name)));
        }
        let what = format!(
            "{} has no namespaces that could be listed",
            quoted(host.as_str())
        );
        Err(Error::new(ErrorKind::Unsupported, what))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => write!(f, "{host}/"),
            Self::Namespace(namespace) => namespace.fmt(f),
            Self::Reference(reference) => reference.fmt(f),
        }
    }
}

/// `text` without the transport that skopeo and Kubernetes put in front.
fn without_transport(text: &str) -> &str {
    let transports = ["docker://", "docker-pullable://"];
    let stripped = transports
        .iter()
        .find_map(|transport| text.strip_prefix(transport));
    stripped.unwrap_or(text)
}

/// REFN-8.
fn is_image_id(text: &str) -> bool {
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 64 && text.bytes().all(hex)
}

#[cfg(test)]
mod tests;
