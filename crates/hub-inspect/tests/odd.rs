//! Every odd image of `odd/`, as hub-inspect says it: a true record or a clear error. The cases are named after the facts of
//! REGISTRY.md that they stand for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hub_sim::{Config, Kind, Population, Sim};
use hub_test::{Run, tool};
use serde_json::Value;

/// What becomes of a case.
enum Expected {
    /// An image for linux/amd64 with one layer.
    Plain,
    /// An image; members as JSON.
    Image(&'static [(&'static str, &'static str)]),
    /// An artifact of this type.
    Artifact(&'static str),
    /// An error of this code, with these words.
    Error(&'static str, &'static str),
}

use Expected::{Artifact, Error, Image, Plain};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

const CASES: &[(&str, Expected)] = &[
    (
        "ART-1-cosign-empty-config",
        Artifact("application/vnd.dev.cosign.artifact.sig.v1+json"),
    ),
    ("ART-1-cosign-signature", Artifact(CONFIG)),
    (
        "ART-1-docker-plugin",
        Artifact("application/vnd.docker.plugin.v1+json"),
    ),
    (
        "ART-1-empty-config",
        Artifact("application/vnd.example.note"),
    ),
    (
        "ART-1-helm-chart",
        Artifact("application/vnd.cncf.helm.config.v1+json"),
    ),
    (
        "ART-1-model",
        Artifact("application/vnd.cncf.model.config.v1+json"),
    ),
    (
        "ART-1-wasm",
        Artifact("application/vnd.wasm.config.v0+json"),
    ),
    ("ATT-1-buildkit", Plain),
    ("ATT-1-older-prefix", Plain),
    ("ATT-1-other-reference-type", Plain),
    ("ATT-3-attestation-labelled-amd64-first", Plain),
    ("ATT-3-unknown-platform-alone", Plain),
    ("ATT-4-artifact-and-subject", Plain),
    (
        "BLOB-1-config-array",
        Error("invalid_response", "it is no object"),
    ),
    (
        "BLOB-1-config-empty-object",
        Image(&[
            ("Platform", "null"),
            ("Created", "null"),
            ("Labels", "null"),
            ("Env", "null"),
        ]),
    ),
    (
        "BLOB-1-config-null",
        Error("invalid_response", "it is no object"),
    ),
    (
        "BLOB-1-config-text",
        Error("invalid_response", "it is no object"),
    ),
    (
        "BLOB-1-created-absent-docker",
        Image(&[("Created", "null")]),
    ),
    ("BLOB-1-created-absent-oci", Image(&[("Created", "null")])),
    (
        "BLOB-1-created-invalid",
        Image(&[("Created", r#""yesterday""#)]),
    ),
    (
        "BLOB-1-created-offset",
        Image(&[("Created", r#""2023-11-20T12:00:00+02:00""#)]),
    ),
    (
        "BLOB-1-created-trailing-zeros",
        Image(&[("Created", r#""2023-11-20T12:00:00.120000000Z""#)]),
    ),
    (
        "BLOB-1-docker-members",
        Image(&[("DockerVersion", r#""19.03.12""#)]),
    ),
    ("BLOB-1-env-empty", Image(&[("Env", "[]")])),
    (
        "BLOB-1-env-no-list",
        Image(&[("Env", r#""PATH=/usr/bin""#)]),
    ),
    ("BLOB-1-env-null", Image(&[("Env", "null")])),
    (
        "BLOB-1-label-no-string",
        Image(&[("Labels", r#"{"null":null,"number":1,"text":"kept"}"#)]),
    ),
    ("BLOB-1-labels-hostile", Plain),
    ("MAN-4-head-refused", Plain),
    ("MAN-5-header-digest-missing", Plain),
    ("MAN-6-trailing-newline", Plain),
    (
        "MAN-7-other-bytes",
        Error("digest_mismatch", "was expected, and what came is"),
    ),
    ("MAN-8-header-digest-lies", Plain),
    ("MAN-8-header-digest-sha512", Plain),
    (
        "MAN-9-child-digest-traversal",
        Error("invalid_response", r#"invalid digest "sha256:../../x""#),
    ),
    (
        "MAN-9-child-digest-upper-case",
        Error("invalid_response", "lower case"),
    ),
    (
        "MAN-9-config-digest-traversal",
        Error("invalid_response", r#"invalid digest "sha256:../../x""#),
    ),
    (
        "MAN-9-layer-digest-traversal",
        Error("invalid_response", r#"invalid digest "sha256:../../x""#),
    ),
    ("MAN-9-sha512-child", Plain),
    ("MAN-9-sha512-config-and-layer", Plain),
    (
        "MAN-10-child-size-wrong",
        Error("digest_mismatch", "should have 10 bytes"),
    ),
    (
        "MAN-10-config-size-wrong",
        Error("digest_mismatch", "should have 10 bytes"),
    ),
    (
        "MAN-10-layer-size-negative",
        Error("invalid_response", "-1"),
    ),
    ("MAN-11-served-as-json", Plain),
    ("MAN-11-served-as-text", Plain),
    ("MAN-11-served-in-upper-case", Plain),
    ("MAN-11-served-with-charset", Plain),
    ("MAN-11-served-without-type", Plain),
    ("MAN-11-shape-decides", Plain),
    (
        "MAN-12-index-says-docker",
        Error("invalid_response", "calls itself"),
    ),
    (
        "MAN-12-manifests-and-config",
        Error("invalid_response", "an index and an image at once"),
    ),
    (
        "MAN-12-manifests-and-fslayers",
        Error("invalid_response", "an index and an image at once"),
    ),
    (
        "MAN-12-manifests-and-layers",
        Error("invalid_response", "an index and an image at once"),
    ),
    ("MAN-12-oci-index-without-mediatype", Plain),
    ("MAN-12-oci-manifest-without-mediatype", Plain),
    (
        "MAN-13-unknown-child-alone",
        Error("unsupported", "application/vnd.example.thing.v1+json"),
    ),
    ("MAN-13-unknown-child-beside-image", Plain),
    ("MAN-14-child-twice", Plain),
    (
        "MAN-14-index-in-itself",
        Error("digest_mismatch", "was expected, and what came is"),
    ),
    ("MAN-14-nested-index", Plain),
    (
        "MAN-14-too-deep",
        Error("invalid_response", "more than 5 deep"),
    ),
    (
        "MAN-15-annotations-null",
        Image(&[("Annotations", "null"), ("Platform", r#""linux/amd64""#)]),
    ),
    (
        "MAN-15-artifact-manifest",
        Artifact("application/vnd.example.notes"),
    ),
    ("MAN-15-docker-image", Plain),
    ("MAN-15-docker-manifest-list", Plain),
    ("MAN-15-encrypted-layer", Plain),
    (
        "MAN-15-no-layers",
        Image(&[("Layers", "[]"), ("Platform", r#""linux/amd64""#)]),
    ),
    ("MAN-15-unknown-members", Plain),
    ("MAN-15-zstd-layer", Plain),
    ("MAN-16-config-in-data", Plain),
    ("MAN-16-data-lies", Plain),
    (
        "MAN-17-foreign-layer",
        Image(&[("Platform", r#""linux/amd64""#)]),
    ),
    (
        "MAN-17-nondistributable-layer",
        Image(&[("Platform", r#""linux/amd64""#)]),
    ),
    (
        "MAN-18-schema1-signed",
        Image(&[
            ("Size", "null"),
            ("ConfigDigest", "null"),
            ("Architecture", r#""amd64""#),
        ]),
    ),
    (
        "MAN-18-schema1-unsigned",
        Image(&[
            ("Size", "null"),
            ("ConfigDigest", "null"),
            ("Architecture", r#""amd64""#),
        ]),
    ),
    ("PLT-1-empty-platform", Image(&[("Platform", "null")])),
    (
        "PLT-1-spellings",
        Image(&[("Platform", r#""Linux/x86_64""#)]),
    ),
    (
        "PLT-1-variants-in-index-only",
        Image(&[("Platform", r#""linux/arm""#)]),
    ),
    ("PLT-2-equal-children", Plain),
    ("PLT-3-only-unknown", Error("not_found", "no image")),
    (
        "PLT-4-arm64-only",
        Image(&[("Platform", r#""linux/arm64""#)]),
    ),
    ("PLT-4-child-without-platform", Plain),
    ("PLT-4-child-without-platform-first", Plain),
    ("PLT-4-no-children", Error("not_found", "no image")),
    (
        "PLT-5-single-arm64",
        Image(&[("Platform", r#""linux/arm64""#)]),
    ),
    (
        "PLT-6-windows-versions",
        Image(&[("Platform", r#""windows/amd64:10.0.17763.1""#)]),
    ),
    ("RFR-3-referrers", Plain),
    ("RFR-5-fallback-tag", Plain),
    ("RFR-7-cosign-tag", Plain),
];

fn odd() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../odd")
}

fn sim() -> Sim {
    Sim::start(Config {
        population: Population::images(&odd()).expect("the odd images"),
        ..Config::default()
    })
    .expect("a free port")
}

fn reference(case: &str) -> String {
    format!("odd/images:{case}")
}

fn inspect(sim: &Sim, arguments: &[&str], case: &str) -> Run {
    let reference = reference(case);
    let arguments = [arguments, &[&reference]].concat();
    tool(sim, "hub-inspect", &arguments).run()
}

/// The digest under which `image.json` lists a file of a case.
fn digest(case: &str, file: &str) -> String {
    let text = std::fs::read(odd().join(case).join("image.json")).expect("a case");
    let description: Value = serde_json::from_slice(&text).expect("JSON");
    let documents = description["documents"].as_array().expect("a list");
    let document = documents.iter().find(|document| document["file"] == file);
    let digest = document.and_then(|document| document["digest"].as_str());
    digest.expect("the file is listed").to_owned()
}

fn check(case: &str, expected: &Expected, record: &Value) {
    let is = |member: &str, json: &str| {
        let json: Value = serde_json::from_str(json).expect("JSON");
        assert_eq!(record[member], json, "{case}: {member}");
    };
    if !matches!(expected, Error(..)) {
        is("Digest", &format!("\"{}\"", digest(case, "top.json")));
    }
    match expected {
        Plain => {
            is("kind", "\"image\"");
            is("Platform", "\"linux/amd64\"");
            assert_eq!(record["Layers"].as_array().map(Vec::len), Some(1), "{case}");
        }
        Image(members) => {
            is("kind", "\"image\"");
            members.iter().for_each(|(member, json)| is(member, json));
        }
        Artifact(kind) => {
            is("kind", "\"artifact\"");
            is("ArtifactType", &format!("\"{kind}\""));
        }
        Error(code, words) => {
            assert_eq!(record["error"]["code"], *code, "{case}: {record}");
            let message = record["error"]["message"].as_str().unwrap_or_default();
            assert!(message.contains(words), "{case}: {message}");
        }
    }
}

#[test]
fn every_odd_image_is_a_true_record_or_a_clear_error() {
    let sim = sim();
    let stdin: String = CASES
        .iter()
        .map(|(case, _)| reference(case) + "\n")
        .collect();
    let run = tool(&sim, "hub-inspect", &["--errors"]).stdin(stdin).run();
    let records = run.records();
    assert_eq!((run.code, records.len()), (Some(1), CASES.len()));
    for ((case, expected), record) in CASES.iter().zip(&records) {
        check(case, expected, record);
    }
}

#[test]
fn no_odd_image_is_left_out() {
    let mut folders: Vec<_> = std::fs::read_dir(odd())
        .expect("the odd images")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("ASCII"))
        .collect();
    folders.sort_unstable();
    let cases: BTreeMap<_, _> = CASES
        .iter()
        .map(|(case, expected)| (*case, expected))
        .collect();
    assert!(
        cases.keys().eq(folders.iter()),
        "a row for each folder, and a folder for each row"
    );
}

#[test]
fn schema_1_shows_what_its_newest_layer_says_man_18() {
    let sim = sim();
    for case in ["MAN-18-schema1-signed", "MAN-18-schema1-unsigned"] {
        let record = &inspect(&sim, &["--history"], case).succeeds().records()[0];
        let raw = inspect(&sim, &["--raw"], case).succeeds();
        let manifest: Value = serde_json::from_str(&raw.stdout).expect("JSON");
        let layers = manifest["fsLayers"].as_array().expect("layers");
        let base_first: Vec<_> = layers.iter().rev().map(|layer| &layer["blobSum"]).collect();
        assert_eq!(
            record["Layers"].as_array().map(|all| all.iter().collect()),
            Some(base_first)
        );
        let newest = manifest["history"][0]["v1Compatibility"]
            .as_str()
            .expect("text");
        let newest: Value = serde_json::from_str(newest).expect("JSON");
        assert_eq!(record["Created"], newest["created"]);
        assert_eq!(
            record["LayersData"][0]["Size"],
            Value::Null,
            "no size is known"
        );
        let steps = record["History"].as_array().expect("a list");
        assert_eq!(steps.len(), layers.len());
        assert_eq!(steps[steps.len() - 1]["created"], newest["created"]);
    }
}

#[test]
fn a_signed_schema_1_is_pinned_by_the_digest_of_its_payload_man_6() {
    let sim = sim();
    let case = "MAN-18-schema1-signed";
    let digest = digest(case, "top.json");
    let pinned = tool(&sim, "hub-inspect", &[&format!("odd/images@{digest}")]).run();
    assert_eq!(pinned.succeeds().each("Digest"), [digest]);
}

#[test]
fn platforms_of_inner_indexes_count_and_twice_is_once_man_14() {
    let sim = sim();
    let all = ["--platform", "all"];
    let nested = inspect(&sim, &all, "MAN-14-nested-index").succeeds();
    assert_eq!(nested.each("Platform"), ["linux/arm64", "linux/amd64"]);
    let arm64 = inspect(&sim, &["--platform", "linux/arm64"], "MAN-14-nested-index").succeeds();
    assert_eq!(arm64.each("ref"), nested.each("ref")[..1]);
    assert_eq!(
        inspect(&sim, &all, "MAN-14-child-twice")
            .succeeds()
            .records()
            .len(),
        1
    );
    inspect(&sim, &all, "MAN-14-too-deep").fails(1, &["more than 5 deep"]);
}

#[test]
fn an_unknown_child_is_listed_and_does_not_hide_the_others_man_13() {
    let sim = sim();
    let case = "MAN-13-unknown-child-beside-image";
    let listed = inspect(&sim, &["--platform", "list"], case).succeeds();
    let unknown = "application/vnd.example.thing.v1+json";
    assert!(
        listed
            .each("mediaType")
            .iter()
            .any(|listed| listed == unknown)
    );
    let all = inspect(&sim, &["--platform", "all"], case).succeeds();
    assert_eq!(all.each("Platform"), ["linux/amd64"]);
    let alone = inspect(&sim, &["--platform", "list"], "MAN-13-unknown-child-alone").succeeds();
    assert_eq!(alone.each("mediaType"), [unknown]);
}

#[test]
fn a_variant_that_only_the_index_names_is_demanded_plt_1() {
    let sim = sim();
    let case = "PLT-1-variants-in-index-only";
    for (platform, file) in [
        ("linux/arm/v6", "linux-arm-v6.json"),
        ("linux/arm/v7", "linux-arm-v7.json"),
        ("linux/arm", "linux-arm-v7.json"),
        ("linux/arm64", "linux-arm64-v8.json"),
    ] {
        let run = inspect(&sim, &["--platform", platform], case).succeeds();
        assert_eq!(
            run.each("ManifestDigest"),
            [digest(case, file)],
            "{platform}"
        );
    }
    inspect(&sim, &["--platform", "linux/arm/v5"], case)
        .fails(1, &["linux/arm/v6", "linux/arm/v7"]);
}

#[test]
fn windows_is_told_apart_by_its_version_plt_6() {
    let sim = sim();
    let case = "PLT-6-windows-versions";
    let demanded = |platform: &str| inspect(&sim, &["--platform", platform], case);
    for (platform, shown) in [
        ("windows/amd64:10.0.20348", "windows/amd64:10.0.20348.2"),
        ("windows/amd64", "windows/amd64:10.0.17763.1"),
    ] {
        assert_eq!(demanded(platform).succeeds().each("Platform"), [shown]);
    }
    demanded("windows/amd64:10.0.2").fails(1, &["10.0.20348.2"]);
}

#[test]
fn a_child_without_platform_is_the_last_resort_plt_4() {
    let sim = sim();
    let case = "PLT-4-child-without-platform";
    let run = inspect(&sim, &["--platform", "linux/amd64"], case).succeeds();
    assert_eq!(run.each("Platform"), ["linux/amd64"]);
    inspect(&sim, &["--platform", "linux/s390x"], case).fails(1, &["no image for linux/s390x"]);
    inspect(&sim, &["--platform", "linux/arm64"], "PLT-5-single-arm64").succeeds();
    inspect(&sim, &["--platform", "linux/amd64"], "PLT-5-single-arm64").fails(1, &["linux/arm64"]);
    inspect(&sim, &["--platform", "linux/amd64"], "PLT-4-arm64-only").fails(1, &["linux/arm64"]);
}

#[test]
fn attestations_are_reported_with_their_image_alone_att_1_att_2_att_4() {
    let sim = sim();
    for (case, kinds) in [
        ("ATT-1-buildkit", &["sbom", "provenance"][..]),
        ("ATT-1-older-prefix", &["sbom", "provenance"]),
        ("ATT-1-other-reference-type", &[]),
        ("ATT-4-artifact-and-subject", &["sbom", "provenance"]),
    ] {
        let run = inspect(&sim, &["--index", "--platform", "all"], case).succeeds();
        let records = run.records();
        assert_eq!(
            records.len(),
            1,
            "{case}: an attestation is no platform (ATT-3)"
        );
        let found = records[0]["Attestations"].as_array().expect("a list");
        let found: Vec<_> = found.iter().map(|found| &found["Type"]).collect();
        assert_eq!(found, kinds, "{case}");
    }
}

#[test]
fn inlined_configs_are_not_fetched_unless_they_lie_man_16() {
    for (case, fetched) in [("MAN-16-config-in-data", false), ("MAN-16-data-lies", true)] {
        let sim = sim();
        inspect(&sim, &[], case).succeeds();
        let asked = sim.log().iter().any(|asked| asked.kind == Kind::Blob);
        assert_eq!(asked, fetched, "{case}");
    }
}

#[test]
fn urls_of_foreign_layers_are_never_asked_man_17() {
    let sim = sim();
    for case in ["MAN-17-foreign-layer", "MAN-17-nondistributable-layer"] {
        let record = &inspect(&sim, &[], case).succeeds().records()[0];
        let sizes = record["LayersData"].as_array().expect("layers").iter();
        let layers: u64 = sizes
            .map(|layer| layer["Size"].as_u64().expect("a size"))
            .sum();
        assert!(
            record["Size"].as_u64() > Some(layers),
            "the config counts too"
        );
    }
    let blobs = sim
        .log()
        .iter()
        .filter(|asked| asked.kind == Kind::Blob)
        .count();
    assert_eq!(blobs, 2, "the two configs");
}

#[test]
fn a_header_that_lies_is_told_and_not_believed_man_8() {
    let sim = sim();
    let lying = inspect(&sim, &[], "MAN-8-header-digest-lies");
    assert_eq!(lying.code, Some(0));
    assert!(
        lying.stderr.contains("the server names sha256:80f165a0"),
        "{}",
        lying.stderr
    );
    let sha512 = inspect(&sim, &[], "MAN-8-header-digest-sha512").succeeds();
    assert_eq!(sha512.stderr, "");
}

#[test]
fn a_pin_survives_a_refused_head_and_a_missing_header_man_4_man_5() {
    let sim = sim();
    for case in ["MAN-4-head-refused", "MAN-5-header-digest-missing"] {
        let run = inspect(&sim, &["-o", "ref"], case).succeeds();
        let digest = digest(case, "top.json");
        assert_eq!(
            run.lines(),
            [format!("docker.io/odd/images:{case}@{digest}")]
        );
    }
}

#[test]
fn hostile_labels_reach_no_terminal_unescaped_sec_7() {
    let sim = sim();
    let line = inspect(&sim, &[], "BLOB-1-labels-hostile").succeeds();
    let run = inspect(&sim, &["-o", "json"], "BLOB-1-labels-hostile").succeeds();
    let is_hostile = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!run.stdout.contains(is_hostile), "{:?}", run.stdout);
    let parsed: Value = serde_json::from_str(&run.stdout).expect("one document");
    assert_eq!(parsed, line.records()[0], "the text is the same");
}
