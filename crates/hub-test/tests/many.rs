//! A repository with 100,000 tags: the first record comes after the first page, every tag once, in bounded memory.

use std::collections::HashSet;

use hub_sim::{Config, Fault, FaultKind, Population, Sim};
use hub_test::{PATIENCE, tool};
use nix::sys::resource::{UsageWho, getrusage};

const TAGS: usize = 100_000;

#[test]
fn a_hundred_thousand_tags_stream_in_under_40_mib() {
    let faults = vec![Fault::new(FaultKind::Stall, "page=2&")];
    let population = Population::bulk("bulk", "many", TAGS);
    let sim = Sim::start(Config {
        population,
        faults,
        wall: None,
        ..Config::default()
    })
    .expect("a free port");
    let mut started = tool(&sim, "hub-tags", &["bulk/many"]).start();
    let mut tags: HashSet<String> = HashSet::from([started.line()]);
    assert!(
        tags.iter().all(|first| first.contains("\"kind\":\"tag\"")),
        "{tags:?}"
    );
    assert!(sim.wait_for_request(|asked| asked.path.contains("page=2&"), PATIENCE));
    sim.release();
    loop {
        let line = started.line();
        if line.is_empty() {
            break;
        }
        assert!(tags.insert(line), "a tag came twice");
    }
    let (run, _) = started.end();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(tags.len(), TAGS);
    assert_eq!(
        sim.log().len(),
        TAGS / 100,
        "pages of 100, each asked for once"
    );
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN)
        .expect("Linux tells it")
        .max_rss();
    assert!(peak < 40 * 1024, "{peak} KiB");
}
