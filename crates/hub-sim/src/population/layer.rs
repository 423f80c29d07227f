//! Tiny layers: a real gzipped tar with one file, so that a descriptor's size and digest are true and a container
//! engine could unpack what it pulls.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

use super::document::{Document, digest_of};

const BLOCK: usize = 512;

/// A layer blob and what the image's config says about it.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// The gzipped tar.
    pub(crate) blob: Document,
    /// Digest of the tar itself, for `rootfs.diff_ids`.
    pub(crate) diff_id: String,
}

/// A layer that holds one text file at `path`.
pub(crate) fn layer(media_type: &'static str, path: &str, content: &str) -> Layer {
    let tar = tar(path, content.as_bytes());
    Layer {
        diff_id: digest_of(&tar),
        blob: Document::blob(media_type, gzip(&tar)),
    }
}

/// One POSIX ustar entry and the two zero blocks that end an archive.
fn tar(path: &str, content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; BLOCK];
    let mut put =
        |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, path);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{:011o}", content.len()));
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\0");
    put(263, "00");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());

    let mut archive = header.to_vec();
    archive.extend_from_slice(content);
    archive.resize(archive.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
    archive
}

/// Stored, not deflated: the bytes must not change with the compressor's version.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::none());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::{BLOCK, layer};
    use crate::population::document::digest_of;

    #[test]
    fn a_layer_unpacks_to_the_tar_that_its_diff_id_names() {
        let layer = layer(
            "application/vnd.oci.image.layer.v1.tar+gzip",
            "etc/x",
            "hello\n",
        );
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(layer.blob.bytes())
            .read_to_end(&mut tar)
            .unwrap();
        assert_eq!(digest_of(&tar), layer.diff_id);
        assert_eq!(tar.len(), 4 * BLOCK);
        assert_eq!(&tar[..6], b"etc/x\0");
        assert_eq!(&tar[BLOCK..BLOCK + 6], b"hello\n");
    }
}
