//! The document against what skopeo 1.9.3 printed for the same image; it prints no `LayersData` yet.

use serde_json::{Value, json};

use super::super::schema1::tests::{DIGEST, MANIFEST, manifest};
use super::*;

const CONFIG: &str = r#"{"created":"2024-05-06T07:08:09.120+00:00","author":"a","architecture":"amd64","os":"linux",
    "docker_version":"20.10.1","config":{"Env":["PATH=/bin","X=<&>"],"Cmd":["sh"],"Labels":{"z":"1","a":"\u2028\b","B":""}},
    "rootfs":{"type":"layers","diff_ids":[]},"history":[{"created":"2024-05-06T07:08:09Z","created_by":"x"}],"unknown":1}"#;

/// What skopeo 1.9.3 printed for `CONFIG` and two layers, as docker's and as OCI, behind the digest.
const PRINTED: &str = r#"
    "RepoTags": [],
    "Created": "2024-05-06T07:08:09.12Z",
    "DockerVersion": "20.10.1",
    "Labels": {
        "B": "",
        "a": "\u2028\u0008",
        "z": "1"
    },
    "Architecture": "amd64",
    "Os": "linux",
    "Layers": [
        "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    ],
    "Env": [
        "PATH=/bin",
        "X=\u003c\u0026\u003e"
    ]
}
"#;

/// What Go 1.19.8 printed for skopeo's types with these two layers.
const LAYERS_DATA: &str = r#"    "LayersData": [
        {
            "MIMEType": "t",
            "Digest": "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "Size": 7,
            "Annotations": {
                "a": "1",
                "b": "\u003c\u0026\u003e"
            }
        },
        {
            "MIMEType": "t",
            "Digest": "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            "Size": 8,
            "Annotations": null
        }
    ],
"#;

/// What skopeo 1.9.3 printed for `MANIFEST`, behind the digest.
const PRINTED_SCHEMA1: &str = r#"
    "RepoTags": [],
    "Created": "2015-01-02T03:04:05.6Z",
    "DockerVersion": "1.9",
    "Labels": {
        "a": "1",
        "b": "\u003c"
    },
    "Architecture": "arm",
    "Os": "linux",
    "Layers": [
        "sha256:0000000000000000000000000000000000000000000000000000000000000065",
        "sha256:0000000000000000000000000000000000000000000000000000000000000064"
    ],
    "Env": [
        "A=1"
    ]
}
"#;

/// The document as skopeo before 1.10 prints it.
fn strip_layers_data(document: &str) -> String {
    let (before, rest) = document.split_once("    \"LayersData\": [").unwrap();
    let end = if rest.starts_with("],") {
        "],\n"
    } else {
        "\n    ],\n"
    };
    format!("{before}{}", rest.split_once(end).unwrap().1)
}

fn printed(name: &str, repo_tags: Option<&[String]>, image: Image<'_>) -> Result<String, String> {
    let inspected = Inspected {
        name,
        digest: DIGEST,
        repo_tags,
        image,
    };
    document(&inspected).map(|bytes| String::from_utf8(bytes).unwrap())
}

fn two_layers(is_docker: bool) -> Result<String, String> {
    let [a, b] = ["a", "b"].map(|digit| format!("sha256:{}", digit.repeat(64)));
    let layer = |digest, size, annotations| LayerData {
        mime_type: "t",
        digest,
        size,
        annotations,
    };
    let layers = vec![
        layer(&a, 7, Some(BTreeMap::from([("b", "<&>"), ("a", "1")]))),
        layer(&b, 8, None),
    ];
    let config = CONFIG.as_bytes();
    printed(
        "",
        Some(&[]),
        Image::Modern {
            is_docker,
            layers,
            config,
        },
    )
}

/// The document of an image without layers, read back.
fn modern(is_docker: bool, config: &str) -> Result<Value, String> {
    let image = Image::Modern {
        is_docker,
        layers: Vec::new(),
        config: config.as_bytes(),
    };
    printed("", Some(&[]), image).map(|document| serde_json::from_str(&document).unwrap())
}

/// The layers, by their last digit, and the system.
fn schema1(configs: &[Value]) -> Result<(String, Value), String> {
    let manifest = Schema1::read(&manifest(configs).to_string())?;
    let document = printed("", None, Image::Schema1(&manifest))?;
    let document: Value = serde_json::from_str(&document).unwrap();
    let layers = document["Layers"].as_array().unwrap();
    let digits = layers
        .iter()
        .filter_map(|layer| layer.as_str()?.chars().last());
    Ok((digits.collect(), document["Os"].clone()))
}

fn id(number: u8) -> String {
    format!("{number:064x}")
}

#[test]
fn a_docker_image_is_printed_as_skopeo_does() {
    let document = strip_layers_data(&two_layers(true).unwrap());
    assert_eq!(
        document,
        format!("{{\n    \"Digest\": \"{DIGEST}\",{PRINTED}")
    );
}

#[test]
fn an_oci_image_is_printed_as_skopeo_does_with_the_data_of_its_layers() {
    let document = two_layers(false).unwrap();
    let (before, after) = PRINTED.split_at(PRINTED.find("    \"Env\"").unwrap());
    assert_eq!(
        document,
        format!("{{\n    \"Digest\": \"{DIGEST}\",{before}{LAYERS_DATA}{after}")
    );
}

#[test]
fn docker_s_layers_have_no_annotations() {
    let document: Value = serde_json::from_str(&two_layers(true).unwrap()).unwrap();
    let data = &document["LayersData"];
    assert_eq!(
        (&data[0]["Annotations"], &data[0]["Size"]),
        (&Value::Null, &json!(7))
    );
}

#[test]
fn a_schema_1_image_has_a_tag_and_layers_without_size_man_18() {
    let manifest = Schema1::read(MANIFEST).unwrap();
    let document = printed("", Some(&[]), Image::Schema1(&manifest)).unwrap();
    assert_eq!(
        strip_layers_data(&document),
        format!("{{\n    \"Tag\": \"t\\u0026g\",\n    \"Digest\": \"{DIGEST}\",{PRINTED_SCHEMA1}")
    );
    let document: Value = serde_json::from_str(&document).unwrap();
    let digest = format!("sha256:{:064x}", 0x65);
    let base = json!({"MIMEType": "", "Digest": digest, "Size": -1, "Annotations": null});
    assert_eq!(document["LayersData"][0], base);
}

#[test]
fn the_name_is_first_and_denied_tags_are_null() {
    let image = Image::Modern {
        is_docker: false,
        layers: Vec::new(),
        config: b"{}",
    };
    let tags = ["1".to_owned()];
    let document = printed("docker.io/library/x", Some(&tags), image).unwrap();
    let head = format!(
        "{{\n    \"Name\": \"docker.io/library/x\",\n    \"Digest\": \"{DIGEST}\",\n    \"RepoTags\": [\n        \"1\"\n    ],\n"
    );
    assert!(document.starts_with(&head), "{document}");
    let manifest = Schema1::read(MANIFEST).unwrap();
    let denied = printed("", None, Image::Schema1(&manifest)).unwrap();
    assert!(denied.contains("\n    \"RepoTags\": null,\n"), "{denied}");
}

#[test]
fn an_image_that_tells_nothing_has_empty_members_and_no_layers() {
    let empty = |created: Value| {
        json!({"Digest": DIGEST, "RepoTags": [], "Created": created, "DockerVersion": "", "Labels": null, "Architecture": "",
            "Os": "", "Layers": [], "LayersData": [], "Env": null})
    };
    for config in [
        "{}",
        "null",
        r#"{"created":null,"os":null,"config":null,"history":null}"#,
    ] {
        let zero = json!("0001-01-01T00:00:00Z");
        assert_eq!(modern(true, config).unwrap(), empty(zero), "{config}");
        assert_eq!(
            modern(false, config).unwrap(),
            empty(Value::Null),
            "{config}"
        );
    }
}

#[test]
fn what_skopeo_cannot_read_is_refused() {
    let both = [
        (
            r#"{"config":{"Labels":{"a":1}}}"#,
            "config: Labels: a: a string was expected",
        ),
        (
            r#"{"config":{"Env":"A=1"}}"#,
            "config: Env: a list was expected",
        ),
        (
            r#"{"config":{"Tty":"x"}}"#,
            "config: Tty: true or false was expected",
        ),
        (r#"{"config":[]}"#, "config: an object was expected"),
        (r#"{"created":"yesterday"}"#, "created: it is no time"),
        (
            r#"{"history":[{"created":"x"}]}"#,
            "history: [0]: created: it is no time",
        ),
        (
            r#"{"rootfs":{"diff_ids":{}}}"#,
            "rootfs: diff_ids: a list was expected",
        ),
        (r#"{"os.features":"x"}"#, "os.features: a list was expected"),
        (r#"{"size":"1"}"#, "size: a whole number"),
        ("[]", "an object was expected"),
        ("", "it is no JSON"),
    ];
    for (config, part) in both {
        for is_docker in [true, false] {
            let why = modern(is_docker, config).unwrap_err();
            assert!(
                why.starts_with("the image config: ") && why.contains(part),
                "{config}: {why}"
            );
        }
    }
    // docker takes one word for a list; the OCI does not.
    let word = r#"{"config":{"Cmd":"sh"}}"#;
    assert!(modern(true, word).is_ok());
    assert!(modern(false, word).is_err());
}

#[test]
fn a_schema_1_layer_that_is_there_twice_in_a_row_is_shown_once_and_the_older_is() {
    let configs = [
        json!({"id": id(2), "parent": id(9), "os": "newest"}),
        json!({"id": id(2), "parent": id(8), "os": "newer"}),
        json!({"id": id(2), "parent": id(1), "os": "old"}),
        json!({"id": id(1), "parent": id(7)}),
        json!({"id": id(1)}),
    ];
    assert_eq!(schema1(&configs), Ok(("42".to_owned(), json!("old"))));
}

#[test]
fn schema_1_layers_that_are_no_chain_are_refused() {
    let refusals = [
        (vec![json!({"id": id(1), "parent": id(2)})], "not below"),
        (
            vec![json!({"id": id(2), "parent": id(3)}), json!({"id": id(1)})],
            "not below",
        ),
        (
            vec![json!({"id": id(2)}), json!({"id": id(1)})],
            "not below",
        ),
        (
            vec![
                json!({"id": id(1), "parent": id(2)}),
                json!({"id": id(2), "parent": id(1)}),
                json!({"id": id(1)}),
            ],
            "there twice",
        ),
        (vec![json!({})], "64 hexadecimal"),
        (vec![json!({"id": "A".repeat(64)})], "64 hexadecimal"),
        (
            vec![json!({"id": id(1), "comment": 1})],
            "comment: a string",
        ),
        (
            vec![json!({"id": id(1), "config": {"Tty": 1}})],
            "config: Tty: true or false",
        ),
    ];
    for (configs, part) in refusals {
        let why = schema1(&configs).unwrap_err();
        assert!(why.contains(part), "{why}");
    }
    // What a docker config has beside it is not read here.
    let beside = [json!({"id": id(1), "history": 1, "rootfs": 1, "os": "x"})];
    assert_eq!(schema1(&beside), Ok(("0".to_owned(), json!("x"))));
}
