//! A registry's list of tags: names only, page after page by `Link` (REGISTRY.md §3).

use serde_json::{Map, Value};
use url::Url;

use super::trail::Trail;
use crate::client::Client;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::{Request, Response};
use crate::name::Tag;
use crate::page::PAGE_BODY;
use crate::reference::Repository;
use crate::seen::Seen;

/// The largest page that registries accept widely (TAG-8).
const PAGE: u32 = 1000;

/// A walk over the tags that a registry lists.
#[derive(Debug)]
pub struct RegistryTags {
    client: Client,
    repository: Repository,
    next: Option<Url>,
    trail: Trail,
    seen: Seen,
    /// Entries that are no names at all: digests, empty texts, what is no text (TAG-2).
    left_out: usize,
    /// Names that are no tags, so that nobody can ask for them.
    nameless: usize,
    /// What stops the walk once the tags before it are out (TAG-13).
    failed: Option<Error>,
}

/// What a page gives.
struct Page {
    tags: Vec<Tag>,
    /// Whether anything on it was on no page before.
    is_new: bool,
}

impl Client {
    /// All tags of a repository as its registry lists them: in lexical order, without dates.
    pub fn registry_tags(&self, repository: &Repository) -> Result<RegistryTags> {
        let url = self.registry_url(
            repository.host(),
            &format!("v2/{}/tags/list?n={PAGE}", repository.name()),
        )?;
        Ok(RegistryTags {
            client: self.clone(),
            repository: repository.clone(),
            next: Some(url),
            trail: Trail::default(),
            seen: Seen::default(),
            left_out: 0,
            nameless: 0,
            failed: None,
        })
    }
}

impl RegistryTags {
    /// The same list without the tags that `seen` holds.
    pub(crate) fn except(self, seen: Seen) -> Self {
        Self { seen, ..self }
    }

    /// The next page; `None` at the end, which is where no `Link` leads on (TAG-4).
    pub async fn next(&mut self) -> Result<Option<Vec<Tag>>> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let Some(url) = self.next.take() else {
            return self.end();
        };
        let response = self.ask(url).await?;
        let page = self.read(&response)?;
        match self.trail.following(&response, page.is_new) {
            Ok(next) => self.next = next,
            Err(error) => self.failed = Some(error),
        }
        Ok(Some(page.tags))
    }

    /// Asks for a page. A registry that refuses the size of the first one is asked for half, then for what it likes (TAG-8).
    async fn ask(&mut self, mut url: Url) -> Result<Response> {
        loop {
            let response = self
                .client
                .ask_registry(
                    &self.repository,
                    Request::get(Service::Registry, url.clone(), PAGE_BODY),
                )
                .await?;
            if response.status == 400
                && self.trail.is_empty()
                && let Some(smaller) = smaller_page(&url)
            {
                url = smaller;
                continue;
            }
            self.trail.begin(&url);
            return response.ok("no such repository");
        }
    }

    /// The tags of a page that were on none before.
    fn read(&mut self, response: &Response) -> Result<Page> {
        let mut page = Page {
            tags: Vec::new(),
            is_new: false,
        };
        for entry in entries(response)? {
            let name = entry.as_str().unwrap_or_default();
            if name.is_empty() {
                self.left_out += 1;
                continue;
            }
            if !self.seen.is_new(name) {
                continue;
            }
            page.is_new = true;
            match name.parse::<Tag>() {
                Ok(tag) => page.tags.push(tag),
                Err(_) if name.parse::<Digest>().is_ok() => self.left_out += 1,
                Err(_) => self.nameless += 1,
            }
        }
        Ok(page)
    }

    /// The end of the list: complete, or it says that it is not.
    fn end(&mut self) -> Result<Option<Vec<Tag>>> {
        match std::mem::take(&mut self.left_out) {
            0 => {}
            left_out => tracing::warn!(
                "{}: {left_out} of the entries in the list are no tags (digests, empty or null) and were left out",
                self.repository
            ),
        }
        match std::mem::take(&mut self.nameless) {
            0 => Ok(None),
            left_out => Err(Error::new(
                ErrorKind::InvalidResponse,
                format!("{left_out} of the tags are no tags and were left out"),
            )),
        }
    }
}

/// What stands under `tags`, which may be null or missing (TAG-2).
fn entries(response: &Response) -> Result<Vec<Value>> {
    let refuse = |why: &dyn std::fmt::Display| {
        let what = format!("the list of tags is not as expected: {why}");
        Err(response.error(ErrorKind::InvalidResponse, what))
    };
    let list: Map<String, Value> = match serde_json::from_slice(&response.body) {
        Ok(list) => list,
        Err(error) => return refuse(&error),
    };
    match list.into_iter().find(|(key, _)| key == "tags") {
        None | Some((_, Value::Null)) => Ok(Vec::new()),
        Some((_, Value::Array(entries))) => Ok(entries),
        Some(_) => refuse(&"`tags` is no list"),
    }
}

/// The same page with half its size; below 50 without one, and then no more.
fn smaller_page(url: &Url) -> Option<Url> {
    let size: u32 = url
        .query_pairs()
        .find(|(key, _)| key == "n")?
        .1
        .parse()
        .ok()?;
    let mut smaller = url.clone();
    smaller.set_query(None);
    if size > 50 {
        smaller
            .query_pairs_mut()
            .append_pair("n", &(size / 2).to_string());
    }
    Some(smaller)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_page_size_is_halved_then_dropped_tag_8() {
        let mut url = Url::parse("https://r.example/v2/a/tags/list?n=1000").unwrap();
        let mut sizes = Vec::new();
        while let Some(smaller) = smaller_page(&url) {
            sizes.push(smaller.query().map(str::to_owned));
            url = smaller;
        }
        let expected =
            ["n=500", "n=250", "n=125", "n=62", "n=31"].map(|size| Some(size.to_owned()));
        assert_eq!(sizes[..5], expected);
        assert_eq!(sizes[5..], [None]);
    }
}
