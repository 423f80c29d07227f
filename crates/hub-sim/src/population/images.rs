//! A repository out of a folder of images: each is a folder with `image.json` and a file per document (`odd/README.md`).
//! Bytes are served as they are in the files; what they hold is not looked at.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::document::{Document, DocumentKind, Manner, digest_like, is_digest};
use super::image::Image;
use super::repository::{Facts, Repository};
use super::tags::{Era, TagRow};

/// Larger than any document that a registry takes (REGISTRY.md LIM-1).
const LARGEST_FILE: u64 = 16 << 20;
const MOST_IMAGES: usize = 10_000;
const NEWEST: Timestamp = Timestamp::constant(1_794_700_800, 0);

/// Its digest is over a part of it (REGISTRY.md MAN-6).
const SIGNED: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

/// `image.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    #[serde(rename = "fact")]
    _fact: String,
    #[serde(rename = "rule")]
    _rule: String,
    content_type: Option<String>,
    header_digest: Option<String>,
    head: Option<Head>,
    documents: Vec<DocumentEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Head {
    Refused,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentEntry {
    file: String,
    kind: EntryKind,
    media_type: String,
    digest: String,
    #[serde(default)]
    tags: Vec<String>,
    /// The digest is not that of the bytes, and that is what the image is for.
    #[serde(default)]
    lie: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EntryKind {
    Manifest,
    Blob,
}

/// `odd/images`, with a tag for each image of `folder` and one more for each of its documents' `tags`.
pub(crate) fn repository(folder: &Path) -> io::Result<Repository> {
    let mut images = Vec::new();
    let mut names = Vec::new();
    for path in folders(folder)? {
        let tag = path.file_name().unwrap_or_default().to_string_lossy();
        let read = Folder { path: &path };
        for (name, image) in read.images(&tag)? {
            if !is_tag(&name) || names.contains(&name) {
                let text = format!("{name:?} is no tag, or is there already");
                return Err(read.error("image.json", &text));
            }
            names.push(name);
            images.push(image);
        }
    }
    let rows = names.iter().enumerate().map(|(number, name)| {
        let age = SignedDuration::from_mins(i64::try_from(number).unwrap_or(0));
        TagRow::new(name, number, NEWEST - age, Era::Modern)
    });
    let rows = rows.collect();
    Ok(Repository::new(facts(), images, rows))
}

fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let about =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(about)? {
        let entry = entry.map_err(about)?;
        if entry.file_type().map_err(about)?.is_dir() {
            folders.push(entry.path());
        }
    }
    if folders.is_empty() || folders.len() > MOST_IMAGES {
        let text = format!("{}: {} images", folder.display(), folders.len());
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    folders.sort();
    Ok(folders)
}

/// One image's folder.
struct Folder<'a> {
    path: &'a Path,
}

impl Folder<'_> {
    /// The image under `tag`, and every other document that has tags.
    fn images(&self, tag: &str) -> io::Result<Vec<(String, Image)>> {
        let description = self.read("image.json")?;
        let description: Description = serde_json::from_slice(&description)
            .map_err(|error| self.error("image.json", &error.to_string()))?;
        let documents = self.documents(&description)?;
        let top = documents.last();
        let top = top.filter(|top| top.kind() == DocumentKind::Manifest);
        let top =
            top.ok_or_else(|| self.error("image.json", "the last document is no manifest"))?;
        let mut images = vec![(tag.to_owned(), image(top, documents.clone()))];
        for (entry, document) in description.documents.iter().zip(&documents) {
            let more = entry.tags.iter();
            images.extend(more.map(|tag| (tag.clone(), image(document, Vec::new()))));
        }
        Ok(images)
    }

    fn documents(&self, description: &Description) -> io::Result<Vec<Document>> {
        let last = description.documents.len().saturating_sub(1);
        let entries = description.documents.iter().enumerate();
        let document = |(number, entry): (usize, &DocumentEntry)| {
            let manner = (number == last).then(|| Manner {
                content_type: description.content_type.clone(),
                header_digest: description.header_digest.clone(),
                head_refused: description.head.is_some(),
            });
            self.document(entry, manner)
        };
        entries.map(document).collect()
    }

    fn document(&self, entry: &DocumentEntry, manner: Option<Manner>) -> io::Result<Document> {
        let bytes = self.read(&entry.file)?;
        if !is_digest(&entry.digest) {
            return Err(self.error(&entry.file, "the stated digest is none"));
        }
        let digest = digest_like(&entry.digest, &bytes);
        if digest != entry.digest && !entry.lie && entry.media_type != SIGNED {
            return Err(self.error(&entry.file, "the stated digest is not that of the bytes"));
        }
        let kind = match entry.kind {
            EntryKind::Manifest => DocumentKind::Manifest,
            EntryKind::Blob => DocumentKind::Blob,
        };
        let (media_type, digest) = (entry.media_type.clone(), entry.digest.clone());
        Ok(Document::stated(kind, media_type, digest, bytes, manner))
    }

    /// The file `name` of this folder and of no other.
    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let path = self.path.join(name);
        if path.file_name() != Some(name.as_ref()) {
            return Err(self.error(name, "it is in another folder"));
        }
        let about = |error: io::Error| self.error(name, &error.to_string());
        let mut bytes = Vec::new();
        let file = File::open(&path).map_err(about)?;
        file.take(LARGEST_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(about)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(self.error(name, "it is too large"));
        }
        Ok(bytes)
    }

    fn error(&self, file: &str, text: &str) -> io::Error {
        let folder = self.path.display();
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{folder}: {file}: {text}"),
        )
    }
}

/// What the platforms are is left to clients to find out: the web API lists none.
fn image(top: &Document, documents: Vec<Document>) -> Image {
    Image {
        top: top.clone(),
        platforms: Vec::new(),
        attestations: Vec::new(),
        documents,
        shown_type: top.owned_media_type(),
        content_type: "image",
    }
}

/// REGISTRY.md REFN-1.
fn is_tag(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut bytes = name.bytes();
    name.len() <= 128
        && bytes.next().is_some_and(word)
        && bytes.all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

fn facts() -> Facts {
    Facts {
        id: 77_000_002,
        namespace: "odd".to_owned(),
        name: "images".to_owned(),
        typed: true,
        private: false,
        description: Some("Odd images".to_owned()),
        full_description: None,
        stars: 0,
        pulls: 0,
        registered: Timestamp::constant(1_500_000_001, 0),
        modified: NEWEST,
        categories: &[],
        sourced: true,
    }
}
