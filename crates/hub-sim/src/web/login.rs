//! The calls that give a JWT for a name and a secret (HUB-API.md §1.1, §1.2).

use hyper::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::error::{Failure, WRONG_CREDENTIALS, detail};
use super::session;
use crate::http::{Answer, Request};
use crate::jwt;
use crate::population::Caller;
use crate::route::Login;
use crate::signin::{LOCKED_TEXT, Refusal, sign_in};
use crate::world::World;

/// The purpose of the token between the two steps of a login.
const SECOND_STEP: &str = "login_2fa_token";

#[derive(Deserialize)]
struct Identifier {
    identifier: String,
    secret: String,
}

#[derive(Deserialize)]
struct Password {
    username: String,
    password: String,
}

#[derive(Deserialize)]
struct Code {
    login_2fa_token: String,
    code: String,
}

#[derive(Serialize)]
struct AccessToken {
    access_token: String,
}

#[derive(Serialize)]
struct Token {
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

#[derive(Serialize)]
struct SecondStep {
    detail: &'static str,
    login_2fa_token: String,
}

#[derive(Serialize, Deserialize)]
struct Step {
    purpose: String,
    username: String,
    exp: Number,
}

/// Answers a login.
pub(super) fn answer(world: &World, login: Login, request: &Request) -> Result<Answer, Failure> {
    if request.method() != "POST" {
        return Err(Failure::Method);
    }
    match login {
        Login::Token => create_token(world, request),
        Login::Users => users_login(world, request),
        Login::SecondFactor => second_factor(world, request),
        Login::Logout => {
            session::caller(world, request).map(|_| detail(StatusCode::OK, "Logged out"))
        }
    }
}

/// `POST /v2/auth/token`: for passwords, personal and organisation tokens.
fn create_token(world: &World, request: &Request) -> Result<Answer, Failure> {
    let Identifier { identifier, secret } = body(request)?;
    match sign_in(world, &identifier, &secret) {
        Ok(caller) => {
            let access_token = session::issue(world, request, &caller, world.config.jwt_lifetime);
            Ok(Answer::json(StatusCode::OK, &AccessToken { access_token }))
        }
        Err(Refusal::Locked) => Ok(locked()),
        // There is no second step here: accounts that have one need a token.
        Err(Refusal::Wrong | Refusal::SecondFactor) => Err(Failure::Credentials),
    }
}

/// `POST /v2/users/login`: deprecated, for people only.
fn users_login(world: &World, request: &Request) -> Result<Answer, Failure> {
    let Password { username, password } = body(request)?;
    if world
        .config
        .population
        .accounts()
        .organisation(&username)
        .is_some()
    {
        return Ok(detail(
            StatusCode::UNAUTHORIZED,
            "Cannot log into an organization account",
        ));
    }
    match sign_in(world, &username, &password) {
        Ok(caller) => Ok(logged_in(world, request, &caller)),
        Err(Refusal::Wrong) => Ok(detail(StatusCode::UNAUTHORIZED, WRONG_CREDENTIALS)),
        Err(Refusal::Locked) => Ok(locked()),
        Err(Refusal::SecondFactor) => Ok(Answer::json(
            StatusCode::UNAUTHORIZED,
            &SecondStep {
                detail: "Require secondary authentication on MFA enabled account",
                login_2fa_token: world.signer.sign(&Step {
                    purpose: SECOND_STEP.to_owned(),
                    username,
                    exp: jwt::validity(request.token_time(), world.config.jwt_lifetime).1,
                }),
            },
        )),
    }
}

/// `POST /v2/users/2fa-login`.
fn second_factor(world: &World, request: &Request) -> Result<Answer, Failure> {
    let Code {
        login_2fa_token,
        code,
    } = body(request)?;
    let step = world.signer.claims::<Step>(&login_2fa_token);
    let step = step.filter(|step| {
        step.purpose == SECOND_STEP && jwt::is_valid(&step.exp, request.token_time())
    });
    let accounts = world.config.population.accounts();
    let user = step.and_then(|step| accounts.user(&step.username));
    let user = user.filter(|user| user.second_factor.as_deref() == Some(&code));
    let caller = user.and_then(|user| accounts.caller(&user.name, "docker_password"));
    match caller {
        Some(caller) => Ok(logged_in(world, request, &caller)),
        None => Ok(detail(StatusCode::UNAUTHORIZED, WRONG_CREDENTIALS)),
    }
}

fn logged_in(world: &World, request: &Request, caller: &Caller<'_>) -> Answer {
    let lifetime = world.config.login_lifetime;
    let wants_refresh = request
        .param("refresh_token")
        .is_some_and(|wanted| wanted == "true");
    let body = Token {
        token: session::issue(world, request, caller, lifetime),
        refresh_token: wants_refresh.then(|| session::issue(world, request, caller, lifetime)),
    };
    Answer::json(StatusCode::OK, &body)
}

fn locked() -> Answer {
    detail(StatusCode::TOO_MANY_REQUESTS, LOCKED_TEXT)
}

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Failure> {
    serde_json::from_slice(request.body()).map_err(|_| Failure::Parameter {
        name: "body",
        text: "Invalid request body",
        reason: "Must be a JSON object with the name and the secret",
    })
}
