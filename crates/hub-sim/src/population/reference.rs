//! Repositories for measurements: how many tags, aliases, indexes and distinct digests there are follows from two
//! numbers, so that the fewest requests that a job needs can be counted beforehand.

use jiff::{SignedDuration, Timestamp};

use super::image::{Image, build};
use super::profile::{Profile, Style};
use super::recipe::Recipe;
use super::repository::{Facts, Repository};
use super::shapes;
use super::tags::{Era, TagRow};

pub(crate) const NAMESPACE: &str = "reference";
const NEWEST: Timestamp = Timestamp::constant(1_794_700_800, 0);
const HOUR: i64 = 60 * 60;

/// The repository number `number` with exactly `tags` tags: versions, newest first, then aliases of the newest of them.
pub(crate) fn repository(seed: u64, number: usize, tags: usize) -> Repository {
    let name = format!("r{:02}", number + 1);
    let distinct = tags - tags * 3 / 10;
    let profile = profile(&name);
    let versions: Vec<String> = (0..distinct)
        .map(|build| format!("1.{}.0", distinct - build))
        .collect();
    let images = versions.iter().enumerate().map(|(build, version)| {
        // Odd numbers of images in a repository still give a half over all of them.
        let multi = (number * distinct + build).is_multiple_of(2);
        image(seed, &profile, version, finished(build), multi)
    });
    let images = images.collect();
    let aliases = (0..tags - distinct).map(|build| {
        let name = versions[build].trim_end_matches(".0");
        let later = SignedDuration::from_secs(90);
        TagRow::new(name, build, finished(build) + later, Era::Modern)
    });
    let rows = versions
        .iter()
        .enumerate()
        .map(|(build, version)| TagRow::new(version, build, finished(build), Era::Modern))
        .chain(aliases);
    Repository::new(facts(number, &name), images, rows.collect())
}

fn finished(build: usize) -> Timestamp {
    NEWEST - SignedDuration::from_secs(HOUR * i64::try_from(build).unwrap_or(0))
}

fn image(seed: u64, profile: &Profile, version: &str, finished: Timestamp, multi: bool) -> Image {
    let style = if multi {
        Style::BuildKit
    } else {
        Style::SingleOci
    };
    let shape = shapes::of(style, 0, 1);
    let recipe = Recipe::new(seed, profile, version, finished, true);
    build(&recipe, shape)
}

fn profile(name: &str) -> Profile {
    let row = serde_json::json!({"namespace": NAMESPACE, "name": name, "style": "buildkit"});
    serde_json::from_value(row).expect("all other fields have defaults")
}

fn facts(number: usize, name: &str) -> Facts {
    let number = u64::try_from(number).unwrap_or(0);
    Facts {
        id: 78_000_000 + number,
        namespace: NAMESPACE.to_owned(),
        name: name.to_owned(),
        typed: true,
        private: false,
        description: Some("A part of the reference job".to_owned()),
        full_description: None,
        stars: 0,
        pulls: 0,
        registered: Timestamp::constant(1_500_000_000, 0)
            + SignedDuration::from_secs(number.cast_signed()),
        modified: NEWEST,
        categories: &[],
        sourced: true,
    }
}
