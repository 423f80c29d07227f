//! What is compared: one question about one reference, put to a tool of ours and to skopeo. Knows no verdict.

use std::collections::HashSet;

use hub_sim::{Platform, Population, Repository, Tag};

use super::bench::{Bench, Outcome};
use super::fill::repositories;

/// Images with several platforms that each repository is asked about, platform by platform.
const SAMPLE: usize = 2;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The whole document.
    Inspect,
    /// The whole document for another platform than linux/amd64.
    Platform,
    /// The manifest's or index's bytes.
    Raw,
    /// The config's bytes.
    Config,
}

impl Kind {
    /// As the summary calls it: the flag of ours.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inspect => "--skopeo",
            Self::Platform => "--skopeo --platform",
            Self::Raw => "--raw",
            Self::Config => "--config",
        }
    }
}

/// One question.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// What is asked.
    pub(crate) kind: Kind,
    /// `repository:tag`, and the platform where one is demanded.
    pub(crate) name: String,
    host: String,
    image: String,
    platform: Demand,
}

/// A platform in the words of both programs.
#[derive(Clone, Debug)]
struct Demand {
    os: String,
    architecture: String,
    variant: Option<String>,
}

impl Case {
    /// `kind` about `image`, `repository:tag`, at `host`, for linux/amd64.
    pub(crate) fn new(kind: Kind, host: &str, image: &str) -> Self {
        Self {
            kind,
            name: image.to_owned(),
            host: host.to_owned(),
            image: image.to_owned(),
            platform: Demand {
                os: "linux".to_owned(),
                architecture: "amd64".to_owned(),
                variant: None,
            },
        }
    }

    /// The document of `image` for `platform`, `os/architecture` or `os/architecture/variant`.
    pub(crate) fn for_platform(host: &str, image: &str, platform: &str) -> Self {
        let mut parts = platform.splitn(3, '/').map(str::to_owned);
        let demand = Demand {
            os: parts.next().unwrap_or_default(),
            architecture: parts.next().unwrap_or_default(),
            variant: parts.next(),
        };
        Self {
            name: format!("{image} {platform}"),
            platform: demand,
            ..Self::new(Kind::Platform, host, image)
        }
    }

    /// What hub-inspect answers.
    pub(crate) fn ours(&self, bench: &Bench<'_>) -> anyhow::Result<Outcome> {
        let reference = format!("{}/{}", self.host, self.image);
        let platform = self.platform.written();
        let flags: &[&str] = match self.kind {
            Kind::Inspect => &["--skopeo"],
            Kind::Platform => &["--skopeo", "--platform", &platform],
            Kind::Raw => &["--raw"],
            Kind::Config => &["--config"],
        };
        let args = [&["-q", "--plain-http", &self.host], flags, &[&reference]].concat();
        bench.tool("hub-inspect", &args, "")
    }

    /// What skopeo answers.
    pub(crate) fn theirs(&self, bench: &Bench<'_>) -> anyhow::Result<Outcome> {
        let address = format!("docker://{}/{}", self.host, self.image);
        let Demand {
            os,
            architecture,
            variant,
        } = &self.platform;
        let mut args = vec!["--override-os", os, "--override-arch", architecture];
        if let Some(variant) = variant {
            args.extend(["--override-variant", variant]);
        }
        args.extend(["inspect", "--tls-verify=false"]);
        args.extend(match self.kind {
            Kind::Inspect | Kind::Platform => &[][..],
            Kind::Raw => &["--raw"],
            Kind::Config => &["--config", "--raw"],
        });
        args.push(&address);
        bench.skopeo(&args)
    }
}

impl Demand {
    fn written(&self) -> String {
        let variant = self.variant.as_deref();
        let parts = [Some(&*self.os), Some(&self.architecture), variant];
        parts.into_iter().flatten().collect::<Vec<_>>().join("/")
    }
}

/// Every tag's document; the bytes of every digest once; a sample of the platforms.
pub(crate) fn of_population(host: &str, population: &Population) -> Vec<Case> {
    repositories(population)
        .flat_map(|repository| of_repository(host, repository))
        .collect()
}

fn of_repository(host: &str, repository: &Repository) -> Vec<Case> {
    let name = repository.full_name();
    let mut seen = HashSet::new();
    let mut sampled = 0;
    let mut cases = Vec::new();
    for tag in repository.tags() {
        let image = format!("{name}:{}", tag.name);
        cases.push(Case::new(Kind::Inspect, host, &image));
        if !seen.insert(tag.digest) {
            continue;
        }
        cases.push(Case::new(Kind::Raw, host, &image));
        cases.push(Case::new(Kind::Config, host, &image));
        if tag.platforms.len() > 1 && sampled < SAMPLE {
            sampled += 1;
            cases.extend(of_platforms(host, &image, &tag));
        }
    }
    cases
}

fn of_platforms(host: &str, image: &str, tag: &Tag<'_>) -> Vec<Case> {
    let others = tag
        .platforms
        .iter()
        .filter(|platform| (platform.os, platform.architecture) != ("linux", "amd64"));
    others
        .map(|platform| Case::for_platform(host, image, &written(platform)))
        .collect()
}

fn written(platform: &Platform) -> String {
    let Platform {
        os, architecture, ..
    } = platform;
    match platform.variant {
        Some(variant) => format!("{os}/{architecture}/{variant}"),
        None => format!("{os}/{architecture}"),
    }
}
