//! What becomes of each odd image: a row a folder of `odd/`.

/// What becomes of a case.
pub(crate) enum Expected {
    /// An image for linux/amd64 with one layer.
    Plain,
    /// An image; members as JSON.
    Image(&'static [(&'static str, &'static str)]),
    /// An artifact of this type.
    Artifact(&'static str),
    /// An error of this code, with these words.
    Error(&'static str, &'static str),
}

use Expected::{Artifact, Error, Image, Plain};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

pub(crate) const CASES: &[(&str, Expected)] = &[
    (
        "ART-1-cosign-empty-config",
        Artifact("application/vnd.dev.cosign.artifact.sig.v1+json"),
    ),
    ("ART-1-cosign-signature", Artifact(CONFIG)),
    (
        "ART-1-docker-plugin",
        Artifact("application/vnd.docker.plugin.v1+json"),
    ),
    (
        "ART-1-empty-config",
        Artifact("application/vnd.example.note"),
    ),
    (
        "ART-1-helm-chart",
        Artifact("application/vnd.cncf.helm.config.v1+json"),
    ),
    (
        "ART-1-model",
        Artifact("application/vnd.cncf.model.config.v1+json"),
    ),
    (
        "ART-1-wasm",
        Artifact("application/vnd.wasm.config.v0+json"),
    ),
    ("ATT-1-buildkit", Plain),
    ("ATT-1-older-prefix", Plain),
    ("ATT-1-other-reference-type", Plain),
    ("ATT-3-attestation-labelled-amd64-first", Plain),
    ("ATT-3-unknown-platform-alone", Plain),
    ("ATT-4-artifact-and-subject", Plain),
    (
        "BLOB-1-config-array",
        Error("invalid_response", "it is no object"),
    ),
    (
        "BLOB-1-config-empty-object",
        Image(&[
            ("Platform", "null"),
            ("Created", "null"),
            ("Labels", "null"),
            ("Env", "null"),
        ]),
    ),
    (
        "BLOB-1-config-null",
        Error("invalid_response", "it is no object"),
    ),
    (
        "BLOB-1-config-text",
        Error("invalid_response", "it is no object"),
    ),
    (
        "BLOB-1-created-absent-docker",
        Image(&[("Created", "null")]),
    ),
    ("BLOB-1-created-absent-oci", Image(&[("Created", "null")])),
    (
        "BLOB-1-created-invalid",
        Image(&[("Created", r#""yesterday""#)]),
    ),
    (
        "BLOB-1-created-offset",
        Image(&[("Created", r#""2023-11-20T12:00:00+02:00""#)]),
    ),
    (
        "BLOB-1-created-trailing-zeros",
        Image(&[("Created", r#""2023-11-20T12:00:00.120000000Z""#)]),
    ),
    (
        "BLOB-1-docker-members",
        Image(&[("DockerVersion", r#""19.03.12""#)]),
    ),
    ("BLOB-1-env-empty", Image(&[("Env", "[]")])),
    (
        "BLOB-1-env-no-list",
        Image(&[("Env", r#""PATH=/usr/bin""#)]),
    ),
    ("BLOB-1-env-null", Image(&[("Env", "null")])),
    (
        "BLOB-1-label-no-string",
        Image(&[("Labels", r#"{"null":null,"number":1,"text":"kept"}"#)]),
    ),
    ("BLOB-1-labels-hostile", Plain),
    ("MAN-4-head-refused", Plain),
    ("MAN-5-header-digest-missing", Plain),
    ("MAN-6-trailing-newline", Plain),
    (
        "MAN-7-other-bytes",
        Error("digest_mismatch", "was expected, and what came is"),
    ),
    ("MAN-8-header-digest-lies", Plain),
    ("MAN-8-header-digest-sha512", Plain),
    (
        "MAN-9-child-digest-traversal",
        Error("invalid_response", r#"invalid digest "sha256:../../x""#),
    ),
    (
        "MAN-9-child-digest-upper-case",
        Error("invalid_response", "lower case"),
    ),
    (
        "MAN-9-config-digest-traversal",
        Error("invalid_response", r#"invalid digest "sha256:../../x""#),
    ),
    (
        "MAN-9-layer-digest-traversal",
        Error("invalid_response", r#"invalid digest "sha256:../../x""#),
    ),
    ("MAN-9-sha512-child", Plain),
    ("MAN-9-sha512-config-and-layer", Plain),
    (
        "MAN-10-child-size-wrong",
        Error("digest_mismatch", "should have 10 bytes"),
    ),
    (
        "MAN-10-config-size-wrong",
        Error("digest_mismatch", "should have 10 bytes"),
    ),
    (
        "MAN-10-layer-size-negative",
        Error("invalid_response", "-1"),
    ),
    ("MAN-11-served-as-json", Plain),
    ("MAN-11-served-as-text", Plain),
    ("MAN-11-served-in-upper-case", Plain),
    ("MAN-11-served-with-charset", Plain),
    ("MAN-11-served-without-type", Plain),
    ("MAN-11-shape-decides", Plain),
    (
        "MAN-12-index-says-docker",
        Error("invalid_response", "calls itself"),
    ),
    (
        "MAN-12-manifests-and-config",
        Error("invalid_response", "an index and an image at once"),
    ),
    (
        "MAN-12-manifests-and-fslayers",
        Error("invalid_response", "an index and an image at once"),
    ),
    (
        "MAN-12-manifests-and-layers",
        Error("invalid_response", "an index and an image at once"),
    ),
    ("MAN-12-oci-index-without-mediatype", Plain),
    ("MAN-12-oci-manifest-without-mediatype", Plain),
    (
        "MAN-13-unknown-child-alone",
        Error("unsupported", "application/vnd.example.thing.v1+json"),
    ),
    ("MAN-13-unknown-child-beside-image", Plain),
    ("MAN-14-child-twice", Plain),
    (
        "MAN-14-index-in-itself",
        Error("digest_mismatch", "was expected, and what came is"),
    ),
    ("MAN-14-nested-index", Plain),
    (
        "MAN-14-too-deep",
        Error("invalid_response", "more than 5 deep"),
    ),
    (
        "MAN-15-annotations-null",
        Image(&[("Annotations", "null"), ("Platform", r#""linux/amd64""#)]),
    ),
    (
        "MAN-15-artifact-manifest",
        Artifact("application/vnd.example.notes"),
    ),
    ("MAN-15-docker-image", Plain),
    ("MAN-15-docker-manifest-list", Plain),
    ("MAN-15-encrypted-layer", Plain),
    (
        "MAN-15-no-layers",
        Image(&[("Layers", "[]"), ("Platform", r#""linux/amd64""#)]),
    ),
    ("MAN-15-unknown-members", Plain),
    ("MAN-15-zstd-layer", Plain),
    ("MAN-16-config-in-data", Plain),
    ("MAN-16-data-lies", Plain),
    (
        "MAN-17-foreign-layer",
        Image(&[("Platform", r#""linux/amd64""#)]),
    ),
    (
        "MAN-17-nondistributable-layer",
        Image(&[("Platform", r#""linux/amd64""#)]),
    ),
    (
        "MAN-18-schema1-signed",
        Image(&[
            ("Size", "null"),
            ("ConfigDigest", "null"),
            ("Architecture", r#""amd64""#),
        ]),
    ),
    (
        "MAN-18-schema1-unsigned",
        Image(&[
            ("Size", "null"),
            ("ConfigDigest", "null"),
            ("Architecture", r#""amd64""#),
        ]),
    ),
    ("PLT-1-empty-platform", Image(&[("Platform", "null")])),
    (
        "PLT-1-spellings",
        Image(&[("Platform", r#""Linux/x86_64""#)]),
    ),
    (
        "PLT-1-variants-in-index-only",
        Image(&[("Platform", r#""linux/arm""#)]),
    ),
    ("PLT-2-equal-children", Plain),
    ("PLT-3-only-unknown", Error("not_found", "no image")),
    (
        "PLT-4-arm64-only",
        Image(&[("Platform", r#""linux/arm64""#)]),
    ),
    ("PLT-4-child-without-platform", Plain),
    ("PLT-4-child-without-platform-first", Plain),
    ("PLT-4-no-children", Error("not_found", "no image")),
    (
        "PLT-5-single-arm64",
        Image(&[("Platform", r#""linux/arm64""#)]),
    ),
    (
        "PLT-6-windows-versions",
        Image(&[("Platform", r#""windows/amd64:10.0.17763.1""#)]),
    ),
    ("RFR-3-referrers", Plain),
    ("RFR-5-fallback-tag", Plain),
    ("RFR-7-cosign-tag", Plain),
];
