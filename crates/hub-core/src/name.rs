//! The parts of a reference, each parsed once: host, repository path, tag, namespace.
//!
//! How the parts stand together in one text, and what is left out when typing, is [`crate::reference`]'s business. Facts:
//! REGISTRY.md §14.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};

/// Declares the texts of this module: a private shared string, a borrowed getter, `Display`.
macro_rules! parsed_text {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text, in its canonical form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )*};
}

mod host;

pub use host::Host;

parsed_text! {
    /// The path of a repository below its host, `ansible/awx` (REFN-2), at most 255 characters (REFN-9).
    RepositoryName;
    /// A tag, at most 128 characters (REFN-1).
    Tag;
    /// A namespace of Docker Hub: one path component. `_`, as the web site writes it, means `library`.
    NamespaceName;
}

impl RepositoryName {
    /// What stands before the first `/`: the namespace on Docker Hub. `None` where the path has one component only.
    pub fn namespace(&self) -> Option<&str> {
        Some(self.as_str().split_once('/')?.0)
    }

    /// What stands behind the first `/`, or the whole path where there is none.
    pub fn name(&self) -> &str {
        self.as_str()
            .split_once('/')
            .map_or(self.as_str(), |(_, name)| name)
    }
}

impl FromStr for RepositoryName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.len() > MAX_PATH {
            return Err(refused(
                "repository",
                text,
                "it is longer than 255 characters",
            ));
        }
        if let Some(why) = text.split('/').find_map(fault_of_component) {
            return Err(refused("repository", text, why));
        }
        Ok(Self(text.into()))
    }
}

impl Tag {
    /// `latest`.
    pub fn latest() -> Self {
        Self("latest".into())
    }
}

impl FromStr for Tag {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let why = match text.as_bytes() {
            [] => "it is empty",
            bytes if bytes.len() > MAX_TAG => "it is longer than 128 characters",
            [first, ..] if !word(*first) => "it does not begin with a letter, a digit or '_'",
            bytes
                if bytes
                    .iter()
                    .all(|&byte| word(byte) || b".-".contains(&byte)) =>
            {
                return Ok(Self(text.into()));
            }
            _ => "it has other characters than letters, digits, '_', '.' and '-'",
        };
        Err(refused("tag", text, why))
    }
}

impl NamespaceName {
    /// `library`, the namespace of official images (HOST-7).
    pub fn library() -> Self {
        Self(LIBRARY.into())
    }
}

impl FromStr for NamespaceName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "_" {
            return Ok(Self::library());
        }
        if text.len() > MAX_PATH {
            return Err(refused(
                "namespace",
                text,
                "it is longer than 255 characters",
            ));
        }
        match fault_of_component(text) {
            Some(why) => Err(refused("namespace", text, why)),
            None => Ok(Self(text.into())),
        }
    }
}

pub(crate) const LIBRARY: &str = "library";
const MAX_PATH: usize = 255;
const MAX_TAG: usize = 128;

/// The error for a `text` that is no `what`: what was refused, shortened and escaped, and why.
pub(crate) fn refused(what: &str, text: &str, why: &str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("invalid {what} {}: {why}", quoted(text)),
    )
}

/// `text` as it may be shown: in quotes, control characters escaped, cut after 80 characters.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// REFN-2: why `component` may not stand in a path.
fn fault_of_component(component: &str) -> Option<&'static str> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separator =
        |text: &str| matches!(text, "" | "." | "_" | "__") || text.bytes().all(|byte| byte == b'-');
    if component.is_empty() {
        Some("a part of it is empty")
    } else if component.contains(char::is_uppercase) {
        Some("it must be lower case")
    } else if !(component.starts_with(inner) && component.ends_with(inner)) {
        Some("each part must begin and end with a letter or a digit")
    } else if !component.split(inner).all(separator) {
        Some("only one '.', one or two '_', or '-' may stand between letters and digits")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn repository_paths_follow_refn_2() {
        for text in ["a--b", "a__b", "a.b_c-d", "a/b/c", "0/1"] {
            assert!(text.parse::<RepositoryName>().is_ok(), "{text}");
        }
        for text in [
            "", "A", "a-/b", "-a", "a..b", "a___b", "a-_b", "a._b", "/x", "x/", "a//b", "a b", "ä",
            "_/x", "a\n",
        ] {
            assert!(text.parse::<RepositoryName>().is_err(), "{text}");
        }
        assert!("a".repeat(255).parse::<RepositoryName>().is_ok());
        assert!("a".repeat(256).parse::<RepositoryName>().is_err());
    }

    #[test]
    fn a_path_splits_at_the_first_slash() {
        let name: RepositoryName = "a/b/c".parse().unwrap();
        assert_eq!((name.namespace(), name.name()), (Some("a"), "b/c"));
        let name: RepositoryName = "x".parse().unwrap();
        assert_eq!((name.namespace(), name.name()), (None, "x"));
    }

    #[test]
    fn tags_follow_refn_1_and_namespaces_are_one_component() {
        assert!(
            ["1", "_", "v1.2-rc.1", "A_b"]
                .iter()
                .all(|text| text.parse::<Tag>().is_ok())
        );
        assert!(
            ["", "-t", ".t", "a/b", "a:b", "a+b", "ä"]
                .iter()
                .all(|text| text.parse::<Tag>().is_err())
        );
        assert!("t".repeat(128).parse::<Tag>().is_ok() && "t".repeat(129).parse::<Tag>().is_err());
        assert_eq!(
            "_".parse::<NamespaceName>().unwrap(),
            NamespaceName::library()
        );
        assert!(
            ["", "a/b", "A", "__"]
                .iter()
                .all(|text| text.parse::<NamespaceName>().is_err())
        );
    }

    #[test]
    fn what_was_refused_is_shown_short_and_escaped() {
        let message = format!("\u{1b}[2J{}", "é".repeat(300))
            .parse::<Tag>()
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("invalid tag \"\\u{1b}[2Jéé")
                && message.contains("é\"…: it is longer"),
            "{message}"
        );
        assert!(message.chars().count() < 150);
    }

    proptest! {
        #[test]
        fn canonical_texts_parse_to_themselves(text in "[a-zA-Z0-9._/-]{0,12}|\\PC*") {
            if let Ok(name) = text.parse::<RepositoryName>() {
                prop_assert_eq!(name.as_str(), &text);
            }
            if let Ok(tag) = text.parse::<Tag>() {
                prop_assert_eq!(tag.as_str(), &text);
            }
            if let Ok(name) = text.parse::<NamespaceName>() {
                prop_assert_eq!(name.as_str().parse::<NamespaceName>().unwrap(), name);
            }
        }
    }
}
