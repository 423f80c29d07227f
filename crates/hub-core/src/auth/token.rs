//! Registry tokens: one per scope, shared by all who need it, renewed before it runs out.
//!
//! REGISTRY.md §2. This file knows the token service's questions and answers; which service a host names is read from
//! its challenge, and whether that service may be asked is decided in `realm`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::ExposeSecret;
use url::Url;

use super::challenge::{self, Demand, Scope};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http::message::{NOT_FOUND_ADVICE, Request, Response};
use crate::http::redirect::origin;
use crate::memo::Memo;
use crate::name::Host;
use crate::reference::Repository;

mod access;
mod asked;
mod bearer;

pub use bearer::Token;

use access::{Access, Known};

/// A token's answer is read this far (AUTH-23).
const TOKEN_BODY: usize = 128 * 1024;
/// Hosts and tokens that are remembered at once.
const MOST_HOSTS: usize = 1024;
const MOST_TOKENS: usize = 4096;

/// What is known of the hosts that were asked, and the tokens that they gave.
#[derive(Debug)]
pub(crate) struct Tokens {
    access: Memo<Host, Known>,
    /// By what was needed; a server may have asked for more on top of it.
    by_scope: Memo<(Repository, Scope), Token>,
    /// Hosts to which our credentials were shown once; whoever comes meanwhile waits for the outcome.
    pub(super) logins: Memo<Host, ()>,
    /// Hosts that refused our credentials: no further login is tried there.
    refused: Mutex<HashMap<Host, Error>>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            access: Memo::new(MOST_HOSTS),
            by_scope: Memo::new(MOST_TOKENS),
            logins: Memo::new(MOST_HOSTS),
            refused: Mutex::default(),
        }
    }
}

impl Tokens {
    fn refusals(&self) -> MutexGuard<'_, HashMap<Host, Error>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn check_refusal(&self, host: &Host) -> Result<()> {
        self.refusals()
            .get(host)
            .map_or(Ok(()), |error| Err(error.clone()))
    }

    pub(super) fn note_refusal(&self, host: &Host, error: &Error) {
        if error.is_refusal() {
            self.refusals().insert(host.clone(), error.clone());
        }
    }
}

/// A token service as a challenge names it.
#[derive(Clone, Debug)]
pub(super) struct TokenService {
    pub(super) realm: Url,
    pub(super) name: Option<String>,
    /// Whether it is the registry's own: who stands in for Docker Hub may not send a password on (DECISIONS 28).
    pub(super) may_see_credentials: bool,
}

impl TokenService {
    pub(super) fn origin(&self) -> String {
        origin(&self.realm)
    }
}

impl Client {
    /// Sends a request about `repository` with the authorization that its registry wants.
    pub(crate) async fn ask_registry(
        &self,
        repository: &Repository,
        request: Request,
    ) -> Result<Response> {
        let (access, first) = self.access(repository, &request).await?;
        let offered = first.as_ref().map(offered_scopes).unwrap_or_default();
        let service = match (access, first) {
            (_, Some(response)) if response.status != 401 => return Ok(response),
            (Access::Bearer(service), _) => service,
            (Access::Basic, _) => return self.ask_with_password(repository, request).await,
            (Access::Open, _) => return self.ask_open(repository, request).await,
        };
        let (token, new) = self
            .held_token(repository, &service, &offered, None)
            .await?;
        let response = self.send(authorized(&request, &token)).await?;
        if response.status != 401 {
            return Ok(response);
        }
        let why = demanded_error(&response);
        let is_final = why.as_deref() == Some("insufficient_scope");
        // A token may run out on its way; one that the registry does not say that of is good, and not enough.
        if is_final || new && why.as_deref() != Some("invalid_token") {
            return Err(self.refused(repository, &response).await);
        }
        let offered = offered_scopes(&response);
        let (token, _) = self
            .held_token(repository, &service, &offered, Some(&token))
            .await?;
        let response = self.send(authorized(&request, &token)).await?;
        if response.status == 401 {
            Err(self.refused(repository, &response).await)
        } else {
            Ok(response)
        }
    }

    /// A host that asked for nothing so far may still guard its repositories. What let us in is remembered.
    async fn ask_open(&self, repository: &Repository, request: Request) -> Result<Response> {
        let response = self.send(request.clone()).await?;
        if response.status != 401 {
            return Ok(response);
        }
        let access = self.demanded(repository, &response)?;
        let Access::Bearer(service) = &access else {
            let response = self.ask_with_password(repository, request).await?;
            self.remember(repository, access).await;
            return Ok(response);
        };
        let (token, _) = self
            .held_token(repository, service, &offered_scopes(&response), None)
            .await?;
        let response = self.send(authorized(&request, &token)).await?;
        if response.status == 401 {
            Err(self.refused(repository, &response).await)
        } else {
            self.remember(repository, access).await;
            Ok(response)
        }
    }

    /// The token for `repository` and whether it is new; `stale` is one that the registry just refused (AUTH-25).
    async fn held_token(
        &self,
        repository: &Repository,
        service: &TokenService,
        offered: &[String],
        stale: Option<&Token>,
    ) -> Result<(Token, bool)> {
        let needed = Scope::repository(repository.name(), &["pull"]);
        let scope = needed.clone().merge(offered);
        let key = (repository.clone(), needed);
        self.scoped_token(&key, service, &scope, stale).await
    }

    /// The same for what `key` says; `scope` is what a new one is asked for.
    async fn scoped_token(
        &self,
        key: &(Repository, Scope),
        service: &TokenService,
        scope: &Scope,
        stale: Option<&Token>,
    ) -> Result<(Token, bool)> {
        let repository = &key.0;
        let refused = stale.map(|token| token.secret.expose_secret());
        let mut new = false;
        let fetch = async || {
            new = true;
            self.tokens().check_refusal(repository.host())?;
            let token = self.fetch_token(repository, service, scope).await;
            token.inspect_err(|error| self.tokens().note_refusal(repository.host(), error))
        };
        let usable =
            |token: &Token| token.is_fresh() && refused != Some(token.secret.expose_secret());
        let token = self.tokens().by_scope.get(key, usable, fetch).await?;
        Ok((token, new))
    }

    /// What a 401 means that came although a token was sent.
    async fn refused(&self, repository: &Repository, response: &Response) -> Error {
        if !response.is_home {
            return gets_none(response);
        }
        if repository.host().is_docker_hub() {
            return response
                .error(ErrorKind::NotFound, "no such repository")
                .advise(NOT_FOUND_ADVICE);
        }
        let host = self.config().credential_host(repository.host());
        match self
            .config()
            .keychain
            .lookup(&host, Some(repository.name()))
            .await
        {
            Some(_) => response
                .error(ErrorKind::Forbidden, "these credentials are not enough")
                .advise("the account needs the right to pull"),
            None => response
                .error(ErrorKind::Unauthorized, "not signed in")
                .advise("credentials are needed: docker login, or --credentials FILE"),
        }
    }

    /// A registry that wants a user name and a password with every request (AUTH-28).
    async fn ask_with_password(
        &self,
        repository: &Repository,
        request: Request,
    ) -> Result<Response> {
        self.tokens().check_refusal(repository.host())?;
        let host = self.config().credential_host(repository.host());
        let found = self
            .config()
            .keychain
            .lookup(&host, Some(repository.name()))
            .await;
        let Some(basic) = found.as_ref().and_then(|found| found.credential.basic()) else {
            return Err(needs_password(repository));
        };
        let response = self
            .send(Request {
                authorization: Some(basic),
                ..request
            })
            .await?;
        if response.status != 401 {
            return Ok(response);
        }
        let error = response
            .into_error("the credentials were refused")
            .advise("-v says where they came from")
            .refusing_credentials()
            .stopping();
        self.tokens().note_refusal(repository.host(), &error);
        Err(error)
    }
}

fn gets_none(response: &Response) -> Error {
    let what = "a redirect to another host asks for credentials, and gets none";
    response.error(ErrorKind::InvalidResponse, what)
}

fn needs_password(repository: &Repository) -> Error {
    let what = format!("{} wants a user name and a password", repository.host());
    Error::new(ErrorKind::Unauthorized, what)
}

fn authorized(request: &Request, token: &Token) -> Request {
    Request {
        authorization: Some(token.header()),
        ..request.clone()
    }
}

fn challenges(response: &Response) -> Vec<challenge::Challenge> {
    challenge::parse(response.header_lines("www-authenticate"))
}

/// The scopes that a challenge names: added to what is known to be needed where they are for the same repository (AUTH-8).
fn offered_scopes(response: &Response) -> Vec<String> {
    match challenge::select(&challenges(response)) {
        Ok(Some(Demand::Bearer { scopes, .. })) => scopes,
        _ => Vec::new(),
    }
}

/// The `error` parameter of the challenge that came with a refusal (AUTH-24).
fn demanded_error(response: &Response) -> Option<String> {
    match challenge::select(&challenges(response)) {
        Ok(Some(Demand::Bearer { error, .. })) => error,
        _ => None,
    }
}
