//! The outcome in words: on stderr for whoever runs the task, and as `docs/interop.md` for whoever reads.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};

use super::findings::{Count, Findings};
use super::table::{ROWS, Row};

/// The line that is another one on every machine.
const JUDGES: &str = "Judges: ";

/// Writes the page anew, or fails where it tells something else than the run. The versions may differ: what other
/// versions do otherwise is in the cases.
pub(crate) fn page(
    path: &Path,
    versions: &str,
    findings: &Findings,
    write: bool,
) -> anyhow::Result<()> {
    let text = text(versions, findings);
    if write {
        return fs::write(path, text).with_context(|| path.display().to_string());
    }
    let written = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lasting = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with(JUDGES));
        lines.map(str::to_owned).collect()
    };
    ensure!(
        lasting(&written) == lasting(&text),
        "{} tells of another run: cargo xtask interop --write",
        path.display()
    );
    Ok(())
}

/// What was done and seen, in a few lines.
pub(crate) fn summary(versions: &str, findings: &Findings) -> String {
    let (taken, served) = findings.odd;
    let documents = findings.documents;
    let mut text = format!(
        "{versions}\n{documents} documents pushed; of the odd images {taken} taken, {served} served by hub-sim\n"
    );
    for (kind, count) in &findings.cases {
        let Count {
            all,
            refused_by_both,
            in_table,
        } = count;
        let _ = writeln!(
            text,
            "{all:5} {kind}: {refused_by_both} refused by both, {in_table} in the table"
        );
    }
    text
}

fn text(versions: &str, findings: &Findings) -> String {
    let (taken, served) = findings.odd;
    let documents = findings.documents;
    let mut text = format!(
        "\
# Beside a registry and a client of others

`cargo xtask interop --write` wrote this page; `cargo xtask interop` fails when it is not true any more.

{JUDGES}{versions}

hub-sim's generator fills docker-registry over HTTP ({documents} documents); of the odd images (`odd/`) it takes {taken} as they are, and
hub-sim serves the other {served}. Then:

- `list-tags`: `hub-tags --source registry` and `skopeo list-tags` give the same tags in the same order.
- `pipe`: `hub-tags | hub-inspect` gives a record with the right digest for every tag; only charts are no images.
- `htpasswd`: the same with a password; nothing without one, or with a wrong one.
- `token`: the same with tokens that hub-sim signs and docker-registry verifies: what may be seen by whom, a token for another
  repository, a token of another signer, and one that is too old, which is renewed once.
- `--skopeo`, `--raw`, `--config`: hub-inspect's output is what `skopeo inspect`, `--raw` and `--config --raw` print, byte for byte, and
  an error where skopeo gives one.

| kind | cases | the same bytes | refused by both | in the table |
|---|--:|--:|--:|--:|
"
    );
    for (kind, count) in &findings.cases {
        let Count {
            all,
            refused_by_both,
            in_table,
        } = count;
        let same = all - refused_by_both - in_table;
        let _ = writeln!(
            text,
            "| `{kind}` | {all} | {same} | {refused_by_both} | {in_table} |"
        );
    }
    text.push_str("\n## What differs on purpose\n\n");
    text.push_str("| flag | case | what differs | why |\n|---|---|---|---|\n");
    for row in ROWS {
        text.push_str(&table_line(row));
    }
    text
}

fn table_line(row: &Row) -> String {
    let kinds: Vec<String> = row
        .kinds
        .iter()
        .map(|kind| format!("`{}`", kind.name()))
        .collect();
    let (kinds, case) = (kinds.join(" "), row.case);
    format!(
        "| {kinds} | `{case}` | {} | {} |\n",
        row.difference(),
        row.reason
    )
}
