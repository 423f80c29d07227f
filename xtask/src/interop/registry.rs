//! Debian's docker-registry as a process on a free port, which ends with its value. Knows nothing of what is in it.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// The program of the Debian package of the same name.
pub(crate) const PROGRAM: &str = "docker-registry";

const STARTS_WITHIN: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Who may pull.
#[derive(Debug)]
pub(crate) enum Auth<'a> {
    /// Anybody.
    Open,
    /// Who has a line in this file.
    Htpasswd(&'a Path),
    /// Who has a token of this service, verified with the certificates in this file.
    Token {
        /// Where tokens come from.
        realm: &'a str,
        /// PEM.
        certificates: &'a Path,
    },
}

/// A running docker-registry. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Registry {
    child: Child,
    authority: String,
}

impl Registry {
    /// Starts one over the folder `storage`; its config and its log are `NAME.yml` and `NAME.log` in `folder`.
    pub(crate) fn start(
        folder: &Path,
        name: &str,
        storage: &Path,
        auth: &Auth<'_>,
    ) -> anyhow::Result<Self> {
        let port = free_port()?;
        let authority = format!("127.0.0.1:{port}");
        let config = folder.join(format!("{name}.yml"));
        let log = folder.join(format!("{name}.log"));
        fs::write(&config, configuration(&authority, storage, auth))?;
        // So it also ends with an xtask that was killed and drops nothing.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", PROGRAM, "serve"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("{PROGRAM} does not start"))?;
        let mut registry = Self { child, authority };
        registry.wait_until_ready().with_context(|| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            format!("{PROGRAM} ({name}) said: {said}")
        })?;
        Ok(registry)
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < STARTS_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status}");
            }
            if TcpStream::connect(&self.authority).is_ok() {
                return Ok(());
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        bail!("nobody listens at {} yet", self.authority);
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody else may take it before the registry does; that registry then ends at once and the task fails.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

fn configuration(authority: &str, storage: &Path, auth: &Auth<'_>) -> String {
    let storage = storage.display();
    let common = format!(
        "version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    \
         rootdirectory: {storage}\nhttp:\n  addr: {authority}\n"
    );
    match auth {
        Auth::Open => common,
        Auth::Htpasswd(file) => {
            let file = file.display();
            format!("{common}auth:\n  htpasswd:\n    realm: interop\n    path: {file}\n")
        }
        Auth::Token {
            realm,
            certificates,
        } => {
            let certificates = certificates.display();
            format!(
                "{common}auth:\n  token:\n    realm: {realm}\n    service: registry.docker.io\n    \
                 issuer: auth.docker.io\n    rootcertbundle: {certificates}\n"
            )
        }
    }
}
