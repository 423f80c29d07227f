//! Every odd image of `odd/`, as hub-inspect says it: a true record or a clear error. The cases are named after the facts of
//! REGISTRY.md that they stand for.

mod cases;
mod platforms;
mod rules;
mod sizes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cases::CASES;
use cases::Expected::{self, Artifact, Error, Image, Plain};
use hub_sim::{Config, Population, Sim};
use hub_test::{Run, tool};
use serde_json::Value;

fn odd() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../odd")
}

fn sim() -> Sim {
    Sim::start(Config {
        population: Population::images(&odd()).expect("the odd images"),
        ..Config::default()
    })
    .expect("a free port")
}

fn reference(case: &str) -> String {
    format!("odd/images:{case}")
}

fn inspect(sim: &Sim, arguments: &[&str], case: &str) -> Run {
    let reference = reference(case);
    let arguments = [arguments, &[&reference]].concat();
    tool(sim, "hub-inspect", &arguments).run()
}

/// The digest under which `image.json` lists a file of a case.
fn digest(case: &str, file: &str) -> String {
    let text = std::fs::read(odd().join(case).join("image.json")).expect("a case");
    let description: Value = serde_json::from_slice(&text).expect("JSON");
    let documents = description["documents"].as_array().expect("a list");
    let document = documents.iter().find(|document| document["file"] == file);
    let digest = document.and_then(|document| document["digest"].as_str());
    digest.expect("the file is listed").to_owned()
}

fn check(case: &str, expected: &Expected, record: &Value) {
    let is = |member: &str, json: &str| {
        let json: Value = serde_json::from_str(json).expect("JSON");
        assert_eq!(record[member], json, "{case}: {member}");
    };
    if !matches!(expected, Error(..)) {
        is("Digest", &format!("\"{}\"", digest(case, "top.json")));
    }
    match expected {
        Plain => {
            is("kind", "\"image\"");
            is("Platform", "\"linux/amd64\"");
            assert_eq!(record["Layers"].as_array().map(Vec::len), Some(1), "{case}");
        }
        Image(members) => {
            is("kind", "\"image\"");
            members.iter().for_each(|(member, json)| is(member, json));
        }
        Artifact(kind) => {
            is("kind", "\"artifact\"");
            is("ArtifactType", &format!("\"{kind}\""));
        }
        Error(code, words) => {
            assert_eq!(record["error"]["code"], *code, "{case}: {record}");
            let message = record["error"]["message"].as_str().unwrap_or_default();
            assert!(message.contains(words), "{case}: {message}");
        }
    }
}

#[test]
fn every_odd_image_is_a_true_record_or_a_clear_error() {
    let sim = sim();
    let stdin: String = CASES
        .iter()
        .map(|(case, _)| reference(case) + "\n")
        .collect();
    let run = tool(&sim, "hub-inspect", &["--errors"]).stdin(stdin).run();
    let records = run.records();
    assert_eq!((run.code, records.len()), (Some(1), CASES.len()));
    for ((case, expected), record) in CASES.iter().zip(&records) {
        check(case, expected, record);
    }
}

#[test]
fn no_odd_image_is_left_out() {
    let mut folders: Vec<_> = std::fs::read_dir(odd())
        .expect("the odd images")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("ASCII"))
        .collect();
    folders.sort_unstable();
    let cases: BTreeMap<_, _> = CASES
        .iter()
        .map(|(case, expected)| (*case, expected))
        .collect();
    assert!(
        cases.keys().eq(folders.iter()),
        "a row for each folder, and a folder for each row"
    );
}
