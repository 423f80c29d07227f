//! The registry: who may see what by its token, and the distribution API for reading. Holds no tags and no bytes itself.

mod access;
mod content;
mod error;
mod pulls;
mod referrers;
mod tags_list;

pub(crate) use pulls::{Pulls, refusal as pull_refusal};

use hyper::StatusCode;

use crate::http::{Answer, Request};
use crate::route::{Content, Route};
use crate::token::Claims;
use crate::world::World;
use error::failure;

pub(crate) use error::simple;

/// Answers everything under `/v2/` that is not the web API's.
pub(crate) fn answer(world: &World, route: &Route<'_>, request: &Request) -> Answer {
    let answer = match route {
        Route::Repository(name, content) => in_repository(world, name, *content, request),
        Route::Catalog => access::challenge(world, Some("registry:catalog:*"), None),
        _ => access::ping(world, request),
    };
    answer.with("docker-distribution-api-version", "registry/2.0")
}

fn in_repository(world: &World, name: &str, content: Content<'_>, request: &Request) -> Answer {
    let claims = match access::pull(world, name, request) {
        Ok(claims) => claims,
        Err(refusal) => return *refusal,
    };
    if !matches!(request.method(), "GET" | "HEAD") {
        return simple(
            StatusCode::METHOD_NOT_ALLOWED,
            "UNSUPPORTED",
            "The operation is unsupported.",
        );
    }
    let Some(repository) = world.config.population.at_registry(name) else {
        return failure(
            StatusCode::NOT_FOUND,
            "NAME_UNKNOWN",
            "repository name not known to registry",
            &[("name", name)],
        );
    };
    match content {
        Content::Tags => tags_list::answer(world, repository, request),
        Content::Manifest(reference) => counted(
            world,
            &claims,
            request,
            content::manifest(repository, reference, request),
        ),
        Content::Blob(digest) => content::blob(world, repository, digest, request),
        Content::Referrers(digest) => match &world.config.referrers {
            None => referrers::missing(),
            Some(settings) => referrers::answer(settings, repository, digest, request),
        },
    }
}

/// A GET of a manifest that is there counts as a pull, a HEAD does not (REGISTRY.md HUB-4).
fn counted(world: &World, claims: &Claims, request: &Request, answer: Answer) -> Answer {
    if request.method() == "GET"
        && answer.status == StatusCode::OK
        && let Err(refusal) = world.pulls.take(claims)
    {
        return *refusal;
    }
    world.pulls.head(answer, claims)
}
