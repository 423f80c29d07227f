//! The limits: per minute at the web API, pulls at the registry, abuse everywhere (HUB-API.md §3, §4).

use std::time::Duration;

use hub_sim::{Config, HubRate, RateDialect};

use crate::client::{ask, basic, get, get_as, jwt, pull, recorded_error, start, tutorial};

const MANIFEST: &str = "/v2/ansible/awx/manifests/latest";

fn limited_pulls(limit: u32) -> hub_sim::Sim {
    start(Config {
        pull_limit: Some(limit),
        ..Config::default()
    })
}

/// HUB-API.md §3 and REGISTRY.md RET-2: 600 for those who have signed in.
#[test]
fn signed_in_callers_have_a_limit_of_their_own() {
    let sim = tutorial();
    let token = jwt(&sim, "alice", "alice-password");
    assert_eq!(
        get_as(&sim, &token, "/v2/user/").header("x-ratelimit-limit"),
        Some("600")
    );

    let sim = start(Config {
        hub_rate: Some(HubRate::per_minute(2)),
        ..Config::default()
    });
    let token = jwt(&sim, "alice", "alice-password");
    assert_eq!(get(&sim, "/v2/users/alice").status, 200);
    assert_eq!(get(&sim, "/v2/users/alice").status, 429);
    assert_eq!(get_as(&sim, &token, "/v2/user/").status, 200);
}

/// The headers tell when the window ends, and then it does.
#[test]
fn a_window_ends_when_it_says() {
    let rate = HubRate {
        limit: 1,
        window: Duration::from_mins(1),
        dialect: RateDialect::Reset,
    };
    let sim = start(Config {
        hub_rate: Some(rate),
        ..Config::default()
    });
    assert_eq!(get(&sim, "/v2/users/alice").status, 200);
    let refused = get(&sim, "/v2/users/alice");
    assert_eq!((refused.status, refused.header("retry-after")), (429, None));
    let reset: i64 = refused
        .header("x-ratelimit-reset")
        .unwrap()
        .parse()
        .unwrap();
    let left = reset - jiff::Timestamp::now().as_second();
    assert!((58..=61).contains(&left), "{left}");
    sim.advance(rate.window / 2);
    assert_eq!(get(&sim, "/v2/users/alice").status, 429);
    sim.advance(rate.window / 2);
    assert_eq!(get(&sim, "/v2/users/alice").status, 200);
}

/// HUB-API.md §4: a GET of a manifest counts, nothing else does; REGISTRY.md HUB-1 for the headers.
#[test]
fn the_pull_limit_counts_manifest_gets() {
    let sim = limited_pulls(2);
    let left = |method| {
        pull(&sim, "ansible/awx", method, MANIFEST)
            .header("ratelimit-remaining")
            .unwrap()
            .to_owned()
    };
    assert_eq!(left("HEAD"), "2;w=21600");
    pull(&sim, "ansible/awx", "GET", "/v2/ansible/awx/tags/list");
    pull(
        &sim,
        "ansible/awx",
        "GET",
        "/v2/ansible/awx/manifests/nothing",
    );
    assert_eq!(left("GET"), "1;w=21600");
    assert_eq!(left("GET"), "0;w=21600");
    let refused = pull(&sim, "ansible/awx", "GET", MANIFEST);
    assert_eq!(
        refused.refusal(),
        recorded_error("registry-1.docker.io manifest GET, pull limit")
    );
    assert_eq!(refused.header("ratelimit-limit"), Some("2;w=21600"));
    assert_eq!(refused.header("docker-ratelimit-source"), Some("127.0.0.1"));
    assert_eq!(pull(&sim, "ansible/awx", "HEAD", MANIFEST).status, 200);
}

/// HUB-API.md §4: by account, and not at all for those who pay.
#[test]
fn pulls_are_counted_by_account() {
    let sim = limited_pulls(1);
    let pull_as = |name, secret| {
        let path = "/token?service=registry.docker.io&scope=repository:ansible/awx:pull";
        let token = ask(
            &sim,
            "GET",
            path,
            &[("Authorization", &basic(name, secret))],
        )
        .json();
        get_as(&sim, token.at("token").text(), MANIFEST)
    };
    assert_eq!(pull(&sim, "ansible/awx", "GET", MANIFEST).status, 200);
    assert_eq!(
        pull_as("alice", "alice-password").header("ratelimit-remaining"),
        Some("0;w=21600")
    );
    let refused = pull_as("alice", "alice-password");
    assert_eq!(refused.status, 429);
    assert!(!refused.text().contains("unauthenticated"));
    assert_ne!(refused.header("docker-ratelimit-source"), Some("127.0.0.1"));
    for _ in 0..3 {
        let unlimited = pull_as("carol", "carol-password");
        assert_eq!(
            (unlimited.status, unlimited.header("ratelimit-limit")),
            (200, None)
        );
    }
}

/// REGISTRY.md HUB-3: no header without a limit.
#[test]
fn there_are_no_pull_headers_without_a_limit() {
    assert_eq!(
        pull(&tutorial(), "ansible/awx", "GET", MANIFEST).header("ratelimit-limit"),
        None
    );
}

/// HUB-API.md §3: all properties together, and no hint.
#[test]
fn the_abuse_limit_covers_everything() {
    let sim = start(Config {
        abuse_limit: Some(3),
        ..Config::default()
    });
    for path in [
        "/v2/",
        "/token?service=registry.docker.io",
        "/v2/users/alice",
    ] {
        assert_ne!(get(&sim, path).status, 429, "{path}");
    }
    for path in [
        "/v2/",
        "/token?service=registry.docker.io",
        "/v2/users/alice",
    ] {
        let refused = get(&sim, path);
        assert_eq!(
            (refused.status, refused.text().as_str()),
            (429, "Too Many Requests\n"),
            "{path}"
        );
        assert_eq!(refused.header("retry-after"), None);
    }
}

/// HUB-API.md §4: the repository for looking at the limit is at every registry of Docker's and in no list.
#[test]
fn the_limit_can_be_looked_at_for_nothing() {
    let sim = limited_pulls(3);
    let name = "ratelimitpreview/test";
    for _ in 0..5 {
        let look = pull(
            &sim,
            name,
            "HEAD",
            "/v2/ratelimitpreview/test/manifests/latest",
        );
        assert_eq!(look.status, 200);
        assert_eq!(look.header("ratelimit-remaining"), Some("3;w=21600"));
    }
    let list = get(&sim, "/v2/namespaces/ratelimitpreview/repositories").json();
    assert_eq!(list.at("count").number(), 0);
    let population = hub_sim::Population::tutorial();
    assert!(population.repository(name).is_none());
}
