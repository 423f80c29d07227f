//! Documents that somebody made to deceive or to exhaust, or that are broken in part: what can be shown is shown, and nothing
//! else. They are made here, each for its test.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hub_sim::{Config, Kind, Population, Sim};
use hub_test::{Run, tool};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const CASE: &str = "case";

/// One image in a folder of its own, tagged `case`.
struct Image {
    folder: TempDir,
    documents: Vec<Value>,
}

fn digest(text: &str) -> String {
    let hash = Sha256::digest(text);
    hash.iter().fold("sha256:".to_owned(), |digest, byte| {
        digest + &format!("{byte:02x}")
    })
}

impl Image {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(CASE)).expect("a folder");
        Self {
            folder,
            documents: Vec::new(),
        }
    }

    /// Adds a document; its descriptor.
    fn add(&mut self, kind: &str, media_type: &str, text: &str) -> Value {
        self.add_as(kind, media_type, text, &digest(text))
    }

    fn add_as(&mut self, kind: &str, media_type: &str, text: &str, digest: &str) -> Value {
        let file = format!("document-{}", self.documents.len());
        std::fs::write(self.folder.path().join(CASE).join(&file), text).expect("a file");
        let is_lie = digest != self::digest(text);
        self.documents.push(json!({
            "file": file, "kind": kind, "media_type": media_type, "digest": digest, "lie": is_lie,
        }));
        json!({"mediaType": media_type, "digest": digest, "size": text.len()})
    }

    /// Adds an image manifest with its config; its descriptor, with the platform.
    fn add_image(&mut self, architecture: &str) -> Value {
        let platform = json!({"os": "linux", "architecture": architecture});
        let config = self.add("blob", CONFIG, &platform.to_string());
        let manifest =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []});
        let mut entry = self.add("manifest", MANIFEST, &manifest.to_string());
        entry["platform"] = platform;
        entry
    }

    /// Adds an index over `entries`, the top.
    fn add_index(&mut self, entries: &[Value]) {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries});
        self.add("manifest", INDEX, &index.to_string());
    }

    fn sim(&self, content_type: &str) -> Sim {
        let image = json!({"fact": "-", "rule": "-", "content_type": content_type, "documents": self.documents});
        let path: &Path = self.folder.path();
        std::fs::write(path.join(CASE).join("image.json"), image.to_string()).expect("a file");
        Sim::start(Config {
            population: Population::images(path).expect("an image"),
            ..Config::default()
        })
        .expect("a free port")
    }
}

fn inspect(sim: &Sim, arguments: &[&str]) -> Run {
    let reference = format!("odd/images:{CASE}");
    tool(sim, "hub-inspect", &[arguments, &[&reference]].concat()).run()
}

/// A descriptor of something that is nowhere.
fn missing(media_type: &str) -> Value {
    json!({"mediaType": media_type, "digest": digest("nowhere"), "size": 7})
}

#[test]
fn a_signature_does_not_hide_what_is_under_no_digest_man_6_man_7() {
    let mut image = Image::new();
    let entry = image.add_image("amd64");
    let path = image.folder.path().join(CASE).join("document-1");
    let manifest = std::fs::read_to_string(path).expect("the manifest");
    let (signed, tail) = manifest.split_at(manifest.len() - 1);
    let protected =
        json!({"formatLength": signed.len(), "formatTail": URL_SAFE_NO_PAD.encode(tail)});
    let protected = URL_SAFE_NO_PAD.encode(protected.to_string());
    // It ends in the true manifest's payload, for whoever takes any `signatures` for schema 1's.
    let evil = format!(
        r#"{signed},"fsLayers":[],"signatures":[{{"protected":"{protected}"}}],"layers":[7]}}"#
    );
    let digest = entry["digest"].as_str().expect("a digest").to_owned();
    image.documents.pop();
    image.add_as("manifest", MANIFEST, &evil, &digest);
    let sim = image.sim(MANIFEST);
    for arguments in [&["--raw"][..], &[]] {
        let pinned = format!("odd/images@{digest}");
        let arguments = [arguments, &[&pinned]].concat();
        let run = tool(&sim, "hub-inspect", &arguments).run();
        let run = run.fails(1, &["was expected, and what came is"]);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn members_in_another_case_make_no_second_document_man_12() {
    let mut image = Image::new();
    let entry = image.add_image("amd64");
    let config = json!({"mediaType": CONFIG, "digest": digest(r#"{"architecture":"amd64","os":"linux"}"#), "size": 37});
    let both = json!({"schemaVersion": 2, "config": config, "layers": [], "Manifests": [entry]});
    image.add("manifest", MANIFEST, &both.to_string());
    let sim = image.sim(MANIFEST);
    inspect(&sim, &[]).fails(1, &["\"Manifests\""]);
}

#[test]
fn a_dead_part_of_an_index_does_not_hide_the_platforms_that_are_there() {
    let mut image = Image::new();
    let (amd64, arm64) = (image.add_image("amd64"), image.add_image("arm64"));
    let mut dead = missing(MANIFEST);
    dead["platform"] = json!({"os": "linux", "architecture": "s390x"});
    image.add_index(&[amd64, missing(INDEX), dead, arm64]);
    let sim = image.sim(INDEX);
    let run = inspect(&sim, &["--platform", "all", "--errors"]);
    assert_eq!(run.code, Some(1));
    let kinds: Vec<_> = run.each("kind");
    assert_eq!(
        kinds,
        ["image", "image", "error"],
        "one error, after what there is"
    );
    assert_eq!(
        run.stderr.matches("no such manifest").count(),
        2,
        "each is told: {}",
        run.stderr
    );
}

#[test]
fn no_platform_at_all_is_an_error_by_every_way_in() {
    let odd = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../odd");
    let sim = Sim::start(Config {
        population: Population::images(&odd).expect("the odd images"),
        ..Config::default()
    })
    .expect("a free port");
    for case in [
        "PLT-3-only-unknown",
        "PLT-4-no-children",
        "MAN-13-unknown-child-alone",
    ] {
        let reference = format!("odd/images:{case}");
        for arguments in [&[][..], &["--platform", "all"]] {
            let arguments = [arguments, &[&reference]].concat();
            let run = tool(&sim, "hub-inspect", &arguments)
                .run()
                .fails(1, &[&reference]);
            assert_eq!(run.stdout, "", "{case}");
        }
    }
    // PLT-5, for exact documents too.
    for mode in ["--raw", "--config"] {
        let reference = "odd/images:PLT-5-single-arm64";
        let arguments = [mode, "--platform", "linux/amd64", reference];
        tool(&sim, "hub-inspect", &arguments)
            .run()
            .fails(1, &["linux/arm64"]);
    }
}

#[test]
fn a_child_of_an_unknown_type_is_not_chosen_before_an_image_man_13() {
    let mut image = Image::new();
    let amd64 = image.add_image("amd64");
    let mut unknown = missing("application/vnd.example.thing.v1+json");
    unknown["platform"] = amd64["platform"].clone();
    image.add_index(&[unknown, amd64]);
    let sim = image.sim(INDEX);
    for arguments in [
        &[][..],
        &["--platform", "linux/amd64"],
        &["--platform", "all"],
    ] {
        assert_eq!(
            inspect(&sim, arguments).succeeds().each("Platform"),
            ["linux/amd64"]
        );
    }
}

#[test]
fn a_missing_attestation_is_told_and_the_image_is_shown_att_1() {
    let mut image = Image::new();
    let amd64 = image.add_image("amd64");
    let mut attestation = missing(MANIFEST);
    attestation["annotations"] = json!({
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": amd64["digest"],
    });
    image.add_index(&[amd64, attestation]);
    let sim = image.sim(INDEX);
    let run = inspect(&sim, &["--index"]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.stderr.contains("an attestation of sha256:"),
        "{}",
        run.stderr
    );
    let record = &run.records()[0];
    assert_eq!(
        record["Attestations"][0]["ManifestDigest"],
        digest("nowhere")
    );
    assert_eq!(record["Attestations"][0]["PredicateType"], Value::Null);
}

#[test]
fn what_an_index_calls_an_image_is_no_index_man_12() {
    let mut image = Image::new();
    let amd64 = image.add_image("amd64");
    let inner = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [amd64]});
    let mut entry = image.add("manifest", INDEX, &inner.to_string());
    entry["mediaType"] = MANIFEST.into();
    image.add_index(&[entry]);
    let sim = image.sim(INDEX);
    for arguments in [&[][..], &["--platform", "all"]] {
        inspect(&sim, arguments).fails(1, &["is listed as", "and it is"]);
    }
}

#[test]
fn walks_through_indexes_and_attestations_are_bounded_man_14() {
    let mut image = Image::new();
    let inner: Vec<Value> = (0..300)
        .map(|number| {
            let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": {"n": number.to_string()}});
            image.add("manifest", INDEX, &index.to_string())
        })
        .collect();
    image.add_index(&inner);
    let sim = image.sim(INDEX);
    inspect(&sim, &["--platform", "all"]).fails(1, &["more than"]);
    let asked = sim
        .log()
        .iter()
        .filter(|asked| asked.kind == Kind::Manifest)
        .count();
    assert!(asked < 300, "{asked}");

    let mut image = Image::new();
    let amd64 = image.add_image("amd64");
    let attestations = (0..100).map(|number| {
        let mut attestation = missing(MANIFEST);
        attestation["digest"] = digest(&number.to_string()).into();
        attestation["annotations"] = json!({
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": amd64["digest"],
        });
        attestation
    });
    let entries: Vec<Value> = std::iter::once(amd64.clone()).chain(attestations).collect();
    image.add_index(&entries);
    let sim = image.sim(INDEX);
    inspect(&sim, &["--index"]).fails(1, &["more attestations than are read"]);
}

#[test]
fn pins_of_platforms_cost_the_index_alone() {
    let mut image = Image::new();
    let (amd64, arm64) = (image.add_image("amd64"), image.add_image("arm64"));
    image.add_index(&[amd64.clone(), arm64.clone()]);
    let sim = image.sim(INDEX);
    let pin = |entry: &Value| {
        let digest = entry["digest"].as_str().expect("a digest");
        format!("docker.io/odd/images:{CASE}@{digest}")
    };
    let all = inspect(&sim, &["-o", "ref", "--platform", "all"]).succeeds();
    assert_eq!(all.lines(), [pin(&amd64), pin(&arm64)]);
    let one = inspect(&sim, &["-o", "ref", "--platform", "linux/arm64"]).succeeds();
    assert_eq!(one.lines(), [pin(&arm64)]);
    let log = sim.log();
    let pulls: Vec<_> = log
        .iter()
        .filter(|asked| asked.kind == Kind::Manifest && asked.status == Some(200))
        .collect();
    assert_eq!(pulls.len(), 2, "the index, by each run");
    assert!(!log.iter().any(|asked| asked.kind == Kind::Blob));
    inspect(&sim, &["-o", "ref", "--platform", "linux/s390x"])
        .fails(1, &["no image for linux/s390x"]);
}
