//! An image with what refers to it (REGISTRY.md section 7): through the referrers API, the fallback tag, and cosign's tags.

use serde_json::{Value, json};

use super::case::{AMD64, Case, EMPTY, OCI, digest_in, index, manifest, pretty, sha256, with};

const SIGNATURE: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";
const SBOM: &str = "application/vnd.example.sbom.config.v1+json";

pub(super) fn cases() -> Vec<Case> {
    vec![by_api(), by_fallback_tag(), cosign_tag()]
}

fn by_api() -> Case {
    let mut case = Case::new(
        "RFR-3",
        "referrers",
        "Two referrers: the signature by its artifactType, the SBOM, which has none, by its config's mediaType.",
    );
    let image = case.parts("", OCI, AMD64);
    referrers(&mut case, &descriptor(&image));
    case.top(OCI.manifest, &image)
}

fn by_fallback_tag() -> Case {
    let mut case = Case::new(
        "RFR-5",
        "fallback-tag",
        "Where the referrers API is missing, the index under the fallback tag lists the same two referrers.",
    );
    let image = case.parts("", OCI, AMD64);
    let subject = descriptor(&image);
    let children = referrers(&mut case, &subject);
    case.manifest("fallback.json", OCI.index, &index(OCI, &children));
    case.tag_last(digest_in(&subject).replace(':', "-"));
    case.top(OCI.manifest, &image)
}

fn cosign_tag() -> Case {
    let mut case = Case::new(
        "RFR-7",
        "cosign-tag",
        "The tag sha256-<hex>.sig beside the image is a signature and no release; listing it needs no request.",
    );
    let image = case.parts("", OCI, AMD64);
    let layer = case.layer(
        "signature",
        "application/vnd.dev.cosign.simplesigning.v1+json",
    );
    let config = json!({"architecture": "", "os": "", "config": {}, "rootfs": {"type": "layers", "diff_ids": []}});
    let config = case.blob("config-signature.json", OCI.config, &pretty(&config));
    case.manifest(
        "signature.json",
        OCI.manifest,
        &manifest(OCI, &config, &[layer]),
    );
    let digest = digest_in(&descriptor(&image)).replace(':', "-");
    case.tag_last(format!("{digest}.sig"));
    case.top(OCI.manifest, &image)
}

/// Adds a signature and an SBOM of `subject`; the answer is their descriptors as a referrers list has them.
fn referrers(case: &mut Case, subject: &Value) -> Vec<Value> {
    let empty = case.blob("empty.json", EMPTY, b"{}");
    let layer = case.layer(
        "signature",
        "application/vnd.dev.cosign.simplesigning.v1+json",
    );
    let annotations = json!({"org.opencontainers.image.created": "2023-11-20T12:00:01Z"});
    let members =
        json!({"artifactType": SIGNATURE, "subject": subject, "annotations": annotations});
    let signature = with(manifest(OCI, &empty, &[layer]), members);
    let signature = case.manifest("signature.json", OCI.manifest, &signature);

    let config = case.layer("config-sbom", SBOM);
    let layer = case.layer("sbom", "application/spdx+json");
    let sbom = with(
        manifest(OCI, &config, &[layer]),
        json!({"subject": subject}),
    );
    let sbom = case.manifest("sbom.json", OCI.manifest, &sbom);
    vec![
        with(
            signature,
            json!({"artifactType": SIGNATURE, "annotations": annotations}),
        ),
        with(sbom, json!({"artifactType": SBOM})),
    ]
}

/// The descriptor that the image will have.
fn descriptor(image: &Value) -> Value {
    let bytes = pretty(image);
    json!({"mediaType": OCI.manifest, "digest": sha256(&bytes), "size": bytes.len()})
}
