//! The program `hub-sim`. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    hub_sim::cli::main()
}
