//! Counts what somebody did in a window of time. Knows nothing of what is counted, and answers nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock::Clock;

/// Counts by key, in windows that begin with the first thing counted.
#[derive(Debug)]
pub(crate) struct Meter {
    window: Duration,
    clock: Clock,
    counts: Mutex<HashMap<String, Count>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    since: Instant,
    used: u32,
}

/// What is left of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) left: u32,
    /// Until the window ends.
    pub(crate) reset_in: Duration,
}

impl Meter {
    pub(crate) fn new(window: Duration, clock: &Clock) -> Self {
        Self {
            window,
            clock: clock.clone(),
            counts: Mutex::new(HashMap::new()),
        }
    }

    /// Counts one for `key`; an error where `limit` has been used up, and then nothing is counted.
    pub(crate) fn take(&self, key: &str, limit: u32) -> Result<Reading, Reading> {
        self.with(key, |count, reset_in| {
            let free = count.used < limit;
            count.used += u32::from(free);
            let reading = count.reading(limit, reset_in);
            if free { Ok(reading) } else { Err(reading) }
        })
    }

    /// What is left for `key`.
    pub(crate) fn read(&self, key: &str, limit: u32) -> Reading {
        self.with(key, |count, reset_in| count.reading(limit, reset_in))
    }

    fn with<T>(&self, key: &str, look: impl FnOnce(&mut Count, Duration) -> T) -> T {
        let now = self.clock.instant();
        let fresh = Count {
            since: now,
            used: 0,
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key.to_owned()).or_insert(fresh);
        if now - count.since >= self.window {
            *count = fresh;
        }
        let left = self.window.saturating_sub(now - count.since);
        look(count, left)
    }
}

impl Count {
    fn reading(self, limit: u32, reset_in: Duration) -> Reading {
        Reading {
            left: limit.saturating_sub(self.used),
            reset_in,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Meter;
    use crate::clock::Clock;

    #[test]
    fn a_limit_holds_for_each_key_alone() {
        let meter = Meter::new(Duration::from_mins(1), &Clock::default());
        assert_eq!(meter.take("a", 2).unwrap().left, 1);
        assert_eq!(meter.take("a", 2).unwrap().left, 0);
        let refused = meter.take("a", 2).unwrap_err();
        assert!(refused.reset_in > Duration::from_secs(50));
        assert_eq!(meter.take("b", 2).unwrap().left, 1);
        assert_eq!(meter.read("a", 2).left, 0);
        assert_eq!(meter.read("c", 2).left, 2);
    }

    #[test]
    fn a_window_ends() {
        let clock = Clock::default();
        let window = Duration::from_mins(1);
        let meter = Meter::new(window, &clock);
        assert!(meter.take("a", 1).is_ok());
        clock.advance(window / 2);
        let left = meter.take("a", 1).unwrap_err().reset_in;
        assert!(left <= window / 2 && left > window / 3, "{left:?}");
        clock.advance(left + Duration::from_millis(1));
        assert!(meter.take("a", 1).is_ok());
    }
}
