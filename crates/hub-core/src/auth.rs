//! Who we are to a server: credentials and where they are kept, challenges, where a realm may lead, and tokens.

mod answer;
pub(crate) mod challenge;
pub(crate) mod credential;
mod docker_config;
mod grant;
mod granted;
mod helper;
pub(crate) mod hub_login;
pub(crate) mod hub_session;
pub(crate) mod keychain;
pub(crate) mod realm;
mod record;
pub(crate) mod redact;
pub(crate) mod token;
