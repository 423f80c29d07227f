//! Who signs in, what that shows, and that a refused login is tried once.

use std::fs;

use hub_sim::{Authorization, Config, Kind, PatScope, Population, Sim};
use hub_test::{Run, Tool, tool};
use serde_json::Value;

fn sim() -> Sim {
    Sim::start(Config::default()).expect("a free port")
}

/// The token of `name` that reads what is private.
fn token(name: &str) -> String {
    let population = Population::tutorial();
    let user = population.accounts().user(name).expect("a user");
    let reads = |token: &&hub_sim::PersonalToken| token.active && token.scope == PatScope::Read;
    let token = user.tokens.iter().find(reads).expect("a token that reads");
    token.secret.clone()
}

fn password(name: &str) -> String {
    let population = Population::tutorial();
    let user = population.accounts().user(name).expect("a user");
    user.password.clone()
}

fn signed_in(tool: Tool, user: &str, secret: &str) -> Tool {
    let tool = tool.env("DOCKER_HUB_USERNAME", user);
    tool.env("DOCKER_HUB_PASSWORD", secret)
}

fn codes(run: &Run) -> Vec<String> {
    let code = |record: &Value| {
        record["error"]["code"]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    };
    run.records().iter().map(code).collect()
}

/// HUB-API.md §1.4: a member sees what is private, in lists and by name, with its tags and images.
#[test]
fn private_repositories_are_there_for_their_members_and_not_found_for_all_others() {
    let population = Population::tutorial();
    let sim = sim();
    let all = population
        .repositories()
        .chain(population.private_repositories());
    let mut names: Vec<String> = all
        .filter(|repository| repository.namespace() == "ansible")
        .map(|repository| format!("docker.io/{}", repository.full_name()))
        .collect();
    names.sort();
    let list = signed_in(tool(&sim, "hub-ls", &["ansible"]), "alice", &token("alice"));
    let mut listed = list.run().succeeds().each("ref");
    listed.sort();
    assert_eq!(listed, names);
    for repository in population.private_repositories() {
        let name = repository.full_name();
        for tool_name in ["hub-ls", "hub-tags", "hub-inspect"] {
            let run = |user: Option<&str>| {
                let run = tool(&sim, tool_name, &["--errors", &name]);
                match user {
                    Some(user) => signed_in(run, user, &token(user)).run(),
                    None => run.run(),
                }
            };
            let mine = run(Some("alice")).succeeds();
            let tags = population.tags(&name).count();
            let expected = if tool_name == "hub-tags" { tags } else { 1 };
            assert_eq!(mine.lines().len(), expected, "{tool_name} {name}");
            for user in [None, Some("carol")] {
                let other = run(user).fails(1, &["it does not exist, or is private"]);
                assert_eq!(
                    codes(&other),
                    ["not_found"],
                    "{tool_name} {name} as {user:?}"
                );
            }
        }
    }
}

/// The smaller rulings: at most one login per run and host, then no request; exit 3.
#[test]
fn a_wrong_password_is_tried_once_and_every_input_is_unauthorized() {
    let inputs = "alice/notes\n".repeat(30);
    for (name, secret) in [
        ("hub-ls", "wrong-password"),
        ("hub-tags", "wrong-password"),
        ("hub-inspect", "wrong-password"),
        ("hub-token", "wrong-password"),
        ("hub-ls", "dckr_pat_alice-inactive-0000000000"),
        ("hub-inspect", "dckr_pat_alice-inactive-0000000000"),
    ] {
        let sim = sim();
        let run = tool(&sim, name, &["--errors"]).stdin(inputs.clone());
        let run = signed_in(run, "alice", secret).run().fails(3, &["refuse"]);
        assert_eq!(codes(&run), vec!["unauthorized"; 30], "{name}");
        let retryable = |record: &Value| record["error"]["retryable"] == true;
        assert!(!run.records().iter().any(retryable), "{name}");
        let log = sim.log();
        let logins = log.iter().filter(|asked| {
            asked.kind == Kind::HubLogin
                || asked.kind == Kind::Token && asked.authorization == Authorization::Basic
        });
        assert_eq!(logins.count(), 1, "{name}: {log:#?}");
        // The registry's challenge comes before the login, and nothing after it.
        assert!(log.len() <= 2, "{name}: {log:#?}");
        assert!(!run.stderr.contains(secret), "{name}: {run:#?}");
    }
}

/// The same at a registry that is not Docker Hub.
#[test]
fn a_wrong_password_is_tried_once_at_another_registry_too() {
    let sim = sim();
    let file = tempfile(&sim, "alice:wrong-password");
    let host = sim.authority();
    let inputs = format!("{host}/alice/notes\n").repeat(20);
    let arguments = ["--errors", "--plain-http", &host, "--credentials", &file];
    for name in ["hub-tags", "hub-inspect", "hub-token"] {
        let seen = sim.log().len();
        let run = tool(&sim, name, &arguments).stdin(inputs.clone()).run();
        let run = run.fails(3, &["refused"]);
        assert_eq!(codes(&run), vec!["unauthorized"; 20], "{name}");
        let log = sim.log();
        let logins = log[seen..].iter().filter(|asked| asked.kind == Kind::Token);
        assert_eq!(logins.count(), 1, "{name}: {log:#?}");
    }
}

fn tempfile(sim: &Sim, line: &str) -> String {
    let environment = sim.environment();
    let folder = environment.iter().find(|(name, _)| name == "DOCKER_CONFIG");
    let path = format!("{}/one-line", folder.expect("it is set").1);
    fs::write(&path, line).expect("the folder is ours");
    path
}

/// HUB-API.md §1.1: who has a second factor is told what to use instead, and that works.
#[test]
fn a_second_factor_is_answered_with_the_advice_to_use_an_access_token() {
    for name in ["hub-ls", "hub-tags"] {
        let sim = sim();
        let run = tool(&sim, name, &["--errors", "ansible/awx", "ansible/galaxy"]);
        let run = signed_in(run, "bob", &password("bob")).run();
        let run = run.fails(3, &["personal access token"]);
        assert_eq!(codes(&run), ["unauthorized"; 2], "{name}");
        assert_eq!(sim.log().len(), 1, "{name}");
        let run = tool(&sim, name, &["ansible/awx"]);
        signed_in(run, "bob", &token("bob")).run().succeeds();
    }
}

/// DECISIONS 26, HUB-API.md §1.6: an organisation signs in by its name, with what its token reaches.
#[test]
fn an_organisation_token_sees_what_it_covers_and_no_more() {
    let population = Population::tutorial();
    let organisation = population
        .accounts()
        .organisation("ansible")
        .expect("an organisation");
    let sim = sim();
    let covers = |wanted: &str| {
        let token = organisation
            .tokens
            .iter()
            .find(|token| token.resources.len() == 1 && token.resources[0].path == wanted);
        token.expect("such a token").secret.clone()
    };
    let secret = covers("ansible/lab");
    for name in ["hub-ls", "hub-tags", "hub-inspect"] {
        let run =
            |input| signed_in(tool(&sim, name, &["--errors", input]), "ansible", &secret).run();
        run("ansible/lab").succeeds();
        let other = run("ansible/awx-internal").fails(1, &[]);
        assert_eq!(codes(&other), ["not_found"], "{name}: {other:#?}");
    }
}

/// AUTH-15, AUTH-16: an identity token is exchanged, and where that is not offered the run goes on anonymously.
#[test]
fn an_identity_token_is_exchanged_and_a_service_without_oauth2_is_asked_the_older_way() {
    for refusal in [None, Some(404), Some(405)] {
        let config = Config {
            oauth2_refusal: refusal,
            ..Config::default()
        };
        let sim = Sim::start(config).expect("a free port");
        let (host, identity) = (sim.authority(), sim.identity_token("alice"));
        let entry = serde_json::json!({"identitytoken": identity.expect("a user")});
        let stored = serde_json::json!({"auths": {host.clone(): entry}}).to_string();
        let inspect = |repository: &str| {
            let reference = format!("{host}/{repository}");
            let run = tool(&sim, "hub-inspect", &[&reference]);
            run.env("DOCKER_AUTH_CONFIG", &stored).run()
        };
        if refusal.is_none() {
            inspect("alice/notes").succeeds();
            inspect("ansible/awx").succeeds();
        } else {
            inspect("ansible/awx").fails(0, &["takes no identity token; going on anonymously"]);
            inspect("alice/notes").fails(1, &["going on anonymously"]);
        }
    }
}
