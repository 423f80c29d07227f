//! A docker schema 1 manifest: its layers, its config facts, and the bytes that its digest is over (REGISTRY.md MAN-6, MAN-18).
//! It knows no record, and it verifies no signature: the digest is what counts.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use super::go::read::{Lenient, members, unmarshal};
use crate::digest::Digest;
use crate::error::shorten;
use crate::record::Object;

/// A manifest of one platform that carries its config in itself.
#[derive(Clone, Debug)]
pub(super) struct Schema1 {
    tag: String,
    architecture: String,
    /// The newest first, as the document has them.
    layers: Vec<Digest>,
    /// The JSON text of the config of each layer, the newest first.
    configs: Vec<String>,
}

/// A step of the image's history, with the members that an image config has for it.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Step {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) empty_layer: Option<bool>,
}

impl Schema1 {
    /// Reads a manifest. Where it is signed, `text` is its [`payload`]: what stands behind that is under no digest.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let document: Document = unmarshal(text.as_bytes())?;
        if document.schema_version != 1 {
            let found = document.schema_version;
            return Err(format!(
                "schemaVersion: 1 was expected, and there is {found}"
            ));
        }
        let (layers, history) = (document.layers, document.history);
        if layers.len() != history.len() {
            let (layers, entries) = (layers.len(), history.len());
            return Err(format!(
                "there are {layers} fsLayers and {entries} history entries"
            ));
        }
        if layers.is_empty() {
            return Err("there is no layer and no history".to_owned());
        }
        Ok(Self {
            tag: document.tag,
            architecture: document.architecture,
            layers: layers.iter().map(digest).collect::<Result<_, _>>()?,
            configs: history.into_iter().map(config).collect::<Result<_, _>>()?,
        })
    }

    /// The tag that it was pushed under.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    /// The architecture that stands on top of the manifest.
    pub(super) fn architecture(&self) -> &str {
        &self.architecture
    }

    /// The layers, the base first.
    pub(super) fn layers(&self) -> impl DoubleEndedIterator<Item = &Digest> {
        self.layers.iter().rev()
    }

    /// The JSON text of the image's config: that of its newest layer. It is one object.
    pub(super) fn config(&self) -> &str {
        &self.configs[0]
    }

    /// The JSON text of each layer's config, the base first.
    pub(super) fn configs(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.configs.iter().rev().map(String::as_str)
    }

    /// The history, the base first. A member of another type is left out.
    pub(super) fn history(&self) -> impl Iterator<Item = Step> {
        self.configs().map(step)
    }
}

/// What the digest of a manifest is over, and so all that may be believed: of a signed schema 1 its payload (MAN-6), of anything
/// else every byte. Behind the payload there may be nothing but the signatures: it is under no digest.
pub(super) fn content(body: &Bytes) -> Result<Bytes, String> {
    let text = String::from_utf8_lossy(body);
    let is_signed_schema_1 = |text: &str| {
        Object::read(text, &["schemaVersion", "fsLayers", "signatures"]).is_ok_and(|object| {
            let is_there = |member| object.value(member).is_some_and(|value| value != "null");
            object.value(0) == Some("1") && is_there(1) && is_there(2)
        })
    };
    if !text.contains("\"signatures\"") || !is_signed_schema_1(&text) {
        return Ok(body.clone());
    }
    let Some(payload) = payload(body)? else {
        return Ok(body.clone());
    };
    if !is_body_of(&text, &payload) {
        return Err("beside its signatures there is more than what was signed".to_owned());
    }
    Ok(payload.into())
}

/// Whether `text` is `payload` and signatures.
fn is_body_of(text: &str, payload: &[u8]) -> bool {
    let unsigned = serde_json::from_str::<Value>(text)
        .ok()
        .and_then(|mut body| {
            body.as_object_mut()?.remove("signatures")?;
            Some(body)
        });
    unsigned.is_some() && unsigned == serde_json::from_slice(payload).ok()
}

/// The bytes that the digest of a signed manifest is over; `None` where it is not signed, and the digest is over all bytes.
fn payload(bytes: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let Some(signatures) = unmarshal::<Signed>(bytes)?.signatures else {
        return Ok(None);
    };
    let formats = signatures
        .iter()
        .map(format)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|why| format!("signatures: {why}"))?;
    let [(length, tail), others @ ..] = formats.as_slice() else {
        return Err("signatures: there is none".to_owned());
    };
    if others.iter().any(|other| other != &formats[0]) {
        return Err("signatures: they are over different payloads".to_owned());
    }
    let head = usize::try_from(*length)
        .ok()
        .and_then(|length| bytes.get(..length))
        .ok_or_else(|| {
            let all = bytes.len();
            format!("signatures: formatLength is {length}, and the manifest has {all} bytes")
        })?;
    Ok(Some([head, tail.as_slice()].concat()))
}

members! {
    /// The document, as far as it is read.
    Document {
        schema_version: i64 = "schemaVersion",
        name: String = "name",
        tag: String = "tag",
        architecture: String = "architecture",
        layers: Vec<Layer> = "fsLayers",
        history: Vec<Entry> = "history",
    }
}

members! {
    /// An entry of `fsLayers`.
    Layer {
        digest: String = "blobSum",
    }
}

members! {
    /// An entry of `history`.
    Entry {
        config: String = "v1Compatibility",
    }
}

members! {
    /// What a layer's config tells of the step that made it.
    Config {
        created: Lenient<Option<String>> = "created",
        container: Lenient<Container> = "container_config",
        author: Lenient<Option<String>> = "author",
        comment: Lenient<Option<String>> = "comment",
        throwaway: Lenient<bool> = "throwaway",
    }
}

members! {
    /// The container that the step ran in.
    Container {
        command: Vec<String> = "Cmd",
    }
}

members! {
    /// A manifest, as far as its payload depends on it.
    Signed {
        signatures: Option<Vec<Signature>> = "signatures",
    }
}

members! {
    /// A signature in JWS.
    Signature {
        protected: String = "protected",
    }
}

members! {
    /// The header that a signature protects.
    Protected {
        length: Option<i64> = "formatLength",
        tail: Option<String> = "formatTail",
    }
}

/// MAN-9: checked before it stands in an address.
fn digest(layer: &Layer) -> Result<Digest, String> {
    let digest = layer.digest.parse();
    digest.map_err(|error: crate::error::Error| format!("fsLayers: {error}"))
}

fn config(entry: Entry) -> Result<String, String> {
    unmarshal::<Config>(entry.config.as_bytes())
        .map_err(|why| format!("history: v1Compatibility: {why}"))?;
    if entry.config.trim_ascii_start().starts_with('{') {
        Ok(entry.config)
    } else {
        Err("history: v1Compatibility: it is no object".to_owned())
    }
}

fn step(config: &str) -> Step {
    let config: Config = unmarshal(config.as_bytes()).unwrap_or_default();
    let command = config.container.0.command.join(" ");
    Step {
        created: config.created.0,
        created_by: Some(command).filter(|command| !command.is_empty()),
        author: config.author.0,
        comment: config.comment.0,
        empty_layer: config.throwaway.0.then_some(true),
    }
}

/// How much of the manifest a signature is over, and what stands behind that in the payload.
fn format(signature: &Signature) -> Result<(i64, Vec<u8>), String> {
    let protected: Protected = unmarshal(&base64url(&signature.protected)?)
        .map_err(|why| format!("the protected header: {why}"))?;
    let length = protected.length.ok_or("there is no formatLength")?;
    let tail = protected.tail.ok_or("there is no formatTail")?;
    Ok((length, base64url(&tail)?))
}

fn base64url(text: &str) -> Result<Vec<u8>, String> {
    /// As JWS has it, without padding, and as some writers have it, with it.
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let decoded = BASE64.decode(text);
    decoded.map_err(|_| format!("{:?} is no base64url", shorten(text, 64)))
}

#[cfg(test)]
pub(super) mod tests;
