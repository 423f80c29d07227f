//! A manifest or a blob as bytes under its digest. Knows nothing of tags or repositories.

use std::borrow::Cow;
use std::sync::Arc;

use hyper::body::Bytes;
use sha2::{Digest as _, Sha256, Sha512};

/// What the registry serves a document as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// Pushed to and served from `…/manifests/`.
    Manifest,
    /// Pushed to and served from `…/blobs/`: a layer or a config.
    Blob,
}

/// Bytes under their digest. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Document(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kind: DocumentKind,
    digest: String,
    media_type: Cow<'static, str>,
    bytes: Bytes,
    manner: Option<Manner>,
}

/// How a manifest is served, where it is not served as it should be.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// `Content-Type`; none is sent if there is none.
    pub(crate) content_type: Option<String>,
    /// `Docker-Content-Digest` instead of the true one; none is sent if it is empty.
    pub(crate) header_digest: Option<String>,
    /// HEAD is answered with 405 (REGISTRY.md MAN-4).
    pub(crate) head_refused: bool,
}

impl Document {
    /// A manifest or an index.
    pub(crate) fn manifest(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self::new(DocumentKind::Manifest, media_type, bytes)
    }

    /// A config or a layer.
    pub(crate) fn blob(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self::new(DocumentKind::Blob, media_type, bytes)
    }

    fn new(kind: DocumentKind, media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self(Arc::new(Inner {
            kind,
            digest: digest_of(&bytes),
            media_type: media_type.into(),
            bytes: bytes.into(),
            manner: None,
        }))
    }

    /// A document out of a file, under the digest that is stated for it.
    pub(crate) fn stated(
        kind: DocumentKind,
        media_type: String,
        digest: String,
        bytes: Vec<u8>,
        manner: Option<Manner>,
    ) -> Self {
        Self(Arc::new(Inner {
            kind,
            digest,
            media_type: media_type.into(),
            bytes: bytes.into(),
            manner,
        }))
    }

    /// Whether it is a manifest or a blob.
    pub fn kind(&self) -> DocumentKind {
        self.0.kind
    }

    /// `sha256:` and the hash of exactly [`bytes`](Self::bytes) (REGISTRY.md MAN-6). Only a document out of a folder of
    /// images can have another algorithm, or a digest that is stated and not true.
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// The media type that descriptors give it.
    pub fn media_type(&self) -> &str {
        &self.0.media_type
    }

    /// The same, to be kept.
    pub(crate) fn owned_media_type(&self) -> Cow<'static, str> {
        self.0.media_type.clone()
    }

    /// How it is served, where that is odd.
    pub(crate) fn manner(&self) -> Option<&Manner> {
        self.0.manner.as_ref()
    }

    /// The content.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The content, shared.
    pub(crate) fn shared(&self) -> Bytes {
        self.0.bytes.clone()
    }

    /// The length, as descriptors state it.
    pub fn size(&self) -> u64 {
        self.0.bytes.len() as u64
    }
}

/// `sha256:<hex>` over `bytes`.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// The digest of `bytes` by the algorithm of the digest `like`.
pub(crate) fn digest_like(like: &str, bytes: &[u8]) -> String {
    if like.starts_with("sha512:") {
        format!("sha512:{}", hex(&Sha512::digest(bytes)))
    } else {
        digest_of(bytes)
    }
}

/// Whether `text` is a digest by sha256 or sha512 (REGISTRY.md MAN-9).
pub(crate) fn is_digest(text: &str) -> bool {
    let digits = match text.split_once(':') {
        Some(("sha256", encoded)) if encoded.len() == 64 => encoded,
        Some(("sha512", encoded)) if encoded.len() == 128 => encoded,
        _ => return false,
    };
    digits
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Document, digest_of};

    /// REGISTRY.md section 5.3: the empty config's well-known digest.
    #[test]
    fn digest_is_sha256_over_the_bytes() {
        let empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(digest_of(b"{}"), empty);
        let document = Document::blob("application/vnd.oci.empty.v1+json", b"{}".to_vec());
        assert_eq!((document.digest(), document.size()), (empty, 2));
    }
}
