//! The token service: scopes in, a registry token out (HUB-API.md §12, REGISTRY.md section 2). What a token allows is in
//! the token; the registry looks nowhere else.

mod ask;
mod claims;

use hyper::StatusCode;
use serde::Serialize;

use crate::http::{Answer, Request};
use crate::population::Caller;
use crate::signin::{LOCKED_TEXT, Refusal};
use crate::world::World;
use ask::{Ask, AskError};

pub(crate) use claims::{Access, Claims, SERVICE};

/// The answer to a GET, in the order of samples/registry-auth-token-2024.json.
#[derive(Serialize)]
struct GetBody<'a> {
    token: &'a str,
    access_token: &'a str,
    expires_in: u64,
    issued_at: jiff::Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// The answer to a POST (REGISTRY.md AUTH-14).
#[derive(Serialize)]
struct PostBody<'a> {
    access_token: &'a str,
    scope: String,
    expires_in: u64,
    issued_at: jiff::Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// Answers `/token`.
pub(crate) fn answer(world: &World, request: &Request) -> Answer {
    let ask = match request.method() {
        "GET" | "HEAD" => ask::get(world, request),
        "POST" => match world.config.oauth2_refusal {
            Some(status) => {
                return text(StatusCode::from_u16(status).unwrap_or(StatusCode::NOT_FOUND));
            }
            None => ask::post(world, request),
        },
        _ => return text(StatusCode::METHOD_NOT_ALLOWED),
    };
    match ask {
        Ok(ask) => granted(world, request, &ask),
        Err(AskError::Malformed(reason)) => refused(StatusCode::BAD_REQUEST, reason),
        Err(AskError::Refused(Refusal::Locked)) => {
            refused(StatusCode::TOO_MANY_REQUESTS, LOCKED_TEXT)
        }
        Err(AskError::Refused(_)) => {
            refused(StatusCode::UNAUTHORIZED, "incorrect username or password")
        }
    }
}

fn granted(world: &World, request: &Request, ask: &Ask<'_>) -> Answer {
    let access = claims::grants(world, &ask.caller, &ask.scopes);
    let scope = access
        .iter()
        .map(Access::scope)
        .collect::<Vec<_>>()
        .join(" ");
    let token = world
        .signer
        .sign(&claims::claims(world, request, ask, access));
    let expires_in = world.config.token_lifetime.as_secs();
    let issued_at = request.now();
    let refresh_token = ask.offline.then(|| identity_token(world, &ask.caller));
    if request.method() == "POST" {
        let access_token = &token;
        let body = PostBody {
            access_token,
            scope,
            expires_in,
            issued_at,
            refresh_token,
        };
        return Answer::json(StatusCode::OK, &body);
    }
    let body = GetBody {
        token: &token,
        access_token: &token,
        expires_in,
        issued_at,
        refresh_token,
    };
    Answer::json(StatusCode::OK, &body)
}

/// What a refresh token, Docker's identity token, stands for (REGISTRY.md AUTH-15). It does not expire.
pub(crate) fn identity_token(world: &World, caller: &Caller<'_>) -> String {
    world.signer.sign(&ask::Identity {
        identity: caller.name().to_owned(),
        source: caller.source(),
    })
}

/// Wrong credentials: 401; the body is unknown (HUB-API.md §12), this is the one that the auth spec names.
pub(crate) fn refused(status: StatusCode, details: &str) -> Answer {
    #[derive(Serialize)]
    struct Details<'a> {
        details: &'a str,
    }
    Answer::json(status, &Details { details })
}

fn text(status: StatusCode) -> Answer {
    Answer::new(status, "text/plain; charset=utf-8", format!("{status}\n"))
}
