//! Single rules that odd images stand for: schema 1, inlined configs, foreign layers, headers that lie.

use hub_sim::Kind;
use hub_test::tool;
use serde_json::Value;

use crate::{digest, inspect, sim};

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

#[test]
fn a_wrong_size_is_told_before_a_digest_is_looked_at_man_10() {
    let sim = sim();
    for case in ["MAN-10-child-size-wrong", "MAN-10-config-size-wrong"] {
        inspect(&sim, &[], case).fails(1, &["should have 10 bytes and has"]);
    }
    // The entry is listed all the same, with the size that the index states.
    let listed = inspect(&sim, &["--platform", "list"], "MAN-10-child-size-wrong").succeeds();
    assert_eq!(listed.each("size"), ["10"]);
}

#[test]
fn the_bytes_of_a_refused_document_can_be_looked_at_man_12() {
    let sim = sim();
    for case in [
        "MAN-12-manifests-and-layers",
        "MAN-9-layer-digest-traversal",
    ] {
        let run = inspect(&sim, &["--raw"], case).succeeds();
        let top = std::fs::read_to_string(crate::odd().join(case).join("top.json"));
        assert_eq!(run.stdout, top.expect("a file"), "{case}");
    }
    // The digest holds all the same.
    let pinned = format!(
        "odd/images@{}",
        digest("MAN-7-other-bytes", "linux-amd64.json")
    );
    tool(&sim, "hub-inspect", &["--raw", &pinned])
        .run()
        .fails(1, &["was expected, and what came is"]);
}
