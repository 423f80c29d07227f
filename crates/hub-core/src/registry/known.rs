//! What a tag record of this pipe already says of its image, so that the registry is not asked for it (DECISIONS 18).

use std::borrow::Cow;

use serde::Deserialize;

use crate::digest::Digest;
use crate::platform::{self, Candidate, Platform};
use crate::record::Object;

/// A tag record that names the digest of its tag.
#[derive(Clone, Debug)]
pub struct KnownTag<'a> {
    digest: Digest,
    /// The web API's list of platforms, as it stands there.
    images: Option<&'a str>,
}

/// A platform in the web API's words.
#[derive(Debug, Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    os: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    os_version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    architecture: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    variant: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    digest: Option<Cow<'a, str>>,
}

impl<'a> KnownTag<'a> {
    /// What was read of a record elsewhere: its digest, and the text of its list of platforms.
    pub fn new(digest: Digest, images: Option<&'a str>) -> Self {
        Self { digest, images }
    }

    /// Reads a record; `None` where it is of another kind, or names no digest.
    pub fn read(record: &'a str) -> Option<Self> {
        let record = Object::read(record, &["kind", "digest", "images"]).ok()?;
        if record.string(0).as_deref() != Some("tag") {
            return None;
        }
        Some(Self {
            digest: record.string(1)?.parse().ok()?,
            images: record.value(2),
        })
    }

    /// The digest of the top document.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The manifest for `wanted`, where exactly one entry is for it and has a digest.
    pub(super) fn manifest_for(&self, wanted: &Platform) -> Option<Digest> {
        let entries: Vec<Entry<'_>> = serde_json::from_str(self.images?).ok()?;
        let candidates: Vec<_> = entries.iter().map(Entry::candidate).collect();
        let only = platform::only_match(wanted, &candidates)?;
        entries[only].digest.as_ref()?.parse().ok()
    }
}

impl Entry<'_> {
    fn candidate(&self) -> Candidate {
        let text = |part: &Option<Cow<'_, str>>| part.as_deref().unwrap_or_default().to_owned();
        let platform = Platform::new(text(&self.os), text(&self.architecture))
            .with_variant(Some(text(&self.variant)))
            .with_os_version(Some(text(&self.os_version)));
        Candidate {
            platform: Some(platform),
            attestation: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(of: &str) -> String {
        Digest::of(of).to_string()
    }

    fn known(images: &str) -> String {
        let top = digest("top");
        format!(r#"{{"ref":"docker.io/a/b:1","kind":"tag","images":{images},"digest":"{top}"}}"#)
    }

    fn manifest(images: &str, wanted: &str) -> Option<String> {
        let record = known(images);
        let known = KnownTag::read(&record).unwrap();
        let found = known.manifest_for(&wanted.parse().unwrap())?;
        Some(found.to_string())
    }

    #[test]
    fn exactly_one_entry_with_a_digest_is_used_decisions_18() {
        let (a, b) = (digest("a"), digest("b"));
        let amd64 = format!(
            r#"{{"architecture":"amd64","os":"linux","variant":null,"digest":"{a}","size":1}}"#
        );
        let arm =
            format!(r#"{{"architecture":"arm64","os":"linux","variant":"v8","digest":"{b}"}}"#);
        let unknown = format!(r#"{{"architecture":"unknown","os":"unknown","digest":"{b}"}}"#);
        let both = format!("[{unknown},{arm},{amd64}]");
        assert_eq!(manifest(&both, "linux/amd64"), Some(a));
        assert_eq!(manifest(&both, "linux/arm64"), Some(b));
        assert_eq!(manifest(&both, "linux/s390x"), None);
        let two = format!("[{amd64},{amd64}]");
        assert_eq!(
            manifest(&two, "linux/amd64"),
            None,
            "which one is for the index to say"
        );
        for none in [
            "[]",
            "null",
            "7",
            r#"[{"architecture":"amd64","os":"linux"}]"#,
            "[7]",
        ] {
            assert_eq!(manifest(none, "linux/amd64"), None, "{none}");
        }
    }

    #[test]
    fn only_tag_records_with_a_true_digest_are_known() {
        let top = digest("top");
        assert!(KnownTag::read(&known("[]")).is_some_and(|known| known.digest().as_str() == top));
        for text in [
            format!(r#"{{"kind":"image","digest":"{top}"}}"#),
            r#"{"kind":"tag","digest":"sha256:12"}"#.to_owned(),
            r#"{"kind":"tag","digest":null}"#.to_owned(),
            r#"{"kind":"tag"}"#.to_owned(),
            "[]".to_owned(),
        ] {
            assert!(KnownTag::read(&text).is_none(), "{text}");
        }
    }
}
