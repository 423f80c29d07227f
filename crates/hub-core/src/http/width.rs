//! How many requests may be in flight to a host: half as many when it shows strain, one more for each round that went well.
//! Pure; places are given and taken back by the gate.

use tokio::time::Instant;

/// The width of one host, `--jobs` at the most.
#[derive(Debug)]
pub(crate) struct Width {
    now: usize,
    most: usize,
    /// Answers without strain since the width last changed.
    good: usize,
    /// When the width was last halved: requests that were under way then tell nothing new.
    halved: Option<Instant>,
}

impl Width {
    /// As wide as it may be, until the host says otherwise.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            now: most,
            most,
            good: 0,
            halved: None,
        }
    }

    /// A request went well; whether there is a place more from now on.
    pub(crate) fn ease(&mut self) -> bool {
        self.good += 1;
        if self.now >= self.most || self.good < self.now {
            return false;
        }
        self.now += 1;
        self.good = 0;
        true
    }

    /// A request that began at `began` met strain: 429, 503, a reset. How many places are taken away.
    pub(crate) fn strain(&mut self, began: Instant, now: Instant) -> usize {
        if self.halved.is_some_and(|halved| began < halved) {
            return 0;
        }
        let before = self.now;
        self.now = (before / 2).max(1);
        self.good = 0;
        self.halved = Some(now);
        before - self.now
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn strain_halves_once_a_round_and_good_rounds_widen_by_one() {
        let (mut width, start) = (Width::new(16), Instant::now());
        let later = |seconds| start + Duration::from_secs(seconds);
        assert!(!(0..100).any(|_| width.ease()), "as wide as it may be");
        assert_eq!(width.strain(start, later(1)), 8);
        assert_eq!(width.strain(start, later(1)), 0, "it was under way already");
        assert_eq!(width.strain(later(2), later(3)), 4);
        assert_eq!((0..4).filter(|_| width.ease()).count(), 1);
        assert_eq!((0..5).filter(|_| width.ease()).count(), 1);
        let widened = (0..1000).filter(|_| width.ease()).count();
        assert_eq!(widened, 10, "back to where it began, and no further");
    }

    #[test]
    fn one_place_always_stays() {
        let (mut width, start) = (Width::new(3), Instant::now());
        let taken: usize = (1..9)
            .map(|second| {
                let now = start + Duration::from_secs(second);
                width.strain(now, now)
            })
            .sum();
        assert_eq!(taken, 2);
    }
}
