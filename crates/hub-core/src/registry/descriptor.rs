//! A descriptor: what one document says of another (REGISTRY.md MAN-15).
//!
//! A view of our own, here and for manifests and indexes: oci-spec's platform reads `osVersion` where documents have
//! `os.version`, and it refuses an index for one child whose platform lacks a member.

use std::collections::BTreeMap;
use std::ops::Deref;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::media;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind};
use crate::platform::Platform;

/// In a fixed order, so that the same document gives the same bytes. A null is an empty text, as other clients read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "BTreeMap<String, Option<String>>")]
pub(super) struct Annotations(BTreeMap<String, String>);

impl Deref for Annotations {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<BTreeMap<String, Option<String>>> for Annotations {
    fn from(given: BTreeMap<String, Option<String>>) -> Self {
        let texts = given.into_iter();
        Self(
            texts
                .map(|(key, text)| (key, text.unwrap_or_default()))
                .collect(),
        )
    }
}

/// The largest size that other clients can read: theirs have a sign.
const LARGEST: u64 = i64::MAX.unsigned_abs();

/// What another document is, how long it is, and its digest.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    #[serde(default)]
    pub(super) media_type: String,
    /// Checked before it stands in an address (MAN-9).
    #[serde(deserialize_with = "digest")]
    pub(super) digest: Digest,
    #[serde(deserialize_with = "size")]
    pub(super) size: u64,
    #[serde(default)]
    pub(super) annotations: Option<Annotations>,
    /// The document itself, as base64 (MAN-16).
    #[serde(default)]
    pub(super) data: Option<String>,
    #[serde(default)]
    pub(super) artifact_type: Option<String>,
    #[serde(default)]
    platform: Option<Named>,
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

impl Descriptor {
    /// Reads one JSON value. serde alone would take an array for the members in their order.
    pub(super) fn read(raw: &RawValue) -> Result<Self, String> {
        if !raw.get().starts_with('{') {
            return Err("a descriptor is no object".to_owned());
        }
        serde_json::from_str(raw.get()).map_err(|error| format!("a descriptor is broken: {error}"))
    }

    /// The platform that it names. An empty one is none.
    pub(super) fn platform(&self) -> Option<Platform> {
        let platform = Platform::from(self.platform.clone()?);
        Some(platform)
            .filter(|platform| !platform.os.is_empty() || !platform.architecture.is_empty())
    }

    /// ATT-1: by annotation, under today's prefix or the older one. Whatever its value is, the document describes another
    /// one (ATT-3).
    pub(super) fn is_attestation(&self) -> bool {
        self.attestation("type").is_some()
    }

    /// The document that an attestation describes; `None` for other kinds of reference, which are ignored (ATT-1).
    pub(super) fn attested(&self) -> Option<&str> {
        let is_attestation = self.attestation("type") == Some("attestation-manifest");
        self.attestation("digest").filter(|_| is_attestation)
    }

    fn attestation(&self, what: &str) -> Option<&str> {
        let annotations = self.annotations.as_ref()?;
        let value = |prefix| annotations.get(&format!("{prefix}.docker.reference.{what}"));
        value("vnd").or_else(|| value("com")).map(String::as_str)
    }

    /// MAN-10: what has another size than its descriptor says is not what was described.
    pub(super) fn check_size(&self, length: usize) -> crate::error::Result<()> {
        if length as u64 == self.size {
            return Ok(());
        }
        let what = format!(
            "{} should have {} bytes and has {length}",
            self.digest, self.size
        );
        Err(Error::new(ErrorKind::DigestMismatch, what))
    }

    /// Its own copy of a small document, if it is true (MAN-16).
    pub(super) fn inlined(&self) -> Option<Bytes> {
        let data = BASE64.decode(self.data.as_deref()?).ok()?;
        let is_true = data.len() as u64 == self.size && self.digest.matches(&data) == Some(true);
        is_true.then(|| data.into())
    }

    /// Whether it may be a manifest or an index; an unknown type is listed and not looked into (MAN-13).
    pub(super) fn is_manifest(&self) -> bool {
        self.media_type.is_empty() || media::is_known(&media::essence(&self.media_type))
    }
}

fn digest<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(serde::de::Error::custom)
}

fn size<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let size = u64::deserialize(deserializer)?;
    if size > LARGEST {
        let why = format!("the size {size} is beyond {LARGEST}");
        return Err(serde::de::Error::custom(why));
    }
    Ok(size)
}

/// Whether a value is an object without members. As a subject it is none: other clients write it where they have nothing.
pub(super) fn is_empty_object(raw: &RawValue) -> bool {
    let inside = raw.get().strip_prefix('{');
    inside.is_some_and(|inside| inside.trim_ascii_start() == "}")
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

    fn read(members: &str) -> Result<Descriptor, String> {
        let text = format!(r#"{{"mediaType":"x","digest":"{DIGEST}","size":2,{members}}}"#);
        Descriptor::read(&RawValue::from_string(text).unwrap())
    }

    #[test]
    fn a_windows_child_keeps_its_os_version_man_15() {
        let windows =
            r#""platform":{"os":"windows","architecture":"amd64","os.version":"10.0.20348.2"}"#;
        let shown = read(windows).unwrap().platform().unwrap().to_string();
        assert_eq!(shown, "windows/amd64:10.0.20348.2");
        for none in [r#""platform":null"#, r#""platform":{}"#, r#""x":1"#] {
            assert_eq!(read(none).unwrap().platform(), None, "{none}");
        }
    }

    #[test]
    fn attestations_are_known_by_either_prefix_att_1() {
        let child = |prefix: &str, kind: &str| {
            read(&format!(
                r#""annotations":{{"{prefix}.docker.reference.type":"{kind}","{prefix}.docker.reference.digest":"{DIGEST}"}}"#
            ))
            .unwrap()
        };
        for prefix in ["vnd", "com"] {
            let attestation = child(prefix, "attestation-manifest");
            assert_eq!(attestation.attested(), Some(DIGEST));
            assert!(attestation.is_attestation());
            let other = child(prefix, "something-else");
            assert!(other.is_attestation() && other.attested().is_none());
        }
        assert!(!read(r#""annotations":null"#).unwrap().is_attestation());
    }

    #[test]
    fn a_null_annotation_is_an_empty_text_man_15() {
        let read = read(r#""annotations":{"b":null,"a":"x"}"#).unwrap();
        let shown = serde_json::to_string(&read.annotations).unwrap();
        assert_eq!(shown, r#"{"a":"x","b":""}"#);
    }

    #[test]
    fn a_size_that_others_cannot_read_is_refused_man_10() {
        let sized = |size: &str| {
            let text = format!(r#"{{"mediaType":"x","digest":"{DIGEST}","size":{size}}}"#);
            Descriptor::read(&RawValue::from_string(text).unwrap()).map(|read| read.size)
        };
        assert_eq!(sized("9223372036854775807"), Ok(9_223_372_036_854_775_807));
        for size in ["9223372036854775808", "18446744073709551615"] {
            let why = sized(size).unwrap_err();
            assert!(why.contains(&format!("the size {size} is beyond")), "{why}");
        }
    }

    #[test]
    fn an_object_without_members_is_told_apart() {
        let is_empty =
            |text: &str| is_empty_object(&RawValue::from_string(text.to_owned()).unwrap());
        assert!(is_empty("{}") && is_empty("{ \n}"));
        assert!(!is_empty(r#"{"a":1}"#) && !is_empty("[]") && !is_empty("null"));
    }

    #[test]
    fn what_is_no_descriptor_is_refused_man_9() {
        for text in [
            "[\"x\"]",
            "7",
            r#"{"mediaType":"x","size":1,"digest":"sha256:../../x"}"#,
            &format!(r#"{{"mediaType":"x","size":-1,"digest":"{DIGEST}"}}"#),
            &format!(r#"{{"mediaType":"x","digest":"{DIGEST}"}}"#),
        ] {
            let raw = RawValue::from_string(text.to_owned()).unwrap();
            assert!(Descriptor::read(&raw).is_err(), "{text}");
        }
    }
}
