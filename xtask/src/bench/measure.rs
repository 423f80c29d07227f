//! A process that is small itself, runs one command and tells what that took: the kernel counts the memory of whoever
//! starts a program as that program's, so a process that holds a simulator cannot.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};

/// The word that `cargo xtask bench` starts itself with.
pub(crate) const WORD: &str = "measure";

/// What a command took.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Taken {
    /// Seconds from its start to its end; the middle one of several runs.
    pub(crate) wall: f64,
    /// Seconds of processors that it and its children used, for one run.
    pub(crate) cpu: f64,
    /// KiB of memory of the largest of its processes.
    pub(crate) peak: i64,
    /// The exit status of the last run; none after a death by signal.
    pub(crate) status: Option<i32>,
}

/// `measure REPORT TIMES PROGRAM ARGUMENT…`: runs the program so often and writes the report.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [report, times, program, rest @ ..] = arguments else {
        anyhow::bail!("measure REPORT TIMES PROGRAM ARGUMENT…");
    };
    let times: u32 = times.parse().context("how often?")?;
    let mut walls = Vec::new();
    let mut status = None;
    for _ in 0..times {
        let started = Instant::now();
        let ended = Command::new(program).args(rest).status();
        status = ended.with_context(|| program.clone())?.code();
        walls.push(started.elapsed().as_secs_f64());
    }
    walls.sort_by(f64::total_cmp);
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = duration(used.user_time()) + duration(used.system_time());
    let taken = Taken {
        wall: walls[walls.len() / 2],
        cpu: cpu.as_secs_f64() / f64::from(times),
        peak: used.max_rss(),
        status,
    };
    fs::write(report, serde_json::to_vec(&taken)?)?;
    Ok(())
}

/// Starts such a process. `command` is this program with an environment, and gets its arguments here.
pub(crate) fn start(
    mut command: Command,
    report: &Path,
    times: usize,
    argv: &[String],
) -> anyhow::Result<Child> {
    command.args(["bench", WORD]).arg(report);
    command.arg(times.to_string()).args(argv);
    command.stdin(Stdio::piped()).spawn().context("measure")
}

/// What it wrote.
pub(crate) fn read(report: &Path) -> anyhow::Result<Taken> {
    let text = fs::read(report).context("no report: the command did not start")?;
    Ok(serde_json::from_slice(&text)?)
}

fn duration(time: TimeVal) -> Duration {
    let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
    Duration::from_micros(micros.try_into().unwrap_or(0))
}
