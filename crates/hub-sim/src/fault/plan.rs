//! Counts the requests that each fault has seen and hit.

use std::sync::{Mutex, PoisonError};

use super::{After, Fault, FaultKind};
use crate::population::Rng;

/// The faults of a running simulator.
#[derive(Debug)]
pub(crate) struct FaultPlan(Mutex<Vec<Counted>>);

#[derive(Debug)]
struct Counted {
    fault: Fault,
    seen: u32,
    hit: u32,
    rng: Rng,
}

impl FaultPlan {
    pub(crate) fn new(faults: Vec<Fault>, seed: u64) -> Self {
        let counted = faults
            .into_iter()
            .enumerate()
            .map(|(number, fault)| Counted {
                fault,
                seen: 0,
                hit: 0,
                rng: Rng::new(seed, &format!("fault {number}")),
            });
        Self(Mutex::new(counted.collect()))
    }

    /// What happens to this request; the first fault that hits wins, and those after it do not count the request.
    pub(crate) fn next(&self, method: &str, path: &str) -> Option<FaultKind> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults
            .iter_mut()
            .find_map(|counted| counted.next(method, path))
    }
}

impl Counted {
    fn next(&mut self, method: &str, path: &str) -> Option<FaultKind> {
        if !self.fault.matches.matches(method, path)
            || self.fault.times.is_some_and(|times| self.hit >= times)
        {
            return None;
        }
        self.seen += 1;
        let hit = match self.fault.after {
            After::Always => true,
            After::Nth(n) => self.seen == n,
            After::Every(n) => self.seen.is_multiple_of(n.max(1)),
            After::Rate(rate) => {
                f64::from(u32::try_from(self.rng.below(1 << 24)).unwrap_or(0))
                    < rate * f64::from(1 << 24)
            }
        };
        self.hit += u32::from(hit);
        hit.then(|| self.fault.kind.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{After, Fault, FaultKind};
    use super::FaultPlan;

    fn hits(fault: Fault, requests: usize) -> Vec<bool> {
        let plan = FaultPlan::new(vec![fault], 1);
        (0..requests)
            .map(|_| plan.next("GET", "/v2/x").is_some())
            .collect()
    }

    #[test]
    fn nth_hits_once_and_every_repeats() {
        let drop = || Fault::new(FaultKind::Drop, "/v2/");
        assert_eq!(
            hits(drop().after(After::Nth(2)), 4),
            [false, true, false, false]
        );
        assert_eq!(
            hits(drop().after(After::Every(2)), 4),
            [false, true, false, true]
        );
    }

    #[test]
    fn times_bounds_the_hits() {
        assert_eq!(
            hits(Fault::new(FaultKind::Drop, "").times(2), 4),
            [true, true, false, false]
        );
    }

    #[test]
    fn a_rate_hits_its_share_and_the_same_ones_each_run() {
        let rated = || {
            hits(
                Fault::new(FaultKind::Drop, "").after(After::Rate(0.25)),
                1000,
            )
        };
        let share = rated().iter().filter(|hit| **hit).count();
        assert!((200..300).contains(&share), "{share}");
        assert_eq!(rated(), rated());
        assert!(
            !hits(Fault::new(FaultKind::Drop, "").after(After::Rate(0.0)), 100).contains(&true)
        );
        assert!(
            !hits(Fault::new(FaultKind::Drop, "").after(After::Rate(1.0)), 100).contains(&false)
        );
    }

    #[test]
    fn other_requests_are_not_counted() {
        let plan = FaultPlan::new(
            vec![Fault::new(FaultKind::Drop, "/a").after(After::Nth(1))],
            1,
        );
        assert!(plan.next("GET", "/b").is_none());
        assert!(plan.next("GET", "/a").is_some());
    }
}
