//! An index: its children, and the platform that it says each is for (REGISTRY.md MAN-15, ATT-1).
//!
//! Read by a view of our own: oci-spec's platform reads `osVersion` where documents have `os.version`, and refuses an index
//! for one child whose platform lacks a member.

use std::collections::HashMap;

use serde::Deserialize;

use crate::digest::Digest;
use crate::platform::{Candidate, Platform};

/// An index, as far as a child is chosen from it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Index {
    #[serde(rename = "manifests")]
    children: Vec<Child>,
}

/// A child: what it is checked against, and what it says of itself.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Child {
    #[serde(deserialize_with = "digest")]
    digest: Digest,
    size: u64,
    #[serde(default)]
    platform: Option<Named>,
    #[serde(default)]
    annotations: Option<HashMap<String, String>>,
}

/// A platform as it stands there; builders leave out what they like.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
}

/// A digest out of a document is checked before it stands in an address (MAN-9).
fn digest<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(serde::de::Error::custom)
}

impl Index {
    pub(super) fn children(&self) -> &[Child] {
        &self.children
    }

    /// The children as the choice of a platform looks at them.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        self.children.iter().map(Child::candidate).collect()
    }

    /// Children of which the index does not say what they are for.
    pub(super) fn silent_children(&self) -> impl Iterator<Item = &Child> {
        self.children
            .iter()
            .filter(|child| child.platform().is_none() && !child.is_attestation())
    }
}

impl Child {
    pub(super) fn digest(&self) -> &Digest {
        &self.digest
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// An empty platform is none.
    fn platform(&self) -> Option<Platform> {
        let platform = Platform::from(self.platform.clone()?);
        Some(platform)
            .filter(|platform| !platform.os.is_empty() || !platform.architecture.is_empty())
    }

    fn candidate(&self) -> Candidate {
        Candidate {
            platform: self.platform(),
            attestation: self.is_attestation(),
        }
    }

    /// ATT-1: by annotation, under today's prefix or the older one. Whatever its value is, the child describes another
    /// one.
    fn is_attestation(&self) -> bool {
        let mut keys = self
            .annotations
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

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    fn index(children: &str) -> Index {
        let children = children.replace(
            "DESCRIPTOR",
            &format!(r#""mediaType":"x","size":2,"digest":"{DIGEST}""#),
        );
        serde_json::from_str(&format!(
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
            r#"{DESCRIPTOR},{DESCRIPTOR,"platform":null},{DESCRIPTOR,"platform":{}},{DESCRIPTOR,"annotations":{"vnd.docker.reference.type":"attestation-manifest"}},
            {DESCRIPTOR,"platform":{"os":"linux","architecture":"amd64"}}"#,
        );
        assert_eq!(index.silent_children().count(), 3);
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
