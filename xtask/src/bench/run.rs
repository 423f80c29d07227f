//! Runs one contestant: a fresh simulator, the command in a process of its own, and what the simulator's log says of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command};
use std::thread;

use anyhow::{Context, bail, ensure};
use hub_sim::{Exchange, Kind, Service, Sim};
use serde::Serialize;

use super::job::{Contestant, Input, Job};
use super::measure::{self, Taken};
use super::records::Template;

/// What a run came to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    #[serde(flatten)]
    pub(crate) taken: Taken,
    /// By kind, as the simulator's log calls them.
    pub(crate) requests: BTreeMap<String, usize>,
    /// Manifest GETs that were answered with a manifest.
    pub(crate) manifest_gets: usize,
    /// Answers with 429.
    pub(crate) refusals: usize,
    /// By host.
    pub(crate) connections: BTreeMap<&'static str, u64>,
}

/// Where things are.
#[derive(Debug)]
pub(crate) struct Stage {
    /// The folder of the tools.
    pub(crate) bins: PathBuf,
    /// An empty folder.
    pub(crate) folder: PathBuf,
    pub(crate) template: Template,
}

impl Outcome {
    /// Requests of all kinds.
    pub(crate) fn total(&self) -> usize {
        self.requests.values().sum()
    }
}

impl Stage {
    /// The run whose time is in the middle of all repeats.
    pub(crate) fn run(&self, job: &Job, contestant: &Contestant) -> anyhow::Result<Outcome> {
        let mut outcomes = Vec::new();
        for _ in 0..contestant.repeats {
            let outcome = self.once(job, contestant);
            outcomes.push(outcome.with_context(|| format!("{}: {}", job.name, contestant.name))?);
        }
        outcomes.sort_by(|a, b| a.taken.wall.total_cmp(&b.taken.wall));
        let middle = outcomes.len() / 2;
        Ok(outcomes.swap_remove(middle))
    }

    fn once(&self, job: &Job, contestant: &Contestant) -> anyhow::Result<Outcome> {
        let sim = Sim::start(job.config.clone())?;
        if let Some(script) = &contestant.before {
            let mut command = self.command(&sim, "bash", contestant)?;
            let status = command.args(["-o", "pipefail", "-c", script]).status()?;
            ensure!(status.success(), "what has to be done before: {status}");
        }
        let before = sim.log().len();
        let connected = connections(&sim);
        let taken = self.measured(&sim, contestant)?;
        let log = sim.log().split_off(before);
        let mut connections = connections(&sim);
        for (host, count) in &mut connections {
            *count -= connected[host];
        }
        Ok(Outcome {
            taken,
            requests: by_kind(&log),
            manifest_gets: log.iter().filter(|asked| is_pull(asked)).count(),
            refusals: log.iter().filter(|asked| asked.status == Some(429)).count(),
            connections,
        })
    }

    fn measured(&self, sim: &Sim, contestant: &Contestant) -> anyhow::Result<Taken> {
        let [report, stdout, stderr] =
            ["report", "stdout", "stderr"].map(|name| self.folder.join(name));
        drop(std::fs::remove_file(&report));
        // This program, also where cargo has put another in its place since it started.
        let mut command = self.command(sim, "/proc/self/exe", contestant)?;
        command
            .stdout(File::create(&stdout)?)
            .stderr(File::create(&stderr)?);
        let mut child = measure::start(command, &report, contestant.times, &contestant.argv)?;
        let stdin = child.stdin.take().context("a pipe was asked for")?;
        thread::scope(|scope| {
            // A command that does not read all of it is told by its status.
            scope.spawn(|| drop(self.feed(&contestant.input, stdin)));
            child.wait()
        })?;
        let taken = measure::read(&report)?;
        if taken.status != Some(contestant.status) {
            bail!("it ended with {:?}: {}", taken.status, last_words(&stderr)?);
        }
        let lines = lines(&stdout)?;
        if let Some(expected) = contestant.lines {
            ensure!(lines == expected, "{lines} lines instead of {expected}");
        }
        Ok(taken)
    }

    /// The environment of `sim`, with the tools first on the path.
    fn command(
        &self,
        sim: &Sim,
        program: impl AsRef<std::ffi::OsStr>,
        contestant: &Contestant,
    ) -> anyhow::Result<Command> {
        let mut command = sim.command(program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::split_paths(&path);
        let path = std::env::join_paths([self.bins.clone()].into_iter().chain(path))?;
        command.env("PATH", path).env("SIM_HOST", sim.authority());
        command.envs(contestant.environment.iter().cloned());
        Ok(command)
    }

    fn feed(&self, input: &Input, stdin: ChildStdin) -> std::io::Result<()> {
        let mut stdin = BufWriter::with_capacity(1 << 16, stdin);
        match input {
            Input::Nothing => {}
            Input::Text(text) => stdin.write_all(text.as_bytes())?,
            Input::Records(count) => self.template.write(*count, &mut stdin)?,
        }
        stdin.flush()
    }
}

fn connections(sim: &Sim) -> BTreeMap<&'static str, u64> {
    let hosts = [
        ("hub", Service::Hub),
        ("token", Service::Token),
        ("storage", Service::Storage),
    ];
    hosts
        .map(|(name, host)| (name, sim.connections(host)))
        .into()
}

fn by_kind(log: &[Exchange]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for exchange in log {
        let kind = serde_json::to_value(exchange.kind).unwrap_or_default();
        let mut name = kind.as_str().unwrap_or_default().to_owned();
        if exchange.kind == Kind::Manifest && exchange.method == "HEAD" {
            name.push_str("_head");
        }
        *kinds.entry(name).or_default() += 1;
    }
    kinds
}

fn is_pull(asked: &Exchange) -> bool {
    asked.kind == Kind::Manifest && asked.method == "GET" && asked.status == Some(200)
}

fn lines(file: &Path) -> anyhow::Result<usize> {
    let mut file = File::open(file)?;
    let mut piece = vec![0; 1 << 16];
    let mut lines = 0;
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            return Ok(lines);
        }
        let ends = piece[..length].iter().filter(|byte| **byte == b'\n');
        lines += ends.count();
    }
}

fn last_words(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read(file)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok(text.trim().lines().last().unwrap_or_default().to_owned())
}
