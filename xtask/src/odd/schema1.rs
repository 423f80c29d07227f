//! Docker's schema 1: one document without a config, unsigned and signed. The signature is a dummy, since no metadata
//! tool verifies it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::case::{Case, digest_in, pretty, sha256, with};

const TYPE: &str = "application/vnd.docker.distribution.manifest.v1+json";
const SIGNED_TYPE: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

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
    let encode = |text: String| URL_SAFE_NO_PAD.encode(text);
    let format_length = payload.len() - TAIL.len();
    let protected = json!({
        "formatLength": format_length,
        "formatTail": encode(TAIL.to_owned()),
        "time": "2014-11-21T12:00:01Z",
    });
    let key = json!({"crv": "P-256", "kty": "EC", "kid": "ODD", "x": "AA", "y": "AA"});
    let signatures = json!([{
        "header": {"alg": "ES256", "jwk": key},
        "protected": encode(protected.to_string()),
        "signature": encode("nobody verifies this".to_owned()),
    }]);
    let mut signed = payload[..format_length].to_vec();
    signed.extend_from_slice(format!(",\n  \"signatures\": {signatures}{TAIL}").as_bytes());
    signed
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::Value;

    use super::super::case::sha256;
    use super::signed;

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
