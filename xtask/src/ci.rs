//! What CI runs, in this order; the cheap checks first.

use xshell::Shell;

use crate::cargo::cargo;

/// Format, clippy, rustdoc, tidy, tests, and that the benchmark still runs.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    let workspace = ["--workspace", "--locked"];
    cargo(shell, "fmt").args(["--all", "--check"]).run()?;
    cargo(shell, "clippy")
        .args(workspace)
        .args(["--all-targets", "--", "-D", "warnings"])
        .run()?;
    {
        let _flags = shell.push_env("RUSTDOCFLAGS", "-D warnings");
        cargo(shell, "doc")
            .args(workspace)
            .args(["--no-deps", "--document-private-items"])
            .run()?;
    }
    crate::tidy::run(shell)?;
    crate::test::run(shell)?;
    crate::bench::smoke(shell)
}
