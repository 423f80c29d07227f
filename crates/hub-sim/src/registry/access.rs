//! Reads registry tokens and challenges those who have none (REGISTRY.md section 2).

use hyper::StatusCode;
use serde::Serialize;

use super::error::{body, simple};
use crate::hosts::Service;
use crate::http::{Answer, Request};
use crate::jwt;
use crate::token::{Claims, SERVICE};
use crate::world::World;

/// `GET /v2/`: 200 with a token, else a challenge without a scope (REGISTRY.md AUTH-7).
pub(super) fn ping(world: &World, request: &Request) -> Answer {
    match claims(world, request) {
        Some(Ok(_)) => Answer::new(StatusCode::OK, "application/json", "{}"),
        Some(Err(error)) => challenge(world, None, Some(error)),
        None => challenge(world, None, None),
    }
}

/// Whether the request's token allows pulling `name`. A repository that does not exist is in no token, so it looks like
/// a hidden one: 401 (REGISTRY.md AUTH-24).
pub(super) fn pull(world: &World, name: &str, request: &Request) -> Result<Claims, Box<Answer>> {
    let scope = format!("repository:{name}:pull");
    let claims = match claims(world, request) {
        Some(Ok(claims)) => claims,
        Some(Err(error)) => return Err(unauthorized(world, name, &scope, Some(error)).into()),
        None => return Err(unauthorized(world, name, &scope, None).into()),
    };
    let covers = |access: &crate::token::Access| {
        access.name == name && access.actions.iter().any(|action| action == "pull")
    };
    if claims.access.iter().any(covers) {
        Ok(claims)
    } else {
        Err(unauthorized(world, name, &scope, Some("insufficient_scope")).into())
    }
}

/// The claims of the bearer token; an error where there is one that does not hold (REGISTRY.md AUTH-25). Tokens of the
/// web API have other claims and do not (HOST-6).
fn claims(world: &World, request: &Request) -> Option<Result<Claims, &'static str>> {
    let header = request.header("authorization")?;
    let (scheme, token) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let claims = world.signer.claims::<Claims>(token.trim());
    let valid = claims.filter(|claims| {
        let unexpired = jwt::is_valid(&claims.exp, request.token_time());
        claims.aud == SERVICE && unexpired
    });
    Some(valid.ok_or("invalid_token"))
}

/// A 401 with a challenge and the short body of the ping.
pub(super) fn challenge(world: &World, scope: Option<&str>, error: Option<&str>) -> Answer {
    simple(
        StatusCode::UNAUTHORIZED,
        "UNAUTHORIZED",
        "authentication required",
    )
    .with("www-authenticate", header(world, scope, error))
}

fn unauthorized(world: &World, name: &str, scope: &str, error: Option<&str>) -> Answer {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Wanted<'a> {
        r#type: &'static str,
        class: &'static str,
        name: &'a str,
        action: &'static str,
    }
    let wanted = [Wanted {
        r#type: "repository",
        class: "",
        name,
        action: "pull",
    }];
    body(
        StatusCode::UNAUTHORIZED,
        "UNAUTHORIZED",
        "authentication required",
        Some(wanted),
    )
    .with("www-authenticate", header(world, Some(scope), error))
}

fn header(world: &World, scope: Option<&str>, error: Option<&str>) -> String {
    let mut header = format!(
        "Bearer realm=\"{}/token\",service=\"{SERVICE}\"",
        world.hosts.origin(Service::Token)
    );
    for (key, value) in [("scope", scope), ("error", error)] {
        if let Some(value) = value {
            header = format!("{header},{key}=\"{value}\"");
        }
    }
    header
}
