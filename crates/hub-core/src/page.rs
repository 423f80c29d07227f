//! The web API's lists: page after page, several ahead, each item once, to the true end.
//!
//! DECISIONS 12, HUB-API.md §2. Pages are counted here and `next` only says that there is more: its address loses parts
//! of the path and is never followed. What an item means is not known here; its first member is its name.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use crate::batch::Batch;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::Request;
use crate::seen::Seen;

/// The largest page that the web API gives (HUB-API.md §2).
pub(crate) const LARGEST_PAGE: usize = 100;
/// Pages that are on their way at once where the whole list is wanted: 300 pages at 50 ms take 1.5 s instead of 16 s.
pub(crate) const LOOK_AHEAD: usize = 12;
/// No list is walked further than this.
const MOST_PAGES: usize = 100_000;
/// A page is read this far (LIM-3).
pub(crate) const PAGE_BODY: usize = 16 * 1024 * 1024;

/// Which list is walked, and how eagerly.
#[derive(Clone, Debug)]
pub(crate) struct List<const N: usize> {
    /// The list's address with its own query, without `page` and `page_size`.
    pub(crate) url: Url,
    /// The members to find in each item; the first is its name.
    pub(crate) names: &'static [&'static str; N],
    pub(crate) page_size: usize,
    pub(crate) look_ahead: usize,
    /// What is listed, for messages.
    pub(crate) what: &'static str,
    /// What a 404 means.
    pub(crate) missing: &'static str,
    /// Whether a name is one that can be asked for again.
    pub(crate) is_name: fn(&str) -> bool,
}

/// A walk over one list. Dropping it ends its requests.
#[derive(Debug)]
pub(crate) struct Walk<const N: usize> {
    client: Client,
    list: List<N>,
    ahead: VecDeque<(AbortOnDropHandle<Result<Page<N>>>, OwnedSemaphorePermit)>,
    /// The page that is handed out next, and the one that is asked for next.
    due: usize,
    asked: usize,
    /// The last page, as far as the count tells.
    planned: usize,
    more: bool,
    barren: bool,
    seen: Seen,
    count: Option<u64>,
    /// Items that were left out, since nobody could ask for them.
    nameless: usize,
}

#[derive(Debug)]
struct Page<const N: usize> {
    items: Batch<N>,
    count: Option<u64>,
    more: bool,
}

impl<const N: usize> Walk<N> {
    pub(crate) fn new(client: Client, list: List<N>) -> Self {
        let seen = Seen::default();
        Self {
            client,
            list,
            ahead: VecDeque::new(),
            due: 1,
            asked: 1,
            planned: 1,
            more: true,
            barren: false,
            seen,
            count: None,
            nameless: 0,
        }
    }

    /// The next page, each of whose items was on no page before; `None` at the end of the list. A failure ends the walk:
    /// the list is not complete then, and whoever asked must say so.
    pub(crate) async fn next(&mut self) -> Result<Option<Batch<N>>> {
        if !self.more {
            return self.end();
        }
        match self.page().await {
            Ok(page) => self.accept(page).map(Some),
            Err(error) => {
                self.stop();
                // Past the end there is nothing (HUB-API.md §2): the list became shorter while it was read.
                if error.status() == Some(404) && self.due > 1 && !self.lacks_a_page() {
                    self.end()
                } else {
                    Err(error)
                }
            }
        }
    }

    /// The names that were given so far, for who goes on elsewhere.
    pub(crate) fn take_seen(&mut self) -> Seen {
        std::mem::take(&mut self.seen)
    }

    async fn page(&mut self) -> Result<Page<N>> {
        let (page, _place) = match self.ahead.pop_front() {
            Some((page, place)) => (page, Some(place)),
            None => (self.ask(), None),
        };
        page.await
            .unwrap_or_else(|failure| std::panic::resume_unwind(failure.into_panic()))
    }

    fn accept(&mut self, mut page: Page<N>) -> Result<Batch<N>> {
        let size = page.items.len();
        self.count = page.count.or(self.count);
        if self.due == 1 && size > 0 {
            let pages = page.count.map_or(1, |count| count.div_ceil(size as u64));
            self.planned = usize::try_from(pages).unwrap_or(MOST_PAGES).min(MOST_PAGES);
        }
        page.items.retain(
            |item| match item.string(0).filter(|name| (self.list.is_name)(name)) {
                Some(name) => self.seen.is_new(&name),
                None => {
                    self.nameless += 1;
                    false
                }
            },
        );
        let barren = page.more && page.items.is_empty();
        if barren && self.barren || page.more && self.due >= MOST_PAGES {
            self.stop();
            let what = format!(
                "the list of {} does not end: page {} brings nothing new",
                self.list.what, self.due
            );
            return Err(Error::new(ErrorKind::InvalidResponse, what));
        }
        self.barren = barren;
        self.due += 1;
        if page.more {
            self.look_ahead();
        } else {
            self.stop();
        }
        Ok(page.items)
    }

    /// Asks for pages in advance, as far as the plan goes and all walks together leave room.
    fn look_ahead(&mut self) {
        while self.ahead.len() < self.list.look_ahead && self.asked <= self.planned {
            let Some(place) = self.client.place_ahead() else {
                break;
            };
            let page = self.ask();
            self.ahead.push_back((page, place));
        }
    }

    fn ask(&mut self) -> AbortOnDropHandle<Result<Page<N>>> {
        let (client, list, number) = (self.client.clone(), self.list.clone(), self.asked);
        self.asked += 1;
        AbortOnDropHandle::new(tokio::spawn(
            async move { fetch(&client, &list, number).await },
        ))
    }

    /// Whether more is missing than a list can have lost while it was read.
    fn lacks_a_page(&self) -> bool {
        let given = self.seen.len() + self.nameless as u64;
        self.count
            .is_some_and(|count| count >= given + self.list.page_size as u64)
    }

    fn stop(&mut self) {
        self.more = false;
        self.ahead.clear();
    }

    /// The end of the list: complete, or it says that it is not.
    fn end(&mut self) -> Result<Option<Batch<N>>> {
        let what = self.list.what;
        let got = self.seen.len();
        if let Some(count) = self
            .count
            .take()
            .filter(|count| *count > got + self.nameless as u64)
        {
            tracing::warn!(
                "the list of {what} counts {count} and gave {got}: it changed while it was read"
            );
        }
        match std::mem::take(&mut self.nameless) {
            0 => Ok(None),
            left_out => {
                let what =
                    format!("{left_out} of the {what} have no usable name and were left out");
                Err(Error::new(ErrorKind::InvalidResponse, what))
            }
        }
    }
}

async fn fetch<const N: usize>(client: &Client, list: &List<N>, number: usize) -> Result<Page<N>> {
    let mut url = list.url.clone();
    url.query_pairs_mut()
        .append_pair("page", &number.to_string())
        .append_pair("page_size", &list.page_size.to_string());
    let response = client
        .ask_hub(Request::get(Service::Hub, url, PAGE_BODY))
        .await?;
    if response.status == 403 && is_depth_wall(&response.body) {
        let error = response.error(
            ErrorKind::Forbidden,
            format!("anonymous callers see the first {} only", list.what),
        );
        return Err(error.advise("sign in to see the rest").at_depth_wall());
    }
    let mut response = response.ok(list.missing)?;
    let body = String::from_utf8(std::mem::take(&mut response.body).into()).map_err(|_| {
        response.error(
            ErrorKind::InvalidResponse,
            format!("the {} are not UTF-8", list.what),
        )
    })?;
    let (mut count, mut more) = (None, false);
    let items = Batch::of_many(body, list.names, |body| {
        let envelope: Envelope<'_> = serde_json::from_str(body)?;
        count = envelope.count.and_then(|count| count.get().parse().ok());
        more = envelope
            .next
            .is_some_and(|next| !matches!(next.get(), "null" | "\"\""));
        Ok(envelope.results)
    });
    let items = items.map_err(|error| {
        response.error(
            ErrorKind::InvalidResponse,
            format!("the {} are not a list as expected: {error}", list.what),
        )
    })?;
    Ok(Page { items, count, more })
}

/// Since August 2026 (HUB-API.md §2.1); it is no rate limit, and trying again does not help.
fn is_depth_wall(body: &[u8]) -> bool {
    let said = String::from_utf8_lossy(body);
    said.contains("pagination offset too large")
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    count: Option<&'a RawValue>,
    #[serde(borrow, default)]
    next: Option<&'a RawValue>,
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
}
