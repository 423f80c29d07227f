//! How fast the tools are, and how much they ask for, against hub-sim at a distance, beside other people's tools: marks,
//! measured in one run. Times are told and never asserted.

mod job;
mod jobs;
mod machine;
mod measure;
mod plot;
pub(crate) mod records;
mod report;
mod run;
mod scale;
mod verdict;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{bail, ensure};
use xshell::Shell;

use crate::cargo::cargo;
use machine::Machine;
use records::Template;
use run::Stage;
use scale::Scale;
use verdict::Row;

const PAGE: &str = "docs/performance.md";
const PLOT: &str = "docs/performance.svg";
/// What the optimised xtask is called with.
const BUILT: &str = "--built";

/// What `cargo xtask bench` can be told.
#[derive(Debug, Default)]
struct Options {
    /// Renew the page.
    write: bool,
    /// Small, with the tools as tests have them.
    smoke: bool,
    /// The optimised tools are there, and this is their xtask.
    built: bool,
    /// Only these jobs.
    only: Vec<String>,
}

/// `bench [--write|--smoke] [JOB…]`.
pub(crate) fn run(shell: &Shell, arguments: &[String]) -> anyhow::Result<()> {
    if let Some((measure::WORD, rest)) = arguments
        .split_first()
        .map(|(word, rest)| (word.as_str(), rest))
    {
        return measure::run(rest);
    }
    let options = Options::read(arguments)?;
    let root = shell.current_dir();
    if options.smoke {
        return bench(&root, &root.join("target/debug"), &options);
    }
    let bins = root.join("target/release");
    if options.built {
        return bench(&root, &bins, &options);
    }
    cargo(shell, "build")
        .args(["--profile", "bench", "--workspace", "--bins", "--locked"])
        .run()?;
    // The simulator is a part of xtask, and must not be what is slow.
    let status = Command::new(bins.join("xtask"))
        .args(["bench", BUILT])
        .args(arguments)
        .status()?;
    ensure!(status.success(), "the optimised xtask: {status}");
    Ok(())
}

/// That everything still runs, in a few seconds, with the tools that are in `target/debug`.
pub(crate) fn smoke(shell: &Shell) -> anyhow::Result<()> {
    run(shell, &["--smoke".to_owned()])
}

impl Options {
    fn read(arguments: &[String]) -> anyhow::Result<Self> {
        let mut options = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--write" => options.write = true,
                "--smoke" => options.smoke = true,
                BUILT => options.built = true,
                flag if flag.starts_with('-') => bail!("bench knows no {flag}"),
                job => options.only.push(job.to_owned()),
            }
        }
        let partial = options.smoke || !options.only.is_empty();
        ensure!(
            !(options.write && partial),
            "the page is written of a whole run only"
        );
        Ok(options)
    }

    fn scale(&self) -> Scale {
        if self.smoke {
            Scale::SMOKE
        } else {
            Scale::FULL
        }
    }
}

fn bench(root: &Path, bins: &Path, options: &Options) -> anyhow::Result<()> {
    let scale = options.scale();
    let offers = jobs::offers(&bins.join("hub-inspect"), &scale)?;
    let machine = Machine::look(bins, &offers.peers);
    let folder = tempfile::Builder::new().prefix("bench-").tempdir()?;
    let stage = Stage {
        bins: bins.to_owned(),
        folder: folder.path().to_owned(),
        template: Template::new(bins)?,
    };
    let mut jobs = jobs::all(&scale, &offers);
    if let Some(name) = options
        .only
        .iter()
        .find(|name| jobs.iter().all(|job| job.name != **name))
    {
        bail!(
            "there is no job {name:?}: {}",
            jobs.iter()
                .map(|job| job.name)
                .collect::<Vec<_>>()
                .join(", ")
        );
    }
    jobs.retain(|job| options.only.is_empty() || options.only.iter().any(|name| name == job.name));
    let mut rows = Vec::new();
    for job in &jobs {
        let outcomes = job.contestants.iter().map(|contestant| {
            eprintln!("{}: {}", job.name, contestant.name);
            stage
                .run(job, contestant)
                .map_err(|error| format!("{error:#}"))
        });
        rows.extend(verdict::judge(job, outcomes.collect()));
    }
    tell(&rows, &machine, options.smoke)?;
    if options.write {
        write(root, &rows, &machine)?;
    }
    let failed = rows.iter().filter(|row| row.outcome.is_err()).count();
    ensure!(failed == 0, "{failed} rows failed");
    Ok(())
}

/// A smoke test's numbers mean nothing, so that its marks are not shown.
fn tell(rows: &[Row<'_>], machine: &Machine, smoke: bool) -> anyhow::Result<()> {
    let table = report::table(rows);
    let shown = if smoke {
        table
            .lines()
            .filter(|line| !line.starts_with("MISSED"))
            .collect::<Vec<_>>()
            .join("\n")
    } else {
        table
    };
    eprintln!("\n{shown}");
    let mut stdout = std::io::stdout().lock();
    for row in rows.iter().filter(|_| !smoke) {
        writeln!(stdout, "{}", report::ndjson(row, machine)?)?;
    }
    Ok(())
}

fn write(root: &Path, rows: &[Row<'_>], machine: &Machine) -> anyhow::Result<()> {
    let beside = Path::new(PLOT)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let files: [(PathBuf, String); 2] = [
        (root.join(PAGE), report::page(rows, machine, &beside)),
        (root.join(PLOT), plot::svg(rows)),
    ];
    for (file, text) in files {
        std::fs::write(&file, text)?;
        eprintln!("{} written", file.display());
    }
    Ok(())
}
