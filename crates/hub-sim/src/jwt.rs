//! JSON Web Tokens as registries verify them: signed with ES256 by a key of the simulator's own, its certificate in the
//! header (REGISTRY.md AUTH-22, RFC 7515). Knows nothing of what the claims mean.

mod key;

use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Number;

use key::Key;

#[derive(Serialize)]
struct Header {
    typ: &'static str,
    alg: &'static str,
    x5c: [String; 1],
}

/// Makes and checks tokens with a key of its own.
#[derive(Debug)]
pub(crate) struct Signer {
    key: Key,
    /// The first part of every token.
    header: String,
}

impl Signer {
    /// A signer whose tokens no other accepts.
    pub(crate) fn new() -> io::Result<Self> {
        let key = Key::generate()?;
        let header = Header {
            typ: "JWT",
            alg: "ES256",
            x5c: [key.x5c()],
        };
        Ok(Self {
            header: URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?),
            key,
        })
    }

    /// A token with these claims.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> String {
        let claims = serde_json::to_vec(claims).expect("claims have string keys only");
        let signed = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(&signed));
        format!("{signed}.{signature}")
    }

    /// The claims of `token`, if this signer made it. Says nothing about its age.
    pub(crate) fn claims<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if !self.key.has_signed(signed, &signature) {
            return None;
        }
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
        serde_json::from_slice(&claims).ok()
    }

    /// What others need to verify the tokens: a certificate in PEM.
    pub(crate) fn certificate(&self) -> String {
        self.key.pem()
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

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::{Signer, is_valid, validity};

    fn signer() -> Signer {
        Signer::new().unwrap()
    }

    #[test]
    fn a_token_has_three_parts_and_carries_its_claims() {
        let signer = signer();
        let token = signer.sign(&json!({"sub": "x"}));
        assert_eq!(token.split('.').count(), 3);
        assert_eq!(signer.claims::<Value>(&token), Some(json!({"sub": "x"})));
    }

    /// RFC 7518 section 3.4 and RFC 7515 section 4.1.6: 64 bytes, and the certificate that a registry is given.
    #[test]
    fn a_token_names_the_certificate_that_it_can_be_verified_with() {
        let signer = signer();
        let token = signer.sign(&json!({"sub": "x"}));
        let parts: Vec<Vec<u8>> = token
            .split('.')
            .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
            .collect();
        let header: Value = serde_json::from_slice(&parts[0]).unwrap();
        assert_eq!(header["alg"], "ES256");
        assert_eq!(parts[2].len(), 64);
        let pem = signer.certificate();
        let inner: Vec<&str> = pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        assert_eq!(header["x5c"], json!([inner.concat()]));
    }

    #[test]
    fn a_changed_or_foreign_token_is_refused() {
        let (signer, other) = (signer(), signer());
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
