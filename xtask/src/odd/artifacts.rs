//! Manifests that are no container images (REGISTRY.md ART-1): what people push to registries besides.

use serde_json::{Value, json};

use super::case::{Case, EMPTY, OCI, digest_in, manifest, pretty, sha256, with};

pub(super) fn cases() -> Vec<Case> {
    vec![
        helm_chart(),
        cosign_signature(),
        cosign_with_empty_config(),
        wasm(),
        model(),
        docker_plugin(),
        empty_config(),
    ]
}

fn helm_chart() -> Case {
    let config =
        json!({"name": "odd", "version": "1.0.0", "apiVersion": "v2", "type": "application"});
    artifact(
        (
            "helm-chart",
            "A Helm chart: its config is not read as an image's.",
        ),
        ("application/vnd.cncf.helm.config.v1+json", &config),
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
    )
}

fn wasm() -> Case {
    let config = json!({"os": "wasip1", "architecture": "wasm", "component": {"exports": []}});
    artifact(
        (
            "wasm",
            "A WebAssembly module: an artifact, although its config names os and architecture.",
        ),
        ("application/vnd.wasm.config.v0+json", &config),
        "application/wasm",
    )
}

fn model() -> Case {
    let config = json!({"descriptor": {"name": "odd"}, "config": {"paramSize": "1b"}});
    artifact(
        (
            "model",
            "A machine-learning model: its config is not read as an image's.",
        ),
        ("application/vnd.cncf.model.config.v1+json", &config),
        "application/vnd.cncf.model.weight.v1.tar",
    )
}

fn docker_plugin() -> Case {
    let config = json!({"description": "odd", "interface": {"types": ["docker.volumedriver/1.0"]}});
    artifact(
        (
            "docker-plugin",
            "A plugin of the Docker engine: its config is not read as an image's.",
        ),
        ("application/vnd.docker.plugin.v1+json", &config),
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
    )
}

/// cosign's first form: the config claims to be an image's, the layer is a signature.
fn cosign_signature() -> Case {
    let mut case = Case::new(
        "ART-1",
        "cosign-signature",
        "The config claims to be an image's and names neither os nor architecture: no platform is made up for it.",
    );
    let layer = signature(&mut case);
    let config = json!({
        "architecture": "",
        "os": "",
        "created": "0001-01-01T00:00:00Z",
        "config": {},
        "history": [{"created": "0001-01-01T00:00:00Z"}],
        "rootfs": {"type": "layers", "diff_ids": [digest_in(&layer)]},
    });
    let config = case.blob("config.json", OCI.config, &pretty(&config));
    case.top(OCI.manifest, &manifest(OCI, &config, &[layer]))
}

fn cosign_with_empty_config() -> Case {
    let mut case = Case::new(
        "ART-1",
        "cosign-empty-config",
        "A signature with an empty config: the artifact's type is artifactType.",
    );
    let layer = signature(&mut case);
    let config = case.blob("empty.json", EMPTY, b"{}");
    let manifest = manifest(OCI, &config, &[layer]);
    let artifact_type = json!({"artifactType": "application/vnd.dev.cosign.artifact.sig.v1+json"});
    case.top(OCI.manifest, &with(manifest, artifact_type))
}

fn empty_config() -> Case {
    let mut case = Case::new(
        "ART-1",
        "empty-config",
        "Config and the only layer are the empty descriptor: all that there is are artifactType and annotations.",
    );
    let empty = case.blob("empty.json", EMPTY, b"{}");
    let manifest = manifest(OCI, &empty, std::slice::from_ref(&empty));
    let more = json!({
        "artifactType": "application/vnd.example.note",
        "annotations": {"org.opencontainers.image.description": "nothing else"},
    });
    case.top(OCI.manifest, &with(manifest, more))
}

fn artifact(
    (slug, rule): (&str, &'static str),
    (config_type, config): (&str, &Value),
    layer_type: &str,
) -> Case {
    let mut case = Case::new("ART-1", slug, rule);
    let layer = case.layer("layer", layer_type);
    let config = case.blob("config.json", config_type, &pretty(config));
    case.top(OCI.manifest, &manifest(OCI, &config, &[layer]))
}

fn signature(case: &mut Case) -> Value {
    let signed = sha256(case.name().as_bytes());
    let payload = json!({"critical": {
        "identity": {"docker-reference": "docker.io/odd/images"},
        "image": {"docker-manifest-digest": signed},
        "type": "cosign container image signature",
    }, "optional": null});
    let media_type = "application/vnd.dev.cosign.simplesigning.v1+json";
    let layer = case.blob("signature.json", media_type, &pretty(&payload));
    let annotations = json!({"dev.cosignproject.cosign/signature": "bm9ib2R5IHZlcmlmaWVzIHRoaXM="});
    with(layer, json!({"annotations": annotations}))
}
