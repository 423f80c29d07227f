//! Schema 1 manifests as registries serve them, and as an attacker would.

use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A manifest of two layers as docker wrote it.
pub(in crate::registry) const MANIFEST: &str = r#"{
   "schemaVersion": 1,
   "name": "library/x",
   "tag": "t&g",
   "architecture": "amd64",
   "fsLayers": [
      {
         "blobSum": "sha256:0000000000000000000000000000000000000000000000000000000000000064"
      },
      {
         "blobSum": "sha256:0000000000000000000000000000000000000000000000000000000000000065"
      }
   ],
   "history": [
      {
         "v1Compatibility": "{\"id\": \"0000000000000000000000000000000000000000000000000000000000000002\", \"parent\": \"0000000000000000000000000000000000000000000000000000000000000001\", \"created\": \"2015-01-02T03:04:05.60Z\", \"docker_version\": \"1.9\", \"os\": \"linux\", \"architecture\": \"arm\", \"config\": {\"Labels\": {\"b\": \"<\", \"a\": \"1\"}, \"Env\": [\"A=1\"]}}"
      },
      {
         "v1Compatibility": "{\"id\": \"0000000000000000000000000000000000000000000000000000000000000001\"}"
      }
   ]
}"#;

/// What skopeo 1.9.3 printed as the digest of `MANIFEST`, signed and not.
pub(in crate::registry) const DIGEST: &str =
    "sha256:870e88c25f2a38aa3b12a4399c7c80e073c78cdbe37d98493f8d6230f5534fc4";

/// A manifest of as many layers as configs, the newest first; the layers are numbered.
pub(in crate::registry) fn manifest(configs: &[Value]) -> Value {
    let layers: Vec<_> = (0..configs.len())
        .map(|number| json!({"blobSum": format!("sha256:{number:064x}")}))
        .collect();
    let history: Vec<_> = configs
        .iter()
        .map(|config| json!({"v1Compatibility": config.to_string()}))
        .collect();
    json!({"schemaVersion": 1, "name": "n", "tag": "t", "architecture": "arm", "fsLayers": layers, "history": history})
}

fn read(manifest: &Value) -> Result<Schema1, String> {
    Schema1::read(&manifest.to_string())
}

/// `MANIFEST` with signatures that protect these headers.
fn signed(headers: &[Value]) -> Vec<u8> {
    let signature = |header: &Value| {
        let protected = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
        json!({"header": {"alg": "ES256"}, "signature": "AAAA", "protected": protected})
    };
    let signatures: Vec<_> = headers.iter().map(signature).collect();
    let head = &MANIFEST[..MANIFEST.len() - 2];
    format!("{head},\n   \"signatures\": {}\n}}", json!(signatures)).into_bytes()
}

/// The header of a true signature: all but the last line break and brace, and then those.
fn header() -> Value {
    json!({"formatLength": MANIFEST.len() - 2, "formatTail": "Cn0", "time": "2015-01-02T03:04:05Z"})
}

#[test]
fn layers_and_history_have_the_base_first_man_18() {
    let manifest = Schema1::read(MANIFEST).unwrap();
    let layers: Vec<_> = manifest.layers().map(Digest::hex).collect();
    assert_eq!(layers, [format!("{:064x}", 0x65), format!("{:064x}", 0x64)]);
    assert_eq!((manifest.tag(), manifest.architecture()), ("t&g", "amd64"));
    let config: Value = serde_json::from_str(manifest.config()).unwrap();
    assert_eq!(config["docker_version"], "1.9");
    let created: Vec<_> = manifest.history().map(|step| step.created).collect();
    assert_eq!(created, [None, Some("2015-01-02T03:04:05.60Z".to_owned())]);
}

#[test]
fn a_step_has_the_members_of_a_config_s_history() {
    let steps = manifest(&[
        json!({"created": "2015-01-02T03:04:05Z", "author": "a", "comment": "c", "throwaway": true,
            "container_config": {"Cmd": ["/bin/sh", "-c", "#(nop) CMD"]}}),
        json!({"throwaway": false, "container_config": {"Cmd": null}}),
        json!({"created": 1, "author": {}, "comment": [], "throwaway": "x", "container_config": {"Cmd": [1]}}),
    ]);
    let steps: Vec<_> = read(&steps).unwrap().history().collect();
    let expected = json!([{}, {}, {"created": "2015-01-02T03:04:05Z", "created_by": "/bin/sh -c #(nop) CMD",
        "author": "a", "comment": "c", "empty_layer": true}]);
    assert_eq!(serde_json::to_value(steps).unwrap(), expected);
}

#[test]
fn a_manifest_that_does_not_add_up_is_refused() {
    let with = |member: &str, value: Value| {
        let mut manifest = manifest(&[json!({}), json!({})]);
        manifest[member] = value;
        read(&manifest).unwrap_err()
    };
    let config = |text: &str| {
        with(
            "history",
            json!([{"v1Compatibility": "{}"}, {"v1Compatibility": text}]),
        )
    };
    let refusals = [
        (
            with("schemaVersion", json!(2)),
            "schemaVersion: 1 was expected",
        ),
        (
            with("schemaVersion", json!("1")),
            "schemaVersion: a whole number",
        ),
        (with("history", json!([{}])), "2 fsLayers and 1 history"),
        (with("fsLayers", json!(null)), "0 fsLayers and 2 history"),
        (with("fsLayers", json!([{}, {}])), "fsLayers: "),
        (with("name", json!(1)), "name: a string"),
        (config(""), "v1Compatibility: it is no JSON"),
        (config("null"), "v1Compatibility: it is no object"),
        (config("[]"), "v1Compatibility: an object was expected"),
        (config("{} {}"), "v1Compatibility: it is no JSON"),
        (read(&manifest(&[])).unwrap_err(), "no layer and no history"),
        (Schema1::read("[]").unwrap_err(), "an object was expected"),
    ];
    for (why, part) in refusals {
        assert!(why.contains(part), "{why}");
    }
}

#[test]
fn a_layer_s_digest_that_leads_elsewhere_is_refused_man_9() {
    let mut manifest = manifest(&[json!({})]);
    manifest["fsLayers"][0]["blobSum"] = json!("sha256:../../x");
    let why = read(&manifest).unwrap_err();
    assert!(why.contains("hexadecimal"), "{why}");
}

#[test]
fn the_digest_of_a_signed_manifest_is_over_the_payload_man_6() {
    let payload_of = |headers: &[Value]| payload(&signed(headers)).unwrap().unwrap();
    let of_one = payload_of(&[header()]);
    assert_eq!(of_one, MANIFEST.as_bytes());
    assert_eq!(Digest::of(&of_one).as_str(), DIGEST);
    assert_eq!(payload_of(&[header(), header()]), of_one);
    assert_eq!(payload(MANIFEST.as_bytes()), Ok(None));
    assert_eq!(payload(br#"{"signatures": null}"#), Ok(None));
}

/// Else a pinned digest would hold although the manifest tells something else.
#[test]
fn what_stands_behind_the_payload_is_no_part_of_it_man_6() {
    let mut bytes = signed(&[header()]);
    bytes.truncate(bytes.len() - 2);
    bytes.extend_from_slice(b", \"tag\": \"other\"\n}");
    let all = Schema1::read(str::from_utf8(&bytes).unwrap()).unwrap();
    let payload = payload(&bytes).unwrap().unwrap();
    let signed = Schema1::read(str::from_utf8(&payload).unwrap()).unwrap();
    assert_eq!((all.tag(), signed.tag()), ("other", "t&g"));
}

#[test]
fn padded_base64_is_taken_too() {
    let mut padded = header();
    padded["formatTail"] = json!("Cn0=");
    assert_eq!(
        payload(&signed(&[padded])).unwrap().unwrap(),
        MANIFEST.as_bytes()
    );
}

#[test]
fn a_signature_that_lies_about_its_payload_is_refused_man_6() {
    let refused = |headers: &[Value]| payload(&signed(headers)).unwrap_err();
    let with = |member: &str, value: Value| {
        let mut header = header();
        header[member] = value;
        header
    };
    let refusals = [
        (refused(&[]), "there is none"),
        (
            refused(&[with("formatLength", json!(1_i64 << 40))]),
            "formatLength is 1099511627776",
        ),
        (
            refused(&[with("formatLength", json!(-1))]),
            "formatLength is -1",
        ),
        (
            refused(&[with("formatLength", json!("1"))]),
            "a whole number",
        ),
        (
            refused(&[with("formatLength", json!(null))]),
            "no formatLength",
        ),
        (refused(&[with("formatTail", json!(null))]), "no formatTail"),
        (refused(&[with("formatTail", json!("!"))]), "no base64url"),
        (
            refused(&[header(), with("formatLength", json!(1))]),
            "different payloads",
        ),
        (
            refused(&[header(), with("formatTail", json!("fQ"))]),
            "different payloads",
        ),
        (payload(br#"{"signatures": [{}]}"#).unwrap_err(), "no JSON"),
        (
            payload(br#"{"signatures": {}}"#).unwrap_err(),
            "a list was expected",
        ),
    ];
    for (why, part) in refusals {
        assert!(
            why.starts_with("signatures: ") && why.contains(part),
            "{why}"
        );
    }
}

proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, length: i64, tail: String) {
        let _ = payload(&bytes);
        let _ = Schema1::read(&tail);
        let _ = payload(&signed(&[json!({"formatLength": length, "formatTail": tail})]));
    }
}
