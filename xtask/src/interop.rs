//! Other people's code as judges: Debian's docker-registry, filled over HTTP, and skopeo, against the tools. What differs
//! on purpose stands in `interop/table.rs` and nowhere else.

mod bench;
mod fill;
mod findings;
mod http;
mod lists;
mod push;
mod registry;

use std::path::Path;
use std::process::Command;

use anyhow::bail;
use hub_sim::{Config, Population, Repository, Sim};
use xshell::Shell;

use crate::cargo::cargo;

use bench::Bench;
use findings::Findings;
use registry::{Auth, PROGRAM, Registry};

/// The program of the Debian package of the same name.
const SKOPEO: &str = "skopeo";

/// Runs everything; fails with every breach, not only the first.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    packages_are_installed()?;
    cargo(shell, "build")
        .args(["--workspace", "--bins", "--locked"])
        .run()?;
    let bins = shell.current_dir().join("target/debug");
    let folder = tempfile::Builder::new().prefix("interop-").tempdir()?;
    let mut findings = Findings::default();
    judge(folder.path(), &bins, &mut findings)?;
    for (kind, count) in &findings.cases {
        eprintln!("{count:5} {kind}");
    }
    if !findings.breaches.is_empty() {
        bail!("not as others do it:\n  {}", findings.breaches.join("\n  "));
    }
    Ok(())
}

fn judge(folder: &Path, bins: &Path, findings: &mut Findings) -> anyhow::Result<()> {
    let storage = folder.join("storage");
    let population = Population::tutorial();
    let sim = Sim::start(Config::default())?;
    let bench = Bench::new(&sim, bins);
    let open = Registry::start(folder, "open", &storage, &Auth::Open)?;
    let documents = fill::push_all(open.authority(), &population)?;
    eprintln!("{documents} documents pushed");
    lists::against_skopeo(&bench, open.authority(), &population, findings)?;
    let all: Vec<&Repository> = fill::repositories(&population)
        .filter(|repository| repository.tags().next().is_some())
        .collect();
    let records = lists::one_pipe(&bench, open.authority(), &[], &all)?;
    findings.case("pipe", "open", records);
    Ok(())
}

fn packages_are_installed() -> anyhow::Result<()> {
    let missing: Vec<&str> = [PROGRAM, SKOPEO]
        .into_iter()
        .filter(|program| Command::new(program).arg("--version").output().is_err())
        .collect();
    if !missing.is_empty() {
        let packages = missing.join(" ");
        bail!("missing Debian packages: apt-get install --no-install-recommends {packages}");
    }
    Ok(())
}
