//! The rules of REGISTRY.md §15.1, §15.2 and of DECISIONS 27, one by one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::json;

use super::*;

fn logins(value: &Value, flavour: Flavour) -> StoredLogins {
    parse(&value.to_string(), flavour).unwrap()
}

/// What is found for a host or `host/repository`, as `user`, `kind secret` or `helper < server`.
fn found(logins: &StoredLogins, reference: &str) -> String {
    let (host, path) = reference.split_once('/').unwrap_or((reference, ""));
    let repository = path.parse().ok();
    match logins.for_host(&host.parse().unwrap(), repository.as_ref()) {
        None => "nothing".to_owned(),
        Some(Entry::Helper { suffix, server }) => format!("{suffix} < {server}"),
        Some(Entry::Credential(credential)) => credential.user().map_or_else(
            || {
                format!(
                    "{} {}",
                    credential.kind_name(),
                    credential.secret().expose_secret()
                )
            },
            str::to_owned,
        ),
    }
}

/// `auths` in which the user of each key is the key's number.
fn auths(keys: &[&str]) -> Value {
    let entry = |(index, key): (usize, &&str)| {
        let auth = STANDARD.encode(format!("{index}:s3cr3t"));
        ((*key).to_owned(), json!({ "auth": auth }))
    };
    keys.iter()
        .enumerate()
        .map(entry)
        .collect::<Map<_, _>>()
        .into()
}

#[track_caller]
fn check(keys: &[&str], flavour: Flavour, reference: &str, expected: &str) {
    let logins = logins(&json!({ "auths": auths(keys) }), flavour);
    assert_eq!(found(&logins, reference), expected, "{keys:?} {reference}");
}

#[test]
fn docker_hub_has_many_keys_and_one_that_comes_first_cred_4() {
    let docker = |keys: &[&str], expected: &str| {
        for host in ["docker.io", "index.docker.io", "registry-1.docker.io"] {
            check(keys, Flavour::Docker, host, expected);
        }
    };
    docker(&["docker.io", HUB_KEY], "1");
    docker(&["index.docker.io", "docker.io"], "1");
    docker(&["registry-1.docker.io", "index.docker.io"], "1");
    for key in [
        "registry-1.docker.io",
        "https://registry-1.docker.io/v2/",
        "http://docker.io",
        "HTTPS://Index.Docker.IO:443/v1",
        "docker.io/v1/",
    ] {
        docker(&[key], "0");
    }
}

#[test]
fn keys_are_compared_by_host_and_port_and_never_by_suffix_cred_4() {
    for key in [
        "r.example",
        "https://r.example",
        "http://R.example/v2",
        "https://r.example:443/",
    ] {
        check(&[key], Flavour::Docker, "r.example", "0");
    }
    check(
        &["https://r.example", "r.example"],
        Flavour::Docker,
        "r.example",
        "1",
    );
    check(
        &["https://r.example:443"],
        Flavour::Docker,
        "r.example:443",
        "0",
    );
    for key in [
        "example",
        "x.r.example",
        "r.example.evil.example",
        "evil-r.example",
        "r.example:5000",
        "http://r.example:443",
        "https://u:p@r.example",
        "https://r.example@evil.example",
        "ftp://r.example",
        "https://r.example?x",
        "://r.example",
        "",
    ] {
        check(&[key], Flavour::Docker, "r.example", "nothing");
    }
    check(
        &["docker.io", HUB_KEY],
        Flavour::Docker,
        "docker.io:443",
        "nothing",
    );
}

#[test]
fn a_refresh_token_never_goes_out_as_a_password_cred_14() {
    let others = [
        "https://index.docker.io/v1/access-token",
        "https://index.docker.io/v1/refresh-token",
    ];
    check(&others, Flavour::Docker, "docker.io", "nothing");
    check(
        &[others[0], others[1], HUB_KEY],
        Flavour::Docker,
        "docker.io",
        "2",
    );
    check(
        &["https://r.example/team"],
        Flavour::Docker,
        "r.example/team/x",
        "nothing",
    );
}

#[test]
fn a_host_s_helper_comes_before_the_one_for_all_and_that_before_entries_cred_3() {
    let value = json!({
        "auths": { "r.example": { "auth": "dTpw" }, "https://marked.example/v2/": {}, HUB_KEY: {} },
        "credsStore": "all",
        "credHelpers": { "https://own.example": "own", "off.example": "", HUB_KEY: "hub" },
    });
    let logins = logins(&value, Flavour::Docker);
    for (reference, expected) in [
        ("own.example", "own < own.example"),
        ("docker.io", "hub < https://index.docker.io/v1/"),
        ("r.example", "all < r.example"),
        ("marked.example", "all < https://marked.example/v2/"),
        ("off.example", "nothing"),
    ] {
        assert_eq!(found(&logins, reference), expected, "{reference}");
    }
}

#[test]
fn an_empty_entry_only_marks_cred_3() {
    let value =
        json!({ "auths": { HUB_KEY: {}, "docker.io": { "auth": "dTpw" }, "a.example": null } });
    let logins = logins(&value, Flavour::Docker);
    assert_eq!(found(&logins, "docker.io"), "u");
    assert_eq!(found(&logins, "a.example"), "nothing");
    assert!(logins.faults().is_empty());
}

#[test]
fn entries_hold_tokens_or_pairs_cred_2_cred_5() {
    let value = json!({ "auths": {
        "a.example": { "auth": "dTo=", "identitytoken": "i" },
        "b.example": { "auth": "dTpw", "registrytoken": "r" },
        "c.example": { "username": "c", "password": "p", "auth": "" },
        "d.example": { "username": "x", "password": "p", "auth": "ZDpw" },
    }});
    let logins = logins(&value, Flavour::Docker);
    for (host, expected) in [
        ("a.example", "an identity token i"),
        ("b.example", "a registry token r"),
        ("c.example", "c"),
        ("d.example", "d"),
    ] {
        assert_eq!(found(&logins, host), expected, "{host}");
    }
}

#[test]
fn the_longest_path_comes_first_in_containers_files_cred_8() {
    let keys = [
        "q.example",
        "q.example/team",
        "q.example/team/x",
        "https://q.example/v1/",
    ];
    for (reference, expected) in [
        ("q.example/team/x", "2"),
        ("q.example/team/x/y", "2"),
        ("q.example/team/xy", "1"),
        ("q.example/teams/x", "0"),
        ("q.example", "0"),
        ("evil.example/q.example/team", "nothing"),
    ] {
        check(&keys, Flavour::Containers, reference, expected);
    }
    let hub = ["docker.io", "docker.io/library"];
    check(
        &hub,
        Flavour::Containers,
        "registry-1.docker.io/library/a",
        "1",
    );
    check(
        &["q.example/v1"],
        Flavour::Containers,
        "q.example/x",
        "nothing",
    );
    check(&[HUB_KEY], Flavour::Containers, "docker.io/a/b", "0");
}

#[test]
fn containers_have_helpers_by_host_and_none_for_all_cred_8() {
    let value =
        json!({ "credsStore": "all", "credHelpers": { "docker.io": "own", "q.example/x": "no" } });
    let logins = logins(&value, Flavour::Containers);
    assert_eq!(found(&logins, "docker.io/a/b"), "own < docker.io");
    assert_eq!(found(&logins, "q.example/x"), "nothing");
}

#[test]
fn docker_auth_config_names_no_helper_and_dockercfg_has_no_level_cred_6_cred_7() {
    let value = json!({ "auths": auths(&["r.example"]), "credsStore": "all" });
    assert_eq!(
        found(&logins(&value, Flavour::AuthConfig), "r.example"),
        "0"
    );
    let value = auths(&[HUB_KEY]);
    assert_eq!(found(&logins(&value, Flavour::DockerCfg), "docker.io"), "0");
}

#[test]
fn a_bad_entry_is_skipped_by_its_key_and_never_by_its_value_cred_1() {
    let value = json!({
        "auths": {
            "a.example": { "auth": ["s3cr3t"] },
            "b.example": "s3cr3t",
            "https://s3cr3t@c.example": { "auth": "s3cr3t!" },
            "d.example": { "auth": "dTpw", "email": 7 },
            "e.example": { "username": "u" },
        },
        "credHelpers": ["s3cr3t"],
        "credsStore": 1,
        "HttpHeaders": 5,
    });
    let logins = logins(&value, Flavour::Docker);
    assert_eq!(found(&logins, "d.example"), "u");
    let faults = logins.faults().join("\n");
    assert_eq!(
        faults,
        "the entry \"a.example\" is skipped: a member of it is no text\n\
         the entry \"b.example\" is skipped: it is no object\n\
         the entry \"e.example\" is skipped: the secret is empty\n\
         the entry \"c.example\" is skipped: its auth is no base64\n\
         credHelpers is no object\n\
         credsStore is no text"
    );
    assert!(!format!("{logins:?}").contains("s3cr3t"));
}

#[test]
fn a_broken_file_is_named_by_position_and_never_shown_cred_1() {
    let broken = "{\n  \"auths\": {\"r\": {\"auth\": \"s3cr3t\" s3cr3t}}}";
    let problem = parse(broken, Flavour::Docker).unwrap_err();
    assert_eq!((problem.line, problem.column), (2, 36));
    assert_eq!(problem.what, "expected `,` or `}`");
    assert!(parse("{\"auths\":", Flavour::Docker).is_err());
    assert!(parse("[\"s3cr3t\"]", Flavour::Docker).is_err());
    for empty in ["", " \n", "null", "{}", "\u{feff}{}", "{\"auths\":null}"] {
        let logins = parse(empty, Flavour::Docker).unwrap();
        assert_eq!(found(&logins, "docker.io"), "nothing", "{empty:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_being_shown(text in "\\PC*|[{}\\[\\]\":,a-z0-9 \n]{0,40}") {
        for flavour in [Flavour::Docker, Flavour::Containers, Flavour::DockerCfg] {
            match parse(&text, flavour) {
                Ok(logins) => drop(found(&logins, "docker.io/a/b")),
                Err(problem) => prop_assert!(problem.what.len() < 80 && problem.what.is_ascii()),
            }
        }
    }

    #[test]
    fn a_key_speaks_for_no_other_host(key in "(https?://)?[a-z.:0-9-]{1,12}(/v[123]/?|/|/[a-z]{1,3})?", host in "[a-z]{1,3}\\.[a-z]{1,2}(:[1-9])?") {
        let host: Host = host.parse().unwrap();
        let fits = Key::parse(key.clone(), false).fit(&host, None).is_some();
        let bare = key.split_once("://").map_or(key.as_str(), |(_, rest)| rest);
        let authority = bare.split('/').next().unwrap();
        let same = authority.trim_end_matches(":443").trim_end_matches(":80").eq_ignore_ascii_case(host.as_str());
        prop_assert!(!fits || same || authority.eq_ignore_ascii_case(host.as_str()), "{key} {host}");
    }
}
