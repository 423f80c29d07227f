//! Docker Hub's web API: whose request it is, whether the limit allows it, and which resource answers. Holds no
//! repositories itself.

mod error;
mod layers;
mod limit;
mod login;
mod page;
mod repositories;
mod search;
mod session;
mod tags;
mod users;

use crate::http::{Answer, Request};
use crate::population::{Caller, Deed, Repository, Verdict};
use crate::route::{Family, Item, WebRoute};
use crate::world::World;
use error::Failure;

pub(crate) use error::{detail, failure};
pub(crate) use limit::{bare as abuse_refusal, exceeded, hint};

/// Answers everything that belongs to the web API.
pub(crate) fn answer(world: &World, route: WebRoute<'_>, request: &Request) -> Answer {
    let session = session::caller(world, request);
    let counted = session.as_ref().unwrap_or(&Caller::Anonymous);
    let rate = match limit::count(world, counted, request) {
        Ok(rate) => rate,
        Err(refusal) => return *refusal,
    };
    let answer = match route {
        WebRoute::Login(login) => login::answer(world, login, request),
        _ => session.and_then(|caller| resource(world, &caller, route, request)),
    };
    rate.head(answer.unwrap_or_else(Failure::answer))
}

/// The 404 of a path that nothing is at.
pub(crate) fn not_found() -> Answer {
    Failure::NoRoute.answer()
}

fn resource(
    world: &World,
    caller: &Caller<'_>,
    route: WebRoute<'_>,
    request: &Request,
) -> Result<Answer, Failure> {
    match route {
        WebRoute::Unknown | WebRoute::Login(_) => Err(Failure::NoRoute),
        WebRoute::Removed => Err(Failure::Removed),
        _ if !matches!(request.method(), "GET" | "HEAD") => Err(Failure::Method),
        WebRoute::Namespace {
            family: Family::Legacy,
            ..
        } if matches!(caller, Caller::Organisation { .. }) => Err(Failure::OrganisationToken),
        WebRoute::Namespace {
            namespace, item, ..
        } => in_namespace(world, caller, (namespace, item), request),
        WebRoute::Search => search::list(world, caller, request),
        WebRoute::User(name) => users::detail(world, name),
        WebRoute::OwnUser => users::own(caller),
        WebRoute::OwnOrganisations => users::organisations(world, caller, request),
    }
}

fn in_namespace(
    world: &World,
    caller: &Caller<'_>,
    (namespace, item): (&str, Item<'_>),
    request: &Request,
) -> Result<Answer, Failure> {
    let find = |name, deed| find(world, caller, (namespace, name), deed);
    match item {
        Item::List => repositories::list(world, caller, namespace, request),
        Item::Detail(name) => Ok(repositories::detail(caller, find(name, Deed::Read)?)),
        Item::Tags(name) => tags::list(world, caller, find(name, Deed::ReadTags)?, request),
        Item::Tag(name, tag) => tags::detail(find(name, Deed::ReadTags)?, tag),
        Item::TagImages(name, tag) => tags::images(find(name, Deed::ReadTags)?, tag),
    }
}

/// The repository, if this caller may see it (HUB-API.md §1.4: a hidden one is 404, not 403).
fn find<'a>(
    world: &'a World,
    caller: &Caller<'_>,
    (namespace, name): (&str, &str),
    deed: Deed,
) -> Result<&'a Repository, Failure> {
    let missing = || Failure::missing(namespace, Some(name));
    let repository = world
        .config
        .population
        .repository(&format!("{namespace}/{name}"))
        .ok_or_else(missing)?;
    match caller.may(deed, repository) {
        Verdict::Allowed => Ok(repository),
        Verdict::Hidden => Err(missing()),
        Verdict::OutOfScope => Err(Failure::Scope),
    }
}
