//! What CI runs, in this order; the cheap checks first.

use xshell::{Shell, cmd};

/// Format, clippy, rustdoc, tidy, tests.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    cmd!(shell, "cargo fmt --all --check").run()?;
    cmd!(
        shell,
        "cargo clippy --workspace --all-targets --locked -- -D warnings"
    )
    .run()?;
    {
        let _flags = shell.push_env("RUSTDOCFLAGS", "-D warnings");
        cmd!(
            shell,
            "cargo doc --workspace --no-deps --document-private-items --locked"
        )
        .run()?;
    }
    crate::tidy::run(shell)?;
    crate::test::run(shell)
}
