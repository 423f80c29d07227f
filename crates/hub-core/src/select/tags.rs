//! Which tags are wanted, and in which order: pure functions over what a tag's record says.

use std::cmp::{Ordering, Reverse};

use jiff::Timestamp;

use super::{Globs, version_cmp};
use crate::hub::tags::{TagView, Tags};

/// A choice among tags.
#[derive(Clone, Debug, Default)]
pub struct TagFilter {
    /// By name.
    pub globs: Globs,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Not after.
    pub until: Option<Timestamp>,
}

impl TagFilter {
    /// Those of a page that are wanted, in their order.
    pub fn choose<'a>(&self, page: &'a Tags) -> impl Iterator<Item = TagView<'a>> {
        page.iter().filter(|tag| {
            self.globs.matches(&tag.name().unwrap_or_default()) && self.is_in_time(tag.date())
        })
    }

    /// A tag without a date is in no span of time (DECISIONS 14).
    fn is_in_time(&self, date: Option<Timestamp>) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        date.is_some_and(|date| {
            self.since.is_none_or(|since| date >= since)
                && self.until.is_none_or(|until| date <= until)
        })
    }

    /// Whether everything behind this page, the newest first, is too old.
    pub fn is_over(&self, page: &Tags) -> bool {
        let last = page.iter().last();
        self.since
            .is_some_and(|since| last.is_some_and(|tag| tag.date() < Some(since)))
    }
}

/// An order of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagOrder {
    /// The newest first.
    Date,
    /// By name.
    Name,
    /// The lowest version first.
    Version,
    /// The largest first.
    Size,
}

impl TagOrder {
    /// Whether the names alone decide.
    pub fn is_by_name(self) -> bool {
        matches!(self, Self::Name | Self::Version)
    }

    /// Puts tags in order. What upstream does not say sorts last.
    pub fn sort(self, tags: &mut [TagView<'_>]) {
        match self {
            Self::Date => tags.sort_by_cached_key(|tag| Reverse(tag.date())),
            Self::Name => tags.sort_by_cached_key(TagView::name),
            Self::Version => tags.sort_by(|a, b| {
                version_cmp(&a.name().unwrap_or_default(), &b.name().unwrap_or_default())
            }),
            Self::Size => tags.sort_by_cached_key(|tag| Reverse(tag.size())),
        }
    }

    /// Compares by name alone, as far as the order goes by names.
    pub(crate) fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Version => version_cmp(a, b),
            Self::Name | Self::Date | Self::Size => a.cmp(b),
        }
    }
}
