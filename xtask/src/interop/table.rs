//! The one table of what differs from skopeo on purpose. A difference that is not here fails the task, and so does a row
//! that is no difference any more.

use super::case::Kind;
use super::difference::Difference;

/// What one or more cases differ in, and why.
#[derive(Debug)]
pub(crate) struct Row {
    /// What was asked.
    pub(crate) kind: Kind,
    /// The case's name; a `*` at its end stands for anything.
    pub(crate) case: &'static str,
    /// How it differs.
    pub(crate) what: What,
    /// Why that is meant.
    pub(crate) reason: &'static str,
}

/// A [`Difference`] in a constant.
#[derive(Debug)]
#[expect(dead_code, reason = "not every way to differ is in use at every time")]
pub(crate) enum What {
    /// skopeo gives an error where we have an answer.
    OnlySkopeoFails,
    /// We give an error where skopeo has an answer.
    OnlyOursFails,
    /// Both documents have other values in these members, in the order of the alphabet.
    Members(&'static [&'static str]),
    /// Other bytes.
    Bytes,
}

/// All rows.
pub(crate) const ROWS: &[Row] = &[];

impl Row {
    /// Whether it is about the case `name`.
    pub(crate) fn covers(&self, kind: Kind, name: &str) -> bool {
        let named = match self.case.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => self.case == name,
        };
        self.kind == kind && named
    }

    /// How its cases differ.
    pub(crate) fn difference(&self) -> Difference {
        match self.what {
            What::OnlySkopeoFails => Difference::OnlySkopeoFails,
            What::OnlyOursFails => Difference::OnlyOursFails,
            What::Members(names) => {
                Difference::Members(names.iter().map(|name| (*name).to_owned()).collect())
            }
            What::Bytes => Difference::Bytes,
        }
    }
}
