//! Other people's code as judges: Debian's docker-registry, filled over HTTP, and skopeo, against the tools. What differs
//! on purpose stands in `interop/table.rs` and nowhere else.

mod basic;
mod bench;
mod case;
mod difference;
mod fill;
mod findings;
mod http;
mod lists;
mod odd;
mod oracle;
mod push;
mod registry;
mod report;
mod stage;
mod table;
mod tokens;

use std::process::Command;

use anyhow::bail;
use hub_sim::{Config, Population, Sim};
use xshell::Shell;

use crate::cargo::cargo;

use bench::Bench;
use findings::Findings;
use registry::{Auth, PROGRAM};
use stage::Stage;

/// The program of the Debian package of the same name.
const SKOPEO: &str = "skopeo";

/// Runs everything; fails with every breach, not only the first. With `write`, `docs/interop.md` is written anew.
pub(crate) fn run(shell: &Shell, write: bool) -> anyhow::Result<()> {
    let versions = versions()?;
    cargo(shell, "build")
        .args(["--workspace", "--bins", "--locked"])
        .run()?;
    let root = shell.current_dir();
    let bins = root.join("target/debug");
    let folder = tempfile::Builder::new().prefix("interop-").tempdir()?;
    let mut findings = Findings::default();
    let stage = Stage {
        folder: folder.path(),
        bins: &bins,
        odd: root.join("odd"),
        population: Population::tutorial(),
    };
    judge(&stage, &mut findings)?;
    eprint!("{}", report::summary(&versions, &findings));
    if !findings.breaches.is_empty() {
        bail!("not as others do it:\n  {}", findings.breaches.join("\n  "));
    }
    report::page(&root.join("docs/interop.md"), &versions, &findings, write)
}

fn judge(stage: &Stage<'_>, findings: &mut Findings) -> anyhow::Result<()> {
    let sim = Sim::start(Config::default())?;
    let bench = Bench::new(&sim, stage.bins);
    let open = stage.registry("open", &Auth::Open)?;
    let host = open.authority();
    findings.documents = fill::push_all(host, &stage.population)?;
    lists::against_skopeo(&bench, host, &stage.population, findings)?;
    let records = lists::one_pipe(&bench, host, &[], &stage.repositories())?;
    findings.case("pipe", "open", records);
    basic::judge(stage, &bench, findings)?;
    tokens::judge(stage, findings)?;
    oracle::judge(&bench, host, &stage.odd, findings)
}

/// What both programs say of themselves; fails with the packages that are missing.
fn versions() -> anyhow::Result<String> {
    let said = |program: &str| {
        let output = Command::new(program).arg("--version").output().ok()?;
        let line = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Some(line)
    };
    let mut versions = Vec::new();
    let mut missing = Vec::new();
    for program in [PROGRAM, SKOPEO] {
        match said(program) {
            Some(version) => versions.push(version),
            None => missing.push(program),
        }
    }
    if !missing.is_empty() {
        let packages = missing.join(" ");
        bail!("missing Debian packages: apt-get install --no-install-recommends {packages}");
    }
    Ok(versions.join(", "))
}
