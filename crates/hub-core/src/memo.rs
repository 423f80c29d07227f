//! Things that are asked for once: single flight per key, a bounded number of keys.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;

/// Values by key, each made by whoever asks first while the others wait. The oldest keys go when it is full.
pub(crate) struct Memo<K, V> {
    most: usize,
    slots: Mutex<Slots<K, V>>,
}

struct Slots<K, V> {
    by_key: HashMap<K, Slot<V>>,
    by_age: VecDeque<K>,
}

type Slot<V> = Arc<Entry<V>>;

/// One value, or the last failure to make it.
struct Entry<V> {
    value: tokio::sync::Mutex<Option<Result<V>>>,
    failures: AtomicU64,
}

impl<K: Eq + Hash + Clone, V: Clone> Memo<K, V> {
    /// A memo of at most `most` keys.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            slots: Mutex::new(Slots {
                by_key: HashMap::new(),
                by_age: VecDeque::new(),
            }),
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
        if made.is_err() {
            slot.failures.fetch_add(1, Ordering::Relaxed);
        }
        *value = Some(made.clone());
        made
    }

    fn slot(&self, key: &K) -> Slot<V> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.by_key.get(key) {
            return Arc::clone(slot);
        }
        if slots.by_age.len() >= self.most
            && let Some(oldest) = slots.by_age.pop_front()
        {
            slots.by_key.remove(&oldest);
        }
        let slot = Arc::new(Entry {
            value: tokio::sync::Mutex::default(),
            failures: AtomicU64::new(0),
        });
        slots.by_age.push_back(key.clone());
        slots.by_key.insert(key.clone(), Arc::clone(&slot));
        slot
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
    async fn the_oldest_key_goes_when_it_is_full() {
        let memo = Memo::new(2);
        for key in 0..3 {
            memo.get(&key, |_| true, async || Ok(key)).await.unwrap();
        }
        assert_eq!(memo.get(&1, |_| true, async || Ok(99)).await.unwrap(), 1);
        assert_eq!(memo.get(&0, |_| true, async || Ok(99)).await.unwrap(), 99);
    }
}
