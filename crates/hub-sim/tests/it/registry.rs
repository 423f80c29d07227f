//! The token service and the registry, held against REGISTRY.md and the recorded bodies.

use hub_sim::{Config, DocumentKind, Population};

use crate::client::{ask, digest, get, pull, start, token, tutorial};

const AWX: &str = "ansible/awx";

/// REGISTRY.md AUTH-7: the ping's challenge has no scope.
#[test]
fn the_ping_challenges_without_a_scope() {
    let sim = tutorial();
    let reply = get(&sim, "/v2/");
    let challenge = format!(
        "Bearer realm=\"{}/token\",service=\"registry.docker.io\"",
        sim.url()
    );
    assert_eq!(
        (reply.status, reply.header("www-authenticate")),
        (401, Some(challenge.as_str()))
    );
    assert_eq!(
        reply.header("docker-distribution-api-version"),
        Some("registry/2.0")
    );
    assert_eq!(pull(&sim, AWX, "GET", "/v2/").status, 200);
}

/// REGISTRY.md AUTH-1, AUTH-24, AUTH-25.
#[test]
fn the_registry_challenges_whoever_has_no_fitting_token() {
    let sim = tutorial();
    let path = "/v2/ansible/awx/manifests/latest";
    let challenge = |bearer: Option<&str>| {
        let header = bearer.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = header
            .iter()
            .map(|value| ("Authorization", value.as_str()))
            .collect();
        let reply = ask(&sim, "GET", path, &headers);
        assert_eq!(reply.status, 401);
        assert_eq!(
            reply.json().at("errors").items()[0].at("code").text(),
            "UNAUTHORIZED"
        );
        reply.header("www-authenticate").unwrap().to_owned()
    };
    let plain = format!(
        "Bearer realm=\"{}/token\",service=\"registry.docker.io\",scope=\"repository:ansible/awx:pull\"",
        sim.url()
    );
    assert_eq!(challenge(None), plain);
    assert_eq!(
        challenge(Some("nonsense")),
        format!("{plain},error=\"invalid_token\"")
    );
    let other = token(&sim, "library/nginx");
    assert_eq!(
        challenge(Some(&other)),
        format!("{plain},error=\"insufficient_scope\"")
    );
}

/// REGISTRY.md AUTH-24: a repository that is not there is 401, a tag that is not there 404.
#[test]
fn a_missing_repository_is_401_and_a_missing_tag_404() {
    let sim = tutorial();
    let reply = pull(
        &sim,
        "ansible/nothing",
        "GET",
        "/v2/ansible/nothing/manifests/latest",
    );
    assert_eq!(reply.status, 401);
    assert!(
        reply
            .header("www-authenticate")
            .unwrap()
            .ends_with("error=\"insufficient_scope\"")
    );
    let reply = pull(&sim, AWX, "GET", "/v2/ansible/awx/manifests/nothing");
    assert_eq!(
        (
            reply.status,
            reply.json().at("errors").items()[0].at("code").text()
        ),
        (404, "MANIFEST_UNKNOWN")
    );
}

/// REGISTRY.md HOST-4: the wrong service gives a token that the registry rejects.
#[test]
fn a_token_for_another_service_is_invalid() {
    let sim = tutorial();
    let answer = get(
        &sim,
        "/token?service=registry-1.docker.io&scope=repository:ansible/awx:pull",
    )
    .json();
    let bearer = format!("Bearer {}", answer.at("token").text());
    let reply = ask(
        &sim,
        "GET",
        "/v2/ansible/awx/tags/list",
        &[("Authorization", &bearer)],
    );
    assert!(
        reply
            .header("www-authenticate")
            .unwrap()
            .ends_with("error=\"invalid_token\"")
    );
}

/// REGISTRY.md AUTH-20: tokens end.
#[test]
fn an_expired_token_is_invalid() {
    let sim = start(Config::default());
    let bearer = format!("Bearer {}", token(&sim, AWX));
    let list = || {
        let path = "/v2/ansible/awx/tags/list";
        ask(&sim, "GET", path, &[("Authorization", &bearer)])
    };
    let lifetime = Config::default().token_lifetime;
    sim.advance(lifetime / 2);
    assert_eq!(list().status, 200);
    sim.advance(lifetime);
    assert!(
        list()
            .header("www-authenticate")
            .unwrap()
            .ends_with("error=\"invalid_token\"")
    );
}

/// A token of one simulator is nothing to another.
#[test]
fn a_foreign_token_is_invalid() {
    let bearer = format!("Bearer {}", token(&tutorial(), AWX));
    let reply = ask(
        &tutorial(),
        "GET",
        "/v2/ansible/awx/tags/list",
        &[("Authorization", &bearer)],
    );
    assert_eq!(reply.status, 401);
}

/// REGISTRY.md MAN-1, MAN-3, MAN-5, MAN-6: what comes is what the digest says.
#[test]
fn manifests_come_by_tag_and_digest_with_their_digest() {
    let sim = tutorial();
    for tag in Population::tutorial().tags(AWX).take(8) {
        let by_tag = pull(
            &sim,
            AWX,
            "GET",
            &format!("/v2/ansible/awx/manifests/{}", tag.name),
        );
        let by_digest = pull(
            &sim,
            AWX,
            "GET",
            &format!("/v2/ansible/awx/manifests/{}", tag.digest),
        );
        let head = pull(
            &sim,
            AWX,
            "HEAD",
            &format!("/v2/ansible/awx/manifests/{}", tag.name),
        );
        for reply in [&by_tag, &by_digest, &head] {
            assert_eq!(reply.header("docker-content-digest"), Some(tag.digest));
            assert_eq!(
                reply.header("etag"),
                Some(format!("\"{}\"", tag.digest).as_str())
            );
            assert_eq!(reply.header("content-type"), Some(tag.media_type));
            assert_eq!(
                reply.header("content-length"),
                Some(by_tag.body.len().to_string().as_str())
            );
        }
        assert_eq!(digest(&by_tag.body), tag.digest);
        assert_eq!(by_tag.body, by_digest.body);
        assert!(head.body.is_empty());
    }
}

/// REGISTRY.md BLOB-2: 307 to where the bytes are, without a token there.
#[test]
fn blobs_are_redirected_to_their_bytes() {
    let sim = tutorial();
    let population = Population::tutorial();
    let tag = population.tags(AWX).next().unwrap();
    let config = &tag.platforms[0].config;
    let reply = pull(&sim, AWX, "GET", &format!("/v2/ansible/awx/blobs/{config}"));
    assert_eq!(reply.status, 307);
    let location = reply
        .header("location")
        .unwrap()
        .strip_prefix(&sim.url())
        .unwrap()
        .to_owned();
    assert!(location.starts_with("/_cdn/"), "{location}");
    let bytes = get(&sim, &location).body;
    assert_eq!(digest(&bytes), *config);
    assert_eq!(get(&sim, location.split('?').next().unwrap()).status, 403);
    assert_eq!(
        pull(
            &sim,
            AWX,
            "GET",
            &format!("/v2/ansible/awx/blobs/{}", tag.digest)
        )
        .status,
        404
    );
}

/// REGISTRY.md BLOB-2: the storage of another host takes no credentials of this one.
#[test]
fn blobs_can_be_at_another_origin() {
    let storage = tutorial();
    let cdn = Some(storage.url());
    let sim = start(Config {
        cdn,
        ..Config::default()
    });
    let population = Population::tutorial();
    let config = &population.tags(AWX).next().unwrap().platforms[0].config;
    let bearer = format!("Bearer {}", token(&sim, AWX));
    let headers = [("Authorization", bearer.as_str())];
    let reply = ask(
        &sim,
        "GET",
        &format!("/v2/ansible/awx/blobs/{config}"),
        &headers,
    );
    let location = reply.header("location").unwrap();
    let path = location.strip_prefix(&storage.url()).unwrap();
    assert_eq!(digest(&get(&storage, path).body), *config);
    assert_eq!(ask(&storage, "GET", path, &headers).status, 400);
    assert_eq!(ask(&sim, "GET", path, &headers).status, 200);
}

/// REGISTRY.md BLOB-5.
#[test]
fn ranges_are_answered_from_their_start() {
    let sim = tutorial();
    let population = Population::tutorial();
    let tag = population.tags(AWX).next().unwrap();
    let reply = pull(
        &sim,
        AWX,
        "GET",
        &format!("/v2/ansible/awx/blobs/{}", tag.platforms[0].config),
    );
    let location = reply
        .header("location")
        .unwrap()
        .strip_prefix(&sim.url())
        .unwrap()
        .to_owned();
    let whole = get(&sim, &location).body;
    let part = ask(&sim, "GET", &location, &[("Range", "bytes=10-")]);
    assert_eq!((part.status, &part.body[..]), (206, &whole[10..]));
    let range = format!("bytes 10-{}/{}", whole.len() - 1, whole.len());
    assert_eq!(part.header("content-range"), Some(range.as_str()));
    assert_eq!(
        ask(&sim, "GET", &location, &[("Range", "bytes=999999-")]).status,
        416
    );
}

/// REGISTRY.md MAN-2: `Accept` decides what comes back.
#[test]
fn accept_is_obeyed() {
    let sim = tutorial();
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    let answer = |repository: &str| {
        let bearer = format!("Bearer {}", token(&sim, repository));
        let path = format!("/v2/{repository}/manifests/latest");
        ask(
            &sim,
            "GET",
            &path,
            &[("Authorization", &bearer), ("Accept", docker)],
        )
    };
    assert_eq!(answer(AWX).status, 404, "an OCI index");
    let list = answer("ansible/ansible-runner");
    assert_eq!(list.header("content-type"), Some(docker));
    let population = Population::tutorial();
    let tag = population.tags("ansible/ansible-runner").next().unwrap();
    let amd64 = tag
        .platforms
        .iter()
        .find(|platform| platform.architecture == "amd64")
        .unwrap();
    assert_eq!(
        list.header("docker-content-digest"),
        Some(amd64.manifest.as_str())
    );
}

/// REGISTRY.md TAG-4, TAG-5, TAG-10: whole without `n`, pages with a relative `Link` with it, and no `Link` at the end.
#[test]
fn tags_are_listed_whole_or_in_pages() {
    let population = Population::bulk("bulk", "many", 25);
    let sim = start(Config {
        population,
        ..Config::default()
    });
    let list = |query: &str| {
        pull(
            &sim,
            "bulk/many",
            "GET",
            &format!("/v2/bulk/many/tags/list{query}"),
        )
    };
    let names = |reply: &crate::client::Reply| reply.json().at("tags").items().len();
    let whole = list("");
    assert_eq!((names(&whole), whole.header("link")), (25, None));
    let page = list("?n=10");
    assert_eq!(names(&page), 10);
    assert_eq!(
        page.header("link"),
        Some("</v2/bulk/many/tags/list?last=b0000010&n=10>; rel=\"next\"")
    );
    let page = list("?last=b0000020&n=5");
    assert_eq!((names(&page), page.header("link")), (5, None));
    let none = list("?n=0");
    assert_eq!((names(&none), none.header("link")), (0, None));
    assert_eq!(list("?n=x").status, 400);
}

/// REGISTRY.md CAT-2.
#[test]
fn the_catalogue_is_refused() {
    let reply = pull(&tutorial(), AWX, "GET", "/v2/_catalog");
    assert_eq!(reply.status, 401);
    assert!(
        reply
            .header("www-authenticate")
            .unwrap()
            .contains("scope=\"registry:catalog:*\"")
    );
}

/// Everything in the population can be had from the registry under the digest that it is listed with.
#[test]
fn every_document_of_a_repository_is_served() {
    let sim = tutorial();
    let population = Population::tutorial();
    let repository = population.repository("ansible/receptor").unwrap();
    for document in repository.documents() {
        let (kind, status) = match document.kind() {
            DocumentKind::Manifest => ("manifests", 200),
            DocumentKind::Blob => ("blobs", 307),
        };
        let path = format!("/v2/ansible/receptor/{kind}/{}", document.digest());
        assert_eq!(
            pull(&sim, "ansible/receptor", "GET", &path).status,
            status,
            "{path}"
        );
    }
}
