//! The token service: what a token grants for which credentials, by GET and by POST.

use std::time::Duration;

use hub_sim::{Config, Population};

use crate::client::{
    Reply, ask, basic, get, get_as, payload, post, sample, start, token, tutorial,
};
use crate::json::Json;

const AWX: &str = "ansible/awx";
const READ: &str = "dckr_pat_alice-read-00000000000000";
const ADMIN: &str = "dckr_pat_alice-admin-0000000000000";

fn form(sim: &hub_sim::Sim, fields: &str) -> Reply {
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    post(
        sim,
        "/token",
        &headers,
        &format!("service=registry.docker.io&client_id=test&{fields}"),
    )
}

fn granted(token: &str) -> Vec<String> {
    let payload = payload(token);
    let access = payload.at("access").items().iter();
    access
        .map(|access| {
            let actions: Vec<&str> = access
                .at("actions")
                .items()
                .iter()
                .map(Json::text)
                .collect();
            format!("{}:{}", access.at("name").text(), actions.join(","))
        })
        .collect()
}

/// HUB-API.md §12 and samples/registry-auth-token-2024.json.
#[test]
fn token_has_the_recorded_shape() {
    let recorded = sample("registry-auth-token-2024.json");
    let answer = get(
        &tutorial(),
        "/token?service=registry.docker.io&scope=repository:ansible/awx:pull",
    )
    .json();
    assert_eq!(answer.keys(), recorded.keys()[..4]);
    assert_eq!(answer.at("token"), answer.at("access_token"));
    assert_eq!(answer.at("expires_in").number(), 300);
    let payload = payload(answer.at("token").text());
    payload.assert_shape_of(recorded.at("_decoded_jwt_payload"));
    assert_eq!(payload.at("exp").number() - payload.at("iat").number(), 300);
}

/// REGISTRY.md AUTH-21: a token for what does not exist, without a grant.
#[test]
fn a_token_grants_no_more_than_is_allowed() {
    let sim = tutorial();
    assert!(
        payload(&token(&sim, "ansible/nothing"))
            .at("access")
            .items()
            .is_empty()
    );
    let scopes = "scope=repository:ansible/awx:pull,push&scope=repository:library/nginx:pull&scope=registry:catalog:*";
    let answer = get(&sim, &format!("/token?service=registry.docker.io&{scopes}")).json();
    let payload = payload(answer.at("token").text());
    let granted = payload
        .at("access")
        .items()
        .iter()
        .map(|access| (access.at("name").text(), access.at("actions").items()));
    let pull = [Json::Text("pull".to_owned())];
    assert_eq!(
        granted.collect::<Vec<_>>(),
        [(AWX, &pull[..]), ("library/nginx", &pull[..])]
    );
}

/// REGISTRY.md AUTH-21: the intersection of what was asked and what is allowed.
#[test]
fn registry_tokens_grant_what_the_credentials_may() {
    let sim = tutorial();
    let grant = |name: &str, secret: &str, scope: &str| {
        let path = format!("/token?service=registry.docker.io&scope=repository:{scope}");
        let reply = ask(
            &sim,
            "GET",
            &path,
            &[("Authorization", &basic(name, secret))],
        );
        granted(reply.json().at("token").text())
    };
    assert_eq!(
        grant("alice", READ, "ansible/lab:pull,push,delete"),
        ["ansible/lab:pull"]
    );
    assert_eq!(
        grant("alice", ADMIN, "ansible/lab:pull,push,delete"),
        ["ansible/lab:pull,push,delete"]
    );
    assert_eq!(
        grant("alice", ADMIN, "library/nginx:pull,push"),
        ["library/nginx:pull"]
    );
    assert!(
        grant(
            "alice",
            "dckr_pat_alice-public-read-00000000",
            "ansible/lab:pull"
        )
        .is_empty()
    );
    assert!(grant("carol", "carol-password", "ansible/lab:pull").is_empty());
    assert_eq!(
        grant(
            "ansible",
            "dckr_oat_ansible-pull-000000000000",
            "ansible/lab:pull,push"
        ),
        ["ansible/lab:pull"]
    );
}

/// HUB-API.md §12: bad Basic credentials are 401, and the secret is in no log.
#[test]
fn wrong_basic_credentials_get_no_token() {
    let sim = tutorial();
    let path = "/token?service=registry.docker.io&scope=repository:ansible/awx:pull";
    assert_eq!(
        ask(
            &sim,
            "GET",
            path,
            &[("Authorization", &basic("alice", "wr0ng"))]
        )
        .status,
        401
    );
    assert_eq!(
        ask(&sim, "GET", path, &[("Authorization", "Basic ***")]).status,
        401
    );
    assert!(sim.received("wr0ng"));
    assert!(!serde_json::to_string(&sim.log()).unwrap().contains("wr0ng"));
}

/// REGISTRY.md AUTH-24: 401 for a private repository without access, and the manifest with it.
#[test]
fn a_private_repository_can_be_pulled_by_its_members() {
    let sim = tutorial();
    let manifest = |name, secret| {
        let path = "/token?service=registry.docker.io&scope=repository:ansible/lab:pull";
        let token = ask(
            &sim,
            "GET",
            path,
            &[("Authorization", &basic(name, secret))],
        )
        .json();
        get_as(
            &sim,
            token.at("token").text(),
            "/v2/ansible/lab/manifests/latest",
        )
    };
    let tag = Population::tutorial()
        .tags("ansible/lab")
        .next()
        .unwrap()
        .digest
        .to_owned();
    assert_eq!(
        manifest("alice", READ).header("docker-content-digest"),
        Some(tag.as_str())
    );
    assert_eq!(manifest("carol", "carol-password").status, 401);
}

/// REGISTRY.md AUTH-13 and AUTH-14.
#[test]
fn a_post_gives_a_token_for_a_password() {
    let sim = tutorial();
    let scope = "scope=repository:ansible/lab:pull%20repository:ansible/awx:pull,push";
    let reply = form(
        &sim,
        &format!("grant_type=password&username=alice&password={READ}&{scope}"),
    );
    let body = reply.json();
    assert_eq!(
        body.keys(),
        ["access_token", "scope", "expires_in", "issued_at"]
    );
    assert_eq!(
        body.at("scope").text(),
        "repository:ansible/lab:pull repository:ansible/awx:pull"
    );
    assert_eq!(
        granted(body.at("access_token").text()),
        ["ansible/lab:pull", "ansible/awx:pull"]
    );
    assert_eq!(
        form(&sim, "grant_type=password&username=alice&password=wrong").status,
        401
    );
    for fields in ["", "grant_type=magic", "grant_type=password&username=alice"] {
        assert_eq!(form(&sim, fields).status, 400, "{fields}");
    }
    assert_eq!(
        post(
            &sim,
            "/token",
            &[],
            "grant_type=password&service=x&username=a&password=b"
        )
        .status,
        400
    );
}

/// REGISTRY.md AUTH-15: identity tokens.
#[test]
fn a_post_gives_a_token_for_an_identity_token() {
    let sim = tutorial();
    let scope = "scope=repository:ansible/lab:pull";
    let identity = sim.identity_token("alice").unwrap();
    let body = form(
        &sim,
        &format!("grant_type=refresh_token&refresh_token={identity}&{scope}"),
    )
    .json();
    assert_eq!(
        granted(body.at("access_token").text()),
        ["ansible/lab:pull"]
    );
    let offline = form(
        &sim,
        &format!("grant_type=password&username=alice&password={READ}&access_type=offline&{scope}"),
    )
    .json();
    let again = format!(
        "grant_type=refresh_token&refresh_token={}&{scope}",
        offline.at("refresh_token").text()
    );
    assert_eq!(form(&sim, &again).status, 200);
    assert_eq!(
        form(&sim, "grant_type=refresh_token&refresh_token=a.b.c").status,
        401
    );
    assert_eq!(sim.identity_token("nobody"), None);
}

/// REGISTRY.md AUTH-16: services without POST.
#[test]
fn a_post_can_be_switched_off() {
    for status in [404, 405] {
        let sim = start(Config {
            oauth2_refusal: Some(status),
            ..Config::default()
        });
        assert_eq!(
            form(
                &sim,
                "grant_type=password&username=alice&password=alice-password"
            )
            .status,
            status
        );
        assert_eq!(get(&sim, "/token?service=registry.docker.io").status, 200);
    }
}

/// REGISTRY.md AUTH-20, and lifetimes of fractions for tests.
#[test]
fn token_lifetimes_are_configurable() {
    let lifetime = |token_lifetime| {
        let sim = start(Config {
            token_lifetime,
            ..Config::default()
        });
        let body = get(&sim, "/token?service=registry.docker.io").json();
        let claims = payload(body.at("token").text());
        (
            body.at("expires_in").number(),
            claims.at("exp").number() - claims.at("iat").number(),
        )
    };
    assert_eq!(lifetime(Duration::from_mins(5)), (300, 300));
    assert_eq!(lifetime(Duration::from_secs(70)), (70, 70));
    assert_eq!(lifetime(Duration::from_millis(50)).0, 0);
}
