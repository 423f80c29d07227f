//! The order of DECISIONS 26 and the walls of DECISIONS 27 … 29.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::super::helper::tests::script;
use super::*;
use crate::log::Log;

fn pair(user: &str) -> Credential {
    Credential::from_pair(user, "s3cr3t".into()).unwrap()
}

fn variables(names: &'static str, hub_override: bool, last_resort: bool) -> Source {
    Source::Pair {
        names,
        credential: pair(names),
        hub_override,
        last_resort,
    }
}

fn given(line: &str, for_host: Option<&str>) -> Source {
    Source::Given {
        credential: Credential::from_line(line).unwrap(),
        for_host: for_host.map(|host| host.parse().unwrap()),
    }
}

/// `{"auths":{host:…}}` with these users.
fn auths(logins: &[(&str, &str)]) -> String {
    let entry = |(host, user): &(&str, &str)| {
        let auth = STANDARD.encode(format!("{user}:s3cr3t"));
        format!(r#""{host}":{{"auth":"{auth}"}}"#)
    };
    let entries: Vec<String> = logins.iter().map(entry).collect();
    format!(r#"{{"auths":{{{}}}}}"#, entries.join(","))
}

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

fn keychain(sources: Vec<Source>) -> Keychain {
    Keychain::new(sources, OsString::new())
}

/// Whom a lookup finds: the user, or the kind, or nobody. An address stands for who stands in for Docker Hub.
async fn whom(keychain: &Keychain, reference: &str) -> String {
    let (host, repository) = reference.split_once('/').unwrap_or((reference, ""));
    let host = match Url::parse(reference) {
        Ok(endpoint) if endpoint.has_host() => CredentialHost::stand_in(endpoint),
        _ => CredentialHost::named(host.parse().unwrap()),
    };
    let found = keychain
        .lookup(&host, repository.parse().ok().as_ref())
        .await;
    let Some(Found { credential, .. }) = found else {
        return "nobody".to_owned();
    };
    credential
        .user()
        .unwrap_or(credential.kind_name())
        .to_owned()
}

#[tokio::test]
async fn the_first_source_that_has_something_counts_decisions_26() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(
        &folder,
        "config.json",
        &auths(&[("docker.io", "config"), ("q.example", "q")]),
    );
    let auth = file(
        &folder,
        "auth.json",
        &auths(&[("q.example/a", "auth"), ("r.example", "r")]),
    );
    let all = vec![
        given("given:s3cr3t", Some("docker.io")),
        variables("DOCKERHUB_USERNAME and DOCKERHUB_TOKEN", false, false),
        Source::DockerAuthConfig(auths(&[("docker.io", "variable")]).into()),
        Source::DockerConfig(config),
        Source::ContainersAuth(auth),
        variables("DOCKER_USERNAME and DOCKER_PASSWORD", false, true),
    ];
    let hub = [
        "given",
        "DOCKERHUB_USERNAME and DOCKERHUB_TOKEN",
        "variable",
        "config",
        "DOCKER_USERNAME and DOCKER_PASSWORD",
        "DOCKER_USERNAME and DOCKER_PASSWORD",
    ];
    for (skipped, expected) in hub.into_iter().enumerate() {
        let keychain = keychain(all[skipped..].to_vec());
        assert_eq!(whom(&keychain, "docker.io/a/b").await, expected);
    }
    let keychain = keychain(all);
    assert_eq!(whom(&keychain, "q.example/a/b").await, "q");
    assert_eq!(whom(&keychain, "r.example").await, "r");
    assert_eq!(whom(&keychain, "s.example").await, "nobody");
    assert_eq!(whom(&Keychain::anonymous(), "docker.io").await, "nobody");
}

#[tokio::test]
async fn variables_and_given_credentials_are_for_one_host_decisions_26() {
    let variables = keychain(vec![variables("v", true, false)]);
    assert_eq!(whom(&variables, "registry-1.docker.io").await, "v");
    assert_eq!(whom(&variables, "docker.io:443").await, "nobody");
    assert_eq!(whom(&variables, "q.example").await, "nobody");
    let fixed = keychain(vec![given("u:s3cr3t", Some("q.example"))]);
    assert_eq!(whom(&fixed, "q.example").await, "u");
    assert_eq!(whom(&fixed, "q.example:443").await, "nobody");
    assert_eq!(whom(&fixed, "docker.io").await, "nobody");
}

#[tokio::test]
async fn without_a_host_the_first_reference_says_for_whom_a_file_is() {
    let keychain = keychain(vec![given("u:s3cr3t", None)]);
    assert_eq!(whom(&keychain, "q.example").await, "nobody");
    for host in ["q.example", "docker.io"] {
        keychain.note_host(&host.parse().unwrap());
    }
    assert_eq!(whom(&keychain, "q.example").await, "u");
    assert_eq!(whom(&keychain, "docker.io").await, "nobody");
}

#[tokio::test]
async fn a_token_of_docker_hub_goes_to_docker_hub_alone() {
    for line in ["u:dckr_pat_s3cr3t", "dckr_oat_s3cr3t"] {
        let keychain = keychain(vec![given(line, Some("q.example"))]);
        assert_eq!(whom(&keychain, "q.example").await, "nobody");
        assert_ne!(whom(&keychain, "docker.io").await, "nobody");
    }
}

#[tokio::test]
async fn a_jwt_is_told_apart_by_its_shape_and_its_host() {
    let jwt = "eyJhbGciOiJub25lIn0.e30.c2ln";
    let hub = keychain(vec![given(&format!("u:{jwt}"), Some("docker.io"))]);
    assert_eq!(
        whom(&hub, "docker.io").await,
        "a ready token of the web API"
    );
    let other = keychain(vec![given(jwt, Some("q.example"))]);
    assert_eq!(whom(&other, "q.example").await, "a registry token");
}

#[tokio::test]
async fn stored_credentials_never_go_to_a_stand_in_decisions_28() {
    let folder = tempfile::tempdir().unwrap();
    let text = auths(&[("docker.io", "config"), ("127.0.0.1:1", "config")]);
    let stored = |text: String| {
        let path = file(&folder, "config.json", &text);
        vec![
            Source::DockerAuthConfig(text.into()),
            Source::DockerConfig(path.clone()),
            Source::ContainersAuth(path),
            variables("d", false, true),
        ]
    };
    let endpoints = [
        "http://127.0.0.1:1/",
        "http://localhost/",
        "https://mirror.example/",
    ];
    let stored = keychain(stored(text));
    for endpoint in endpoints {
        assert_eq!(whom(&stored, endpoint).await, "nobody", "{endpoint}");
    }
    for source in [
        given("u:s3cr3t", Some("docker.io")),
        variables("u", true, false),
    ] {
        let keychain = keychain(vec![source]);
        for endpoint in endpoints {
            assert_eq!(whom(&keychain, endpoint).await, "u", "{endpoint}");
        }
        for endpoint in [
            "http://mirror.example/",
            "http://10.0.0.1:80/",
            "http://localhost.example/",
        ] {
            assert_eq!(whom(&keychain, endpoint).await, "nobody", "{endpoint}");
        }
    }
    let other = keychain(vec![given("u:s3cr3t", Some("q.example"))]);
    assert_eq!(whom(&other, "https://mirror.example/").await, "nobody");
}

#[tokio::test]
async fn files_are_read_when_they_are_needed_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    let keychain = keychain(vec![Source::DockerConfig(path)]);
    file(&folder, "config.json", &auths(&[("q.example", "first")]));
    assert_eq!(whom(&keychain, "q.example").await, "first");
    file(&folder, "config.json", &auths(&[("q.example", "second")]));
    assert_eq!(whom(&keychain, "q.example").await, "first");
}

#[tokio::test]
async fn a_broken_file_is_a_warning_with_its_position_and_is_skipped_cred_1() {
    let (log, _guard) = Log::begin();
    let folder = tempfile::tempdir().unwrap();
    let broken = file(&folder, "broken.json", "{\n\"auths\": s3cr3t}");
    let shown = broken.display().to_string();
    let large = file(&folder, "large.json", &" ".repeat(1024 * 1024 + 1));
    let faulty = file(
        &folder,
        "faulty.json",
        r#"{"auths":{"x.example":{"auth":"s3cr3t!"}}}"#,
    );
    let keychain = keychain(vec![
        Source::DockerConfig(folder.path().join("missing.json")),
        Source::DockerConfig(broken.join("below-a-file")),
        Source::DockerConfig(broken),
        Source::ContainersAuth(large),
        Source::ContainersAuth(folder.path().to_owned()),
        Source::DockerConfig(faulty),
        Source::DockerAuthConfig(auths(&[("q.example", "u")]).into()),
    ]);
    for _ in 0..2 {
        assert_eq!(whom(&keychain, "q.example").await, "u");
    }
    let log = log.text();
    assert_eq!(log.matches("WARN").count(), 4, "{log}");
    let place =
        format!("docker's config.json ({shown}), line 2, column 10: expected value; it is skipped");
    assert!(log.contains(&place), "{log}");
    assert!(log.contains("it is larger than 1048576 bytes"), "{log}");
    assert!(log.contains("the entry \"x.example\" is skipped"), "{log}");
    assert!(!log.contains("s3cr3t"), "{log}");
}

fn with_helper(helper: &Path, sources: Vec<Source>) -> Keychain {
    Keychain::new(sources, helper.into())
}

fn naming_a_helper(folder: &TempDir) -> Source {
    Source::DockerConfig(file(folder, "config.json", r#"{"credsStore":"x"}"#))
}

#[tokio::test]
async fn a_helper_runs_once_for_a_host_however_many_ask_cred_13() {
    let body = r#"echo run >> "${0%/*}/runs"; echo '{"Username":"u","Secret":"s3cr3t"}'"#;
    let folder = script("x", body);
    let keychain = with_helper(folder.path(), vec![naming_a_helper(&folder)]);
    let whom = |reference| whom(&keychain, reference);
    let found = tokio::join!(
        whom("docker.io/a/b"),
        whom("docker.io/a/c"),
        whom("q.example")
    );
    assert_eq!(found, ("u".into(), "u".into(), "u".into()));
    assert_eq!(whom("registry-1.docker.io").await, "u");
    let runs = fs::read_to_string(folder.path().join("runs")).unwrap();
    assert_eq!(runs.lines().count(), 2);
}

#[tokio::test]
async fn no_helper_runs_where_an_earlier_source_has_something_decisions_29() {
    let folder = script("x", r#"echo run > "${0%/*}/runs""#);
    let sources = vec![variables("v", true, false), naming_a_helper(&folder)];
    let keychain = with_helper(folder.path(), sources);
    assert_eq!(whom(&keychain, "docker.io").await, "v");
    assert_eq!(whom(&keychain, "https://mirror.example").await, "v");
    assert!(!folder.path().join("runs").exists());
}

#[tokio::test]
async fn after_a_helper_that_has_nothing_the_next_source_is_asked_cred_12() {
    let folder = script("x", "echo credentials not found in native keychain; exit 1");
    let sources = vec![naming_a_helper(&folder), variables("v", false, false)];
    let keychain = with_helper(folder.path(), sources);
    assert_eq!(whom(&keychain, "docker.io").await, "v");
}

#[tokio::test]
async fn trouble_with_a_helper_is_said_once_and_means_anonymous_decisions_29() {
    let (log, _guard) = Log::begin();
    let folder = script("x", "echo locked s3cr3t; exit 1");
    let sources = vec![naming_a_helper(&folder), variables("v", false, false)];
    let keychain = with_helper(folder.path(), sources);
    for _ in 0..2 {
        assert_eq!(whom(&keychain, "docker.io").await, "nobody");
    }
    let log = log.text();
    assert_eq!(log.matches("WARN").count(), 1, "{log}");
    let said = "asked for \"https://index.docker.io/v1/\": it failed with exit status: 1: locked …; going on anonymously";
    assert!(log.contains(said), "{log}");
}

#[tokio::test]
async fn who_we_are_is_said_once_for_each_host_and_without_the_secret_sec_6() {
    let (log, _guard) = Log::begin();
    let sources = vec![
        given("u:dckr_pat_s3cr3t", None),
        Source::DockerAuthConfig(auths(&[("q.example", "q")]).into()),
        variables("DOCKER_USERNAME and DOCKER_PASSWORD", false, true),
    ];
    let keychain = keychain(sources);
    for reference in [
        "docker.io/a",
        "docker.io/b",
        "q.example",
        "r.example",
        "http://m.example/",
    ] {
        whom(&keychain, reference).await;
    }
    assert_eq!(
        log.text(),
        "DEBUG credentials for docker.io: a personal access token of \"u\", from --credentials\n\
         DEBUG credentials for q.example: a password of \"q\", from DOCKER_AUTH_CONFIG\n\
         DEBUG credentials for r.example: none, anonymous\n\
         WARN not sending --credentials to docker.io at http://m.example: it is neither https nor this machine\n\
         DEBUG credentials for docker.io at http://m.example: none, anonymous\n"
    );
    let shown = format!("{keychain:?}");
    assert_eq!(
        shown,
        r#"["--credentials", "DOCKER_AUTH_CONFIG", "DOCKER_USERNAME and DOCKER_PASSWORD"]"#
    );
}

#[tokio::test]
async fn the_last_resort_is_said_once_when_it_is_used_decisions_26() {
    let (log, _guard) = Log::begin();
    let keychain = keychain(vec![variables(
        "DOCKER_USERNAME and DOCKER_PASSWORD",
        false,
        true,
    )]);
    for reference in ["q.example", "docker.io/a", "docker.io/b"] {
        whom(&keychain, reference).await;
    }
    let said = "WARN using DOCKER_USERNAME and DOCKER_PASSWORD for docker.io";
    assert_eq!(log.text().matches(said).count(), 1, "{}", log.text());
}

#[tokio::test]
async fn what_was_found_is_hidden_from_then_on_sec_6() {
    let sources = vec![
        given("u:given-secret", Some("docker.io")),
        Source::DockerAuthConfig(auths(&[("q.example", "q")]).into()),
    ];
    let keychain = keychain(sources);
    assert_eq!(
        keychain.redactor().redact("given-secret s3cr3t"),
        "… s3cr3t"
    );
    let found = keychain
        .lookup(&CredentialHost::named("q.example".parse().unwrap()), None)
        .await;
    assert_eq!(found.unwrap().credential.secret().expose_secret(), "s3cr3t");
    assert_eq!(keychain.redactor().redact("given-secret s3cr3t"), "… …");
}
