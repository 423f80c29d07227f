//! Signing in at the web API, and what its JWTs then allow.

use hub_sim::{Config, Population};

use crate::client::{
    Reply, ask, basic, get, get_as, jwt, payload, post, recorded_error, start, tutorial,
};
use crate::json::Json;

const READ: &str = "dckr_pat_alice-read-00000000000000";
const ADMIN: &str = "dckr_pat_alice-admin-0000000000000";

fn login(sim: &hub_sim::Sim, name: &str, secret: &str) -> Reply {
    let body = format!("{{\"username\":\"{name}\",\"password\":\"{secret}\"}}");
    post(sim, "/v2/users/login", &[], &body)
}

/// HUB-API.md §1.1: what is known of the payload.
#[test]
fn a_jwt_says_whose_it_is_and_what_it_may() {
    let sim = tutorial();
    let claims = payload(&jwt(&sim, "alice", READ));
    assert_eq!(claims.at("iss").text(), "https://api.docker.com/");
    assert_eq!(claims.at("aud").text(), "https://hub.docker.com");
    assert_eq!(claims.at("scope").text(), "repo:read");
    let hub = claims.at("https://hub.docker.com");
    assert_eq!(hub.at("username").text(), "alice");
    assert!(hub.at("source").text().starts_with("docker_pat|"));
}

/// HUB-API.md §1.1: a wrong secret has the spec's three keys.
#[test]
fn a_wrong_secret_gets_no_jwt() {
    let sim = tutorial();
    for (name, secret) in [
        ("alice", "wrong"),
        ("nobody", "alice-password"),
        ("alice", "dckr_pat_alice-inactive-0000000000"),
    ] {
        let body = format!("{{\"identifier\":\"{name}\",\"secret\":\"{secret}\"}}");
        let reply = post(&sim, "/v2/auth/token", &[], &body);
        assert_eq!(
            (reply.status, reply.json().keys()),
            (401, vec!["errinfo", "detail", "message"]),
            "{name}"
        );
    }
    assert_eq!(post(&sim, "/v2/auth/token", &[], "{}").status, 400);
    assert_eq!(get(&sim, "/v2/auth/token").status, 405);
}

/// HUB-API.md §1.2.
#[test]
fn the_old_login_answers_as_recorded() {
    let sim = tutorial();
    assert_eq!(
        login(&sim, "alice", "alice-password").json().keys(),
        ["token"]
    );
    assert_eq!(
        login(&sim, "alice", "wrong").refusal(),
        recorded_error("POST /v2/users/login, wrong password")
    );
    let organisation = login(&sim, "ansible", "dckr_oat_ansible-all-0000000000000");
    assert_eq!(
        organisation.refusal(),
        recorded_error("POST /v2/users/login with an organisation token")
    );
    let body = "{\"username\":\"alice\",\"password\":\"alice-password\"}";
    let refreshable = post(&sim, "/v2/users/login?refresh_token=true", &[], body);
    assert_eq!(refreshable.json().keys(), ["token", "refresh_token"]);
}

/// HUB-API.md §1.1: accounts with a second factor answer 401 and a token for the second step; a PAT needs none.
#[test]
fn a_second_factor_is_a_second_step() {
    let sim = tutorial();
    let first = login(&sim, "bob", "bob-password");
    let (status, recorded) = recorded_error("POST /v2/users/login, 2FA on");
    assert_eq!(
        (first.status, first.json().at("detail")),
        (status, recorded.at("detail"))
    );
    assert_eq!(first.json().keys(), recorded.keys());
    let step = first.json().at("login_2fa_token").text().to_owned();
    let second = |code| {
        let body = format!("{{\"login_2fa_token\":\"{step}\",\"code\":\"{code}\"}}");
        post(&sim, "/v2/users/2fa-login", &[], &body)
    };
    assert_eq!(second("000000").status, 401);
    let token = second("123456").json().at("token").text().to_owned();
    assert_eq!(
        get_as(&sim, &token, "/v2/user/")
            .json()
            .at("username")
            .text(),
        "bob"
    );
    assert_eq!(
        login(&sim, "bob", "dckr_pat_bob-read-0000000000000000").status,
        200
    );
}

/// HUB-API.md §1.2: after too many failures the right password does not help either, wherever it is shown.
#[test]
fn an_account_is_locked_after_wrong_passwords() {
    let sim = start(Config {
        login_limit: Some(3),
        ..Config::default()
    });
    for _ in 0..3 {
        assert_eq!(login(&sim, "alice", "wrong").status, 401);
    }
    let locked = login(&sim, "alice", "alice-password");
    assert_eq!(locked.status, 429);
    assert!(
        locked
            .json()
            .at("detail")
            .text()
            .starts_with("too many failed login attempts")
    );
    let basic = basic("alice", "alice-password");
    assert_eq!(
        ask(
            &sim,
            "GET",
            "/token?service=registry.docker.io",
            &[("Authorization", &basic)]
        )
        .status,
        429
    );
    assert_eq!(login(&sim, "carol", "carol-password").status, 200);
}

/// HUB-API.md §1.4: what an organisation's token lacks is 403 where it sees the repository, and silence in lists.
#[test]
fn organisation_tokens_reach_as_far_as_their_scopes() {
    let sim = tutorial();
    let public = get(&sim, "/v2/namespaces/ansible/repositories")
        .json()
        .at("count")
        .number();
    let list = |secret| {
        let token = jwt(&sim, "ansible", secret);
        get_as(
            &sim,
            &token,
            "/v2/namespaces/ansible/repositories?page_size=100",
        )
        .json()
        .at("count")
        .number()
    };
    assert_eq!(list("dckr_oat_ansible-all-0000000000000"), public + 2);
    assert_eq!(list("dckr_oat_ansible-unlisted-00000000"), public);
    let pull = jwt(&sim, "ansible", "dckr_oat_ansible-pull-000000000000");
    let refused = get_as(&sim, &pull, "/v2/namespaces/ansible/repositories/lab/tags");
    assert_eq!(
        refused.refusal(),
        recorded_error("any, JWT lacks the PAT scope")
    );
    let lab = jwt(&sim, "ansible", "dckr_oat_ansible-lab-0000000000000");
    assert_eq!(
        get_as(&sim, &lab, "/v2/namespaces/ansible/repositories/lab/tags").status,
        200
    );
    assert_eq!(
        get_as(
            &sim,
            &lab,
            "/v2/namespaces/ansible/repositories/awx-internal"
        )
        .status,
        404
    );
}

/// HUB-API.md §6.2.
#[test]
fn permissions_are_the_callers() {
    let sim = tutorial();
    let permissions = |secret| {
        let token = jwt(&sim, "alice", secret);
        let detail = get_as(&sim, &token, "/v2/repositories/ansible/awx").json();
        ["read", "write", "admin"].map(|key| *detail.at("permissions").at(key) == Json::Bool(true))
    };
    assert_eq!(permissions(READ), [true, false, false]);
    assert_eq!(permissions(ADMIN), [true, true, true]);
}

/// REGISTRY.md HOST-6: the tokens of the two sides are not valid on the other.
#[test]
fn tokens_of_one_side_are_nothing_to_the_other() {
    let sim = tutorial();
    let web = jwt(&sim, "alice", READ);
    assert_eq!(get_as(&sim, &web, "/v2/ansible/awx/tags/list").status, 401);
    let registry = crate::client::token(&sim, "ansible/awx");
    assert_eq!(
        get_as(&sim, &registry, "/v2/repositories/ansible/awx").status,
        401
    );
}

/// The public view is the same whoever is registered.
#[test]
fn anonymous_callers_see_no_private_repository() {
    let sim = tutorial();
    let population = Population::tutorial();
    for namespace in ["ansible", "alice", "library", "geerlingguy"] {
        let list = get(
            &sim,
            &format!("/v2/namespaces/{namespace}/repositories?page_size=100"),
        )
        .json();
        let public: Vec<_> = population
            .repositories()
            .filter(|found| found.namespace() == namespace)
            .collect();
        assert_eq!(
            list.results("name"),
            public.iter().map(|found| found.name()).collect::<Vec<_>>()
        );
    }
    let found = get(&sim, "/v2/search/repositories/?query=a&page_size=100").json();
    assert!(
        found
            .results("repo_name")
            .iter()
            .all(|name| !name.contains("internal") && !name.contains("notes"))
    );
}

/// HUB-API.md §10: who has signed in, and the organisations that count them among their members.
#[test]
fn users_see_themselves_and_their_organisations() {
    let sim = tutorial();
    let alice = jwt(&sim, "alice", READ);
    for path in ["/v2/user", "/v2/user/"] {
        assert_eq!(
            get_as(&sim, &alice, path).json().at("username").text(),
            "alice"
        );
    }
    for path in ["/v2/user/orgs", "/v2/user/orgs/?page=1&page_size=100"] {
        let list = get_as(&sim, &alice, path).json();
        assert_eq!(list.keys(), ["count", "next", "previous", "results"]);
        assert_eq!(list.results("orgname"), ["ansible"]);
    }
    let bob = jwt(&sim, "bob", "dckr_pat_bob-read-0000000000000000");
    let none = get_as(&sim, &bob, "/v2/user/orgs/").json();
    assert_eq!(none.at("count").number(), 0);
    assert_eq!(get(&sim, "/v2/user/orgs/").status, 401);
    let organisation = jwt(&sim, "ansible", "dckr_oat_ansible-all-0000000000000");
    assert_eq!(get_as(&sim, &organisation, "/v2/user/orgs/").status, 403);
}
