//! Tokens in the shape of a JWT, signed so that only the simulator that made one accepts it. The signature is a keyed
//! hash and no standard algorithm: clients must treat tokens as opaque (REGISTRY.md AUTH-22).

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Number;
use sha2::{Digest as _, Sha256};

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// Makes and checks tokens with a key of its own.
#[derive(Debug)]
pub(crate) struct Signer {
    key: [u8; 32],
}

impl Signer {
    /// A signer whose tokens no other accepts.
    pub(crate) fn new(authority: &str) -> Self {
        let unique = format!("{authority} {:?} {}", SystemTime::now(), std::process::id());
        Self {
            key: Sha256::digest(unique).into(),
        }
    }

    /// A token with these claims.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> String {
        let claims = serde_json::to_vec(claims).expect("claims have string keys only");
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(HEADER),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let signature = self.signature(&signed);
        format!("{signed}.{signature}")
    }

    /// The claims of `token`, if this signer made it. Says nothing about its age.
    pub(crate) fn claims<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let (signed, signature) = token.rsplit_once('.')?;
        if self.signature(signed) != signature {
            return None;
        }
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
        serde_json::from_slice(&claims).ok()
    }

    /// A keyed hash of `text` that only this signer can make.
    pub(crate) fn signature(&self, text: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(text);
        hash.update(self.key);
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

/// Whether a token that ends at `exp` is still valid.
pub(crate) fn is_valid(exp: &Number, now: Timestamp) -> bool {
    exp.as_f64()
        .is_some_and(|exp| now.as_duration().as_secs_f64() < exp)
}

/// `iat` and `exp` of a token made at `now`. Whole seconds, as real servers send; only a lifetime that has a fraction gives
/// instants that have one (RFC 7519 section 2 allows it).
pub(crate) fn validity(now: Timestamp, lifetime: Duration) -> (Number, Number) {
    let end = now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
    if lifetime.subsec_nanos() == 0 {
        return (now.as_second().into(), end.as_second().into());
    }
    let number = |at: Timestamp| {
        Number::from_f64(at.as_duration().as_secs_f64()).unwrap_or_else(|| 0.into())
    };
    (number(now), number(end))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::{Signer, is_valid, validity};

    #[test]
    fn a_token_has_three_parts_and_carries_its_claims() {
        let signer = Signer::new("a");
        let token = signer.sign(&json!({"sub": "x"}));
        assert_eq!(token.split('.').count(), 3);
        assert_eq!(signer.claims::<Value>(&token), Some(json!({"sub": "x"})));
    }

    #[test]
    fn a_changed_or_foreign_token_is_refused() {
        let (signer, other) = (Signer::new("a"), Signer::new("b"));
        let token = signer.sign(&json!({"sub": "x"}));
        assert_eq!(other.claims::<Value>(&token), None);
        assert_eq!(signer.claims::<Value>(&format!("{token}A")), None);
        assert_eq!(signer.claims::<Value>("dckr_pat_x"), None);
    }

    /// RFC 7519 section 2 allows a fraction; real servers send none.
    #[test]
    fn whole_lifetimes_give_whole_instants() {
        let now = Timestamp::constant(1_000, 500_000_000);
        let (iat, exp) = validity(now, Duration::from_mins(5));
        assert_eq!((iat.as_i64(), exp.as_i64()), (Some(1_000), Some(1_300)));
        let (_, exp) = validity(now, Duration::from_millis(250));
        assert!(is_valid(&exp, now + Duration::from_millis(240)));
        assert!(!is_valid(&exp, now + Duration::from_millis(260)));
    }
}
