//! What hub-inspect writes beside the plain record: all platforms, entries, exact documents, pins.

use std::collections::BTreeSet;

use hub_sim::{Config, DocumentKind, Kind, Population, Sim};
use hub_test::tool;

const NGINX: &str = "library/nginx";

fn sim() -> Sim {
    Sim::start(Config::default()).expect("a free port")
}

/// How many requests of a kind the simulator saw, by method.
fn asked(sim: &Sim, kind: Kind, method: &str) -> usize {
    let log = sim.log();
    let asked = log
        .iter()
        .filter(|asked| asked.kind == kind && asked.method == method);
    asked.count()
}

#[test]
fn every_platform_is_a_record_pinned_to_its_manifest_plt_6() {
    let sim = sim();
    let population = Population::tutorial();
    let latest = population
        .tags(NGINX)
        .find(|tag| tag.name == "latest")
        .expect("nginx has it");
    let run = tool(&sim, "hub-inspect", &["--platform", "all", "nginx"])
        .run()
        .succeeds();
    let manifests: Vec<_> = latest
        .platforms
        .iter()
        .map(|platform| platform.manifest.clone())
        .collect();
    assert!(manifests.len() > 2, "nginx has several platforms");
    assert_eq!(run.each("ManifestDigest"), manifests);
    for record in run.records() {
        assert_eq!(record["Digest"], latest.digest);
        let pinned = record["ManifestDigest"].as_str().expect("a digest");
        assert_eq!(record["ref"], format!("docker.io/{NGINX}:latest@{pinned}"));
    }
}

#[test]
fn an_image_of_one_platform_has_that_one_plt_5() {
    let sim = sim();
    let all = tool(
        &sim,
        "hub-inspect",
        &["--platform", "all", "ansible/centos7-ansible"],
    )
    .run()
    .succeeds();
    let plain = tool(&sim, "hub-inspect", &["ansible/centos7-ansible"])
        .run()
        .succeeds();
    assert_eq!(all.stdout, plain.stdout);
}

#[test]
fn entries_of_an_index_are_listed_as_they_stand_there_and_not_fetched_man_15() {
    let sim = sim();
    let run = tool(&sim, "hub-inspect", &["--platform", "list", "nginx"])
        .run()
        .succeeds();
    assert_eq!(
        asked(&sim, Kind::Manifest, "GET"),
        2,
        "the challenge and the index"
    );
    let raw = tool(&sim, "hub-inspect", &["--raw", "nginx"])
        .run()
        .succeeds();
    let index: serde_json::Value = serde_json::from_str(&raw.stdout).expect("an index");
    let entries = index["manifests"].as_array().expect("a list");
    let records = run.records();
    assert_eq!(records.len(), entries.len());
    for (mut record, entry) in records.into_iter().zip(entries) {
        let members = record.as_object_mut().expect("an object");
        let reference = members.remove("ref").expect("it leads");
        let digest = entry["digest"].as_str().expect("a digest");
        assert_eq!(reference, format!("docker.io/{NGINX}:latest@{digest}"));
        assert_eq!(members.remove("kind").expect("it follows"), "manifest");
        assert_eq!(&record, entry);
    }
    // What is no index is its own entry.
    let alone = tool(
        &sim,
        "hub-inspect",
        &["--platform", "list", "ansible/centos7-ansible"],
    )
    .run()
    .succeeds();
    let record = &alone.records()[0];
    assert_eq!(record["kind"], "manifest");
    assert!(
        record["ref"]
            .as_str()
            .is_some_and(|pin| pin.ends_with(record["digest"].as_str().unwrap_or("none")))
    );
}

#[test]
fn exact_documents_are_the_bytes_that_their_digests_are_of_man_6() {
    let sim = sim();
    let population = Population::tutorial();
    let repository = population.repository(NGINX).expect("it is there");
    let tag = repository.tag("latest").expect("it is there");
    let bytes = |digest: &str| {
        let document = repository.document(digest).expect("it is there");
        String::from_utf8(document.bytes().to_vec()).expect("JSON")
    };
    let run = |arguments: &[&str]| {
        let arguments = [arguments, &["nginx"]].concat();
        tool(&sim, "hub-inspect", &arguments)
            .run()
            .succeeds()
            .stdout
    };
    let (amd64, arm64) = (&tag.platforms[0], &tag.platforms[2]);
    assert_eq!((amd64.architecture, arm64.architecture), ("amd64", "arm64"));
    assert_eq!(run(&["--raw"]), bytes(tag.digest));
    assert_eq!(
        run(&["--raw", "--platform", "linux/arm64"]),
        bytes(&arm64.manifest)
    );
    assert_eq!(run(&["--config"]), bytes(&amd64.config));
    assert_eq!(
        run(&["--config", "--platform", "linux/arm64"]),
        bytes(&arm64.config)
    );
}

#[test]
fn one_document_is_asked_of_one_reference() {
    let sim = sim();
    for arguments in [
        &["--raw"][..],
        &["--raw", "nginx", "alpine"],
        &["--config", "-"],
        &["--raw", "--config", "nginx"],
        &["--raw", "--errors", "nginx"],
        &["--skopeo", "-o", "json", "nginx"],
        &["--skopeo", "--history", "nginx"],
        &["--raw", "--platform", "all", "nginx"],
        &[
            "--config",
            "--platform",
            "linux/amd64",
            "--platform",
            "linux/arm64",
            "nginx",
        ],
        &["--platform", "all", "--platform", "linux/arm64", "nginx"],
    ] {
        let run = tool(&sim, "hub-inspect", arguments)
            .run()
            .fails(2, &["--help"]);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
    assert!(sim.log().is_empty(), "nothing was asked");
    tool(&sim, "hub-inspect", &["--raw", "ansible/nothing"])
        .run()
        .fails(1, &["docker.io/ansible/nothing"]);
}

#[test]
fn a_pin_costs_no_pull_and_a_listed_digest_no_request_man_3() {
    let sim = sim();
    let run = tool(&sim, "hub-inspect", &["-o", "ref", "nginx", "ansible/awx"])
        .run()
        .succeeds();
    let records = tool(&sim, "hub-inspect", &["nginx", "ansible/awx"])
        .run()
        .succeeds();
    assert_eq!(run.lines(), records.each("ref"));

    let fresh = self::sim();
    let pinned = run.lines()[0];
    let again = tool(&fresh, "hub-inspect", &["-o", "ref", pinned])
        .run()
        .succeeds();
    assert_eq!(again.lines(), [pinned]);
    assert_eq!(asked(&fresh, Kind::Manifest, "GET"), 0, "HEAD alone");

    let listing = tool(&sim, "hub-tags", &["-n", "1", "nginx"])
        .run()
        .succeeds();
    let quiet = self::sim();
    let known = tool(&quiet, "hub-inspect", &["-o", "ref"])
        .stdin(listing.stdout.clone())
        .run()
        .succeeds();
    assert!(known.stdout.contains(&listing.each("digest")[0]));
    assert!(
        quiet.log().is_empty(),
        "what a list of this pipe said is not asked again"
    );
    tool(&sim, "hub-inspect", &["-o", "ref", "nginx:nothing"])
        .run()
        .fails(1, &["docker.io/library/nginx:nothing", "HEAD"]);
}

#[test]
fn attestations_stand_with_the_platform_that_they_describe_att_1_att_2_att_5() {
    let sim = sim();
    let run = tool(
        &sim,
        "hub-inspect",
        &["--index", "--platform", "all", "nginx"],
    )
    .run()
    .succeeds();
    let population = Population::tutorial();
    let repository = population.repository(NGINX).expect("it is there");
    for record in run.records() {
        let attestations = record["Attestations"].as_array().expect("a list");
        let kinds: Vec<_> = attestations.iter().map(|found| &found["Type"]).collect();
        assert_eq!(kinds, ["sbom", "provenance"]);
        for attestation in attestations {
            let statement = attestation["Digest"].as_str().expect("a digest");
            let statement = repository.document(statement).expect("it is there");
            assert_eq!(statement.kind(), DocumentKind::Blob);
            let statement: serde_json::Value =
                serde_json::from_slice(statement.bytes()).expect("a statement");
            assert_eq!(statement["predicateType"], attestation["PredicateType"]);
            let subject = statement["subject"][0]["digest"]["sha256"].as_str();
            let described = record["ManifestDigest"].as_str().expect("a digest");
            assert_eq!(subject, described.strip_prefix("sha256:"));
        }
        let entry = &record["Index"]["Entry"];
        assert_eq!(entry["digest"], record["ManifestDigest"]);
        // ATT-5: what official images say of their children.
        assert!(entry["annotations"]["com.docker.official-images.bashbrew.arch"].is_string());
    }
    let alone = tool(&sim, "hub-inspect", &["--index", "ansible/centos7-ansible"])
        .run()
        .succeeds();
    assert_eq!(alone.each("Index"), ["null"]);
    assert_eq!(alone.each("Attestations"), ["null"]);
}

#[test]
fn a_history_is_the_configs_own() {
    let sim = sim();
    let config = tool(&sim, "hub-inspect", &["--config", "nginx"])
        .run()
        .succeeds();
    let config: serde_json::Value = serde_json::from_str(&config.stdout).expect("a config");
    let run = tool(&sim, "hub-inspect", &["--history", "nginx"])
        .run()
        .succeeds();
    assert_eq!(run.records()[0]["History"], config["history"]);
    assert!(config["history"].is_array());
}

#[test]
fn an_artifact_is_a_record_of_its_type_art_1() {
    let sim = sim();
    let run = tool(&sim, "hub-inspect", &["geerlingguy/awx-operator-helm"])
        .run()
        .succeeds();
    let record = &run.records()[0];
    assert_eq!(record["kind"], "artifact");
    assert_eq!(
        record["ArtifactType"],
        "application/vnd.cncf.helm.config.v1+json"
    );
    assert_eq!(
        record["Annotations"]["org.opencontainers.image.title"],
        "awx-operator-helm"
    );
    assert_eq!(asked(&sim, Kind::Blob, "GET"), 0, "its config is not read");
    // PLT-5: it runs on no platform, and is not shown as if it did.
    tool(
        &sim,
        "hub-inspect",
        &["--platform", "linux/amd64", "geerlingguy/awx-operator-helm"],
    )
    .run()
    .fails(1, &["no image for linux/amd64", "artifact"]);
}

#[test]
fn head_and_get_accept_the_same_types_man_2() {
    let sim = sim();
    for arguments in [&["-o", "ref", "nginx"][..], &["nginx"]] {
        tool(&sim, "hub-inspect", arguments).run().succeeds();
    }
    let log = sim.log();
    let accepted = |method: &str| {
        let manifests = log.iter().filter(|asked| asked.kind == Kind::Manifest);
        let of_method: BTreeSet<_> = manifests
            .filter(|asked| asked.method == method)
            .map(|asked| asked.accept.clone())
            .collect();
        assert_eq!(of_method.len(), 1, "{method}");
        of_method
    };
    assert_eq!(accepted("HEAD"), accepted("GET"));
}

#[test]
fn many_pins_share_a_connection_over_http_2_man_3() {
    let sim = Sim::start(Config {
        tls: true,
        ..Config::default()
    })
    .expect("a free port");
    let tags = ["1.27", "1.26", "1.25"].map(|tag| format!("nginx:{tag}"));
    let arguments = [&["-o", "ref"], &tags.each_ref().map(String::as_str)[..]].concat();
    let run = tool(&sim, "hub-inspect", &arguments).run().succeeds();
    assert_eq!(run.lines().len(), 3);
    let log = sim.log();
    let heads = log
        .iter()
        .filter(|asked| asked.method == "HEAD" && asked.status == Some(200));
    assert_eq!(heads.count(), 3);
}

#[test]
fn a_table_of_entries_tells_them_apart() {
    let sim = sim();
    let arguments = ["-o", "table", "--platform", "list", "nginx"];
    let run = tool(&sim, "hub-inspect", &arguments).run().succeeds();
    let titles: Vec<_> = run.lines()[0].split_whitespace().collect();
    assert_eq!(titles, ["DIGEST", "PLATFORM", "SIZE", "TYPE"]);
    assert!(run.lines()[1].contains("linux/amd64"), "{}", run.stdout);
}
