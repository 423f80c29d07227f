//! How many instructions the tools need, counted by valgrind: they are the same on a busy machine, so they are asserted,
//! which times never are. Knows nothing of how long a run takes.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use xshell::Shell;

use crate::bench::records::Template;
use crate::cargo::cargo;

/// The program of the Debian package of the same name.
const VALGRIND: &str = "valgrind";
const TOOL: &str = "hub-inspect";
/// Tag records of the smallest run; the others have twice and four times as many.
const RECORDS: u64 = 1000;
/// In hundredths: how far the cost of a record of the longer run may be from that of the shorter one.
const GROWTH: u64 = 10;

/// The most instructions that each row may need, a quarter above what was measured on 2026-11-20 with valgrind 3.19 on
/// x86-64, of a debug build by rustc 1.95 (`cargo build --workspace --bins`, dependencies at `opt-level = 1`):
/// 967,434, 196,466 and 196,450. From run to run the first is the same, and the others differ by about a thousandth, since
/// threads take turns and hashes are seeded.
const BOUNDS: Counts = Counts {
    version: 1_210_000,
    record: 246_000,
    late_record: 246_000,
};

/// What is counted, or the most that it may be.
#[derive(Clone, Copy, Debug)]
struct Counts {
    /// A start that does nothing.
    version: u64,
    /// One tag record more through `--plan`, between N and 2N of them.
    record: u64,
    /// The same between 2N and 4N.
    late_record: u64,
}

/// Builds the tools as the other tasks do and counts; fails with every breach, not only the first.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    let version = valgrind_version()?;
    cargo(shell, "build")
        .args(["--workspace", "--bins", "--locked"])
        .run()?;
    let folder = tempfile::Builder::new().prefix("instructions-").tempdir()?;
    let stage = Stage {
        bins: shell.current_dir().join("target/debug"),
        folder: folder.path().to_owned(),
    };
    let counts = stage.count()?;
    eprintln!(
        "instructions: debug build, {}, {version}",
        std::env::consts::ARCH
    );
    for (row, count, bound) in counts.rows() {
        eprintln!("{count:>12} of {bound:>9}  {row}");
    }
    let breaches = counts.breaches();
    if !breaches.is_empty() {
        bail!("too many instructions:\n  {}", breaches.join("\n  "));
    }
    Ok(())
}

fn valgrind_version() -> anyhow::Result<String> {
    match Command::new(VALGRIND).arg("--version").output() {
        Ok(output) => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        Err(error) => bail!(
            "{VALGRIND}: {error}; missing Debian package: apt-get install --no-install-recommends {VALGRIND}"
        ),
    }
}

impl Counts {
    /// Name, count and bound of each.
    fn rows(&self) -> [(String, u64, u64); 3] {
        let per_record = |from: u64| {
            let (from, to) = (from * RECORDS, 2 * from * RECORDS);
            format!("{TOOL} --plan, a tag record between {from} and {to}")
        };
        [
            (format!("{TOOL} --version"), self.version, BOUNDS.version),
            (per_record(1), self.record, BOUNDS.record),
            (per_record(2), self.late_record, BOUNDS.late_record),
        ]
    }

    /// Rows above their bound, and a record that costs more when there are more of them.
    fn breaches(&self) -> Vec<String> {
        let rows = self.rows().into_iter();
        let mut breaches: Vec<String> = rows
            .filter(|(_, count, bound)| count > bound)
            .map(|(row, count, bound)| format!("{row}: {count}, and the bound is {bound}"))
            .collect();
        let apart = self.record.abs_diff(self.late_record);
        if apart * 100 > self.record * GROWTH {
            breaches.push(format!(
                "{TOOL} --plan: the cost of a tag record depends on how many there are: {} up to {} of them, {} up to \
                 {}, and the bound is {GROWTH} % apart",
                self.record,
                2 * RECORDS,
                self.late_record,
                4 * RECORDS,
            ));
        }
        breaches
    }
}

/// Where things are.
#[derive(Debug)]
struct Stage {
    /// The folder of the tools.
    bins: PathBuf,
    /// An empty folder; the home of whoever runs the tools.
    folder: PathBuf,
}

impl Stage {
    fn count(&self) -> anyhow::Result<Counts> {
        let template = Template::new(&self.bins)?;
        let once = self.plan(&template, RECORDS)?;
        let twice = self.plan(&template, 2 * RECORDS)?;
        let four_times = self.plan(&template, 4 * RECORDS)?;
        Ok(Counts {
            version: self.version()?,
            record: per_record(once, twice, RECORDS)?,
            late_record: per_record(twice, four_times, 2 * RECORDS)?,
        })
    }

    fn version(&self) -> anyhow::Result<u64> {
        let (count, said) = self.counted(&["--version"], Stdio::null())?;
        ensure!(said.starts_with(TOOL), "no version: {said:?}");
        Ok(count)
    }

    /// The records come from a file: how a pipe cuts them would differ from run to run.
    fn plan(&self, template: &Template, records: u64) -> anyhow::Result<u64> {
        let file = self.folder.join("records.ndjson");
        let mut writer = BufWriter::new(File::create(&file)?);
        template.write(usize::try_from(records)?, &mut writer)?;
        writer.flush()?;
        let (count, said) = self.counted(&["-q", "--plan"], File::open(&file)?.into())?;
        // A run that gives up early needs few instructions.
        let plan: serde_json::Value = serde_json::from_str(&said)?;
        ensure!(
            plan["inputs"] == records,
            "not a plan for {records} records: {plan}"
        );
        Ok(count)
    }

    /// The instructions of one run, and its stdout.
    fn counted(&self, arguments: &[&str], stdin: Stdio) -> anyhow::Result<(u64, String)> {
        let log = self.folder.join("log");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let output = Command::new(VALGRIND)
            .args(["--command-line-only=yes", "--tool=cachegrind"])
            .args(["--cache-sim=no", "--branch-sim=no"])
            .arg("--cachegrind-out-file=/dev/null")
            .arg(argument("--log-file=", &log))
            .arg(self.bins.join(TOOL))
            .args(arguments)
            .env_clear()
            .env("PATH", path)
            .env("HOME", &self.folder)
            .stdin(stdin)
            .stderr(Stdio::inherit())
            .output()
            .context(VALGRIND)?;
        ensure!(
            output.status.success(),
            "{TOOL} {}: {}",
            arguments.join(" "),
            output.status
        );
        let log = fs::read_to_string(&log)?;
        let count =
            instructions(&log).with_context(|| format!("{VALGRIND} did not count:\n{log}"))?;
        Ok((count, String::from_utf8(output.stdout)?))
    }
}

fn argument(name: &str, path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(name);
    argument.push(path);
    argument
}

fn per_record(fewer: u64, more: u64, records: u64) -> anyhow::Result<u64> {
    let difference = more.checked_sub(fewer);
    let difference = difference.with_context(|| {
        format!("{records} tag records more took {more} instructions instead of {fewer}")
    })?;
    Ok(difference / records)
}

/// Out of cachegrind's `==PID== I refs: 1,234`.
fn instructions(log: &str) -> Option<u64> {
    let mut lines = log.lines().filter_map(|line| line.split_once("refs:"));
    let (_, count) = lines.find(|(name, _)| name.trim_end().ends_with(" I"))?;
    count.trim().replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{BOUNDS, Counts, instructions, per_record};

    const FINE: Counts = Counts {
        version: 1000,
        record: 1000,
        late_record: 1100,
    };

    #[test]
    fn a_count_at_its_bound_is_no_breach() {
        let none: Vec<String> = Vec::new();
        assert_eq!(BOUNDS.breaches(), none);
        assert_eq!(FINE.breaches(), none);
    }

    #[test]
    fn a_breach_names_the_row_the_count_and_the_bound() {
        let counts = Counts {
            version: BOUNDS.version + 1,
            ..FINE
        };
        let expected = format!(
            "hub-inspect --version: {}, and the bound is {}",
            BOUNDS.version + 1,
            BOUNDS.version
        );
        assert_eq!(counts.breaches(), [expected]);
    }

    #[test]
    fn every_row_has_its_own_bound() {
        let counts = Counts {
            version: BOUNDS.version + 1,
            record: BOUNDS.record + 1,
            late_record: BOUNDS.late_record + 1,
        };
        assert_eq!(counts.breaches().len(), 3);
    }

    #[test]
    fn a_record_that_costs_a_tenth_more_among_many_is_a_breach() {
        let counts = Counts {
            late_record: 1101,
            ..FINE
        };
        let [breach] = &counts.breaches()[..] else {
            panic!("one breach");
        };
        assert!(breach.contains("1000 up to 2000 of them, 1101 up to 4000"));
    }

    #[test]
    fn the_count_is_read_from_what_cachegrind_writes() {
        let log = "==7== Command: hub-inspect\n==7== \n==7== I   refs:      967,534\n";
        assert_eq!(
            instructions(&log.replace("I   refs", "I refs")),
            Some(967_534)
        );
        assert_eq!(instructions(log), Some(967_534));
        assert_eq!(instructions("==7== Command: hub-inspect\n"), None);
    }

    #[test]
    fn more_records_that_need_fewer_instructions_are_an_error() {
        assert_eq!(per_record(100, 400, 100).unwrap(), 3);
        per_record(400, 100, 100).unwrap_err();
    }
}
