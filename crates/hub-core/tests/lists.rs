//! Lists of a web API that lies: complete, or they say that they are not.

use hub_core::{Client, ClientConfig, ErrorKind, Repository, TagOrder, TagQuery, endpoint};
use hub_sim::{Config, Fault, FaultKind, Population, Sim};

const TAGS: usize = 450;

fn sim(faults: Vec<Fault>) -> Sim {
    let population = Population::bulk("bulk", "many", TAGS);
    Sim::start(Config {
        population,
        faults,
        wall: None,
        ..Config::default()
    })
    .expect("a free port")
}

fn client(sim: &Sim) -> Client {
    let mut config = ClientConfig::default();
    config.hub_url = Some(endpoint(&sim.url()).expect("an address"));
    config.registry_url.clone_from(&config.hub_url);
    Client::new(config)
}

/// The names that a listing gives, and how it ends.
async fn listed(sim: &Sim, query: &TagQuery) -> (Vec<String>, Option<ErrorKind>) {
    let repository: Repository = "bulk/many".parse().expect("a repository");
    let mut listing = match client(sim).hub_tag_records(&repository, query).await {
        Ok(listing) => listing,
        Err(error) => return (Vec::new(), Some(error.kind())),
    };
    let mut lines = String::new();
    let error = loop {
        match listing.next().await {
            Ok(Some(more)) => lines.push_str(std::str::from_utf8(&more).expect("text")),
            Ok(None) => break None,
            Err(error) => break Some(error.kind()),
        }
    };
    let reference = |line: &str| line.split('"').nth(3).unwrap_or_default().to_owned();
    (lines.lines().map(reference).collect(), error)
}

async fn all(fault: Option<Fault>) -> (usize, Option<ErrorKind>) {
    let sim = sim(fault.into_iter().collect());
    let (mut names, error) = listed(&sim, &TagQuery::default()).await;
    let given = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), given, "each tag once");
    (given, error)
}

#[tokio::test]
async fn a_list_is_complete_whether_or_not_its_pages_are_as_they_should_be() {
    assert_eq!(all(None).await, (TAGS, None));
    assert_eq!(
        all(Some(Fault::new(FaultKind::NoCount, "/tags?"))).await,
        (TAGS, None),
        "count missing: page by page"
    );
    assert_eq!(
        all(Some(Fault::new(
            FaultKind::ForeignNext("http://127.0.0.1:1".into()),
            "/tags?"
        )))
        .await,
        (TAGS, None)
    );
}

#[tokio::test]
async fn a_silent_cut_of_the_page_size_is_survived() {
    let population = Population::bulk("bulk", "many", TAGS);
    let config = Config {
        population,
        page_size_cap: 25,
        wall: None,
        ..Config::default()
    };
    let sim = Sim::start(config).expect("a free port");
    let (names, error) = listed(&sim, &TagQuery::default()).await;
    assert_eq!((names.len(), error), (TAGS, None));
    assert_eq!(sim.log().len(), TAGS / 25);
}

#[tokio::test]
async fn a_list_that_breaks_off_says_so_and_gives_what_there_was() {
    let invalid = Some(ErrorKind::InvalidResponse);
    assert_eq!(
        all(Some(Fault::new(FaultKind::NullResults, "page=3&"))).await,
        (200, invalid)
    );
    assert_eq!(
        all(Some(Fault::new(FaultKind::Status(404), "page=3&"))).await,
        (200, Some(ErrorKind::NotFound)),
        "whole pages are missing"
    );
    assert_eq!(
        all(Some(Fault::new(FaultKind::Status(403), "page=3&"))).await,
        (200, Some(ErrorKind::Forbidden))
    );
    assert_eq!(
        all(Some(Fault::new(FaultKind::Html(200), "page=3&"))).await,
        (200, invalid)
    );
}

#[tokio::test]
async fn what_came_before_a_failure_is_sorted_too() {
    let sim = sim(vec![Fault::new(FaultKind::Status(403), "page=3&")]);
    let query = TagQuery {
        order: Some(TagOrder::Name),
        ..TagQuery::default()
    };
    let (names, error) = listed(&sim, &query).await;
    assert_eq!((names.len(), error), (200, Some(ErrorKind::Forbidden)));
    assert!(names.is_sorted());
}

#[tokio::test]
async fn an_early_null_is_the_end_decisions() {
    assert_eq!(
        all(Some(Fault::new(FaultKind::EarlyEnd, "page=3&"))).await,
        (300, None)
    );
}
