//! User records, and the organisations of a user (HUB-API.md §10).

use hyper::StatusCode;
use serde::Serialize;

use super::error::Failure;
use super::page::{Rules, Window};
use crate::http::{Answer, Request};
use crate::population::{Caller, uuid_of};
use crate::world::World;

/// A user, in the order of samples/user-detail.json.
#[derive(Serialize)]
struct UserJson<'a> {
    id: String,
    uuid: String,
    username: &'a str,
    full_name: &'static str,
    location: &'static str,
    company: &'static str,
    profile_url: &'static str,
    date_joined: &'static str,
    gravatar_url: &'static str,
    gravatar_email: &'static str,
    r#type: &'static str,
}

/// An organisation, with the members that clients read (HUB-API.md §10); the values are made up.
#[derive(Serialize)]
struct OrganisationJson<'a> {
    id: String,
    uuid: String,
    orgname: &'a str,
    full_name: &'static str,
    location: &'static str,
    company: &'static str,
    profile_url: &'static str,
    date_joined: &'static str,
    gravatar_email: &'static str,
    gravatar_url: &'static str,
    r#type: &'static str,
    badge: &'static str,
    is_active: bool,
    user_role: &'static str,
    user_groups: [&'static str; 1],
    org_groups_count: u32,
    plan_name: &'static str,
    parent_name: &'static str,
}

/// `GET /v2/users/{user}`: anyone may see it. What an organisation's name answers is not known; here nothing.
pub(super) fn detail(world: &World, name: &str) -> Result<Answer, Failure> {
    let user = world.config.population.accounts().user(name);
    user.map(|user| record(&user.name))
        .ok_or_else(|| Failure::missing(name, None))
}

/// `GET /v2/user/`: whoever has signed in.
pub(super) fn own(caller: &Caller<'_>) -> Result<Answer, Failure> {
    match caller {
        Caller::User { user, .. } => Ok(record(&user.name)),
        _ => Err(Failure::Unauthorized),
    }
}

/// `GET /v2/user/orgs/`: those of which whoever has signed in is a member. That an organisation's token is refused is by
/// analogy with the other routes outside `/v2/namespaces/` (HUB-API.md §1.4).
pub(super) fn organisations(
    world: &World,
    caller: &Caller<'_>,
    request: &Request,
) -> Result<Answer, Failure> {
    let names = match caller {
        Caller::User { organisations, .. } => organisations,
        Caller::Organisation { .. } => return Err(Failure::OrganisationToken),
        Caller::Anonymous => return Err(Failure::Unauthorized),
    };
    let rules = Rules::new(world, caller, 10, |wall| wall.repositories);
    let page = Window::of(request, rules)?.cut(names.iter(), request);
    let page = page.ok_or_else(|| Failure::missing(caller.name(), None))?;
    Ok(Answer::json(
        StatusCode::OK,
        &page.map(|name| organisation(name)),
    ))
}

fn organisation(name: &str) -> OrganisationJson<'_> {
    let uuid = uuid_of(name);
    OrganisationJson {
        id: uuid.replace('-', ""),
        uuid,
        orgname: name,
        full_name: "",
        location: "",
        company: "",
        profile_url: "",
        date_joined: "2014-09-01T08:00:00.000000Z",
        gravatar_email: "",
        gravatar_url: "",
        r#type: "Organization",
        badge: "",
        is_active: true,
        user_role: "Owner",
        user_groups: ["owners"],
        org_groups_count: 1,
        plan_name: "team",
        parent_name: "",
    }
}

fn record(name: &str) -> Answer {
    let uuid = uuid_of(name);
    let body = UserJson {
        id: uuid.replace('-', ""),
        uuid,
        username: name,
        full_name: "",
        location: "",
        company: "",
        profile_url: "",
        date_joined: "2022-08-29T15:27:10.227081Z",
        gravatar_url: "",
        gravatar_email: "",
        r#type: "User",
    };
    Answer::json(StatusCode::OK, &body)
}
