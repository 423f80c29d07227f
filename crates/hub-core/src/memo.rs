//! Things that are asked for once: single flight per key, a bounded number of keys.

use std::fmt;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::error::Result;

/// Values by key, each made by whoever asks first while the others wait. What was not used for longest goes when there are
/// too many keys, or when what they hold weighs too much.
pub(crate) struct Memo<K, V> {
    most: usize,
    heaviest: usize,
    weigh: fn(&V) -> usize,
    slots: Mutex<Slots<K, V>>,
}

struct Slots<K, V> {
    by_use: LruCache<K, Slot<V>>,
    weight: usize,
}

type Slot<V> = Arc<Entry<V>>;

/// One value, or the last failure to make it.
struct Entry<V> {
    value: tokio::sync::Mutex<Option<Result<V>>>,
    failures: AtomicU64,
    /// What the value adds to the weight of all, or [`FORGOTTEN`].
    weight: AtomicUsize,
}

/// The mark of a value that was forgotten while it was being made: whoever asked has it, and it weighs nothing.
const FORGOTTEN: usize = usize::MAX;

impl<K: Eq + Hash + Clone, V: Clone> Memo<K, V> {
    /// A memo of at most `most` keys.
    pub(crate) fn new(most: usize) -> Self {
        Self::weighing(most, usize::MAX, |_| 0)
    }

    /// A memo of at most `most` keys whose values weigh `heaviest` at the most, all together.
    pub(crate) fn weighing(most: usize, heaviest: usize, weigh: fn(&V) -> usize) -> Self {
        let slots = Slots {
            by_use: LruCache::unbounded(),
            weight: 0,
        };
        Self {
            most,
            heaviest,
            weigh,
            slots: Mutex::new(slots),
        }
    }

    /// The value of `key`: the one there is if it is `usable`, else a new one. A failure is shared by all who waited for
    /// it; the next to ask tries again.
    pub(crate) async fn get(
        &self,
        key: &K,
        usable: impl FnOnce(&V) -> bool,
        make: impl AsyncFnOnce() -> Result<V>,
    ) -> Result<V> {
        let slot = self.slot(key);
        let failures = slot.failures.load(Ordering::Relaxed);
        let mut value = slot.value.lock().await;
        match value.as_ref() {
            Some(Ok(value)) if usable(value) => return Ok(value.clone()),
            // Whoever waited for the try that failed has failed with it; only those who come later try again.
            Some(Err(error)) if slot.failures.load(Ordering::Relaxed) > failures => {
                return Err(error.clone());
            }
            _ => {}
        }
        let made = make().await;
        match &made {
            Ok(made) => self.weigh_in(&slot, (self.weigh)(made)),
            Err(_) => {
                slot.failures.fetch_add(1, Ordering::Relaxed);
            }
        }
        *value = Some(made.clone());
        made
    }

    /// Keeps a value that came by another way, unless there is one.
    pub(crate) fn keep(&self, key: &K, kept: V) {
        let slot = self.slot(key);
        if let Ok(mut value) = slot.value.try_lock()
            && !matches!(*value, Some(Ok(_)))
        {
            self.weigh_in(&slot, (self.weigh)(&kept));
            *value = Some(Ok(kept));
        }
    }

    fn slot(&self, key: &K) -> Slot<V> {
        let mut slots = self.slots();
        if let Some(slot) = slots.by_use.get(key) {
            return Arc::clone(slot);
        }
        while slots.by_use.len() >= self.most && slots.forget_one() {}
        let slot = Arc::new(Entry {
            value: tokio::sync::Mutex::default(),
            failures: AtomicU64::new(0),
            weight: AtomicUsize::new(0),
        });
        slots.by_use.put(key.clone(), Arc::clone(&slot));
        slot
    }

    /// The value of `slot` weighs so much from now on; others go until all together weigh no more than they may.
    fn weigh_in(&self, slot: &Slot<V>, weight: usize) {
        let mut slots = self.slots();
        if slot.weight.load(Ordering::Relaxed) == FORGOTTEN {
            return;
        }
        let before = slot.weight.swap(weight, Ordering::Relaxed);
        slots.weight = (slots.weight + weight).saturating_sub(before);
        while slots.weight > self.heaviest && slots.forget_one() {}
    }

    fn slots(&self) -> MutexGuard<'_, Slots<K, V>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Slots<K, V> {
    /// Forgets what was not used for longest; whether there was anything.
    fn forget_one(&mut self) -> bool {
        let Some((_, slot)) = self.by_use.pop_lru() else {
            return false;
        };
        let weight = slot.weight.swap(FORGOTTEN, Ordering::Relaxed);
        self.weight = self.weight.saturating_sub(weight);
        true
    }
}

impl<K, V> fmt::Debug for Memo<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::error::{Error, ErrorKind};

    #[tokio::test]
    async fn waiters_share_one_making() {
        let (memo, made) = (Memo::new(8), Cell::new(0));
        let make = async || {
            tokio::task::yield_now().await;
            made.set(made.get() + 1);
            Ok(7)
        };
        let get = || memo.get(&"k", |_| true, make);
        assert_eq!(tokio::join!(get(), get(), get()).0.unwrap(), 7);
        assert_eq!(made.get(), 1);
    }

    #[tokio::test]
    async fn waiters_share_a_failure_and_do_not_queue_up_for_another() {
        let (memo, tries) = (Memo::<_, u32>::new(8), Cell::new(0));
        let fail = async || {
            tokio::task::yield_now().await;
            tries.set(tries.get() + 1);
            Err(Error::new(ErrorKind::Timeout, "dead"))
        };
        let get = || memo.get(&"k", |_| true, fail);
        let outcomes = tokio::join!(get(), get(), get());
        assert!(outcomes.0.is_err() && outcomes.1.is_err() && outcomes.2.is_err());
        assert_eq!(tries.get(), 1);
    }

    #[tokio::test]
    async fn a_failure_and_a_stale_value_are_made_again() {
        let memo = Memo::new(8);
        let failed = memo
            .get(
                &"k",
                |_| true,
                async || Err(Error::new(ErrorKind::Network, "gone")),
            )
            .await;
        assert!(failed.is_err());
        assert_eq!(memo.get(&"k", |_| true, async || Ok(1)).await.unwrap(), 1);
        assert_eq!(memo.get(&"k", |_| false, async || Ok(2)).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn what_was_not_used_for_longest_goes_when_it_is_full() {
        let memo = Memo::new(2);
        for key in [0, 1, 0, 2] {
            memo.get(&key, |_| true, async || Ok(key)).await.unwrap();
        }
        assert_eq!(memo.get(&0, |_| true, async || Ok(99)).await.unwrap(), 0);
        assert_eq!(memo.get(&1, |_| true, async || Ok(99)).await.unwrap(), 99);
    }

    #[tokio::test]
    async fn heavy_values_push_out_others_and_are_given_all_the_same() {
        let memo = Memo::weighing(100, 10, |value: &usize| *value);
        let get =
            async |key: u32, value| memo.get(&key, |_| true, async || Ok(value)).await.unwrap();
        assert_eq!((get(0, 4).await, get(1, 5).await), (4, 5));
        assert_eq!(get(0, 99).await, 4, "9 of 10 are there");
        assert_eq!(get(2, 3).await, 3);
        assert_eq!(get(0, 99).await, 4, "it was used last");
        assert_eq!(get(1, 6).await, 6, "and this one was forgotten");
        assert_eq!(get(3, 1000).await, 1000, "too heavy to be kept");
        assert_eq!(get(3, 1).await, 1);
        memo.keep(&7, 2);
        assert_eq!(get(7, 99).await, 2);
    }

    #[tokio::test]
    async fn what_is_forgotten_while_it_is_made_weighs_nothing() {
        let memo = Memo::weighing(1, 10, |value: &usize| *value);
        let slow = memo.get(
            &0,
            |_| true,
            async || {
                tokio::task::yield_now().await;
                Ok(9)
            },
        );
        let other = memo.get(&1, |_| true, async || Ok(8));
        let (slow, other) = tokio::join!(slow, other);
        assert_eq!((slow.unwrap(), other.unwrap()), (9, 8));
        assert_eq!(memo.slots().weight, 8);
    }
}
