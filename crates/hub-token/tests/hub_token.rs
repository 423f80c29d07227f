//! hub-token as a process, against the offline Hub: tokens of registries. Those of the web API, and limits, are in `hub.rs`.

use hub_sim::{Config, Kind, Sim};
use hub_test::{Tool, tool};
use serde_json::{Value, json};

const READ: &str = "dckr_pat_alice-read-00000000000000";
const ADMIN: &str = "dckr_pat_alice-admin-0000000000000";

fn sim() -> Sim {
    Sim::start(Config::default()).expect("a free port")
}

fn alice(sim: &Sim, secret: &str, arguments: &[&str]) -> Tool {
    tool(sim, "hub-token", arguments)
        .env("DOCKER_HUB_USERNAME", "alice")
        .env("DOCKER_HUB_TOKEN", secret)
}

/// The scopes that the token service was asked for.
fn asked(sim: &Sim) -> Vec<String> {
    let log = sim.log();
    let asked = log.iter().filter(|asked| asked.kind == Kind::Token);
    asked
        .filter_map(|asked| asked.path.split("scope=").nth(1))
        .map(|scope| {
            let scope = scope.split('&').next().unwrap_or_default();
            scope
                .replace("%3A", ":")
                .replace("%2F", "/")
                .replace("%2C", ",")
        })
        .collect()
}

#[test]
fn a_record_says_what_was_asked_and_granted_and_how_long_it_lives() {
    let sim = sim();
    let run = tool(&sim, "hub-token", &["nginx"]).run().succeeds();
    assert_eq!(run.each("ref"), ["docker.io/library/nginx"]);
    assert_eq!(run.each("kind"), ["token"]);
    assert_eq!(run.each("scope"), ["repository:library/nginx:pull"]);
    assert_eq!(
        run.records()[0]["granted"],
        json!(["repository:library/nginx:pull"])
    );
    assert_eq!(run.each("source"), ["anonymous"]);
    assert!(run.each("expires_at")[0].ends_with('Z'));
    assert_eq!(
        run.each("token")[0].matches('.').count(),
        2,
        "Docker Hub's are JWTs (AUTH-22)"
    );
    assert!(
        run.stdout
            .starts_with("{\"ref\":\"docker.io/library/nginx\",\"kind\":\"token\",")
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
    for reference in ["docker.io/ansible/", "docker.io/"] {
        tool(&sim, "hub-token", &[reference])
            .run()
            .fails(1, &[reference, "a token is for a repository"]);
    }
}

#[test]
fn what_is_granted_may_be_less_than_what_was_asked_for_auth_21() {
    let sim = sim();
    let granted = |secret, repository| {
        let arguments = ["--actions", "pull,push,delete", repository];
        let run = alice(&sim, secret, &arguments).run().succeeds();
        assert_eq!(
            run.each("scope"),
            [format!("repository:{repository}:delete,pull,push")]
        );
        run.records()[0]["granted"].clone()
    };
    assert_eq!(
        granted(READ, "ansible/lab"),
        json!(["repository:ansible/lab:pull"])
    );
    assert_eq!(
        granted(ADMIN, "ansible/lab"),
        json!(["repository:ansible/lab:pull,push,delete"])
    );
    assert_eq!(
        granted(ADMIN, "ansible/nope"),
        json!([]),
        "nothing, and no failure"
    );
    assert_eq!(asked(&sim)[0], "repository:ansible/lab:delete,pull,push");
    tool(&sim, "hub-token", &["--actions", "pull,write", "nginx"])
        .run()
        .fails(2, &["write"]);
}

#[test]
fn a_source_names_kind_and_place_and_no_secret_sec_6() {
    let sim = sim();
    let run = alice(&sim, READ, &["-vv", "ansible/lab"]).run();
    assert_eq!(
        run.each("source"),
        ["a personal access token from DOCKER_HUB_USERNAME and DOCKER_HUB_TOKEN"]
    );
    assert!(sim.received(READ));
    assert!(!run.stdout.contains(READ) && !run.stderr.contains(READ));
    let anonymous = alice(&sim, READ, &["--anonymous", "ansible/lab"]).run();
    assert_eq!(anonymous.each("source"), ["anonymous"]);
}

#[test]
fn a_scope_is_asked_for_exactly_as_it_is() {
    let sim = sim();
    for scope in [
        "registry:catalog:*",
        "repository(plugin):ansible/awx:pull",
        "repository:host:5000/a:pull,push",
    ] {
        let run = tool(&sim, "hub-token", &["--scope", scope, "nginx"])
            .run()
            .succeeds();
        assert_eq!(run.each("ref"), ["docker.io/library/nginx"]);
        assert_eq!(run.each("scope"), [scope]);
        assert_eq!(run.records()[0]["granted"], json!([]));
    }
    let asked = asked(&sim);
    assert_eq!(asked.len(), 3);
    assert!(
        asked.iter().all(|asked| !asked.contains("nginx")),
        "{asked:?}"
    );
}

#[test]
fn a_scope_needs_its_grammar_and_one_registry() {
    let sim = sim();
    for (arguments, word) in [
        (&["--scope", "pull", "nginx"][..], "type:name:actions"),
        (&["--scope", "a:b:c d:e:f", "nginx"], "blanks"),
        (&["--scope", "a:b:c"], "exactly one"),
        (&["--scope", "a:b:c", "-"], "exactly one"),
        (&["--scope", "a:b:c", "nginx", "alpine"], "exactly one"),
        (
            &["--scope", "a:b:c", "--actions", "push", "nginx"],
            "--actions",
        ),
    ] {
        let run = tool(&sim, "hub-token", arguments).stdin("nginx\n").run();
        assert_eq!(run.fails(2, &[word]).stdout, "");
    }
    assert!(sim.log().is_empty());
}

/// A registry token that was stored, and an identity token, told apart by what is known of them.
#[test]
fn what_nobody_tells_is_null_auth_22() {
    let sim = sim();
    let host = sim.authority();
    let record = |member: &str, secret: &str| -> Value {
        let config = json!({"auths": {&host: {member: secret}}}).to_string();
        let run = tool(&sim, "hub-token", &[&format!("{host}/ansible/lab")])
            .env("DOCKER_AUTH_CONFIG", &config)
            .run()
            .succeeds();
        run.records().remove(0)
    };
    let given = record("registrytoken", "opaque-and-given");
    assert_eq!(given["token"], "opaque-and-given");
    assert_eq!(
        (&given["granted"], &given["expires_at"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(given["source"], "a registry token from DOCKER_AUTH_CONFIG");
    let identity = sim.identity_token("alice").expect("a user");
    let exchanged = record("identitytoken", &identity);
    assert_eq!(exchanged["granted"], json!(["repository:ansible/lab:pull"]));
    assert_eq!(
        exchanged["source"],
        "an identity token from DOCKER_AUTH_CONFIG"
    );
}
