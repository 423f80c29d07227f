//! hub-tags as a process, against the offline Hub.

use hub_sim::{Config, Exchange, Fault, FaultKind, Kind, Population, Sim};
use hub_test::{Run, tool};

fn sim() -> Sim {
    Sim::start(Config::default()).expect("a free port")
}

fn tags(sim: &Sim, arguments: &[&str]) -> Run {
    tool(sim, "hub-tags", arguments).run().succeeds()
}

fn names(population: &Population, repository: &str) -> Vec<String> {
    population
        .tags(repository)
        .map(|tag| tag.name.to_owned())
        .collect()
}

fn pages(log: &[Exchange]) -> usize {
    log.iter()
        .filter(|asked| asked.kind == Kind::HubTags)
        .count()
}

#[test]
fn every_tag_comes_once_in_the_servers_order_as_it_came() {
    let sim = sim();
    let run = tags(&sim, &["ansible/awx"]);
    assert_eq!(
        run.each("name"),
        names(&Population::tutorial(), "ansible/awx")
    );
    let first = run.lines()[0];
    assert!(
        first
            .starts_with("{\"ref\":\"docker.io/ansible/awx:latest\",\"kind\":\"tag\",\"creator\":"),
        "{first}"
    );
}

#[test]
fn a_single_tag_gives_that_tags_record() {
    let sim = sim();
    let run = tags(&sim, &["nginx:latest"]);
    assert_eq!(run.each("ref"), ["docker.io/library/nginx:latest"]);
    assert_eq!(sim.log()[0].kind, Kind::HubTag);
    tool(&sim, "hub-tags", &["nginx:nope"])
        .run()
        .fails(1, &["docker.io/library/nginx:nope: no such tag"]);
}

#[test]
fn a_digest_alone_names_no_tag_refn_10() {
    let sim = sim();
    let reference = format!("nginx@sha256:{}", "0".repeat(64));
    tool(&sim, "hub-tags", &[&reference])
        .run()
        .fails(1, &["a digest alone names no tag", "hub-inspect"]);
    tool(&sim, "hub-tags", &["docker.io/ansible/"])
        .run()
        .fails(1, &["names no repository", "hub-ls"]);
}

#[test]
fn the_newest_tags_cost_one_page_hub_api_2_2() {
    let sim = sim();
    let population = Population::tutorial();
    let run = tags(&sim, &["--newest", "3", "ansible/awx"]);
    let mut dated: Vec<_> = population
        .tags("ansible/awx")
        .filter_map(|tag| Some((tag.pushed?, tag.name)))
        .collect();
    dated.sort_by_key(|(date, _)| std::cmp::Reverse(*date));
    let newest = dated[2].0;
    let found: Vec<_> = run.each("name");
    assert_eq!(found.len(), 3);
    for name in &found {
        assert!(
            dated
                .iter()
                .any(|(date, tag)| tag == name && *date >= newest),
            "{name}"
        );
    }
    assert_eq!(pages(&sim.log()), 1);
}

#[test]
fn the_newest_of_those_that_match() {
    let sim = sim();
    let run = tags(&sim, &["--newest", "2", "--match", "23.*", "ansible/awx"]);
    let found = run.each("name");
    assert_eq!(found.len(), 2);
    assert!(
        found.iter().all(|name| name.starts_with("23.")),
        "{found:?}"
    );
}

#[test]
fn a_span_of_time_holds_its_bounds_and_no_undated_tag() {
    let sim = sim();
    let population = Population::tutorial();
    let run = tags(
        &sim,
        &[
            "--since",
            "2022-06-01",
            "--until",
            "2023-06-01T00:00:00Z",
            "ansible/awx",
        ],
    );
    let within = |tag: &hub_sim::Tag<'_>| {
        tag.pushed.is_some_and(|date| {
            let date = date.to_string();
            "2022-06-01" <= date.as_str() && date.as_str() <= "2023-06-01"
        })
    };
    let mut expected: Vec<String> = population
        .tags("ansible/awx")
        .filter(within)
        .map(|tag| tag.name.to_owned())
        .collect();
    let mut found = run.each("name");
    found.sort();
    expected.sort();
    assert!(!expected.is_empty() && expected.len() < population.tags("ansible/awx").count());
    assert_eq!(found, expected);
    tool(&sim, "hub-tags", &["--since", "soon", "nginx"])
        .run()
        .fails(2, &["\"soon\""]);
}

#[test]
fn sorting_goes_by_what_it_says() {
    let sim = sim();
    let sorted = |by| tags(&sim, &["--sort", by, "library/nginx"]);
    assert!(sorted("name").each("name").is_sorted());
    let sizes: Vec<u64> = sorted("size")
        .each("full_size")
        .iter()
        .filter_map(|size| size.parse().ok())
        .collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b) && sizes.len() > 3);
    let versions = sorted("version").each("name");
    let place = |name: &str| versions.iter().position(|found| found == name);
    assert!(place("latest") < place(versions.last().expect("there are tags")));
    assert!(sorted("date").lines().len() == versions.len());
}

#[test]
fn a_registry_gives_names_page_after_page_tag_4() {
    let sim = Sim::start(Config {
        registry_page_cap: Some(10),
        ..Config::default()
    })
    .expect("a free port");
    let run = tags(&sim, &["--source", "registry", "ansible/awx"]);
    let mut expected = names(&Population::tutorial(), "ansible/awx");
    expected.sort();
    assert_eq!(run.each("name"), expected);
    let first = run.lines()[0];
    let name = &expected[0];
    assert_eq!(
        first,
        format!(
            "{{\"ref\":\"docker.io/ansible/awx:{name}\",\"kind\":\"tag\",\"from\":\"registry\",\"name\":\"{name}\"}}"
        )
    );
    assert!(
        sim.log()
            .iter()
            .filter(|asked| asked.kind == Kind::TagsList)
            .count()
            > 3,
        "a refused size is halved (TAG-8)"
    );
}

#[test]
fn any_registry_on_loopback_is_asked_as_the_argument_says() {
    let sim = sim();
    let repository = format!("{}/ansible/awx", sim.authority());
    let run = tags(&sim, &[&repository]);
    assert_eq!(
        run.lines().len(),
        Population::tutorial().tags("ansible/awx").count()
    );
    assert!(run.each("ref")[0].starts_with(&repository));
    let one = tags(&sim, &[&format!("{repository}:latest")]);
    assert!(
        one.records()[0]["digest"]
            .as_str()
            .is_some_and(|digest| digest.starts_with("sha256:"))
    );
}

#[test]
fn a_loopback_host_from_stdin_is_asked_over_https_unless_it_is_named() {
    let sim = sim();
    let repository = format!("{}/ansible/awx\n", sim.authority());
    let refused = tool(&sim, "hub-tags", &[]).stdin(repository.clone()).run();
    refused.fails(1, &["https://"]);
    tool(&sim, "hub-tags", &["--plain-http", &sim.authority()])
        .stdin(repository.clone())
        .run()
        .succeeds();
    tool(&sim, "hub-tags", &[])
        .env("HUB_PLAIN_HTTP", &sim.authority())
        .stdin(repository)
        .run()
        .succeeds();
}

#[test]
fn a_registrys_list_has_no_dates_tag_11() {
    let sim = sim();
    for flags in [
        ["--newest", "1"],
        ["--since", "30d"],
        ["--until", "30d"],
        ["--sort", "date"],
        ["--sort", "size"],
    ] {
        let arguments = [&["--source", "registry", "nginx"][..], &flags[..]].concat();
        tool(&sim, "hub-tags", &arguments)
            .run()
            .fails(1, &["no dates and no sizes"]);
    }
    assert!(
        tags(
            &sim,
            &["--source", "registry", "--sort", "version", "nginx"]
        )
        .lines()
        .len()
            > 3
    );
}

#[test]
fn a_page_that_leads_elsewhere_is_given_before_the_list_is_refused_tag_7_tag_13() {
    let sim = Sim::start(Config {
        registry_page_cap: Some(1000),
        faults: vec![Fault::new(
            FaultKind::ForeignNext("http://127.0.0.1:1".into()),
            "/tags/list",
        )],
        population: Population::bulk("bulk", "many", 1500),
        ..Config::default()
    })
    .expect("a free port");
    let arguments = ["--errors", "--source", "registry", "bulk/many"];
    let run = tool(&sim, "hub-tags", &arguments)
        .run()
        .fails(1, &["127.0.0.1:1"]);
    assert_eq!(run.lines().len(), 1001, "the first page, then the error");
    assert_eq!(run.records()[1000]["error"]["code"], "invalid_response");
}
