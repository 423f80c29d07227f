//! An index: its children as they stand there, and the platform that it says each is for (REGISTRY.md §5, ATT-1).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::descriptor::{Annotations, Descriptor};
use super::media::{Shape, essence};
use crate::digest::Digest;
use crate::error::{Error, ErrorKind};
use crate::platform::{self, Candidate, Platform};

/// An index or a manifest list.
#[derive(Clone, Debug)]
pub(super) struct Index {
    children: Vec<Child>,
    pub(super) artifact_type: Option<String>,
    pub(super) annotations: Option<Annotations>,
}

/// A child: what it is checked against, and the words of the index about it.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) descriptor: Descriptor,
    pub(super) raw: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct View {
    #[serde(default)]
    manifests: Option<Vec<Box<RawValue>>>,
    #[serde(default)]
    artifact_type: Option<String>,
    #[serde(default)]
    annotations: Option<Annotations>,
}

impl Index {
    /// Reads an object that was found to be an index.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let view: View = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let child = |raw: Box<RawValue>| {
            Ok::<_, String>(Child {
                descriptor: Descriptor::read(&raw)?,
                raw,
            })
        };
        let children = view.manifests.unwrap_or_default().into_iter().map(child);
        Ok(Self {
            children: children.collect::<Result<_, _>>()?,
            artifact_type: view.artifact_type,
            annotations: view.annotations,
        })
    }

    pub(super) fn children(&self) -> &[Child] {
        &self.children
    }

    /// The children alone, without the words of the index.
    pub(super) fn into_descriptors(self) -> impl Iterator<Item = Descriptor> {
        self.children.into_iter().map(|child| child.descriptor)
    }

    /// The children as the choice of a platform looks at them.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        let candidate = |child: &Child| Candidate {
            platform: child.descriptor.platform(),
            // What is of an unknown type is listed, and never chosen (MAN-13).
            attestation: child.descriptor.is_attestation() || !child.descriptor.is_manifest(),
        };
        self.children.iter().map(candidate).collect()
    }

    /// Children of which the index does not say what they are for.
    pub(super) fn silent_children(&self) -> impl Iterator<Item = &Child> {
        self.images()
            .filter(|child| child.descriptor.platform().is_none())
    }

    /// The image that is chosen for a demanded platform; `None` where that takes a look into a child.
    pub(super) fn image_for(&self, demand: &Platform) -> Option<&Digest> {
        let chosen = platform::choose(Some(demand), &self.candidates()).ok()?;
        let descriptor = &self.children[chosen].descriptor;
        let is_image = Shape::of(&essence(&descriptor.media_type)) == Some(Shape::Image);
        is_image.then_some(&descriptor.digest)
    }

    /// Why nothing can be chosen where all that there is has types that are not read; `None` where there is more.
    pub(super) fn nothing_else(&self) -> Option<Error> {
        let unknown = self
            .children
            .iter()
            .find(|child| !child.descriptor.is_manifest())?;
        if self.images().next().is_some() {
            return None;
        }
        let media_type = &unknown.descriptor.media_type;
        let what =
            format!("manifests of type {media_type} are not read, and the index has no others");
        Some(Error::new(ErrorKind::Unsupported, what).advise("--platform list shows them"))
    }

    /// The children that an image runs from: neither attestations, nor `unknown/unknown` (PLT-3), nor of a type that is
    /// not read (MAN-13).
    pub(super) fn images(&self) -> impl Iterator<Item = &Child> {
        self.children.iter().filter(|child| {
            let platform = child.descriptor.platform();
            child.descriptor.is_manifest()
                && !child.descriptor.is_attestation()
                && !platform.is_some_and(|platform| platform.is_unknown())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    fn index(children: &str) -> Index {
        let children = children.replace(
            "DESCRIPTOR",
            &format!(
                r#""mediaType":"{}","size":2,"digest":"{DIGEST}""#,
                super::super::media::OCI_MANIFEST
            ),
        );
        Index::read(&format!(
            r#"{{"schemaVersion":2,"manifests":[{children}]}}"#
        ))
        .unwrap()
    }

    #[test]
    fn children_without_platform_are_silent_and_attestations_are_neither_att_3() {
        let index = index(
            r#"{DESCRIPTOR},{DESCRIPTOR,"platform":null},{DESCRIPTOR,"platform":{}},{DESCRIPTOR,"annotations":{"vnd.docker.reference.type":"attestation-manifest"}},
            {DESCRIPTOR,"platform":{"os":"linux","architecture":"amd64"}}"#,
        );
        assert_eq!(index.silent_children().count(), 3);
        let attestations = index.candidates();
        let attestations = attestations.iter().filter(|child| child.attestation);
        assert_eq!(attestations.count(), 1);
    }

    #[test]
    fn every_platform_is_every_child_that_can_run_plt_3_man_13() {
        let index = index(
            r#"{DESCRIPTOR,"platform":{"os":"linux","architecture":"arm64"}},{DESCRIPTOR,"platform":{"os":"unknown","architecture":"unknown"}},
            {DESCRIPTOR,"annotations":{"vnd.docker.reference.type":"attestation-manifest"}},
            {"mediaType":"application/x","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}, {DESCRIPTOR}"#,
        );
        let images: Vec<_> = index
            .images()
            .map(|child| child.descriptor.platform())
            .collect();
        assert_eq!(images.len(), 2);
        assert_eq!(images[1], None);
    }
}
