//! Pages of a list: size, depth wall, and the addresses of the pages before and after (HUB-API.md §2).

use serde::Serialize;
use url::form_urlencoded;

use super::error::Failure;
use crate::config::Wall;
use crate::http::Request;
use crate::population::Caller;
use crate::world::World;

/// What is particular to one list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Page size where the caller names none.
    pub(super) default_size: usize,
    /// Larger sizes are cut to this without an error.
    pub(super) largest_size: usize,
    /// The first offset that is refused.
    pub(super) wall: Option<usize>,
}

/// The page that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    page: usize,
    size: usize,
}

/// The envelope of every list.
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    pub(super) count: usize,
    pub(super) next: Option<String>,
    pub(super) previous: Option<String>,
    pub(super) results: Vec<T>,
}

impl Rules {
    /// The rules of a list for this caller: whoever has signed in meets no wall.
    pub(super) fn new(
        world: &World,
        caller: &Caller<'_>,
        default_size: usize,
        offset: impl Fn(Wall) -> usize,
    ) -> Self {
        Self {
            default_size,
            largest_size: world.config.page_size_cap,
            wall: world
                .config
                .wall
                .map(offset)
                .filter(|_| caller.is_anonymous()),
        }
    }
}

impl<T> Page<T> {
    /// The same page of something made from its items.
    pub(super) fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page {
            count: self.count,
            next: self.next,
            previous: self.previous,
            results: self.results.into_iter().map(make).collect(),
        }
    }
}

impl Window {
    /// Reads `page` and `page_size`, and holds them against the wall.
    pub(super) fn of(request: &Request, rules: Rules) -> Result<Self, Failure> {
        let page = number(request, "page", 1)?;
        let size = number(request, "page_size", rules.default_size)?.min(rules.largest_size);
        let window = Self { page, size };
        if rules.wall.is_some_and(|wall| window.offset() >= wall) {
            return Err(Failure::Wall);
        }
        Ok(window)
    }

    fn offset(self) -> usize {
        (self.page - 1).saturating_mul(self.size)
    }

    /// This window of `items`; none past the end of the list.
    pub(super) fn cut<I: Iterator + Clone>(
        self,
        items: I,
        request: &Request,
    ) -> Option<Page<I::Item>> {
        let count = items.clone().count();
        if self.page > 1 && self.offset() >= count {
            return None;
        }
        let results: Vec<_> = items.skip(self.offset()).take(self.size).collect();
        let more = self.offset() + results.len() < count;
        Some(Page {
            count,
            next: more.then(|| address(request, self.page + 1)),
            previous: (self.page > 1).then(|| address(request, self.page - 1)),
            results,
        })
    }
}

/// A positive number. What Docker Hub says to others is not known; this is its form of a bad parameter.
fn number(request: &Request, name: &'static str, default: usize) -> Result<usize, Failure> {
    let Some(text) = request.param(name) else {
        return Ok(default);
    };
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or(Failure::Parameter {
            name,
            text: "Invalid pagination value",
            reason: "Must be a positive integer",
        })
}

/// The same address with another page: absolute, on the host that was called, its keys in alphabetical order as in the
/// recorded forms.
fn address(request: &Request, page: usize) -> String {
    let mut params = request.params();
    params.retain(|(key, _)| key != "page");
    params.push(("page".to_owned(), page.to_string()));
    params.sort();
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish();
    format!("{}{}?{query}", request.origin(), request.path())
}

#[cfg(test)]
mod tests {
    use super::{Failure, Page, Request, Rules, Window};

    const RULES: Rules = Rules {
        default_size: 10,
        largest_size: 100,
        wall: Some(1000),
    };

    fn page(target: &str, items: usize) -> Result<Option<Page<usize>>, Failure> {
        let request = Request::fake("GET", target, &[]);
        Ok(Window::of(&request, RULES)?.cut(0..items, &request))
    }

    /// HUB-API.md §16 point 4.
    #[test]
    fn page_size_is_10_by_default_and_cut_at_100() {
        let size = |target| page(target, 500).unwrap().unwrap().results.len();
        assert_eq!(size("/x"), 10);
        assert_eq!(size("/x?page_size=1000"), 100);
    }

    /// HUB-API.md §2: `next` is absolute, with the host that was called.
    #[test]
    fn next_keeps_the_callers_host_path_and_parameters() {
        let page = page("/v2/x/tags/?page_size=2&name=a%2Fb", 5)
            .unwrap()
            .unwrap();
        assert_eq!(
            page.next.as_deref(),
            Some("http://sim.example:80/v2/x/tags/?name=a%2Fb&page=2&page_size=2")
        );
        assert_eq!(page.previous, None);
        let page = super::tests::page("/x?page=3&page_size=2", 5)
            .unwrap()
            .unwrap();
        assert_eq!((page.next, page.results), (None, vec![4]));
        assert_eq!(
            page.previous.as_deref(),
            Some("http://sim.example:80/x?page=2&page_size=2")
        );
    }

    #[test]
    fn page_1_of_an_empty_list_is_there_and_page_2_is_not() {
        assert_eq!(page("/x", 0).unwrap().unwrap().count, 0);
        assert!(page("/x?page=2", 10).unwrap().is_none());
    }

    /// HUB-API.md §2.1: independent of the page size, from the offset of the wall on.
    #[test]
    fn the_wall_stands_at_its_offset() {
        assert!(page("/x?page=10&page_size=100", 5000).unwrap().is_some());
        assert_eq!(
            page("/x?page=11&page_size=100", 5000).unwrap_err(),
            Failure::Wall
        );
        assert_eq!(page("/x?page=101", 5000).unwrap_err(), Failure::Wall);
        assert_eq!(
            page("/x?page=11&page_size=100", 10).unwrap_err(),
            Failure::Wall
        );
    }

    #[test]
    fn nonsense_is_a_bad_parameter() {
        for target in ["/x?page=0", "/x?page=-1", "/x?page_size=many"] {
            assert!(
                matches!(page(target, 5), Err(Failure::Parameter { .. })),
                "{target}"
            );
        }
        assert_eq!(
            page("/x?page=18446744073709551615", 5).unwrap_err(),
            Failure::Wall
        );
    }
}
