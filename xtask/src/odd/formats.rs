//! The usual formats of one image, and members that are empty, null, missing or unknown.

use serde_json::{Value, json};

use super::case::{AMD64, ARM64, Case, DOCKER, OCI, image_case, index, pretty, with, without};

pub(super) fn cases() -> Vec<Case> {
    vec![
        docker_image(),
        manifest_list(),
        oci_manifest_without_media_type(),
        oci_index_without_media_type(),
        no_layers(),
        annotations_null(),
        unknown_members(),
        trailing_newline(),
        artifact_manifest(),
    ]
}

fn docker_image() -> Case {
    let rule = "One image record, its platform out of the config.";
    image_case("MAN-15", "docker-image", rule, DOCKER, |_| ())
}

fn manifest_list() -> Case {
    let mut case = Case::new(
        "MAN-15",
        "docker-manifest-list",
        "The platforms are linux/amd64 and linux/arm64.",
    );
    let children = [AMD64, ARM64].map(|platform| case.child(DOCKER, platform));
    case.top(DOCKER.index, &index(DOCKER, &children))
}

fn oci_manifest_without_media_type() -> Case {
    let rule = "An OCI manifest may leave mediaType out: an image as any other.";
    let change = |manifest: &mut Value| *manifest = without(manifest.take(), "mediaType");
    image_case(
        "MAN-12",
        "oci-manifest-without-mediatype",
        rule,
        OCI,
        change,
    )
}

fn oci_index_without_media_type() -> Case {
    let mut case = Case::new(
        "MAN-12",
        "oci-index-without-mediatype",
        "An OCI index may leave mediaType out: the platforms are linux/amd64 and linux/arm64.",
    );
    let children = [AMD64, ARM64].map(|platform| case.child(OCI, platform));
    case.top(OCI.index, &without(index(OCI, &children), "mediaType"))
}

fn no_layers() -> Case {
    let rule = "An image without layers is an image.";
    let change = |manifest: &mut Value| manifest["layers"] = json!([]);
    image_case("MAN-15", "no-layers", rule, OCI, change)
}

fn annotations_null() -> Case {
    let rule = "annotations: null means that there are none.";
    let change = |manifest: &mut Value| manifest["annotations"] = Value::Null;
    image_case("MAN-15", "annotations-null", rule, OCI, change)
}

fn unknown_members() -> Case {
    let mut case = Case::new(
        "MAN-15",
        "unknown-members",
        "Members that no specification has are kept in raw output and change nothing else.",
    );
    let manifest = with(
        case.parts("", OCI, AMD64),
        json!({"x-odd": {"a": [1, null]}}),
    );
    let child = case.manifest("linux-amd64.json", OCI.manifest, &manifest);
    let platform =
        json!({"os": "linux", "architecture": "amd64", "features": ["sse4"], "odd": true});
    let child = with(child, json!({"platform": platform, "x-odd": 1.5}));
    case.top(
        OCI.index,
        &with(index(OCI, &[child]), json!({"x-odd": "kept"})),
    )
}

fn trailing_newline() -> Case {
    let mut case = Case::new(
        "MAN-6",
        "trailing-newline",
        "The digest is over the bytes as they came, with the newline at the end.",
    );
    let mut bytes = pretty(&case.parts("", OCI, AMD64));
    bytes.push(b'\n');
    case.top_bytes(OCI.manifest, &bytes)
}

fn artifact_manifest() -> Case {
    let media_type = "application/vnd.oci.artifact.manifest.v1+json";
    let mut case = Case::new(
        "MAN-15",
        "artifact-manifest",
        "The withdrawn OCI artifact manifest has blobs and no config: an artifact of its artifactType.",
    );
    let blob = case.layer("blob", "text/plain");
    let manifest = json!({
        "mediaType": media_type,
        "artifactType": "application/vnd.example.notes",
        "blobs": [blob],
        "annotations": {"org.opencontainers.artifact.created": "2022-11-20T12:00:00Z"},
    });
    case.top(media_type, &manifest)
}
