//! A manifest or a blob as bytes under its digest. Knows nothing of tags or repositories.

use std::sync::Arc;

use hyper::body::Bytes;
use sha2::{Digest as _, Sha256};

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
    media_type: &'static str,
    bytes: Bytes,
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
            media_type,
            bytes: bytes.into(),
        }))
    }

    /// Whether it is a manifest or a blob.
    pub fn kind(&self) -> DocumentKind {
        self.0.kind
    }

    /// `sha256:` and the hash of exactly [`bytes`](Self::bytes) (REGISTRY.md MAN-6).
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// The media type that descriptors give it.
    pub fn media_type(&self) -> &'static str {
        self.0.media_type
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
