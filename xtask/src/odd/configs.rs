//! Config blobs (REGISTRY.md BLOB-1): times as builders wrote them, members of the wrong type, and blobs that are no
//! config at all.

use serde_json::{Value, json};

use super::case::{AMD64, Case, DOCKER, Family, OCI, config, manifest, pretty, with, without};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = no_configs();
    cases.extend(times());
    cases.extend(members());
    cases
}

fn no_configs() -> Vec<Case> {
    let refused = "A config that is no object is an error that names the blob.";
    vec![
        raw("config-array", refused, b"[]"),
        raw("config-null", refused, b"null"),
        raw(
            "config-text",
            "A config that is no JSON is an error that names the blob.",
            b"no JSON",
        ),
        raw(
            "config-empty-object",
            "A config without members is an image of which nothing is known.",
            b"{}",
        ),
    ]
}

fn times() -> Vec<Case> {
    let created = |created: &'static str| move |config| with(config, json!({"created": created}));
    let absent = |config| without(config, "created");
    vec![
        changed(
            (
                "created-trailing-zeros",
                "The instant is 12:00:00.12, whatever zeros follow.",
            ),
            OCI,
            created("2023-11-20T12:00:00.120000000Z"),
        ),
        changed(
            ("created-offset", "The instant is 10:00:00 UTC."),
            OCI,
            created("2023-11-20T12:00:00+02:00"),
        ),
        changed(
            (
                "created-invalid",
                "A time that is none is not passed off as one; the rest of the record stands.",
            ),
            OCI,
            created("yesterday"),
        ),
        changed(
            (
                "created-absent-oci",
                "The time is not known, and is not 1970.",
            ),
            OCI,
            absent,
        ),
        changed(
            (
                "created-absent-docker",
                "The time is not known, and is not year 1.",
            ),
            DOCKER,
            absent,
        ),
    ]
}

fn members() -> Vec<Case> {
    let hostile = json!({
        "html": "<b>&amp;</b>",
        "lines": "a\u{2028}b\u{2029}c",
        "control": "\u{0}\u{1b}[31mred\u{7f}\u{9b}\r\n\t",
        "reversed": "\u{202e}gpj.exe",
    });
    vec![
        changed(
            (
                "labels-hostile",
                "Labels come out as the same text, and no control character reaches a terminal.",
            ),
            OCI,
            run_config("Labels", hostile),
        ),
        changed(
            (
                "label-no-string",
                "A label that is no text does not lose the image.",
            ),
            OCI,
            run_config("Labels", json!({"number": 1, "null": null, "text": "kept"})),
        ),
        changed(
            (
                "env-no-list",
                "Env that is no list does not lose the image.",
            ),
            OCI,
            run_config("Env", json!("PATH=/usr/bin")),
        ),
        changed(
            ("env-null", "Env: null is no environment."),
            OCI,
            run_config("Env", Value::Null),
        ),
        changed(
            ("env-empty", "Env: [] is an empty environment."),
            OCI,
            run_config("Env", json!([])),
        ),
        changed(
            (
                "docker-members",
                "docker_version is given; container_config is the build's and not the image's.",
            ),
            DOCKER,
            docker_members,
        ),
    ]
}

fn docker_members(config: Value) -> Value {
    let build = json!({"Env": ["BUILD=1"], "Cmd": ["/bin/sh", "-c", "#(nop) CMD"], "Labels": {"build": "1"}});
    let members = json!({"docker_version": "19.03.12", "container": "0".repeat(64), "container_config": build});
    with(config, members)
}

/// Sets a member of `config.config`.
fn run_config(member: &'static str, value: Value) -> impl FnOnce(Value) -> Value {
    move |mut config| {
        config["config"][member] = value;
        config
    }
}

fn changed(
    (slug, rule): (&str, &'static str),
    family: Family,
    change: impl FnOnce(Value) -> Value,
) -> Case {
    let mut case = Case::new("BLOB-1", slug, rule);
    let layer = case.layer("layer", family.layer);
    let config = change(config(AMD64, &layer));
    let config = case.blob("config.json", family.config, &pretty(&config));
    case.top(family.manifest, &manifest(family, &config, &[layer]))
}

fn raw(slug: &str, rule: &'static str, bytes: &[u8]) -> Case {
    let mut case = Case::new("BLOB-1", slug, rule);
    let layer = case.layer("layer", OCI.layer);
    let config = case.blob("config.json", OCI.config, bytes);
    case.top(OCI.manifest, &manifest(OCI, &config, &[layer]))
}
