//! What time it is in the simulator: the real time, and what a test has put forward. Nothing waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A clock that can be put forward. Clones tell the same time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    /// Milliseconds before the real time.
    ahead: Arc<AtomicU64>,
}

impl Clock {
    /// Later by so much from now on, to the millisecond.
    pub(crate) fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead.fetch_add(by, Ordering::Relaxed);
    }

    /// For measuring spans.
    pub(crate) fn instant(&self) -> Instant {
        let now = Instant::now();
        now.checked_add(self.ahead()).unwrap_or(now)
    }

    /// For dates.
    pub(crate) fn timestamp(&self) -> Timestamp {
        let now = Timestamp::now();
        now.saturating_add(self.ahead()).unwrap_or(now)
    }

    fn ahead(&self) -> Duration {
        Duration::from_millis(self.ahead.load(Ordering::Relaxed))
    }
}
