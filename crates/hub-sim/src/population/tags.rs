//! The tags of one repository and the orders in which they are listed. Rows are small, since there may be a hundred
//! thousand; what the web API says about a tag is rendered when somebody asks.

use jiff::Timestamp;

/// One tag.
#[derive(Clone, Debug)]
pub(crate) struct TagRow {
    pub(crate) name: Box<str>,
    /// Index into the repository's images.
    pub(crate) image: u32,
    /// Nanoseconds since 1970.
    pushed: i64,
    pub(crate) era: Era,
}

/// What the web API has forgotten about a tag (HUB-API.md §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// Nothing.
    Modern,
    /// The tag's `digest` is null.
    NullDigest,
    /// The key `digest` is missing (samples/tags-list-2026-no-digest.json).
    NoDigest,
    /// As before, and the images' `digest` is null.
    NullImageDigest,
    /// As before, but the images' key is missing, and the tag's `media_type` too.
    NoImageDigest,
    /// As `NoDigest`, and `last_updated` and `tag_last_pushed` are null.
    Undated,
}

impl TagRow {
    pub(crate) fn new(name: &str, image: usize, pushed: Timestamp, era: Era) -> Self {
        Self {
            name: name.into(),
            image: u32::try_from(image).expect("a repository has fewer than 2^32 images"),
            pushed: i64::try_from(pushed.as_nanosecond()).expect("tags are pushed before 2262"),
            era,
        }
    }

    /// When the tag was pushed, where that is known.
    pub(crate) fn pushed(&self) -> Option<Timestamp> {
        let pushed = Timestamp::from_nanosecond(self.pushed.into()).ok();
        pushed.filter(|_| self.era != Era::Undated)
    }
}

/// The orders of HUB-API.md §2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagOrder {
    /// Newest first, with `latest` pinned to the top.
    Default,
    Newest,
    Oldest,
    NameAscending,
    NameDescending,
}

/// All tags of a repository.
#[derive(Clone, Debug)]
pub(crate) struct TagTable {
    /// Newest first; undated ones last.
    rows: Vec<TagRow>,
    /// Rows by name, in ASCII order (REGISTRY.md TAG-3).
    by_name: Vec<u32>,
    dated: usize,
    latest: Option<usize>,
}

impl TagTable {
    pub(crate) fn new(mut rows: Vec<TagRow>) -> Self {
        rows.sort_by(|a, b| {
            let key = |row: &TagRow| (row.era != Era::Undated, row.pushed);
            key(b).cmp(&key(a)).then_with(|| a.name.cmp(&b.name))
        });
        let count = u32::try_from(rows.len()).expect("a repository has fewer than 2^32 tags");
        let mut by_name: Vec<u32> = (0..count).collect();
        by_name.sort_by(|a, b| rows[*a as usize].name.cmp(&rows[*b as usize].name));
        Self {
            dated: rows.iter().filter(|row| row.era != Era::Undated).count(),
            latest: rows.iter().position(|row| &*row.name == "latest"),
            rows,
            by_name,
        }
    }

    /// The tag called `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&TagRow> {
        let row = |index: &u32| &self.rows[*index as usize];
        let found = self
            .by_name
            .binary_search_by(|index| (*row(index).name).cmp(name));
        found.ok().map(|at| row(&self.by_name[at]))
    }

    /// All tags in `order`; skipping ahead costs nothing.
    pub(crate) fn iter(&self, order: TagOrder) -> impl Iterator<Item = &TagRow> + Clone {
        (0..self.rows.len()).map(move |position| &self.rows[self.row_at(order, position)])
    }

    /// The names after `last` in ASCII order, as the registry lists them.
    pub(crate) fn names_after(&self, last: &str) -> impl Iterator<Item = &str> {
        let name = |index: &u32| &*self.rows[*index as usize].name;
        let start = self.by_name.partition_point(|index| name(index) <= last);
        self.by_name[start..].iter().map(name)
    }

    fn row_at(&self, order: TagOrder, position: usize) -> usize {
        let by_name = |position: usize| self.by_name[position] as usize;
        match (order, self.latest) {
            (TagOrder::Default, Some(latest)) if position == 0 => latest,
            (TagOrder::Default, Some(latest)) if position <= latest => position - 1,
            (TagOrder::Oldest, _) if position < self.dated => self.dated - 1 - position,
            (TagOrder::Default | TagOrder::Newest | TagOrder::Oldest, _) => position,
            (TagOrder::NameAscending, _) => by_name(position),
            (TagOrder::NameDescending, _) => by_name(self.rows.len() - 1 - position),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Era, TagOrder, TagRow, TagTable};

    fn table() -> TagTable {
        let row = |name, second, era| TagRow::new(name, 0, Timestamp::constant(second, 0), era);
        TagTable::new(vec![
            row("b", 3, Era::Modern),
            row("latest", 2, Era::Modern),
            row("lost", 9, Era::Undated),
            row("a", 1, Era::Modern),
        ])
    }

    fn names(order: TagOrder) -> Vec<&'static str> {
        let table = table();
        let known = ["a", "b", "latest", "lost"];
        let find = |name: &str| *known.iter().find(|known| **known == name).unwrap();
        table.iter(order).map(|row| find(&row.name)).collect()
    }

    /// HUB-API.md §2.2.
    #[test]
    fn latest_is_pinned_first_only_when_no_order_is_asked_for() {
        assert_eq!(names(TagOrder::Default), ["latest", "b", "a", "lost"]);
        assert_eq!(names(TagOrder::Newest), ["b", "latest", "a", "lost"]);
    }

    #[test]
    fn undated_tags_come_last_in_both_directions() {
        assert_eq!(names(TagOrder::Oldest), ["a", "latest", "b", "lost"]);
    }

    #[test]
    fn names_sort_both_ways() {
        assert_eq!(names(TagOrder::NameAscending), ["a", "b", "latest", "lost"]);
        assert_eq!(
            names(TagOrder::NameDescending),
            ["lost", "latest", "b", "a"]
        );
    }

    /// REGISTRY.md TAG-5: `last` need not exist.
    #[test]
    fn names_after_a_name_that_does_not_exist() {
        assert_eq!(
            table().names_after("b0").collect::<Vec<_>>(),
            ["latest", "lost"]
        );
        assert_eq!(
            table().names_after("b").collect::<Vec<_>>(),
            ["latest", "lost"]
        );
        assert_eq!(table().names_after("").count(), 4);
    }

    #[test]
    fn a_tag_is_found_by_its_name() {
        assert_eq!(table().get("a").map(|row| &*row.name), Some("a"));
        assert!(table().get("A").is_none());
    }
}
