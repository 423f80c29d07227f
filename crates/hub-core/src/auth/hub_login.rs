//! Docker Hub's login: what is sent, what the answer means and how long it is good for. Pure: nothing is asked here, and what time
//! it is comes from the caller.
//!
//! Facts: HUB-API.md §1. A token's claims are read without being verified: they say when to renew and what to show, and decide
//! nothing else.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use super::credential::{Credential, Shape, jwt_claims};
use super::keychain::Found;
use crate::error::{Error, ErrorKind, shorten};

/// What counts for a token that does not say how long it lives: half of what is documented (§1.1).
const DEFAULT_LIFETIME: Duration = Duration::from_mins(5);
/// Tokens are renewed this long before they end, short ones at nine tenths of their life.
const EARLY: Duration = Duration::from_secs(30);
const LONGEST_LIFETIME: Duration = Duration::from_hours(365 * 24);

/// What a credential is to the web API.
#[derive(Debug)]
pub(crate) enum Way {
    /// A token already.
    Ready(HubToken),
    /// To be sent to `/v2/auth/token`, as JSON.
    Login(SecretSlice<u8>),
    /// Something of the registry's: the web API is read anonymously.
    Anonymous,
}

/// A token of Docker Hub's web API.
#[derive(Clone, Debug)]
pub struct HubToken {
    secret: SecretString,
    expires_at: Option<Timestamp>,
    /// `None`: there is nothing to renew it with.
    fresh_until: Option<Instant>,
    user: Option<String>,
    source: Option<String>,
    /// Whether it was made from an organisation's token.
    organisations: bool,
    /// Where the credential came from that it was made from.
    origin: String,
}

impl HubToken {
    /// The token itself. Its `Debug` prints nothing.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// When it ends, by this machine's clock. `None`: a ready token does not say it.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Whose it is, for display.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// What it was made from, as Docker Hub calls it, for display.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The kind of credential that it was made from, and where that was found, for people.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it is an organisation's, which reads its own namespace and has no user (§1.4).
    pub fn is_organisations(&self) -> bool {
        self.organisations
    }

    /// The same, made from `found`, which names the user where the token itself does not.
    pub(crate) fn from(self, found: &Found) -> Self {
        let credential = &found.credential;
        let named = || credential.user().map(|user| shorten(user, 80));
        Self {
            user: self.user.or_else(named),
            organisations: self.organisations || credential.shape() == Shape::Organisation,
            origin: found.described(),
            ..self
        }
    }

    /// Whether both are the same token.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.secret.expose_secret() == other.secret.expose_secret()
    }

    /// Whether it need not be renewed yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh_until.is_none_or(|end| Instant::now() < end)
    }

    /// The value of `Authorization` (§1.3).
    pub(crate) fn header(&self) -> SecretString {
        format!("Bearer {}", self.secret.expose_secret()).into()
    }

    /// A token that the user gave. It is sent even when it looks as if it had ended: the clock may be wrong.
    fn ready(secret: SecretString) -> Self {
        let claims = Claims::of(&secret);
        Self {
            expires_at: claims.instant("exp"),
            fresh_until: None,
            user: claims.text("username"),
            organisations: claims.are_organisations(),
            source: claims.text("source"),
            origin: String::new(),
            secret,
        }
    }

    /// A token that Docker Hub just gave.
    fn new(secret: SecretString, now: Timestamp) -> Self {
        let claims = Claims::of(&secret);
        let left = lifetime(claims.instant("exp"), claims.instant("iat"), now);
        Self {
            expires_at: now.checked_add(left).ok(),
            fresh_until: Some(Instant::now() + left.saturating_sub(EARLY.min(left / 10))),
            user: claims.text("username"),
            organisations: claims.are_organisations(),
            source: claims.text("source"),
            origin: String::new(),
            secret,
        }
    }
}

/// How `credential` gets into the web API. An access token alone does not: the login needs a name.
pub(crate) fn way(credential: &Credential) -> Result<Way, Error> {
    match credential {
        Credential::HubJwt(secret) => Ok(Way::Ready(HubToken::ready(secret.clone()))),
        Credential::Password { user, secret } => Ok(Way::Login(login_body(user, secret))),
        Credential::IdentityToken(_) | Credential::RegistryToken(_) => Ok(Way::Anonymous),
        Credential::AccessToken(_) => Err(Error::new(
            ErrorKind::Unauthorized,
            "an access token alone cannot log in to Docker Hub",
        )
        .advise("give it as user:token, or as organisation:token where it is an organisation's")),
    }
}

/// The body of `POST /v2/auth/token`.
fn login_body(user: &str, secret: &SecretString) -> SecretSlice<u8> {
    /// Without `Debug`, on purpose.
    #[derive(Serialize)]
    struct Body<'a> {
        identifier: &'a str,
        secret: &'a str,
    }
    let body = Body {
        identifier: user,
        secret: secret.expose_secret(),
    };
    // Large enough for every byte escaped: a vector that grows leaves copies behind.
    let mut bytes = Vec::with_capacity(64 + 6 * (user.len() + body.secret.len()));
    serde_json::to_writer(&mut bytes, &body).expect("two strings are JSON");
    bytes.into()
}

/// The token in the answer to a login, or what is wrong with it.
pub(crate) fn read_token(body: &[u8], now: Timestamp) -> Result<HubToken, &'static str> {
    #[derive(Deserialize)]
    struct Answer {
        access_token: Option<String>,
        token: Option<String>,
    }
    let answer: Answer =
        serde_json::from_slice(body).map_err(|_| "the answer to the login is no token")?;
    [answer.access_token, answer.token]
        .into_iter()
        .flatten()
        .find(|token| !token.is_empty())
        .map(|token| HubToken::new(token.into(), now))
        .ok_or("the answer to the login holds no token")
}

/// What the refusal of a login means. `said` are the server's words, without secrets and shortened.
pub(crate) fn refused(
    credential: &Credential,
    status: u16,
    body: &[u8],
    said: Option<String>,
) -> Error {
    let second_step = serde_json::from_slice::<Value>(body)
        .is_ok_and(|body| body.get("login_2fa_token").is_some());
    // That body holds a token, and where it holds nothing else, the words are the token.
    let said = said.filter(|_| !second_step);
    let (kind, what, advice) = match status {
        _ if second_step => (
            ErrorKind::Unauthorized,
            "this account wants a second step to log in",
            "use a personal access token instead of the password",
        ),
        401 => (
            ErrorKind::Unauthorized,
            "Docker Hub refuses the login",
            refusal_advice(credential),
        ),
        403 => (
            ErrorKind::Forbidden,
            "Docker Hub forbids the login",
            "use a personal access token, and ask the organisation's owner if that is refused too",
        ),
        429 => (
            ErrorKind::RateLimited,
            "Docker Hub takes no login for now",
            "after failed logins it is locked for 10 to 15 minutes: check the password, then wait",
        ),
        408 => (ErrorKind::Timeout, "no login", "try again"),
        500..=599 => (
            ErrorKind::Server,
            "no login",
            "the server failed; try again later",
        ),
        _ => (
            ErrorKind::InvalidResponse,
            "no login",
            "this status was not expected here",
        ),
    };
    Error::new(kind, what)
        .answered(status)
        .saying(said)
        .advise(advice)
}

/// What may be wrong with what was refused, by what it is (§1.1, §1.2, AUTH-29).
fn refusal_advice(credential: &Credential) -> &'static str {
    match credential.shape() {
        Shape::Personal => "the access token is not this user's, was revoked, or has expired",
        Shape::Organisation => {
            "the user must be the organisation's name, and the access token neither revoked nor expired"
        }
        Shape::Jwt | Shape::Unknown => {
            "check user name and password; where a second factor or single sign-on is on, only a personal access token will do"
        }
    }
}

/// What a 403 of the web API means for a token of this kind, where its words are known (§1.4). They choose advice, nothing else.
pub(crate) fn forbidden_advice(said: &str) -> Option<&'static str> {
    let said = said.to_ascii_lowercase();
    if said.contains("organization access token") {
        Some("an organisation's token cannot do this; log in as a user")
    } else if said.contains("personal access token") {
        Some("a personal access token cannot do this; log in with the password")
    } else if said.contains("insufficient scope") {
        Some("the access token was made with too few permissions")
    } else {
        None
    }
}

/// How long a token still lives. A clock that disagrees with ours counts from now (AUTH-19).
fn lifetime(ends: Option<Timestamp>, issued: Option<Timestamp>, now: Timestamp) -> Duration {
    let between = |from: Timestamp, to: Timestamp| {
        let span = Duration::try_from(to.duration_since(from)).ok();
        span.filter(|span| !span.is_zero())
    };
    let left = ends.and_then(|ends| match issued {
        Some(issued) => {
            let whole = between(issued, ends)?;
            let age = between(issued, now).filter(|age| *age < whole);
            Some(whole.saturating_sub(age.unwrap_or_default()))
        }
        None => between(now, ends),
    });
    left.unwrap_or(DEFAULT_LIFETIME).min(LONGEST_LIFETIME)
}

/// The claims of a JWT, as far as they are there; of anything else there are none.
struct Claims(Value);

impl Claims {
    fn of(token: &SecretString) -> Self {
        let claims = jwt_claims(token.expose_secret());
        let claims = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
        Self(claims.unwrap_or_default())
    }

    /// A moment in seconds, which may have a fraction (RFC 7519 §2).
    fn instant(&self, name: &str) -> Option<Timestamp> {
        let seconds = self.0.get(name)?.as_f64()?;
        let since = Duration::try_from_secs_f64(seconds).ok()?;
        Timestamp::UNIX_EPOCH.checked_add(since).ok()
    }

    /// A user's are made from `docker_pat|…` or a password (§1.1); by analogy an organisation's from `docker_oat|…`.
    fn are_organisations(&self) -> bool {
        self.text("source")
            .is_some_and(|source| source.starts_with("docker_oat"))
    }

    /// A word of Docker Hub's own claims (§1.1).
    fn text(&self, name: &str) -> Option<String> {
        let text = self.0.get("https://hub.docker.com")?.get(name)?.as_str()?;
        Some(shorten(text, 80)).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests;
