//! All tests. The binaries are built first: the tests of the tools run them as processes.

use xshell::Shell;

use crate::cargo::cargo;

/// Builds, then tests.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    cargo(shell, "build")
        .args(["--workspace", "--bins", "--locked"])
        .run()?;
    cargo(shell, "test")
        .args(["--workspace", "--locked"])
        .run()?;
    Ok(())
}
