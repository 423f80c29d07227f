//! Layers that are elsewhere, compressed otherwise, or not readable by everybody.

use serde_json::{Value, json};

use super::case::{Case, DOCKER, Family, OCI, image_case, sha256, with};

pub(super) fn cases() -> Vec<Case> {
    vec![foreign(), nondistributable(), zstd(), encrypted()]
}

/// The registry does not have the layer, as with the base layers of Windows images.
fn foreign() -> Case {
    let rule = "A foreign layer counts with its size; its urls are never followed.";
    image_case("MAN-17", "foreign-layer", rule, DOCKER, |manifest| {
        let foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
        add_layer(manifest, elsewhere(foreign));
    })
}

fn nondistributable() -> Case {
    let rule = "A nondistributable layer counts with its size; its urls are never followed.";
    image_case("MAN-17", "nondistributable-layer", rule, OCI, |manifest| {
        let foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
        add_layer(manifest, elsewhere(foreign));
    })
}

fn zstd() -> Case {
    layer_case(
        (
            "zstd-layer",
            "A layer compressed with zstd is a layer as any other.",
        ),
        "application/vnd.oci.image.layer.v1.tar+zstd",
        Value::Null,
    )
}

fn encrypted() -> Case {
    let annotations = json!({
        "org.opencontainers.image.enc.keys.jwe": "bm9ib2R5IGNhbiByZWFkIHRoaXM=",
        "org.opencontainers.image.enc.pubopts": "eyJjaXBoZXIiOiJBRVMifQ==",
    });
    layer_case(
        (
            "encrypted-layer",
            "An encrypted layer needs no key to be listed; its annotations are kept.",
        ),
        "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
        annotations,
    )
}

fn layer_case((slug, rule): (&str, &'static str), layer: &'static str, annotations: Value) -> Case {
    image_case("MAN-15", slug, rule, Family { layer, ..OCI }, |manifest| {
        if !annotations.is_null() {
            manifest["layers"][0]["annotations"] = annotations;
        }
    })
}

fn elsewhere(media_type: &str) -> Value {
    let bytes = format!("{media_type}\n");
    let layer =
        json!({"mediaType": media_type, "digest": sha256(bytes.as_bytes()), "size": bytes.len()});
    with(
        layer,
        json!({"urls": ["https://layers.example.invalid/base"]}),
    )
}

fn add_layer(manifest: &mut Value, layer: Value) {
    if let Some(layers) = manifest["layers"].as_array_mut() {
        layers.insert(0, layer);
    }
}
