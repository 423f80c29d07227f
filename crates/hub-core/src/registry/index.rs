//! An index: its children, and the platform that it says each is for (REGISTRY.md MAN-15, ATT-1).
//!
//! oci-spec's platform reads `osVersion` where documents have `os.version`, so platforms are read here.

use oci_spec::image::{Descriptor, ImageIndex};
use serde::Deserialize;

use crate::platform::{Candidate, Platform};

/// An index whose children's digests are digests and whose sizes are sizes.
#[derive(Clone, Debug)]
pub(super) struct Index {
    spec: ImageIndex,
    platforms: Vec<Option<Platform>>,
}

#[derive(Deserialize)]
struct Children {
    manifests: Vec<Child>,
}

#[derive(Deserialize)]
struct Child {
    #[serde(default)]
    platform: Option<Named>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
}

impl Index {
    pub(super) fn read(text: &str) -> serde_json::Result<Self> {
        let children: Children = serde_json::from_str(text)?;
        let platforms = children
            .manifests
            .into_iter()
            .map(|child| child.platform.map(Platform::from))
            .collect();
        Ok(Self {
            spec: serde_json::from_str(text)?,
            platforms,
        })
    }

    pub(super) fn children(&self) -> &[Descriptor] {
        self.spec.manifests()
    }

    /// The children as the choice of a platform looks at them.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        let pairs = self.children().iter().zip(&self.platforms);
        pairs
            .map(|(child, platform)| Candidate {
                platform: platform.clone(),
                attestation: is_attestation(child),
            })
            .collect()
    }

    /// Children of which the index does not say what they are for.
    pub(super) fn silent_children(&self) -> impl Iterator<Item = &Descriptor> {
        let pairs = self.children().iter().zip(&self.platforms);
        pairs
            .filter(|(child, platform)| platform.is_none() && !is_attestation(child))
            .map(|(child, _)| child)
    }
}

impl From<Named> for Platform {
    fn from(named: Named) -> Self {
        Self::new(
            named.os.unwrap_or_default(),
            named.architecture.unwrap_or_default(),
        )
        .with_variant(named.variant)
        .with_os_version(named.os_version)
    }
}

/// ATT-1: by annotation, under today's prefix or the older one. Whatever its value is, the child describes another one.
fn is_attestation(child: &Descriptor) -> bool {
    let mut keys = child
        .annotations()
        .iter()
        .flatten()
        .map(|(key, _)| key.as_str());
    keys.any(|key| {
        matches!(
            key,
            "vnd.docker.reference.type" | "com.docker.reference.type"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    fn index(children: &str) -> Index {
        let children = children.replace(
            "DESCRIPTOR",
            &format!(r#""mediaType":"x","size":2,"digest":"{DIGEST}""#),
        );
        Index::read(&format!(
            r#"{{"schemaVersion":2,"manifests":[{children}]}}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_windows_child_keeps_its_os_version_man_15() {
        let index = index(
            r#"{DESCRIPTOR,"platform":{"os":"windows","architecture":"amd64","os.version":"10.0.20348.2"}}"#,
        );
        let shown = index.candidates()[0]
            .platform
            .as_ref()
            .map(ToString::to_string);
        assert_eq!(shown.as_deref(), Some("windows/amd64:10.0.20348.2"));
    }

    #[test]
    fn children_without_platform_are_silent_and_attestations_are_neither_att_3() {
        let index = index(
            r#"{DESCRIPTOR},{DESCRIPTOR,"platform":null},{DESCRIPTOR,"annotations":{"vnd.docker.reference.type":"attestation-manifest"}},
            {DESCRIPTOR,"platform":{"os":"linux","architecture":"amd64"}}"#,
        );
        assert_eq!(index.silent_children().count(), 2);
        assert_eq!(
            index
                .candidates()
                .iter()
                .filter(|child| child.attestation)
                .count(),
            1
        );
    }
}
