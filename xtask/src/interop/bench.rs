//! The programs that are compared, each run in an environment without logins and with an end to its patience. Knows no
//! case and no verdict.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use anyhow::Context;
use hub_sim::Sim;

/// Cases that run at once.
const AT_ONCE: usize = 2;
/// Seconds after which a program is stopped; `timeout` then ends with 124.
const PATIENCE: &str = "120";
const STOPPED: i32 = 124;

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit status; none when it died of a signal.
    pub(crate) code: Option<i32>,
    /// Its stdout.
    pub(crate) stdout: Vec<u8>,
    /// Its stderr.
    pub(crate) stderr: String,
}

impl Outcome {
    /// Whether it ended with 0.
    pub(crate) fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// stdout as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The last line of stderr, for a message.
    pub(crate) fn last_words(&self) -> &str {
        self.stderr.trim().lines().last().unwrap_or_default()
    }
}

/// The tools and skopeo beside one simulator, whose empty folders they find in place of the user's.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    sim: &'a Sim,
    bins: PathBuf,
}

impl<'a> Bench<'a> {
    /// A bench with the tools out of the folder `bins`.
    pub(crate) fn new(sim: &'a Sim, bins: &Path) -> Self {
        let bins = bins.to_owned();
        Self { sim, bins }
    }

    /// Runs a tool of ours with `lines` on stdin. Without the cache, so that each answer is the registry's.
    pub(crate) fn tool(&self, name: &str, args: &[&str], lines: &str) -> anyhow::Result<Outcome> {
        let program = self.bins.join(name);
        let mut command = self.command(&program.to_string_lossy());
        command.arg("--no-cache").args(args);
        outcome(command, lines)
    }

    /// Runs skopeo.
    pub(crate) fn skopeo(&self, args: &[&str]) -> anyhow::Result<Outcome> {
        let mut command = self.command(super::SKOPEO);
        command.args(args);
        outcome(command, "")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.sim.command("timeout");
        command.args([PATIENCE, program]);
        command
    }
}

/// `work` done to each of `items`, a few at a time; the results are in the order of the items.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let queue = Mutex::new(items.iter().enumerate());
    let worker = || {
        let mut done = Vec::new();
        loop {
            let next = queue.lock().expect("no worker panics with it").next();
            let Some((number, item)) = next else {
                return anyhow::Ok(done);
            };
            done.push((number, work(item)?));
        }
    };
    let mut all = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        let mut all = Vec::new();
        for worker in workers {
            let done = worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            all.extend(done?);
        }
        anyhow::Ok(all)
    })?;
    all.sort_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, result)| result).collect())
}

fn outcome(mut command: Command, lines: &str) -> anyhow::Result<Outcome> {
    let name = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name} does not start"))?;
    let mut stdin = child.stdin.take().context("a pipe was asked for")?;
    let lines = lines.to_owned();
    // A program that does not read all of it is no failure of ours.
    let feeder = thread::spawn(move || drop(stdin.write_all(lines.as_bytes())));
    let output = child.wait_with_output()?;
    drop(feeder.join());
    anyhow::ensure!(
        output.status.code() != Some(STOPPED),
        "{name} took longer than {PATIENCE} seconds"
    );
    Ok(Outcome {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..100).collect();
        assert_eq!(each(&items, |item| Ok(*item)).unwrap(), items);
        let fails_at_fifty = |item: &usize| {
            anyhow::ensure!(*item != 50, "fifty");
            Ok(())
        };
        assert!(each(&items, fails_at_fifty).is_err());
    }
}
