//! Planted secrets: they go to the host that they are for, and to no stream, no file, no argument and no other host.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use hub_sim::{Config, Fault, FaultKind, Kind, PatScope, Population, Sim};
use hub_test::{PATIENCE, Run, Tool, tool};
use serde_json::{Value, json};

/// Every token of the simulator begins with the same header.
const TOKEN: &str = "eyJ";

const TOOLS: [&str; 4] = ["hub-ls", "hub-tags", "hub-inspect", "hub-token"];

/// Where a secret can lie.
#[derive(Clone, Copy, Debug)]
enum Place {
    CredentialsFile,
    HubPair,
    DockerHubPair,
    LastResortPair,
    LoginToken,
    AuthConfig,
    DockerConfig,
    ContainersAuth,
    IdentityToken,
    RegistryToken,
    Helper,
}

const PLACES: [Place; 11] = [
    Place::CredentialsFile,
    Place::HubPair,
    Place::DockerHubPair,
    Place::LastResortPair,
    Place::LoginToken,
    Place::AuthConfig,
    Place::DockerConfig,
    Place::ContainersAuth,
    Place::IdentityToken,
    Place::RegistryToken,
    Place::Helper,
];

fn sim(faults: Vec<Fault>) -> Sim {
    Sim::start(Config {
        faults,
        ..Config::default()
    })
    .expect("a free port")
}

/// A token of alice's that reads what is private.
fn token() -> String {
    let population = Population::tutorial();
    let user = population.accounts().user("alice").expect("a user");
    let reads = |token: &&hub_sim::PersonalToken| token.active && token.scope == PatScope::Read;
    let token = user.tokens.iter().find(reads).expect("a token that reads");
    token.secret.clone()
}

fn folder(sim: &Sim, variable: &str) -> String {
    let environment = sim.environment();
    let found = environment.into_iter().find(|(name, _)| name == variable);
    found.expect("the simulator sets it").1
}

/// A login as a file stores it, in clear: `secret` is what is looked for.
fn stored(sim: &Sim, secret: &str) -> String {
    let entry = json!({"username": "alice", "password": secret});
    let hosts = ["https://index.docker.io/v1/", &sim.authority()];
    let auths = hosts.map(|host| (host.to_owned(), entry.clone()));
    json!({"auths": Value::from_iter(auths)}).to_string()
}

fn stored_as(sim: &Sim, member: &str, secret: &str) -> String {
    json!({"auths": {sim.authority(): {member: secret}}}).to_string()
}

/// A helper that also says the secret where it should not, and the PATH on which it is found.
fn helper(sim: &Sim, secret: &str) -> (String, String) {
    let folder = folder(sim, "DOCKER_CONFIG");
    let answer = json!({"Username": "alice", "Secret": secret});
    let script = format!("#!/bin/sh\ncat > /dev/null\necho {secret} >&2\nprintf '%s' '{answer}'\n");
    let file = format!("{folder}/docker-credential-planted");
    fs::write(&file, script).expect("the folder is ours");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    let path = std::env::var("PATH").unwrap_or_default();
    (
        json!({"credsStore": "planted"}).to_string(),
        format!("{folder}:{path}"),
    )
}

/// `name` with `secret` in `place`. Files that hold it lie below the simulator's folders and are named in the answer.
fn planted(sim: &Sim, name: &str, arguments: &[&str], place: Place, secret: &str) -> Tool {
    let write = |path: &str, text: &str| fs::write(path, text).expect("the folder is ours");
    let pair = |tool: Tool, family: &str| {
        let tool = tool.env(&format!("{family}_USERNAME"), "alice");
        tool.env(&format!("{family}_PASSWORD"), secret)
    };
    let run = tool(sim, name, arguments);
    match place {
        Place::CredentialsFile => {
            let file = format!("{}/line", folder(sim, "DOCKER_CONFIG"));
            write(&file, &format!("alice:{secret}\n"));
            tool(sim, name, &[&["--credentials", &file], arguments].concat())
        }
        Place::HubPair => pair(run, "DOCKERHUB"),
        Place::DockerHubPair => pair(run, "DOCKER_HUB"),
        Place::LastResortPair => pair(run, "DOCKER"),
        Place::LoginToken => run.env("DOCKER_HUB_LOGIN_TOKEN", secret),
        Place::AuthConfig => run.env("DOCKER_AUTH_CONFIG", &stored(sim, secret)),
        Place::IdentityToken | Place::RegistryToken | Place::DockerConfig => {
            let text = match place {
                Place::IdentityToken => stored_as(sim, "identitytoken", secret),
                Place::RegistryToken => stored_as(sim, "registrytoken", secret),
                _ => stored(sim, secret),
            };
            write(
                &format!("{}/config.json", folder(sim, "DOCKER_CONFIG")),
                &text,
            );
            run
        }
        Place::Helper => {
            let (config, path) = helper(sim, secret);
            write(
                &format!("{}/config.json", folder(sim, "DOCKER_CONFIG")),
                &config,
            );
            run.env("PATH", &path)
        }
        Place::ContainersAuth => {
            write(&folder(sim, "REGISTRY_AUTH_FILE"), &stored(sim, secret));
            run
        }
    }
}

/// Every file below `folder` whose bytes hold `secret`.
fn holding(folder: &Path, secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(holding(&path, secret));
        } else if let Ok(bytes) = fs::read(&path)
            && bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Nothing but the token of a token record holds `secret`: one that is given as it is comes out as it is.
#[track_caller]
fn is_silent_about(run: &Run, secret: &str, context: &str) {
    let mut records = run.records();
    for record in records
        .iter_mut()
        .filter(|record| record["kind"] == "token")
    {
        record["token"] = Value::Null;
    }
    let written = Value::from(records).to_string();
    assert!(!written.contains(secret), "stdout of {context}: {run:#?}");
    assert!(
        !run.stderr.contains(secret),
        "stderr of {context}: {run:#?}"
    );
}

/// Every input that a tool answers: of Docker Hub's stand-in and, where there is such a thing, of another registry.
fn inputs(sim: &Sim, name: &str) -> Vec<String> {
    let mut inputs = vec!["alice/notes".to_owned(), "ansible/awx".to_owned()];
    if name != "hub-ls" {
        inputs.push(format!("{}/alice/notes", sim.authority()));
    }
    inputs
}

/// To show 4, SEC-4: right and wrong secrets, in every place, at the highest verbosity.
#[test]
fn a_secret_appears_in_no_stream_and_in_no_new_file() {
    for place in PLACES {
        for secret in [token(), "planted-secret-that-is-wrong".to_owned()] {
            for name in TOOLS {
                let sim = sim(Vec::new());
                let inputs = inputs(&sim, name);
                let mut arguments = vec!["-vv", "--errors"];
                arguments.extend(inputs.iter().map(String::as_str));
                let run = planted(&sim, name, &arguments, place, &secret);
                let folder = folder(&sim, "DOCKER_CONFIG");
                let root = Path::new(&folder).parent().expect("it is below a folder");
                let before = holding(root, &secret);
                let context = format!("{name}, {place:?}");
                is_silent_about(&run.run(), &secret, &context);
                assert_eq!(holding(root, &secret), before, "{context}");
            }
        }
    }
}

/// To show 4: the tokens that logins give are secrets, too; hub-token's records are the only place for one.
#[test]
fn a_token_that_came_appears_only_where_hub_token_prints_it() {
    let sim = sim(Vec::new());
    for name in TOOLS {
        let run = planted(
            &sim,
            name,
            &["-vv", "alice/notes"],
            Place::DockerHubPair,
            &token(),
        );
        let run = run.run();
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert!(!run.stderr.contains(TOKEN), "{name}: {run:#?}");
        assert!(!run.stderr.contains("Authorization"), "{name}: {run:#?}");
        let (shown, wanted) = (run.stdout.matches(TOKEN).count(), name == "hub-token");
        assert_eq!(shown > 0, wanted, "{name}: {run:#?}");
        if wanted {
            let token = run.each("token").concat();
            assert!(token.starts_with(TOKEN) && !run.stdout.replace(&token, "").contains(TOKEN));
        }
    }
}

/// To show 4: whatever goes wrong on the way to a token.
#[test]
fn a_secret_is_in_no_message_about_a_failure() {
    for kind in [
        FaultKind::Drop,
        FaultKind::Status(400),
        FaultKind::Html(200),
        FaultKind::RedirectLoop,
    ] {
        for name in TOOLS {
            let sim = sim(vec![
                Fault::new(kind.clone(), "/token"),
                Fault::new(kind.clone(), "/v2/auth/token"),
            ]);
            let run = planted(
                &sim,
                name,
                &["-vv", "--errors", "alice/notes"],
                Place::DockerHubPair,
                &token(),
            );
            let run = run.run();
            assert_ne!(run.code, Some(0), "{name}, {kind:?}");
            is_silent_about(&run, &token(), &format!("{name}, {kind:?}"));
        }
    }
}

/// DECISIONS 30: process lists are public, and so is the environment of nobody but us.
#[test]
fn a_secret_is_no_argument_of_a_process() {
    for name in TOOLS {
        let sim = sim(vec![Fault::new(FaultKind::Stall, "/v2/")]);
        let run = planted(
            &sim,
            name,
            &["alice/notes"],
            Place::CredentialsFile,
            &token(),
        );
        let mut started = run.start();
        started.close_stdin();
        assert!(sim.wait_for_request(|_| true, PATIENCE), "{name}");
        let line = fs::read(format!("/proc/{}/cmdline", started.id())).expect("it runs");
        assert!(!String::from_utf8_lossy(&line).contains(&token()), "{name}");
        started.close_stdout();
        started.end();
    }
}

/// SEC-4, BLOB-2: wherever requests are redirected to, no secret goes along, neither the login's nor a token that came.
#[test]
fn a_redirect_takes_no_secret_to_another_host() {
    for path in [
        "/token",
        "/v2/auth/token",
        "/v2/alice/notes/manifests",
        "/v2/alice/notes/blobs",
        "/v2/namespaces/",
    ] {
        for name in TOOLS {
            let other = sim(Vec::new());
            let redirect = FaultKind::RedirectTo(other.url());
            let sim = sim(vec![Fault::new(redirect, path)]);
            for input in inputs(&sim, name) {
                let run = planted(
                    &sim,
                    name,
                    &["--errors", &input],
                    Place::DockerHubPair,
                    &token(),
                )
                .run();
                assert!(run.code.is_some(), "{run:#?}");
                let run = planted(
                    &sim,
                    name,
                    &["--errors", &input],
                    Place::DockerConfig,
                    &token(),
                )
                .run();
                assert!(run.code.is_some(), "{run:#?}");
            }
            let context = format!("{name}, {path}: {:#?}", other.log());
            assert!(
                !other.received(&token()) && !other.received("alice:"),
                "{context}"
            );
            assert!(
                !other.received("Bearer ") && !other.received("Basic "),
                "{context}"
            );
        }
    }
}

/// REGISTRY.md SEC-1, SEC-2: a realm elsewhere gets no login. A loopback port is another host as far as secrets go.
#[test]
fn a_foreign_realm_and_a_foreign_next_get_no_secret() {
    for name in TOOLS {
        let other = sim(Vec::new());
        let faults = vec![
            Fault::new(
                FaultKind::Realm("https://auth.example.com/token".to_owned()),
                "/v2/",
            ),
            Fault::new(FaultKind::ForeignNext(other.url()), "/v2/namespaces/"),
        ];
        let sim = sim(faults);
        let proxy = ("HTTPS_PROXY", other.url());
        for input in inputs(&sim, name) {
            for place in [Place::DockerHubPair, Place::DockerConfig] {
                let run = planted(&sim, name, &["--errors", &input], place, &token());
                assert!(run.env(proxy.0, &proxy.1).run().code.is_some(), "{name}");
            }
        }
        assert!(
            !other.received(&token()) && !other.received("alice"),
            "{name}: {:#?}",
            other.log()
        );
    }
}

/// To show 4, DECISIONS 28: what is stored for Docker Hub, or for another registry, is not for who stands in.
#[test]
fn each_of_two_registries_gets_its_own_secret_and_a_stand_in_gets_neither() {
    let (first, second, stand_in) = (sim(Vec::new()), sim(Vec::new()), sim(Vec::new()));
    let (one, two) = ("first-secret-000", "second-secret-000");
    let entry = |secret: &str| json!({"username": "alice", "password": secret});
    let hub = "hub-secret-000000";
    let config = json!({"auths": {
        first.authority(): entry(one), second.authority(): entry(two), "https://index.docker.io/v1/": entry(hub),
    }});
    for name in &TOOLS[1..] {
        let inputs =
            [first.authority(), second.authority()].map(|host| format!("{host}/alice/notes"));
        let run = tool(
            &stand_in,
            name,
            &["--errors", &inputs[0], &inputs[1], "alice/notes"],
        );
        let run = run.env("DOCKER_AUTH_CONFIG", &config.to_string()).run();
        run.fails(3, &["refused"]);
    }
    for (sim, own) in [(&first, one), (&second, two), (&stand_in, "")] {
        for secret in [one, two, hub] {
            assert_eq!(
                sim.received(secret),
                secret == own,
                "{secret} at {}",
                sim.url()
            );
        }
    }
    assert!(stand_in.log().iter().any(|asked| asked.kind == Kind::Token));
}
