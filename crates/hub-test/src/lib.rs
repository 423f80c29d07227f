//! The tools as processes, for tests: one way to run them, and stdout, stderr and status asserted together.
//!
//! Only a dev-dependency. It knows no tool by name and no rule of the contract.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;

use hub_sim::Sim;
use serde_json::Value;

/// A tool that is about to be run.
#[derive(Debug)]
pub struct Tool {
    command: Command,
    stdin: Option<Vec<u8>>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    /// What was written for the next tool.
    pub stdout: String,
    /// What was said to people, without the line that names the endpoints of the simulator.
    pub stderr: String,
    /// The exit status; `None` after a death by signal.
    pub code: Option<i32>,
}

/// The folder that cargo put the binaries into.
pub fn binaries() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a file");
    let folder = test.ancestors().nth(2).expect("tests are below the binaries");
    folder.to_owned()
}

/// A tool with the environment of `sim`: its endpoints, no credentials, empty folders.
pub fn tool(sim: &Sim, name: &str, arguments: &[&str]) -> Tool {
    let path = binaries().join(name);
    assert!(path.exists(), "{} is not built: cargo build --workspace --bins", path.display());
    let mut command = sim.command(path);
    command.args(arguments);
    Tool { command, stdin: None }
}

/// A shell command in which the tools are found.
pub fn pipeline(sim: &Sim, script: &str) -> Tool {
    let mut command = sim.command("bash");
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", binaries().display()));
    command.args(["-o", "pipefail", "-c", script]);
    Tool { command, stdin: None }
}

impl Tool {
    /// What the tool reads; without this its stdin is empty.
    #[must_use]
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(text.into());
        self
    }

    /// One more variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The command, for what this helper does not do.
    pub fn command(self) -> Command {
        self.command
    }

    /// Runs to the end.
    pub fn run(mut self) -> Run {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the tool starts");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        let text = self.stdin.unwrap_or_default();
        // A tool may end without reading everything.
        let feeder = thread::spawn(move || drop(stdin.write_all(&text)));
        let output = child.wait_with_output().expect("the tool ends");
        feeder.join().expect("the feeder does not panic");
        Run::from(output)
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let stderr = String::from_utf8(output.stderr).expect("messages are UTF-8");
        let stderr = stderr.lines().filter(|line| !line.contains("warning: not Docker Hub: HUB_"));
        Self {
            stdout: String::from_utf8(output.stdout).expect("records are UTF-8"),
            stderr: stderr.map(|line| format!("{line}\n")).collect(),
            code: output.status.code(),
        }
    }
}

impl Run {
    /// Status 0, and nothing said.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:#?}");
        self
    }

    /// This status, and a message that holds each of `words`.
    #[track_caller]
    pub fn fails(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in {self:#?}");
        }
        self
    }

    /// The lines of stdout.
    pub fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }

    /// The records, parsed.
    #[track_caller]
    pub fn records(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(parse).collect()
    }

    /// One member of each record, as text.
    #[track_caller]
    pub fn each(&self, member: &str) -> Vec<String> {
        let text = |record: &Value| record[member].as_str().map_or_else(|| record[member].to_string(), str::to_owned);
        self.records().iter().map(text).collect()
    }
}
