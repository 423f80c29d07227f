//! hub-token as a process, against the offline Hub.

use hub_sim::{Config, Kind, Sim};
use hub_test::tool;

fn sim() -> Sim {
    Sim::start(Config::default()).expect("a free port")
}

#[test]
fn a_record_says_what_was_asked_and_how_long_it_lives() {
    let sim = sim();
    let run = tool(&sim, "hub-token", &["nginx"]).run().succeeds();
    assert_eq!(run.each("ref"), ["docker.io/library/nginx"]);
    assert_eq!(run.each("kind"), ["token"]);
    assert_eq!(run.each("scope"), ["repository:library/nginx:pull"]);
    assert!(run.each("expires_at")[0].ends_with('Z'));
    assert_eq!(
        run.each("token")[0].matches('.').count(),
        2,
        "Docker Hub's are JWTs (AUTH-22)"
    );
}

#[test]
fn raw_and_header_hold_the_token_and_nothing_else() {
    let sim = sim();
    for form in ["ndjson", "json", "ref"] {
        let raw = tool(&sim, "hub-token", &["--raw", "nginx"])
            .env("HUB_OUTPUT", form)
            .run()
            .succeeds();
        assert_eq!(
            (raw.lines().len(), raw.stdout.matches('.').count()),
            (1, 2),
            "{form}"
        );
        let header = tool(&sim, "hub-token", &["--header", "nginx"])
            .run()
            .succeeds();
        assert!(header.stdout.starts_with("Authorization: Bearer ey"));
    }
    tool(&sim, "hub-token", &["--raw", "--header", "nginx"])
        .run()
        .fails(2, &["--header"]);
}

#[test]
fn the_challenge_is_asked_for_once_and_a_token_per_repository() {
    let sim = sim();
    let run = tool(&sim, "hub-token", &["nginx", "alpine", "nginx"])
        .run()
        .succeeds();
    let tokens = run.each("token");
    assert_eq!(tokens[0], tokens[2]);
    let count = |kind| sim.log().iter().filter(|asked| asked.kind == kind).count();
    assert_eq!((count(Kind::Ping), count(Kind::Token)), (1, 2));
}

#[test]
fn a_namespace_has_no_token() {
    let sim = sim();
    tool(&sim, "hub-token", &["docker.io/ansible/"])
        .run()
        .fails(1, &["a token is for a repository"]);
}
