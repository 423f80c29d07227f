//! Documents as they should be, served by registries that get the headers wrong.

use super::case::{AMD64, Case, DOCKER, OCI, image_case, index, sha256, sha512};

pub(super) fn cases() -> Vec<Case> {
    vec![
        oddly_typed("served-as-json", Some("application/json")),
        oddly_typed("served-as-text", Some("text/plain")),
        oddly_typed(
            "served-with-charset",
            Some("application/vnd.oci.image.manifest.v1+json; charset=utf-8"),
        ),
        oddly_typed(
            "served-in-upper-case",
            Some("APPLICATION/VND.OCI.IMAGE.MANIFEST.V1+JSON"),
        ),
        oddly_typed("served-without-type", None),
        shape_decides(),
        header_missing(),
        header_lies(),
        header_in_sha512(),
        head_refused(),
    ]
}

fn oddly_typed(slug: &str, content_type: Option<&str>) -> Case {
    let rule =
        "An odd Content-Type is no error: the body's mediaType says that it is an OCI image.";
    image_case("MAN-11", slug, rule, OCI, |_| ()).served_as(content_type)
}

fn shape_decides() -> Case {
    let mut case = Case::new(
        "MAN-11",
        "shape-decides",
        "Neither Content-Type nor mediaType say what it is: by its manifests it is an index.",
    );
    let child = case.child(OCI, AMD64);
    let index = super::case::without(index(OCI, &[child]), "mediaType");
    case.top(OCI.index, &index)
        .served_as(Some("application/octet-stream"))
}

fn header_missing() -> Case {
    let rule = "Without Docker-Content-Digest the digest is computed over the body.";
    image_case("MAN-5", "header-digest-missing", rule, DOCKER, |_| ()).header_digest(String::new())
}

fn header_lies() -> Case {
    let rule = "By tag, the computed digest is given and the header's is warned about.";
    image_case("MAN-8", "header-digest-lies", rule, OCI, |_| ())
        .header_digest(sha256(b"another document"))
}

fn header_in_sha512() -> Case {
    let rule = "A header in another algorithm is true: both digests are computed, sha256 is given.";
    let case = image_case("MAN-8", "header-digest-sha512", rule, OCI, |_| ());
    let digest = sha512(case.top_content());
    case.header_digest(digest)
}

fn head_refused() -> Case {
    let rule = "A HEAD that is answered with 405 is repeated as GET.";
    image_case("MAN-4", "head-refused", rule, OCI, |_| ()).head_refused()
}
