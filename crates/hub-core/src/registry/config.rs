//! The image config: the members that a record shows, read leniently, since ten years of builders wrote it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::extras::json;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::Platform;

/// An image config of either kind, docker's or the OCI's; a schema 1 history has the same members.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Config {
    pub(super) created: Option<String>,
    pub(super) author: Option<String>,
    pub(super) architecture: Option<String>,
    pub(super) os: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
    variant: Option<String>,
    pub(super) docker_version: Option<String>,
    #[serde(rename = "config")]
    pub(super) execution: Option<Execution>,
    /// The steps as they stand there.
    pub(super) history: Option<Box<RawValue>>,
}

/// How a container of the image runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Execution {
    pub(super) labels: Option<BTreeMap<String, Value>>,
    pub(super) env: Option<Value>,
    pub(super) entrypoint: Option<Value>,
    pub(super) cmd: Option<Value>,
    pub(super) user: Option<Value>,
    pub(super) working_dir: Option<Value>,
    pub(super) exposed_ports: Option<BTreeMap<String, Value>>,
}

/// A member of any type. Texts are written as everywhere in a record; of the rest only blanks between the tokens are gone:
/// digits stay, also those of numbers that fit no type.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(from = "Box<RawValue>")]
pub(super) struct Value(Box<RawValue>);

impl From<Box<RawValue>> for Value {
    fn from(raw: Box<RawValue>) -> Self {
        Self(RawValue::from_string(rewritten(raw.get())).unwrap_or(raw))
    }
}

impl Config {
    /// Reads the config that `name` stands for; what is no object is none.
    pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Self> {
        let refuse = |why: String| {
            let what = format!("the image config {name} is not as expected: {why}");
            Err(Error::new(ErrorKind::InvalidResponse, what))
        };
        // serde would take an array for the members in their order.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return refuse("it is no object".to_owned());
        }
        serde_json::from_slice(bytes).or_else(|error| refuse(error.to_string()))
    }

    /// The platform that the config names; `None` where it leaves out the system or the architecture.
    pub(super) fn platform(&self) -> Option<Platform> {
        let named = |part: &Option<String>| part.clone().filter(|part| !part.is_empty());
        Some(Platform {
            os: named(&self.os)?,
            architecture: named(&self.architecture)?,
            variant: named(&self.variant),
            os_version: named(&self.os_version),
        })
    }
}

/// The same JSON on one line, its texts in their usual spelling: Go writes `<` as an escape. It is one pass, since values
/// may be as deep as the config is long.
fn rewritten(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find('"') {
        let (before, text) = rest.split_at(start);
        let (text, behind) = text.split_at(text_end(text));
        push_tokens(&mut out, before);
        match serde_json::from_str::<String>(text) {
            Ok(plain) if text.contains('\\') => out.push_str(json(&plain).get()),
            // Half of a surrogate pair is JSON, and no text.
            _ => out.push_str(text),
        }
        rest = behind;
    }
    push_tokens(&mut out, rest);
    out
}

fn push_tokens(out: &mut String, json: &str) {
    out.extend(json.split_ascii_whitespace());
}

/// Where the text ends that `json` begins with, its quotation marks included.
fn text_end(json: &str) -> usize {
    // The first quotation mark begins the text.
    let mut escaped = true;
    let end = json.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn shown(member: &str) -> String {
        let text = format!(r#"{{"config":{{{member}}}}}"#);
        let config = Config::read("x", text.as_bytes()).unwrap();
        let run = config.execution.unwrap();
        serde_json::to_string(&(run.env, run.labels, run.exposed_ports)).unwrap()
    }

    #[test]
    fn every_digit_of_a_config_is_kept_blob_1() {
        assert_eq!(
            shown(r#""Env":[1.10,18446744073709551999, 1e400,-0]"#),
            "[[1.10,18446744073709551999,1e400,-0],null,null]"
        );
        assert_eq!(
            shown(r#""Labels":{"b":1e400,"a":1.10},"ExposedPorts":{"80/tcp":{"x": 1E2}}"#),
            r#"[null,{"a":1.10,"b":1e400},{"80/tcp":{"x":1E2}}]"#
        );
    }

    #[test]
    fn texts_are_spelled_as_everywhere_and_blanks_between_tokens_go() {
        assert_eq!(
            shown(
                "\"Env\": [ \"A=\\u003cb\\u003e  \\\"\\\\\",\r\n\t\"\\u00e9\\/\\n\", [ ] , null ]"
            ),
            r#"[["A=<b>  \"\\","é/\n",[],null],null,null]"#
        );
        assert_eq!(
            shown(r#""Labels":{"\u0062":"\u0026","a":null}"#),
            r#"[null,{"a":null,"b":"&"},null]"#
        );
        let half = r#""Env":["\ud800"]"#;
        assert_eq!(shown(half), r#"[["\ud800"],null,null]"#);
    }

    #[test]
    fn a_deep_value_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(
            shown(&format!("\"Env\":{deep}")),
            format!("[{deep},null,null]")
        );
    }

    #[test]
    fn what_is_null_is_absent_blob_1() {
        assert_eq!(shown(r#""Env":null,"Labels":null"#), "[null,null,null]");
    }

    proptest! {
        #[test]
        fn what_has_no_odd_numbers_is_spelled_as_serde_json_spells_it(texts in prop::collection::vec("\\PC{0,4}|[\"\\\\\n\t ]{0,4}", 0..5), number: i64) {
            let value = serde_json::json!({"a": texts, "b": [number, null, {}, []]});
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(rewritten(&pretty), value.to_string());
        }
    }
}
