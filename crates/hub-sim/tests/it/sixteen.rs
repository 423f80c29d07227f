//! The ten points of HUB-API.md §16, "What a simulator should do", one test each.

use std::time::Duration;

use hub_sim::{Config, Fault, FaultKind, HubRate, RateDialect};

use crate::client::{
    ask, bulk, exchange, get, get_as, jwt, payload, recorded_error, reply, start, tutorial,
};
use crate::json::Json;

const READ: &str = "dckr_pat_alice-read-00000000000000";
const OAT: &str = "dckr_oat_ansible-all-0000000000000";

/// Point 1: both path families, slash and no slash; the old ones for passwords and personal tokens only.
#[test]
fn point_1_both_path_families() {
    let sim = tutorial();
    let [person, organisation] =
        [("alice", READ), ("ansible", OAT)].map(|(name, secret)| jwt(&sim, name, secret));
    for item in ["", "/awx", "/awx/tags", "/awx/tags/latest"] {
        for end in ["", "/"] {
            let new = format!("/v2/namespaces/ansible/repositories{item}{end}");
            let old = format!("/v2/repositories/ansible{item}{end}");
            for path in [&new, &old] {
                assert_eq!(get(&sim, path).status, 200, "{path}");
                assert_eq!(get_as(&sim, &person, path).status, 200, "{path}");
            }
            assert_eq!(get_as(&sim, &organisation, &new).status, 200, "{new}");
            let refused = get_as(&sim, &organisation, &old);
            assert_eq!(
                refused.refusal(),
                recorded_error("legacy /v2/repositories/"),
                "{old}"
            );
        }
    }
}

/// Point 2: JWTs that carry `exp`, `Bearer` and `JWT`, and no raw tokens.
#[test]
fn point_2_jwts_carry_and_obey_exp() {
    let sim = tutorial();
    let token = jwt(&sim, "alice", READ);
    let claims = payload(&token);
    assert_eq!(claims.at("exp").number() - claims.at("iat").number(), 600);
    let status = |sim, authorization: &str| {
        ask(sim, "GET", "/v2/user/", &[("Authorization", authorization)]).status
    };
    assert_eq!(status(&sim, &format!("Bearer {token}")), 200);
    assert_eq!(status(&sim, &format!("JWT {token}")), 200);
    let raw = ask(
        &sim,
        "GET",
        "/v2/repositories/ansible/awx/",
        &[("Authorization", &format!("Bearer {READ}"))],
    );
    assert_eq!(
        raw.refusal(),
        recorded_error("any, a raw PAT sent as Bearer")
    );

    let sim = start(Config::default());
    let token = format!("Bearer {}", jwt(&sim, "alice", READ));
    sim.advance(Duration::from_secs(590));
    assert_eq!(status(&sim, &token), 200);
    sim.advance(Duration::from_secs(11));
    assert_eq!(status(&sim, &token), 401);
}

/// Point 3: private repositories are 404 without access and left out of lists.
#[test]
fn point_3_private_repositories_are_hidden() {
    let sim = tutorial();
    let list = "/v2/namespaces/ansible/repositories?page_size=100";
    let private = ["", "/tags", "/tags/latest"]
        .map(|item| format!("/v2/namespaces/ansible/repositories/lab{item}"));
    let public = get(&sim, list).json().at("count").number();
    for path in &private {
        assert_eq!(get(&sim, path).status, 404, "{path}");
        assert_eq!(ask(&sim, "HEAD", path, &[]).status, 404, "{path}");
    }
    let member = jwt(&sim, "alice", READ);
    assert_eq!(
        get_as(&sim, &member, list).json().at("count").number(),
        public + 2
    );
    assert!(
        private
            .iter()
            .all(|path| get_as(&sim, &member, path).status == 200)
    );
    let stranger = jwt(&sim, "bob", "dckr_pat_bob-read-0000000000000000");
    assert_eq!(
        get_as(&sim, &stranger, list).json().at("count").number(),
        public
    );
    assert!(
        private
            .iter()
            .all(|path| get_as(&sim, &stranger, path).status == 404)
    );
}

/// Point 4: page size 10, cut at 100; `next` with the called host; 404 past the end; an unknown namespace is empty.
#[test]
fn point_4_pages() {
    let sim = bulk(250);
    let tags = |query: &str| get(&sim, &format!("/v2/repositories/bulk/many/tags/{query}"));
    let names = |query: &str| tags(query).json().results("name").len();
    assert_eq!(names(""), 10);
    assert_eq!(names("?page_size=1000"), 100);
    assert_eq!(names("?page_size=100&page=3"), 50);
    assert_eq!(tags("?page_size=100&page=4").status, 404);
    let headers = [("Host", "registry.hub.example:8080")];
    let list = ask(&sim, "GET", "/v2/repositories/bulk/many/tags/", &headers).json();
    assert_eq!(
        list.at("next").text(),
        "http://registry.hub.example:8080/v2/repositories/bulk/many/tags/?page=2"
    );
    let nobody = get(&sim, "/v2/namespaces/nobody/repositories");
    assert_eq!(
        nobody.text(),
        "{\"count\":0,\"next\":null,\"previous\":null,\"results\":[]}"
    );
}

/// Point 5: the depth wall for anonymous callers, 1000 for tags and 100 for repositories and search.
#[test]
fn point_5_the_wall() {
    let sim = bulk(1500);
    let tags =
        |page| format!("/v2/namespaces/bulk/repositories/many/tags?page_size=100&page={page}");
    assert_eq!(get(&sim, &tags(10)).status, 200);
    assert_eq!(
        get(&sim, &tags(11)).refusal(),
        recorded_error("any paged list, anonymous")
    );
    for list in [
        "/v2/namespaces/bulk/repositories?page_size=50",
        "/v2/search/repositories/?query=a&page_size=50",
    ] {
        assert_eq!(
            get(&sim, &format!("{list}&page=3")).refusal(),
            recorded_error("any paged list, anonymous")
        );
        assert_ne!(get(&sim, &format!("{list}&page=2")).status, 403);
    }
    let token = jwt(&sim, "bob", "dckr_pat_bob-read-0000000000000000");
    assert_eq!(get_as(&sim, &token, &tags(15)).status, 200);
}

/// Point 6: `last_updated` is inverted, `latest` pinned first when no ordering is given.
#[test]
fn point_6_ordering() {
    let sim = tutorial();
    let tags = |ordering| {
        let path = format!("/v2/namespaces/ansible/repositories/awx/tags?page_size=100{ordering}");
        let tags = get(&sim, &path).json();
        let pairs = tags
            .results("name")
            .into_iter()
            .zip(tags.results("last_updated"));
        pairs
            .map(|(name, date)| (date.parse().unwrap(), name.to_owned()))
            .collect::<Vec<(jiff::Timestamp, _)>>()
    };
    let newest = tags("&ordering=last_updated");
    assert!(newest.is_sorted_by(|a, b| a.0 >= b.0));
    assert!(tags("&ordering=-last_updated").is_sorted_by(|a, b| a.0 <= b.0));
    assert!(tags("&ordering=name").is_sorted_by(|a, b| a.1 > b.1));
    assert!(tags("&ordering=-name").is_sorted_by(|a, b| a.1 < b.1));
    assert_eq!(tags("")[0].1, "latest");
}

/// Point 7: rate headers on every answer, 429 with `Retry-After` in seconds, and the old and bare forms.
#[test]
fn point_7_rates() {
    let sim = tutorial();
    for path in [
        "/v2/namespaces/ansible/repositories",
        "/v2/repositories/a/b",
        "/v2/users/x",
        "/api/build/v1/source/",
    ] {
        let reply = get(&sim, path);
        assert_eq!(reply.header("x-ratelimit-limit"), Some("180"), "{path}");
        assert!(
            reply.header("x-ratelimit-remaining").is_some()
                && reply.header("x-ratelimit-reset").is_some()
        );
    }
    assert_eq!(get(&sim, "/v2/").header("x-ratelimit-limit"), None);

    let second = |dialect| {
        let rate = HubRate {
            dialect,
            ..HubRate::per_minute(1)
        };
        let sim = start(Config {
            hub_rate: Some(rate),
            ..Config::default()
        });
        assert_eq!(
            get(&sim, "/v2/repositories/ansible/awx").header("x-ratelimit-remaining"),
            Some("0")
        );
        get(&sim, "/v2/repositories/ansible/awx")
    };
    let today = second(RateDialect::Seconds);
    assert_eq!(today.refusal(), recorded_error("Hub API per-minute limit"));
    let seconds: u32 = today.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    let epoch: u64 = second(RateDialect::Epoch)
        .header("x-retry-after")
        .unwrap()
        .parse()
        .unwrap();
    assert!(epoch > 1_000_000_000, "{epoch}");
    let bare = second(RateDialect::Bare);
    assert_eq!(
        (bare.status, bare.text().as_str()),
        (429, "Too Many Requests\n")
    );
    assert!(
        bare.headers
            .iter()
            .all(|(name, _)| !name.contains("retry") && !name.contains("ratelimit"))
    );
}

/// Point 8: what is left out and what is null.
#[test]
fn point_8_missing_keys_and_nulls() {
    let sim = tutorial();
    let tags = get(
        &sim,
        "/v2/namespaces/ansible/repositories/ansible/tags?page_size=100",
    )
    .json();
    let tags = tags.at("results").items();
    let count = |test: &dyn Fn(&Json) -> bool| tags.iter().filter(|tag| test(tag)).count();
    let image = |tag: &Json| tag.at("images").items()[0].clone();
    assert!(count(&|tag| tag.get("digest").is_none()) > 3);
    assert_eq!(count(&|tag| tag.get("digest") == Some(&Json::Null)), 1);
    assert_eq!(
        count(&|tag| *tag.at("last_updated") == Json::Null
            && *tag.at("tag_last_pushed") == Json::Null),
        1
    );
    assert_eq!(
        count(&|tag| image(tag).get("digest") == Some(&Json::Null)),
        1
    );
    assert!(count(&|tag| image(tag).get("digest").is_none()) > 1);
    assert!(count(&|tag| tag.get("media_type").is_none()) > 1);

    let list = get(&sim, "/v2/namespaces/ansible/repositories?page_size=100").json();
    let list = list.at("results").items();
    for key in ["repository_type", "description", "last_updated"] {
        let nulls = list
            .iter()
            .filter(|entry| *entry.at(key) == Json::Null)
            .count();
        assert!(nulls > 0 && nulls < list.len(), "{key}: {nulls}");
    }
    let detail = |name| get(&sim, &format!("/v2/repositories/ansible/{name}/")).json();
    assert!(detail("awx").get("full_description").is_some());
    assert!(detail("awx_web").get("full_description").is_none());
    let sources = list
        .iter()
        .filter(|entry| detail(entry.at("name").text()).get("source").is_some())
        .count();
    assert!(sources > 0 && sources < list.len());
}

/// Point 9: some answers as HTML 502 and 503; the error bodies are in the other modules.
#[test]
fn point_9_html_from_a_gateway() {
    for status in [502, 503, 200] {
        let faults = vec![Fault::new(FaultKind::Html(status), "/v2/repositories/").times(1)];
        let sim = start(Config {
            faults,
            ..Config::default()
        });
        let path = "/v2/repositories/ansible/awx";
        let page = reply(&exchange(&sim, "GET", path, &[], "")).unwrap();
        assert_eq!(
            (page.status, page.header("content-type")),
            (status, Some("text/html"))
        );
        assert!(page.text().starts_with("<html>"));
        assert_eq!(
            get(&sim, path).header("content-type"),
            Some("application/json")
        );
    }
}

/// Point 10: removed endpoints answer 404, the ones of autobuilds with their old body.
#[test]
fn point_10_removed_endpoints() {
    let sim = tutorial();
    for item in [
        "autobuild/",
        "buildhistory/",
        "buildhistory/abc/",
        "buildtrigger",
        "links/",
        "autobuild/tags/",
    ] {
        let reply = get(&sim, &format!("/v2/repositories/ansible/awx/{item}"));
        assert_eq!(
            reply.refusal(),
            recorded_error("GET /v2/repositories/{ns}/{repo}/autobuild"),
            "{item}"
        );
    }
    for path in [
        "/v2/namespaces/ansible/repositories/awx/images",
        "/v2/repositories/ansible/awx/comments",
    ] {
        assert_eq!(get(&sim, path).status, 404, "{path}");
    }
}
