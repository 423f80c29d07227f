//! Platforms, and the choice of one among the children of an index.
//!
//! The choice is a pure function; fetching an index, and what a missing platform becomes in a record, is not
//! known here. Facts: REGISTRY.md §13, DECISIONS 19.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result, shorten};
use crate::name::refused;

/// An operating system on an architecture: `linux/arm/v7`, `windows/amd64:10.0.17763`.
///
/// The fields are the document's own strings, which may be anything; [`Platform::normalized`] is for comparing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Platform {
    /// `linux`, `windows`.
    pub os: String,
    /// `amd64`, `arm64`.
    pub architecture: String,
    /// `v7`, `v8`; an empty one counts as none.
    pub variant: Option<String>,
    /// `10.0.17763.1234`, on Windows; an empty one counts as none.
    pub os_version: Option<String>,
}

impl Platform {
    /// A platform without variant and version.
    pub fn new(os: impl Into<String>, architecture: impl Into<String>) -> Self {
        Self {
            os: os.into(),
            architecture: architecture.into(),
            variant: None,
            os_version: None,
        }
    }

    /// The same with this variant; an empty one is none, as in the records of Docker Hub.
    #[must_use]
    pub fn with_variant(self, variant: Option<String>) -> Self {
        let variant = variant.filter(|text| !text.is_empty());
        Self { variant, ..self }
    }

    /// The same with this version of the operating system; an empty one is none.
    #[must_use]
    pub fn with_os_version(self, os_version: Option<String>) -> Self {
        let os_version = os_version.filter(|text| !text.is_empty());
        Self { os_version, ..self }
    }

    /// What is preferred where nothing was asked: `linux/amd64`, on every machine (PLT-4).
    pub fn default_preference() -> Self {
        Self::new("linux", "amd64")
    }

    /// The form in which equal platforms compare equal (PLT-1).
    #[must_use]
    pub fn normalized(&self) -> Self {
        let lower = |text: &String| text.to_ascii_lowercase();
        let os = match lower(&self.os) {
            os if os == "macos" => "darwin".into(),
            os => os,
        };
        let architecture = lower(&self.architecture);
        let variant = self.variant.as_ref().map(lower);
        let (architecture, variant) = normalized_cpu(&architecture, variant.as_deref());
        Self::new(os, architecture)
            .with_variant(variant.map(Into::into))
            .with_os_version(self.os_version.as_ref().map(lower))
    }

    /// Whether system and architecture are the same, whatever the variant.
    pub(crate) fn is_for_cpu_of(&self, other: &Self) -> bool {
        let [own, other] = [self, other].map(Self::normalized);
        (own.os, own.architecture) == (other.os, other.architecture)
    }

    /// Whether this is `unknown/unknown`, the mark of what is no image (ATT-1).
    pub fn is_unknown(&self) -> bool {
        [&self.os, &self.architecture]
            .iter()
            .all(|text| text.eq_ignore_ascii_case("unknown"))
    }
}

impl FromStr for Platform {
    type Err = Error;

    /// Reads `os/arch[/variant][:os.version]` (PLT-6).
    fn from_str(text: &str) -> Result<Self> {
        let refuse = |why| Err(refused("platform", text, why));
        let (cpu, os_version) = match text.split_once(':') {
            Some((cpu, version)) => (cpu, Some(version)),
            None => (text, None),
        };
        if !cpu.split('/').chain(os_version).all(is_word) {
            return refuse("it is written os/architecture[/variant][:os.version]");
        }
        let (platform, variant) = match cpu.split('/').collect::<Vec<_>>()[..] {
            [os, architecture] => (Self::new(os, architecture), None),
            [os, architecture, variant] => (Self::new(os, architecture), Some(variant)),
            [_] => return refuse("the architecture is missing"),
            _ => return refuse("it has more than three parts"),
        };
        Ok(platform
            .with_variant(variant.map(Into::into))
            .with_os_version(os_version.map(Into::into)))
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if let Some(variant) = &self.variant {
            write!(f, "/{variant}")?;
        }
        if let Some(os_version) = &self.os_version {
            write!(f, ":{os_version}")?;
        }
        Ok(())
    }
}

/// A child of an index, as far as the choice looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The platform that its descriptor names.
    pub(crate) platform: Option<Platform>,
    /// Whether it is an attestation of another child (ATT-1).
    pub(crate) attestation: bool,
}

/// Chooses the child of an index, as its position in `candidates`.
///
/// `wanted` is a demand: operating system and architecture are equal; so is the variant, where one was asked or the
/// architecture implies one (`arm` means `v7`, `arm64` means `v8`); an OS version that was asked is the beginning of the child's.
/// A child without platform never fits. Without a demand, `linux/amd64` is preferred, then the first child that has a platform,
/// then the first child at all. Of several that fit, one whose variant is exactly the wanted one goes first, then the earlier
/// one (PLT-2). Attestations and `unknown/unknown` are never chosen (PLT-3).
pub(crate) fn choose(
    wanted: Option<&Platform>,
    candidates: &[Candidate],
) -> std::result::Result<usize, NoMatch> {
    let images: Vec<(usize, Option<&Platform>)> = images(candidates).collect();
    let found = match wanted {
        Some(wanted) => best_match(wanted, &images),
        None => best_match(&Platform::default_preference(), &images)
            .or_else(|| images.iter().position(|(_, platform)| platform.is_some()))
            .or(if images.is_empty() { None } else { Some(0) }),
    };
    found.map(|found| images[found].0).ok_or_else(|| NoMatch {
        wanted: wanted.cloned(),
        available: available(&images),
    })
}

/// The one candidate that fits, as its position; `None` where there is none, or several.
pub(crate) fn only_match(wanted: &Platform, candidates: &[Candidate]) -> Option<usize> {
    let demand = Demand::new(wanted);
    let mut fits = images(candidates).filter(|(_, platform)| {
        platform.is_some_and(|platform| demand.fits(&platform.normalized()))
    });
    let only = fits.next()?;
    fits.next().is_none().then_some(only.0)
}

/// There is no child for the platform that was asked, or none at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoMatch {
    /// What was asked.
    pub(crate) wanted: Option<Platform>,
    /// The platforms that there are, each once, in the order of the index.
    pub(crate) available: Vec<Platform>,
}

impl fmt::Display for NoMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wanted {
            Some(wanted) => write!(f, "no image for {wanted}")?,
            None => write!(f, "no image")?,
        }
        if self.available.is_empty() {
            return write!(f, "; there are no platforms");
        }
        for (index, platform) in self.available.iter().take(LISTED).enumerate() {
            let before = if index == 0 { "; there are " } else { ", " };
            // A platform out of a document may hold anything.
            write!(f, "{before}{}", shorten(&platform.to_string(), 80))?;
        }
        match self.available.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl std::error::Error for NoMatch {}

/// As many platforms as the longest index of an official image has, and some.
const LISTED: usize = 20;

/// The children that may be chosen. An empty platform is none.
fn images(candidates: &[Candidate]) -> impl Iterator<Item = (usize, Option<&Platform>)> {
    let is_named = |p: &&Platform| !(p.os.is_empty() && p.architecture.is_empty());
    candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| !candidate.attestation)
        .map(move |(index, candidate)| (index, candidate.platform.as_ref().filter(is_named)))
        .filter(|(_, platform)| !platform.is_some_and(Platform::is_unknown))
}

fn best_match(wanted: &Platform, images: &[(usize, Option<&Platform>)]) -> Option<usize> {
    let demand = Demand::new(wanted);
    let fits: Vec<(usize, Platform)> = images
        .iter()
        .enumerate()
        .filter_map(|(position, (_, platform))| Some((position, (*platform)?.normalized())))
        .filter(|(_, platform)| demand.fits(platform))
        .collect();
    let exact = |(_, platform): &&(usize, Platform)| platform.variant == demand.platform.variant;
    let best = fits.iter().find(exact).or(fits.first())?;
    Some(best.0)
}

fn available(images: &[(usize, Option<&Platform>)]) -> Vec<Platform> {
    let mut seen = HashSet::new();
    let platforms = images.iter().filter_map(|(_, platform)| *platform);
    platforms.filter(|p| seen.insert(*p)).cloned().collect()
}

/// A wanted platform, normalised, and whether its variant counts.
struct Demand {
    platform: Platform,
    variant_counts: bool,
}

impl Demand {
    fn new(wanted: &Platform) -> Self {
        let platform = wanted.normalized();
        let implied = matches!(&*platform.architecture, "arm" | "arm64");
        let variant_counts = wanted.variant.is_some() || implied;
        Self {
            platform,
            variant_counts,
        }
    }

    fn fits(&self, candidate: &Platform) -> bool {
        let wanted = &self.platform;
        let version = candidate.os_version.as_deref().unwrap_or_default();
        wanted.os == candidate.os
            && wanted.architecture == candidate.architecture
            && (!self.variant_counts || wanted.variant == candidate.variant)
            && wanted
                .os_version
                .as_ref()
                .is_none_or(|wanted| is_version_prefix(wanted, version))
    }
}

/// `10.0` begins `10.0` and `10.0.1`, not `10.01`.
fn is_version_prefix(prefix: &str, version: &str) -> bool {
    version
        .strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// PLT-1 for lower-case strings.
fn normalized_cpu<'a>(
    architecture: &'a str,
    variant: Option<&'a str>,
) -> (&'a str, Option<&'a str>) {
    match (architecture, variant.filter(|text| !text.is_empty())) {
        ("i386", _) => ("386", None),
        ("x86_64" | "x86-64" | "amd64", Some("v1")) => ("amd64", None),
        ("x86_64" | "x86-64", variant) => ("amd64", variant),
        ("aarch64" | "arm64", Some("8" | "v8" | "v8.0")) => ("arm64", None),
        ("aarch64" | "arm64", Some("9" | "9.0" | "v9.0")) => ("arm64", Some("v9")),
        ("aarch64", variant) => ("arm64", variant),
        ("armhf", _) | ("arm", None | Some("7")) => ("arm", Some("v7")),
        ("armel", _) | ("arm", Some("6")) => ("arm", Some("v6")),
        ("arm", Some("5")) => ("arm", Some("v5")),
        ("arm", Some("8")) => ("arm", Some("v8")),
        as_it_is => as_it_is,
    }
}

fn is_word(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.bytes().all(inner)
}

#[cfg(test)]
mod tests;
