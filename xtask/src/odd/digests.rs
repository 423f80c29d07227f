//! Digests of other algorithms, digests and sizes that are not true, and content inside the descriptor.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::case::{
    AMD64, ARM64, Case, OCI, config, digest_in, image_case, index, manifest, on, pretty, sha256,
    with,
};

/// What must never come into an address or a path.
const TRAVERSAL: &str = "sha256:../../x";

pub(super) fn cases() -> Vec<Case> {
    vec![
        sha512_child(),
        sha512_config_and_layer(),
        image_with_digest(
            "config-digest-traversal",
            |manifest| &mut manifest["config"],
        ),
        image_with_digest("layer-digest-traversal", |manifest| {
            &mut manifest["layers"][0]
        }),
        child_traversal(),
        child_in_upper_case(),
        other_bytes(),
        child_size(),
        config_size(),
        negative_size(),
        inlined_config(true),
        inlined_config(false),
    ]
}

fn sha512_child() -> Case {
    let mut case = Case::new(
        "MAN-9",
        "sha512-child",
        "A child by sha512 is asked for and verified by sha512.",
    );
    let manifest = case.parts("-linux-amd64", OCI, AMD64);
    let child = case.manifest_by_sha512("linux-amd64.json", OCI.manifest, &manifest);
    case.top(OCI.index, &index(OCI, &[on(AMD64, child)]))
}

fn sha512_config_and_layer() -> Case {
    let mut case = Case::new(
        "MAN-9",
        "sha512-config-and-layer",
        "Config and layer by sha512 are an image as any other; the config is verified by sha512.",
    );
    let text = case.text("layer");
    let layer = case.blob_by_sha512("layer", OCI.layer, text.as_bytes());
    let config = config(AMD64, &json!({"digest": sha256(text.as_bytes())}));
    let config = case.blob_by_sha512("config.json", OCI.config, &pretty(&config));
    case.top(OCI.manifest, &manifest(OCI, &config, &[layer]))
}

fn image_with_digest(slug: &str, of: fn(&mut Value) -> &mut Value) -> Case {
    let rule = "A digest that is none is refused before it comes into an address or a path.";
    image_case("MAN-9", slug, rule, OCI, |manifest| {
        of(manifest)["digest"] = json!(TRAVERSAL);
    })
}

fn child_traversal() -> Case {
    let mut case = Case::new(
        "MAN-9",
        "child-digest-traversal",
        "A child whose digest is none is refused before it comes into an address or a path.",
    );
    let child = case.child(OCI, AMD64);
    let child = with(child, json!({"digest": TRAVERSAL}));
    case.top(OCI.index, &index(OCI, &[child]))
}

fn child_in_upper_case() -> Case {
    let mut case = Case::new(
        "MAN-9",
        "child-digest-upper-case",
        "Hexadecimal digits of a digest are lower case: the child is refused.",
    );
    let child = case.child(OCI, AMD64);
    let hex = digest_in(&child).replace("sha256:", "").to_uppercase();
    let child = with(child, json!({"digest": format!("sha256:{hex}")}));
    case.top(OCI.index, &index(OCI, &[child]))
}

fn other_bytes() -> Case {
    let mut case = Case::new(
        "MAN-7",
        "other-bytes",
        "What comes for the child's digest has another digest: refused, whatever the header says.",
    );
    let manifest = case.parts("-linux-amd64", OCI, AMD64);
    let digest = sha256(case.text("no such bytes").as_bytes());
    case.lie("linux-amd64.json", OCI.manifest, &manifest, &digest);
    let size = pretty(&manifest).len();
    let child = json!({"mediaType": OCI.manifest, "digest": digest, "size": size});
    case.top(OCI.index, &index(OCI, &[on(AMD64, child)]))
}

fn child_size() -> Case {
    let mut case = Case::new(
        "MAN-10",
        "child-size-wrong",
        "The child is longer than its descriptor says: refused.",
    );
    let mut child = case.child(OCI, AMD64);
    child["size"] = json!(10);
    case.top(OCI.index, &index(OCI, &[child]))
}

fn config_size() -> Case {
    let rule = "The config is longer than its descriptor says: refused.";
    let change = |manifest: &mut Value| manifest["config"]["size"] = json!(10);
    image_case("MAN-10", "config-size-wrong", rule, OCI, change)
}

fn negative_size() -> Case {
    let rule = "A negative size is refused.";
    let change = |manifest: &mut Value| manifest["layers"][0]["size"] = json!(-1);
    image_case("MAN-10", "layer-size-negative", rule, OCI, change)
}

fn inlined_config(honest: bool) -> Case {
    let (slug, rule) = if honest {
        (
            "config-in-data",
            "data holds the config: nothing needs to be fetched.",
        )
    } else {
        (
            "data-lies",
            "data is not what digest and size say: it is not used.",
        )
    };
    let mut case = Case::new("MAN-16", slug, rule);
    let layer = case.layer("layer", OCI.layer);
    let bytes = pretty(&config(AMD64, &layer));
    let data = if honest {
        bytes.clone()
    } else {
        pretty(&config(ARM64, &layer))
    };
    let config = case.blob("config.json", OCI.config, &bytes);
    let config = with(config, json!({"data": STANDARD.encode(data)}));
    case.top(OCI.manifest, &manifest(OCI, &config, &[layer]))
}
