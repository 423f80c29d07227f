//! Whether a try is the last one, and how long to wait for the next: a pure decision. Sleeping and sending are the
//! client's.
//!
//! REGISTRY.md §9, HUB-API.md §3. Only requests that change nothing are sent again (DECISIONS 25), three times in all.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::HeaderMap;

use super::transport::Answer;
use crate::error::{Error, ErrorKind};

/// Tries in all for what may be tried again.
pub(crate) const TRIES: u32 = 3;
/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// What follows a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// This is the outcome.
    Settled,
    /// The host gets a pause, then one more try.
    Again(Duration),
}

/// Docker Hub's limits, told apart by what a 429 says (RET-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Pulls in six hours: waiting is no way out.
    Pulls,
    /// Failed logins: every further one makes it worse.
    Logins,
    /// Requests a minute to the web API.
    WebApi,
    /// Requests a minute of everybody, or a limit of another registry.
    Other,
}

impl Limit {
    /// Which limit a 429 is about.
    pub(crate) fn of(answer: &Answer) -> Self {
        let body = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
        if body.contains("pull rate limit") {
            Self::Pulls
        } else if body.contains("login attempts") {
            Self::Logins
        } else if answer.headers.contains_key("x-ratelimit-limit") {
            Self::WebApi
        } else {
            Self::Other
        }
    }
}

/// What follows the `number`-th try (from 1) of a request. `jitter` is between 0 and 1.
pub(crate) fn next(
    number: u32,
    method: &Method,
    outcome: Result<&Answer, &Error>,
    now: Timestamp,
    jitter: f64,
) -> Next {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Next::Settled;
    }
    let named = match outcome {
        Err(error) if error.kind() == ErrorKind::Network && error.is_retryable() => None,
        Ok(answer) if answer.status == 429 => match Limit::of(answer) {
            Limit::Pulls | Limit::Logins => return Next::Settled,
            Limit::WebApi | Limit::Other => named_wait(&answer.headers, now),
        },
        Ok(answer) if matches!(answer.status.as_u16(), 408 | 500 | 502 | 503 | 504) => {
            retry_after(&answer.headers, now)
        }
        _ => return Next::Settled,
    };
    match named {
        _ if number >= TRIES => Next::Settled,
        // A wait that is over already is no reason to hammer.
        Some(wait) => Next::Again(wait.max(FIRST_PAUSE)),
        None => Next::Again(
            FIRST_PAUSE.mul_f64(f64::from(1 << (number - 1)) * (0.5 + jitter.clamp(0.0, 1.0))),
        ),
    }
}

/// The wait that a 429 names, in any of its dialects: a pause, or the moment at which the window ends.
fn named_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    retry_after(headers, now).or_else(|| until(number(headers, "x-ratelimit-reset")?, now))
}

/// `Retry-After` in seconds, as a date, or (by those who mistake it) as a time; or the older `X-Retry-After` (RET-1, RET-2).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    ["retry-after", "x-retry-after"]
        .into_iter()
        .find_map(|name| {
            let text = headers.get(name)?.to_str().ok()?.trim();
            match text.parse::<i64>() {
                Ok(seconds) if seconds > 1_000_000_000 => until(seconds, now),
                Ok(seconds) => u64::try_from(seconds).ok().map(Duration::from_secs),
                Err(_) => http_date(text).map(|date| wait_until(date, now)),
            }
        })
}

fn http_date(text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text);
    parsed.ok()
}

/// The wait until a Unix time; none if it is over.
pub(crate) fn until(seconds: i64, now: Timestamp) -> Option<Duration> {
    Some(wait_until(Timestamp::from_second(seconds).ok()?, now))
}

fn wait_until(moment: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(moment.duration_since(now)).unwrap_or_default()
}

/// A header that is a whole number.
pub(crate) fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::StatusCode;

    use super::*;

    const NOW: &str = "2026-11-20T16:00:00Z";

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: map,
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    fn after(number: u32, answer: &Answer) -> Next {
        next(number, &Method::GET, Ok(answer), NOW.parse().unwrap(), 0.5)
    }

    #[track_caller]
    fn waits(headers: &[(&'static str, &str)], seconds: u64) {
        assert_eq!(
            after(1, &answer(429, headers, "")),
            Next::Again(Duration::from_secs(seconds).max(FIRST_PAUSE)),
            "{headers:?}"
        );
    }

    #[test]
    fn a_wait_is_understood_in_every_dialect_ret_1_ret_2() {
        waits(&[("retry-after", "120")], 120);
        waits(&[("retry-after", "Fri, 20 Nov 2026 16:01:00 GMT")], 60);
        waits(&[("retry-after", "Fri, 20 Nov 2026 15:00:00 GMT")], 0);
        waits(&[("retry-after", "1795190430")], 30);
        waits(&[("x-retry-after", "1795190430")], 30);
        waits(&[("x-ratelimit-reset", "1795190410")], 10);
        waits(
            &[("retry-after", "7"), ("x-ratelimit-reset", "1795190410")],
            7,
        );
    }

    #[test]
    fn without_a_named_wait_pauses_double_and_are_scattered() {
        for text in ["-5", "soon", ""] {
            let bare = answer(429, &[("retry-after", text)], "Too Many Requests");
            assert_eq!(after(1, &bare), Next::Again(FIRST_PAUSE), "{text}");
            assert_eq!(after(2, &bare), Next::Again(2 * FIRST_PAUSE), "{text}");
        }
        let failed = answer(503, &[], "");
        let least = next(1, &Method::GET, Ok(&failed), NOW.parse().unwrap(), 0.0);
        let most = next(1, &Method::GET, Ok(&failed), NOW.parse().unwrap(), 1.0);
        assert_eq!(
            (least, most),
            (
                Next::Again(FIRST_PAUSE / 2),
                Next::Again(FIRST_PAUSE * 3 / 2)
            )
        );
    }

    #[test]
    fn three_tries_in_all_ret_3() {
        for status in [408, 429, 500, 502, 503, 504] {
            let failed = answer(status, &[], "");
            assert!(matches!(after(2, &failed), Next::Again(_)), "{status}");
            assert_eq!(after(3, &failed), Next::Settled, "{status}");
        }
        for status in [200, 400, 401, 403, 404, 501, 505] {
            assert_eq!(
                after(1, &answer(status, &[], "")),
                Next::Settled,
                "{status}"
            );
        }
    }

    #[test]
    fn what_changes_something_is_never_sent_twice_decisions_25() {
        let failed = answer(503, &[("retry-after", "1")], "");
        for method in [Method::POST, Method::DELETE, Method::PATCH, Method::PUT] {
            assert_eq!(
                next(1, &method, Ok(&failed), NOW.parse().unwrap(), 0.5),
                Next::Settled,
                "{method}"
            );
        }
    }

    #[test]
    fn pull_and_login_limits_are_not_waited_for_ret_2() {
        let pulls = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your unauthenticated pull rate limit."}]}"#;
        assert_eq!(
            after(1, &answer(429, &[("retry-after", "1")], pulls)),
            Next::Settled
        );
        let logins = "too many failed login attempts for username or IP address";
        assert_eq!(
            after(1, &answer(429, &[("retry-after", "1")], logins)),
            Next::Settled
        );
    }

    #[test]
    fn a_broken_connection_is_tried_again_and_a_refused_certificate_is_not() {
        let broken = Error::new(ErrorKind::Network, "reset");
        let outcome = |error: &Error| next(1, &Method::GET, Err(error), NOW.parse().unwrap(), 0.5);
        assert!(matches!(outcome(&broken), Next::Again(_)));
        assert_eq!(outcome(&broken.permanent()), Next::Settled);
        assert_eq!(
            outcome(&Error::new(ErrorKind::Timeout, "slow")),
            Next::Settled
        );
    }
}
