//! The odd images, each where it can be had: in the registry if that takes it as it is, else in hub-sim, which serves
//! anything. Reads `image.json` as its README describes it; knows no oracle.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use super::push::{self, Refused};

/// The repository that hub-sim serves them as.
pub(crate) const REPOSITORY: &str = "odd/images";

/// The description of one case.
#[derive(Debug, Deserialize)]
struct Image {
    content_type: Option<String>,
    header_digest: Option<String>,
    head: Option<String>,
    documents: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    file: String,
    kind: EntryKind,
    media_type: String,
    digest: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    lie: bool,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum EntryKind {
    Blob,
    Manifest,
}

/// The names of all cases, which are their tags, sorted.
pub(crate) fn names(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Pushes the case in `folder` under the tag `name`. Whether the registry has taken it, and will serve it as it is meant.
pub(crate) fn push(authority: &str, folder: &Path, name: &str) -> anyhow::Result<bool> {
    let folder = folder.join(name);
    let described = fs::read(folder.join("image.json"))?;
    let image: Image = serde_json::from_slice(&described).with_context(|| name.to_owned())?;
    if !image.is_served_plainly() {
        return Ok(false);
    }
    for document in &image.documents {
        let bytes = fs::read(folder.join(&document.file))?;
        if document.push(authority, &bytes)?.is_err() {
            return Ok(false);
        }
    }
    let top = image.documents.last().context("a case without documents")?;
    let bytes = fs::read(folder.join(&top.file))?;
    Ok(top.push_as(authority, name, &bytes)?.is_ok())
}

impl Image {
    /// Whether it needs no header that an honest registry does not send.
    fn is_served_plainly(&self) -> bool {
        let top = self.documents.last().map(|top| top.media_type.as_str());
        self.content_type.as_deref() == top
            && self.header_digest.is_none()
            && self.head.is_none()
            && !self.documents.iter().any(|document| document.lie)
    }
}

impl Entry {
    fn push(&self, authority: &str, bytes: &[u8]) -> anyhow::Result<Result<(), Refused>> {
        if self.kind == EntryKind::Blob {
            return push::blob(authority, REPOSITORY, &self.digest, bytes);
        }
        for reference in [&self.digest].into_iter().chain(&self.tags) {
            if let Err(refused) = self.push_as(authority, reference, bytes)? {
                return Ok(Err(refused));
            }
        }
        Ok(Ok(()))
    }

    fn push_as(
        &self,
        authority: &str,
        reference: &str,
        bytes: &[u8],
    ) -> anyhow::Result<Result<(), Refused>> {
        push::manifest(authority, (REPOSITORY, reference), &self.media_type, bytes)
    }
}
