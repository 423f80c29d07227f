//! When, where and with what it was measured.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Serialize;

/// The circumstances.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    /// In UTC.
    pub(crate) date: String,
    pub(crate) processors: usize,
    pub(crate) model: String,
    /// The load when the run began: with more than a little, times say little.
    pub(crate) load: String,
    pub(crate) system: String,
    /// The first line of each program's `--version`.
    pub(crate) versions: Vec<String>,
    pub(crate) commit: String,
}

impl Machine {
    /// This one, now. `bins` is the folder of the tools.
    pub(crate) fn look(bins: &Path, peers: &[&str]) -> Self {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find(|line| line.starts_with("model name"));
        let model = model.and_then(|line| line.split_once(": "));
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let system = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let tool = bins.join("hub-inspect").to_string_lossy().into_owned();
        let mut versions = vec![said(&tool, "--version"), said("rustc", "--version")];
        versions.extend(peers.iter().map(|peer| version(peer)));
        Self {
            date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            model: model.map_or("unknown", |(_, model)| model).to_owned(),
            load: load.split(' ').next().unwrap_or_default().to_owned(),
            system: format!("Linux {}", system.trim()),
            versions,
            commit: said("git", "describe --always --dirty"),
        }
    }
}

/// crane and regctl have a subcommand for it.
fn version(peer: &str) -> String {
    let argument = if peer == "skopeo" {
        "--version"
    } else {
        "version"
    };
    let said = said(peer, argument);
    if said.starts_with(peer) {
        said
    } else {
        format!("{peer} {said}")
    }
}

fn said(program: &str, arguments: &str) -> String {
    let output = Command::new(program).args(arguments.split(' ')).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    text.lines().next().unwrap_or("unknown").trim().to_owned()
}
