//! Tags that are made of another document's digest: what they say about it, by name alone. Whether the document exists is not
//! known here.

use crate::digest::Digest;

/// A tag such as `sha256-2c26…`, under which a registry without the referrers API keeps what refers to a document (RFR-5), or
/// `sha256-2c26….sig`, under which cosign keeps its own (RFR-7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DigestTag<'a> {
    /// The document that it is about.
    pub(crate) subject: Digest,
    /// What cosign keeps there: `sig`, `att` or `sbom`.
    pub(crate) cosign: Option<&'a str>,
}

impl<'a> DigestTag<'a> {
    /// Reads a tag; `None` where it is one like others. A fallback tag of sha512 names half of its digest, and so no subject.
    pub(crate) fn read(tag: &'a str) -> Option<Self> {
        let digits = tag.strip_prefix("sha256-")?;
        let (digits, cosign) = match digits.split_once('.') {
            Some((digits, kind)) => (digits, Some(kind)),
            None => (digits, None),
        };
        if !cosign.is_none_or(|kind| COSIGN.contains(&kind)) {
            return None;
        }
        let subject = format!("sha256:{digits}").parse().ok()?;
        Some(Self { subject, cosign })
    }
}

const COSIGN: [&str; 3] = ["sig", "att", "sbom"];

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    fn read(tag: &str) -> Option<(String, Option<&str>)> {
        let tag = DigestTag::read(tag)?;
        Some((tag.subject.to_string(), tag.cosign))
    }

    #[test]
    fn a_fallback_tag_names_its_subject_rfr_5() {
        let subject = format!("sha256:{DIGITS}");
        assert_eq!(read(&format!("sha256-{DIGITS}")), Some((subject, None)));
        let upper = DIGITS.to_uppercase();
        for tag in [
            format!("sha512-{DIGITS}"),
            format!("sha256-{upper}"),
            format!("sha256_{DIGITS}"),
            format!("sha256-{DIGITS}0"),
            format!("xsha256-{DIGITS}"),
            format!("sha256-{}", &DIGITS[1..]),
            "sha256-".into(),
            "latest".into(),
        ] {
            assert_eq!(read(&tag), None, "{tag}");
        }
    }

    #[test]
    fn cosigns_tags_say_what_they_keep_rfr_7() {
        for kind in ["sig", "att", "sbom"] {
            let tag = format!("sha256-{DIGITS}.{kind}");
            assert_eq!(read(&tag), Some((format!("sha256:{DIGITS}"), Some(kind))));
        }
        for end in [".", ".sigs", ".SIG", ".sig.att", "-sig"] {
            assert_eq!(read(&format!("sha256-{DIGITS}{end}")), None, "{end}");
        }
    }
}
