//! Registry tokens: one per scope, shared by all who need it, renewed before it runs out.
//!
//! REGISTRY.md §2. This file knows the token service's questions and answers; which service a host names is read from
//! its challenge, and whether that service may be asked is decided in `realm`.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::Url;

use super::answer::read_token;
use super::challenge::{self, Demand, Scope};
use super::realm::{self, Registry};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::{NOT_FOUND_ADVICE, Request, Response};
use crate::memo::Memo;
use crate::name::Host;
use crate::reference::Repository;

/// A token's answer is read this far (AUTH-23).
const TOKEN_BODY: usize = 128 * 1024;
/// Hosts and tokens that are remembered at once.
const MOST_HOSTS: usize = 1024;
const MOST_TOKENS: usize = 4096;

/// What is known of the hosts that were asked, and the tokens that they gave.
#[derive(Debug)]
pub(crate) struct Tokens {
    access: Memo<Host, Access>,
    tokens: Memo<Repository, Token>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            access: Memo::new(MOST_HOSTS),
            tokens: Memo::new(MOST_TOKENS),
        }
    }
}

/// What a registry wants before it answers.
#[derive(Clone, Debug)]
enum Access {
    Open,
    Bearer(TokenService),
    Basic,
}

/// A token service as a challenge names it.
#[derive(Clone, Debug)]
struct TokenService {
    realm: Url,
    name: Option<String>,
}

/// A bearer token for one repository of one registry.
#[derive(Clone, Debug)]
pub struct Token {
    pub(super) secret: SecretString,
    pub(super) scope: String,
    pub(super) expires_at: Timestamp,
    pub(super) fresh_until: Instant,
}

impl Token {
    /// The token itself. Its `Debug` prints nothing.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// The scope that was asked for; the grant may be smaller (AUTH-21).
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// When the token ends, by this machine's clock.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    fn is_fresh(&self) -> bool {
        Instant::now() < self.fresh_until
    }

    fn header(&self) -> SecretString {
        format!("Bearer {}", self.secret.expose_secret()).into()
    }
}

impl Client {
    /// A token to pull from `repository`. A token that is granted says nothing about access (AUTH-21).
    pub async fn token(&self, repository: &Repository) -> Result<Token> {
        let ping = Request::get(
            Service::Registry,
            self.registry_url(repository.host(), "v2/")?,
            TOKEN_BODY,
        );
        match self.access(repository, &ping).await? {
            (Access::Bearer(service), _) => {
                Ok(self.held_token(repository, &service, &[], None).await?.0)
            }
            (Access::Basic, _) => Err(needs_password(repository)),
            (Access::Open, Some(response)) if !response.status.is_success() => {
                Err(response.into_error("no registry there"))
            }
            (Access::Open, _) => {
                let what = format!("{} asks for no token", repository.host());
                Err(Error::new(ErrorKind::Unsupported, what))
            }
        }
    }

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
            (Access::Basic, _) => return Err(needs_password(repository)),
            (Access::Open, _) => return self.ask_open(repository, request).await,
        };
        let (token, new) = self
            .held_token(repository, &service, &offered, None)
            .await?;
        let response = self.send(authorized(&request, &token)).await?;
        if response.status != 401 {
            return Ok(response);
        }
        if new || demanded_error(&response).as_deref() == Some("insufficient_scope") {
            return Err(Self::refused(repository, &response));
        }
        let offered = offered_scopes(&response);
        let (token, _) = self
            .held_token(repository, &service, &offered, Some(&token))
            .await?;
        let response = self.send(authorized(&request, &token)).await?;
        if response.status == 401 {
            Err(Self::refused(repository, &response))
        } else {
            Ok(response)
        }
    }

    /// A host that asked for nothing so far may still guard one of its repositories.
    async fn ask_open(&self, repository: &Repository, request: Request) -> Result<Response> {
        let response = self.send(request.clone()).await?;
        if response.status != 401 {
            return Ok(response);
        }
        let Access::Bearer(service) = self.demanded(repository, &response)? else {
            return Err(needs_password(repository));
        };
        let (token, _) = self
            .held_token(repository, &service, &offered_scopes(&response), None)
            .await?;
        let response = self.send(authorized(&request, &token)).await?;
        if response.status == 401 {
            Err(Self::refused(repository, &response))
        } else {
            Ok(response)
        }
    }

    /// What the host wants. The first to ask finds out with its own request, without a ping (AUTH-7), and gets its answer.
    async fn access(
        &self,
        repository: &Repository,
        request: &Request,
    ) -> Result<(Access, Option<Response>)> {
        let mut first = None;
        let discover = async || {
            let response = self.send(request.clone()).await?;
            let access = match response.status.as_u16() {
                401 if challenges(&response).is_empty() => self.ping(repository, &response).await,
                401 => self.demanded(repository, &response),
                200..=299 | 404 => Ok(Access::Open),
                // Nothing is learned from a failure, and so nothing remembered.
                _ => Err(Error::new(
                    ErrorKind::Server,
                    "no answer that tells what the registry wants",
                )),
            };
            first = Some(response);
            access
        };
        let access = self
            .tokens()
            .access
            .get(repository.host(), |_| true, discover)
            .await;
        match (access, first) {
            (Ok(access), first) => Ok((access, first)),
            (Err(_), Some(response)) if response.status != 401 => {
                Ok((Access::Open, Some(response)))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Some registries send their challenge only here (AUTH-7).
    async fn ping(&self, repository: &Repository, refusal: &Response) -> Result<Access> {
        let ping = Request::get(
            Service::Registry,
            self.registry_url(repository.host(), "v2/")?,
            TOKEN_BODY,
        );
        let response = self.send(ping).await?;
        if response.status == 401 && !challenges(&response).is_empty() {
            return self.demanded(repository, &response);
        }
        Err(refusal.error(
            ErrorKind::Unauthorized,
            "the registry asks for credentials without saying which",
        ))
    }

    /// What the challenge of a 401 asks for.
    fn demanded(&self, repository: &Repository, response: &Response) -> Result<Access> {
        let host = repository.host();
        let registry = if self.config().overrides_registry(host) {
            Registry::Override
        } else if host.is_docker_hub() {
            Registry::DockerHub
        } else {
            Registry::Other
        };
        if !response.is_home {
            let what = "a redirect to another host asks for credentials, and gets none";
            return Err(response.error(ErrorKind::InvalidResponse, what));
        }
        match challenge::select(&challenges(response))? {
            Some(Demand::Bearer { realm, service, .. }) => Ok(Access::Bearer(TokenService {
                realm: realm::resolve(registry, &response.url, &realm)?,
                name: service,
            })),
            Some(Demand::Basic { .. }) => Ok(Access::Basic),
            None => Err(response.error(
                ErrorKind::Unsupported,
                "the registry asks for a kind of login that is not known here",
            )),
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
        let scope = Scope::repository(repository.name(), &["pull"])
            .merge(offered)
            .to_string();
        let refused = stale.map(|token| token.secret.expose_secret());
        let mut new = false;
        let fetch = async || {
            new = true;
            self.fetch_token(service, &scope).await
        };
        let usable =
            |token: &Token| token.is_fresh() && refused != Some(token.secret.expose_secret());
        let token = self.tokens().tokens.get(repository, usable, fetch).await?;
        Ok((token, new))
    }

    /// `GET realm?service=…&scope=…` (AUTH-10), keeping the realm's own query (AUTH-6).
    async fn fetch_token(&self, service: &TokenService, scope: &str) -> Result<Token> {
        let mut url = service.realm.clone();
        {
            let mut query = url.query_pairs_mut();
            if let Some(name) = &service.name {
                query.append_pair("service", name);
            }
            query.append_pair("scope", scope);
        }
        let response = self
            .send(Request::get(Service::Token, url, TOKEN_BODY))
            .await?
            .ok("no token")?;
        read_token(&response.body, scope, Timestamp::now())
            .map_err(|what| response.error(ErrorKind::InvalidResponse, what))
    }

    /// What a 401 means that came although a token was sent.
    fn refused(repository: &Repository, response: &Response) -> Error {
        if repository.host().is_docker_hub() {
            return response
                .error(ErrorKind::NotFound, "no such repository")
                .advise(NOT_FOUND_ADVICE);
        }
        response
            .error(
                ErrorKind::Unauthorized,
                "the registry refuses an anonymous token",
            )
            .advise("credentials are needed")
    }
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
