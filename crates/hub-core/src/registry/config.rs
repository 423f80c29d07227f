//! The image config: the members that a record shows, read leniently, since ten years of builders wrote it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::platform::Platform;

/// An image config of either kind, docker's or the OCI's; a schema 1 history has the same members.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Config {
    pub(super) created: Option<String>,
    pub(super) author: Option<String>,
    pub(super) architecture: Option<String>,
    pub(super) os: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
    variant: Option<String>,
    pub(super) docker_version: Option<String>,
    #[serde(rename = "config")]
    pub(super) execution: Option<Execution>,
    /// The steps as they stand there.
    pub(super) history: Option<Box<RawValue>>,
}

/// How a container of the image runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Execution {
    pub(super) labels: Option<BTreeMap<String, Value>>,
    pub(super) env: Option<Value>,
    pub(super) entrypoint: Option<Value>,
    pub(super) cmd: Option<Value>,
    pub(super) user: Option<Value>,
    pub(super) working_dir: Option<Value>,
    pub(super) exposed_ports: Option<BTreeMap<String, Value>>,
}

impl Config {
    /// Reads the config that `name` stands for; what is no object is none.
    pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Self> {
        let refuse = |why: String| {
            let what = format!("the image config {name} is not as expected: {why}");
            Err(Error::new(ErrorKind::InvalidResponse, what))
        };
        // serde would take an array for the members in their order.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return refuse("it is no object".to_owned());
        }
        serde_json::from_slice(bytes).or_else(|error| refuse(error.to_string()))
    }

    /// The platform that the config names; `None` where it leaves out the system or the architecture.
    pub(super) fn platform(&self) -> Option<Platform> {
        let named = |part: &Option<String>| part.clone().filter(|part| !part.is_empty());
        Some(Platform {
            os: named(&self.os)?,
            architecture: named(&self.architecture)?,
            variant: named(&self.variant),
            os_version: named(&self.os_version),
        })
    }
}
