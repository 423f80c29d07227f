//! What the task found: how many cases of each kind ran, which of them differ by which row of the table, and what is
//! wrong. Knows no program.

use std::collections::BTreeMap;

/// Counts and breaches.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Documents that were pushed.
    pub(crate) documents: usize,
    /// Cases by kind.
    pub(crate) cases: BTreeMap<&'static str, Count>,
    /// Odd images that the registry took, and those that only hub-sim serves.
    pub(crate) odd: (usize, usize),
    /// Whether `LayersData` was left out of what was compared, since the judge has none.
    pub(crate) layers_data_is_cut: bool,
    /// What must not be.
    pub(crate) breaches: Vec<String>,
}

/// How many cases of a kind there were, and how they went.
#[derive(Debug, Default)]
pub(crate) struct Count {
    /// All of them.
    pub(crate) all: usize,
    /// The cases in which both programs gave an error.
    pub(crate) refused_by_both: Vec<String>,
    /// A row of the table tells how they differ.
    pub(crate) in_table: usize,
}

impl Findings {
    /// The case `name` of `kind` was refused by both programs.
    pub(crate) fn refused_by_both(&mut self, kind: &'static str, name: &str) {
        let count = self.cases.entry(kind).or_default();
        count.refused_by_both.push(name.to_owned());
    }

    /// A case of `kind` stands in the table.
    pub(crate) fn in_table(&mut self, kind: &'static str) {
        self.cases.entry(kind).or_default().in_table += 1;
    }

    /// One more odd image, at the registry if that has taken it.
    pub(crate) fn odd(&mut self, taken: bool) {
        self.odd.0 += usize::from(taken);
        self.odd.1 += usize::from(!taken);
    }

    /// One more case of `kind`; a breach where its `verdict` is an error.
    pub(crate) fn case(&mut self, kind: &'static str, name: &str, verdict: Result<(), String>) {
        self.cases.entry(kind).or_default().all += 1;
        if let Err(why) = verdict {
            self.breaches.push(format!("{kind} {name}: {why}"));
        }
    }
}

/// `Ok` where `holds`, else what is wrong.
pub(crate) fn check(holds: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(wrong()) }
}
