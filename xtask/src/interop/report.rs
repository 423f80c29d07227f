//! The outcome in words: on stderr for whoever runs the task, and as `docs/interop.md` for whoever reads.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};

use super::findings::Findings;
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
        let (all, refused) = (count.all, count.refused_by_both.len());
        let in_table = count.in_table;
        let _ = writeln!(
            text,
            "{all:5} {kind}: {refused} refused by both, {in_table} in the table"
        );
    }
    text
}

fn text(versions: &str, findings: &Findings) -> String {
    let (taken, served) = findings.odd;
    let documents = findings.documents;
    let without = if findings.layers_data_is_cut {
        " (has no `LayersData`)"
    } else {
        ""
    };
    let mut text = format!(
        "\
# Beside a registry and a client of others

`cargo xtask interop --write` wrote this page; `cargo xtask interop` fails when it is not true any more.

{JUDGES}{versions}{without}

hub-sim's generator fills docker-registry over HTTP ({documents} documents); of the odd images (`odd/`) it takes {taken} as they are, and
hub-sim serves the other {served}. Then:

- `list-tags`: `hub-tags --source registry` and `skopeo list-tags` give the same tags in the same order.
- `pipe`: `hub-tags | hub-inspect` gives a record with the right digest for every tag: an image, or for a chart an artifact.
- `htpasswd`: the same with a password; nothing without one, or with a wrong one.
- `token`: the same with tokens that hub-sim signs and docker-registry verifies: what may be seen by whom, a token for another
  repository, a token of another signer, and one that is too old, which is renewed once.
- `--skopeo`, `--raw`, `--config`: hub-inspect's output is what `skopeo inspect`, `--raw` and `--config --raw` print, byte for byte, and
  an error where skopeo gives one. `LayersData`, which skopeo's document has since 1.10, is cut out of ours where the judge has none;
  then nothing here holds it.

| kind | cases | as above | refused by both | in the table |
|---|--:|--:|--:|--:|
"
    );
    for (kind, count) in &findings.cases {
        let (all, refused) = (count.all, count.refused_by_both.len());
        let in_table = count.in_table;
        let as_expected = all - refused - in_table;
        let _ = writeln!(
            text,
            "| `{kind}` | {all} | {as_expected} | {refused} | {in_table} |"
        );
    }
    text.push_str(&refusals(findings));
    text.push_str("\n## What differs on purpose\n\n");
    text.push_str("| flag | case | what differs | why |\n|---|---|---|---|\n");
    for row in ROWS {
        text.push_str(&table_line(row));
    }
    text
}

/// Where both programs give an error, by name: a case that came here by an accident would change the page.
fn refusals(findings: &Findings) -> String {
    let mut text = "\n## What both refuse\n\n".to_owned();
    for (kind, count) in &findings.cases {
        if !count.refused_by_both.is_empty() {
            let names = count.refused_by_both.join("`, `");
            let _ = writeln!(text, "- `{kind}`: `{names}`");
        }
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
