//! All tests. The binaries are built first: the tests of the tools run them as processes.

use xshell::{Shell, cmd};

/// Builds, then tests.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    cmd!(shell, "cargo build --workspace --bins --locked").run()?;
    cmd!(shell, "cargo test --workspace --locked").run()?;
    Ok(())
}
