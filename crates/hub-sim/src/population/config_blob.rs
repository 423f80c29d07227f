//! Image config documents as builders write them: their keys, their order, their odd cases. Writes bytes, reads none.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::document::Document;

/// An image config: the OCI's members and Docker's own (REGISTRY.md section 17.1).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ImageConfig {
    pub(crate) architecture: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) author: Option<&'static str>,
    pub(crate) config: RunConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) docker_version: Option<&'static str>,
    pub(crate) history: Vec<History>,
    pub(crate) os: String,
    #[serde(rename = "os.version", skip_serializing_if = "Option::is_none")]
    pub(crate) os_version: Option<String>,
    pub(crate) rootfs: RootFs,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) variant: Option<String>,
}

/// How a container starts.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RunConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) exposed_ports: BTreeMap<String, Value>,
    pub(crate) env: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entrypoint: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cmd: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) working_dir: Option<String>,
    /// Docker's builder writes null for none; `BuildKit` leaves the key out.
    #[serde(skip_serializing_if = "Labels::is_absent")]
    pub(crate) labels: Labels,
}

/// The three states of `Labels` that are in the wild.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(untagged)]
pub(crate) enum Labels {
    #[default]
    Absent,
    Null,
    Set(BTreeMap<&'static str, String>),
}

impl Labels {
    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// One step of the build.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct History {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created: Option<String>,
    pub(crate) created_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comment: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) empty_layer: bool,
}

/// The layers after unpacking.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RootFs {
    pub(crate) r#type: &'static str,
    pub(crate) diff_ids: Vec<String>,
}

impl ImageConfig {
    /// The blob: compact, and with `<`, `>` and `&` escaped as Go does it, since builders are written in Go.
    pub(crate) fn document(&self, media_type: &'static str) -> Document {
        let text = serde_json::to_string(self).expect("a config has string keys only");
        let text = text
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026");
        Document::blob(media_type, text.into_bytes())
    }
}
