//! What `--platform` demands, and the records that it makes of one reference.

use std::str::FromStr;

use hub_core::{Error, ErrorKind, Extras, Platform, Result};
use hub_pipe::Records;

use crate::Subject;

/// One value of `--platform`.
#[derive(Clone, Debug)]
pub(crate) enum Demand {
    One(Platform),
    All,
    List,
}

/// All values of `--platform` together.
#[derive(Debug)]
pub(crate) enum Platforms {
    /// None: the preferred one.
    Preferred,
    Demanded(Vec<Platform>),
    All,
    List,
}

impl FromStr for Demand {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "all" => Ok(Self::All),
            "list" => Ok(Self::List),
            platform => platform.parse().map(Self::One),
        }
    }
}

impl Platforms {
    /// `all` and `list` stand alone.
    pub(crate) fn new(mut demands: Vec<Demand>) -> Result<Self> {
        match (demands.len(), demands.pop()) {
            (_, None) => Ok(Self::Preferred),
            (1, Some(Demand::All)) => Ok(Self::All),
            (1, Some(Demand::List)) => Ok(Self::List),
            (_, Some(last)) => {
                demands.push(last);
                let one = |demand| match demand {
                    Demand::One(platform) => Ok(platform),
                    Demand::All | Demand::List => Err(usage("all and list stand alone")),
                };
                let demanded = demands.into_iter().map(one);
                demanded.collect::<Result<_>>().map(Self::Demanded)
            }
        }
    }

    /// A single document is of one platform.
    pub(crate) fn at_most_one(&self) -> Result<()> {
        match self {
            Self::Preferred => Ok(()),
            Self::Demanded(demanded) if demanded.len() == 1 => Ok(()),
            _ => Err(usage("one document is of one platform")),
        }
    }

    /// The one platform that is demanded.
    pub(crate) fn demand(&self) -> Option<&Platform> {
        match self {
            Self::Demanded(demanded) => demanded.first(),
            _ => None,
        }
    }

    /// Writes a record for each platform. One that fails does not stop the others; the first failure counts.
    pub(crate) async fn records(
        &self,
        subject: Subject<'_>,
        extras: Extras,
        records: &mut Records,
    ) -> Result<()> {
        let Subject {
            client,
            reference,
            top,
        } = subject;
        let mut outcome = Ok(());
        match self {
            Self::Preferred => {
                let record = client.image_record(reference, top, None, extras).await?;
                records.write(record).await;
            }
            Self::Demanded(demanded) => {
                for demand in demanded {
                    let record = client
                        .image_record(reference, top, Some(demand), extras)
                        .await;
                    outcome = outcome.and(write(record, records).await);
                }
            }
            Self::All => {
                for listed in client.platforms(reference.repository(), top).await? {
                    let record = client
                        .platform_record(reference, top, &listed, extras)
                        .await;
                    outcome = outcome.and(write(record, records).await);
                }
            }
            Self::List => records.write(top.entries(reference)).await,
        }
        outcome
    }
}

async fn write(record: Result<Vec<u8>>, records: &mut Records) -> Result<()> {
    records.write(record?).await;
    Ok(())
}

fn usage(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, what)
}
