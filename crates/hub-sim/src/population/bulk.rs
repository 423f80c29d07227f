//! One repository with as many tags as somebody wants, for walks, walls and measurements. Images come from a pool of
//! eight, so that only the tags cost memory.

use jiff::{SignedDuration, Timestamp};

use super::image::build;
use super::profile::{Profile, Style};
use super::recipe::Recipe;
use super::repository::{Facts, Repository};
use super::shapes;
use super::tags::{Era, TagRow};

const POOL: usize = 8;
const NEWEST: Timestamp = Timestamp::constant(1_794_700_800, 0);

/// `namespace/name` with exactly `tags` tags: `latest`, then `b0000001`, `b0000002`, … a minute apart, newest first.
pub(crate) fn repository(seed: u64, namespace: &str, name: &str, tags: usize) -> Repository {
    let images = (0..POOL).map(|number| {
        let version = format!("pool-{number}");
        let profile = profile(namespace, name);
        let style = if number % 2 == 0 {
            Style::BuildKit
        } else {
            Style::SingleDocker
        };
        let shape = shapes::of(style, 0, 1);
        build(
            &Recipe::new(seed, &profile, &version, NEWEST, shape.attested),
            shape,
        )
    });
    let rows = (0..tags).map(|number| {
        let tag = if number == 0 {
            "latest".to_owned()
        } else {
            format!("b{number:07}")
        };
        let age = SignedDuration::from_mins(i64::try_from(number).unwrap_or(i64::MAX / 60));
        TagRow::new(&tag, number % POOL, NEWEST - age, Era::Modern)
    });
    Repository::new(facts(namespace, name), images.collect(), rows.collect())
}

fn profile(namespace: &str, name: &str) -> Profile {
    let row = serde_json::json!({"namespace": namespace, "name": name, "style": "buildkit"});
    serde_json::from_value(row).expect("all other fields have defaults")
}

fn facts(namespace: &str, name: &str) -> Facts {
    Facts {
        id: 77_000_001,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        typed: true,
        private: false,
        description: Some("Many tags over few images".to_owned()),
        full_description: None,
        stars: 0,
        pulls: 0,
        registered: Timestamp::constant(1_500_000_000, 0),
        modified: NEWEST,
        categories: &[],
        sourced: true,
    }
}
