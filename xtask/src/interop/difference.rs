//! How two answers to one question differ. Knows neither the question nor whether the difference is meant.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::bench::Outcome;

/// How our answer differs from skopeo's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// skopeo gives an error where we have an answer.
    OnlySkopeoFails,
    /// We give an error where skopeo has an answer.
    OnlyOursFails,
    /// Both documents have other values in these members.
    Members(Vec<String>),
    /// The same values in other bytes, or bytes that are no JSON object.
    Bytes,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnlySkopeoFails => f.write_str("only skopeo fails"),
            Self::OnlyOursFails => f.write_str("only hub-inspect fails"),
            Self::Members(names) => write!(f, "other values in {}", names.join(", ")),
            Self::Bytes => f.write_str("other bytes"),
        }
    }
}

/// How `ours` differs from `theirs`; `None`: byte for byte the same, or both are errors.
pub(crate) fn difference(ours: &Outcome, theirs: &Outcome) -> Option<Difference> {
    match (ours.succeeded(), theirs.succeeded()) {
        (false, false) => None,
        (true, false) => Some(Difference::OnlySkopeoFails),
        (false, true) => Some(Difference::OnlyOursFails),
        (true, true) if ours.stdout == theirs.stdout => None,
        (true, true) => Some(of_documents(&ours.stdout, &theirs.stdout)),
    }
}

fn of_documents(ours: &[u8], theirs: &[u8]) -> Difference {
    let object = |bytes| serde_json::from_slice::<Map<String, Value>>(bytes);
    let (Ok(ours), Ok(theirs)) = (object(ours), object(theirs)) else {
        return Difference::Bytes;
    };
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let differing: Vec<String> = names
        .into_iter()
        .filter(|name| ours.get(*name) != theirs.get(*name))
        .cloned()
        .collect();
    if differing.is_empty() {
        return Difference::Bytes;
    }
    Difference::Members(differing)
}

/// `document`, which is indented by four, without its member `LayersData`: versions of skopeo before 1.10 have none.
pub(crate) fn without_layers_data(document: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(document);
    let mut inside = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let begins = line.starts_with("    \"LayersData\":");
        inside |= begins && line.trim_end().ends_with('[');
        if !inside && !begins {
            kept.push_str(line);
        }
        inside &= !line.starts_with("    ]");
    }
    kept.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Difference, difference, without_layers_data};
    use crate::interop::bench::Outcome;

    fn outcome(code: i32, stdout: &str) -> Outcome {
        Outcome {
            code: Some(code),
            stdout: stdout.into(),
            stderr: String::new(),
        }
    }

    fn between(ours: (i32, &str), theirs: (i32, &str)) -> Option<Difference> {
        difference(&outcome(ours.0, ours.1), &outcome(theirs.0, theirs.1))
    }

    #[test]
    fn bytes_and_failures_count() {
        let members = |names: [&str; 2]| Difference::Members(names.map(str::to_owned).into());
        assert_eq!(between((0, "{}"), (0, "{}")), None);
        assert_eq!(between((1, ""), (1, "{}")), None);
        assert_eq!(
            between((0, "{}"), (1, "")),
            Some(Difference::OnlySkopeoFails)
        );
        assert_eq!(between((3, ""), (0, "{}")), Some(Difference::OnlyOursFails));
        assert_eq!(between((0, "{}"), (0, "{ }")), Some(Difference::Bytes));
        assert_eq!(between((0, "a"), (0, "b")), Some(Difference::Bytes));
        assert_eq!(
            between((0, r#"{"a":1,"b":2,"c":3}"#), (0, r#"{"b":3,"a":1}"#)),
            Some(members(["b", "c"]))
        );
    }

    #[test]
    fn layers_data_is_cut_out_and_nothing_else() {
        let whole = "{\n    \"Layers\": [\n        \"a\"\n    ],\n    \"LayersData\": [\n        {\n            \"Size\": 1\n        }\n    ],\n    \"Env\": null\n}\n";
        let cut = "{\n    \"Layers\": [\n        \"a\"\n    ],\n    \"Env\": null\n}\n";
        let null = "{\n    \"LayersData\": null,\n    \"Env\": [\n        \"A=1\"\n    ]\n}\n";
        let cut_null = "{\n    \"Env\": [\n        \"A=1\"\n    ]\n}\n";
        assert_eq!(without_layers_data(whole.as_bytes()), cut.as_bytes());
        assert_eq!(without_layers_data(null.as_bytes()), cut_null.as_bytes());
    }
}
