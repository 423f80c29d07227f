//! The tutorial pipe for real, against the offline Hub: what a stranger runs first.

use std::fs;
use std::time::Instant;

use anyhow::{Context, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::cargo::cargo;

const PIPE: &str = "set -o pipefail; hub-ls ansible | hub-tags --newest 1 | hub-inspect | tee \"$RECORDS\" | cut -c 1-160";

/// Builds the tools, runs the pipe under `hub-sim`, shows the beginning of each record, and sums up.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    cargo(shell, "build")
        .args(["--workspace", "--bins", "--locked"])
        .run()?;
    let folder = tempfile::tempdir()?;
    let (log, records) = (folder.path().join("log"), folder.path().join("records"));
    let sim = shell.current_dir().join("target/debug/hub-sim");
    eprintln!("$ hub-ls ansible | hub-tags --newest 1 | hub-inspect");
    let begun = Instant::now();
    {
        let _records = shell.push_env("RECORDS", &records);
        cmd!(shell, "{sim} --log {log} -- bash -c {PIPE}")
            .quiet()
            .run()?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let records = fs::read_to_string(records).context("the pipe wrote no records")?;
    for record in records.lines() {
        let record: Value = serde_json::from_str(record)?;
        ensure!(
            record["kind"] == "image",
            "an image record was expected: {record}"
        );
    }
    let requests = fs::read_to_string(log)?.lines().count();
    ensure!(records.lines().count() > 0, "the pipe gave no record");
    eprintln!(
        "{} records, {requests} requests, {seconds:.2} seconds",
        records.lines().count()
    );
    Ok(())
}
