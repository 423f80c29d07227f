//! What runs cost, by the simulator's log: each digest once, the cache, what tag records save, plans, and pulls that are kept.

use std::collections::HashSet;

use hub_sim::{Config, Kind, Population, Sim};
use hub_test::{pipeline, tool};

const ALL: &str = "hub-ls ansible | hub-tags | hub-inspect";

fn sim() -> Sim {
    Sim::start(Config::default()).expect("a free port")
}

/// Manifest GETs that gave one.
fn pulls(sim: &Sim) -> Vec<String> {
    let log = sim.log();
    let pulls = log.iter().filter(|asked| {
        asked.kind == Kind::Manifest && asked.method == "GET" && asked.status == Some(200)
    });
    pulls.map(|asked| asked.path.clone()).collect()
}

fn blobs(sim: &Sim) -> Vec<String> {
    let log = sim.log();
    let blobs = log.iter().filter(|asked| asked.kind == Kind::Blob);
    blobs.map(|asked| asked.path.clone()).collect()
}

fn is_distinct(paths: &[String]) -> bool {
    let distinct: HashSet<_> = paths.iter().collect();
    distinct.len() == paths.len()
}

#[test]
fn each_digest_is_fetched_once_in_a_run_whatever_names_it() {
    let sim = sim();
    let run = pipeline(&sim, &format!("{ALL} --no-cache"))
        .run()
        .succeeds();
    let (pulls, blobs) = (pulls(&sim), blobs(&sim));
    assert!(is_distinct(&pulls) && is_distinct(&blobs));
    let manifests: HashSet<_> = run.each("ManifestDigest").into_iter().collect();
    assert!(
        manifests.len() < run.records().len(),
        "some tags are aliases"
    );
    let tokens = sim
        .log()
        .iter()
        .filter(|asked| asked.kind == Kind::Token)
        .count();
    let names: HashSet<_> = run.each("Name").into_iter().collect();
    assert_eq!(tokens, names.len(), "a token for each repository");
}

#[test]
fn a_tag_record_that_names_the_platforms_manifest_saves_the_index_decisions_18() {
    let sim = sim();
    let named = pipeline(&sim, "hub-tags nginx | hub-inspect --no-cache")
        .run()
        .succeeds();
    let saved = pulls(&sim);
    let tops: HashSet<_> = named.each("Digest").into_iter().collect();
    assert!(
        !saved
            .iter()
            .any(|path| tops.iter().any(|top| path.ends_with(top.as_str())))
    );

    let bare = self::sim();
    let script = "hub-tags -o ref nginx | hub-inspect --no-cache";
    let asked = pipeline(&bare, script).run().succeeds();
    assert_eq!(
        asked.stdout, named.stdout,
        "the same record by every way in"
    );
    assert_eq!(pulls(&bare).len(), 2 * saved.len());
    // DECISIONS 17: a stream asks by HEAD, and by GET for digests alone.
    assert!(pulls(&bare).iter().all(|path| path.contains("sha256:")));
    for platform in ["linux/arm64", "linux/arm/v7"] {
        let arguments = format!("--no-cache --platform {platform}");
        let script = |form: &str| format!("hub-tags {form} nginx | hub-inspect {arguments}");
        let [named, bare] = ["", "-o ref"].map(|form| pipeline(&sim, &script(form)).run());
        assert_eq!(
            (named.stdout, named.code),
            (bare.stdout, bare.code),
            "{platform}"
        );
    }
}

#[test]
fn a_manifest_that_the_list_named_and_that_is_gone_is_looked_for_in_the_index_decisions_18() {
    let sim = sim();
    let tags = tool(&sim, "hub-tags", &["-n", "1", "nginx"])
        .run()
        .succeeds();
    let mut record = tags.records().remove(0);
    let gone = format!("sha256:{}", "0".repeat(64));
    for image in record["images"].as_array_mut().expect("a list") {
        image["digest"] = gone.clone().into();
    }
    let stale = tool(&sim, "hub-inspect", &[])
        .stdin(record.to_string())
        .run()
        .succeeds();
    let fresh = tool(&sim, "hub-inspect", &[])
        .stdin(tags.stdout)
        .run()
        .succeeds();
    assert_eq!(stale.stdout, fresh.stdout);
}

#[test]
fn a_second_run_pulls_nothing_and_says_the_same_decisions_20() {
    let sim = sim();
    let first = pipeline(&sim, ALL).run().succeeds();
    let (before, blobs_before) = (pulls(&sim).len(), blobs(&sim).len());
    assert!(before > 0 && blobs_before > 0);
    let second = pipeline(&sim, ALL).run().succeeds();
    assert_eq!(second.stdout, first.stdout);
    assert_eq!(
        (pulls(&sim).len(), blobs(&sim).len()),
        (before, blobs_before)
    );
}

#[test]
fn the_cache_answers_for_no_digest_that_the_registry_does_not_have_any_more() {
    let sim = sim();
    let record = tool(&sim, "hub-inspect", &["nginx"]).run().succeeds();
    let digest = record.each("Digest").remove(0);
    let before = pulls(&sim).len();
    let typed = format!("nginx@{digest}");
    tool(&sim, "hub-inspect", &[&typed]).run().succeeds();
    assert_eq!(
        pulls(&sim).len(),
        before,
        "a HEAD is enough where it is there"
    );

    // Another Hub, the same cache: what is not there is not shown.
    let empty = Sim::start(Config {
        population: Population::bulk("library", "nginx", 3),
        ..Config::default()
    })
    .expect("a free port");
    let cache = tempfile::tempdir().expect("a folder");
    let cache = cache.path().to_str().expect("UTF-8");
    let inspect = |sim: &Sim| {
        tool(sim, "hub-inspect", &[&typed])
            .env("HUB_CACHE_DIR", cache)
            .run()
    };
    inspect(&sim).succeeds();
    inspect(&empty).fails(1, &["docker.io/library/nginx@"]);
}

#[test]
fn a_plan_costs_nothing_and_is_kept() {
    let sim = sim();
    let tags = pipeline(&sim, "hub-ls ansible | hub-tags").run().succeeds();
    let quiet = self::sim();
    let plan = tool(&quiet, "hub-inspect", &["--plan"])
        .stdin(tags.stdout.clone())
        .run()
        .succeeds();
    assert!(quiet.log().is_empty(), "nobody is asked");
    let plan = &plan.records()[0];
    assert_eq!(
        (plan["ref"].as_str(), plan["kind"].as_str()),
        (Some("docker.io/"), Some("plan"))
    );
    tool(&quiet, "hub-inspect", &["--no-cache"])
        .stdin(tags.stdout)
        .run()
        .succeeds();
    let needed = |member: &str| plan[member].as_u64().expect("a number");
    assert!(pulls(&quiet).len() as u64 <= needed("pulls"));
    assert!(quiet.log().len() as u64 <= needed("requests"));
    assert_eq!(needed("inputs"), 374);
    tool(&quiet, "hub-inspect", &["--plan", "--index", "nginx"])
        .run()
        .fails(2, &["--help"]);
}

#[test]
fn a_plan_has_a_table_of_its_own_and_is_never_cut_short() {
    let sim = sim();
    let inputs = ["nginx", "quay.io/a/b"];
    let plan = |flags: &[&str]| {
        let arguments = [&["--plan"], flags, &inputs].concat();
        tool(&sim, "hub-inspect", &arguments).run()
    };
    let table = plan(&["-o", "table"]).succeeds().stdout;
    let rows: Vec<Vec<_>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let titles = "REGISTRY INPUTS PULLS HEADS BLOBS TOKENS REQUESTS";
    assert_eq!(rows[0].join(" "), titles);
    // An index and a manifest, the tag's HEAD, a config with its redirect, a token; and the challenge.
    assert_eq!(rows[1], ["docker.io/", "1", "2", "1", "2", "1", "7"]);
    assert_eq!(rows[2], ["quay.io/", "1", "2", "1", "2", "1", "7"]);
    plan(&["-n", "1"]).fails(2, &["--plan", "--help"]);
}

#[test]
fn the_last_pulls_are_kept_and_a_rerun_costs_what_is_missing() {
    let sim = Sim::start(Config {
        pull_limit: Some(6),
        ..Config::default()
    })
    .expect("a free port");
    let script = "hub-tags nginx | hub-inspect --keep-pulls 3 --errors";
    let first = pipeline(&sim, script).run();
    assert_eq!(first.code, Some(4), "{}", first.stderr);
    assert!(
        first.stderr.contains("the last 3 pulls are kept"),
        "{}",
        first.stderr
    );
    assert_eq!(pulls(&sim).len(), 3);
    assert!(first.each("kind").iter().any(|kind| kind == "error"));
    // What was done is in the cache, and nothing more is pulled.
    let second = pipeline(&sim, script).run();
    assert_eq!((second.code, pulls(&sim).len()), (Some(4), 3));
    assert_eq!(second.stdout.lines().count(), first.stdout.lines().count());
}

#[test]
fn a_closing_line_tells_what_the_run_cost() {
    let sim = sim();
    let run = tool(&sim, "hub-inspect", &["-v", "nginx"]).run();
    assert_eq!(run.code, Some(0));
    let line = run.stderr.lines().last().unwrap_or_default();
    assert!(
        line.starts_with(
            "hub-inspect: 6 requests: 3 manifest GETs, 2 blob requests, 1 token; 2 pulls;"
        ),
        "{line}"
    );
    let quiet = tool(&sim, "hub-inspect", &["nginx"]).run().succeeds();
    assert!(!quiet.stderr.contains("requests"));
}

/// The first tag records of repositories, a line each.
fn tag_records(sim: &Sim, repositories: &[&str]) -> String {
    let first = |repository: &&str| {
        let run = tool(sim, "hub-tags", &["-n", "1", repository]);
        let run = run.env("DOCKER_HUB_USERNAME", "alice");
        let run = run.env("DOCKER_HUB_PASSWORD", "alice-password").run();
        run.succeeds().stdout
    };
    repositories.iter().map(first).collect()
}

#[test]
fn keeping_pulls_lets_no_repository_fail_for_another() {
    let sim = Sim::start(Config {
        pull_limit: Some(50),
        ..Config::default()
    })
    .expect("a free port");
    let names = [
        "ansible/awx-internal",
        "ansible/awx",
        "library/nginx",
        "library/alpine",
    ];
    let run = tool(
        &sim,
        "hub-inspect",
        &["--anonymous", "--keep-pulls", "1", "--errors"],
    )
    .stdin(tag_records(&sim, &names))
    .run();
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_eq!(run.each("kind"), ["error", "image", "image", "image"]);
}

#[test]
fn the_cache_shows_nobody_what_his_credentials_may_not_see_now() {
    let sim = sim();
    let records = tag_records(&sim, &["ansible/awx-internal"]);
    let inspect = |sim: &Sim, as_alice: bool| {
        let run = tool(sim, "hub-inspect", &[]).stdin(records.clone());
        if as_alice {
            let run = run.env("DOCKER_HUB_USERNAME", "alice");
            return run.env("DOCKER_HUB_PASSWORD", "alice-password").run();
        }
        run.run()
    };
    let warm = inspect(&sim, true).succeeds();
    let hidden = inspect(&sim, false).fails(1, &["docker.io/ansible/awx-internal"]);
    assert_eq!(hidden.stdout, "");
    let before = pulls(&sim).len();
    assert_eq!(inspect(&sim, true).succeeds().stdout, warm.stdout);
    assert_eq!(pulls(&sim).len(), before, "one HEAD, and no pull");
}

#[test]
fn what_a_stand_in_shows_is_not_kept_for_another() {
    let cache = tempfile::tempdir().expect("a folder");
    let cache = cache.path().to_str().expect("UTF-8");
    let sim = sim();
    let records = tag_records(&sim, &["library/nginx"]);
    let inspect = |sim: &Sim| {
        let run = tool(sim, "hub-inspect", &[]).env("HUB_CACHE_DIR", cache);
        run.stdin(records.clone()).run()
    };
    inspect(&sim).succeeds();
    let other = Sim::start(Config {
        population: Population::tutorial_from(7),
        ..Config::default()
    })
    .expect("a free port");
    inspect(&other).fails(1, &["no such manifest"]);
}

#[test]
fn a_tag_is_asked_once_in_a_run() {
    let sim = sim();
    let twenty = "nginx:1.25\n".repeat(20);
    let run = tool(&sim, "hub-inspect", &["--no-cache"])
        .stdin(twenty.clone())
        .run()
        .succeeds();
    assert_eq!(run.records().len(), 20);
    let heads = |sim: &Sim| {
        let log = sim.log();
        let heads = log
            .iter()
            .filter(|asked| asked.method == "HEAD" && asked.status == Some(200));
        heads.count()
    };
    assert_eq!((heads(&sim), pulls(&sim).len()), (1, 2));
    let pins = self::sim();
    tool(&pins, "hub-inspect", &["-o", "ref"])
        .stdin(twenty)
        .run()
        .succeeds();
    assert_eq!((heads(&pins), pulls(&pins).len()), (1, 0));
}

#[test]
fn an_image_that_the_list_calls_by_another_platform_is_looked_for_in_the_index() {
    let sim = sim();
    let tags = tool(&sim, "hub-tags", &["-n", "1", "nginx"])
        .run()
        .succeeds();
    let mut record = tags.records().remove(0);
    let images = record["images"].as_array_mut().expect("a list");
    let arm64 = images
        .iter()
        .position(|image| image["architecture"] == "arm64");
    let amd64 = images
        .iter()
        .position(|image| image["architecture"] == "amd64");
    let (arm64, amd64) = (arm64.expect("there is one"), amd64.expect("there is one"));
    images[amd64]["digest"] = images[arm64]["digest"].clone();
    let lied = tool(&sim, "hub-inspect", &[])
        .stdin(record.to_string())
        .run()
        .succeeds();
    assert_eq!(lied.each("Platform"), ["linux/amd64"]);
}
