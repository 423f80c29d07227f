//! The session with Docker Hub's web API: logged in when a credential is found, once, and renewed before it ends.
//!
//! What a login says and means is `hub_login`'s; this file sends it.

use std::sync::OnceLock;

use jiff::Timestamp;
use reqwest::Method;

use super::hub_login::{self, HubToken, Way};
use super::keychain::Found;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::{Payload, Request, Response};
use crate::http::words;
use crate::memo::Memo;

/// A login's answer is read this far (AUTH-23).
const LOGIN_BODY: usize = 128 * 1024;

/// The token of this run, or the refusal of the one login that was tried.
#[derive(Debug)]
pub(crate) struct HubSession(Memo<(), Outcome>, OnceLock<Error>);

/// What a login came to. A refusal is kept: a wrong password locks the account when it is tried again and again.
#[derive(Clone, Debug)]
enum Outcome {
    Anonymous,
    SignedIn(HubToken),
    Refused(Error),
}

impl Default for HubSession {
    fn default() -> Self {
        Self(Memo::new(1), OnceLock::new())
    }
}

impl Client {
    /// The web API's token; `None` where there is no credential for it.
    pub async fn hub_token(&self) -> Result<Option<HubToken>> {
        self.renewed_hub_token(None).await
    }

    /// The web API's token, where there is no going on without one.
    pub async fn needed_hub_token(&self) -> Result<HubToken> {
        self.hub_token().await?.ok_or_else(|| {
            let what = "there are no credentials for Docker Hub's web API";
            let advice = if self.config().hub_url.is_some() {
                "where HUB_URL is set only --credentials FILE and DOCKER_HUB_USERNAME with DOCKER_HUB_TOKEN count"
            } else {
                "docker login, or set DOCKER_HUB_USERNAME and DOCKER_HUB_TOKEN, or --credentials FILE"
            };
            Error::new(ErrorKind::Unauthorized, what).advise(advice)
        })
    }

    /// The same as [`Client::hub_token`]; `stale` is a token that the web API just refused.
    async fn renewed_hub_token(&self, stale: Option<&HubToken>) -> Result<Option<HubToken>> {
        if let Some(refused) = self.hub_session().1.get() {
            return Err(refused.clone());
        }
        let usable = |outcome: &Outcome| match outcome {
            Outcome::SignedIn(token) => {
                token.is_fresh() && !stale.is_some_and(|stale| stale.is_same(token))
            }
            Outcome::Anonymous | Outcome::Refused(_) => true,
        };
        match self
            .hub_session()
            .0
            .get(&(), usable, async || self.sign_in().await)
            .await?
        {
            Outcome::Anonymous => Ok(None),
            Outcome::SignedIn(token) => Ok(Some(token)),
            Outcome::Refused(error) => Err(error),
        }
    }

    async fn sign_in(&self) -> Result<Outcome> {
        let keychain = &self.config().keychain;
        let Some(found) = keychain
            .lookup(&self.config().hub_credential_host(), None)
            .await
        else {
            return Ok(Outcome::Anonymous);
        };
        let body = match hub_login::way(&found.credential) {
            Ok(Way::Anonymous) => return Ok(Outcome::Anonymous),
            Ok(Way::Ready(token)) => return Ok(Outcome::SignedIn(token.from(&found))),
            Ok(Way::Login(body)) => body,
            Err(error) => return Ok(Outcome::Refused(error.refusing_credentials().stopping())),
        };
        let request = Request {
            method: Method::POST,
            body: Some(Payload {
                content_type: "application/json",
                bytes: body,
            }),
            follows: false,
            ..Request::get(Service::Hub, self.hub_url(&["auth", "token"]), LOGIN_BODY)
        };
        let response = self.send(request).await?;
        if !response.status.is_success() {
            return self.login_refused(&found, &response);
        }
        let token = hub_login::read_token(&response.body, Timestamp::now())
            .map_err(|what| response.error(ErrorKind::InvalidResponse, what))?;
        keychain.redactor().add_token(token.secret());
        Ok(Outcome::SignedIn(token.from(&found)))
    }

    fn login_refused(&self, found: &Found, response: &Response) -> Result<Outcome> {
        let text = String::from_utf8_lossy(&response.body);
        let said = words::said(self.config().keychain.redactor().redact(&text).as_bytes());
        let error = hub_login::refused(
            &found.credential,
            response.status.as_u16(),
            &response.body,
            said,
        )
        .during(response.shown().to_owned());
        let locked = text.to_ascii_lowercase().contains("login attempts");
        if error.is_retryable() && !locked {
            return Err(error);
        }
        let error = if error.kind() == ErrorKind::Unauthorized {
            error.refusing_credentials()
        } else {
            error
        };
        Ok(Outcome::Refused(error.stopping()))
    }

    /// The web API takes no token of ours: it is asked no more.
    fn token_refused(&self, response: &Response) -> Error {
        let error = response
            .error(ErrorKind::Unauthorized, "the web API refuses the token")
            .advise("it may have ended; -v says where it came from")
            .refusing_credentials()
            .stopping();
        self.hub_session().1.get_or_init(|| error).clone()
    }

    /// Sends a request to the web API as whoever we are there.
    pub(crate) async fn ask_hub(&self, request: Request) -> Result<Response> {
        let Some(token) = self.hub_token().await? else {
            return self.send(request).await;
        };
        let as_somebody = |token: &HubToken| Request {
            authorization: Some(token.header()),
            ..request.clone()
        };
        let response = self.send(as_somebody(&token)).await?;
        match response.status.as_u16() {
            401 => {}
            403 => return Err(explained(response)),
            _ => return Ok(response),
        }
        match self.renewed_hub_token(Some(&token)).await? {
            Some(renewed) if !renewed.is_same(&token) => {
                let response = self.send(as_somebody(&renewed)).await?;
                if response.status == 401 {
                    Err(self.token_refused(&response))
                } else {
                    Ok(response)
                }
            }
            _ => Err(self.token_refused(&response)),
        }
    }
}

/// A 403 in words that say which token is of the wrong kind, where the web API tells (HUB-API.md §1.4).
fn explained(response: Response) -> Error {
    let said = words::said(&response.body).unwrap_or_default();
    let error = response.into_error("not allowed");
    match hub_login::forbidden_advice(&said) {
        Some(advice) => error.advise(advice),
        None => error,
    }
}
