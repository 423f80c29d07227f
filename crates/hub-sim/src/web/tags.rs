//! Tag records: the list of a repository (HUB-API.md §7.1), one by name, and its images with layers (§7.2).

use hyper::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::error::Failure;
use super::layers;
use super::page::{Rules, Window};
use crate::http::{Answer, Request};
use crate::population::{Caller, Era, Image, Repository, Rng, TagOrder, TagRow};
use crate::world::World;

/// A tag, in the order of samples/tags-list-ubuntu-2024.json.
#[derive(Serialize)]
struct TagJson<'a> {
    creator: u64,
    id: u64,
    images: Vec<ImageJson<'a>>,
    last_updated: Option<Timestamp>,
    last_updater: u64,
    last_updater_username: String,
    name: &'a str,
    repository: u64,
    full_size: u64,
    v2: bool,
    tag_status: &'static str,
    tag_last_pulled: Option<Timestamp>,
    tag_last_pushed: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<&'a str>,
    content_type: &'static str,
    #[serde(skip_serializing_if = "Field::is_missing")]
    digest: Field<&'a str>,
}

/// One platform of a tag.
#[derive(Serialize)]
struct ImageJson<'a> {
    architecture: &'a str,
    features: &'static str,
    variant: Option<&'a str>,
    #[serde(skip_serializing_if = "Field::is_missing")]
    digest: Field<&'a str>,
    os: &'a str,
    os_features: &'static str,
    os_version: Option<&'a str>,
    size: u64,
    status: &'static str,
    last_pulled: Option<Timestamp>,
    last_pushed: Option<Timestamp>,
}

/// A key's value, null, or no such key at all.
#[derive(Serialize)]
#[serde(untagged)]
enum Field<T> {
    Value(T),
    Null,
    Missing,
}

impl<T> Field<T> {
    fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

/// `GET …/tags`, with the undocumented filters and orders.
pub(super) fn list(
    world: &World,
    caller: &Caller<'_>,
    repository: &Repository,
    request: &Request,
) -> Result<Answer, Failure> {
    let rules = Rules::new(world, caller, 10, |wall| wall.tags);
    let filter = Filter::of(request);
    let rows = repository
        .table
        .iter(order(request)?)
        .filter(|row| filter.keeps(repository, row));
    let page = Window::of(request, rules)?.cut(rows, request);
    let page =
        page.ok_or_else(|| Failure::missing(repository.namespace(), Some(repository.name())))?;
    Ok(Answer::json(
        StatusCode::OK,
        &page.map(|row| record(repository, row)),
    ))
}

/// `GET …/tags/{tag}`.
pub(super) fn detail(repository: &Repository, tag: &str) -> Result<Answer, Failure> {
    Ok(Answer::json(
        StatusCode::OK,
        &record(repository, row(repository, tag)?),
    ))
}

/// `GET …/tags/{tag}/images`.
pub(super) fn images(repository: &Repository, tag: &str) -> Result<Answer, Failure> {
    let row = row(repository, tag)?;
    let pulled = pulled(&mut Rng::new(repository.facts.id, &row.name));
    Ok(layers::answer(repository, row, pulled))
}

fn row<'a>(repository: &'a Repository, tag: &str) -> Result<&'a TagRow, Failure> {
    let missing = || Failure::missing(repository.namespace(), Some(repository.name()));
    repository.table.get(tag).ok_or_else(missing)
}

/// `last_updated` without a sign is newest first, and names are turned round too (HUB-API.md §2.2).
fn order(request: &Request) -> Result<TagOrder, Failure> {
    match request.param("ordering").as_deref() {
        None | Some("") => Ok(TagOrder::Default),
        Some("last_updated") => Ok(TagOrder::Newest),
        Some("-last_updated") => Ok(TagOrder::Oldest),
        Some("name") => Ok(TagOrder::NameDescending),
        Some("-name") => Ok(TagOrder::NameAscending),
        Some(_) => Err(Failure::Parameter {
            name: "ordering",
            text: "Invalid ordering value",
            reason: "Invalid ordering value. Must be one of: name, -name, last_updated, -last_updated",
        }),
    }
}

/// The undocumented filters of HUB-API.md §7.1.
#[derive(Clone, Debug)]
struct Filter {
    name: String,
    architecture: Option<String>,
    os: Option<String>,
}

impl Filter {
    fn of(request: &Request) -> Self {
        let given = |name| request.param(name).filter(|value| !value.is_empty());
        Self {
            name: given("name").unwrap_or_default(),
            architecture: given("architecture"),
            os: given("os"),
        }
    }

    fn keeps(&self, repository: &Repository, row: &TagRow) -> bool {
        let any = |wanted: &Option<String>, of: fn(&crate::population::Platform) -> &str| {
            let platforms = &repository.image(row).platforms;
            wanted
                .as_deref()
                .is_none_or(|wanted| platforms.iter().any(|platform| of(platform) == wanted))
        };
        row.name.contains(&self.name)
            && any(&self.architecture, |platform| platform.architecture)
            && any(&self.os, |platform| platform.os)
    }
}

fn record<'a>(repository: &'a Repository, row: &'a TagRow) -> TagJson<'a> {
    let image = repository.image(row);
    let mut rng = Rng::new(repository.facts.id, &row.name);
    let owner = repository.facts.id.rotate_left(3) % 900_000;
    let pushed = row.pushed();
    let pulled = pulled(&mut rng);
    TagJson {
        creator: owner,
        id: 1_000_000 + rng.below(900_000_000),
        images: images_of(image, row, pulled),
        last_updated: pushed,
        last_updater: owner,
        last_updater_username: format!("{}builder", repository.namespace()),
        name: &row.name,
        repository: repository.facts.id,
        full_size: image.size(),
        v2: true,
        tag_status: status(pulled),
        tag_last_pulled: pulled,
        tag_last_pushed: pushed,
        media_type: (row.era != Era::NoImageDigest).then_some(&*image.shown_type),
        content_type: image.content_type,
        digest: match row.era {
            Era::Modern => Field::Value(image.top.digest()),
            Era::NullDigest => Field::Null,
            _ => Field::Missing,
        },
    }
}

/// Attestations are listed like platforms, with the platform unknown/unknown (HUB-API.md §7.1).
fn images_of<'a>(image: &'a Image, row: &TagRow, pulled: Option<Timestamp>) -> Vec<ImageJson<'a>> {
    let pushed = row.pushed();
    let entry = |digest: &'a str, size| ImageJson {
        architecture: "unknown",
        features: "",
        variant: None,
        digest: match row.era {
            Era::NullImageDigest => Field::Null,
            Era::NoImageDigest => Field::Missing,
            _ => Field::Value(digest),
        },
        os: "unknown",
        os_features: "",
        os_version: None,
        size,
        status: status(pulled),
        last_pulled: pulled,
        last_pushed: pushed,
    };
    let platforms = image.platforms.iter().map(|platform| ImageJson {
        architecture: platform.architecture,
        variant: platform.variant,
        os: platform.os,
        os_version: platform.os_version,
        ..entry(&platform.manifest, platform.size)
    });
    let attestations = image
        .attestations
        .iter()
        .map(|(digest, size)| entry(digest, *size));
    platforms.chain(attestations).collect()
}

/// Some time in the year before the simulator was written; never for a tag in ten.
fn pulled(rng: &mut Rng) -> Option<Timestamp> {
    let ago = SignedDuration::from_micros(
        i64::try_from(rng.below(365 * 24 * 60 * 60 * 1_000_000)).unwrap_or(0),
    );
    let pulled = Timestamp::constant(1_795_132_800, 0) - ago;
    (!rng.chance(10)).then_some(pulled)
}

/// Docker Hub calls inactive what was not pulled for long.
fn status(pulled: Option<Timestamp>) -> &'static str {
    if pulled.is_some() {
        "active"
    } else {
        "inactive"
    }
}
