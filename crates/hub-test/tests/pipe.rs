//! Whole pipelines against the offline Hub: what a user types, compared with what the simulator knows.

use std::io::{Read, Write};
use std::net::TcpStream;

use hub_sim::{Config, Kind, Population, Sim};
use hub_test::{pipeline, tool};

fn sim() -> Sim {
    Sim::start(Config::default()).expect("a free port")
}

/// `docker.io/ns/repo:tag@digest` of every tag of a namespace, in the order of the lists.
fn images_of(population: &Population, namespace: &str) -> Vec<String> {
    let repositories = population
        .repositories()
        .filter(|repository| repository.namespace() == namespace);
    let image = |repository: &hub_sim::Repository, tag: &hub_sim::Tag<'_>| {
        format!(
            "docker.io/{}:{}@{}",
            repository.full_name(),
            tag.name,
            tag.digest
        )
    };
    repositories
        .flat_map(|repository| {
            repository
                .tags()
                .map(|tag| image(repository, &tag))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn one_image_record_for_every_tag_of_a_namespace_in_order() {
    let sim = sim();
    let run = pipeline(&sim, "hub-ls ansible | hub-tags | hub-inspect")
        .run()
        .succeeds();
    let expected = images_of(&Population::tutorial(), "ansible");
    assert!(expected.len() > 300, "the population is worth a test");
    assert_eq!(run.each("ref"), expected);
    assert!(run.each("kind").iter().all(|kind| kind == "image"));
}

#[test]
fn an_image_record_is_its_own_input() {
    let sim = sim();
    let first = pipeline(
        &sim,
        "hub-ls ansible library | hub-tags --newest 3 | hub-inspect",
    )
    .run()
    .succeeds();
    let again = tool(&sim, "hub-inspect", &[])
        .stdin(first.stdout.clone())
        .run()
        .succeeds();
    assert_eq!(again.stdout, first.stdout);
}

#[test]
fn the_same_image_gives_the_same_record_by_every_way_in() {
    let sim = sim();
    let by_record = pipeline(
        &sim,
        "hub-tags ansible/awx ansible/centos7-ansible | hub-inspect",
    )
    .run()
    .succeeds();
    let by_reference = pipeline(
        &sim,
        "hub-tags -o ref ansible/awx ansible/centos7-ansible | hub-inspect",
    )
    .run()
    .succeeds();
    let by_word = pipeline(
        &sim,
        "hub-tags -o ref ansible/awx ansible/centos7-ansible | xargs hub-inspect",
    )
    .run();
    assert_eq!(by_record.stdout, by_reference.stdout);
    assert_eq!(by_record.stdout, by_word.succeeds().stdout);
}

#[test]
fn a_tag_record_saves_the_question_what_its_tag_points_at() {
    let sim = sim();
    pipeline(&sim, "hub-tags library/nginx | hub-inspect")
        .run()
        .succeeds();
    let log = sim.log();
    let by_tag = log
        .iter()
        .filter(|asked| asked.kind == Kind::Manifest && !asked.path.contains("/manifests/sha256:"));
    let repository = Population::tutorial();
    let unknown = repository
        .tags("library/nginx")
        .filter(|tag| !tag.digest_is_listed)
        .count();
    assert_eq!(by_tag.count(), unknown);
}

#[test]
fn one_token_serves_all_images_of_a_repository() {
    let sim = sim();
    pipeline(&sim, "hub-tags ansible/awx ansible/galaxy | hub-inspect")
        .run()
        .succeeds();
    assert_eq!(
        sim.log()
            .iter()
            .filter(|asked| asked.kind == Kind::Token)
            .count(),
        2
    );
}

#[test]
fn a_token_header_opens_the_registry_to_any_client() {
    let sim = sim();
    let header = tool(&sim, "hub-token", &["--header", "ansible/ansible"])
        .run()
        .succeeds()
        .stdout;
    let mut registry = TcpStream::connect(sim.authority()).expect("the simulator listens");
    let request = format!(
        "GET /v2/ansible/ansible/tags/list HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}\r\n\r\n",
        sim.authority(),
        header.trim_end()
    );
    registry.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    registry.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let latest = Population::tutorial().tags("ansible/ansible").count();
    assert_eq!(
        answer.matches('"').count(),
        2 * (latest + 3),
        "every tag is in the list"
    );
}
