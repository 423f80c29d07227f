//! `…/tags/list`: names in ASCII order, whole without `n`, else in pages with a relative `Link` (REGISTRY.md section 3).

use hyper::StatusCode;
use serde::Serialize;
use url::form_urlencoded;

use super::error::failure;
use crate::http::{Answer, Request};
use crate::population::Repository;
use crate::world::World;

#[derive(Serialize)]
struct Body<'a> {
    name: &'a str,
    tags: &'a [&'a str],
}

/// Answers with all tags, or with `n` of them after `last`.
pub(super) fn answer(world: &World, repository: &Repository, request: &Request) -> Answer {
    let cap = world.config.registry_page_cap;
    let n = match request.param("n").map(|n| n.parse::<usize>()) {
        None => None,
        Some(Ok(n)) if cap.is_none_or(|cap| n <= cap) => Some(n),
        Some(_) => return bad_number(&request.param("n").unwrap_or_default()),
    };
    let last = request.param("last").unwrap_or_default();
    let mut names = repository.table.names_after(&last);
    let page: Vec<&str> = names.by_ref().take(n.unwrap_or(usize::MAX)).collect();
    let name = repository.full_name();
    let answer = Answer::json(
        StatusCode::OK,
        &Body {
            name: &name,
            tags: &page,
        },
    );
    match (n, page.last()) {
        (Some(n), Some(last)) if names.next().is_some() => {
            answer.with("link", link(&name, n, last))
        }
        _ => answer,
    }
}

/// Relative, as Docker Hub's is (REGISTRY.md TAG-6).
fn link(name: &str, n: usize, last: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("last", last)
        .append_pair("n", &n.to_string())
        .finish();
    format!("</v2/{name}/tags/list?{query}>; rel=\"next\"")
}

/// REGISTRY.md TAG-8.
fn bad_number(n: &str) -> Answer {
    let message = "invalid number of results requested";
    failure(
        StatusCode::BAD_REQUEST,
        "PAGINATION_NUMBER_INVALID",
        message,
        &[("n", n)],
    )
}
