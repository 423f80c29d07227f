//! The rows as a table for people, as NDJSON for programs, and as a page of the documentation.

use std::fmt::Write as _;

use serde::Serialize;

use super::machine::Machine;
use super::run::Outcome;
use super::verdict::{Row, Verdict, mib};

const HEADS: [&str; 11] = [
    "job",
    "who",
    "wall",
    "floor",
    "chain",
    "× floor",
    "requests",
    "manifest GETs",
    "connections",
    "CPU",
    "memory",
];

/// A line of NDJSON.
#[derive(Serialize)]
struct Line<'a> {
    job: &'static str,
    who: &'a str,
    peer: bool,
    floor: Option<f64>,
    chain: Option<f64>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    marks: &'a [Verdict],
    machine: &'a Machine,
}

/// One row as NDJSON.
pub(crate) fn ndjson(row: &Row<'_>, machine: &Machine) -> anyhow::Result<String> {
    let line = Line {
        job: row.job.name,
        who: &row.contestant.name,
        peer: row.contestant.peer,
        floor: row.contestant.floor.map(|floor| floor.as_secs_f64()),
        chain: row.contestant.chain.map(|chain| chain.as_secs_f64()),
        outcome: row.outcome.as_ref().ok(),
        error: row.outcome.as_ref().err().map(String::as_str),
        marks: &row.verdicts,
        machine,
    };
    Ok(serde_json::to_string(&line)?)
}

/// All rows in columns, and the marks below them.
pub(crate) fn table(rows: &[Row<'_>]) -> String {
    let cells: Vec<[String; 11]> = rows.iter().map(cells).collect();
    let width = |column: usize| {
        let all = cells.iter().map(|row| row[column].chars().count());
        all.chain([HEADS[column].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let mut text = String::new();
    for row in [HEADS.map(str::to_owned)].iter().chain(&cells) {
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            let pad = if column < 2 {
                format!("{cell:<width$}  ")
            } else {
                format!("{cell:>width$}  ")
            };
            text.push_str(&pad);
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text.push('\n');
    for (row, verdict) in verdicts(rows) {
        let (job, who) = (row.job.name, &row.contestant.name);
        let word = if verdict.reached {
            "reached"
        } else {
            "MISSED "
        };
        let _ = writeln!(
            text,
            "{word}  {job}, {who}: {}: {}",
            verdict.mark, verdict.value
        );
    }
    for row in rows {
        if let Err(error) = &row.outcome {
            let _ = writeln!(
                text,
                "FAILED   {}, {}: {error}",
                row.job.name, row.contestant.name
            );
        }
    }
    text
}

/// `docs/performance.md`, beside which the plot is `plot`.
pub(crate) fn page(rows: &[Row<'_>], machine: &Machine, plot: &str) -> String {
    let mut text = String::from(INTRODUCTION);
    let Machine {
        date,
        processors,
        model,
        load,
        system,
        versions,
        commit,
    } = machine;
    let _ = writeln!(
        text,
        "Measured on {date} at {commit}, on {processors} processors ({model}), {system}; the load was {load} when it began. \
         {}.\n\n![Wall time of each job, on a logarithmic scale]({plot})\n",
        versions.join(", ")
    );
    let _ = writeln!(text, "| {} |", HEADS.join(" | "));
    let _ = writeln!(text, "|---|---|{}", "--:|".repeat(HEADS.len() - 2));
    for row in rows {
        let _ = writeln!(
            text,
            "| {} |",
            cells(row).map(|cell| escaped(&cell)).join(" | ")
        );
    }
    text.push_str("\n## Jobs\n\n");
    let mut last = "";
    for row in rows {
        if row.job.name != last {
            last = row.job.name;
            let _ = writeln!(text, "- `{last}`: {}", row.job.title);
        }
    }
    text.push_str(
        "\n## Marks\n\n| job | who | mark | came to | reached |\n|---|---|---|--:|---|\n",
    );
    for (row, verdict) in verdicts(rows) {
        let reached = if verdict.reached { "yes" } else { "**no**" };
        let (job, who) = (row.job.name, escaped(&row.contestant.name));
        let Verdict { mark, value, .. } = verdict;
        let _ = writeln!(text, "| {job} | {who} | {mark} | {value} | {reached} |");
    }
    text
}

const INTRODUCTION: &str = "\
# Performance

Written by `cargo xtask bench --write`; nothing here is edited by hand. Times are never asserted in tests; request counts are.

Every row is measured against hub-sim in a simulator of its own: over TLS, with the token service and the storage of blobs on hosts of
their own, each a round trip of 50 ms away, which TCP's handshake, TLS's, and every request pay. Throughput is not limited. The tools
and the simulator share the machine; only the tools' processors and memory are counted. Rows of ours are the middle of three runs,
`--version` of twenty; the slow rows of others are run once. Others are run as a process for each image, 32 at once, as people do.

The floor is what the protocol leaves: for each host the fewest requests, over those in flight, times the round trip, and the largest
of these over the hosts. For one image it is the chain of round trips that force each other: the registry (TCP, TLS, challenge), the token
service (TCP, TLS, token), the index, the manifest, the blob's redirect, the storage (TCP, TLS, blob). The chain is what is forced on
top of a floor: connections, challenges and tokens before the first of those requests, and the last request after them.

";

fn verdicts<'a>(rows: &'a [Row<'a>]) -> impl Iterator<Item = (&'a Row<'a>, &'a Verdict)> {
    rows.iter()
        .flat_map(|row| row.verdicts.iter().map(move |verdict| (row, verdict)))
}

fn cells(row: &Row<'_>) -> [String; 11] {
    let names = [row.job.name.to_owned(), row.contestant.name.clone()];
    let floor = row.contestant.floor.map(|floor| floor.as_secs_f64());
    let chain = row.contestant.chain.map(|chain| chain.as_secs_f64());
    let Ok(outcome) = &row.outcome else {
        let [job, who] = names;
        let mut cells = [(); 11].map(|()| String::new());
        (cells[0], cells[1]) = (job, who);
        "failed".clone_into(&mut cells[2]);
        return cells;
    };
    let taken = &outcome.taken;
    let over = floor
        .filter(|floor| *floor > 0.0)
        .map(|floor| taken.wall / floor);
    let connections: u64 = outcome.connections.values().sum();
    let [job, who] = names;
    [
        job,
        who,
        seconds(taken.wall),
        floor.map(seconds).unwrap_or_default(),
        chain.map(seconds).unwrap_or_default(),
        over.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
        outcome.total().to_string(),
        outcome.manifest_gets.to_string(),
        connections.to_string(),
        seconds(taken.cpu),
        mib(taken.peak),
    ]
}

/// Milliseconds where they are few.
pub(crate) fn seconds(value: f64) -> String {
    if value < 0.1 {
        format!("{:.1} ms", value * 1e3)
    } else {
        format!("{value:.2} s")
    }
}

fn escaped(cell: &str) -> String {
    cell.replace('|', "\\|")
}
