//! Credentials: where they are looked for, in which order, for whom they are, and what happens when they are wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use hub_sim::{Authorization, Config, Kind, Sim};
use hub_test::{Run, Tool, tool};
use serde_json::json;

const PRIVATE: &str = "alice/notes";

fn sim() -> Sim {
    Sim::start(Config::default()).expect("a free port")
}

/// A secret of `name` in the simulator's population: a token that reads what is private.
fn secret(name: &str) -> String {
    let config = Config::default();
    let user = config.population.accounts().user(name).expect("a user");
    let reads =
        |token: &&hub_sim::PersonalToken| token.active && token.scope == hub_sim::PatScope::Read;
    let token = user.tokens.iter().find(reads).expect("a token that reads");
    token.secret.clone()
}

fn password(name: &str) -> String {
    let config = Config::default();
    let user = config.population.accounts().user(name).expect("a user");
    user.password.clone()
}

/// The folder or file that the simulator's environment names.
fn place(sim: &Sim, variable: &str) -> PathBuf {
    let environment = sim.environment();
    let found = environment.into_iter().find(|(name, _)| name == variable);
    found.expect("the simulator sets it").1.into()
}

fn docker_config(sim: &Sim, text: &str) -> PathBuf {
    let path = place(sim, "DOCKER_CONFIG").join("config.json");
    fs::write(&path, text).expect("the folder is ours");
    path
}

fn credentials_file(sim: &Sim, line: &str) -> String {
    let path = place(sim, "HUB_CACHE_DIR").with_file_name("credentials");
    fs::write(&path, line).expect("the folder is ours");
    path.display().to_string()
}

/// An `auth` member: RFC 4648 section 4.
fn auth(user: &str, secret: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = format!("{user}:{secret}");
    let mut encoded = String::new();
    for group in text.as_bytes().chunks(3) {
        let byte = |place: usize| u32::from(group.get(place).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..=group.len() {
            let digit = bits >> (18 - 6 * place) & 63;
            encoded.push(char::from(DIGITS[digit as usize]));
        }
    }
    encoded + ["", "==", "="][text.len() % 3]
}

/// A helper that runs `script`, and the PATH on which it is found.
fn helper(sim: &Sim, name: &str, script: &str) -> String {
    let folder = place(sim, "DOCKER_CONFIG").join("bin");
    fs::create_dir_all(&folder).expect("the folder is ours");
    let path = folder.join(format!("docker-credential-{name}"));
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("the folder is ours");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", folder.display())
}

fn answering(user: &str, secret: &str) -> String {
    let answer = json!({"ServerURL": "x", "Username": user, "Secret": secret});
    format!("cat > /dev/null; printf '%s' '{answer}'")
}

/// The private repository as it is named at a registry that is not Docker Hub.
fn elsewhere(sim: &Sim, repository: &str) -> String {
    format!("{}/{repository}", sim.authority())
}

fn inspect(sim: &Sim, arguments: &[&str]) -> Tool {
    tool(sim, "hub-inspect", &[&["-o", "ndjson"], arguments].concat())
}

#[track_caller]
fn sees(run: Run) {
    assert_eq!(run.succeeds().each("kind"), ["image"]);
}

/// DECISIONS 26. Nothing is asked of Docker Hub here: its proxy is a port at which nobody listens.
#[test]
fn for_docker_hub_each_source_counts_only_where_no_earlier_one_has_something() {
    let sim = sim();
    let file = credentials_file(&sim, "alice:dckr_pat_given-0000000000");
    let stored =
        json!({"auths": {"https://index.docker.io/v1/": {"auth": auth("alice", "stored-secret")}}});
    docker_config(&sim, &stored.to_string());
    let containers = json!({"auths": {"docker.io": {"auth": auth("alice", "stored-secret")}}});
    fs::write(place(&sim, "REGISTRY_AUTH_FILE"), containers.to_string())
        .expect("the folder is ours");
    let text = stored.to_string();
    let sources: [(&str, &[(&str, &str)]); 9] = [
        ("from --credentials", &[("", &file)]),
        (
            "from DOCKERHUB_USERNAME and DOCKERHUB_TOKEN",
            &[("DOCKERHUB_TOKEN", "dckr_pat_a-0000")],
        ),
        (
            "from DOCKERHUB_USERNAME and DOCKERHUB_PASSWORD",
            &[
                ("DOCKERHUB_USERNAME", "alice"),
                ("DOCKERHUB_PASSWORD", "secret-b"),
            ],
        ),
        (
            "from DOCKER_HUB_USERNAME and DOCKER_HUB_TOKEN",
            &[("DOCKER_HUB_TOKEN", "dckr_pat_c-0000")],
        ),
        (
            "from DOCKER_HUB_USERNAME and DOCKER_HUB_PASSWORD",
            &[
                ("DOCKER_HUB_USERNAME", "alice"),
                ("DOCKER_HUB_PASSWORD", "secret-d"),
            ],
        ),
        ("from DOCKER_AUTH_CONFIG", &[("DOCKER_AUTH_CONFIG", &text)]),
        ("from docker's config.json", &[("DOCKER_CONFIG", "")]),
        ("from containers' auth.json", &[("REGISTRY_AUTH_FILE", "")]),
        (
            "from DOCKER_USERNAME and DOCKER_PASSWORD",
            &[
                ("DOCKER_USERNAME", "alice"),
                ("DOCKER_PASSWORD", "secret-e"),
            ],
        ),
    ];
    for first in 0..=sources.len() {
        let mut arguments = vec!["-v", PRIVATE];
        if first == 0 {
            arguments.extend(["--credentials", &file]);
        }
        let mut run = tool(&sim, "hub-ls", &arguments).env("HTTPS_PROXY", "http://127.0.0.1:1");
        for name in ["HUB_URL", "HUB_REGISTRY_URL"] {
            run = run.env(name, "");
        }
        for (place, (_, variables)) in sources.iter().enumerate() {
            for (name, value) in variables.iter().filter(|(name, _)| !name.is_empty()) {
                match (place >= first, value.is_empty()) {
                    (true, false) => run = run.env(name, value),
                    (false, true) => run = run.env(name, "/nowhere"),
                    _ => {}
                }
            }
        }
        let wanted = sources
            .get(first)
            .map_or("none, anonymous", |source| source.0);
        let run = run.run().fails(1, &["credentials for docker.io: ", wanted]);
        let told = run
            .stderr
            .contains("using DOCKER_USERNAME and DOCKER_PASSWORD");
        assert_eq!(
            told,
            first == sources.len() - 1,
            "the last resort is said: {run:#?}"
        );
    }
}

/// DECISIONS 26, 28: who stands in for Docker Hub gets the `DOCKER_HUB_*` pair, and nothing that is stored for another.
#[test]
fn a_stand_in_gets_only_what_is_meant_for_it_and_families_are_never_mixed() {
    let (user, pat) = ("alice", secret("alice"));
    let stored = |sim: &Sim| {
        let entry = json!({"auth": auth("alice", &secret("alice"))});
        json!({"auths": {"https://index.docker.io/v1/": entry, "docker.io": entry, sim.authority(): entry}}).to_string()
    };
    for (user_name, secret_name, meant) in [
        ("DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN", false),
        ("DOCKERHUB_USERNAME", "DOCKERHUB_PASSWORD", false),
        ("DOCKER_HUB_USERNAME", "DOCKER_HUB_TOKEN", true),
        ("DOCKER_HUB_USERNAME", "DOCKER_HUB_PASSWORD", true),
        ("DOCKER_HUB_USERNAME", "DOCKERHUB_TOKEN", false),
        ("DOCKERHUB_USERNAME", "DOCKER_HUB_PASSWORD", false),
        ("DOCKER_USERNAME", "DOCKER_PASSWORD", false),
        ("DOCKER_USER", "DOCKER_PASS", false),
    ] {
        for name in ["hub-ls", "hub-tags", "hub-inspect"] {
            let sim = sim();
            docker_config(&sim, &stored(&sim));
            let run = tool(&sim, name, &[PRIVATE])
                .env(user_name, user)
                .env(secret_name, &pat)
                .run();
            let context = format!("{name} with {user_name} and {secret_name}");
            assert_eq!(run.code, Some(i32::from(!meant)), "{context}: {run:#?}");
            assert_eq!(sim.received(&pat), meant, "{context}");
        }
    }
}

/// DECISIONS 26, 28.
#[test]
fn a_credentials_file_comes_first_and_anonymous_means_nobody() {
    for name in ["hub-ls", "hub-tags", "hub-inspect"] {
        let sim = sim();
        let file = credentials_file(&sim, &format!("alice:{}\n", secret("alice")));
        let with = |arguments: &[&str]| {
            let run = tool(&sim, name, arguments);
            run.env("DOCKER_HUB_USERNAME", "carol")
                .env("DOCKER_HUB_TOKEN", &secret("carol"))
                .run()
        };
        with(&["--credentials", &file, PRIVATE]).succeeds();
        assert!(!sim.received(&secret("carol")), "{name}");
        let seen = sim.log().len();
        with(&["--anonymous", PRIVATE]).fails(1, &["it does not exist, or is private"]);
        let bearer = |asked: &hub_sim::Exchange| {
            asked.kind == Kind::HubLogin || asked.authorization == Authorization::Basic
        };
        assert!(!sim.log()[seen..].iter().any(bearer), "{name}");
        with(&["--anonymous", "--credentials", &file, PRIVATE]).fails(2, &["--anonymous"]);
    }
}

/// DECISIONS 26, REGISTRY.md CRED-1 to CRED-10: each place for another registry, and each is enough.
#[test]
fn another_registry_is_served_from_every_store_and_from_no_variable_pair() {
    let pat = secret("alice");
    let sim = sim();
    let (host, reference) = (sim.authority(), elsewhere(&sim, PRIVATE));
    let path = helper(&sim, "ours", &answering("alice", &pat));
    let identity = sim.identity_token("alice").expect("a user");
    let path_of = |tool: Tool| tool.env("PATH", &path);
    for config in [
        json!({"auths": {host.clone(): {"auth": auth("alice", &pat)}}}),
        json!({"auths": {format!("http://{host}/v2/"): {"auth": auth("alice", &pat)}}}),
        json!({"auths": {host.clone(): {"identitytoken": identity}}}),
        json!({"credsStore": "ours"}),
        json!({"credHelpers": {host.clone(): "ours"}, "credsStore": "missing"}),
    ] {
        docker_config(&sim, &config.to_string());
        sees(path_of(inspect(&sim, &[&reference])).run());
    }
    docker_config(&sim, "");
    inspect(&sim, &[&reference])
        .run()
        .fails(1, &["credentials are needed"]);
    let stored = json!({"auths": {host: {"auth": auth("alice", &pat)}}}).to_string();
    sees(
        inspect(&sim, &[&reference])
            .env("DOCKER_AUTH_CONFIG", &stored)
            .run(),
    );
    // An access token of Docker Hub's would not go there.
    let file = credentials_file(&sim, &format!("alice:{}", password("alice")));
    sees(inspect(&sim, &["--credentials", &file, &reference]).run());
    fs::write(place(&sim, "REGISTRY_AUTH_FILE"), stored).expect("the folder is ours");
    sees(inspect(&sim, &[&reference]).run());
    inspect(&sim, &["--anonymous", &reference])
        .run()
        .fails(1, &["credentials are needed"]);
}

/// DECISIONS 26.
#[test]
fn no_variable_pair_goes_to_another_registry() {
    for family in ["DOCKERHUB", "DOCKER_HUB", "DOCKER"] {
        let sim = sim();
        let run = inspect(&sim, &[&elsewhere(&sim, PRIVATE)]);
        let user = format!("{family}_USERNAME");
        let run = run
            .env(&user, "alice")
            .env(&format!("{family}_PASSWORD"), &password("alice"));
        run.run().fails(1, &["credentials are needed"]);
        assert!(!sim.received(&password("alice")), "{family}");
    }
}

/// The smaller rulings: file and position are named, the source is skipped, the next one counts.
#[test]
fn a_malformed_config_is_named_with_its_position_and_skipped() {
    let sim = sim();
    let (host, reference) = (sim.authority(), elsewhere(&sim, PRIVATE));
    let path = docker_config(&sim, "{\"auths\": {\n  \"planted-secret\"\n");
    let stored = json!({"auths": {host: {"auth": auth("alice", &secret("alice"))}}});
    fs::write(place(&sim, "REGISTRY_AUTH_FILE"), stored.to_string()).expect("the folder is ours");
    let run = inspect(&sim, &[&reference, &reference]).run();
    let named = [&*path.display().to_string(), "line 3", "it is skipped"];
    let run = run.fails(0, &named);
    assert_eq!(
        (run.each("kind").len(), run.stderr.lines().count()),
        (2, 1),
        "{run:#?}"
    );
    assert!(!run.stderr.contains("planted"), "{run:#?}");
}

/// DECISIONS 29: a warning, and on anonymously, so that what is public still comes.
#[test]
fn trouble_with_a_helper_is_one_warning_and_the_run_goes_on_anonymously() {
    let flood = "cat > /dev/null; head -c 200000 /dev/zero | tr '\\0' x";
    for (name, script) in [
        ("missing", None),
        ("failing", Some("cat > /dev/null; echo locked; exit 3")),
        ("garbage", Some("cat > /dev/null; echo not JSON")),
        ("silent", Some("cat > /dev/null")),
        ("flood", Some(flood)),
        ("../escape", None),
    ] {
        let sim = sim();
        let path = helper(
            &sim,
            name.trim_start_matches("../"),
            script.unwrap_or("exit 9"),
        );
        docker_config(&sim, &json!({"credsStore": name}).to_string());
        if name == "missing" {
            fs::remove_file(place(&sim, "DOCKER_CONFIG").join("bin/docker-credential-missing"))
                .expect("ours");
        }
        let public = elsewhere(&sim, "ansible/awx");
        let run = inspect(&sim, &[&public, &public]).env("PATH", &path).run();
        let run = run.fails(
            0,
            &["warning: docker-credential-", name, "going on anonymously"],
        );
        assert_eq!(
            (run.each("kind").len(), run.stderr.lines().count()),
            (2, 1),
            "{run:#?}"
        );
    }
}

/// DECISIONS 29: ten seconds, not one more for each input.
#[test]
fn a_helper_that_hangs_is_stopped_once() {
    let sim = sim();
    let path = helper(&sim, "hanging", "echo $$ >> \"$0.asked\"; exec sleep 600");
    docker_config(&sim, r#"{"credsStore": "hanging"}"#);
    let public = elsewhere(&sim, "ansible/awx");
    let run = inspect(&sim, &[&public, &elsewhere(&sim, "ansible/galaxy")])
        .env("PATH", &path)
        .run();
    let run = run.fails(0, &["no answer within 10s"]);
    assert_eq!(run.each("kind"), ["image"; 2]);
    let asked = place(&sim, "DOCKER_CONFIG").join("bin/docker-credential-hanging.asked");
    let asked = fs::read_to_string(asked).expect("it was asked");
    assert_eq!(asked.lines().count(), 1, "asked once");
    let process = Path::new("/proc").join(asked.trim());
    assert!(!process.exists(), "it is killed");
}

/// DECISIONS 29: nothing is asked before there is a reference, and then each helper once.
#[test]
fn a_helper_is_asked_when_there_is_a_reference_and_only_once() {
    let sim = sim();
    let script = format!(
        "echo asked >> \"$0.asked\"; {}",
        answering("alice", &secret("alice"))
    );
    let path = helper(&sim, "counting", &script);
    docker_config(&sim, r#"{"credsStore": "counting"}"#);
    let asked = place(&sim, "DOCKER_CONFIG").join("bin/docker-credential-counting.asked");
    inspect(&sim, &[]).env("PATH", &path).run().succeeds();
    assert!(!asked.exists());
    let inputs = format!("{}\n", elsewhere(&sim, PRIVATE)).repeat(20);
    let run = inspect(&sim, &["--plain-http", &sim.authority()])
        .env("PATH", &path)
        .stdin(inputs);
    assert_eq!(run.run().succeeds().each("kind").len(), 20);
    let asked = fs::read_to_string(asked).expect("it was asked");
    assert_eq!(asked.lines().count(), 1);
}
