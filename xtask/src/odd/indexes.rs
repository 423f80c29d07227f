//! What an index can hold besides platforms: indexes, the same child twice, nothing, types that nobody knows.

use serde_json::{Value, json};

use super::case::{AMD64, ARM64, Case, OCI, index, pretty, sha256, with};

/// More than the five levels that a client follows.
const TOO_MANY_LEVELS: usize = 7;

pub(super) fn cases() -> Vec<Case> {
    vec![
        nested(),
        too_deep(),
        in_itself(),
        child_twice(),
        no_children(),
        unknown_child_beside_image(),
        unknown_child_alone(),
    ]
}

fn nested() -> Case {
    let mut case = Case::new(
        "MAN-14",
        "nested-index",
        "The platforms of the inner index count: linux/amd64 and linux/arm64.",
    );
    let inner = [case.child(OCI, ARM64)];
    let inner = case.manifest("inner.json", OCI.index, &index(OCI, &inner));
    let amd64 = case.child(OCI, AMD64);
    case.top(OCI.index, &index(OCI, &[inner, amd64]))
}

fn too_deep() -> Case {
    let mut case = Case::new(
        "MAN-14",
        "too-deep",
        "Seven indexes in each other: the walk ends at its own limit with an error and fetches no image.",
    );
    let mut child = case.child(OCI, AMD64);
    for level in (2..=TOO_MANY_LEVELS).rev() {
        let inner = index(OCI, &[child]);
        child = case.manifest(&format!("level-{level}.json"), OCI.index, &inner);
    }
    case.top(OCI.index, &index(OCI, &[child]))
}

/// Only a registry that lies about a digest can serve it.
fn in_itself() -> Case {
    let mut case = Case::new(
        "MAN-14",
        "index-in-itself",
        "The only child is an index that lists itself under a false digest: refused, and no endless walk.",
    );
    let digest = sha256(case.text("no such bytes").as_bytes());
    let inner = |size: usize| {
        let itself = json!({"mediaType": OCI.index, "digest": digest, "size": size});
        index(OCI, &[itself])
    };
    // The size is true, and as long as any other of three digits.
    let inner = inner(pretty(&inner(100)).len());
    case.lie("inner.json", OCI.index, &inner, &digest);
    let child = inner["manifests"][0].clone();
    let top = with(index(OCI, &[child]), json!({"annotations": {"odd": "top"}}));
    case.top(OCI.index, &top)
}

fn child_twice() -> Case {
    let mut case = Case::new(
        "MAN-14",
        "child-twice",
        "The child that is listed twice is one platform, fetched once.",
    );
    let child = case.child(OCI, AMD64);
    case.top(OCI.index, &index(OCI, &[child.clone(), child]))
}

fn no_children() -> Case {
    let case = Case::new(
        "PLT-4",
        "no-children",
        "An index without children is valid and has no platform; asking for one is an error that lists none.",
    );
    case.top(OCI.index, &index(OCI, &[]))
}

fn unknown_child_beside_image() -> Case {
    let mut case = Case::new(
        "MAN-13",
        "unknown-child-beside-image",
        "The child of an unknown media type is listed, and linux/amd64 is chosen.",
    );
    let unknown = unknown_child(&mut case);
    let amd64 = case.child(OCI, AMD64);
    case.top(OCI.index, &index(OCI, &[unknown, amd64]))
}

fn unknown_child_alone() -> Case {
    let mut case = Case::new(
        "MAN-13",
        "unknown-child-alone",
        "The child of an unknown media type is listed, and no platform can be chosen.",
    );
    let unknown = unknown_child(&mut case);
    case.top(OCI.index, &index(OCI, &[unknown]))
}

fn unknown_child(case: &mut Case) -> Value {
    let media_type = "application/vnd.example.thing.v1+json";
    let thing = json!({"mediaType": media_type, "thing": case.name()});
    let child = case.manifest("thing.json", media_type, &thing);
    with(
        child,
        json!({"annotations": {"org.opencontainers.image.title": "thing"}}),
    )
}
