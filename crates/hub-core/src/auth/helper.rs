//! Credential helpers: `docker-credential-<suffix> get`, run within bounds. Which helper is asked, and for which server, is
//! read by `docker_config`.
//!
//! Facts: REGISTRY.md §15.3, DECISIONS 29. A helper is a stranger's program that holds secrets: nothing of what it writes
//! to stderr is shown, and its answer only where it cannot hold one.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::credential::{Credential, jwt_claims};
use super::redact::Redactor;
use crate::error::shorten;
use crate::name::quoted;

/// What a keychain may take to answer (DECISIONS 29); it can wait for a click (CRED-13).
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(10);
/// The most that a helper may say.
const MOST_OUTPUT: usize = 64 * 1024;
/// How long an answer may still take whose helper has ended. A daemon that it started can hold the pipe open for ever.
const REST_LIMIT: Duration = Duration::from_millis(200);
/// What helpers print where there is nothing, with a status that is not 0 (CRED-12).
const NOT_FOUND: &str = "credentials not found in native keychain";

/// What came of asking a helper.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// What it has for the server.
    Found(Credential),
    /// It has nothing for the server.
    NotFound,
    /// Why it could not be asked, or made no sense; fit for "docker-credential-x: …".
    Trouble(String),
}

/// Asks the helper for the login of `server`. It is looked for in the absolute entries of `path`, and killed when it takes
/// longer than `limit`, says too much, or nobody waits for it any more. Secrets that are `known` already are not quoted.
pub(crate) async fn get(
    suffix: &str,
    server: &str,
    path: &OsStr,
    limit: Duration,
    known: &Redactor,
) -> Outcome {
    let mut child = match find(suffix, path).and_then(|program| start(&program)) {
        Ok(child) => child,
        Err(why) => return Outcome::Trouble(why),
    };
    let ended = match timeout(limit, converse(&mut child, server)).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(error)) => Err(format!("its answer cannot be read: {error}")),
        Err(_) => Err(format!("no answer within {limit:?}")),
    };
    match ended {
        Ok((status, said)) => outcome(status, &said, known),
        Err(why) => {
            // This also waits, if need be in the background: the kernel may not let go of it at once.
            let _ = timeout(limit, child.kill()).await;
            Outcome::Trouble(why)
        }
    }
}

/// The program, as a whole path. A relative entry of PATH would let a folder that somebody else fills name it.
fn find(suffix: &str, path: &OsStr) -> Result<PathBuf, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if suffix.is_empty() || !suffix.bytes().all(plain) {
        return Err(format!("{} is no name of a helper", quoted(suffix)));
    }
    let name = format!("docker-credential-{suffix}");
    env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&name))
        .find(|program| is_executable(program))
        .ok_or_else(|| "there is no such program in PATH".to_owned())
}

fn is_executable(program: &Path) -> bool {
    fs::metadata(program)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// It stays in our group of processes: Ctrl-C ends it with us, and it may ask on the terminal.
fn start(program: &Path) -> Result<Child, String> {
    Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // It may hold secrets that nobody could recognise.
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("it does not start: {error}"))
}

/// How it ended and what it said, or why it must be stopped.
type Ended = Result<(ExitStatus, Zeroizing<Vec<u8>>), String>;

async fn converse(child: &mut Child, server: &str) -> io::Result<Ended> {
    if let Some(mut stdin) = child.stdin.take() {
        // One that knows only one server need not read.
        let _ = stdin.write_all(server.as_bytes()).await;
    }
    let mut said = Zeroizing::new(Vec::with_capacity(4096));
    if let Some(mut stdout) = child.stdout.take() {
        tokio::select! {
            read = read(&mut stdout, &mut said) => read?,
            ended = child.wait() => {
                ended?;
                if let Ok(rest) = timeout(REST_LIMIT, read(&mut stdout, &mut said)).await {
                    rest?;
                }
            }
        }
    }
    if said.len() > MOST_OUTPUT {
        return Ok(Err(format!("it says more than {MOST_OUTPUT} bytes")));
    }
    Ok(Ok((child.wait().await?, said)))
}

/// Reads to the end, or a little beyond the bound. Nothing is lost when it is dropped half-way.
async fn read(stdout: &mut ChildStdout, said: &mut Vec<u8>) -> io::Result<()> {
    while said.len() <= MOST_OUTPUT && stdout.read_buf(said).await? != 0 {}
    Ok(())
}

fn outcome(status: ExitStatus, said: &[u8], known: &Redactor) -> Outcome {
    let text = String::from_utf8_lossy(said);
    if !status.success() {
        return if text.contains(NOT_FOUND) {
            Outcome::NotFound
        } else {
            Outcome::Trouble(failure(status, &known.redact(&text)))
        };
    }
    let Ok(answer) = serde_json::from_slice::<Answer>(said) else {
        return Outcome::Trouble("its answer is not the JSON object that was expected".to_owned());
    };
    // Some say it so that they have nothing.
    if answer.username.is_empty() && answer.secret.is_empty() {
        return Outcome::NotFound;
    }
    match Credential::from_pair(&answer.username, SecretString::from(answer.secret)) {
        Ok(credential) => Outcome::Found(credential),
        Err(why) => Outcome::Trouble(format!("its answer is of no use: {why}")),
    }
}

/// As it comes (CRED-10).
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Username", default)]
    username: String,
    #[serde(rename = "Secret", default)]
    secret: String,
}

/// The first line of what it said, without what looks like an answer or a token.
fn failure(status: ExitStatus, text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let hidden = line.is_empty() || text.contains("Secret") || text.contains('{');
    if hidden {
        return format!("it failed with {status}");
    }
    let words = line.split_whitespace().map(|word| {
        let token = word.contains("dckr_") || jwt_claims(word).is_some();
        if token { "…" } else { word }
    });
    let words = words.collect::<Vec<_>>().join(" ");
    format!("it failed with {status}: {}", shorten(&words, 200))
}

#[cfg(test)]
pub(super) mod tests;
