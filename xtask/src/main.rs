//! The project's own tasks, one file each: `cargo xtask TASK`.

#![expect(
    clippy::print_stderr,
    reason = "a task talks to the person who runs it"
)]

mod bench;
mod cargo;
mod ci;
mod demo;
mod facts;
mod instructions;
mod interop;
mod odd;
mod test;
mod tidy;

use anyhow::bail;
use xshell::Shell;

const HELP: &str = "\
cargo xtask TASK

  demo     build the tools, start the offline Hub, run the pipe and show its records
  test     run all tests
  odd      write the odd images of odd/ anew; with --check, tell whether that would change them
  facts    check docs/facts.md: which test holds which fact; --complete: and that none is still to come
  tidy     check the rules of the house that no compiler checks
  interop  compare the tools with docker-registry and skopeo, which Debian has
  instructions
           count the processor's instructions with valgrind, which Debian has; fails above the bounds
  bench    measure the tools against hub-sim at a distance, beside other people's; --write: docs/performance.md;
           --smoke: small, to see that it runs; JOB…: only these
  ci       what CI runs: format, clippy, documentation, tidy, tests, a small bench";

fn main() -> anyhow::Result<()> {
    let shell = Shell::new()?;
    shell.change_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    match std::env::args().nth(1).as_deref() {
        Some("demo") => demo::run(&shell),
        Some("test") => test::run(&shell),
        Some("odd") => match std::env::args().nth(2).as_deref() {
            None => odd::write(&shell),
            Some("--check") => odd::check(&shell),
            Some(other) => bail!("odd knows --check only, not {other:?}"),
        },
        Some("facts") => facts::run(&shell, std::env::args().nth(2).as_deref()),
        Some("tidy") => tidy::run(&shell),
        Some("bench") => bench::run(&shell, &std::env::args().skip(2).collect::<Vec<_>>()),
        Some("interop") => match std::env::args().nth(2).as_deref() {
            None => interop::run(&shell, false),
            Some("--write") => interop::run(&shell, true),
            Some(other) => bail!("interop knows --write only, not {other:?}"),
        },
        Some("instructions") => instructions::run(&shell),
        Some("ci") => ci::run(&shell),
        None | Some("help" | "-h" | "--help") => {
            eprintln!("{HELP}");
            Ok(())
        }
        Some(other) => bail!("there is no task {other:?}\n\n{HELP}"),
    }
}
