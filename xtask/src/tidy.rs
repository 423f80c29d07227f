//! Rules of the house that no compiler checks: the sizes of files, a first line that says what a file is for, the
//! direction of the arrows between crates; the generated images, and the register of facts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use xshell::{Shell, cmd};

/// A longer file lacks a wall.
const LONGEST_FILE: usize = 400;
/// A longer tool does what belongs into hub-core or hub-pipe.
const LONGEST_TOOL: usize = 200;
const TOOLS: [&str; 4] = ["hub-ls", "hub-tags", "hub-inspect", "hub-token"];

/// Fails with every breach, not only the first.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    let root = shell.current_dir();
    let listed = cmd!(
        shell,
        "git ls-files --cached --others --exclude-standard *.rs"
    )
    .quiet()
    .read()?;
    let files: Vec<PathBuf> = listed
        .lines()
        .map(|file| root.join(file))
        .filter(|file| file.exists())
        .collect();
    let mut breaches = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        breaches.extend(file_breaches(
            file.strip_prefix(&root).unwrap_or(file),
            &text,
        ));
    }
    breaches.extend(
        TOOLS
            .iter()
            .filter_map(|tool| tool_breach(&root, tool).transpose())
            .collect::<Result<Vec<_>, _>>()?,
    );
    breaches.extend(arrow_breaches(&root)?);
    let mut facts = crate::facts::check(&root)?;
    breaches.append(&mut facts.breaches);
    if !breaches.is_empty() {
        bail!("the house is not tidy:\n  {}", breaches.join("\n  "));
    }
    facts.tell();
    eprintln!("tidy: {} files", files.len());
    crate::odd::check(shell)
}

fn file_breaches(file: &Path, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        breaches.push(format!(
            "{}: {lines} lines; which wall is missing?",
            file.display()
        ));
    }
    if !text.starts_with("//!") {
        breaches.push(format!(
            "{}: the first line does not say what the file is for",
            file.display()
        ));
    }
    breaches
}

/// A tool's code: without its documentation, which is its help text, and its examples.
fn tool_breach(root: &Path, tool: &str) -> anyhow::Result<Option<String>> {
    let mut lines = 0;
    for entry in fs::read_dir(root.join("crates").join(tool).join("src"))? {
        lines += code_lines(&fs::read_to_string(entry?.path())?);
    }
    let breach = format!("{tool}: {lines} lines of code; what belongs into hub-core or hub-pipe?");
    Ok((lines > LONGEST_TOOL).then_some(breach))
}

fn code_lines(text: &str) -> usize {
    let mut in_examples = false;
    let mut lines = 0;
    for line in text.lines().map(str::trim) {
        in_examples |= line.starts_with("const EXAMPLES");
        if !in_examples && !line.is_empty() && !line.starts_with("//") {
            lines += 1;
        }
        in_examples &= line != "\";";
    }
    lines
}

/// tool → hub-pipe → hub-core, and the simulator stands alone.
fn arrow_breaches(root: &Path) -> anyhow::Result<Vec<String>> {
    let forbidden = [
        ("hub-core", "hub-pipe"),
        ("hub-sim", "hub-core"),
        ("hub-sim", "hub-pipe"),
        ("hub-core", "clap"),
        ("hub-core", "anyhow"),
    ];
    let mut breaches = Vec::new();
    for (from, to) in forbidden {
        let manifest = fs::read_to_string(root.join("crates").join(from).join("Cargo.toml"))?;
        let normal = manifest
            .split("[dev-dependencies]")
            .next()
            .unwrap_or_default();
        if normal
            .lines()
            .any(|line| line.starts_with(&format!("{to}.")) || line.starts_with(&format!("{to} ")))
        {
            breaches.push(format!("{from} must not know {to}"));
        }
    }
    Ok(breaches)
}
