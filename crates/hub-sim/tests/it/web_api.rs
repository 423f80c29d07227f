//! The web API's answers, held against the recorded bodies and against HUB-API.md.

use hub_sim::{Config, Population, Wall};

use crate::client::{ask, bulk, get, recorded_error, sample, start, tutorial};
use crate::json::Json;

/// HUB-API.md §6.1.
#[test]
fn repository_list_has_the_recorded_shape() {
    let sim = tutorial();
    for path in [
        "/v2/namespaces/ansible/repositories?page_size=100",
        "/v2/repositories/ansible/?page_size=100",
    ] {
        let list = get(&sim, path).json();
        list.assert_shape_of(&sample("namespaces-repositories-list.json"));
        assert_eq!(
            list.results("name").len(),
            usize::try_from(list.at("count").number()).unwrap()
        );
    }
}

/// HUB-API.md §6.2: `full_description` is left out when empty, and `source` is missing in some answers.
#[test]
fn repository_detail_has_the_recorded_shape() {
    let sim = tutorial();
    let recorded = sample("repository-detail-2026.json");
    let mut with_text = 0;
    let mut without_source = 0;
    for repository in Population::tutorial().repositories() {
        let detail = get(
            &sim,
            &format!("/v2/repositories/{}/", repository.full_name()),
        )
        .json();
        with_text += usize::from(detail.get("full_description").is_some());
        without_source += usize::from(detail.get("source").is_none());
        let optional = |keys: Vec<&str>| -> Vec<String> {
            let kept = keys
                .into_iter()
                .filter(|key| !["full_description", "source"].contains(key));
            kept.map(str::to_owned).collect()
        };
        assert_eq!(
            optional(detail.keys()),
            optional(recorded.keys()),
            "{}",
            repository.full_name()
        );
        assert_ne!(detail.get("full_description").map(Json::text), Some(""));
    }
    let detail = get(&sim, "/v2/repositories/ansible/awx/").json();
    assert_eq!(
        *detail.at("affiliation"),
        Json::Null,
        "and not an empty text, as in lists"
    );
    assert!(
        with_text > 5 && without_source > 2,
        "{with_text} {without_source}"
    );
    get(&sim, "/v2/repositories/ansible/tools-sandbox")
        .json()
        .assert_shape_of(&recorded);
}

/// HUB-API.md §7.1: today's tags carry `digest`.
#[test]
fn tag_list_of_today_has_the_recorded_shape() {
    let sim = tutorial();
    let list = get(&sim, "/v2/repositories/library/nginx/tags/?page_size=100").json();
    list.assert_shape_of(&sample("tags-list-ubuntu-2024.json"));
    let detail = get(
        &sim,
        "/v2/namespaces/library/repositories/nginx/tags/latest",
    )
    .json();
    assert_eq!(&detail, &list.at("results").items()[0]);
}

/// HUB-API.md §7.1: the key `digest` is missing on old tags.
#[test]
fn tag_list_of_old_has_the_recorded_shape() {
    let list = get(
        &tutorial(),
        "/v2/namespaces/ansible/repositories/ansible/tags?page_size=2",
    )
    .json();
    list.assert_shape_of(&sample("tags-list-2026-no-digest.json"));
}

/// HUB-API.md §7.2: a bare array, and layers without content have no digest.
#[test]
fn tag_images_have_the_recorded_shape() {
    let images = get(
        &tutorial(),
        "/v2/repositories/ansible/awx/tags/latest/images",
    )
    .json();
    let recorded = sample("tag-images-layers-2026.json");
    for image in images.items() {
        assert_eq!(image.keys(), recorded.items()[0].keys());
        let layers = image.at("layers").items();
        layers[0].assert_shape_of(&recorded.items()[0].at("layers").items()[0]);
        layers[1].assert_shape_of(&recorded.items()[0].at("layers").items()[1]);
        let sum: i64 = layers.iter().map(|layer| layer.at("size").number()).sum();
        assert_eq!(image.at("size").number(), sum);
    }
}

/// HUB-API.md §7.1: attestation manifests are listed as unknown/unknown.
#[test]
fn attestations_are_listed_as_unknown() {
    let tag = get(&tutorial(), "/v2/repositories/ansible/awx/tags/latest").json();
    let platforms: Vec<_> = tag
        .at("images")
        .items()
        .iter()
        .map(|image| image.at("architecture").text())
        .collect();
    assert_eq!(platforms, ["amd64", "arm64", "unknown", "unknown"]);
}

/// HUB-API.md §11: `previous` is an empty text there, and official images have bare names.
#[test]
fn search_has_the_recorded_shape() {
    let found = get(
        &tutorial(),
        "/v2/search/repositories/?query=ubuntu&page_size=1",
    )
    .json();
    found.assert_shape_of(&sample("search-repositories-2024.json"));
    assert_eq!(found.at("previous").text(), "");
    assert_eq!(found.results("repo_name"), ["ubuntu"]);
}

/// HUB-API.md §6.1: an unknown namespace is an empty list; §6.2: an unknown repository is 404.
#[test]
fn unknown_namespaces_are_empty_and_unknown_repositories_missing() {
    let sim = tutorial();
    let list = get(&sim, "/v2/namespaces/nobody/repositories");
    assert_eq!((list.status, list.json().at("count").number()), (200, 0));
    for path in [
        "/v2/namespaces/ansible/repositories/nothing",
        "/v2/repositories/ansible/awx/tags/nothing",
    ] {
        assert_eq!(get(&sim, path).status, 404);
        assert_eq!(ask(&sim, "HEAD", path, &[]).status, 404);
    }
    let (status, mut body) = recorded_error("GET /v2/repositories/{ns}/{repo}/tags of a missing");
    let reply = get(&sim, "/v2/repositories/ns/repo/tags");
    assert_eq!(
        (reply.status, reply.json()),
        (status, std::mem::replace(&mut body, Json::Null))
    );
}

#[test]
fn the_wall_can_be_moved_and_taken_away() {
    let start = |wall| {
        let population = Population::bulk("bulk", "many", 1500);
        start(Config {
            population,
            wall,
            ..Config::default()
        })
    };
    let path = "/v2/repositories/bulk/many/tags?page_size=100&page=";
    let moved = start(Some(Wall {
        tags: 500,
        repositories: 100,
    }));
    assert_eq!(get(&moved, &format!("{path}5")).status, 200);
    assert_eq!(get(&moved, &format!("{path}6")).status, 403);
    assert_eq!(get(&start(None), &format!("{path}15")).status, 200);
}

#[test]
fn a_bad_ordering_is_the_recorded_400() {
    let reply = get(
        &tutorial(),
        "/v2/namespaces/ansible/repositories?ordering=size",
    );
    assert_eq!(
        (reply.status, reply.json()),
        recorded_error("GET /v2/namespaces/{ns}/repositories, bad ordering")
    );
}

/// HUB-API.md §7.1: undocumented filters.
#[test]
fn tags_are_filtered_by_name_and_platform() {
    let sim = tutorial();
    let names = |query: &str| {
        let list = get(
            &sim,
            &format!("/v2/repositories/ansible/ansible-runner/tags?page_size=100&{query}"),
        )
        .json();
        list.results("name")
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("name=windows"), ["windowsservercore-ltsc2022"]);
    assert_eq!(names("os=windows"), ["windowsservercore-ltsc2022"]);
    assert!(names("architecture=s390x").len() > 5);
    assert!(names("architecture=mips").is_empty());
}

/// HUB-API.md §6.2: HEAD answers 200 or 404 without a body.
#[test]
fn head_has_no_body() {
    let sim = tutorial();
    for path in [
        "/v2/repositories/ansible/awx/",
        "/v2/namespaces/ansible/repositories/awx/tags",
        "/v2/repositories/ansible/awx/tags/latest",
    ] {
        let reply = ask(&sim, "HEAD", path, &[]);
        assert_eq!((reply.status, reply.body.len()), (200, 0), "{path}");
    }
}

/// A hundred thousand tags are there at once: what is not asked for is not rendered.
#[test]
fn a_bulk_repository_starts_at_once_and_counts_right() {
    let started = std::time::Instant::now();
    let sim = bulk(100_000);
    let list = get(&sim, "/v2/repositories/bulk/many/tags?page_size=2").json();
    assert_eq!(list.at("count").number(), 100_000);
    assert_eq!(list.results("name"), ["latest", "b0000001"]);
    assert!(
        started.elapsed() < std::time::Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
}

/// HUB-API.md §10.
#[test]
fn user_detail_has_the_recorded_shape() {
    let sim = tutorial();
    get(&sim, "/v2/users/alice/")
        .json()
        .assert_shape_of(&sample("user-detail.json"));
    assert_eq!(get(&sim, "/v2/users/nobody").status, 404);
    assert_eq!(get(&sim, "/v2/user/").status, 401);
}

/// HUB-API.md §5: routing errors.
#[test]
fn wrong_routes_and_methods_have_the_recorded_bodies() {
    let sim = tutorial();
    let cases = [
        (
            "GET",
            "/v2/repositories/ansible/awx/nonsense",
            "unknown route",
        ),
        (
            "PATCH",
            "/v2/namespaces/ansible/repositories/awx/tags",
            "known route, wrong method",
        ),
    ];
    for (method, path, recorded) in cases {
        assert_eq!(
            ask(&sim, method, path, &[]).refusal(),
            recorded_error(recorded),
            "{path}"
        );
    }
}
