//! A registry's token, and what is known of it. How one is got is the parent's business.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::auth::granted;
use crate::auth::keychain::Found;

/// A bearer token for one repository of one registry.
#[derive(Clone, Debug)]
pub struct Token {
    pub(in crate::auth) secret: SecretString,
    pub(in crate::auth) scope: String,
    pub(in crate::auth) granted: Option<Vec<String>>,
    pub(in crate::auth) expires_at: Option<Timestamp>,
    pub(in crate::auth) fresh_until: Instant,
    pub(in crate::auth) source: Option<String>,
}

impl Token {
    /// A token that the user gave: nobody says how long it lives.
    pub(in crate::auth) fn as_given(secret: SecretString, scope: &str) -> Self {
        Self {
            granted: granted::scopes(secret.expose_secret(), None),
            secret,
            scope: scope.to_owned(),
            expires_at: None,
            fresh_until: Instant::now() + Duration::from_hours(24 * 365),
            source: None,
        }
    }

    /// The same, made for whom `found` names.
    pub(in crate::auth) fn from(self, found: &Found) -> Self {
        Self {
            source: Some(found.described()),
            ..self
        }
    }

    /// The token itself. Its `Debug` prints nothing.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// The scope that was asked for; the grant may be smaller (AUTH-21).
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The scopes that were granted, for display. `None`: neither the token nor its service tells (AUTH-22).
    pub fn granted(&self) -> Option<&[String]> {
        self.granted.as_deref()
    }

    /// When the token ends, by this machine's clock. `None`: it was given, and nobody says it.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// The kind of credential that it was made from, and where that was found. `None`: it is an anonymous one.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    pub(super) fn is_fresh(&self) -> bool {
        Instant::now() < self.fresh_until
    }

    pub(super) fn header(&self) -> SecretString {
        format!("Bearer {}", self.secret.expose_secret()).into()
    }
}
