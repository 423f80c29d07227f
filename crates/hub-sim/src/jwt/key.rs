//! A key pair that is made anew for each simulator, and the certificate that other programs check its signatures with.
//! Knows nothing of what is signed.

use std::fmt;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DnType, IsCa, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};

use crate::pem;

/// A P-256 key and a certificate that it signed itself.
pub(super) struct Key {
    pair: EcdsaKeyPair,
    certificate: Vec<u8>,
    random: SystemRandom,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

impl Key {
    pub(super) fn generate() -> io::Result<Self> {
        let made = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "hub-sim");
        // It stands in the chain and in the bundle of roots, so it has to be an authority too.
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&made).map_err(io::Error::other)?;
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &made.serialize_der(),
            &random,
        )
        .map_err(|reason| io::Error::other(reason.to_string()))?;
        Ok(Self {
            pair,
            certificate: certificate.der().to_vec(),
            random,
        })
    }

    /// The signature of ES256 (RFC 7518 section 3.4): both numbers, 32 bytes each.
    pub(super) fn sign(&self, text: &str) -> Vec<u8> {
        let signature = self.pair.sign(&self.random, text.as_bytes());
        let signature = signature.expect("the system gives random bytes");
        signature.as_ref().to_vec()
    }

    /// Whether this key signed `text`.
    pub(super) fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
        let public = self.pair.public_key().as_ref();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
        key.verify(text.as_bytes(), signature).is_ok()
    }

    /// The certificate as `x5c` has it: base64 of DER (RFC 7515 section 4.1.6).
    pub(super) fn x5c(&self) -> String {
        STANDARD.encode(&self.certificate)
    }

    /// The certificate as a file of PEM.
    pub(super) fn pem(&self) -> String {
        pem::certificate(&self.certificate)
    }
}
