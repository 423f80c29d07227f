//! The tag records of a repository as somebody wants them: which, in which order, and reading no more than that takes.
//!
//! Choosing and ordering are pure and live in `select`; pages come from `hub` or `registry`.

use std::borrow::Cow;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::hub::tags::{TagView, TagWalk, Tags};
use crate::name::Tag;
use crate::page::LARGEST_PAGE;
use crate::reference::Repository;
use crate::registry::digest_tag::DigestTag;
use crate::registry::tags::RegistryTags;
use crate::select::{TagFilter, TagOrder};

/// A shorter page proves nothing about the order in which the server gives tags.
const LEAST_PAGE: usize = 10;

/// Which tags are wanted, and in which order.
#[derive(Clone, Debug, Default)]
pub struct TagQuery {
    /// By name and by date.
    pub filter: TagFilter,
    /// Only so many of those, the newest.
    pub newest: Option<usize>,
    /// Their order; without one the server's, or the newest first where dates are asked for.
    pub order: Option<TagOrder>,
}

impl TagQuery {
    /// Whether the newest are wanted, so that a walk from the newest may end early.
    fn is_from_newest(&self) -> bool {
        self.newest.is_some() || self.filter.since.is_some()
    }

    /// Whether every tag is wanted until there are enough, so that a short page will do.
    fn takes_the_first(&self) -> bool {
        self.filter.globs.is_empty() && self.filter.until.is_none()
    }

    /// Whether the whole list is held in memory.
    pub fn holds(&self) -> bool {
        self.order.is_some()
    }

    /// Whether names alone answer it, as a registry has them.
    fn needs_names_only(&self) -> bool {
        let by_name = self.order.is_none_or(TagOrder::is_by_name);
        by_name && !self.is_from_newest() && self.filter.until.is_none()
    }

    /// Those of whole lists, in order.
    fn sorted<'a>(&self, pages: &'a [Tags]) -> Vec<TagView<'a>> {
        let mut all: Vec<_> = pages
            .iter()
            .flat_map(|page| self.filter.choose(page))
            .collect();
        if self.is_from_newest() {
            TagOrder::Date.sort(&mut all);
            all.truncate(self.newest.unwrap_or(usize::MAX));
        }
        if let Some(order) = self.order {
            order.sort(&mut all);
        }
        all
    }
}

/// The records of a listing, as lines, as they come.
#[derive(Debug)]
pub struct TagRecords {
    client: Client,
    repository: Repository,
    query: TagQuery,
    pages: Pages,
    /// A failure that comes behind the records that could be given.
    failed: Option<Error>,
}

#[derive(Debug)]
enum Pages {
    Hub {
        walk: TagWalk,
        /// How many may still come from a walk that is in order.
        left: usize,
        /// Pages that are sorted at the end; none where they are written as they come.
        held: Option<Vec<Tags>>,
    },
    Registry {
        walk: RegistryTags,
        held: Option<Vec<Tag>>,
        /// What the web API gave before its wall, where all is sorted at the end.
        before: Vec<Tags>,
    },
    Over,
}

impl Client {
    /// The tags that Docker Hub's web API knows.
    pub async fn hub_tag_records(
        &self,
        repository: &Repository,
        query: &TagQuery,
    ) -> Result<TagRecords> {
        let walk = match query.newest {
            _ if !query.is_from_newest() => self.tags(repository)?,
            // One more than is wanted shows whether the order is understood.
            Some(newest) if query.takes_the_first() => {
                self.newest_tags(repository, newest.saturating_add(1).max(LEAST_PAGE))
                    .await?
            }
            _ => self.newest_tags(repository, LARGEST_PAGE).await?,
        };
        let in_order = walk.is_newest_first();
        let hold = query.order.is_some() || query.is_from_newest() && !in_order;
        let left = query.newest.filter(|_| in_order).unwrap_or(usize::MAX);
        let pages = Pages::Hub {
            walk,
            left,
            held: hold.then(Vec::new),
        };
        Ok(TagRecords {
            client: self.clone(),
            repository: repository.clone(),
            query: query.clone(),
            pages,
            failed: None,
        })
    }

    /// The tags that a registry lists: names only.
    pub fn registry_tag_records(
        &self,
        repository: &Repository,
        query: &TagQuery,
    ) -> Result<TagRecords> {
        if !query.needs_names_only() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a registry's list of tags has no dates and no sizes",
            )
            .advise(
                "--match and --sort name|version work; docker.io has dates with --source hub",
            ));
        }
        let pages = Pages::Registry {
            walk: self.registry_tags(repository)?,
            held: query.order.map(|_| Vec::new()),
            before: Vec::new(),
        };
        Ok(TagRecords {
            client: self.clone(),
            repository: repository.clone(),
            query: query.clone(),
            pages,
            failed: None,
        })
    }
}

impl TagRecords {
    /// The next lines; `None` at the end. Lines may be empty where a page held nothing that is wanted.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        match &mut self.pages {
            Pages::Hub { .. } => self.next_of_hub().await,
            Pages::Registry { .. } => self.next_of_registry().await,
            Pages::Over => self.failed.take().map_or(Ok(None), Err),
        }
    }

    async fn next_of_hub(&mut self) -> Result<Option<Vec<u8>>> {
        let Pages::Hub { walk, left, held } = &mut self.pages else {
            return Ok(None);
        };
        let in_order = walk.is_newest_first();
        let page = if *left == 0 {
            Ok(None)
        } else {
            walk.next().await
        };
        let page = match page {
            Ok(page) => page,
            Err(error) if error.is_at_depth_wall() && self.query.needs_names_only() => {
                return self.go_on_at_registry();
            }
            Err(error) => {
                self.failed = Some(error);
                None
            }
        };
        let Some(page) = page else {
            let held = held.take().unwrap_or_default();
            self.pages = Pages::Over;
            return Ok(Some(self.lines(self.query.sorted(&held))));
        };
        let mut wanted: Vec<_> = self.query.filter.choose(&page).collect();
        wanted.truncate(*left);
        *left -= wanted.len();
        if in_order && self.query.filter.is_over(&page) {
            *left = 0;
        }
        match held {
            Some(held) => {
                held.push(page);
                Ok(Some(Vec::new()))
            }
            None => Ok(Some(self.lines(wanted))),
        }
    }

    /// Behind the wall for anonymous callers the registry knows the rest, by name (DECISIONS 15).
    fn go_on_at_registry(&mut self) -> Result<Option<Vec<u8>>> {
        let Pages::Hub { walk, held, .. } = &mut self.pages else {
            return Ok(None);
        };
        let seen = walk.take_seen();
        tracing::info!(
            "{}: the web API shows the first {} tags to anonymous callers; the others come from the registry, without dates",
            self.repository,
            seen.len()
        );
        let walk = self.client.registry_tags(&self.repository)?.except(seen);
        let before = held.take();
        self.pages = Pages::Registry {
            walk,
            held: before.as_ref().map(|_| Vec::new()),
            before: before.unwrap_or_default(),
        };
        Ok(Some(Vec::new()))
    }

    async fn next_of_registry(&mut self) -> Result<Option<Vec<u8>>> {
        let Pages::Registry { walk, held, before } = &mut self.pages else {
            return Ok(None);
        };
        let page = walk.next().await.unwrap_or_else(|error| {
            self.failed = Some(error);
            None
        });
        let Some(mut page) = page else {
            let (names, before) = (held.take().unwrap_or_default(), std::mem::take(before));
            self.pages = Pages::Over;
            return Ok(Some(self.merged(&before, &names)));
        };
        page.retain(|tag| self.query.filter.globs.matches(tag.as_str()));
        match held {
            Some(held) => {
                held.append(&mut page);
                Ok(Some(Vec::new()))
            }
            None => Ok(Some(self.names(&page))),
        }
    }

    fn lines(&self, tags: Vec<TagView<'_>>) -> Vec<u8> {
        let mut lines = Vec::new();
        for tag in tags {
            let name = tag.name().unwrap_or_default();
            let reference = format_args!("{}:{name}", self.repository);
            tag.object().write_record(&mut lines, reference, "tag");
        }
        lines
    }

    /// Records of both sources in one order.
    fn merged(&self, before: &[Tags], names: &[Tag]) -> Vec<u8> {
        let known = before
            .iter()
            .flat_map(|page| self.query.filter.choose(page));
        let known = known.map(|tag| (tag.name().unwrap_or_default(), Some(tag)));
        let named = names.iter().map(|tag| (Cow::Borrowed(tag.as_str()), None));
        let mut all: Vec<_> = known.chain(named).collect();
        if let Some(order) = self.query.order {
            all.sort_by(|(a, _), (b, _)| order.compare(a, b));
        }
        let mut lines = Vec::new();
        for (name, tag) in all {
            match (tag, name.parse()) {
                (Some(tag), _) => tag.object().write_record(
                    &mut lines,
                    format_args!("{}:{name}", self.repository),
                    "tag",
                ),
                (None, Ok(tag)) => write_registry_tag(&mut lines, &self.repository, &tag, None),
                (None, Err(_)) => {}
            }
        }
        lines
    }

    fn names(&self, tags: &[Tag]) -> Vec<u8> {
        let mut lines = Vec::new();
        for tag in tags {
            write_registry_tag(&mut lines, &self.repository, tag, None);
        }
        lines
    }
}

/// Appends the record of a tag that a registry named, with its digest where that is known. A tag that is made of a digest is
/// marked: what it is about, and what cosign keeps there (RFR-5, RFR-7).
pub fn write_registry_tag(
    out: &mut Vec<u8>,
    repository: &Repository,
    tag: &Tag,
    digest: Option<&crate::Digest>,
) {
    let from = "\"kind\":\"tag\",\"from\":\"registry\"";
    let mut record = format!("{{\"ref\":\"{repository}:{tag}\",{from},\"name\":\"{tag}\"");
    let mut member = |name: &str, value: &str| {
        record.extend([",\"", name, "\":\"", value, "\""]);
    };
    if let Some(DigestTag { subject, cosign }) = DigestTag::read(tag.as_str()) {
        member("subject", subject.as_str());
        if let Some(kind) = cosign {
            member("cosign", kind);
        }
    }
    if let Some(digest) = digest {
        member("digest", digest.as_str());
    }
    record.push_str("}\n");
    out.extend(record.into_bytes());
}
