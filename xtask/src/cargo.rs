//! cargo as a person would call it from a shell.

use xshell::{Cmd, Shell, cmd};

/// `cargo SUBCOMMAND`, without the variables that `cargo xtask` has set for xtask itself: ring's build script watches
/// them, and everything above it would be built again each time that a task and a person take turns.
pub(crate) fn cargo<'a>(shell: &'a Shell, subcommand: &str) -> Cmd<'a> {
    let own = ["CARGO_PKG_", "CARGO_MANIFEST_"];
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names
        .filter(|name| own.iter().any(|prefix| name.starts_with(prefix)))
        .fold(cmd!(shell, "cargo {subcommand}"), Cmd::env_remove)
}
