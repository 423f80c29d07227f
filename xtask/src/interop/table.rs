//! The one table of what differs from skopeo on purpose. A difference that is not here fails the task, and so does a row
//! that is no difference any more.

use super::case::Kind;
use super::difference::Difference;

/// What one or more cases differ in, and why.
#[derive(Debug)]
pub(crate) struct Row {
    /// What was asked.
    pub(crate) kinds: &'static [Kind],
    /// The case's name; a `*` at its end stands for anything.
    pub(crate) case: &'static str,
    /// How it differs.
    pub(crate) what: What,
    /// Why that is meant.
    pub(crate) reason: &'static str,
}

/// A [`Difference`] in a constant. Other bytes for the same values are never meant.
#[derive(Debug)]
pub(crate) enum What {
    /// skopeo gives an error where we have an answer.
    OnlySkopeoFails,
    /// We give an error where skopeo has an answer.
    OnlyOursFails,
    /// Both documents have other values in these members, in the order of the alphabet.
    Members(&'static [&'static str]),
}

const DOCUMENTS: &[Kind] = &[Kind::Inspect, Kind::Config];
const CONFIG: &[Kind] = &[Kind::Config];

const ATTESTATION: &str = "ATT-3: the attestation calls itself linux/amd64 and stands first; skopeo takes it for the image";
const SIZE: &str = "MAN-10: what has another size than its descriptor says is refused";
const BY_BODY: &str =
    "MAN-11: the body says what it is; skopeo takes whatever comes under another type for schema 1";
const BROKEN_DIGEST: &str = "MAN-9: a manifest with a broken digest in it is refused whole";
const SHA512: &str = "MAN-9: skopeo holds sha512 digests against sha256 sums";
const SPELLINGS: &str =
    "PLT-1: Linux/x86_64, aarch64 and armhf are platforms too; skopeo wants them as Go writes them";
const EMPTY_PLATFORM: &str = "PLT-1: an empty platform says nothing, and the config says linux/amd64; skopeo does not ask it";
const FIRST_PLATFORM: &str = "PLT-4: without --platform and without linux/amd64, --config is that of the first platform, as a record is";

/// All rows.
pub(crate) const ROWS: &[Row] = &[
    Row {
        kinds: &[Kind::Inspect],
        case: "odd/images:ATT-3-attestation-labelled-amd64-first",
        what: What::Members(&["Architecture", "Created", "Env", "Layers", "Os"]),
        reason: ATTESTATION,
    },
    Row {
        kinds: CONFIG,
        case: "odd/images:ATT-3-attestation-labelled-amd64-first",
        what: What::Members(&[
            "architecture",
            "config",
            "created",
            "history",
            "os",
            "rootfs",
        ]),
        reason: ATTESTATION,
    },
    ours_fails(DOCUMENTS, "odd/images:MAN-10-child-size-wrong", SIZE),
    ours_fails(DOCUMENTS, "odd/images:MAN-10-config-size-wrong", SIZE),
    ours_fails(
        DOCUMENTS,
        "odd/images:MAN-10-layer-size-negative",
        "MAN-10: a manifest with a size below zero in it is refused whole",
    ),
    skopeo_fails(DOCUMENTS, "odd/images:MAN-11-served-as-*", BY_BODY),
    skopeo_fails(DOCUMENTS, "odd/images:MAN-11-served-without-type", BY_BODY),
    skopeo_fails(DOCUMENTS, "odd/images:MAN-11-shape-decides", BY_BODY),
    ours_fails(
        DOCUMENTS,
        "odd/images:MAN-14-too-deep",
        "MAN-14: the depth of indexes is bounded; skopeo's is not",
    ),
    ours_fails(
        CONFIG,
        "odd/images:MAN-18-schema1-*",
        "MAN-18: schema 1 has no config; skopeo makes one up",
    ),
    ours_fails(
        DOCUMENTS,
        "odd/images:MAN-9-layer-digest-traversal",
        BROKEN_DIGEST,
    ),
    skopeo_fails(DOCUMENTS, "odd/images:MAN-9-sha512-*", SHA512),
    skopeo_fails(DOCUMENTS, "odd/images:PLT-1-empty-platform", EMPTY_PLATFORM),
    skopeo_fails(&[Kind::Platform], "odd/images:PLT-1-spellings *", SPELLINGS),
    skopeo_fails(DOCUMENTS, "odd/images:PLT-1-spellings", SPELLINGS),
    skopeo_fails(
        CONFIG,
        "odd/images:PLT-1-variants-in-index-only",
        FIRST_PLATFORM,
    ),
    skopeo_fails(CONFIG, "odd/images:PLT-4-arm64-only", FIRST_PLATFORM),
    skopeo_fails(CONFIG, "odd/images:PLT-6-windows-versions", FIRST_PLATFORM),
];

const fn skopeo_fails(kinds: &'static [Kind], case: &'static str, reason: &'static str) -> Row {
    Row {
        kinds,
        case,
        what: What::OnlySkopeoFails,
        reason,
    }
}

const fn ours_fails(kinds: &'static [Kind], case: &'static str, reason: &'static str) -> Row {
    Row {
        kinds,
        case,
        what: What::OnlyOursFails,
        reason,
    }
}

impl Row {
    /// Whether it is about the case `name`.
    pub(crate) fn covers(&self, kind: Kind, name: &str) -> bool {
        let named = match self.case.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => self.case == name,
        };
        named && self.kinds.contains(&kind)
    }

    /// How its cases differ.
    pub(crate) fn difference(&self) -> Difference {
        match self.what {
            What::OnlySkopeoFails => Difference::OnlySkopeoFails,
            What::OnlyOursFails => Difference::OnlyOursFails,
            What::Members(names) => {
                Difference::Members(names.iter().map(|name| (*name).to_owned()).collect())
            }
        }
    }
}
