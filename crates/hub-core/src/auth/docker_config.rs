//! Stored logins: docker's config.json, containers' auth.json, `DOCKER_AUTH_CONFIG` and the old `.dockercfg`, as texts. Reads
//! no file and runs no helper.
//!
//! Facts: REGISTRY.md §15.1, §15.2, DECISIONS 27. Contents are never shown: problems name a position or a key.

use std::cmp::Reverse;

use secrecy::SecretString;
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::credential::Credential;
use crate::name::{Host, RepositoryName, quoted};

mod key;

pub(super) use key::is_docker_hubs;
use key::{HUB_KEY, Key};

/// Which of the formats a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Docker's config.json: `auths`, `credsStore`, `credHelpers`; a key stands for a host (CRED-1).
    Docker,
    /// `DOCKER_AUTH_CONFIG`: the `auths` of config.json and nothing else (CRED-6).
    AuthConfig,
    /// Containers' auth.json: no `credsStore`, and keys may name a part of a host (CRED-8).
    Containers,
    /// `.dockercfg`: the entries alone (CRED-7).
    DockerCfg,
}

/// Why a text as a whole cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParseProblem {
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1, in bytes.
    pub(crate) column: usize,
    /// In words that hold nothing of the text.
    pub(crate) what: String,
}

/// What a file says about a host.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// The credential itself.
    Credential(Credential),
    /// A program that has it (CRED-10).
    Helper {
        /// Behind `docker-credential-`; as it stands in the file.
        suffix: String,
        /// What the program is asked for.
        server: String,
    },
}

/// The logins of one file.
#[derive(Clone, Debug)]
pub(crate) struct StoredLogins {
    flavour: Flavour,
    helpers: Vec<(Key, String)>,
    store: Option<String>,
    /// `None` marks that a helper has the credential.
    logins: Vec<(Key, Option<Credential>)>,
    faults: Vec<String>,
}

/// Reads a text. An empty one holds no logins, as docker sees it; what is wrong with one entry becomes a fault.
pub(crate) fn parse(text: &str, flavour: Flavour) -> Result<StoredLogins, ParseProblem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut logins = StoredLogins::none(flavour);
    if text.trim().is_empty() {
        return Ok(logins);
    }
    let mut members = match serde_json::from_str(text).map_err(|error| problem(&error))? {
        Value::Object(members) => members,
        Value::Null => Map::new(),
        _ => return Err(not_an_object()),
    };
    if flavour == Flavour::DockerCfg {
        logins.read_logins(members);
        return Ok(logins);
    }
    let auths = logins.object(&mut members, "auths");
    logins.read_logins(auths);
    if flavour != Flavour::AuthConfig {
        let helpers = logins.object(&mut members, "credHelpers");
        logins.read_helpers(helpers);
    }
    if flavour == Flavour::Docker {
        logins.read_store(members.remove("credsStore"));
    }
    Ok(logins)
}

impl StoredLogins {
    fn none(flavour: Flavour) -> Self {
        Self {
            flavour,
            helpers: Vec::new(),
            store: None,
            logins: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// What was skipped and why, each with its key.
    pub(crate) fn faults(&self) -> &[String] {
        &self.faults
    }

    /// What there is for `host`: its own helper, else the helper for all, else an entry (CRED-3).
    pub(crate) fn for_host(
        &self,
        host: &Host,
        repository: Option<&RepositoryName>,
    ) -> Option<Entry> {
        let own = best(&self.helpers, host, None, |_| true);
        // An empty name switches the helper for all off, as docker does it.
        let suffix = own.map_or(self.store.as_ref(), |(_, suffix)| Some(suffix));
        if let Some(suffix) = suffix.filter(|suffix| !suffix.is_empty()) {
            let server = self.server(own.map(|(key, _)| key), host);
            return Some(Entry::Helper {
                suffix: suffix.clone(),
                server,
            });
        }
        let (_, login) = best(&self.logins, host, repository, Option::is_some)?;
        login.clone().map(Entry::Credential)
    }

    /// What a helper is asked for: the key under which the login was stored (CRED-10).
    fn server(&self, helper: Option<&Key>, host: &Host) -> String {
        if let (Flavour::Containers, Some(key)) = (self.flavour, helper) {
            return key.text().to_owned();
        }
        match best(&self.logins, host, None, Option::is_none) {
            Some((key, _)) => key.text().to_owned(),
            None if is_docker_hubs(host) => HUB_KEY.to_owned(),
            None => host.to_string(),
        }
    }

    fn object(&mut self, members: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
        match members.remove(name) {
            Some(Value::Object(members)) => return members,
            None | Some(Value::Null) => {}
            Some(_) => self.faults.push(format!("{name} is no object")),
        }
        Map::new()
    }

    fn read_logins(&mut self, entries: Map<String, Value>) {
        for (key, value) in entries {
            match login(&value) {
                Ok(login) => self.logins.push((self.key(key), login)),
                Err(why) => self.fault(&key, why),
            }
        }
    }

    fn read_helpers(&mut self, entries: Map<String, Value>) {
        for (key, value) in entries {
            match value {
                Value::String(suffix) => self.helpers.push((self.key(key), suffix)),
                _ => self.fault(&key, "its helper is no text"),
            }
        }
    }

    fn read_store(&mut self, value: Option<Value>) {
        match value {
            Some(Value::String(suffix)) => self.store = Some(suffix),
            None | Some(Value::Null) => {}
            Some(_) => self.faults.push("credsStore is no text".to_owned()),
        }
    }

    fn key(&self, text: String) -> Key {
        Key::parse(text, self.flavour == Flavour::Containers)
    }

    fn fault(&mut self, key: &str, why: &str) {
        // What stands before the `@` of an address can be a password.
        let shown = key.rsplit('@').next().unwrap_or_default();
        self.faults
            .push(format!("the entry {} is skipped: {why}", quoted(shown)));
    }
}

/// The entry whose key fits best: the longest path, then the exact key (CRED-4, CRED-8).
fn best<'a, T>(
    entries: &'a [(Key, T)],
    host: &Host,
    repository: Option<&RepositoryName>,
    wanted: impl Fn(&T) -> bool,
) -> Option<(&'a Key, &'a T)> {
    entries
        .iter()
        .filter(|(_, entry)| wanted(entry))
        .filter_map(|(key, entry)| Some((key.fit(host, repository)?, key, entry)))
        .min_by_key(|(fit, ..)| (Reverse(fit.depth), fit.rank))
        .map(|(_, key, entry)| (key, entry))
}

/// The credential of one entry (CRED-2, CRED-5). `None`: the entry is empty and only marks that a helper has it.
fn login(entry: &Value) -> Result<Option<Credential>, &'static str> {
    if !(entry.is_object() || entry.is_null()) {
        return Err("it is no object");
    }
    let member = |name: &str| match entry.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err("a member of it is no text"),
    };
    let secret = |text: &str| SecretString::from(text);
    if let Some(token) = member("registrytoken")? {
        return Ok(Some(Credential::RegistryToken(secret(token))));
    }
    // Beside an identity token `auth` is there too, with an empty password.
    if let Some(token) = member("identitytoken")? {
        return Ok(Some(Credential::IdentityToken(secret(token))));
    }
    if let Some(auth) = member("auth")? {
        return Credential::from_base64_auth(auth).map(Some);
    }
    match (member("username")?, member("password")?) {
        (None, None) => Ok(None),
        (user, password) => {
            let password = secret(password.unwrap_or_default());
            Credential::from_pair(user.unwrap_or_default(), password).map(Some)
        }
    }
}

fn problem(error: &serde_json::Error) -> ParseProblem {
    let said = error.to_string();
    let what = match (error.classify(), said.rsplit_once(" at line ")) {
        // These words are constants of the parser; the ones of the other kinds can repeat what they read.
        (Category::Syntax | Category::Eof, Some((words, _))) => words.to_owned(),
        _ => "it is no JSON".to_owned(),
    };
    ParseProblem {
        line: error.line(),
        column: error.column(),
        what,
    }
}

fn not_an_object() -> ParseProblem {
    ParseProblem {
        line: 1,
        column: 1,
        what: "it is no JSON object".to_owned(),
    }
}

#[cfg(test)]
mod tests;
