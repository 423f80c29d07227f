//! The web API's limit per minute: headers on every answer, and the ways in which a 429 has been worded (HUB-API.md §3).

use std::time::Duration;

use hyper::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use crate::config::RateDialect;
use crate::http::{Answer, Request};
use crate::limit::Reading;
use crate::population::Caller;
use crate::world::World;

/// Requests a minute of an anonymous and of a signed-in caller (REGISTRY.md RET-2).
const ANONYMOUS: u32 = 180;
const SIGNED_IN: u32 = 600;

/// What the headers tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    limit: u32,
    left: u32,
    reset: i64,
}

/// Counts a request; the refusal where the limit is used up. Without a configured limit the usual one is announced and
/// never used up.
pub(super) fn count(
    world: &World,
    caller: &Caller<'_>,
    request: &Request,
) -> Result<Rate, Box<Answer>> {
    let usual = if caller.is_anonymous() {
        ANONYMOUS
    } else {
        SIGNED_IN
    };
    let Some(rate) = &world.config.hub_rate else {
        let minute = request.now().as_second().div_euclid(60) * 60;
        return Ok(Rate {
            limit: usual,
            left: usual - 1,
            reset: minute + 60,
        });
    };
    let told = |reading: Reading| Rate {
        limit: rate.limit,
        left: reading.left,
        reset: instant(request, reading.reset_in),
    };
    match world.hub_requests.take(caller.name(), rate.limit) {
        Ok(reading) => Ok(told(reading)),
        Err(reading) => {
            let refusal = too_many(rate.dialect, reading.reset_in, request);
            let bare = rate.dialect == RateDialect::Bare;
            Err(Box::new(if bare {
                refusal
            } else {
                told(reading).head(refusal)
            }))
        }
    }
}

impl Rate {
    /// Adds the headers that every answer has.
    pub(super) fn head(self, answer: Answer) -> Answer {
        answer
            .with("x-ratelimit-limit", self.limit.to_string())
            .with("x-ratelimit-remaining", self.left.to_string())
            .with("x-ratelimit-reset", self.reset.to_string())
    }
}

/// A 429 that tells in its dialect to come back after `wait`.
fn too_many(dialect: RateDialect, wait: Duration, request: &Request) -> Answer {
    if dialect == RateDialect::Bare {
        bare()
    } else {
        hint(exceeded(), dialect, wait, request)
    }
}

/// The body of the 429; its `error` is false (HUB-API.md §3).
pub(crate) fn exceeded() -> Answer {
    #[derive(Serialize)]
    struct Body {
        detail: &'static str,
        error: bool,
    }
    let body = Body {
        detail: "Rate limit exceeded",
        error: false,
    };
    Answer::json(StatusCode::TOO_MANY_REQUESTS, &body)
}

/// Adds the header that tells when to come back.
pub(crate) fn hint(
    answer: Answer,
    dialect: RateDialect,
    wait: Duration,
    request: &Request,
) -> Answer {
    let at = instant(request, wait);
    match dialect {
        RateDialect::Seconds => {
            answer.with("retry-after", wait.as_millis().div_ceil(1000).to_string())
        }
        RateDialect::Date => answer.with("retry-after", http_date(at)),
        RateDialect::Epoch => answer.with("x-retry-after", at.to_string()),
        RateDialect::Reset => answer.with("x-ratelimit-reset", at.to_string()),
        RateDialect::Bare => answer,
    }
}

/// The 429 of the abuse limit: a plain text and no hint (HUB-API.md §3).
pub(crate) fn bare() -> Answer {
    Answer::new(
        StatusCode::TOO_MANY_REQUESTS,
        "text/plain",
        "Too Many Requests\n",
    )
}

/// Seconds since 1970 of the first whole second after `wait`.
fn instant(request: &Request, wait: Duration) -> i64 {
    let at = request.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}

fn http_date(second: i64) -> String {
    let at = Timestamp::from_second(second).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{RateDialect, http_date, too_many};
    use crate::http::Request;

    #[test]
    fn each_dialect_says_it_in_its_own_header() {
        let request = Request::fake("GET", "/", &[]);
        let header = |dialect, name| {
            let answer = too_many(dialect, Duration::from_secs(30), &request);
            answer
                .headers
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        let seconds: i64 = header(RateDialect::Seconds, "retry-after")
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(seconds, 30);
        let epoch: i64 = header(RateDialect::Epoch, "x-retry-after")
            .unwrap()
            .parse()
            .unwrap();
        assert!(epoch > 1_700_000_000);
        assert!(header(RateDialect::Reset, "x-ratelimit-reset").is_some());
        assert!(
            header(RateDialect::Date, "retry-after")
                .unwrap()
                .ends_with(" GMT")
        );
        for name in ["retry-after", "x-retry-after", "x-ratelimit-reset"] {
            assert_eq!(header(RateDialect::Bare, name), None);
        }
    }

    /// RFC 9110 section 5.6.7.
    #[test]
    fn dates_are_written_as_http_writes_them() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
