//! hub-ls as a process, against the offline Hub.

use hub_sim::{Config, Kind, Population, Sim};
use hub_test::tool;

fn sim() -> Sim {
    Sim::start(Config::default()).expect("a free port")
}

#[test]
fn a_namespace_gives_its_repositories_as_they_came() {
    let sim = sim();
    let run = tool(&sim, "hub-ls", &["ansible"]).run().succeeds();
    let population = Population::tutorial();
    let expected: Vec<String> = population
        .repositories()
        .filter(|repository| repository.namespace() == "ansible")
        .map(|repository| format!("docker.io/{}", repository.full_name()))
        .collect();
    assert_eq!(run.each("ref"), expected);
    let first = run.lines()[0];
    assert!(
        first.starts_with("{\"ref\":\"docker.io/ansible/"),
        "{first}"
    );
    assert!(
        first.contains("\",\"kind\":\"repository\",\"name\":\""),
        "{first}"
    );
}

#[test]
fn a_repository_gives_its_record_in_full_detail() {
    let sim = sim();
    let run = tool(
        &sim,
        "hub-ls",
        &["ansible/awx", "docker.io/ansible/awx:24.6.1"],
    )
    .run()
    .succeeds();
    assert_eq!(
        run.each("ref"),
        ["docker.io/ansible/awx", "docker.io/ansible/awx"]
    );
    assert!(run.records()[0]["permissions"]["read"].is_boolean());
    assert!(sim.log().iter().all(|asked| asked.kind == Kind::HubDetail));
}

#[test]
fn official_images_are_a_namespace_like_others() {
    let sim = sim();
    let by_name = tool(&sim, "hub-ls", &["library"]).run().succeeds();
    let by_sign = tool(&sim, "hub-ls", &["_", "docker.io/library/"])
        .run()
        .succeeds();
    assert_eq!(by_sign.stdout, by_name.stdout.repeat(2));
}

#[test]
fn matches_choose_by_name_and_the_last_one_decides() {
    let sim = sim();
    let names = |globs: &[&str]| {
        let arguments = globs
            .iter()
            .flat_map(|glob| ["--match", glob])
            .chain(["ansible"]);
        tool(&sim, "hub-ls", &arguments.collect::<Vec<_>>())
            .run()
            .succeeds()
            .each("name")
    };
    assert!(names(&["awx*"]).iter().all(|name| name.starts_with("awx")));
    assert!(names(&["awx*"]).len() > names(&["awx*", "!awx_*"]).len());
    assert_eq!(names(&["!*", "awx"]), ["awx"]);
    tool(&sim, "hub-ls", &["--match", "[", "ansible"])
        .run()
        .fails(2, &["\"[\""]);
}

#[test]
fn sorting_puts_the_greatest_first_and_names_in_order() {
    let sim = sim();
    let sorted = |by, member| {
        tool(&sim, "hub-ls", &["--sort", by, "ansible"])
            .run()
            .succeeds()
            .each(member)
    };
    let numbers = |by, member| {
        sorted(by, member)
            .iter()
            .map(|text| text.parse::<u64>().unwrap())
            .collect::<Vec<_>>()
    };
    assert!(numbers("pulls", "pull_count").is_sorted_by(|a, b| a >= b));
    assert!(numbers("stars", "star_count").is_sorted_by(|a, b| a >= b));
    assert!(sorted("name", "name").is_sorted());
    let updated = sorted("updated", "last_updated");
    let (dates, never): (Vec<_>, Vec<_>) = updated.iter().partition(|date| *date != "null");
    assert!(
        !never.is_empty() && updated.ends_with(&["null".to_owned()]),
        "what was never updated comes last"
    );
    assert!(dates[0] > dates[dates.len() - 1]);
}

#[test]
fn only_docker_hub_lists_a_namespace() {
    let sim = sim();
    tool(&sim, "hub-ls", &["quay.io/coreos/"])
        .run()
        .fails(1, &["quay.io", "no namespaces"]);
    tool(&sim, "hub-ls", &["docker.io/"]).run().fails(
        1,
        &[
            "docker.io/: a host has no list of its namespaces",
            "hub-ls ansible",
        ],
    );
    tool(&sim, "hub-ls", &["quay.io/coreos/etcd"])
        .run()
        .fails(1, &["only Docker Hub"]);
    assert!(sim.log().is_empty());
}
