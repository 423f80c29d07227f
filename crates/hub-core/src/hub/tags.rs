//! The tags of a repository as the web API knows them, and one tag (HUB-API.md §7.1, §7.2).

use std::borrow::Cow;

use jiff::Timestamp;

use crate::batch::Batch;
use crate::client::Client;
use crate::error::Result;
use crate::moment::parse_time;
use crate::name::Tag;
use crate::page::{LARGEST_PAGE, LOOK_AHEAD, List, Walk};
use crate::record::Object;
use crate::reference::Repository;
use crate::seen::Seen;

const MEMBERS: [&str; 6] = [
    "name",
    "digest",
    "tag_last_pushed",
    "last_updated",
    "full_size",
    "images",
];

/// A tag as the web API lists it, and the few members that are read.
#[derive(Clone, Copy, Debug)]
pub struct TagView<'a>(Object<'a, { MEMBERS.len() }>);

impl<'a> TagView<'a> {
    /// The tag.
    pub fn name(&self) -> Option<Cow<'a, str>> {
        self.0.string(0)
    }

    /// The digest that it points at; old tags have none.
    pub fn digest(&self) -> Option<Cow<'a, str>> {
        self.0.string(1)
    }

    /// The date of a tag (DECISIONS 14): when it was pushed, else when it was updated.
    pub fn date(&self) -> Option<Timestamp> {
        [2, 3]
            .into_iter()
            .find_map(|member| parse_time(&self.0.string(member)?))
    }

    /// Bytes of one platform's image.
    pub fn size(&self) -> Option<u64> {
        self.0.number(4)
    }

    /// The `images` member as it came.
    pub fn images(&self) -> Option<&'a str> {
        self.0.value(5)
    }

    /// Upstream's object.
    pub fn object(&self) -> &Object<'a, { MEMBERS.len() }> {
        &self.0
    }
}

/// Tags of one answer.
#[derive(Debug)]
pub struct Tags(Batch<{ MEMBERS.len() }>);

impl Tags {
    /// In the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = TagView<'_>> {
        self.0.objects().map(TagView)
    }

    /// Whether each is no younger than the one before it. A tag without a date counts as the oldest.
    fn falls(&self) -> bool {
        let dates: Vec<_> = self.iter().map(|tag| tag.date()).collect();
        dates.is_sorted_by(|younger, older| younger >= older)
    }
}

/// A walk over the tags of a repository.
#[derive(Debug)]
pub struct TagWalk {
    walk: Walk<{ MEMBERS.len() }>,
    first: Option<Tags>,
    newest_first: bool,
}

impl TagWalk {
    /// The next page; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Tags>> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => Ok(self.walk.next().await?.map(Tags)),
        }
    }

    /// The names that were given so far.
    pub(crate) fn take_seen(&mut self) -> Seen {
        self.walk.take_seen()
    }

    /// Whether the server gives the newest tags first, so that a walk may end early.
    pub fn is_newest_first(&self) -> bool {
        self.newest_first
    }
}

impl Client {
    /// All tags of a repository, in the server's order.
    pub fn tags(&self, repository: &Repository) -> Result<TagWalk> {
        let walk = self.tag_walk(repository, None, LARGEST_PAGE, LOOK_AHEAD)?;
        Ok(TagWalk {
            walk,
            first: None,
            newest_first: false,
        })
    }

    /// The tags of a repository, the newest first where the server can do that. The parameter is undocumented and its
    /// sign inverted (HUB-API.md §2.2, DECISIONS 13), so the first page shows whether it was understood.
    pub async fn newest_tags(&self, repository: &Repository, page_size: usize) -> Result<TagWalk> {
        for ordering in ["last_updated", "-last_updated"] {
            let mut walk = self.tag_walk(repository, Some(ordering), page_size, 0)?;
            let first = walk.next().await?.map(Tags);
            if first.as_ref().is_none_or(Tags::falls) {
                return Ok(TagWalk {
                    walk,
                    first,
                    newest_first: true,
                });
            }
        }
        self.tags(repository)
    }

    fn tag_walk(
        &self,
        repository: &Repository,
        ordering: Option<&str>,
        page_size: usize,
        look_ahead: usize,
    ) -> Result<Walk<{ MEMBERS.len() }>> {
        let mut url = self.hub_repository_url(repository, &["tags"])?;
        if let Some(ordering) = ordering {
            url.query_pairs_mut().append_pair("ordering", ordering);
        }
        let list = List {
            url,
            names: &MEMBERS,
            page_size: page_size.clamp(1, LARGEST_PAGE),
            look_ahead,
            what: "tags",
            missing: "no such repository",
            is_name: |name| name.parse::<Tag>().is_ok(),
        };
        Ok(Walk::new(self.clone(), list))
    }

    /// One tag.
    pub async fn tag(&self, repository: &Repository, tag: &Tag) -> Result<Tags> {
        let url = self.hub_repository_url(repository, &["tags", tag.as_str()])?;
        self.hub_object(url, &MEMBERS, "no such tag")
            .await
            .map(Tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tags with these dates, as a page.
    fn page(dates: &[&str]) -> Tags {
        let tag =
            |date: &&str| format!(r#"{{"name":"t","tag_last_pushed":{date},"last_updated":null}}"#);
        let body = format!("[{}]", dates.iter().map(tag).collect::<Vec<_>>().join(","));
        Tags(Batch::of_many(body, &MEMBERS, |body| serde_json::from_str(body)).unwrap())
    }

    #[test]
    fn a_page_shows_whether_the_newest_come_first_decisions_13() {
        let (old, new) = (
            r#""2020-01-01T00:00:00Z""#,
            r#""2026-01-09T19:20:49.733138382Z""#,
        );
        assert!(page(&[new, new, old]).falls());
        assert!(
            page(&[new, old, "null"]).falls(),
            "without a date is oldest"
        );
        assert!(page(&[]).falls() && page(&[old]).falls());
        assert!(!page(&[old, new]).falls());
        assert!(!page(&["null", old]).falls());
    }

    #[test]
    fn a_walk_from_the_newest_is_over_when_a_page_ends_too_old() {
        let since = |date: &str| crate::TagFilter {
            since: Some(date.parse().unwrap()),
            ..crate::TagFilter::default()
        };
        let page = page(&[r#""2026-01-09T00:00:00Z""#, r#""2020-01-01T00:00:00Z""#]);
        assert!(since("2020-01-02T00:00:00Z").is_over(&page));
        assert!(
            !since("2020-01-01T00:00:00Z").is_over(&page),
            "the bound itself is wanted"
        );
        assert_eq!(since("2021-01-01T00:00:00Z").choose(&page).count(), 1);
    }
}
