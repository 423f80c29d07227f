//! Docker's schema 1: one document without a config, unsigned and signed. The signature is true, since old registries
//! verify it when they are pushed to; the key is the one that everybody knows, the number 1.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::case::{Case, digest_in, pretty, sha256, with};

const TYPE: &str = "application/vnd.docker.distribution.manifest.v1+json";
const SIGNED_TYPE: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

/// The public key of P-256 for the private key 1, which is the curve's base point, and its name after libtrust.
const KEY: (&str, &str) = (
    "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
    "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
);
const KEY_ID: &str = "LTJF:F6YM:5CJS:INX2:7DGN:CBAJ:QG4J:5ZFN:NOP6:TYVC:W7TR:VLFS";

/// The order of P-256.
const ORDER: Number = [
    0xffff_ffff,
    0x0000_0000,
    0xffff_ffff,
    0xffff_ffff,
    0xbce6_faad,
    0xa717_9e84,
    0xf3b9_cac2,
    0xfc63_2551,
];

/// 256 bits, the highest first.
type Number = [u32; 8];

/// What an object ends with when it is indented.
const TAIL: &str = "\n}";

pub(super) fn cases() -> Vec<Case> {
    vec![unsigned(), signed()]
}

fn unsigned() -> Case {
    let mut case = Case::new(
        "MAN-18",
        "schema1-unsigned",
        "Layers are fsLayers turned round, config facts come from history[0].v1Compatibility, and no size is known.",
    );
    let manifest = manifest(&mut case);
    case.top(TYPE, &manifest)
}

/// MAN-6: the digest is over the payload, which is what the signature says it covers.
fn signed() -> Case {
    let mut case = Case::new(
        "MAN-18",
        "schema1-signed",
        "The digest is over the payload that signatures[].protected cuts out, and the content is that of schema 1.",
    );
    let payload = pretty(&manifest(&mut case));
    let digest = sha256(&payload);
    case.top_under(SIGNED_TYPE, &sign(&payload), digest)
}

fn manifest(case: &mut Case) -> Value {
    let old = case.layer("layer-old", "application/octet-stream");
    let new = case.layer("layer-new", "application/octet-stream");
    let step = json!({"id": "0".repeat(64), "created": "2014-11-20T12:00:00.5Z", "os": "linux", "architecture": "amd64"});
    let step = with(step, json!({"container_config": {"Cmd": ["/bin/sh"]}}));
    let newest = json!({"id": "1".repeat(64), "parent": "0".repeat(64), "created": "2014-11-21T12:00:00.5Z"});
    let newest = with(
        newest,
        json!({
            "os": "linux",
            "architecture": "amd64",
            "docker_version": "1.3.1",
            "config": {"Env": ["PATH=/usr/bin"], "Cmd": ["/bin/true"], "Labels": {"age": "old"}},
        }),
    );
    json!({
        "schemaVersion": 1,
        "name": "odd/images",
        "tag": case.name(),
        "architecture": "amd64",
        "fsLayers": [{"blobSum": digest_in(&new)}, {"blobSum": digest_in(&old)}],
        "history": [{"v1Compatibility": newest.to_string()}, {"v1Compatibility": step.to_string()}],
    })
}

fn sign(payload: &[u8]) -> Vec<u8> {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let format_length = payload.len() - TAIL.len();
    let protected = json!({
        "formatLength": format_length,
        "formatTail": encode(TAIL),
        "time": "2014-11-21T12:00:01Z",
    });
    let protected = encode(&protected.to_string());
    let signature = signature(&format!("{protected}.{}", URL_SAFE_NO_PAD.encode(payload)));
    let key = json!({"crv": "P-256", "kty": "EC", "kid": KEY_ID, "x": KEY.0, "y": KEY.1});
    let signatures = json!([{
        "header": {"alg": "ES256", "jwk": key},
        "protected": protected,
        "signature": URL_SAFE_NO_PAD.encode(signature),
    }]);
    let mut signed = payload[..format_length].to_vec();
    signed.extend_from_slice(format!(",\n  \"signatures\": {signatures}{TAIL}").as_bytes());
    signed
}

/// ECDSA with the private key 1 and the nonce 1: `r` is the base point's x, `s` is the hash plus `r`.
fn signature(text: &str) -> Vec<u8> {
    let r = URL_SAFE_NO_PAD.decode(KEY.0).expect("KEY is base64url");
    let s = sum(number(&Sha256::digest(text)), number(&r));
    let s = s.iter().flat_map(|digit| digit.to_be_bytes());
    r.iter().copied().chain(s).collect()
}

fn number(bytes: &[u8]) -> Number {
    let mut number = Number::default();
    for (digit, bytes) in number.iter_mut().zip(bytes.chunks(4)) {
        *digit = bytes
            .iter()
            .fold(0, |digit, byte| digit << 8 | u32::from(*byte));
    }
    number
}

/// `a + b` modulo the order, where `b` is below it.
fn sum(a: Number, b: Number) -> Number {
    let a = if a >= ORDER {
        difference(a, ORDER).0
    } else {
        a
    };
    // a - (order - b), and the order again where that is below zero.
    let (below, _) = difference(ORDER, b);
    match difference(a, below) {
        (sum, false) => sum,
        (sum, true) => difference(sum, difference(Number::default(), ORDER).0).0,
    }
}

/// `a - b` modulo 2^256, and whether it is below zero.
fn difference(a: Number, b: Number) -> (Number, bool) {
    let mut difference = Number::default();
    let mut borrow = false;
    for at in (0..a.len()).rev() {
        let (digit, first) = a[at].overflowing_sub(b[at]);
        let (digit, second) = digit.overflowing_sub(u32::from(borrow));
        difference[at] = digit;
        borrow = first || second;
    }
    (difference, borrow)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::Value;

    use super::super::case::sha256;
    use super::{ORDER, difference, number, signed, sum};

    #[test]
    fn a_sum_wraps_at_the_order_and_only_there() {
        let small = |last| number(&[vec![0; 31], vec![last]].concat());
        let (greatest, _) = difference(ORDER, small(1));
        assert_eq!(sum(small(1), small(2)), small(3));
        assert_eq!(sum(greatest, small(0)), greatest);
        assert_eq!(sum(greatest, small(1)), small(0));
        assert_eq!(sum(small(3), greatest), small(2));
        assert_eq!(sum(ORDER, small(2)), small(2));
    }

    #[test]
    fn the_protected_header_cuts_out_the_payload_that_the_digest_is_over_man_6() {
        let case = signed();
        let json: Value = serde_json::from_slice(case.top_content()).unwrap();
        let decode = |value: &Value| URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap();
        let protected = decode(&json["signatures"][0]["protected"]);
        let protected: Value = serde_json::from_slice(&protected).unwrap();
        let length = usize::try_from(protected["formatLength"].as_u64().unwrap()).unwrap();
        let mut payload = case.top_content()[..length].to_vec();
        payload.extend(decode(&protected["formatTail"]));
        assert_eq!(case.manifests().last(), Some(sha256(&payload).as_str()));
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(payload.get("signatures"), None);
        assert_eq!(payload["tag"], case.name());
    }
}
