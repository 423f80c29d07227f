//! When the next request to a host may leave: pure, so that its rules are tested without a clock.
//!
//! One host, one pace for all workers: a pause that a server asks for, the window of requests that its headers announce, and
//! on Docker Hub's own hosts a ceiling of our own.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::retry::{number, until};

/// The pace of one host.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    pause: Option<Instant>,
    window: Option<Window>,
    ceiling: Option<Ceiling>,
    /// Requests that are not answered yet.
    under_way: u64,
}

/// Requests that may still be sent until a moment, as `X-RateLimit-*` tell (HUB-API.md §3).
#[derive(Debug)]
struct Window {
    /// The least that an answer told; those under way may not be counted in it.
    told: u64,
    ends: Instant,
}

/// A bucket of requests that fills up again (DECISIONS 22).
#[derive(Debug)]
struct Ceiling {
    left: f64,
    filled: Instant,
}

/// Requests that may leave at once on Docker Hub's own hosts, and how many follow in a second.
const BURST: f64 = 500.0;
const PER_SECOND: f64 = 25.0;

impl Pace {
    /// The pace of a host of Docker Hub's own.
    pub(crate) fn polite(now: Instant) -> Self {
        Self {
            ceiling: Some(Ceiling {
                left: BURST,
                filled: now,
            }),
            ..Self::default()
        }
    }

    /// Takes a place for a request that leaves now, or says how long to wait and ask again.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        if let Some(pause) = self.pause.filter(|pause| *pause > now) {
            return Err(pause - now);
        }
        self.window.take_if(|window| window.ends <= now);
        if let Some(window) = self
            .window
            .as_ref()
            .filter(|window| window.told <= self.under_way)
        {
            return Err(window.ends - now);
        }
        if let Some(ceiling) = &mut self.ceiling {
            ceiling.take(now)?;
        }
        self.under_way += 1;
        Ok(())
    }

    /// A request was answered, or failed.
    pub(crate) fn settle(&mut self) {
        self.under_way -= 1;
    }

    /// Nothing leaves for this long.
    pub(crate) fn pause(&mut self, now: Instant, wait: Duration) {
        let until = now + wait;
        self.pause = Some(self.pause.map_or(until, |pause| pause.max(until)));
    }

    /// Learns from the headers of an answer, whose request still counts as under way. Answers come out of order, so within
    /// one window the least that was told counts.
    pub(crate) fn learn(&mut self, headers: &HeaderMap, now: Instant, clock: Timestamp) {
        let left =
            number(headers, "x-ratelimit-remaining").and_then(|left| u64::try_from(left).ok());
        let wait = number(headers, "x-ratelimit-reset").and_then(|reset| until(reset, clock));
        let (Some(left), Some(wait)) = (left, wait) else {
            return;
        };
        let ends = now + wait;
        // Whole seconds make the end of one window look different from answer to answer.
        let same = self
            .window
            .as_ref()
            .filter(|window| ends <= window.ends + Duration::from_secs(1));
        let told = same.map_or(left, |window| left.min(window.told));
        self.window = Some(Window { told, ends });
    }
}

impl Ceiling {
    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.left = (self.left + passed * PER_SECOND).min(BURST);
        self.filled = now;
        if self.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.left) / PER_SECOND));
        }
        self.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: i64 = 1_795_190_400;

    fn headers(limit: u64, left: u64, reset: i64) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-limit", limit.into());
        headers.insert("x-ratelimit-remaining", left.into());
        headers.insert("x-ratelimit-reset", reset.into());
        headers
    }

    fn learn(pace: &mut Pace, left: u64, reset: i64, now: Instant) {
        pace.learn(
            &headers(180, left, reset),
            now,
            Timestamp::from_second(CLOCK).unwrap(),
        );
    }

    #[test]
    fn the_announced_window_is_used_up_and_not_overdrawn() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.admit(now).unwrap();
        learn(&mut pace, 2, CLOCK + 30, now);
        pace.settle();
        assert_eq!((pace.admit(now), pace.admit(now)), (Ok(()), Ok(())));
        assert_eq!(pace.admit(now), Err(Duration::from_secs(30)));
        assert_eq!(pace.admit(now + Duration::from_secs(30)), Ok(()));
    }

    #[test]
    fn requests_under_way_are_taken_for_uncounted_and_old_news_gives_nothing_back() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert!((0..3).all(|_| pace.admit(now).is_ok()));
        learn(&mut pace, 3, CLOCK + 30, now);
        pace.settle();
        learn(&mut pace, 4, CLOCK + 31, now);
        pace.settle();
        assert_eq!((pace.admit(now), pace.admit(now)), (Ok(()), Ok(())));
        assert!(
            pace.admit(now).is_err(),
            "three were told, and three are under way"
        );
    }

    #[test]
    fn a_server_that_does_not_count_holds_nobody_back() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        for _ in 0..1000 {
            assert_eq!(pace.admit(now), Ok(()));
            learn(&mut pace, 179, CLOCK + 30, now);
            pace.settle();
        }
    }

    #[test]
    fn headers_that_are_missing_or_broken_stop_nobody() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        let mut broken = headers(180, 0, CLOCK + 10);
        broken.insert("x-ratelimit-reset", "soon".parse().unwrap());
        pace.learn(&broken, now, Timestamp::from_second(CLOCK).unwrap());
        pace.learn(
            &HeaderMap::new(),
            now,
            Timestamp::from_second(CLOCK).unwrap(),
        );
        assert!(pace.admit(now).is_ok());
    }

    #[test]
    fn a_pause_holds_for_all_and_a_shorter_one_does_not_end_it() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.pause(now, Duration::from_secs(5));
        pace.pause(now, Duration::from_secs(1));
        assert_eq!(pace.admit(now), Err(Duration::from_secs(5)));
        assert!(pace.admit(now + Duration::from_secs(5)).is_ok());
    }

    #[test]
    fn docker_hubs_own_hosts_get_a_burst_and_then_25_a_second_decisions_22() {
        let now = Instant::now();
        let mut pace = Pace::polite(now);
        assert_eq!((0..1000).filter(|_| pace.admit(now).is_ok()).count(), 500);
        let second = now + Duration::from_secs(1);
        assert_eq!((0..1000).filter(|_| pace.admit(second).is_ok()).count(), 25);
    }
}
