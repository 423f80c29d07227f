//! What the task found: how many cases of each kind ran, which of them differ by which row of the table, and what is
//! wrong. Knows no program.

use std::collections::BTreeMap;

/// Counts, differences and breaches.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Cases by kind.
    pub(crate) cases: BTreeMap<&'static str, usize>,
    /// Odd images that the registry took, and those that only hub-sim serves.
    pub(crate) odd: (usize, usize),
    /// What must not be.
    pub(crate) breaches: Vec<String>,
}

impl Findings {
    /// One more odd image, at the registry if that has taken it.
    pub(crate) fn odd(&mut self, taken: bool) {
        self.odd.0 += usize::from(taken);
        self.odd.1 += usize::from(!taken);
    }

    /// One more case of `kind`; a breach where its `verdict` is an error.
    pub(crate) fn case(&mut self, kind: &'static str, name: &str, verdict: Result<(), String>) {
        *self.cases.entry(kind).or_default() += 1;
        if let Err(why) = verdict {
            self.breaches.push(format!("{kind} {name}: {why}"));
        }
    }
}

/// `Ok` where `holds`, else what is wrong.
pub(crate) fn check(holds: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(wrong()) }
}
