//! What skopeo makes of the layers of a schema 1 manifest before it shows them: they must be a chain of parents, and one that
//! is there twice in a row is shown once.

use std::collections::HashSet;

use super::LayerData;
use super::types::Compatibility;
use crate::digest::Digest;
use crate::registry::go::read::unmarshal;
use crate::registry::schema1::Schema1;

/// The layers that are left.
pub(super) struct Chain<'a> {
    /// The base first.
    layers: Vec<&'a Digest>,
    /// The config of the newest that is left.
    pub(super) config: &'a str,
}

impl<'a> Chain<'a> {
    /// Checks the identities of the layers. Of those with the same one, next to each other, the oldest is left.
    pub(super) fn read(manifest: &'a Schema1) -> Result<Self, String> {
        let mut chain = Self {
            layers: Vec::new(),
            config: manifest.config(),
        };
        let mut seen = HashSet::new();
        let mut below = String::new();
        for (layer, config) in manifest.layers().zip(manifest.configs()) {
            let compatibility: Compatibility = unmarshal(config.as_bytes())
                .map_err(|why| format!("history: v1Compatibility: {why}"))?;
            let id = checked(compatibility.id)?;
            if id == below {
                continue;
            }
            if compatibility.parent != below {
                return Err(format!("history: the parent of layer {id} is not below it"));
            }
            if !seen.insert(id.clone()) {
                return Err(format!("history: the layer {id} is there twice"));
            }
            chain.layers.push(layer);
            chain.config = config;
            below = id;
        }
        Ok(chain)
    }

    /// A schema 1 manifest knows neither type nor size of a layer.
    pub(super) fn layers_data(&self) -> Vec<LayerData<'a>> {
        let unknown = |layer: &&'a Digest| LayerData {
            mime_type: "",
            digest: layer.as_str(),
            size: -1,
            annotations: None,
        };
        self.layers.iter().map(unknown).collect()
    }
}

fn checked(id: String) -> Result<String, String> {
    let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if id.len() == 64 && id.bytes().all(is_hex) {
        Ok(id)
    } else {
        Err("history: the id of a layer is not 64 hexadecimal digits".to_owned())
    }
}
