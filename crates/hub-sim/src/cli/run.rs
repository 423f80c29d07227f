//! Runs a command against a simulator and hands its status on, or waits for a signal. Starts and stops no server.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use anyhow::Context as _;
use rustix::process::{Pid, Signal as SignalNumber, kill_process};
use serde::Serialize;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{Service, Sim};

/// Addresses on stdout, as one line of JSON.
#[derive(Serialize)]
struct Addresses {
    hub_url: String,
    registry_url: String,
    token_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_file: Option<PathBuf>,
}

/// The signals that end hub-sim; caught from the moment on that this is made.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn catch() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }
}

/// Serves until SIGINT or SIGTERM.
pub(super) fn until_signalled(sim: &Sim) -> anyhow::Result<ExitCode> {
    let addresses = Addresses {
        hub_url: sim.url(),
        registry_url: sim.url(),
        token_url: format!("{}/token", sim.url_of(Service::Token)),
        ca_file: sim.ca_file(),
    };
    runtime()?.block_on(async {
        let mut signals = Signals::catch()?;
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{}", serde_json::to_string(&addresses)?)?;
        stdout.flush().context("cannot write to stdout")?;
        tokio::select! {
            _ = signals.interrupt.recv() => {}
            _ = signals.terminate.recv() => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Runs `program` in the simulator's environment; its exit status is the answer.
pub(super) fn command(
    sim: &Sim,
    program: &OsStr,
    arguments: &[OsString],
) -> anyhow::Result<ExitCode> {
    let mut command = sim.command(program);
    command.args(arguments).env("PATH", path()?);
    runtime()?.block_on(async {
        let signals = Signals::catch()?;
        let child = match Command::from(command).spawn() {
            Ok(child) => child,
            Err(error) => return Ok(not_started(program, &error)),
        };
        Ok(exit_code(wait(child, signals).await?))
    })
}

/// Waits for the child. A terminal's SIGINT reaches it without us, so that one is only survived; SIGTERM is passed on.
async fn wait(mut child: Child, mut signals: Signals) -> anyhow::Result<ExitStatus> {
    loop {
        tokio::select! {
            status = child.wait() => return status.context("cannot wait for the command"),
            _ = signals.interrupt.recv() => {}
            _ = signals.terminate.recv() => {
                let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
                if let Some(pid) = pid {
                    kill_process(pid, SignalNumber::TERM).context("cannot pass SIGTERM on")?;
                }
            }
        }
    }
}

fn exit_code(status: ExitStatus) -> ExitCode {
    let number = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    ExitCode::from(
        number
            .and_then(|number| u8::try_from(number).ok())
            .unwrap_or(u8::MAX),
    )
}

/// 127 for a command that is not there and 126 for one that cannot be run, as a shell has it.
fn not_started(program: &OsStr, error: &io::Error) -> ExitCode {
    let _ = writeln!(
        io::stderr(),
        "hub-sim: cannot run {}: {error}",
        program.display()
    );
    ExitCode::from(if error.kind() == io::ErrorKind::NotFound {
        127
    } else {
        126
    })
}

/// `PATH` with the folder of this program first, so that the tools beside it are found.
fn path() -> anyhow::Result<OsString> {
    let program = env::current_exe().context("cannot find hub-sim's own folder")?;
    let own = program.parent().map(ToOwned::to_owned);
    let inherited = env::var_os("PATH").unwrap_or_default();
    env::join_paths(own.into_iter().chain(env::split_paths(&inherited)))
        .context("cannot build PATH")
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
