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

/// The repository all of whose tags are asked for at once.
const MANY: &str = "library/alpine";

/// Odd images that are asked for by platform too, and for which.
const ODD_PLATFORMS: [(&str, &[&str]); 9] = [
    ("ATT-3-unknown-platform-alone", &["linux/arm64"]),
    ("MAN-12-oci-index-without-mediatype", &["linux/arm64"]),
    ("MAN-14-nested-index", &["linux/arm64"]),
    ("MAN-15-docker-manifest-list", &["linux/arm64"]),
    ("PLT-1-spellings", &["linux/arm64", "linux/arm/v7"]),
    (
        "PLT-1-variants-in-index-only",
        &[
            "linux/arm",
            "linux/arm/v6",
            "linux/arm/v7",
            "linux/arm64",
            "linux/arm64/v8",
        ],
    ),
    ("PLT-4-arm64-only", &["linux/arm64"]),
    ("PLT-5-single-arm64", &["linux/s390x"]),
    ("PLT-6-windows-versions", &["windows/amd64"]),
];

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
        cases.extend(of_odd_image(&place, &image, &name));
    }
    let has_layers_data = has_layers_data(&bench.skopeo(&["--version"])?.text());
    findings.layers_data_is_cut = !has_layers_data;
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
    one_after_another(bench, host, &population, has_layers_data, findings)
}

/// Many references at once give what skopeo prints for each, one after another.
fn one_after_another(
    bench: &Bench<'_>,
    host: &str,
    population: &Population,
    has_layers_data: bool,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let tags: Vec<String> = population
        .tags(MANY)
        .map(|tag| format!("{MANY}:{}", tag.name))
        .collect();
    let cases: Vec<Case> = tags
        .iter()
        .map(|image| Case::new(Kind::Inspect, host, image))
        .collect();
    let theirs = each(&cases, |case| case.theirs(bench))?;
    let theirs: Vec<u8> = theirs.into_iter().flat_map(|one| one.stdout).collect();
    let lines: Vec<String> = tags
        .iter()
        .map(|image| format!("{host}/{image}\n"))
        .collect();
    let args = ["--skopeo", "--plain-http", host];
    let ours = bench.tool("hub-inspect", &args, &lines.concat())?;
    let mut documents = ours.stdout;
    if !has_layers_data {
        documents = without_layers_data(&documents);
    }
    let same = documents == theirs && ours.code == Some(0) && !tags.is_empty();
    let verdict = check(same, || format!("other bytes for its {} tags", tags.len()));
    findings.case("--skopeo, many at once", MANY, verdict);
    Ok(())
}

fn of_odd_image(host: &str, image: &str, name: &str) -> Vec<Case> {
    let kinds = [Kind::Inspect, Kind::Raw, Kind::Config];
    let platforms = ODD_PLATFORMS.iter().filter(|(case, _)| *case == name);
    let platforms = platforms.flat_map(|(_, platforms)| *platforms);
    let demanded = platforms.map(|platform| Case::for_platform(host, image, platform));
    let usual = kinds.map(|kind| Case::new(kind, host, image));
    usual.into_iter().chain(demanded).collect()
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
