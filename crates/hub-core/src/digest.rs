//! Content digests, checked once.
//!
//! A [`Digest`] is safe in a URL or a file name: known algorithm, exact length, lower-case hex (REGISTRY.md MAN-9). What is
//! to be hashed, and what a mismatch means, is for the callers to say.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256, Sha512};

use crate::error::{Error, Result};
use crate::name::refused;

/// A digest such as `sha256:2c26…`: `sha256` or `blake3` with 64, or `sha512` with 128 lower-case hex digits. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    algorithm: Algorithm,
    text: Arc<str>,
}

impl Digest {
    /// The sha256 digest of `bytes`.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self::from_hash(Algorithm::Sha256, &Sha256::digest(bytes))
    }

    /// The digest of `bytes` with the algorithm of that name; `None` where it is not one that can be computed here.
    pub fn of_with(algorithm: &str, bytes: impl AsRef<[u8]>) -> Option<Self> {
        let algorithm = Algorithm::named(algorithm)?;
        let hash = algorithm.hash(bytes.as_ref())?;
        Some(Self::from_hash(algorithm, &hash))
    }

    /// Whether `bytes` have this digest; `None` where the algorithm cannot be computed here.
    #[must_use]
    pub fn matches(&self, bytes: impl AsRef<[u8]>) -> Option<bool> {
        let hash = self.algorithm.hash(bytes.as_ref())?;
        Some(hex(&hash) == self.hex())
    }

    /// Checks that `bytes` have this digest; an algorithm that cannot be computed here proves nothing and is a failure (MAN-7).
    /// What went wrong is told in words, since only the caller knows where the bytes came from.
    pub fn verify(&self, bytes: impl AsRef<[u8]>) -> std::result::Result<(), String> {
        match Self::of_with(self.algorithm(), bytes) {
            Some(computed) if computed == *self => Ok(()),
            Some(computed) => Err(format!("{self} was expected, and what came is {computed}")),
            None => Err(format!(
                "{self} cannot be checked: {} is not known here",
                self.algorithm()
            )),
        }
    }

    /// The algorithm's name, `sha256`.
    pub fn algorithm(&self) -> &str {
        self.algorithm.name()
    }

    /// The digits behind the colon.
    pub fn hex(&self) -> &str {
        &self.text[self.algorithm.name().len() + 1..]
    }

    /// The whole, `sha256:…`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn from_hash(algorithm: Algorithm, hash: &[u8]) -> Self {
        let text = format!("{}:{}", algorithm.name(), hex(hash)).into();
        Self { algorithm, text }
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = |why: &str| Err(refused("digest", text, why));
        let Some((name, hex)) = text.split_once(':') else {
            return refuse("there is no ':' between algorithm and digits");
        };
        let Some(algorithm) = Algorithm::named(name) else {
            return refuse("the algorithm is none of sha256, sha512, blake3");
        };
        if hex.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return refuse("the digits must be lower case");
        }
        if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return refuse("behind the ':' there is something else than hexadecimal digits");
        }
        if hex.len() != algorithm.hex_len() {
            let (have, want) = (hex.len(), algorithm.hex_len());
            return refuse(&format!("{name} has {want} digits, not {have}"));
        }
        let text = text.into();
        Ok(Self { algorithm, text })
    }
}

impl AsRef<str> for Digest {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Algorithm {
    Sha256,
    Sha512,
    Blake3,
}

impl Algorithm {
    fn named(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha512, Self::Blake3]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
            Self::Blake3 => "blake3",
        }
    }

    fn hex_len(self) -> usize {
        match self {
            Self::Sha256 | Self::Blake3 => 64,
            Self::Sha512 => 128,
        }
    }

    fn hash(self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Sha256 => Some(Sha256::digest(bytes).to_vec()),
            Self::Sha512 => Some(Sha512::digest(bytes).to_vec()),
            Self::Blake3 => None,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;

    const EMPTY_CONFIG: &str =
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    #[test]
    fn known_documents_have_their_known_digests() {
        // REGISTRY.md §5.3: the empty config.
        assert_eq!(Digest::of("{}").as_str(), EMPTY_CONFIG);
        let long = Digest::of_with("sha512", "").unwrap();
        assert!(long.hex().starts_with("cf83e1357eefb8bdf1542850d66d8007"));
        assert_eq!(long.hex().len(), 128);
        assert_eq!(Digest::of_with("sha256", "{}"), Some(Digest::of("{}")));
        assert_eq!(Digest::of_with("blake3", "{}"), None);
        assert_eq!(Digest::of_with("SHA256", "{}"), None);
    }

    #[test]
    fn matches_only_the_same_bytes_and_only_where_it_can_tell() {
        let digest: Digest = EMPTY_CONFIG.parse().unwrap();
        assert_eq!(digest.matches("{}"), Some(true));
        // MAN-6: never with a newline added.
        assert_eq!(digest.matches("{}\n"), Some(false));
        let unknown: Digest = format!("blake3:{}", digest.hex()).parse().unwrap();
        assert_eq!(unknown.matches("{}"), None);
    }

    #[test]
    fn what_cannot_be_proved_does_not_verify_man_7() {
        let digest = Digest::of("{}");
        assert_eq!(digest.verify("{}"), Ok(()));
        assert!(
            digest
                .verify("[]")
                .unwrap_err()
                .ends_with(Digest::of("[]").as_str())
        );
        let unknown: Digest = format!("blake3:{}", digest.hex()).parse().unwrap();
        assert!(
            unknown
                .verify("{}")
                .unwrap_err()
                .contains("cannot be checked")
        );
    }

    #[test]
    fn accepts_the_three_algorithms_of_man_9() {
        for (algorithm, length) in [("sha256", 64), ("sha512", 128), ("blake3", 64)] {
            let digest: Digest = format!("{algorithm}:{}", "0a".repeat(length / 2))
                .parse()
                .unwrap();
            assert_eq!(
                (digest.algorithm(), digest.hex().len()),
                (algorithm, length)
            );
        }
    }

    #[test]
    fn refuses_what_man_9_and_refn_4_refuse() {
        let hex = "a".repeat(64);
        let refused = [
            ("sha256".into(), "no ':'"),
            (String::new(), "no ':'"),
            ("sha256:".into(), "64 digits, not 0"),
            ("sha256:12".into(), "64 digits, not 2"),
            (format!("sha512:{hex}"), "128 digits, not 64"),
            (format!("sha256:{}", "A".repeat(64)), "lower case"),
            (format!("sha256:{}", "é".repeat(32)), "hexadecimal"),
            // REGISTRY.md §18, CVE-2024-3727.
            ("sha256:../../x".into(), "hexadecimal"),
            (format!("sha256:{hex}\n"), "hexadecimal"),
            (format!("sha384:{hex}"), "none of sha256"),
            (format!("SHA256:{hex}"), "none of sha256"),
            (format!(":{hex}"), "none of sha256"),
        ];
        for (text, why) in refused {
            let error = text.parse::<Digest>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(why), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn display_is_the_inverse_of_parsing(hex in "[0-9a-f]{64}", algorithm in "sha256|blake3") {
            let text = format!("{algorithm}:{hex}");
            let digest: Digest = text.parse().unwrap();
            prop_assert_eq!(digest.to_string(), text);
            prop_assert_eq!(digest.hex(), hex);
        }

        #[test]
        fn never_panics(text in "\\PC*|(sha256|sha512):.*") {
            let _ = text.parse::<Digest>();
        }

        #[test]
        fn computed_digests_parse_and_match(bytes: Vec<u8>) {
            for algorithm in ["sha256", "sha512"] {
                let digest = Digest::of_with(algorithm, &bytes).unwrap();
                prop_assert_eq!(digest.as_str().parse::<Digest>().unwrap(), digest.clone());
                prop_assert_eq!(digest.matches(&bytes), Some(true));
            }
        }
    }
}
