//! The media types that are known, and what they say of a document (REGISTRY.md §5.3).

pub(super) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(super) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(super) const OCI_ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";
pub(super) const SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+json";
pub(super) const SIGNED_SCHEMA_1: &str =
    "application/vnd.docker.distribution.manifest.v1+prettyjws";

pub(super) const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
pub(super) const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// One header with every type that is understood; the answer, and so the digest, depends on it (MAN-2).
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.oci.artifact.manifest.v1+json, application/vnd.docker.distribution.manifest.v1+prettyjws, \
    application/vnd.docker.distribution.manifest.v1+json";

/// What a manifest's members make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Index,
    Image,
    Artifact,
    Schema1,
}

impl Shape {
    /// The shape that documents of a media type have; `None` where the type says nothing.
    pub(super) fn of(media_type: &str) -> Option<Self> {
        match media_type {
            OCI_INDEX | DOCKER_LIST => Some(Self::Index),
            OCI_MANIFEST | DOCKER_MANIFEST => Some(Self::Image),
            OCI_ARTIFACT => Some(Self::Artifact),
            SCHEMA_1 | SIGNED_SCHEMA_1 => Some(Self::Schema1),
            _ => None,
        }
    }

    /// The type of a document that names none.
    pub(super) fn standard(self) -> &'static str {
        match self {
            Self::Index => OCI_INDEX,
            Self::Image => OCI_MANIFEST,
            Self::Artifact => OCI_ARTIFACT,
            Self::Schema1 => SCHEMA_1,
        }
    }
}

/// A media type without parameters, in lower case (MAN-11).
pub(super) fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Whether documents of this type are read here.
pub(super) fn is_known(media_type: &str) -> bool {
    Shape::of(media_type).is_some()
}

/// Whether a config of this type is an image's (ART-1).
pub(super) fn is_image_config(media_type: &str) -> bool {
    matches!(media_type, DOCKER_CONFIG | OCI_CONFIG)
}

/// Whether a layer of this type belongs to a file system, compressed, foreign or encrypted as it may be.
pub(super) fn is_image_layer(media_type: &str) -> bool {
    const FAMILIES: [&str; 2] = [
        "application/vnd.oci.image.layer.",
        "application/vnd.docker.image.rootfs.",
    ];
    FAMILIES.iter().any(|family| media_type.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_header_has_every_type_that_is_read_man_2() {
        let accepted: Vec<_> = ACCEPT.split(", ").collect();
        assert_eq!(accepted.len(), 7);
        assert!(accepted.iter().all(|accepted| is_known(accepted)));
    }

    #[test]
    fn parameters_and_case_do_not_count_man_11() {
        assert_eq!(
            essence(" Application/Vnd.OCI.image.index.v1+json ; charset=utf-8"),
            OCI_INDEX
        );
    }
}
