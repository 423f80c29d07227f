//! skopeo as the oracle: every case asked of both, every difference held against the table.

use std::path::Path;

use hub_sim::{Config, Population, Sim};

use super::bench::{Bench, each};
use super::case::{self, Case, Kind};
use super::difference::{Difference, difference, without_layers_data};
use super::findings::{Findings, check};
use super::odd;
use super::table::{ROWS, Row};

/// The first version whose document has `LayersData`.
const LAYERS_DATA_SINCE: (u32, u32) = (1, 10);

/// One answer of each program that differs, with what helps to see why.
#[derive(Debug)]
struct Seen {
    difference: Option<Difference>,
    refused_by_both: bool,
    words: String,
}

/// Compares the population and the odd images. `host` is a registry that anybody may read and fill.
pub(crate) fn judge(
    bench: &Bench<'_>,
    host: &str,
    odd_images: &Path,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let population = Population::tutorial();
    let mut cases = case::of_population(host, &population);
    let sim = Sim::start(Config {
        population: Population::images(odd_images)?,
        ..Config::default()
    })?;
    for name in odd::names(odd_images)? {
        let taken = odd::push(host, odd_images, &name)?;
        let place = if taken {
            host.to_owned()
        } else {
            sim.authority()
        };
        findings.odd(taken);
        let image = format!("{}:{name}", odd::REPOSITORY);
        let kinds = [Kind::Inspect, Kind::Raw, Kind::Config];
        cases.extend(kinds.map(|kind| Case::new(kind, &place, &image)));
    }
    let has_layers_data = has_layers_data(&bench.skopeo(&["--version"])?.text());
    let seen = each(&cases, |case| compare(case, bench, has_layers_data))?;
    for (case, seen) in cases.iter().zip(&seen) {
        let kind = case.kind.name();
        findings.case(kind, &case.name, verdict(case, seen));
        if seen.refused_by_both {
            findings.refused_by_both(kind, &case.name);
        }
        if row(case).is_some() {
            findings.in_table(kind);
        }
    }
    rows_are_in_use(&cases, findings);
    Ok(())
}

/// `skopeo version 1.9.3`, perhaps with a commit behind it.
fn has_layers_data(version: &str) -> bool {
    let numbers = version.split_whitespace().nth(2).unwrap_or_default();
    let mut numbers = numbers.split('.').map_while(|number| number.parse().ok());
    let version = (numbers.next(), numbers.next());
    version >= (Some(LAYERS_DATA_SINCE.0), Some(LAYERS_DATA_SINCE.1))
}

fn compare(case: &Case, bench: &Bench<'_>, has_layers_data: bool) -> anyhow::Result<Seen> {
    let mut ours = case.ours(bench)?;
    let theirs = case.theirs(bench)?;
    if !has_layers_data && matches!(case.kind, Kind::Inspect | Kind::Platform) {
        ours.stdout = without_layers_data(&ours.stdout);
    }
    Ok(Seen {
        difference: difference(&ours, &theirs),
        refused_by_both: !ours.succeeded() && !theirs.succeeded(),
        words: format!(
            "ours: {}; skopeo: {}",
            ours.last_words(),
            theirs.last_words()
        ),
    })
}

fn row(case: &Case) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.covers(case.kind, &case.name))
}

fn verdict(case: &Case, seen: &Seen) -> Result<(), String> {
    let expected = row(case).map(Row::difference);
    check(seen.difference == expected, || {
        let tell = |difference: Option<&Difference>| {
            difference.map_or("no difference".to_owned(), ToString::to_string)
        };
        let (seen_now, in_table) = (tell(seen.difference.as_ref()), tell(expected.as_ref()));
        format!(
            "{seen_now}, where the table says {in_table} ({})",
            seen.words
        )
    })
}

fn rows_are_in_use(cases: &[Case], findings: &mut Findings) {
    for row in ROWS {
        for kind in row.kinds {
            if !cases.iter().any(|case| row.covers(*kind, &case.name)) {
                let (kind, case) = (kind.name(), row.case);
                let breach = format!("table: {kind} {case}: no case has this name");
                findings.breaches.push(breach);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, Difference, Kind, Seen, has_layers_data, verdict};

    fn seen(difference: Option<Difference>) -> Seen {
        Seen {
            difference,
            refused_by_both: false,
            words: String::new(),
        }
    }

    #[test]
    fn a_difference_stands_in_the_table_and_a_row_still_differs() {
        let case = |name| Case::new(Kind::Inspect, "127.0.0.1:1", name);
        let (plain, deep) = (case("a/b:c"), case("odd/images:MAN-14-too-deep"));
        assert!(verdict(&plain, &seen(None)).is_ok());
        assert!(verdict(&plain, &seen(Some(Difference::Bytes))).is_err());
        assert!(verdict(&deep, &seen(Some(Difference::OnlyOursFails))).is_ok());
        assert!(verdict(&deep, &seen(Some(Difference::OnlySkopeoFails))).is_err());
        assert!(verdict(&deep, &seen(None)).is_err());
    }

    #[test]
    fn layers_data_is_there_since_1_10() {
        assert!(!has_layers_data("skopeo version 1.9.3\n"));
        assert!(has_layers_data("skopeo version 1.10.0\n"));
        assert!(has_layers_data("skopeo version 1.18.0-dev commit: abc\n"));
        assert!(has_layers_data("skopeo version 2.0.0\n"));
    }
}
