//! What somebody asks the token service for, by GET (REGISTRY.md AUTH-10) or by a POST as in OAuth 2 (AUTH-13).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::http::Request;
use crate::population::Caller;
use crate::signin::{Refusal, sign_in};
use crate::world::World;

/// A request for a token.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) caller: Caller<'a>,
    pub(super) service: String,
    pub(super) scopes: Vec<String>,
    /// Whether a refresh token is wanted too.
    pub(super) offline: bool,
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskError {
    Malformed(&'static str),
    Refused(Refusal),
}

/// What is in an identity token.
#[derive(Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) identity: String,
    pub(super) source: String,
}

/// Parameters of the query; credentials, if any, by Basic.
pub(super) fn get<'a>(world: &'a World, request: &Request) -> Result<Ask<'a>, AskError> {
    let caller = match request.header("authorization") {
        None => Caller::Anonymous,
        Some(header) => {
            let (name, secret) = basic(header).ok_or(AskError::Refused(Refusal::Wrong))?;
            sign_in(world, &name, &secret).map_err(AskError::Refused)?
        }
    };
    let fields = request.params();
    Ok(Ask {
        caller,
        service: field(&fields, "service").unwrap_or_default().to_owned(),
        scopes: scopes(&fields),
        offline: field(&fields, "offline_token") == Some("true"),
    })
}

/// Fields of a form; `service` and `client_id` must be there.
pub(super) fn post<'a>(world: &'a World, request: &Request) -> Result<Ask<'a>, AskError> {
    let fields: Vec<(String, String)> = form_urlencoded::parse(request.body())
        .into_owned()
        .collect();
    let wanted = |name: &str, missing| field(&fields, name).ok_or(AskError::Malformed(missing));
    let service = wanted("service", "service is missing")?;
    wanted("client_id", "client_id is missing")?;
    let caller = match wanted("grant_type", "grant_type is missing")? {
        "password" => {
            let name = wanted("username", "username is missing")?;
            let secret = wanted("password", "password is missing")?;
            sign_in(world, name, secret).map_err(AskError::Refused)?
        }
        "refresh_token" => refreshed(world, wanted("refresh_token", "refresh_token is missing")?)?,
        _ => return Err(AskError::Malformed("unsupported grant_type")),
    };
    Ok(Ask {
        caller,
        service: service.to_owned(),
        scopes: scopes(&fields),
        offline: field(&fields, "access_type") == Some("offline"),
    })
}

fn refreshed<'a>(world: &'a World, token: &str) -> Result<Caller<'a>, AskError> {
    let identity = world.signer.claims::<Identity>(token);
    let accounts = world.config.population.accounts();
    let caller = identity.and_then(|known| accounts.caller(&known.identity, &known.source));
    caller.ok_or(AskError::Refused(Refusal::Wrong))
}

/// `user:secret`, split at the first colon (RFC 7617).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (name, secret) = text.split_once(':')?;
    scheme
        .eq_ignore_ascii_case("basic")
        .then(|| (name.to_owned(), secret.to_owned()))
}

/// Scopes come in one field or several, and several in one (REGISTRY.md AUTH-5, AUTH-13).
fn scopes(fields: &[(String, String)]) -> Vec<String> {
    let texts = fields.iter().filter(|(key, _)| key == "scope");
    texts
        .flat_map(|(_, text)| text.split_whitespace())
        .map(str::to_owned)
        .collect()
}

fn field<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    let mut found = fields.iter().filter(|(key, _)| key == name);
    found.next().map(|(_, value)| value.as_str())
}
