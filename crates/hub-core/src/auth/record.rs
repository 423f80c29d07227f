//! The records of tokens: the one place where a secret becomes text that is written.

use secrecy::ExposeSecret;
use serde::Serialize;

use super::hub_login::HubToken;
use super::token::Token;
use crate::record::{ANONYMOUS, HUB, composed};
use crate::reference::Repository;

#[derive(Serialize)]
struct RegistryRecord<'a> {
    r#ref: String,
    kind: &'static str,
    token: &'a str,
    scope: &'a str,
    granted: Option<&'a [String]>,
    expires_at: Option<String>,
    source: &'a str,
}

#[derive(Serialize)]
struct HubRecord<'a> {
    r#ref: &'static str,
    kind: &'static str,
    token: &'a str,
    expires_at: Option<String>,
    user: Option<&'a str>,
    source: &'a str,
}

impl Token {
    /// The record, which holds the secret, as one line.
    pub fn record(&self, repository: &Repository) -> Vec<u8> {
        composed(&RegistryRecord {
            r#ref: repository.to_string(),
            kind: "token",
            token: self.secret().expose_secret(),
            scope: self.scope(),
            granted: self.granted(),
            expires_at: self.expires_at().map(|end| end.to_string()),
            source: self.source().unwrap_or(ANONYMOUS),
        })
    }
}

impl HubToken {
    /// The record, which holds the secret, as one line.
    pub fn record(&self) -> Vec<u8> {
        composed(&HubRecord {
            r#ref: HUB,
            kind: "token",
            token: self.secret().expose_secret(),
            expires_at: self.expires_at().map(|end| end.to_string()),
            user: self.user(),
            source: self.origin(),
        })
    }
}
