//! Asking a token service for a token: anonymously, with a password, or with an identity token (REGISTRY.md §2.3, §2.4).

use jiff::Timestamp;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use super::answer::read_token;
use super::challenge::Scope;
use super::credential::Credential;
use super::hub_login;
use super::keychain::Found;
use super::token::{Token, TokenService};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::{Payload, Request, Response};
use crate::http::words;
use crate::name::Host;
use crate::reference::Repository;

/// A token's answer is read this far (AUTH-23).
const TOKEN_BODY: usize = 128 * 1024;
/// What we call ourselves (AUTH-10).
const CLIENT_ID: &str = "hub-tools";

impl Client {
    /// A token for `scope`, as whoever we are to that registry.
    pub(super) async fn fetch_token(
        &self,
        repository: &Repository,
        service: &TokenService,
        scope: &Scope,
    ) -> Result<Token> {
        let scope = scope.to_string();
        let scope = scope.as_str();
        let host = self.config().credential_host(repository.host());
        let keychain = &self.config().keychain;
        let found = keychain.lookup(&host, Some(repository.name())).await;
        let token = match &found {
            Some(found) if !service.may_see_credentials => {
                let what = format!("the token service {} is another host", service.origin());
                let kind = found.credential.kind_name();
                tracing::warn!("{}: {kind} is not sent: {what}", repository.host());
                self.get_token(service, scope, None).await
            }
            Some(found) => self.login(repository.host(), service, scope, found).await,
            None => self.get_token(service, scope, None).await,
        }?;
        keychain.redactor().add_token(token.secret());
        Ok(token)
    }

    /// A token as whom `found` names. The first time at a host goes alone, so that wrong credentials are shown once
    /// (DECISIONS, smaller rulings).
    async fn login(
        &self,
        host: &Host,
        service: &TokenService,
        scope: &str,
        found: &Found,
    ) -> Result<Token> {
        let tokens = self.tokens();
        let mut first = None;
        let alone = async || {
            tokens.check_refusal(host)?;
            let outcome = self.token_as(service, scope, found).await;
            if let Err(error) = outcome.as_ref().map_err(Clone::clone)
                && error.is_refusal()
            {
                tokens.note_refusal(host, &error);
                return Err(error);
            }
            first = Some(outcome);
            Ok(())
        };
        tokens.logins.get(host, |()| true, alone).await?;
        match first {
            Some(outcome) => outcome,
            None => self.token_as(service, scope, found).await,
        }
    }

    /// A token for whom `found` names. What the web API alone takes is nothing to a token service.
    async fn token_as(&self, service: &TokenService, scope: &str, found: &Found) -> Result<Token> {
        match &found.credential {
            Credential::HubJwt(_) => self.get_token(service, scope, None).await,
            Credential::RegistryToken(secret) => {
                Ok(Token::as_given(secret.clone(), scope).from(found))
            }
            Credential::IdentityToken(secret) => {
                self.exchange_identity(service, scope, (secret, found))
                    .await
            }
            Credential::Password { .. } => self.get_token(service, scope, Some(found)).await,
            credential @ Credential::AccessToken(_) => match hub_login::way(credential) {
                Err(error) => Err(error.refusing_credentials().stopping()),
                Ok(_) => self.get_token(service, scope, None).await,
            },
        }
    }

    /// `GET realm?service=…&scope=…` (AUTH-10), keeping the realm's own query (AUTH-6).
    async fn get_token(
        &self,
        service: &TokenService,
        scope: &str,
        found: Option<&Found>,
    ) -> Result<Token> {
        let credential = found.map(|found| &found.credential);
        let mut url = service.realm.clone();
        {
            let mut query = url.query_pairs_mut();
            if let Some(name) = &service.name {
                query.append_pair("service", name);
            }
            query.append_pair("scope", scope);
            if let Some(user) = credential.and_then(Credential::user) {
                query
                    .append_pair("account", user)
                    .append_pair("client_id", CLIENT_ID);
            }
        }
        let request = Request {
            authorization: credential.and_then(Credential::basic),
            follows: credential.is_none(),
            ..Request::get(Service::Token, url, TOKEN_BODY)
        };
        self.granted(self.send(request).await?, scope, found)
    }

    /// The refresh grant of `OAuth2` (AUTH-13, AUTH-15). A service that does not know it is asked the older way (AUTH-16).
    async fn exchange_identity(
        &self,
        service: &TokenService,
        scope: &str,
        (secret, found): (&SecretString, &Found),
    ) -> Result<Token> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "refresh_token")
            .append_pair("service", service.name.as_deref().unwrap_or_default())
            .append_pair("client_id", CLIENT_ID)
            .append_pair("scope", scope)
            .append_pair("refresh_token", secret.expose_secret())
            .finish();
        let request = Request {
            method: Method::POST,
            body: Some(Payload {
                content_type: "application/x-www-form-urlencoded",
                bytes: form.into_bytes().into(),
            }),
            follows: false,
            ..Request::get(Service::Token, service.realm.clone(), TOKEN_BODY)
        };
        let response = self.send(request).await?;
        if matches!(response.status.as_u16(), 404 | 405 | 501) {
            tracing::warn!(
                "{} takes no identity token; going on anonymously",
                service.origin()
            );
            return self.get_token(service, scope, None).await;
        }
        self.granted(response, scope, Some(found))
    }

    fn granted(&self, response: Response, scope: &str, found: Option<&Found>) -> Result<Token> {
        let status = response.status.as_u16();
        // A grant that ended is refused with 400; a 403 is about one scope (AUTH-26).
        let ended =
            status == 400 && String::from_utf8_lossy(&response.body).contains("invalid_grant");
        if found.is_some() && (status == 401 || ended) {
            let text = String::from_utf8_lossy(&response.body);
            let said = words::said(self.config().keychain.redactor().redact(&text).as_bytes());
            return Err(
                Error::new(ErrorKind::Unauthorized, "the credentials were refused")
                    .during(response.shown().to_owned())
                    .answered(status)
                    .saying(said)
                    .advise("-v says where they came from; --anonymous goes without")
                    .refusing_credentials()
                    .stopping(),
            );
        }
        let response = response.ok("no token service there")?;
        let token = read_token(&response.body, scope, Timestamp::now());
        token
            .map(|token| match found {
                Some(found) => token.from(found),
                None => token,
            })
            .map_err(|what| response.error(ErrorKind::InvalidResponse, what))
    }
}
