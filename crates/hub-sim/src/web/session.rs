//! The JWTs of the web API: what is in them, and whose they are (HUB-API.md §1.1, §1.3). A JWT holds no secret; what it
//! allows is looked up under the account and the credentials that it names.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::error::Failure;
use crate::http::Request;
use crate::jwt;
use crate::population::{Caller, uuid_of};
use crate::world::World;

const ISSUER: &str = "https://api.docker.com/";

/// The payload, with the members that are known from a recorded token.
#[derive(Serialize, Deserialize)]
struct Claims {
    aud: String,
    exp: Number,
    #[serde(rename = "https://hub.docker.com")]
    hub: HubClaims,
    iat: Number,
    iss: String,
    jti: String,
    scope: String,
    source: Source,
}

#[derive(Serialize, Deserialize)]
struct HubClaims {
    email: String,
    roles: Vec<String>,
    session_id: String,
    source: String,
    username: String,
    uuid: String,
}

#[derive(Serialize, Deserialize)]
struct Source {
    id: String,
    r#type: String,
}

/// A JWT for `caller`.
pub(super) fn issue(
    world: &World,
    request: &Request,
    caller: &Caller<'_>,
    lifetime: Duration,
) -> String {
    let (iat, exp) = jwt::validity(request.token_time(), lifetime);
    let source = caller.source();
    let (kind, id) = source.split_once('|').unwrap_or((&source, ""));
    let jti = uuid_of(&format!("{} {iat} {source}", world.hosts.authority()));
    world.signer.sign(&Claims {
        aud: "https://hub.docker.com".to_owned(),
        exp,
        hub: HubClaims {
            email: String::new(),
            roles: Vec::new(),
            session_id: jti.clone(),
            source: source.clone(),
            username: caller.name().to_owned(),
            uuid: uuid_of(caller.name()),
        },
        iat,
        iss: ISSUER.to_owned(),
        jti,
        scope: caller.scope().as_str().to_owned(),
        source: Source {
            id: id.to_owned(),
            r#type: kind.trim_start_matches("docker_").to_owned(),
        },
    })
}

/// Whose request it is. `Bearer` and `JWT` mean the same; anything that is no JWT of ours, a raw access token above all,
/// is refused.
pub(super) fn caller<'a>(world: &'a World, request: &Request) -> Result<Caller<'a>, Failure> {
    let Some(header) = request.header("authorization") else {
        return Ok(Caller::Anonymous);
    };
    let token = header.split_once(' ').filter(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("jwt")
    });
    let claims = token.and_then(|(_, token)| world.signer.claims::<Claims>(token.trim()));
    let claims = claims.filter(|claims| jwt::is_valid(&claims.exp, request.token_time()));
    let accounts = world.config.population.accounts();
    let caller =
        claims.and_then(|claims| accounts.caller(&claims.hub.username, &claims.hub.source));
    caller.ok_or(Failure::Unauthorized)
}
