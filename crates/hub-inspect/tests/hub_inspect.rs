//! hub-inspect as a process, against the offline Hub.

use hub_sim::{Config, Fault, FaultKind, Kind, Population, Sim};
use hub_test::tool;

const KEYS: [&str; 26] = [
    "ref",
    "kind",
    "Name",
    "Tag",
    "Digest",
    "RepoTags",
    "Created",
    "DockerVersion",
    "Labels",
    "Architecture",
    "Os",
    "Layers",
    "LayersData",
    "Env",
    "Platform",
    "ManifestDigest",
    "MediaType",
    "ConfigDigest",
    "Size",
    "Author",
    "Entrypoint",
    "Cmd",
    "User",
    "WorkingDir",
    "ExposedPorts",
    "Annotations",
];

fn sim() -> Sim {
    Sim::start(Config::default()).expect("a free port")
}

/// The keys of an indented document in their order.
fn keys(document: &str) -> Vec<&str> {
    let keys = document
        .lines()
        .filter_map(|line| line.strip_prefix("  \""));
    keys.filter_map(|line| Some(line.split_once('"')?.0))
        .collect()
}

#[test]
fn a_record_has_every_key_in_the_order_of_the_contract() {
    let sim = sim();
    for image in ["ansible/awx", "ansible/centos7-ansible", "library/alpine"] {
        let run = tool(&sim, "hub-inspect", &["-o", "json", image])
            .run()
            .succeeds();
        assert_eq!(keys(&run.stdout), KEYS, "{image}");
    }
}

#[test]
fn a_reference_without_tag_is_latest_refn_7() {
    let sim = sim();
    let run = tool(&sim, "hub-inspect", &["nginx"]).run().succeeds();
    let population = Population::tutorial();
    let latest = population
        .tags("library/nginx")
        .find(|tag| tag.name == "latest")
        .expect("nginx has it");
    assert_eq!(
        run.each("ref"),
        [format!("docker.io/library/nginx:latest@{}", latest.digest)]
    );
    assert_eq!(run.each("Tag"), ["latest"]);
    assert_eq!(run.each("Name"), ["docker.io/library/nginx"]);
}

#[test]
fn a_digest_alone_is_an_image_without_a_tag_man_1() {
    let sim = sim();
    let population = Population::tutorial();
    let digest = population
        .tags("library/nginx")
        .next()
        .expect("nginx has tags")
        .digest
        .to_owned();
    let run = tool(&sim, "hub-inspect", &[&format!("nginx@{digest}")])
        .run()
        .succeeds();
    assert_eq!(
        (run.each("Tag"), run.each("Digest")),
        (vec!["null".to_owned()], vec![digest])
    );
}

#[test]
fn a_demanded_platform_pins_its_manifest_and_the_digest_stays_the_tops() {
    let sim = sim();
    let run = tool(
        &sim,
        "hub-inspect",
        &[
            "--platform",
            "linux/arm64",
            "--platform",
            "linux/amd64",
            "nginx",
        ],
    )
    .run()
    .succeeds();
    let records = run.records();
    assert_eq!(run.each("Architecture"), ["arm64", "amd64"]);
    for record in &records {
        let pinned = format!(
            "docker.io/library/nginx:latest@{}",
            record["ManifestDigest"].as_str().expect("a digest")
        );
        assert_eq!(record["ref"], pinned);
        assert_ne!(record["Digest"], record["ManifestDigest"]);
    }
    assert_eq!(records[0]["Digest"], records[1]["Digest"]);
}

#[test]
fn a_platform_that_is_not_there_is_not_found_and_the_message_names_those_that_are() {
    let sim = sim();
    let run = tool(
        &sim,
        "hub-inspect",
        &[
            "--platform",
            "linux/amd64",
            "--platform",
            "plan9/mips",
            "nginx",
        ],
    )
    .run();
    let run = run.fails(1, &["no image for plan9/mips", "there are linux/amd64, "]);
    assert_eq!(
        run.lines().len(),
        1,
        "the record that it could give comes all the same"
    );
    // PLT-5: an image of one platform is not shown as another.
    tool(
        &sim,
        "hub-inspect",
        &["--platform", "linux/s390x", "ansible/centos7-ansible"],
    )
    .run()
    .fails(1, &["linux/amd64"]);
    tool(&sim, "hub-inspect", &["--platform", "x", "nginx"])
        .run()
        .fails(2, &["\"x\""]);
}

#[test]
fn every_image_of_the_population_shows_its_preferred_platform_decisions_19() {
    let sim = sim();
    let population = Population::tutorial();
    for repository in population.repositories() {
        let tags: Vec<_> = repository
            .tags()
            .filter(|tag| !tag.platforms.is_empty())
            .collect();
        let references: Vec<String> = tags
            .iter()
            .map(|tag| format!("{}:{}", repository.full_name(), tag.name))
            .collect();
        let stdin = references.join("\n");
        let run = tool(&sim, "hub-inspect", &[]).stdin(stdin).run();
        for (tag, record) in tags.iter().zip(run.records()) {
            let amd64 = tag
                .platforms
                .iter()
                .find(|platform| (platform.os, platform.architecture) == ("linux", "amd64"));
            let expected = amd64.unwrap_or(&tag.platforms[0]);
            assert_eq!(
                record["ManifestDigest"],
                expected.manifest,
                "{}:{}",
                repository.full_name(),
                tag.name
            );
            assert_eq!(record["ConfigDigest"], expected.config);
        }
    }
}

#[test]
fn a_config_that_is_not_the_one_asked_for_is_refused_man_7_blob_1() {
    let sim = Sim::start(Config {
        faults: vec![Fault::new(FaultKind::WrongBytes, "/_cdn/")],
        ..Config::default()
    })
    .expect("a free port");
    let run = tool(&sim, "hub-inspect", &["--errors", "nginx"])
        .run()
        .fails(1, &["was expected, and what came is"]);
    assert_eq!(run.records()[0]["error"]["code"], "digest_mismatch");
}

#[test]
fn credentials_for_the_registry_do_not_follow_a_redirect_blob_2() {
    let elsewhere = sim();
    let sim = Sim::start(Config {
        faults: vec![Fault::new(FaultKind::RedirectTo(elsewhere.url()), "/_cdn/")],
        ..Config::default()
    })
    .expect("a free port");
    tool(&sim, "hub-inspect", &["nginx"]).run();
    let there = elsewhere.log();
    assert!(!there.is_empty(), "the redirect was followed");
    assert!(
        there
            .iter()
            .all(|asked| asked.authorization == hub_sim::Authorization::None)
    );
}

#[test]
fn forms_of_output_say_the_same() {
    let sim = sim();
    let line = tool(&sim, "hub-inspect", &["nginx"]).run().succeeds();
    let indented = tool(&sim, "hub-inspect", &["-o", "json", "nginx"])
        .run()
        .succeeds();
    assert!(
        indented
            .stdout
            .starts_with("{\n  \"ref\": \"docker.io/library/nginx:latest@sha256:")
    );
    let parsed: serde_json::Value = serde_json::from_str(&indented.stdout).expect("one document");
    assert_eq!(parsed, line.records()[0]);
    let reference = tool(&sim, "hub-inspect", &["nginx"])
        .env("HUB_OUTPUT", "ref")
        .run()
        .succeeds();
    assert_eq!(reference.stdout, format!("{}\n", line.each("ref")[0]));
}

#[test]
fn one_image_costs_no_more_than_the_protocol_forces() {
    let sim = sim();
    tool(&sim, "hub-inspect", &["library/nginx"])
        .run()
        .succeeds();
    let kinds: Vec<Kind> = sim.log().iter().map(|asked| asked.kind).collect();
    // The challenge, the token, the index, the platform's manifest, the config and the redirect to it.
    assert_eq!(
        kinds,
        [
            Kind::Manifest,
            Kind::Token,
            Kind::Manifest,
            Kind::Manifest,
            Kind::Blob,
            Kind::Cdn
        ]
    );
}
