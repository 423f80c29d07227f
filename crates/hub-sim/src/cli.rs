//! The command line: flags in, a running simulator or a command's exit status out. What is simulated is not decided here.

mod args;
mod run;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use crate::Sim;
use args::Args;

/// Exit status when the simulator itself fails, as `env` and `nice` have it.
const FAILED: u8 = 125;

/// Reads the arguments of the process, runs, and reports what went wrong on stderr.
pub fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(status) => status,
        Err(error) => {
            // Nobody is left to tell when stderr is gone.
            let _ = writeln!(io::stderr(), "hub-sim: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (config, command) = args
        .into_config()
        .map_err(|error| anyhow::anyhow!(error).context("cannot read the images"))?;
    let sim = Sim::start(config)
        .map_err(|error| anyhow::anyhow!(error).context("cannot start the simulator"))?;
    match command.split_first() {
        Some((program, arguments)) => run::command(&sim, program, arguments),
        None => run::until_signalled(&sim),
    }
}
