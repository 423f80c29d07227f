//! The account of counted pulls at one registry: pure.
//!
//! Docker Hub counts manifest GETs and tells what is left in the headers of manifest answers, HEAD included
//! (REGISTRY.md §11). A pull is reserved before it is sent, so that the last one is not overdrawn.

use reqwest::header::HeaderMap;

use crate::error::{Error, ErrorKind, shorten};

/// What is known of the pulls at one registry.
#[derive(Debug, Default)]
pub(crate) struct Pulls {
    /// Pulls that are left alone.
    keep: u64,
    account: Option<Account>,
    under_way: u64,
    spent: Option<Error>,
}

/// What the headers said.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Account {
    /// No header: not limited (HUB-3).
    Unlimited,
    Limited {
        /// The least that an answer told; those under way may not be counted in it.
        told: u64,
        limit: Option<u64>,
        window: Option<u64>,
        source: Option<String>,
    },
}

impl Pulls {
    /// An account of which the last `keep` pulls are left alone.
    pub(crate) fn keeping(keep: u64) -> Self {
        Self {
            keep,
            ..Self::default()
        }
    }

    /// Whether an answer has told whether there is a limit.
    pub(crate) fn is_known(&self) -> bool {
        self.account.is_some()
    }

    /// Pulls that are left, as the answers told; `None` where there is no limit, or none is known.
    pub(crate) fn left(&self) -> Option<u64> {
        match &self.account {
            Some(Account::Limited { told, .. }) => Some(*told),
            _ => None,
        }
    }

    /// Takes a pull if one is left, and says whether it did: where all that are left are under way, an answer may tell
    /// more. Each one that was taken is given back by [`Pulls::settle`].
    pub(crate) fn take(&mut self) -> Result<bool, Error> {
        if let Some(error) = &self.spent {
            return Err(error.clone());
        }
        if let Some(Account::Limited { told, .. }) = &self.account
            && *told <= self.under_way.saturating_add(self.keep)
        {
            if self.under_way > 0 {
                return Ok(false);
            }
            let what = match (told, self.keep) {
                (0, _) => format!("no pulls left{}", self.described()),
                (_, keep) => format!(
                    "the last {keep} pulls are kept; {told} are left{}",
                    self.described()
                ),
            };
            return Err(self.spend(Error::new(ErrorKind::RateLimited, what)));
        }
        self.under_way += 1;
        Ok(true)
    }

    /// The server refuses further pulls: so does every later [`Pulls::take`].
    pub(crate) fn spend(&mut self, error: Error) -> Error {
        let error = error
            .advise("sign in for a higher limit, or feed the rest back when the window has passed")
            .stopping();
        self.spent.get_or_insert(error).clone()
    }

    /// A pull was answered, or failed.
    pub(crate) fn settle(&mut self) {
        self.under_way -= 1;
    }

    /// Learns from the headers of a good answer; what there is to say the first time that a limit shows.
    pub(crate) fn learn(&mut self, headers: &HeaderMap) -> Option<String> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let Some((remaining, _)) = text("ratelimit-remaining").and_then(first_policy) else {
            self.account.get_or_insert(Account::Unlimited);
            return None;
        };
        let (limit, window) = text("ratelimit-limit").and_then(first_policy).unzip();
        let source = text("docker-ratelimit-source").map(|source| shorten(source, 60));
        let (first, told) = match &self.account {
            // Answers overtake each other, and a pull gives none back: the least that was told counts.
            Some(Account::Limited { told, .. }) => (false, remaining.min(*told)),
            _ => (true, remaining),
        };
        self.account = Some(Account::Limited {
            told,
            limit,
            window: window.flatten(),
            source,
        });
        first.then(|| format!("{remaining} pulls left{}", self.described()))
    }

    /// ` of 100 in 6 h, counted for 192.0.2.1`.
    fn described(&self) -> String {
        let Some(Account::Limited {
            limit,
            window,
            source,
            ..
        }) = &self.account
        else {
            return String::new();
        };
        let limit = limit
            .map(|limit| format!(" of {limit}"))
            .unwrap_or_default();
        let window = window
            .map(|window| format!(" in {}", span(window)))
            .unwrap_or_default();
        let source = source
            .as_ref()
            .map(|source| format!(", counted for {source}"))
            .unwrap_or_default();
        format!("{limit}{window}{source}")
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        _ if seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

/// The first of several policies: a number, then its window where one is given (HUB-2).
pub(crate) fn first_policy(header: &str) -> Option<(u64, Option<u64>)> {
    let policy = header.split(',').next()?.trim();
    let (number, rest) = policy.split_once([';', '=']).unwrap_or((policy, ""));
    let window = rest.split(';').find_map(|parameter| {
        let parameter = parameter.trim();
        parameter
            .strip_prefix("w=")
            .unwrap_or(parameter)
            .parse()
            .ok()
    });
    Some((number.trim().parse().ok()?, window))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(remaining: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("ratelimit-limit", "100;w=21600".parse().unwrap());
        headers.insert("ratelimit-remaining", remaining.parse().unwrap());
        headers.insert("docker-ratelimit-source", "192.0.2.1".parse().unwrap());
        headers
    }

    #[test]
    fn headers_are_read_in_all_their_forms_hub_2() {
        for (text, expected) in [
            ("100;w=21600", Some((100, Some(21600)))),
            ("100", Some((100, None))),
            ("200=21600", Some((200, Some(21600)))),
            ("100;w=21600, 200;w=86400", Some((100, Some(21600)))),
            ("0;w=21600", Some((0, Some(21600)))),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(first_policy(text), expected, "{text}");
        }
    }

    #[test]
    fn the_limit_is_told_once_and_for_whom_hub_6() {
        let mut pulls = Pulls::default();
        assert_eq!(
            pulls.learn(&headers("87;w=21600")).as_deref(),
            Some("87 pulls left of 100 in 6 h, counted for 192.0.2.1")
        );
        assert_eq!(pulls.learn(&headers("86;w=21600")), None);
    }

    #[test]
    fn nothing_is_overdrawn_and_nothing_given_up_while_answers_are_under_way() {
        let mut pulls = Pulls::default();
        pulls.learn(&headers("2"));
        assert_eq!((pulls.take().unwrap(), pulls.take().unwrap()), (true, true));
        assert!(!pulls.take().unwrap(), "an answer may tell more");
        for remaining in ["1", "0"] {
            pulls.learn(&headers(remaining));
            pulls.settle();
        }
        let refused = pulls.take().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::RateLimited);
        assert!(
            refused
                .to_string()
                .starts_with("no pulls left of 100 in 6 h, counted for 192.0.2.1"),
            "{refused}"
        );
    }

    #[test]
    fn the_last_pulls_are_kept() {
        let mut pulls = Pulls::keeping(2);
        pulls.learn(&headers("4"));
        assert_eq!((pulls.take().unwrap(), pulls.take().unwrap()), (true, true));
        assert!(!pulls.take().unwrap(), "the others are kept");
        for remaining in ["3", "2"] {
            pulls.learn(&headers(remaining));
            pulls.settle();
        }
        let refused = pulls.take().unwrap_err().to_string();
        assert!(
            refused.starts_with("the last 2 pulls are kept; 2 are left of 100"),
            "{refused}"
        );
    }

    #[test]
    fn an_answer_that_was_overtaken_gives_nothing_back() {
        let mut pulls = Pulls::default();
        pulls.learn(&headers("3"));
        assert!((0..3).all(|_| pulls.take().unwrap()));
        for remaining in ["0", "2", "1"] {
            pulls.learn(&headers(remaining));
            pulls.settle();
        }
        assert!(
            pulls.take().is_err(),
            "none was left when the last answer was given"
        );
    }

    #[test]
    fn no_header_is_no_limit_hub_3() {
        let mut pulls = Pulls::default();
        assert_eq!(pulls.learn(&HeaderMap::new()), None);
        assert!(pulls.is_known() && (0..1000).all(|_| pulls.take().unwrap()));
    }
}
