//! Which tags are wanted, in which order, and how much of a list must be read for them.

use std::cmp::Reverse;

use hub_core::{
    Client, Error, ErrorKind, Globs, LARGEST_PAGE, Repository, Result, Tag, TagView, TagWalk, Tags,
    Timestamp, parse_bound, version_cmp,
};
use hub_pipe::Records;

use crate::{Args, Sort};

/// The flags of hub-tags, understood.
#[derive(Debug)]
pub(crate) struct Plan {
    globs: Globs,
    newest: Option<usize>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    sort: Option<Sort>,
}

impl Plan {
    pub(crate) fn new(args: &Args) -> Result<Self> {
        let now = Timestamp::now();
        let bound = |text: &Option<String>| {
            text.as_deref()
                .map(|text| parse_bound(text, now))
                .transpose()
        };
        Ok(Self {
            globs: Globs::new(&args.globs)?,
            newest: args.newest,
            since: bound(&args.since)?,
            until: bound(&args.until)?,
            sort: args.sort,
        })
    }

    /// The tags that Docker Hub's web API knows. A walk from the newest ends as soon as nothing more can be wanted.
    pub(crate) async fn list_hub(
        &self,
        client: &Client,
        repository: &Repository,
        records: &mut Records,
    ) -> Result<()> {
        let mut walk = self.walk(client, repository).await?;
        let in_order = walk.is_newest_first();
        let hold = self.sort.is_some() || self.wants_dates() && !in_order;
        let mut held = Vec::new();
        let mut left = if in_order {
            self.newest.unwrap_or(usize::MAX)
        } else {
            usize::MAX
        };
        while let Some(page) = walk.next().await? {
            let mut wanted: Vec<_> = self.wanted(&page).collect();
            wanted.truncate(left);
            left -= wanted.len();
            let over = left == 0 || in_order && self.is_over(&page);
            if hold {
                held.push(page);
            } else {
                records.write(lines(repository, &wanted)).await;
            }
            if over {
                break;
            }
        }
        records.write(self.sorted(repository, &held)).await;
        Ok(())
    }

    async fn walk(&self, client: &Client, repository: &Repository) -> Result<TagWalk> {
        match self.newest {
            _ if !self.wants_dates() => client.tags(repository),
            // One more than is wanted shows whether the order is understood.
            Some(newest) if self.globs.is_empty() => {
                client
                    .newest_tags(repository, newest.saturating_add(1))
                    .await
            }
            _ => client.newest_tags(repository, LARGEST_PAGE).await,
        }
    }

    fn wants_dates(&self) -> bool {
        self.newest.is_some() || self.since.is_some()
    }

    fn wanted<'a>(&self, page: &'a Tags) -> impl Iterator<Item = TagView<'a>> {
        page.iter().filter(|tag| {
            self.globs.matches(&tag.name().unwrap_or_default()) && self.is_in_time(tag)
        })
    }

    /// A tag without a date is in no span of time (DECISIONS 14).
    fn is_in_time(&self, tag: &TagView<'_>) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        tag.date().is_some_and(|date| {
            self.since.is_none_or(|since| date >= since)
                && self.until.is_none_or(|until| date <= until)
        })
    }

    /// Whether the last of these, the newest first, is too old already.
    fn is_over(&self, page: &Tags) -> bool {
        self.since.is_some_and(|since| {
            page.iter()
                .last()
                .is_some_and(|tag| tag.date() < Some(since))
        })
    }

    /// The records of a list that had to be held as a whole.
    fn sorted(&self, repository: &Repository, held: &[Tags]) -> Vec<u8> {
        let mut all: Vec<_> = held.iter().flat_map(|page| self.wanted(page)).collect();
        if self.wants_dates() {
            Sort::Date.apply(&mut all);
            all.truncate(self.newest.unwrap_or(usize::MAX));
        }
        if let Some(sort) = self.sort {
            sort.apply(&mut all);
        }
        lines(repository, &all)
    }

    /// The tags that a registry lists: names only.
    pub(crate) async fn list_registry(
        &self,
        client: &Client,
        repository: &Repository,
        records: &mut Records,
    ) -> Result<()> {
        if self.wants_dates()
            || self.until.is_some()
            || matches!(self.sort, Some(Sort::Date | Sort::Size))
        {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a registry's list of tags has no dates and no sizes",
            )
            .advise(
                "--match and --sort name|version work; docker.io has dates with --source hub",
            ));
        }
        let mut walk = client.registry_tags(repository)?;
        let mut held = Vec::new();
        while let Some(mut page) = walk.next().await? {
            page.retain(|tag| self.globs.matches(tag.as_str()));
            if self.sort.is_some() {
                held.append(&mut page);
            } else {
                records.write(registry_lines(repository, &page)).await;
            }
        }
        match self.sort {
            Some(Sort::Version) => held.sort_by(|a, b| version_cmp(a.as_str(), b.as_str())),
            _ => held.sort(),
        }
        records.write(registry_lines(repository, &held)).await;
        Ok(())
    }
}

impl Sort {
    /// What upstream does not say sorts last.
    fn apply(self, tags: &mut [TagView<'_>]) {
        match self {
            Self::Date => tags.sort_by_cached_key(|tag| Reverse(tag.date())),
            Self::Name => tags.sort_by_cached_key(TagView::name),
            Self::Version => tags.sort_by(|a, b| {
                version_cmp(&a.name().unwrap_or_default(), &b.name().unwrap_or_default())
            }),
            Self::Size => tags.sort_by_cached_key(|tag| Reverse(tag.size())),
        }
    }
}

fn lines(repository: &Repository, tags: &[TagView<'_>]) -> Vec<u8> {
    let mut lines = Vec::new();
    for tag in tags {
        let name = tag.name().unwrap_or_default();
        tag.object()
            .write_record(&mut lines, format_args!("{repository}:{name}"), "tag");
    }
    lines
}

fn registry_lines(repository: &Repository, tags: &[Tag]) -> Vec<u8> {
    let mut lines = Vec::new();
    for tag in tags {
        let line = format!(
            "{{\"ref\":\"{repository}:{tag}\",\"kind\":\"tag\",\"from\":\"registry\",\"name\":\"{tag}\"}}\n"
        );
        lines.extend_from_slice(line.as_bytes());
    }
    lines
}
