//! `json.MarshalIndent` with four spaces: what is escaped, and where lines break. It knows no document, and no fractions: Go
//! prints those in a way of its own.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};

/// The document of `value` with a newline at its end.
pub(in crate::registry) fn document(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::new();
    let format = Go(PrettyFormatter::with_indent(b"    "));
    value
        .serialize(&mut Serializer::with_formatter(&mut out, format))
        .expect("strings and numbers are JSON, and a vector takes all");
    out.push(b'\n');
    out
}

/// serde's indentation is Go's; the escapes are not.
struct Go(PrettyFormatter<'static>);

impl Formatter for Go {
    /// Go escapes for HTML and for JavaScript what JSON would let stand.
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for part in fragment.split_inclusive(is_escaped) {
            let plain = part.trim_end_matches(is_escaped);
            out.write_all(plain.as_bytes())?;
            for escaped in part[plain.len()..].chars() {
                write!(out, "\\u{:04x}", u32::from(escaped))?;
            }
        }
        Ok(())
    }

    /// Go before 1.22 has no short form for backspace and form feed.
    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::Backspace => out.write_all(b"\\u0008"),
            CharEscape::FormFeed => out.write_all(b"\\u000c"),
            other => self.0.write_char_escape(out, other),
        }
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

fn is_escaped(character: char) -> bool {
    matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn printed(value: &Value) -> String {
        String::from_utf8(document(value)).unwrap()
    }

    /// What `json.Marshal` of Go 1.19.8 printed for a string of these characters.
    #[test]
    fn characters_are_escaped_as_go_1_19_does() {
        let text: String = ('\0'..=' ')
            .chain("\"\\/<>&'`\u{7f}\u{80}é\u{2027}\u{2028}\u{2029}\u{202a}\u{fffd}😀".chars())
            .collect();
        let go = concat!(
            r"\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\t\n\u000b\u000c\r\u000e\u000f",
            r"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f",
            r#" \"\\/\u003c\u003e\u0026'`"#,
            "\u{7f}\u{80}é\u{2027}",
            r"\u2028\u2029",
            "\u{202a}\u{fffd}😀"
        );
        assert_eq!(printed(&json!(text)), format!("\"{go}\"\n"));
    }

    #[test]
    fn keys_are_escaped_too_and_what_is_empty_takes_no_line() {
        let value = json!({"<a>": [], "b": {}, "c": [1, {"d": null}, [-1]], "e": ""});
        let go = r#"{
    "\u003ca\u003e": [],
    "b": {},
    "c": [
        1,
        {
            "d": null
        },
        [
            -1
        ]
    ],
    "e": ""
}
"#;
        assert_eq!(printed(&value), go);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let text = "(\\PC|[\\x00-\\x20<>&\"\\\\\u{2028}\u{2029}]){0,8}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 32, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(text, inner, 0..5)
                    .prop_map(|map: BTreeMap<String, Value>| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_document_is_read_back_as_the_same_value(value in any_json()) {
            let text = printed(&value);
            prop_assert!(text.ends_with('\n'));
            prop_assert!(!text.contains(is_escaped));
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
