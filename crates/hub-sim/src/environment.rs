//! The environment for a program under test: empty folders instead of the user's, and the names that must be gone.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Proxies, and the credential variables of HUB-API.md §14 and DECISIONS 26.
pub(crate) const CLEARED: &[&str] = &[
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "DOCKERHUB_2FA_CODE",
    "DOCKERHUB_EXPORTER_PASSWORD",
    "DOCKERHUB_EXPORTER_USERNAME",
    "DOCKERHUB_JWT",
    "DOCKERHUB_PASSWORD",
    "DOCKERHUB_TOKEN",
    "DOCKERHUB_URL",
    "DOCKERHUB_USER",
    "DOCKERHUB_USERNAME",
    "DOCKER_APIKEY",
    "DOCKER_AUTH_CONFIG",
    "DOCKER_HUB_API_URL",
    "DOCKER_HUB_LOGIN_TOKEN",
    "DOCKER_HUB_PASSWORD",
    "DOCKER_HUB_TOKEN",
    "DOCKER_HUB_USER",
    "DOCKER_HUB_USERNAME",
    "DOCKER_PASS",
    "DOCKER_PASSWORD",
    "DOCKER_REGISTRY_URL",
    "DOCKER_TOKEN",
    "DOCKER_USER",
    "DOCKER_USERNAME",
    "DOCKER_USER__DOCKER_IO",
    "HUB_PAT_TOKEN",
];

/// Temporary folders that go away with the simulator.
#[derive(Debug)]
pub(crate) struct Folders(TempDir);

impl Folders {
    pub(crate) fn new() -> io::Result<Self> {
        let root = tempfile::Builder::new().prefix("hub-sim-").tempdir()?;
        for name in ["docker", "runtime", "cache"] {
            std::fs::create_dir(root.path().join(name))?;
        }
        std::fs::create_dir(root.path().join("auth"))?;
        Ok(Self(root))
    }

    /// Where the certificate of the simulator's own authority is, if it has one.
    pub(crate) fn authority(&self) -> PathBuf {
        self.0.path().join("ca.pem")
    }

    pub(crate) fn write_authority(&self, pem: &str) -> io::Result<()> {
        std::fs::write(self.authority(), pem)
    }

    /// Variables that point into them. `REGISTRY_AUTH_FILE` is a file that is not there.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (String, String)> {
        let under = |name: &str| {
            Path::join(self.0.path(), name)
                .to_string_lossy()
                .into_owned()
        };
        [
            ("DOCKER_CONFIG", under("docker")),
            ("REGISTRY_AUTH_FILE", under("auth/auth.json")),
            ("XDG_RUNTIME_DIR", under("runtime")),
            ("HUB_CACHE_DIR", under("cache")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
    }
}
