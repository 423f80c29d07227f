//! `--referrers`, against a registry that has the API and against those that have none or something else (REGISTRY.md §7).

use std::collections::HashSet;
use std::path::Path;

use hub_sim::{Config, Fault, FaultKind, Population, Referrers, Sim};
use hub_test::{Run, pipeline, tool};

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

/// The paths of the requests for fallback tags.
fn fallbacks(sim: &Sim, method: &str) -> Vec<String> {
    let log = sim.log();
    let asked = log
        .iter()
        .filter(|asked| asked.method == method && asked.path.contains("/manifests/sha256-"));
    asked.map(|asked| asked.path.clone()).collect()
}

#[test]
fn each_subject_is_asked_for_once_in_a_run_and_no_fallback_tag_is_pulled_man_3_rfr_5() {
    let sim = Sim::start(Config::default()).expect("a free port");
    let script = "hub-tags nginx | hub-inspect --referrers --no-cache";
    let run = pipeline(&sim, script).run().succeeds();
    let subjects: HashSet<_> = run.each("Digest").into_iter().collect();
    assert!(
        subjects.len() < run.records().len(),
        "some tags are aliases"
    );
    assert_eq!(pages(&sim), subjects.len());
    let heads = fallbacks(&sim, "HEAD");
    assert_eq!(heads.len(), subjects.len());
    assert_eq!(heads.iter().collect::<HashSet<_>>().len(), subjects.len());
    assert!(fallbacks(&sim, "GET").is_empty());
}

#[test]
fn a_fallback_tag_that_is_there_costs_the_pull_of_its_digest_where_pulls_are_counted_man_3_rfr_5() {
    let sim = sim(None, Vec::new());
    let name = "odd/images:RFR-5-fallback-tag";
    let at_hub = tool(&sim, "hub-inspect", &["--referrers", name, name]).run();
    assert_eq!(types(at_hub), [SIGNATURE, SBOM]);
    let asked = |method| fallbacks(&sim, method).len();
    assert_eq!((asked("HEAD"), asked("GET")), (1, 0));
    // A registry that counts nothing is asked once.
    let (host, name) = (sim.authority(), format!("{}/{name}", sim.authority()));
    let arguments = ["--referrers", "--plain-http", &host, &name];
    let elsewhere = tool(&sim, "hub-inspect", &arguments).run();
    assert_eq!(types(elsewhere), [SIGNATURE, SBOM]);
    assert_eq!((asked("HEAD"), asked("GET")), (1, 1));
}

#[test]
fn a_registry_that_refuses_the_method_is_asked_once_and_one_that_says_404_for_each_subject_rfr_4() {
    let asked = |referrers, faults| {
        let sim = sim(referrers, faults);
        let index = "odd/images:MAN-15-docker-manifest-list";
        let platforms = ["--platform", "linux/amd64", "--platform", "linux/arm64"];
        // The platforms of one image are looked at one after the other.
        let arguments = [&["--referrers"], &platforms[..], &[index]].concat();
        let run = tool(&sim, "hub-inspect", &arguments).run().succeeds();
        assert_eq!(run.records().len(), 2);
        assert_eq!(fallbacks(&sim, "HEAD").len(), 2, "each has a fallback tag");
        pages(&sim)
    };
    let status = |status| {
        let fault = Fault::new(FaultKind::Status(status), "/referrers/");
        asked(Some(Referrers::default()), vec![fault])
    };
    assert_eq!([405, 501, 400].map(status), [1, 1, 2]);
    assert_eq!(asked(None, Vec::new()), 2, "404");
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
