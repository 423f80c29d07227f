//! The forms of output: records as lines, as indented documents, as a table, or their references alone.

use std::fmt::Write as _;

use hub_core::{Object, is_obeyed};

use crate::table::Table;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// One record a line
    Ndjson,
    /// Indented documents, one after another
    Json,
    /// A few columns, for people
    Table,
    /// References only, one a line, for xargs
    Ref,
}

/// A form and what it holds back.
#[derive(Debug)]
pub(crate) enum Output {
    Ndjson,
    Json,
    Ref,
    Table(Table),
}

impl Output {
    /// Appends one record, given as a line without its break.
    pub(crate) fn push(&mut self, out: &mut Vec<u8>, line: &str) {
        match self {
            Self::Ndjson => out.extend_from_slice(line.as_bytes()),
            Self::Json => indent(out, line),
            Self::Ref => {
                let Ok(object) = Object::read(line, &["ref", "kind"]) else {
                    return;
                };
                // A failure is no reference to work on: xargs would take it for one.
                let failed = object.string(1).as_deref() == Some("error");
                let Some(reference) = object.string(0).filter(|_| !failed) else {
                    return;
                };
                out.extend_from_slice(reference.as_bytes());
            }
            Self::Table(table) => return table.push(line),
        }
        out.push(b'\n');
    }

    /// Appends what was held back: nothing more is ready.
    pub(crate) fn settle(&mut self, out: &mut Vec<u8>) {
        if let Self::Table(table) = self {
            table.write(out);
        }
    }
}

/// Deeper levels are not indented further: a line must not cost its depth.
const DEEPEST: usize = 64;

/// Indents JSON text by two blanks a level. Its tokens stay, but for characters that a terminal would obey: those are escaped,
/// which is the same text to JSON.
fn indent(out: &mut Vec<u8>, json: &str) {
    let safe;
    let json = if json.contains(stands_in_strings) {
        safe = escape_obeyed(json);
        &safe
    } else {
        json
    };
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut bytes = json
        .bytes()
        .filter(|byte| !matches!(byte, b'\n' | b'\r'))
        .peekable();
    let new_line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.resize(out.len() + 2 * depth.min(DEEPEST), b' ');
    };
    while let Some(byte) = bytes.next() {
        if quoted {
            out.push(byte);
            quoted = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b' ' | b'\t' => {}
            b'{' | b'[' => {
                out.push(byte);
                while bytes.next_if(u8::is_ascii_whitespace).is_some() {}
                if let Some(close) = bytes.next_if(|next| matches!(next, b'}' | b']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    new_line(out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                new_line(out, depth);
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                new_line(out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            _ => {
                quoted = byte == b'"';
                out.push(byte);
            }
        }
    }
}

/// JSON lets these stand in strings, and terminals obey them (REGISTRY.md SEC-7). C0 controls it has between tokens only.
fn stands_in_strings(character: char) -> bool {
    is_obeyed(character) && character >= '\u{7f}'
}

fn escape_obeyed(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if stands_in_strings(character) {
            write!(safe, "\\u{:04x}", u32::from(character)).expect("a string takes all");
        } else {
            safe.push(character);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pushed(mut output: Output, line: &str) -> String {
        let mut out = Vec::new();
        output.push(&mut out, line);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_document_is_indented_and_its_tokens_stay() {
        assert_eq!(
            pushed(
                Output::Json,
                r#"{"a":1.10,"b":[],"c":{ },"d":["x,\"{y",{"e":1e2}]}"#
            ),
            "{\n  \"a\": 1.10,\n  \"b\": [],\n  \"c\": {},\n  \"d\": [\n    \"x,\\\"{y\",\n    {\n      \"e\": 1e2\n    }\n  ]\n}\n"
        );
    }

    #[test]
    fn references_alone_leave_out_what_has_none() {
        assert_eq!(
            pushed(Output::Ref, r#"{"ref":"docker.io/a/b","kind":"x"}"#),
            "docker.io/a/b\n"
        );
        assert_eq!(
            pushed(Output::Ref, r#"{"ref":"docker.io/a/b","kind":"error"}"#),
            ""
        );
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped_sec_7() {
        let hostile = "{\"a\":\"\u{7f}\u{9b}31m\u{202e}\u{2066}é\"}";
        let shown = pushed(Output::Json, hostile);
        assert!(!shown.contains(|c| is_obeyed(c) && c != '\n'), "{shown:?}");
        assert!(shown.contains("\\u009b31m\\u202e\\u2066é"), "{shown}");
        let [before, after]: [serde_json::Value; 2] =
            [hostile, &shown].map(|text| serde_json::from_str(text).unwrap());
        assert_eq!(before, after);
    }

    #[test]
    fn depth_costs_no_square_of_itself() {
        let deep = format!("{}{}", "[1,".repeat(8000), "]".repeat(8000));
        assert!(pushed(Output::Json, &deep).len() < 8000 * 3 * (2 * DEEPEST + 8));
    }

    proptest! {
        #[test]
        fn indenting_changes_no_value(keys in prop::collection::vec("\\PC{0,6}", 0..5), number: i64) {
            let value = serde_json::json!({"k": keys, "o": {"n": number, "e": [[], {}]}});
            let indented = pushed(Output::Json, &value.to_string());
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&indented).unwrap(), value);
        }
    }
}
