//! The entries of an index as records, without fetching what they describe.

use serde::Serialize;

use super::document::Document;
use super::manifest::Manifest;
use crate::digest::Digest;
use crate::record::{Object, composed};
use crate::reference::Reference;

/// What is known of a document that no index lists.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Alone<'a> {
    #[serde(rename = "ref")]
    reference: String,
    kind: &'static str,
    media_type: &'a str,
    digest: &'a Digest,
    size: usize,
}

/// The line of a reference with its digest, of which nothing else is known.
pub(super) fn pin_record(reference: &Reference, digest: Digest) -> Vec<u8> {
    #[derive(Serialize)]
    struct Pin {
        #[serde(rename = "ref")]
        reference: String,
        kind: &'static str,
        digest: Digest,
    }
    composed(&Pin {
        reference: reference.clone().with_digest(digest.clone()).to_string(),
        kind: "manifest",
        digest,
    })
}

impl Manifest {
    /// A `manifest` record for each entry of an index, with the descriptor as it stands there, whatever its type (MAN-13);
    /// one for the document itself where it is no index.
    pub(super) fn entries(&self, reference: &Reference) -> Vec<u8> {
        let Document::Index(index) = &*self.document else {
            return composed(&Alone {
                reference: reference
                    .clone()
                    .with_digest(self.digest().clone())
                    .to_string(),
                kind: "manifest",
                media_type: self.media_type(),
                digest: self.digest(),
                size: self.bytes().len(),
            });
        };
        let mut lines = Vec::new();
        for child in index.children() {
            let pinned = reference
                .clone()
                .with_digest(child.descriptor.digest.clone());
            // A descriptor was read from it, so it is an object.
            if let Ok(object) = Object::read(child.raw.get(), &[]) {
                object.write_record(&mut lines, pinned, "manifest");
            }
        }
        lines
    }
}
