//! How many requests may be under way to one host.
//!
//! The first request to an https host goes alone (DECISIONS 21): until its handshake ends nobody knows whether the
//! host speaks HTTP/2, and every request in flight would open a connection of its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

/// The gates of all hosts that were asked so far.
#[derive(Debug)]
pub(crate) struct Gates {
    jobs: usize,
    hosts: Mutex<HashMap<String, Arc<Gate>>>,
}

#[derive(Debug)]
struct Gate {
    places: Arc<Semaphore>,
    warm: AtomicBool,
}

/// A place among the requests in flight to one host; given back when dropped.
#[derive(Debug)]
pub(crate) struct Pass {
    gate: Arc<Gate>,
    jobs: usize,
    _place: OwnedSemaphorePermit,
}

/// Hosts that references name are strangers' input: beyond this many the idle gates are forgotten.
const MOST_HOSTS: usize = 1024;

impl Gates {
    pub(crate) fn new(jobs: usize) -> Self {
        Self {
            jobs,
            hosts: Mutex::default(),
        }
    }

    /// Waits for a place among the requests to the host of `url`.
    pub(crate) async fn enter(&self, url: &Url) -> Pass {
        let gate = self.gate(url);
        let place = Arc::clone(&gate.places)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        Pass {
            gate,
            jobs: self.jobs,
            _place: place,
        }
    }

    fn gate(&self, url: &Url) -> Arc<Gate> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= MOST_HOSTS {
            hosts.retain(|_, gate| Arc::strong_count(gate) > 1);
        }
        let warm = url.scheme() == "http";
        let places = if warm { self.jobs } else { 1 };
        let gate = hosts
            .entry(super::redirect::origin(url))
            .or_insert_with(|| {
                Arc::new(Gate {
                    places: Arc::new(Semaphore::new(places)),
                    warm: AtomicBool::new(warm),
                })
            });
        Arc::clone(gate)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if !self.gate.warm.swap(true, Ordering::Relaxed) {
            self.gate.places.add_permits(self.jobs - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn the_first_request_to_an_https_host_goes_alone() {
        let (gates, url) = (Gates::new(3), Url::parse("https://r.example/v2/").unwrap());
        let first = gates
            .enter(&url)
            .now_or_never()
            .expect("the first enters at once");
        assert!(
            gates.enter(&url).now_or_never().is_none(),
            "the second waits for the handshake"
        );
        drop(first);
        let passes: Vec<_> = (0..3)
            .map(|_| gates.enter(&url).now_or_never().expect("warm"))
            .collect();
        assert!(
            gates.enter(&url).now_or_never().is_none(),
            "jobs bounds the requests in flight"
        );
        drop(passes);
    }

    #[tokio::test]
    async fn hosts_and_ports_have_their_own_bound() {
        let gates = Gates::new(1);
        let _first = gates
            .enter(&Url::parse("http://127.0.0.1:1/").unwrap())
            .await;
        assert!(
            gates
                .enter(&Url::parse("http://127.0.0.1:2/").unwrap())
                .now_or_never()
                .is_some()
        );
        assert!(
            gates
                .enter(&Url::parse("http://127.0.0.1:1/x").unwrap())
                .now_or_never()
                .is_none()
        );
    }
}
