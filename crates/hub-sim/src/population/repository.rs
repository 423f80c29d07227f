//! One repository: its images, its tags, and the facts that only the web API shows.

use std::collections::HashMap;

use jiff::Timestamp;

use super::document::Document;
use super::image::{Image, Platform};
use super::tags::{TagOrder, TagRow, TagTable};

/// A repository of the population.
#[derive(Clone, Debug)]
pub struct Repository {
    pub(crate) facts: Facts,
    pub(crate) images: Vec<Image>,
    pub(crate) table: TagTable,
    /// Every document that the registry serves under this name.
    documents: HashMap<String, Document>,
}

/// What the web API says about a repository and the registry does not (HUB-API.md §6.1, §6.2).
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) id: u64,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) typed: bool,
    pub(crate) private: bool,
    pub(crate) description: Option<String>,
    pub(crate) full_description: Option<String>,
    pub(crate) stars: u64,
    pub(crate) pulls: u64,
    pub(crate) registered: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) categories: &'static [(&'static str, &'static str)],
    /// Whether the detail has the key `source`: it is left out of some answers.
    pub(crate) sourced: bool,
}

/// One tag as tests want to see it: what a correct client finds out.
#[derive(Clone, Debug)]
pub struct Tag<'a> {
    /// The tag's name.
    pub name: &'a str,
    /// Digest of the document that the tag points at, also where the web API has forgotten it.
    pub digest: &'a str,
    /// Media type of that document.
    pub media_type: &'a str,
    /// The platforms that it can run on; none for an artifact. Attestations are not among them (REGISTRY.md ATT-3).
    pub platforms: &'a [Platform],
    /// Whether the web API's record has a `digest` that is a string (HUB-API.md §7.1).
    pub digest_is_listed: bool,
    /// `tag_last_pushed`, where there is one.
    pub pushed: Option<Timestamp>,
}

impl Repository {
    pub(crate) fn new(facts: Facts, images: Vec<Image>, rows: Vec<TagRow>) -> Self {
        let documents = images.iter().flat_map(|image| &image.documents);
        Self {
            documents: documents
                .map(|document| (document.digest().to_owned(), document.clone()))
                .collect(),
            facts,
            images,
            table: TagTable::new(rows),
        }
    }

    /// The same repository, private.
    pub(crate) fn hidden(&self) -> Self {
        let mut hidden = self.clone();
        hidden.facts.private = true;
        hidden
    }

    /// The part before the slash.
    pub fn namespace(&self) -> &str {
        &self.facts.namespace
    }

    /// The part after the slash.
    pub fn name(&self) -> &str {
        &self.facts.name
    }

    /// `namespace/name`, as the registry's paths and scopes have it.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.facts.namespace, self.facts.name)
    }

    /// Whether only its own members may see it.
    pub fn is_private(&self) -> bool {
        self.facts.private
    }

    /// Its tags in the order in which the web API lists them when no ordering is asked for (HUB-API.md §2.2).
    pub fn tags(&self) -> impl Iterator<Item = Tag<'_>> {
        self.table.iter(TagOrder::Default).map(|row| self.view(row))
    }

    /// The tag called `name`.
    pub fn tag(&self, name: &str) -> Option<Tag<'_>> {
        self.table.get(name).map(|row| self.view(row))
    }

    /// Every document once, each after those that it refers to: pushed in this order, a registry accepts them all.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        let mut seen = std::collections::HashSet::new();
        let all = self.images.iter().flat_map(|image| &image.documents);
        all.filter(move |document| seen.insert(document.digest()))
    }

    /// The document with this digest, if this repository has it.
    pub fn document(&self, digest: &str) -> Option<&Document> {
        self.documents.get(digest)
    }

    pub(crate) fn image(&self, row: &TagRow) -> &Image {
        &self.images[row.image as usize]
    }

    /// When a tag was last pushed.
    pub(crate) fn last_pushed(&self) -> Option<Timestamp> {
        self.table
            .iter(TagOrder::Newest)
            .next()
            .and_then(TagRow::pushed)
    }

    /// Bytes of all documents.
    pub(crate) fn storage_size(&self) -> u64 {
        self.documents.values().map(Document::size).sum()
    }

    fn view<'a>(&'a self, row: &'a TagRow) -> Tag<'a> {
        let image = self.image(row);
        Tag {
            name: &row.name,
            digest: image.top.digest(),
            media_type: image.top.media_type(),
            platforms: &image.platforms,
            digest_is_listed: row.era == super::tags::Era::Modern,
            pushed: row.pushed(),
        }
    }
}
