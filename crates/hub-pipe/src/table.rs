//! Tables for people: a few members of each record, aligned, as they come.
//!
//! Rows are held only until nothing more is ready; the columns never become narrower, so that a long listing stays in line
//! without being collected first. What is in a record never depends on this.

use hub_core::Object;
use serde_json::{Value, json};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::display;

/// A column of a tool's table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// The members that it shows; the first that is there and not null.
    pub members: &'static [&'static str],
    /// How the value is shown.
    pub style: Style,
}

impl Column {
    /// A column called `title` of the first of `members` that there is.
    pub const fn new(title: &'static str, members: &'static [&'static str], style: Style) -> Self {
        Self {
            title,
            members,
            style,
        }
    }
}

/// How a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Text,
    /// A number, `12.3M`.
    Count,
    /// Bytes, `12.3 MB`.
    Bytes,
    /// The day of a time.
    Day,
    /// The beginning of a digest.
    Digest,
    /// How many there are.
    Length,
    /// The platforms of Docker Hub's `images`, or the one of a descriptor.
    Platforms,
}

/// A table that is being written.
#[derive(Debug)]
pub(crate) struct Table {
    columns: &'static [Column],
    rows: Vec<Vec<String>>,
    widths: Vec<usize>,
    /// The width of the terminal.
    screen: usize,
    titled: bool,
}

impl Table {
    pub(crate) fn new(columns: &'static [Column], screen: usize) -> Self {
        let widths = columns.iter().map(|column| column.title.len()).collect();
        Self {
            columns,
            rows: Vec::new(),
            widths,
            screen,
            titled: false,
        }
    }

    /// Takes a record, given as a line.
    pub(crate) fn push(&mut self, line: &str) {
        // A record that is too deep or too large for a tree has at least a reference.
        let record = serde_json::from_str::<Value>(line).unwrap_or_else(|_| headed(line));
        let row = if record["kind"] == "error" {
            let reference = record["ref"]
                .as_str()
                .or(record["error"]["input"].as_str())
                .unwrap_or_default();
            vec![
                display::text(reference),
                format!(
                    "error: {}",
                    display::text(record["error"]["code"].as_str().unwrap_or_default())
                ),
            ]
        } else {
            self.columns
                .iter()
                .map(|column| column.cell(&record))
                .collect()
        };
        for (width, cell) in self.widths.iter_mut().zip(&row) {
            *width = (*width).max(cell.width());
        }
        self.rows.push(row);
    }

    /// Appends the rows that are held.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>) {
        if self.rows.is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.titled, true) {
            let titles = self
                .columns
                .iter()
                .map(|column| column.title.to_owned())
                .collect();
            self.rows.insert(0, titles);
        }
        for row in std::mem::take(&mut self.rows) {
            out.extend_from_slice(self.line(&row).as_bytes());
            out.push(b'\n');
        }
    }

    fn line(&self, row: &[String]) -> String {
        let mut line = String::new();
        for (index, cell) in row.iter().enumerate() {
            let gap = if index == 0 { "" } else { "  " };
            let padding = " ".repeat(self.widths[index].saturating_sub(cell.width()));
            let right = row.len() == self.columns.len() && self.columns[index].style.is_number();
            let (before, after) = if right {
                (padding.as_str(), "")
            } else {
                ("", padding.as_str())
            };
            line.extend([gap, before, cell, after]);
        }
        cut(line.trim_end(), self.screen)
    }
}

/// What leads a record.
fn headed(line: &str) -> Value {
    let object = Object::read(line, &["ref", "kind"]).ok();
    let text = |member| object.and_then(|object| object.string(member));
    json!({"ref": text(0), "kind": text(1), "error": {"code": "?"}})
}

impl Column {
    fn cell(&self, record: &Value) -> String {
        let found = self
            .members
            .iter()
            .map(|member| &record[*member])
            .find(|value| !value.is_null());
        found
            .map(|value| self.style.show(value))
            .unwrap_or_default()
    }
}

impl Style {
    fn is_number(self) -> bool {
        matches!(self, Self::Count | Self::Bytes | Self::Length)
    }

    fn show(self, value: &Value) -> String {
        match self {
            Self::Text => display::text(value.as_str().unwrap_or_default()),
            Self::Count => value.as_u64().map(display::count).unwrap_or_default(),
            Self::Bytes => value.as_u64().map(display::bytes).unwrap_or_default(),
            Self::Day => display::text(
                value
                    .as_str()
                    .unwrap_or_default()
                    .get(..10)
                    .unwrap_or_default(),
            ),
            Self::Digest => display::text(
                value
                    .as_str()
                    .unwrap_or_default()
                    .get(..19)
                    .unwrap_or_default(),
            ),
            Self::Length => value.as_array().map_or(0, Vec::len).to_string(),
            Self::Platforms => platforms(value),
        }
    }
}

/// `linux/amd64 linux/arm64/v8`; attestations are not platforms (ATT-3).
fn platforms(images: &Value) -> String {
    let mut shown = Vec::new();
    let one = images.is_object().then_some(images);
    for image in images.as_array().into_iter().flatten().chain(one) {
        let part = |name: &str| {
            image[name]
                .as_str()
                .filter(|part| !part.is_empty() && *part != "unknown")
        };
        if let (Some(os), Some(architecture)) = (part("os"), part("architecture")) {
            let variant = part("variant")
                .map(|variant| format!("/{variant}"))
                .unwrap_or_default();
            shown.push(display::text(&format!("{os}/{architecture}{variant}")));
        }
    }
    shown.join(" ")
}

/// No line is longer than the screen.
fn cut(line: &str, screen: usize) -> String {
    if line.width() <= screen {
        return line.to_owned();
    }
    let mut left = screen.saturating_sub(1);
    let fits = |character: &char| {
        let width = character.width().unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    line.chars().take_while(fits).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [
        Column {
            title: "REF",
            members: &["ref"],
            style: Style::Text,
        },
        Column {
            title: "PUSHED",
            members: &["pushed", "updated"],
            style: Style::Day,
        },
        Column {
            title: "SIZE",
            members: &["size"],
            style: Style::Bytes,
        },
        Column {
            title: "PLATFORMS",
            members: &["images"],
            style: Style::Platforms,
        },
    ];

    fn written(table: &mut Table) -> String {
        let mut out = Vec::new();
        table.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_aligned_and_stay_in_line_over_later_rows() {
        let mut table = Table::new(&COLUMNS, 80);
        table.push(r#"{"ref":"docker.io/a/bc","pushed":null,"updated":"2026-01-31T00:00:00Z","size":1234567,
            "images":[{"os":"linux","architecture":"arm","variant":"v7"},{"os":"unknown","architecture":"unknown"}]}"#);
        assert_eq!(
            written(&mut table),
            "REF             PUSHED        SIZE  PLATFORMS\ndocker.io/a/bc  2026-01-31  1.2 MB  linux/arm/v7\n"
        );
        table.push(r#"{"ref":"x","size":5}"#);
        assert_eq!(written(&mut table), "x                              5 B\n");
        assert_eq!(written(&mut table), "");
        table.push(r#"{"ref":"x","images":{"os":"linux","architecture":"s390x"}}"#);
        assert!(written(&mut table).ends_with("linux/s390x\n"));
    }

    #[test]
    fn a_failure_is_a_row_and_nothing_from_outside_moves_the_cursor() {
        let mut table = Table::new(&COLUMNS, 80);
        table.push(r#"{"ref":"a\u001b[2J","kind":"error","error":{"code":"not_found"}}"#);
        assert!(written(&mut table).ends_with("a\\u{1b}[2J  error: not_found\n"));
    }

    #[test]
    fn a_record_that_fits_no_tree_still_has_a_row() {
        let mut table = Table::new(&COLUMNS, 80);
        table.push(r#"{"ref":"docker.io/a/b","kind":"tag","size":1e999}"#);
        assert!(written(&mut table).ends_with("docker.io/a/b\n"));
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        let mut table = Table::new(&COLUMNS, 20);
        table.push(r#"{"ref":"日本語日本語日本語日本語"}"#);
        for line in written(&mut table).lines() {
            assert!(line.width() <= 20, "{line}");
        }
    }
}
