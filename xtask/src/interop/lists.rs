//! `hub-tags` beside `skopeo list-tags`, and a record of `hub-inspect` for every tag by one pipe. Knows no authentication:
//! `flags` bring it.

use std::collections::BTreeSet;

use hub_sim::{Population, Repository};
use serde::Deserialize;

use super::bench::{Bench, Outcome, each};
use super::fill::repositories;
use super::findings::{Findings, check};

#[derive(Deserialize)]
struct TagList {
    #[serde(rename = "Tags")]
    tags: Vec<String>,
}

/// Every repository's tags, in the registry's order, as skopeo lists them.
pub(crate) fn against_skopeo(
    bench: &Bench<'_>,
    host: &str,
    population: &Population,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let all: Vec<&Repository> = repositories(population).collect();
    let verdicts = each(&all, |repository| {
        let reference = format!("{host}/{}", repository.full_name());
        let address = format!("docker://{reference}");
        let theirs = bench.skopeo(&["list-tags", "--tls-verify=false", &address])?;
        let args = ["--source", "registry", "--plain-http", host];
        let args = [&args[..], &["-o", "ref", &reference]].concat();
        let ours = bench.tool("hub-tags", &args, "")?;
        same_tags(&reference, &ours, &theirs)
    })?;
    for (repository, verdict) in all.iter().zip(verdicts) {
        findings.case("list-tags", &repository.full_name(), verdict);
    }
    Ok(())
}

fn same_tags(
    reference: &str,
    ours: &Outcome,
    theirs: &Outcome,
) -> anyhow::Result<Result<(), String>> {
    if !theirs.succeeded() {
        return Ok(check(!ours.succeeded(), || {
            format!("skopeo fails: {}", theirs.last_words())
        }));
    }
    let list: TagList = serde_json::from_slice(&theirs.stdout)?;
    let tags = list.tags.iter();
    let lines: Vec<String> = tags.map(|tag| format!("{reference}:{tag}\n")).collect();
    let lines = lines.concat();
    let (code, said) = (ours.code, ours.text());
    Ok(check(ours.succeeded() && said == lines, || {
        let words = ours.last_words();
        format!("hub-tags ends with {code:?}, {words:?}; it says {said:?}, skopeo {lines:?}")
    }))
}

/// References, each with the kind of its record, or the code of an error.
type Seen = BTreeSet<(String, String)>;

#[derive(Deserialize)]
struct Record {
    r#ref: String,
    kind: String,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: String,
}

/// `hub-tags | hub-inspect` over all of `repositories`: a record for each tag, with its digest; what runs
/// nowhere is an artifact.
pub(crate) fn one_pipe(
    bench: &Bench<'_>,
    host: &str,
    flags: &[&str],
    repositories: &[&Repository],
) -> anyhow::Result<Result<(), String>> {
    let expected: Seen = repositories
        .iter()
        .flat_map(|repository| expected(host, repository))
        .collect();
    let lines: Vec<String> = repositories
        .iter()
        .map(|repository| format!("{host}/{}\n", repository.full_name()))
        .collect();
    let common = [&["--plain-http", host, "--errors"], flags].concat();
    let args = [&["--source", "registry"], &common[..]].concat();
    let tags = bench.tool("hub-tags", &args, &lines.concat())?;
    let images = bench.tool("hub-inspect", &common, &tags.text())?;
    let mut seen = Seen::new();
    for line in images.text().lines() {
        seen.insert(told(serde_json::from_str(line)?));
    }
    let differ: Vec<_> = expected.symmetric_difference(&seen).take(3).collect();
    let records = images.text().lines().count();
    let whole = tags.succeeded() && differ.is_empty() && records == expected.len();
    Ok(check(whole, || {
        let words = [tags.last_words(), images.last_words()];
        let tags = expected.len();
        format!("{records} records for {tags} tags; {differ:?} differ; {words:?}")
    }))
}

fn expected(host: &str, repository: &Repository) -> Vec<(String, String)> {
    let name = repository.full_name();
    let one = |tag: hub_sim::Tag<'_>| {
        let runs_nowhere = tag.platforms.is_empty();
        let kind = if runs_nowhere { "artifact" } else { "image" };
        let reference = format!("{host}/{name}:{}@{}", tag.name, tag.digest);
        (reference, kind.to_owned())
    };
    repository.tags().map(one).collect()
}

fn told(record: Record) -> (String, String) {
    let word = record.error.map_or(record.kind, |error| error.code);
    (record.r#ref, word)
}
