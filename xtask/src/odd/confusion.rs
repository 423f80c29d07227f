//! Documents that are two things at once (REGISTRY.md MAN-12): every one of them is to be refused.

use serde_json::{Value, json};

use super::case::{AMD64, Case, DOCKER, OCI, index, with};

pub(super) fn cases() -> Vec<Case> {
    vec![
        index_and(
            "manifests-and-layers",
            |manifest| json!({"layers": manifest["layers"]}),
        ),
        index_and(
            "manifests-and-config",
            |manifest| json!({"config": manifest["config"]}),
        ),
        index_and(
            "manifests-and-fslayers",
            |manifest| json!({"fsLayers": [{"blobSum": manifest["layers"][0]["digest"]}]}),
        ),
        index_says_docker(),
    ]
}

fn index_and(slug: &str, members: impl FnOnce(&Value) -> Value) -> Case {
    let rule = "A document that is index and image at once is refused.";
    let mut case = Case::new("MAN-12", slug, rule);
    let child = case.child(OCI, AMD64);
    let manifest = case.parts("-beside", OCI, AMD64);
    let index = with(index(OCI, &[child]), members(&manifest));
    case.top(OCI.index, &index)
}

fn index_says_docker() -> Case {
    let mut case = Case::new(
        "MAN-12",
        "index-says-docker",
        "Content-Type is OCI index, the body's mediaType Docker manifest: refused.",
    );
    let manifest = case.parts("", DOCKER, AMD64);
    case.top(OCI.index, &manifest)
}
