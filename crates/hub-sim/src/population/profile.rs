//! What there is to know about a repository before anything is built: the rows of `tutorial.ndjson`. Names and purposes
//! there follow the public tutorials of the ansible images; versions and dates are plausible and no record of anything.

use jiff::Timestamp;
use serde::Deserialize;

/// One repository of the tutorial population.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) namespace: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) readme: bool,
    #[serde(default)]
    pub(crate) private: bool,
    pub(crate) style: Style,
    /// The newest version and when it was finished; older ones count down from there.
    #[serde(default)]
    pub(crate) newest: (u32, u32, u32),
    #[serde(default)]
    pub(crate) finished: Timestamp,
    #[serde(default)]
    pub(crate) tags: usize,
    #[serde(default = "Profile::base")]
    pub(crate) base: String,
    #[serde(default)]
    pub(crate) user: Option<String>,
    #[serde(default)]
    pub(crate) working_dir: Option<String>,
    #[serde(default)]
    pub(crate) entrypoint: Option<Vec<String>>,
    #[serde(default = "Profile::cmd")]
    pub(crate) cmd: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) ports: Vec<String>,
    #[serde(default = "Profile::env")]
    pub(crate) env: Vec<String>,
    /// Whether its documents carry annotations.
    #[serde(default)]
    pub(crate) annotated: bool,
}

/// How a repository's images are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Style {
    /// `BuildKit`: OCI indexes with attestations; the older builds are Docker's.
    #[serde(rename = "buildkit")]
    BuildKit,
    /// Docker manifest lists; the older builds have one platform.
    ManifestList,
    /// One OCI manifest for linux/amd64.
    SingleOci,
    /// One Docker manifest for linux/amd64.
    SingleDocker,
    /// Pushed before 2018 and never since: the web API knows less about them.
    Old,
    /// Official images: OCI indexes for many platforms, annotated and attested.
    Official,
    /// A Helm chart: an artifact and no image.
    Helm,
    /// Registered and never pushed to.
    Empty,
}

impl Profile {
    /// The tutorial population's rows, in the order in which the repositories were registered.
    pub(crate) fn tutorial() -> Vec<Self> {
        include_str!("tutorial.ndjson")
            .lines()
            .map(|line| serde_json::from_str(line).expect("tutorial.ndjson is part of the program"))
            .collect()
    }

    /// `ansible/awx`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    fn base() -> String {
        "centos-stream9".to_owned()
    }

    #[expect(clippy::unnecessary_wraps, reason = "serde wants the field's type")]
    fn cmd() -> Option<Vec<String>> {
        Some(vec!["/bin/bash".to_owned()])
    }

    fn env() -> Vec<String> {
        ["container=oci", "LANG=en_US.UTF-8"]
            .map(str::to_owned)
            .into()
    }
}
