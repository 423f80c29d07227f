//! Documents at the limit of what is read, and one byte above it. They are made here: the folder of odd images stays small.

use std::path::Path;

use hub_sim::{Config, Population, Sim};
use hub_test::{Run, tool};
use serde_json::json;
use sha2::{Digest as _, Sha256};

const MOST: usize = 4 * 1024 * 1024;
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

fn digest(bytes: &str) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold("sha256:".to_owned(), |digest, byte| {
        digest + &format!("{byte:02x}")
    })
}

/// The same JSON, so many bytes long.
fn padded(json: &serde_json::Value, length: usize) -> String {
    let text = json.to_string();
    let blanks = length.saturating_sub(text.len());
    text + &" ".repeat(blanks)
}

/// An image in `folder` whose manifest and config have these lengths; JSON may end in blanks.
fn write(folder: &Path, tag: &str, manifest: usize, config: usize) {
    let folder = folder.join(tag);
    std::fs::create_dir_all(&folder).expect("a folder");
    let config = padded(&json!({"os": "linux", "architecture": "amd64"}), config);
    let top = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "layers": [], "annotations": {"tag": tag},
        "config": {"mediaType": CONFIG, "digest": digest(&config), "size": config.len()},
    });
    let top = padded(&top, manifest);
    let document = |file: &str, kind: &str, media_type: &str, bytes: &str| {
        std::fs::write(folder.join(file), bytes).expect("a file");
        json!({"file": file, "kind": kind, "media_type": media_type, "digest": digest(bytes)})
    };
    let documents = [
        document("config.json", "blob", CONFIG, &config),
        document("top.json", "manifest", MANIFEST, &top),
    ];
    let image =
        json!({"fact": "LIM-3", "rule": "", "content_type": MANIFEST, "documents": documents});
    std::fs::write(folder.join("image.json"), image.to_string()).expect("a file");
}

#[test]
fn documents_are_read_to_four_mebibytes_and_no_further_lim_1_lim_3() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "manifest-at-limit", MOST, 0);
    write(folder.path(), "manifest-above", MOST + 1, 0);
    write(folder.path(), "config-at-limit", 0, MOST);
    write(folder.path(), "config-above", 0, MOST + 1);
    let population = Population::images(folder.path()).expect("images");
    let sim = Sim::start(Config {
        population,
        ..Config::default()
    })
    .expect("a free port");
    let inspect = |tag: &str| -> Run {
        let reference = format!("odd/images:{tag}");
        tool(&sim, "hub-inspect", &["--errors", &reference]).run()
    };
    for tag in ["manifest-at-limit", "config-at-limit"] {
        assert_eq!(
            inspect(tag).succeeds().each("Platform"),
            ["linux/amd64"],
            "{tag}"
        );
    }
    for tag in ["manifest-above", "config-above"] {
        let run = inspect(tag).fails(1, &[tag]);
        assert_eq!(run.records()[0]["error"]["code"], "too_large", "{tag}");
    }
}
