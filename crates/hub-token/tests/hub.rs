//! hub-token for Docker Hub itself: the web API's token and the limits, both without a reference.

use hub_sim::{Config, Fault, FaultKind, Kind, Sim};
use hub_test::{Tool, tool};
use serde_json::{Value, json};

const PASSWORD: &str = "alice-password";
const OAT: &str = "dckr_oat_ansible-pull-000000000000";

fn sim(pull_limit: Option<u32>) -> Sim {
    Sim::start(Config {
        pull_limit,
        ..Config::default()
    })
    .expect("a free port")
}

fn as_user(sim: &Sim, (user, secret): (&str, &str), arguments: &[&str]) -> Tool {
    tool(sim, "hub-token", arguments)
        .env("DOCKER_HUB_USERNAME", user)
        .env("DOCKER_HUB_PASSWORD", secret)
}

fn alice(sim: &Sim, arguments: &[&str]) -> Tool {
    as_user(sim, ("alice", PASSWORD), arguments)
}

/// The record of `--limits`; a limit that shows is said on stderr, too.
fn limits(tool: Tool) -> Value {
    let run = tool.run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(run.each("ref"), ["docker.io/"]);
    assert_eq!(run.each("kind"), ["limit"]);
    run.records().remove(0)
}

#[test]
fn the_web_apis_token_is_a_record_a_line_or_a_header() {
    let sim = sim(None);
    let run = alice(&sim, &["--hub"]).run().succeeds();
    assert!(
        run.stdout
            .starts_with("{\"ref\":\"docker.io/\",\"kind\":\"token\",\"token\":\"ey")
    );
    assert_eq!(run.each("user"), ["alice"]);
    assert_eq!(
        run.each("source"),
        ["a password from DOCKER_HUB_USERNAME and DOCKER_HUB_PASSWORD"]
    );
    assert!(run.each("expires_at")[0].ends_with('Z'));
    let raw = alice(&sim, &["--hub", "--raw"]).run().succeeds();
    assert_eq!((raw.lines().len(), raw.stdout.matches('.').count()), (1, 2));
    let header = alice(&sim, &["--hub", "--header"]).run().succeeds();
    assert!(header.stdout.starts_with("Authorization: Bearer ey"));
    assert!(sim.log().iter().all(|asked| asked.kind == Kind::HubLogin));
}

/// PIPE.md §2.
#[test]
fn without_a_reference_stdin_is_not_opened() {
    let sim = sim(None);
    for flag in ["--hub", "--limits"] {
        let started = alice(&sim, &[flag]).stdin("nginx\n").start();
        let (run, _) = started.end();
        assert_eq!(
            (run.code, run.each("ref")),
            (Some(0), vec!["docker.io/".to_owned()])
        );
        alice(&sim, &[flag, "nginx"])
            .run()
            .fails(2, &[flag, "REPOSITORY"]);
        alice(&sim, &[flag, "--actions", "push"])
            .run()
            .fails(2, &["--actions"]);
    }
    alice(&sim, &["--hub", "--limits"])
        .run()
        .fails(2, &["--limits"]);
    alice(&sim, &["--limits", "--raw"])
        .run()
        .fails(2, &["--raw"]);
}

#[test]
fn without_credentials_there_is_no_token_of_the_web_api() {
    let sim = sim(None);
    let words = ["docker.io/: there are no credentials", "DOCKER_HUB_TOKEN"];
    let run = tool(&sim, "hub-token", &["--hub", "--errors"])
        .run()
        .fails(1, &words);
    let error = &run.records()[0]["error"];
    assert_eq!(
        (&error["code"], &error["retryable"]),
        (&json!("unauthorized"), &json!(false))
    );
    alice(&sim, &["--hub", "--anonymous"])
        .run()
        .fails(1, &words);
    assert!(sim.log().is_empty());
    as_user(&sim, ("alice", "wr0ng-password"), &["--hub"])
        .run()
        .fails(3, &["refuses the login"]);
}

/// HUB-API.md §4, REGISTRY.md HUB-1, HUB-4: HEAD alone, and nothing is used up.
#[test]
fn limits_are_told_without_costing_a_pull() {
    let sim = sim(Some(100));
    let first = limits(tool(&sim, "hub-token", &["--limits"]));
    let expected = json!({"limit": 100, "remaining": 100, "window_seconds": 21600, "counted_for": "127.0.0.1"});
    assert_eq!(first["pulls"], expected);
    assert_eq!(
        (&first["user"], &first["source"]),
        (&Value::Null, &json!("anonymous"))
    );
    assert_eq!(first["web"]["limit"], 180);
    assert!(first["web"]["reset"].as_u64() > first["web"]["remaining"].as_u64());
    let second = limits(tool(&sim, "hub-token", &["--limits"]));
    assert_eq!(second["pulls"], expected);
    let log = sim.log();
    let mut manifests = log.iter().filter(|asked| asked.kind == Kind::Manifest);
    assert!(manifests.all(|asked| asked.method == "HEAD"));
}

/// HUB-6: those of the identity in use.
#[test]
fn limits_are_those_of_whoever_is_signed_in() {
    let sim = sim(Some(200));
    let alices = limits(alice(&sim, &["--limits"]));
    assert_eq!(alices["user"], "alice");
    assert_eq!(
        alices["source"],
        "a password from DOCKER_HUB_USERNAME and DOCKER_HUB_PASSWORD"
    );
    assert_eq!(alices["pulls"]["limit"], 200);
    assert_ne!(alices["pulls"]["counted_for"], "127.0.0.1");
    assert_eq!(alices["web"]["limit"], 600);
    let organisation = limits(as_user(&sim, ("ansible", OAT), &["--limits"]));
    assert_eq!(
        organisation["user"], "ansible",
        "an organisation's token may ask, too"
    );
    let carols = limits(as_user(&sim, ("carol", "carol-password"), &["--limits"]));
    let none =
        json!({"limit": null, "remaining": null, "window_seconds": null, "counted_for": null});
    assert_eq!(carols["pulls"], none, "who pays has no limit (HUB-3)");
    as_user(&sim, ("alice", "wr0ng-password"), &["--limits"])
        .run()
        .fails(3, &["refuses the login"]);
}

#[test]
fn what_is_used_up_is_an_answer_and_what_is_not_told_a_failure() {
    let spent = limits(tool(&sim(Some(0)), "hub-token", &["--limits"]));
    assert_eq!(spent["pulls"]["remaining"], 0);
    let sim = Sim::start(Config {
        faults: vec![Fault::new(FaultKind::PullLimit, "/v2/ratelimitpreview/")],
        ..Config::default()
    })
    .expect("a free port");
    tool(&sim, "hub-token", &["--limits"])
        .run()
        .fails(4, &["rate limited"]);
}
