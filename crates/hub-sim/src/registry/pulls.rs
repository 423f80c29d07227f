//! The pull limit: counts manifest GETs by account and says what is left (HUB-API.md §4).

use std::time::Duration;

use hyper::StatusCode;

use super::error::simple;
use crate::clock::Clock;
use crate::http::Answer;
use crate::limit::Meter;
use crate::token::Claims;

const WINDOW: Duration = Duration::from_hours(6);
const ANONYMOUS_TEXT: &str = "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit";
const SIGNED_IN_TEXT: &str =
    "You have reached your pull rate limit. https://www.docker.com/increase-rate-limit";

/// Pulls so far, against a limit if there is one.
#[derive(Debug)]
pub(crate) struct Pulls {
    limit: Option<u32>,
    used: Meter,
}

impl Pulls {
    pub(crate) fn new(limit: Option<u32>, clock: &Clock) -> Self {
        Self {
            limit,
            used: Meter::new(WINDOW, clock),
        }
    }

    /// Counts one pull of whoever has this token; the refusal where none is left.
    pub(super) fn take(&self, claims: &Claims) -> Result<(), Box<Answer>> {
        let Some(limit) = self.limit_of(claims) else {
            return Ok(());
        };
        match self.used.take(&claims.sub, limit) {
            Ok(_) => Ok(()),
            Err(_) => Err(Box::new(self.head(refusal(claims.sub.is_empty()), claims))),
        }
    }

    /// Adds the headers; none where there is no limit (REGISTRY.md HUB-3).
    pub(super) fn head(&self, answer: Answer, claims: &Claims) -> Answer {
        let Some(limit) = self.limit_of(claims) else {
            return answer;
        };
        let left = self.used.read(&claims.sub, limit).left;
        let source = if claims.sub.is_empty() {
            "127.0.0.1"
        } else {
            &claims.sub
        };
        answer
            .with("ratelimit-limit", format!("{limit};w={}", WINDOW.as_secs()))
            .with(
                "ratelimit-remaining",
                format!("{left};w={}", WINDOW.as_secs()),
            )
            .with("docker-ratelimit-source", source)
    }

    /// A token without parameters belongs to an account without a limit.
    fn limit_of(&self, claims: &Claims) -> Option<u32> {
        let limited = claims
            .access
            .iter()
            .any(|access| access.parameters.is_some());
        self.limit.filter(|_| limited)
    }
}

/// The 429 of the pull limit.
pub(crate) fn refusal(anonymous: bool) -> Answer {
    let text = if anonymous {
        ANONYMOUS_TEXT
    } else {
        SIGNED_IN_TEXT
    };
    simple(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS", text)
}
