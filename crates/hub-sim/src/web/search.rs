//! `GET /v2/search/repositories/` (HUB-API.md §11).

use std::cmp::Reverse;

use hyper::StatusCode;
use serde::Serialize;

use super::error::Failure;
use super::page::{Rules, Window};
use crate::http::{Answer, Request};
use crate::population::{Caller, Repository};
use crate::world::World;

/// More hits than this are not counted.
const COUNT_CAP: usize = 10_000;

/// A hit, in the order of samples/search-repositories-2024.json.
#[derive(Serialize)]
struct Hit<'a> {
    repo_name: String,
    short_description: &'a str,
    star_count: u64,
    pull_count: u64,
    repo_owner: &'static str,
    is_automated: bool,
    is_official: bool,
}

/// Public repositories whose name or description has the query in it; official ones first, then by pulls.
pub(super) fn list(
    world: &World,
    caller: &Caller<'_>,
    request: &Request,
) -> Result<Answer, Failure> {
    let rules = Rules::new(world, caller, 25, |wall| wall.repositories);
    let query = request.param("query").unwrap_or_default();
    let hit = |found: &&Repository| {
        let about = found.facts.description.as_deref().unwrap_or_default();
        found.full_name().contains(&query) || about.contains(&query)
    };
    let mut found: Vec<&Repository> = world.config.population.repositories().filter(hit).collect();
    found.sort_by_key(|repository| {
        Reverse((repository.namespace() == "library", repository.facts.pulls))
    });
    let page = Window::of(request, rules)?.cut(found.into_iter(), request);
    let mut page = page.ok_or_else(|| Failure::missing("", None))?.map(record);
    page.count = page.count.min(COUNT_CAP);
    // Search alone has an empty text here (HUB-API.md §2).
    page.previous.get_or_insert_default();
    Ok(Answer::json(StatusCode::OK, &page))
}

fn record(repository: &Repository) -> Hit<'_> {
    let is_official = repository.namespace() == "library";
    Hit {
        repo_name: if is_official {
            repository.name().to_owned()
        } else {
            repository.full_name()
        },
        short_description: repository.facts.description.as_deref().unwrap_or_default(),
        star_count: repository.facts.stars,
        pull_count: repository.facts.pulls,
        repo_owner: "",
        is_automated: false,
        is_official,
    }
}
