//! Repository records: the list of a namespace (HUB-API.md §6.1) and one in full (§6.2).

use std::collections::BTreeSet;

use hyper::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use super::error::Failure;
use super::page::{Rules, Window};
use crate::http::{Answer, Request};
use crate::population::{Caller, Deed, Repository, Verdict};
use crate::world::World;

/// An entry of the list, in the order of samples/namespaces-repositories-list.json.
#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    namespace: &'a str,
    repository_type: Option<&'static str>,
    status: u8,
    status_description: &'static str,
    description: Option<&'a str>,
    is_private: bool,
    star_count: u64,
    pull_count: u64,
    last_updated: Option<Timestamp>,
    last_modified: Timestamp,
    date_registered: Timestamp,
    affiliation: &'static str,
    media_types: BTreeSet<&'a str>,
    content_types: BTreeSet<&'static str>,
    categories: Vec<Category>,
    storage_size: u64,
}

/// One repository, in the order of samples/repository-detail-2026.json.
#[derive(Serialize)]
struct Detail<'a> {
    user: &'a str,
    name: &'a str,
    namespace: &'a str,
    repository_type: Option<&'static str>,
    status: u8,
    status_description: &'static str,
    description: Option<&'a str>,
    is_private: bool,
    is_automated: bool,
    star_count: u64,
    pull_count: u64,
    last_updated: Option<Timestamp>,
    last_modified: Timestamp,
    date_registered: Timestamp,
    collaborator_count: u32,
    /// Null here, `""` in lists.
    affiliation: Option<&'static str>,
    hub_user: &'a str,
    has_starred: bool,
    /// Left out when empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    full_description: Option<&'a str>,
    permissions: Permissions,
    media_types: BTreeSet<&'a str>,
    content_types: BTreeSet<&'static str>,
    categories: Vec<Category>,
    immutable_tags_settings: ImmutableTags,
    storage_size: u64,
    /// Null, or left out in some answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<()>,
}

#[derive(Serialize)]
struct Category {
    name: &'static str,
    slug: &'static str,
}

#[derive(Serialize)]
struct Permissions {
    read: bool,
    write: bool,
    admin: bool,
}

/// The rules are `[".*"]` also while disabled.
#[derive(Serialize)]
struct ImmutableTags {
    enabled: bool,
    rules: [&'static str; 1],
}

const ORDERINGS: &str = "Invalid ordering value. Must be one of: name, -name, last_updated, -last_updated, pull_count, -pull_count";

/// `GET /v2/namespaces/{ns}/repositories`: an unknown namespace is an empty list (HUB-API.md §6.1).
pub(super) fn list(
    world: &World,
    caller: &Caller<'_>,
    namespace: &str,
    request: &Request,
) -> Result<Answer, Failure> {
    let rules = Rules::new(world, caller, 10, |wall| wall.repositories);
    let name = request.param("name").unwrap_or_default();
    let seen = |found: &&Repository| {
        let named = found.namespace() == namespace && found.name().contains(&name);
        named && caller.may(Deed::List, found) == Verdict::Allowed
    };
    let mut found: Vec<&Repository> = world.config.population.all().filter(seen).collect();
    sort(&mut found, request.param("ordering").as_deref())?;
    let page = Window::of(request, rules)?.cut(found.into_iter(), request);
    let page = page.ok_or_else(|| Failure::missing(namespace, None))?;
    Ok(Answer::json(
        StatusCode::OK,
        &page.map(|repository| entry(caller, repository)),
    ))
}

/// `GET /v2/namespaces/{ns}/repositories/{repo}`.
pub(super) fn detail(caller: &Caller<'_>, repository: &Repository) -> Answer {
    Answer::json(StatusCode::OK, &full(caller, repository))
}

/// `last_updated` without a sign is newest first (HUB-API.md §2.2), and by analogy `pull_count` is most pulls first;
/// names sort as the spec says, since nobody reports otherwise for repositories.
fn sort(found: &mut [&Repository], ordering: Option<&str>) -> Result<(), Failure> {
    let Some(ordering) = ordering.filter(|ordering| !ordering.is_empty()) else {
        return Ok(());
    };
    match ordering.trim_start_matches('-') {
        "name" => found.sort_by_key(|repository| repository.name()),
        "last_updated" => {
            found.sort_by_key(|repository| std::cmp::Reverse(repository.last_pushed()));
        }
        "pull_count" => found.sort_by_key(|repository| std::cmp::Reverse(repository.facts.pulls)),
        _ => {
            return Err(Failure::Parameter {
                name: "ordering",
                text: "Invalid ordering value",
                reason: ORDERINGS,
            });
        }
    }
    if ordering.starts_with('-') {
        found.reverse();
    }
    Ok(())
}

fn entry<'a>(caller: &Caller<'_>, repository: &'a Repository) -> Entry<'a> {
    let facts = &repository.facts;
    let pushed = repository.last_pushed();
    Entry {
        name: &facts.name,
        namespace: &facts.namespace,
        repository_type: facts.typed.then_some("image"),
        status: status(pushed).0,
        status_description: status(pushed).1,
        description: facts.description.as_deref(),
        is_private: facts.private,
        star_count: facts.stars,
        pull_count: facts.pulls,
        last_updated: pushed,
        last_modified: facts.modified,
        date_registered: facts.registered,
        affiliation: if caller.name() == facts.namespace {
            "owner"
        } else {
            ""
        },
        media_types: media_types(repository),
        content_types: content_types(repository),
        categories: categories(repository),
        storage_size: repository.storage_size(),
    }
}

fn full<'a>(caller: &Caller<'_>, repository: &'a Repository) -> Detail<'a> {
    let facts = &repository.facts;
    let pushed = repository.last_pushed();
    Detail {
        user: &facts.namespace,
        name: &facts.name,
        namespace: &facts.namespace,
        repository_type: facts.typed.then_some("image"),
        status: status(pushed).0,
        status_description: status(pushed).1,
        description: facts.description.as_deref(),
        is_private: facts.private,
        is_automated: false,
        star_count: facts.stars,
        pull_count: facts.pulls,
        last_updated: pushed,
        last_modified: facts.modified,
        date_registered: facts.registered,
        collaborator_count: 0,
        affiliation: None,
        hub_user: &facts.namespace,
        has_starred: false,
        full_description: facts.full_description.as_deref(),
        permissions: Permissions {
            read: true,
            write: caller.may(Deed::Push, repository) == Verdict::Allowed,
            admin: caller.may(Deed::Delete, repository) == Verdict::Allowed,
        },
        media_types: media_types(repository),
        content_types: content_types(repository),
        categories: categories(repository),
        immutable_tags_settings: ImmutableTags {
            enabled: false,
            rules: [".*"],
        },
        storage_size: repository.storage_size(),
        source: facts.sourced.then_some(()),
    }
}

/// 0 is a repository that was never pushed to.
fn status(pushed: Option<Timestamp>) -> (u8, &'static str) {
    match pushed {
        Some(_) => (1, "active"),
        None => (0, "inactive"),
    }
}

fn media_types(repository: &Repository) -> BTreeSet<&str> {
    repository
        .images
        .iter()
        .map(|image| &*image.shown_type)
        .collect()
}

fn content_types(repository: &Repository) -> BTreeSet<&'static str> {
    repository
        .images
        .iter()
        .map(|image| image.content_type)
        .collect()
}

fn categories(repository: &Repository) -> Vec<Category> {
    let pairs = repository.facts.categories.iter();
    pairs.map(|(name, slug)| Category { name, slug }).collect()
}
