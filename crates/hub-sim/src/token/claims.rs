//! The payload of registry tokens: what was granted to whom until when.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::ask::Ask;
use crate::http::Request;
use crate::jwt;
use crate::population::{Caller, Deed, Verdict, uuid_of};
use crate::world::World;

/// The only `service` whose tokens the registry takes (REGISTRY.md HOST-4).
pub(crate) const SERVICE: &str = "registry.docker.io";
/// The issuer of registry tokens.
const ISSUER: &str = "auth.docker.io";

/// Pulls that an anonymous and a signed-in caller have in six hours (HUB-API.md §4).
const ANONYMOUS_PULLS: u32 = 100;
const SIGNED_IN_PULLS: u32 = 200;

/// The payload, in the order of samples/registry-auth-token-2024.json.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) access: Vec<Access>,
    pub(crate) aud: String,
    pub(crate) exp: Number,
    iat: Number,
    iss: String,
    jti: String,
    nbf: Number,
    /// The account's UUID; empty for nobody.
    pub(crate) sub: String,
}

/// What a token allows on one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Access {
    pub(crate) actions: Vec<String>,
    pub(crate) name: String,
    /// None for accounts without a limit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) parameters: Option<Parameters>,
    r#type: String,
}

/// The pull limit as the token tells it: numbers as texts (HUB-API.md §4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parameters {
    pull_limit: String,
    pull_limit_interval: String,
}

impl Access {
    /// Written as a scope.
    pub(super) fn scope(&self) -> String {
        format!("{}:{}:{}", self.r#type, self.name, self.actions.join(","))
    }
}

/// The payload for `ask`, which was granted `access`.
pub(super) fn claims(
    world: &World,
    request: &Request,
    ask: &Ask<'_>,
    access: Vec<Access>,
) -> Claims {
    let (iat, exp) = jwt::validity(request.token_time(), world.config.token_lifetime);
    let name = ask.caller.name();
    Claims {
        access,
        aud: ask.service.clone(),
        exp,
        nbf: iat
            .as_i64()
            .map_or_else(|| iat.clone(), |iat| (iat - 300).into()),
        jti: uuid_of(&format!("{} {iat} {name}", world.hosts.authority())),
        iat,
        iss: ISSUER.to_owned(),
        sub: if name.is_empty() {
            String::new()
        } else {
            uuid_of(name)
        },
    }
}

/// The parts of the scopes that `caller` may have: less than asked for is no error (REGISTRY.md AUTH-21).
pub(super) fn grants(world: &World, caller: &Caller<'_>, scopes: &[String]) -> Vec<Access> {
    scopes
        .iter()
        .filter_map(|scope| grant(world, caller, scope))
        .collect()
}

/// `type:name:action,action`; a name may have a colon (REGISTRY.md SCOPE-2).
fn grant(world: &World, caller: &Caller<'_>, scope: &str) -> Option<Access> {
    let (kind, rest) = scope.split_once(':')?;
    let (name, asked) = rest.rsplit_once(':')?;
    let repository = world
        .config
        .population
        .at_registry(name)
        .filter(|_| kind == "repository")?;
    let deeds = [
        ("pull", Deed::Pull),
        ("push", Deed::Push),
        ("delete", Deed::Delete),
    ];
    let actions: Vec<String> = deeds
        .iter()
        .filter(|(action, deed)| {
            asked.split(',').any(|wanted| wanted == *action)
                && caller.may(*deed, repository) == Verdict::Allowed
        })
        .map(|(action, _)| (*action).to_owned())
        .collect();
    (!actions.is_empty()).then(|| Access {
        actions,
        name: name.to_owned(),
        parameters: (!caller.is_unlimited()).then(|| parameters(world, caller)),
        r#type: kind.to_owned(),
    })
}

fn parameters(world: &World, caller: &Caller<'_>) -> Parameters {
    let usual = if caller.is_anonymous() {
        ANONYMOUS_PULLS
    } else {
        SIGNED_IN_PULLS
    };
    Parameters {
        pull_limit: world.config.pull_limit.unwrap_or(usual).to_string(),
        pull_limit_interval: "21600".to_owned(),
    }
}
