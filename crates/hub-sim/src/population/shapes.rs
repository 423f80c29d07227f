//! The shapes that images come in: which platforms, whose format, with or without attestations. A style and the age of
//! the build decide.

use super::image::{Shape, Target};
use super::media::{DOCKER, OCI};
use super::profile::Style;

const AMD64: Target = ("linux", "amd64", None, None);
const I386: Target = ("linux", "386", None, None);
const ARM64: Target = ("linux", "arm64", None, None);
const ARM64_V8: Target = ("linux", "arm64", Some("v8"), None);
const ARM_V7: Target = ("linux", "arm", Some("v7"), None);
const PPC64LE: Target = ("linux", "ppc64le", None, None);
const S390X: Target = ("linux", "s390x", None, None);
const LTSC2022: Target = ("windows", "amd64", None, Some("10.0.20348.2655"));

const BUILDKIT: Shape = shape(OCI, &[AMD64, ARM64], true, true);
const LIST: Shape = shape(DOCKER, &[AMD64, ARM64_V8, PPC64LE, S390X], true, false);
const OFFICIAL: Shape = shape(OCI, &[AMD64, ARM_V7, ARM64_V8, I386, S390X], true, true);
const PLAIN_INDEX: Shape = shape(OCI, &[AMD64, ARM64_V8], true, false);
const ONE_OCI: Shape = shape(OCI, &[AMD64], false, false);
const ONE_DOCKER: Shape = shape(DOCKER, &[AMD64], false, false);
const ONE_ARM64: Shape = shape(OCI, &[ARM64_V8], false, false);
const ONE_WINDOWS: Shape = shape(DOCKER, &[LTSC2022], false, false);

const fn shape(
    family: super::media::Family,
    targets: &'static [Target],
    index: bool,
    attested: bool,
) -> Shape {
    Shape {
        family,
        targets,
        index,
        attested,
    }
}

/// The shape of a style's build number `build` of `builds`, counted from the newest.
pub(crate) fn of(style: Style, build: usize, builds: usize) -> Shape {
    let old = build * 10 >= builds * 7;
    match style {
        Style::BuildKit if !old => BUILDKIT,
        Style::ManifestList if !old => LIST,
        Style::Official if !old => OFFICIAL,
        Style::Official => PLAIN_INDEX,
        Style::SingleOci => ONE_OCI,
        _ => ONE_DOCKER,
    }
}

/// Tags beside the versions: some images are for one uncommon platform only.
pub(crate) fn extra(style: Style) -> Option<(&'static str, Shape)> {
    match style {
        Style::BuildKit => Some(("arm64", ONE_ARM64)),
        Style::ManifestList => Some(("windowsservercore-ltsc2022", ONE_WINDOWS)),
        _ => None,
    }
}
