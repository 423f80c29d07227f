//! What a record says on demand: history, the index's own words, attestations and referrers.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::choice::Chosen;
use super::descriptor::Annotations;
use super::document::Document;
use super::manifest::Manifest;
use super::record::Found;
use crate::client::Client;
use crate::error::Result;
use crate::record::push_compact;
use crate::reference::Reference;

/// What is wanted beside what every record says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras {
    /// The steps that the image was built in.
    pub history: bool,
    /// What the index says, and the attestations in it: a pull for each attestation manifest.
    pub index: bool,
    /// What refers to the image: signatures, SBOMs.
    pub referrers: bool,
}

/// The members that a record has on demand, in their order; null where there is none.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Added {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) history: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attestations: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referrers: Option<Box<RawValue>>,
}

/// What the top document says of itself, and of the platform's manifest.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct IndexFacts {
    media_type: String,
    artifact_type: Option<String>,
    annotations: Option<Annotations>,
    /// How many documents it lists.
    manifests: usize,
    /// The entry of the platform's manifest, as it stands there (ATT-5).
    entry: Option<Box<RawValue>>,
}

impl Client {
    /// Fetches what `extras` wants. `reference` is pinned to the digest that referrers are asked for.
    pub(super) async fn added(
        &self,
        reference: &Reference,
        found: &Found<'_>,
        extras: Extras,
    ) -> Result<Added> {
        let (repository, chosen) = (reference.repository(), found.chosen);
        let mut added = Added::default();
        if let Some(top) = found.document.filter(|_| extras.index) {
            added.index = Some(json(&index_facts(top, chosen)));
            let attestations = self.attestations(repository, top, chosen).await?;
            added.attestations = Some(json(&attestations));
        }
        if extras.referrers {
            let subject = reference.digest().unwrap_or(found.top);
            added.referrers = Some(self.referrers(repository, subject).await?);
        }
        Ok(added)
    }
}

fn index_facts(top: &Manifest, chosen: &Chosen) -> Option<IndexFacts> {
    let Document::Index(index) = &*top.document else {
        return None;
    };
    Some(IndexFacts {
        media_type: top.media_type().to_owned(),
        artifact_type: index.artifact_type.clone(),
        annotations: index.annotations.clone(),
        manifests: index.children().len(),
        entry: chosen.entry.as_ref().map(|child| one_line(&child.raw)),
    })
}

/// What is made of texts and numbers, as JSON.
pub(super) fn json(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).expect("texts and numbers are JSON")
}

/// The same JSON without line breaks: a record is one line.
pub(super) fn one_line(raw: &RawValue) -> Box<RawValue> {
    let mut compact = Vec::with_capacity(raw.get().len());
    push_compact(&mut compact, raw.get());
    String::from_utf8(compact)
        .ok()
        .and_then(|text| RawValue::from_string(text).ok())
        .expect("JSON without its line breaks is the same JSON")
}
