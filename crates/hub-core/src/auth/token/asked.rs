//! A token that somebody asks for by its scope, to use it elsewhere.

use super::{Access, needs_password};
use crate::auth::challenge::Scope;
use crate::auth::token::Token;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::reference::Repository;

impl Client {
    /// A token for `scope` at the registry of `repository`, as whoever we are there. A token that is given says nothing about
    /// access, and may allow less than was asked for (AUTH-21).
    pub async fn token(&self, repository: &Repository, scope: &Scope) -> Result<Token> {
        let ping = self.ping(repository)?;
        match self.access(repository, &ping).await? {
            (Access::Bearer(service), _) => {
                let key = (repository.clone(), scope.clone());
                Ok(self.scoped_token(&key, &service, scope, None).await?.0)
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
}
