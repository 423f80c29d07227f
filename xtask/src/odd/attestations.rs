//! What `BuildKit` hangs on an index beside the platforms (REGISTRY.md section 5.5), and children that only look like it.

use serde_json::{Value, json};

use super::case::{AMD64, Case, EMPTY, OCI, digest_in, index, manifest, on, pretty, with};

const IN_TOTO: &str = "application/vnd.in-toto+json";
const PREFIX: &str = "vnd.docker.reference";
const UNKNOWN: &str = "unknown/unknown";
const ATTESTATION: &str = "attestation-manifest";

pub(super) fn cases() -> Vec<Case> {
    vec![
        buildkit(),
        older_prefix(),
        other_reference_type(),
        unknown_platform_alone(),
        attestation_labelled_amd64_first(),
        artifact_and_subject(),
    ]
}

fn buildkit() -> Case {
    let mut case = Case::new(
        "ATT-1",
        "buildkit",
        "One platform, linux/amd64, with an SBOM and a provenance attestation.",
    );
    let image = case.child(OCI, AMD64);
    let attestation = on(
        UNKNOWN,
        attestation(&mut case, (PREFIX, ATTESTATION), &image),
    );
    case.top(OCI.index, &index(OCI, &[image, attestation]))
}

fn older_prefix() -> Case {
    let mut case = Case::new(
        "ATT-1",
        "older-prefix",
        "Annotations with the older prefix com.docker.reference mark an attestation too.",
    );
    let image = case.child(OCI, AMD64);
    let older = ("com.docker.reference", ATTESTATION);
    let attestation = on(UNKNOWN, attestation(&mut case, older, &image));
    case.top(OCI.index, &index(OCI, &[image, attestation]))
}

fn other_reference_type() -> Case {
    let mut case = Case::new(
        "ATT-1",
        "other-reference-type",
        "A child with another reference.type is ignored: neither a platform nor an attestation.",
    );
    let image = case.child(OCI, AMD64);
    let other = on(
        UNKNOWN,
        attestation(&mut case, (PREFIX, "something-else"), &image),
    );
    case.top(OCI.index, &index(OCI, &[image, other]))
}

fn unknown_platform_alone() -> Case {
    let mut case = Case::new(
        "ATT-3",
        "unknown-platform-alone",
        "unknown/unknown without annotations is no proof of an attestation, and never chosen as a platform.",
    );
    let unknown = case.child(OCI, UNKNOWN);
    let image = case.child(OCI, AMD64);
    case.top(OCI.index, &index(OCI, &[unknown, image]))
}

fn attestation_labelled_amd64_first() -> Case {
    let mut case = Case::new(
        "ATT-3",
        "attestation-labelled-amd64-first",
        "Annotations decide: the first child is an attestation although it says linux/amd64, the second is chosen.",
    );
    let image = case.child(OCI, AMD64);
    let attestation = on(AMD64, attestation(&mut case, (PREFIX, ATTESTATION), &image));
    case.top(OCI.index, &index(OCI, &[attestation, image]))
}

/// As built with `oci-artifact=true`.
fn artifact_and_subject() -> Case {
    let mut case = Case::new(
        "ATT-4",
        "artifact-and-subject",
        "An attestation that also has artifactType and subject is still an attestation of its child.",
    );
    let image = case.child(OCI, AMD64);
    let config = case.blob("empty.json", EMPTY, b"{}");
    let layers = statements(&mut case);
    let more = json!({
        "artifactType": "application/vnd.docker.attestation.manifest.v1+json",
        "subject": {"mediaType": OCI.manifest, "digest": image["digest"], "size": image["size"]},
    });
    let manifest = with(manifest(OCI, &config, &layers), more);
    let attestation = case.manifest("attestation.json", OCI.manifest, &manifest);
    let attestation = on(
        UNKNOWN,
        annotated(attestation, (PREFIX, ATTESTATION), &image),
    );
    case.top(OCI.index, &index(OCI, &[image, attestation]))
}

/// The descriptor of an attestation of `image`, without a platform.
fn attestation(case: &mut Case, (prefix, kind): (&str, &str), image: &Value) -> Value {
    let layers = statements(case);
    let diff_ids: Vec<&str> = layers.iter().map(digest_in).collect();
    let stub = json!({
        "architecture": "unknown",
        "os": "unknown",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    });
    let config = case.blob("config-attestation.json", OCI.config, &pretty(&stub));
    let manifest = manifest(OCI, &config, &layers);
    let attestation = case.manifest("attestation.json", OCI.manifest, &manifest);
    annotated(attestation, (prefix, kind), image)
}

fn annotated(attestation: Value, (prefix, kind): (&str, &str), image: &Value) -> Value {
    let annotations = json!({
        format!("{prefix}.type"): kind,
        format!("{prefix}.digest"): digest_in(image),
    });
    with(attestation, json!({"annotations": annotations}))
}

/// The layers of an attestation, as `ATT-2` has them.
fn statements(case: &mut Case) -> Vec<Value> {
    let predicates = [
        ("sbom.json", "https://spdx.dev/Document"),
        ("provenance.json", "https://slsa.dev/provenance/v1"),
    ];
    predicates
        .map(|(file, predicate)| {
            let statement = json!({
                "_type": "https://in-toto.io/Statement/v0.1",
                "predicateType": predicate,
                "subject": [{"name": case.name()}],
                "predicate": {},
            });
            let layer = case.blob(file, IN_TOTO, &pretty(&statement));
            with(
                layer,
                json!({"annotations": {"in-toto.io/predicate-type": predicate}}),
            )
        })
        .into()
}
