//! The records of one reference: of one platform, of several, of all, or the entries of its index.

use std::collections::{HashSet, VecDeque};
use std::str::FromStr;

use super::documents::Known;
use super::entries::pin_record;
use super::every::Listed;
use super::extras::Extras;
use super::known::KnownTag;
use super::manifest::Manifest;
use crate::client::Client;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::Platform;
use crate::reference::{Reference, Repository};

/// One thing that is demanded of an image's platforms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// This one.
    One(Platform),
    /// A record for each.
    All,
    /// What the index says, without fetching more.
    List,
}

/// Which platforms of an image are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Platforms {
    /// The preferred one (DECISIONS 19).
    Preferred,
    /// These.
    Demanded(Vec<Platform>),
    /// All that there are.
    All,
    /// The entries of the index.
    List,
}

/// What is wanted of each image.
#[derive(Clone, Debug)]
pub struct ImageQuery {
    /// Of which platforms.
    pub platforms: Platforms,
    /// Beside what every record says.
    pub extras: Extras,
    /// Whether the run is about one reference alone, so that a HEAD would save nothing (DECISIONS 17).
    pub alone: bool,
    /// Whether references with their digests are all that is wanted, so that nothing is fetched which an index names.
    pub pins: bool,
}

/// The records of one reference, as lines, as they come.
#[derive(Debug)]
pub struct ImageRecords {
    client: Client,
    reference: Reference,
    /// How its digest became known, where it has one.
    known: Known,
    alone: bool,
    pins: bool,
    top: Option<Manifest>,
    extras: Extras,
    left: VecDeque<Left>,
}

#[derive(Debug)]
enum Left {
    Platform(Option<Platform>),
    /// The same, and the manifest that a tag record names for it.
    Named(Option<Platform>, Digest),
    /// All of them.
    Platforms,
    Listed(Box<Listed>),
    Entries,
}

impl FromStr for Demand {
    type Err = Error;

    /// Reads a platform (PLT-6), `all` or `list`.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "all" => Ok(Self::All),
            "list" => Ok(Self::List),
            platform => platform.parse().map(Self::One),
        }
    }
}

impl Platforms {
    /// Several demands together; `all` and `list` stand alone.
    pub fn new(demands: Vec<Demand>) -> Result<Self> {
        match &demands[..] {
            [] => return Ok(Self::Preferred),
            [Demand::All] => return Ok(Self::All),
            [Demand::List] => return Ok(Self::List),
            _ => {}
        }
        let one = |demand| match demand {
            Demand::One(platform) => Ok(platform),
            Demand::All | Demand::List => Err(usage("all and list stand alone")),
        };
        let mut demanded: Vec<Platform> = demands.into_iter().map(one).collect::<Result<_>>()?;
        let mut seen = HashSet::new();
        demanded.retain(|platform| seen.insert(platform.normalized()));
        Ok(Self::Demanded(demanded))
    }

    /// The one platform that a single document is of; `None` stands for the preferred one.
    pub fn single(&self) -> Result<Option<&Platform>> {
        match self {
            Self::Preferred => Ok(None),
            Self::Demanded(demanded) if demanded.len() == 1 => Ok(demanded.first()),
            _ => Err(usage("one document is of one platform")),
        }
    }
}

impl ImageQuery {
    /// What is left to do for one image. A tag record that names a platform's manifest saves the index, unless that is wanted
    /// itself.
    fn left(&self, known: Option<&KnownTag<'_>>) -> VecDeque<Left> {
        let known = known.filter(|_| !self.extras.index);
        let platform = |demand: Option<Platform>| {
            let wanted = demand.clone().unwrap_or_else(Platform::default_preference);
            match known.and_then(|known| known.manifest_for(&wanted)) {
                Some(manifest) => Left::Named(demand, manifest),
                None => Left::Platform(demand),
            }
        };
        match &self.platforms {
            Platforms::Preferred => [platform(None)].into(),
            Platforms::Demanded(demanded) => {
                demanded.iter().cloned().map(Some).map(platform).collect()
            }
            Platforms::All => [Left::Platforms].into(),
            Platforms::List => [Left::Entries].into(),
        }
    }
}

impl Client {
    /// The records of the platforms of an image, or of an artifact. What the tag record that named it knows is not asked for
    /// again.
    pub fn image_records(
        &self,
        reference: &Reference,
        known: Option<&KnownTag<'_>>,
        query: &ImageQuery,
    ) -> ImageRecords {
        let (reference, how) = match known {
            Some(known) => {
                let pinned = reference.clone().with_digest(known.digest().clone());
                (pinned, Known::Named)
            }
            None => (reference.clone(), Known::Typed),
        };
        ImageRecords {
            client: self.clone(),
            reference,
            known: how,
            alone: query.alone,
            pins: query.pins,
            top: None,
            extras: query.extras,
            left: query.left(known),
        }
    }

    /// The top document of a reference. In a stream, a registry that counts pulls is asked by HEAD what a tag points at, and by
    /// GET only for what is not here yet (DECISIONS 17).
    pub(super) async fn top(
        &self,
        reference: &Reference,
        known: Known,
        alone: bool,
    ) -> Result<Manifest> {
        let repository = reference.repository();
        if let Some(digest) = reference.digest() {
            return self.manifest_by_digest(repository, digest, known).await;
        }
        let is_counted = !alone && self.counts_pulls(repository)?;
        let ask = async || {
            if is_counted {
                self.digest(reference).await
            } else {
                Ok(self.manifest_by_tag(reference).await?.digest().clone())
            }
        };
        let digest = self.tag_digest(reference, ask).await?;
        match self
            .manifest_by_digest(repository, &digest, Known::Named)
            .await
        {
            // MAN-8: the header of a HEAD named a digest under which there is nothing.
            Err(error) if is_counted && error.kind() == ErrorKind::NotFound => {
                self.manifest_by_tag(reference).await
            }
            outcome => outcome,
        }
    }

    fn counts_pulls(&self, repository: &Repository) -> Result<bool> {
        let host = repository.host();
        Ok(host.is_docker_hub()
            || self
                .gates()
                .counts_pulls(&self.config().registry_base(host)?))
    }
}

impl ImageRecords {
    /// The next lines; `None` at the end. A platform that fails does not stop the others.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>>> {
        let left = self.left.pop_front()?;
        Some(self.lines(left).await)
    }

    async fn lines(&mut self, left: Left) -> Result<Vec<u8>> {
        match left {
            Left::Named(demand, manifest) if self.pins => {
                let top = self.reference.digest().cloned();
                Ok(self.pin(
                    demand
                        .map_or(top, |_| Some(manifest.clone()))
                        .unwrap_or(manifest),
                ))
            }
            Left::Named(demand, manifest) => {
                match self.named(&manifest, demand.as_ref()).await {
                    // What the list named is gone, or is for another platform: the index knows what is there now.
                    Err(error)
                        if error.kind() == ErrorKind::NotFound
                            && self.reference.digest() != Some(&manifest) =>
                    {
                        self.platform(demand.as_ref()).await
                    }
                    outcome => outcome,
                }
            }
            Left::Platform(demand) if self.pins => self.pinned(demand.as_ref()).await,
            Left::Platform(demand) => self.platform(demand.as_ref()).await,
            Left::Platforms => {
                let top = self.top().await?;
                let repository = self.reference.repository();
                let all = self.client.every_platform(repository, &top).await?;
                let all = all.into_iter().map(Box::new).map(Left::Listed);
                self.left.extend(all);
                Ok(Vec::new())
            }
            Left::Listed(listed) if self.pins => Ok(self.pin(listed.digest()?.clone())),
            Left::Listed(listed) => {
                let top = self.top().await?;
                self.client
                    .platform_record(&self.reference, &top, &listed, self.extras)
                    .await
            }
            Left::Entries => Ok(self.top().await?.entries(&self.reference)),
        }
    }

    /// The reference with the digest of a platform's manifest, or of the top: by HEAD alone, or not asked at all where a list of
    /// this pipe has just said it.
    async fn pinned(&mut self, demand: Option<&Platform>) -> Result<Vec<u8>> {
        let digest = match (demand, self.known, self.reference.digest()) {
            (Some(demand), ..) => {
                let top = self.top().await?;
                let (client, reference) = (&self.client, &self.reference);
                client.digest_for(reference, &top, demand).await?
            }
            (None, Known::Named, Some(digest)) => digest.clone(),
            (None, _, Some(_)) => self.client.digest(&self.reference).await?,
            (None, ..) => {
                let ask = async || self.client.digest(&self.reference).await;
                self.client.tag_digest(&self.reference, ask).await?
            }
        };
        Ok(self.pin(digest))
    }

    fn pin(&self, digest: Digest) -> Vec<u8> {
        pin_record(&self.reference, digest)
    }

    async fn named(&self, manifest: &Digest, demand: Option<&Platform>) -> Result<Vec<u8>> {
        let top = self.reference.digest().unwrap_or(manifest);
        self.client
            .known_record(&self.reference, (top, manifest), demand, self.extras)
            .await
    }

    async fn platform(&mut self, demand: Option<&Platform>) -> Result<Vec<u8>> {
        let top = self.top().await?;
        self.client
            .image_record(&self.reference, &top, demand, self.extras)
            .await
    }

    async fn top(&mut self) -> Result<Manifest> {
        if let Some(top) = &self.top {
            return Ok(top.clone());
        }
        let top = self
            .client
            .top(&self.reference, self.known, self.alone)
            .await?;
        Ok(self.top.insert(top).clone())
    }
}

fn usage(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platforms(demands: &[&str]) -> Result<Platforms> {
        Platforms::new(
            demands
                .iter()
                .map(|demand| demand.parse().unwrap())
                .collect(),
        )
    }

    #[test]
    fn all_and_list_stand_alone_plt_6() {
        assert_eq!(platforms(&[]).unwrap(), Platforms::Preferred);
        assert_eq!(platforms(&["all"]).unwrap(), Platforms::All);
        assert_eq!(platforms(&["list"]).unwrap(), Platforms::List);
        let two = platforms(&["linux/amd64", "linux/arm64"]).unwrap();
        assert!(matches!(&two, Platforms::Demanded(two) if two.len() == 2));
        for together in [["all", "list"], ["all", "all"], ["linux/amd64", "all"]] {
            assert!(platforms(&together).is_err(), "{together:?}");
        }
    }

    #[test]
    fn one_document_is_of_one_platform() {
        assert_eq!(platforms(&[]).unwrap().single().unwrap(), None);
        let one = platforms(&["linux/arm64"]).unwrap();
        assert_eq!(
            one.single().unwrap(),
            Some(&Platform::new("linux", "arm64"))
        );
        for several in [&["all"][..], &["list"], &["linux/amd64", "linux/arm64"]] {
            assert!(platforms(several).unwrap().single().is_err(), "{several:?}");
        }
    }
}
