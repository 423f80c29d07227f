//! Where a walk over pages that name one another has been, and whether it gets anywhere. What stands on a page is not known here, and none is asked for.

use url::Url;

use crate::error::{ErrorKind, Result};
use crate::http::link;
use crate::http::message::Response;
use crate::seen::Seen;

/// No list is walked further than this.
const MOST_PAGES: u64 = 100_000;

/// The addresses of a walk (TAG-9).
#[derive(Debug, Default)]
pub(super) struct Trail {
    been: Seen,
    /// Whether the last page brought nothing new.
    barren: bool,
}

impl Trail {
    /// Whether nothing was read yet.
    pub(super) fn is_empty(&self) -> bool {
        self.been.len() == 0
    }

    /// The address of a page that was read.
    pub(super) fn begin(&mut self, url: &Url) {
        self.been.is_new(url.as_str());
    }

    /// The page that `response` leads to, on its own origin and never twice (TAG-7, TAG-9); `None` at the end.
    pub(super) fn following(
        &mut self,
        response: &Response,
        brought_new: bool,
    ) -> Result<Option<Url>> {
        let Some(target) = link::next(response.header_lines("link")) else {
            return Ok(None);
        };
        let refuse = |what: &'static str| Err(response.error(ErrorKind::InvalidResponse, what));
        if !response.is_home {
            return refuse(
                "the list was redirected to another host, and its next page is not asked for there",
            );
        }
        let next = link::resolve(&response.url, &target)
            .map_err(|error| error.during(response.shown().to_owned()))?;
        if !self.leads_on(&next, brought_new) {
            return refuse("the list does not end: it leads back to itself");
        }
        Ok(Some(next))
    }

    /// Whether `next` may be asked for, behind a page that brought something new or not: it was never asked for before, this is
    /// not the second page in a row that brought nothing, and there were not too many.
    fn leads_on(&mut self, next: &Url, brought_new: bool) -> bool {
        let barren = std::mem::replace(&mut self.barren, !brought_new) && self.barren;
        let enough = self.been.len() >= MOST_PAGES;
        !barren && !enough && self.been.is_new(next.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: u64) -> Url {
        format!("https://r.example/v2/a/tags/list?last={number}")
            .parse()
            .unwrap()
    }

    fn trail() -> Trail {
        let mut trail = Trail::default();
        assert!(trail.is_empty());
        trail.begin(&page(0));
        assert!(!trail.is_empty());
        trail
    }

    #[test]
    fn no_address_is_asked_for_twice_tag_9() {
        let mut trail = trail();
        assert!(trail.leads_on(&page(1), true));
        assert!(trail.leads_on(&page(2), true));
        for number in [0, 1, 2] {
            assert!(!trail.leads_on(&page(number), true), "{number}");
        }
        assert!(trail.leads_on(&page(3), true));
    }

    #[test]
    fn two_pages_in_a_row_that_bring_nothing_are_one_too_many_tag_9() {
        let mut trail = trail();
        assert!(trail.leads_on(&page(1), false));
        assert!(trail.leads_on(&page(2), true));
        assert!(trail.leads_on(&page(3), false));
        assert!(!trail.leads_on(&page(4), false));
    }

    #[test]
    fn a_list_has_a_last_page_whatever_it_brings_tag_9() {
        let mut trail = trail();
        let last = (1..=2 * MOST_PAGES).find(|number| !trail.leads_on(&page(*number), true));
        assert_eq!(last, Some(MOST_PAGES));
    }
}
