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

/// Runs everything; fails with every breach, not only the first.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    packages_are_installed()?;
    cargo(shell, "build")
        .args(["--workspace", "--bins", "--locked"])
        .run()?;
    let bins = shell.current_dir().join("target/debug");
    let folder = tempfile::Builder::new().prefix("interop-").tempdir()?;
    let mut findings = Findings::default();
    let stage = Stage {
        folder: folder.path(),
        bins: &bins,
        odd: shell.current_dir().join("odd"),
        population: Population::tutorial(),
    };
    judge(&stage, &mut findings)?;
    for (kind, count) in &findings.cases {
        eprintln!("{count:5} {kind}");
    }
    if !findings.breaches.is_empty() {
        bail!("not as others do it:\n  {}", findings.breaches.join("\n  "));
    }
    Ok(())
}

fn judge(stage: &Stage<'_>, findings: &mut Findings) -> anyhow::Result<()> {
    let sim = Sim::start(Config::default())?;
    let bench = Bench::new(&sim, stage.bins);
    let open = stage.registry("open", &Auth::Open)?;
    let host = open.authority();
    let documents = fill::push_all(host, &stage.population)?;
    eprintln!("{documents} documents pushed");
    lists::against_skopeo(&bench, host, &stage.population, findings)?;
    let records = lists::one_pipe(&bench, host, &[], &stage.repositories())?;
    findings.case("pipe", "open", records);
    basic::judge(stage, &bench, findings)?;
    tokens::judge(stage, findings)?;
    oracle::judge(&bench, host, &stage.odd, findings)
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
