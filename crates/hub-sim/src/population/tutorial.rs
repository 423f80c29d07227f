//! The default population: builds every repository of the tutorial table. The same seed gives the same bytes.

use jiff::{SignedDuration, Timestamp};

use super::artifact;
use super::image::{Image, build};
use super::profile::{Profile, Style};
use super::recipe::Recipe;
use super::repository::{Facts, Repository};
use super::rng::Rng;
use super::shapes;
use super::tags::{Era, TagRow};
use super::versions::{Plan, plan};

const DAY: i64 = 24 * 60 * 60;

const CATEGORIES: &[(&str, &str)] = &[
    ("Integration & delivery", "integration-and-delivery"),
    ("Developer tools", "developer-tools"),
];

/// All repositories, in the order in which they were registered.
pub(crate) fn repositories(seed: u64) -> Vec<Repository> {
    Profile::tutorial()
        .iter()
        .map(|profile| repository(seed, profile))
        .collect()
}

fn repository(seed: u64, profile: &Profile) -> Repository {
    let mut rng = Rng::new(seed, &profile.full_name());
    let plan = plan(
        profile.newest,
        profile.tags,
        shapes::extra(profile.style).map(|(name, _)| name),
    );
    let mut finished = profile.finished;
    let mut times = Vec::new();
    let mut images = Vec::new();
    for (number, version) in plan.builds.iter().enumerate() {
        times.push(finished);
        images.push(image(
            seed,
            profile,
            version,
            (number, plan.builds.len()),
            finished,
        ));
        let days = i64::try_from(3 + rng.below(30)).unwrap_or(3);
        finished -= SignedDuration::new(
            days * DAY,
            -i32::try_from(rng.below(999_999_999)).unwrap_or(0),
        );
    }
    let rows = rows(profile.style, &plan, &times);
    Repository::new(facts(profile, &mut rng, finished), images, rows)
}

fn image(
    seed: u64,
    profile: &Profile,
    version: &str,
    (number, builds): (usize, usize),
    finished: Timestamp,
) -> Image {
    if profile.style == Style::Helm {
        return artifact::helm_chart(&profile.name, version);
    }
    let shape = match shapes::extra(profile.style) {
        Some((name, shape)) if name == version => shape,
        _ => shapes::of(profile.style, number, builds),
    };
    build(
        &Recipe::new(seed, profile, version, finished, shape.attested),
        shape,
    )
}

/// A tag per planned name; an alias is pushed a little after the version that it stands for.
fn rows(style: Style, plan: &Plan, times: &[Timestamp]) -> Vec<TagRow> {
    let mut rows = Vec::with_capacity(plan.names.len());
    for (number, (name, build)) in plan.names.iter().enumerate() {
        let delay = 2 * i64::try_from(plan.names.len() - number).unwrap_or(0);
        let pushed = times[*build] + SignedDuration::from_secs(90 + delay);
        rows.push(TagRow::new(name, *build, pushed, era(style, number)));
    }
    rows
}

/// What is forgotten about the tag number `number`, counted from the newest.
fn era(style: Style, number: usize) -> Era {
    match (style, number) {
        (Style::Old, 0 | 1) => Era::NoDigest,
        (Style::Old, 2) => Era::NullDigest,
        (Style::Old, 3) => Era::NullImageDigest,
        (Style::Old, 4) => Era::Undated,
        (Style::Old, _) => Era::NoImageDigest,
        _ => Era::Modern,
    }
}

fn facts(profile: &Profile, rng: &mut Rng, oldest: Timestamp) -> Facts {
    let empty = profile.style == Style::Empty;
    let official = profile.namespace == "library";
    Facts {
        id: 100_000 + rng.below(30_000_000),
        namespace: profile.namespace.clone(),
        name: profile.name.clone(),
        typed: !empty && (profile.style != Style::Old || profile.readme),
        private: profile.private,
        description: profile.description.clone(),
        full_description: profile.readme.then(|| readme(profile)),
        stars: rng.below(if official { 20_000 } else { 400 }),
        // More than 2^32 pulls are real (HUB-API.md §6.1).
        pulls: rng.below(90_000_000) + if official { 9_400_000_000 } else { 0 },
        registered: if empty { profile.finished } else { oldest },
        modified: Timestamp::constant(1_729_086_514, 145_251_000),
        categories: if profile.readme { CATEGORIES } else { &[] },
        sourced: rng.chance(70),
    }
}

fn readme(profile: &Profile) -> String {
    let name = profile.full_name();
    let about = profile.description.as_deref().unwrap_or_default();
    format!(
        "# {name}\n\n{about}\n\n```console\n$ docker run --rm {name}:latest --version\n```\n\n\
             | tag | base |\n|---|---|\n| `latest` | {} |\n",
        profile.base
    )
}
