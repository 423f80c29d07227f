//! Limits: the depth wall, requests a minute, pulls. Nothing is lost, and no 429 is caused by us.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use hub_sim::{Config, Fault, FaultKind, HubRate, Kind, Population, RateDialect, Sim};
use hub_test::{PATIENCE, Run, tool};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn sim(config: Config) -> Sim {
    Sim::start(config).expect("a free port")
}

fn bulk(tags: usize) -> Config {
    Config {
        population: Population::bulk("bulk", "many", tags),
        ..Config::default()
    }
}

fn refused(sim: &Sim) -> usize {
    sim.log()
        .iter()
        .filter(|asked| asked.status == Some(429))
        .count()
}

#[test]
fn behind_the_anonymous_wall_the_registry_knows_the_rest_tag_12_decisions_15() {
    let sim = sim(bulk(5000));
    let run = tool(&sim, "hub-tags", &["bulk/many"]).run();
    assert_eq!(
        (run.code, run.stderr.lines().count()),
        (Some(0), 1),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains(
        "docker.io/bulk/many: the web API shows the first 1000 tags to anonymous callers"
    ));
    let tags: HashSet<String> = run.each("ref").into_iter().collect();
    assert_eq!(
        (run.lines().len(), tags.len()),
        (5000, 5000),
        "every tag once"
    );
    let from_registry = run
        .lines()
        .iter()
        .filter(|line| line.contains("\",\"kind\":\"tag\",\"from\":\"registry\","))
        .count();
    assert_eq!(from_registry, 4000);
}

#[test]
fn an_order_by_name_holds_across_the_wall() {
    let sim = sim(bulk(1500));
    let run = tool(&sim, "hub-tags", &["--sort", "name", "bulk/many"]).run();
    assert_eq!((run.code, run.lines().len()), (Some(0), 1500));
    assert!(run.each("name").is_sorted());
}

#[test]
fn what_needs_dates_ends_at_the_wall_with_forbidden_decisions_15() {
    let sim = sim(bulk(1500));
    let run = tool(
        &sim,
        "hub-tags",
        &["--errors", "--since", "2000-01-01", "bulk/many"],
    )
    .run();
    let run = run.fails(1, &["anonymous callers see the first tags only", "sign in"]);
    assert_eq!(run.lines().len(), 1001, "what there was, then the error");
    assert_eq!(run.records()[1000]["error"]["code"], "forbidden");
    let newest = tool(&sim, "hub-tags", &["--newest", "5", "bulk/many"])
        .run()
        .succeeds();
    assert_eq!(newest.lines().len(), 5, "satisfied before the wall");
}

#[test]
fn the_announced_rate_is_used_up_and_never_exceeded_hub_api_3() {
    let rate = HubRate {
        limit: 20,
        window: Duration::from_secs(2),
        dialect: RateDialect::Seconds,
    };
    let sim = sim(Config {
        hub_rate: Some(rate),
        wall: None,
        ..bulk(6000)
    });
    let begun = Instant::now();
    let run = tool(&sim, "hub-tags", &["bulk/many"]).run();
    assert_eq!(
        (run.code, run.lines().len()),
        (Some(0), 6000),
        "{}",
        run.stderr
    );
    assert_eq!(
        (refused(&sim), sim.log().len()),
        (0, 60),
        "no request too many, none refused"
    );
    assert!(
        begun.elapsed() >= Duration::from_secs(4),
        "three windows of 20 requests"
    );
}

#[test]
fn a_limit_that_clears_too_late_ends_with_exit_4_and_says_what_is_left() {
    let fault = Fault::new(
        FaultKind::TooMany(RateDialect::Seconds, Duration::from_mins(10)),
        "/repositories/galaxy/",
    );
    let sim = sim(Config {
        faults: vec![fault],
        ..Config::default()
    });
    let stdin = "ansible/awx\nansible/galaxy\nansible/receptor\n";
    let run = tool(&sim, "hub-tags", &["--errors", "-j", "1", "--newest", "1"])
        .stdin(stdin)
        .run();
    let run = run.fails(
        4,
        &[
            "clears in 600 s only",
            "--max-wait",
            "1 input was read and not done",
        ],
    );
    let codes: Vec<_> = run
        .records()
        .iter()
        .map(|record| record["error"]["code"].as_str().map(str::to_owned))
        .collect();
    let limited = || Some("rate_limited".to_owned());
    assert_eq!(codes[1..], [limited(), limited()]);
}

/// References of a run's retryable failures, as the contract's recipe takes them.
fn to_feed_back(run: &Run) -> String {
    let records = run.records();
    let retryable = records
        .iter()
        .filter(|record| record["error"]["retryable"] == true);
    let references: Vec<&str> = retryable
        .filter_map(|record| record["ref"].as_str())
        .collect();
    references.join("\n")
}

fn succeeded(run: &Run) -> Vec<String> {
    run.lines()
        .into_iter()
        .filter(|line| !line.contains("\"kind\":\"error\""))
        .map(str::to_owned)
        .collect()
}

fn references() -> String {
    let population = Population::tutorial();
    let tags = population
        .tags("ansible/awx_web")
        .map(|tag| format!("ansible/awx_web:{}\n", tag.name));
    tags.collect()
}

#[test]
fn the_last_pull_is_not_overdrawn_and_the_rest_can_be_fed_back_decisions_23() {
    let whole = {
        let sim = sim(Config::default());
        tool(&sim, "hub-inspect", &[])
            .stdin(references())
            .run()
            .succeeds()
    };
    let limited = sim(Config {
        pull_limit: Some(10),
        ..Config::default()
    });
    let first = tool(&limited, "hub-inspect", &["--errors"])
        .stdin(references())
        .run();
    let first = first.fails(
        4,
        &[
            "10 pulls left of 10 in 6 h",
            "no pulls left of 10 in 6 h",
            "read and not done",
        ],
    );
    let log = limited.log();
    let pulled = log.iter().filter(|asked| {
        asked.kind == Kind::Manifest && asked.method == "GET" && asked.status == Some(200)
    });
    assert_eq!((refused(&limited), pulled.count()), (0, 10));
    assert!(
        succeeded(&first).len() >= 10,
        "aliases of what was pulled cost nothing more"
    );
    let free = sim(Config::default());
    let second = tool(&free, "hub-inspect", &[])
        .stdin(to_feed_back(&first))
        .run()
        .succeeds();
    let mut union = [succeeded(&first), succeeded(&second)].concat();
    let mut whole = whole.lines();
    union.sort_unstable();
    whole.sort_unstable();
    assert_eq!(union, whole, "the union is the whole, nothing twice");
}

#[test]
fn an_interrupted_run_can_be_fed_back() {
    let stall = vec![Fault::new(FaultKind::Stall, "/manifests/13.0.0")];
    let sim = sim(Config {
        faults: stall,
        ..Config::default()
    });
    let references = references();
    assert!(references.contains(":13.0.0\n"), "{references}");
    let mut started = tool(&sim, "hub-inspect", &["--errors"])
        .stdin(references.clone())
        .start();
    let first = started.line();
    started.close_stdin();
    let stalled =
        |asked: &hub_sim::Exchange| asked.kind == Kind::Manifest && asked.path.ends_with("/13.0.0");
    assert!(sim.wait_for_request(stalled, PATIENCE));
    kill(Pid::from_raw(started.id()), Signal::SIGTERM).expect("the tool runs");
    let (mut run, _) = started.end();
    run.stdout.insert_str(0, &first);
    assert!(run.stderr.contains("read and not done"), "{}", run.stderr);
    sim.release();
    let again = tool(
        &Sim::start(Config::default()).expect("a free port"),
        "hub-inspect",
        &[],
    )
    .stdin(to_feed_back(&run))
    .run()
    .succeeds();
    let done = succeeded(&run).len() + again.lines().len();
    assert_eq!(
        done,
        references.lines().count(),
        "nothing is lost, nothing twice"
    );
}

#[test]
fn a_slow_reader_makes_no_request_time_out() {
    let sim = sim(Config {
        wall: None,
        ..bulk(30_000)
    });
    let mut started = tool(&sim, "hub-tags", &["--timeout", "1s", "bulk/many"]).start();
    let first = started.line();
    // Requests end although nobody reads: the reader is slower than the limit as soon as this much has been asked for.
    assert!(sim.wait_for_request(|asked| asked.path.contains("page=50&"), PATIENCE));
    let waiting = Instant::now();
    assert!(
        !sim.wait_for_request(
            |asked| asked.path.contains("page=290&"),
            Duration::from_secs(2)
        ),
        "the reader holds it back"
    );
    assert!(waiting.elapsed() >= Duration::from_secs(1));
    let (run, _) = started.end();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.lines().len() + first.lines().count(), 30_000);
}
