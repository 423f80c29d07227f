//! The tools as processes, for tests: one way to run them, and stdout, stderr and status asserted together.
//!
//! Only a dev-dependency. It knows no tool by name and no rule of the contract.

#![expect(
    clippy::missing_panics_doc,
    clippy::return_self_not_must_use,
    reason = "a test that cannot be set up fails by panicking, and an assertion is called for its panic"
)]

mod script;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hub_sim::Sim;
use serde_json::Value;

pub use script::{Page, Script};

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
    let folder = test
        .ancestors()
        .nth(2)
        .expect("tests are below the binaries");
    folder.to_owned()
}

/// A tool with the environment of `sim`: its endpoints, no credentials, empty folders.
pub fn tool(sim: &Sim, name: &str, arguments: &[&str]) -> Tool {
    let path = binaries().join(name);
    assert!(
        path.exists(),
        "{} is not built: cargo build --workspace --bins",
        path.display()
    );
    let mut command = sim.command(path);
    command.args(arguments);
    Tool {
        command,
        stdin: None,
    }
}

/// A shell command in which the tools are found.
pub fn pipeline(sim: &Sim, script: &str) -> Tool {
    let mut command = sim.command("bash");
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", binaries().display()));
    command.args(["-o", "pipefail", "-c", script]);
    Tool {
        command,
        stdin: None,
    }
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

    /// Starts with all three streams piped, for tests that watch it while it runs.
    pub fn start(mut self) -> Started {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the tool starts");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        stdin
            .write_all(&self.stdin.unwrap_or_default())
            .expect("the tool reads its input");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        Started {
            child,
            stdin: Some(stdin),
            stdout: Some(stdout),
        }
    }

    /// Starts without input, which [`Started::feed`] gives; messages go nowhere.
    pub fn stdin_later(mut self) -> Started {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = self.command.spawn().expect("the tool starts");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        Started {
            stdin: child.stdin.take(),
            stdout: Some(stdout),
            child,
        }
    }

    /// Runs to the end.
    pub fn run(mut self) -> Run {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
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

/// A tool that is running.
#[derive(Debug)]
pub struct Started {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Option<BufReader<ChildStdout>>,
}

impl Started {
    /// Waits for the next line of stdout.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.stdout.as_mut().expect("the reader is still there");
        stdout.read_line(&mut line).expect("records are UTF-8");
        line
    }

    /// Writes all of the input and ends it, while the output is read.
    pub fn feed(&mut self, input: String) {
        let mut stdin = self.stdin.take().expect("the input is open");
        thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    }

    /// Its process number.
    pub fn id(&self) -> i32 {
        i32::try_from(self.child.id()).expect("a process number")
    }

    /// The reader of stdout goes away.
    pub fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// The input ends.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits for the end and takes what came since. A tool that hangs is killed, and fails the test.
    #[track_caller]
    pub fn end(mut self) -> (Run, ExitStatus) {
        let id = self.id();
        let (stdout, stdin) = (self.stdout.take(), self.stdin.take());
        let (ended, wait) = mpsc::channel();
        thread::spawn(move || {
            let rest = stdout.map(|mut stdout| {
                let mut rest = Vec::new();
                stdout.read_to_end(&mut rest).map(|_| rest)
            });
            let output = self.child.wait_with_output();
            ended.send((rest, output))
        });
        let Ok((rest, output)) = wait.recv_timeout(PATIENCE) else {
            panic!("process {id} does not end");
        };
        drop(stdin);
        let mut output = output.expect("the tool ends");
        output.stdout = rest
            .transpose()
            .expect("stdout can be read")
            .unwrap_or_default();
        let status = output.status;
        (Run::from(output), status)
    }
}

/// Far longer than anything here takes: whoever waits this long hangs.
pub const PATIENCE: Duration = Duration::from_mins(1);

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let stderr = String::from_utf8(output.stderr).expect("messages are UTF-8");
        let stderr = stderr
            .lines()
            .filter(|line| !line.contains("warning: not Docker Hub: HUB_"));
        Self {
            stdout: String::from_utf8(output.stdout).expect("records are UTF-8"),
            stderr: stderr
                .flat_map(|line| {
                    [
                        line, "
",
                    ]
                })
                .collect(),
            code: output.status.code(),
        }
    }
}

impl Run {
    /// Status 0, and nothing said.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (Some(0), ""),
            "{}",
            self.beginning()
        );
        self
    }

    /// This status, and a message that holds each of `words`.
    #[track_caller]
    pub fn fails(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "{}\n{}",
            self.stderr,
            self.beginning()
        );
        for word in words {
            assert!(
                self.stderr.contains(word),
                "no {word:?} in\n{}",
                self.stderr
            );
        }
        self
    }

    /// As much of stdout as helps.
    fn beginning(&self) -> String {
        self.stdout.chars().take(500).collect()
    }

    /// The lines of stdout.
    pub fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }

    /// The records, parsed.
    #[track_caller]
    pub fn records(&self) -> Vec<Value> {
        let parse =
            |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(parse).collect()
    }

    /// One member of each record, as text.
    #[track_caller]
    pub fn each(&self, member: &str) -> Vec<String> {
        let text = |record: &Value| {
            record[member]
                .as_str()
                .map_or_else(|| record[member].to_string(), str::to_owned)
        };
        self.records().iter().map(text).collect()
    }
}
