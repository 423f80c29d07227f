//! User records (HUB-API.md §10).

use hyper::StatusCode;
use serde::Serialize;

use super::error::Failure;
use crate::http::Answer;
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
