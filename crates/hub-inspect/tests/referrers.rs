//! `--referrers`, against a registry that has the API and against those that have none or something else (REGISTRY.md §7).

use std::path::Path;

use hub_sim::{Config, Fault, FaultKind, Population, Referrers, Sim};
use hub_test::{Run, tool};

const SIGNATURE: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";
const SBOM: &str = "application/vnd.example.sbom.config.v1+json";

fn sim(referrers: Option<Referrers>, faults: Vec<Fault>) -> Sim {
    let odd = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../odd");
    Sim::start(Config {
        population: Population::images(&odd).expect("the odd images"),
        referrers,
        faults,
        ..Config::default()
    })
    .expect("a free port")
}

fn inspect(sim: &Sim, case: &str) -> Run {
    let reference = format!("odd/images:{case}");
    tool(sim, "hub-inspect", &["--referrers", &reference]).run()
}

/// The types of an image's referrers.
fn types(run: Run) -> Vec<String> {
    let record = &run.succeeds().records()[0];
    let referrers = record["Referrers"].as_array().expect("a list").iter();
    let mut types: Vec<_> = referrers
        .map(|referrer| {
            referrer["ArtifactType"]
                .as_str()
                .expect("a type")
                .to_owned()
        })
        .collect();
    types.sort_unstable();
    types
}

/// How many requests went to the API.
fn pages(sim: &Sim) -> usize {
    let log = sim.log();
    let asked = log
        .iter()
        .filter(|asked| asked.path.contains("/referrers/"));
    asked.count()
}

#[test]
fn the_api_lists_what_names_the_image_as_its_subject_rfr_1_rfr_3() {
    let sim = sim(Some(Referrers::default()), Vec::new());
    assert_eq!(types(inspect(&sim, "RFR-3-referrers")), [SIGNATURE, SBOM]);
    // An empty list is an answer, and no reason to look further.
    assert!(types(inspect(&sim, "MAN-15-docker-image")).is_empty());
    assert!(
        !sim.log()
            .iter()
            .any(|asked| asked.path.contains("/manifests/sha256-"))
    );
}

#[test]
fn pages_are_walked_to_their_end_rfr_1() {
    let paged = Referrers {
        page_size: Some(1),
        ..Referrers::default()
    };
    let sim = sim(Some(paged), Vec::new());
    assert_eq!(types(inspect(&sim, "RFR-3-referrers")), [SIGNATURE, SBOM]);
    assert_eq!(pages(&sim), 2);
}

#[test]
fn without_the_api_the_fallback_tag_lists_them_rfr_4_rfr_5_rfr_6() {
    let without = sim(None, Vec::new());
    assert_eq!(
        types(inspect(&without, "RFR-5-fallback-tag")),
        [SIGNATURE, SBOM]
    );
    assert!(types(inspect(&without, "MAN-15-docker-image")).is_empty());
    for fault in [
        FaultKind::Status(400),
        FaultKind::Status(405),
        FaultKind::Status(406),
        FaultKind::Html(200),
    ] {
        let shown = format!("{fault:?}");
        let sim = sim(
            Some(Referrers::default()),
            vec![Fault::new(fault, "/referrers/")],
        );
        let types = types(inspect(&sim, "RFR-5-fallback-tag"));
        assert_eq!(types, [SIGNATURE, SBOM], "{shown}");
    }
}

#[test]
fn a_list_that_fails_is_no_empty_list() {
    let fault = Fault::new(FaultKind::Status(403), "/referrers/");
    let sim = sim(Some(Referrers::default()), vec![fault]);
    let run = inspect(&sim, "RFR-3-referrers").fails(1, &["/referrers/", "403"]);
    assert_eq!(run.stdout, "");
}

#[test]
fn the_subject_is_the_digest_that_the_record_is_pinned_to() {
    let sim = sim(Some(Referrers::default()), Vec::new());
    let run = tool(
        &sim,
        "hub-inspect",
        &[
            "--referrers",
            "--platform",
            "linux/arm64",
            "odd/images:MAN-15-docker-manifest-list",
        ],
    )
    .run()
    .succeeds();
    let pinned = run.each("ManifestDigest").remove(0);
    let log = sim.log();
    let asked = log.iter().find(|asked| asked.path.contains("/referrers/"));
    assert!(asked.is_some_and(|asked| asked.path.ends_with(&pinned)));
}
