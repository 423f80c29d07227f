//! The records of one reference: of one platform, of several, of all, or the entries of its index.

use std::collections::VecDeque;
use std::str::FromStr;

use super::choice::Listed;
use super::extras::Extras;
use super::manifest::Manifest;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::Platform;
use crate::reference::Reference;

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

/// The records of one reference, as lines, as they come.
#[derive(Debug)]
pub struct ImageRecords {
    client: Client,
    reference: Reference,
    top: Manifest,
    extras: Extras,
    left: VecDeque<Left>,
}

#[derive(Debug)]
enum Left {
    Platform(Option<Platform>),
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
        let demanded = demands.into_iter().map(one);
        demanded.collect::<Result<_>>().map(Self::Demanded)
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

impl Client {
    /// The records of the platforms of an image, or of an artifact.
    pub async fn image_records(
        &self,
        reference: &Reference,
        platforms: &Platforms,
        extras: Extras,
    ) -> Result<ImageRecords> {
        let top = self.manifest(reference).await?;
        let left = match platforms {
            Platforms::Preferred => [Left::Platform(None)].into(),
            Platforms::Demanded(demanded) => {
                let demanded = demanded.iter().cloned().map(Some);
                demanded.map(Left::Platform).collect()
            }
            Platforms::All => {
                let all = self.platforms(reference.repository(), &top).await?;
                all.into_iter().map(Box::new).map(Left::Listed).collect()
            }
            Platforms::List => [Left::Entries].into(),
        };
        Ok(ImageRecords {
            client: self.clone(),
            reference: reference.clone(),
            top,
            extras,
            left,
        })
    }
}

impl ImageRecords {
    /// The next lines; `None` at the end. A platform that fails does not stop the others.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>>> {
        let (client, reference, top) = (&self.client, &self.reference, &self.top);
        Some(match self.left.pop_front()? {
            Left::Platform(demand) => {
                client
                    .image_record(reference, top, demand.as_ref(), self.extras)
                    .await
            }
            Left::Listed(listed) => {
                client
                    .platform_record(reference, top, &listed, self.extras)
                    .await
            }
            Left::Entries => Ok(top.entries(reference)),
        })
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
