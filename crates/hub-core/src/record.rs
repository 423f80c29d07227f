//! Upstream's objects as they came: where they stand in a body, the few members that are read, and the record that
//! carries them on.
//!
//! Nothing is parsed into a struct and printed again: that would lose unknown members, order and digits. A record is
//! upstream's own text behind `{"ref":…,"kind":…,`.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::io::Write;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::keys::{KeySum, Passing, moving};

/// One JSON object as text, and the values of the `N` members that its reader asked for. Where a key stands twice, the
/// first counts.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a, const N: usize> {
    pub(crate) text: &'a str,
    pub(crate) values: [Option<&'a str>; N],
    /// Whether keys may be equal to ours or to each other but for their case.
    pub(crate) clash: bool,
}

impl<'a, const N: usize> Object<'a, N> {
    /// Reads `text`, which must be one JSON object; `names` are the members to find.
    pub fn read(text: &'a str, names: &[&'static str; N]) -> serde_json::Result<Self> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let (values, clash) = Members(names).deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(Self {
            text: text.trim_ascii(),
            values,
            clash,
        })
    }

    /// The object's own text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The text of a member's value, `null` included.
    pub fn value(&self, member: usize) -> Option<&'a str> {
        self.values[member]
    }

    /// Where the text of a member's value stands in the text that was read.
    pub fn range(&self, member: usize) -> Option<Range<usize>> {
        let value = self.values[member]?;
        let start = value.as_ptr().addr() - self.text.as_ptr().addr();
        Some(start..start + value.len())
    }

    /// The value of a member that is a string.
    pub fn string(&self, member: usize) -> Option<Cow<'a, str>> {
        string(self.values[member]?)
    }

    /// The value of a member that is a whole number that fits.
    pub fn number(&self, member: usize) -> Option<u64> {
        self.values[member]?.parse().ok()
    }

    /// Appends the record of this object: `ref` and `kind` first, then upstream's members as they came, in one line.
    /// A `ref` or `kind` of upstream's own moves under `upstream`, and a key that differs from an earlier one in case alone.
    pub fn write_record(&self, out: &mut Vec<u8>, reference: impl Display, kind: &str) {
        write!(out, "{{\"ref\":\"{reference}\",\"kind\":\"{kind}\"").expect("a vector takes all");
        let around = self.clash && write_around_clash(out, self.text);
        if !around {
            write_members(out, self.text);
        }
        out.push(b'\n');
    }
}

/// The members of an object as they came, in one line, behind others.
fn write_members(out: &mut Vec<u8>, object: &str) {
    let members = object.strip_prefix('{').map(str::trim_ascii_start);
    match members.filter(|rest| *rest != "}") {
        Some(members) => {
            out.push(b',');
            push_compact(out, members);
        }
        None => out.push(b'}'),
    }
}

/// The value of a JSON string, borrowed where it has no escapes. `value` is the text of one JSON value.
fn string(value: &str) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(value).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Appends JSON text without the line breaks and indentation between its tokens.
pub(crate) fn push_compact(out: &mut Vec<u8>, json: &str) {
    if !json.bytes().any(|byte| matches!(byte, b'\n' | b'\r')) {
        out.extend_from_slice(json.as_bytes());
        return;
    }
    let (mut quoted, mut escaped) = (false, false);
    for byte in json.bytes() {
        if quoted || !byte.is_ascii_whitespace() {
            out.push(byte);
        }
        quoted = if escaped {
            quoted
        } else {
            quoted ^ (byte == b'"')
        };
        escaped = quoted && byte == b'\\' && !escaped;
    }
}

/// The `ref` of records about Docker Hub itself.
pub(crate) const HUB: &str = "docker.io/";
/// What a `source` is called where no credential was used.
pub(crate) const ANONYMOUS: &str = "anonymous";

/// The line of a record that has no upstream object.
pub(crate) fn composed(record: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(record).expect("strings and numbers are JSON");
    line.push(b'\n');
    line
}

/// The slow path: keys clash. No service is known to do so today. Whether there was anything to move.
fn write_around_clash(out: &mut Vec<u8>, text: &str) -> bool {
    let Ok(Pairs(pairs)) = serde_json::from_str(text) else {
        return false;
    };
    let moving = moving(pairs.iter().map(|(key, _)| key.as_str()));
    if !moving.contains(&true) {
        return false;
    }
    let members = || pairs.iter().zip(&moving);
    for ((key, value), _) in members().filter(|(_, moves)| !**moves) {
        push_member(out, b',', key, value);
    }
    out.extend_from_slice(b",\"upstream\":");
    for (index, ((key, value), _)) in members().filter(|(_, moves)| **moves).enumerate() {
        push_member(out, if index == 0 { b'{' } else { b',' }, key, value);
    }
    out.extend_from_slice(b"}}");
    true
}

fn push_member(out: &mut Vec<u8>, before: u8, key: &str, value: &RawValue) {
    out.push(before);
    serde_json::to_writer(&mut *out, key).expect("a vector takes all");
    out.push(b':');
    push_compact(out, value.get());
}

/// All members of an object in their order.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}

/// Finds the values of the named members, and whether keys may clash.
struct Members<'n, const N: usize>(&'n [&'static str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for Members<'_, N> {
    type Value = ([Option<&'de str>; N], bool);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for Members<'_, N> {
    type Value = ([Option<&'de str>; N], bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut values, mut passing) = ([None; N], Passing::new());
        while let Some(key) = map.next_key_seed(Key(self.0))? {
            passing.pass(key.sum);
            match key.member.filter(|&member| values[member].is_none()) {
                Some(member) => values[member] = Some(map.next_value::<&RawValue>()?.get()),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok((values, passing.may_clash()))
    }
}

/// Compares a key with the wanted names without keeping it.
struct Key<'n, const N: usize>(&'n [&'static str; N]);

struct Matched {
    member: Option<usize>,
    sum: KeySum,
}

impl<'de, const N: usize> DeserializeSeed<'de> for Key<'_, N> {
    type Value = Matched;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<const N: usize> Visitor<'_> for Key<'_, N> {
    type Value = Matched;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Matched {
            member: self.0.iter().position(|name| *name == key),
            sum: KeySum::of(key),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn record(text: &str) -> String {
        let mut out = Vec::new();
        Object::read(text, &[])
            .unwrap()
            .write_record(&mut out, "docker.io/a/b", "repository");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn upstream_is_carried_as_it_came() {
        let upstream =
            r#"{"n":12345678901234567890123,"f":1e2,"s":"\u00e9","f":1.10,"new":{"x":[ 1 ]}}"#;
        assert_eq!(
            record(upstream),
            format!(
                "{{\"ref\":\"docker.io/a/b\",\"kind\":\"repository\",{}\n",
                &upstream[1..]
            )
        );
        assert_eq!(
            record("{}"),
            "{\"ref\":\"docker.io/a/b\",\"kind\":\"repository\"}\n"
        );
        assert_eq!(
            record(" { } "),
            "{\"ref\":\"docker.io/a/b\",\"kind\":\"repository\"}\n"
        );
    }

    #[test]
    fn indented_upstream_becomes_one_line_and_its_strings_stay() {
        let indented = "{\n  \"a\": \"x \\\" y\\\\\",\r\n  \"b\": [\n    1\n  ]\n}";
        assert_eq!(
            record(indented),
            "{\"ref\":\"docker.io/a/b\",\"kind\":\"repository\",\"a\":\"x \\\" y\\\\\",\"b\":[1]}\n"
        );
    }

    #[test]
    fn upstreams_own_ref_and_kind_move_under_upstream() {
        assert_eq!(
            record(r#"{"a":1,"ref":"x","KIND":2,"upstream":3,"b":1.10}"#),
            "{\"ref\":\"docker.io/a/b\",\"kind\":\"repository\",\"a\":1,\"b\":1.10,\"upstream\":{\"ref\":\"x\",\"KIND\":2,\"upstream\":3}}\n"
        );
    }

    #[test]
    fn no_two_keys_of_a_record_differ_only_in_case_pipe_1() {
        assert_eq!(
            record(r#"{"digest":"a","n":1.10,"Digest":"b","size":[1, 2],"SIZE":3,"n":4}"#),
            "{\"ref\":\"docker.io/a/b\",\"kind\":\"repository\",\"digest\":\"a\",\"n\":1.10,\"size\":[1, 2],\"n\":4,\
             \"upstream\":{\"Digest\":\"b\",\"SIZE\":3}}\n"
        );
        // To a reader that ignores case the Kelvin sign is a k.
        assert_eq!(
            record("{\"\u{212a}ind\":1}"),
            "{\"ref\":\"docker.io/a/b\",\"kind\":\"repository\",\"upstream\":{\"\u{212a}ind\":1}}\n"
        );
    }

    #[test]
    fn the_first_of_two_equal_keys_counts() {
        let object = Object::read(
            r#"{"name":"a","name":"b","digest":null,"size":7}"#,
            &["name", "digest", "size", "none"],
        )
        .unwrap();
        assert_eq!(object.string(0).as_deref(), Some("a"));
        assert_eq!((object.string(1), object.value(1)), (None, Some("null")));
        assert_eq!((object.number(2), object.value(3)), (Some(7), None));
    }

    #[test]
    fn keys_and_strings_with_escapes_are_understood() {
        let object = Object::read(r#"{"n\u0061me":"a\u0062c\n"}"#, &["name"]).unwrap();
        assert_eq!(object.string(0).as_deref(), Some("abc\n"));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["null", "[]", "7", "\"x\"", "{} {}", "{", "{\"a\":}"] {
            assert!(Object::read(text, &["a"]).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_record_is_one_line_of_json_with_upstreams_members(keys in prop::collection::vec("\\PC{0,8}", 0..6), pretty: bool) {
            let members: serde_json::Map<_, _> = keys.into_iter().map(|key| (key, serde_json::json!({"x": "a\nb"}))).collect();
            let upstream = serde_json::Value::Object(members.clone());
            let text = if pretty { serde_json::to_string_pretty(&upstream) } else { serde_json::to_string(&upstream) }.unwrap();
            let line = record(&text);
            prop_assert_eq!(line.matches('\n').count(), 1);
            let parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line).unwrap();
            let moving = moving(members.keys().map(String::as_str));
            for ((key, value), _) in members.iter().zip(moving).filter(|(_, moves)| !moves) {
                prop_assert_eq!(parsed.get(key), Some(value));
            }
            let columns: HashSet<_> = parsed.keys().map(|key| key.to_lowercase()).collect();
            prop_assert_eq!(columns.len(), parsed.len());
        }
    }
}
