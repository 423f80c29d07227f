//! The gate of a host: how many requests are under way, when the next may leave, and whether any may leave at all.
//!
//! The first request to a host goes alone (DECISIONS 21): until it is answered nobody knows whether the host speaks HTTP/2,
//! whether it limits us, and how much is left.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use url::Url;

use super::pace::Pace;
use super::pulls::Pulls;
use super::redirect::origin;
use super::transport::Answer;
use super::width::Width;
use crate::error::{Error, ErrorKind, Result};

/// Docker Hub's own hosts, which are asked politely (DECISIONS 22).
const POLITE: [&str; 3] = ["hub.docker.com", "registry-1.docker.io", "auth.docker.io"];
/// Hosts that references name are strangers' input: beyond this many the idle gates are forgotten.
const MOST_HOSTS: usize = 1024;
/// A wait that is shorter needs no words.
const WORTH_SAYING: Duration = Duration::from_secs(2);

/// The services whose limits differ although a stand-in may serve them at one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    /// The web API.
    Hub,
    /// A registry, and where it redirects to.
    Registry,
    /// A token service.
    Token,
}

/// The gates of all hosts that were asked so far.
#[derive(Debug)]
pub(crate) struct Gates {
    jobs: usize,
    max_wait: Duration,
    keep_pulls: u64,
    hosts: Mutex<HashMap<(String, Service), Arc<Gate>>>,
}

#[derive(Debug)]
struct Gate {
    origin: String,
    places: Arc<Semaphore>,
    warm: AtomicBool,
    jobs: usize,
    state: Mutex<State>,
    /// Held by the first counted pull, until it is known how many are left.
    first_pull: Arc<tokio::sync::Mutex<()>>,
    /// Tells that a request was answered, or failed.
    settled: Notify,
}

#[derive(Debug)]
struct State {
    width: Width,
    /// Places that are taken away and still in use: they go when they are given back.
    owed: usize,
    pace: Pace,
    pulls: Pulls,
    closed: Option<Error>,
    said: Option<Instant>,
}

/// When a request may leave.
enum Leave {
    Now,
    After(Duration),
    /// All pulls that are left are under way.
    AfterAnAnswer,
}

/// Leave for one request. A place among those in flight, given back when dropped.
#[derive(Debug)]
pub(crate) struct Pass {
    gate: Arc<Gate>,
    max_wait: Duration,
    counted: bool,
    began: Instant,
    _first_pull: Option<OwnedMutexGuard<()>>,
    place: Option<OwnedSemaphorePermit>,
}

impl Gates {
    pub(crate) fn new(jobs: usize, max_wait: Duration, keep_pulls: u64) -> Self {
        Self {
            jobs,
            max_wait,
            keep_pulls,
            hosts: Mutex::default(),
        }
    }

    /// Waits until a request to `url` may leave. `counted` requests are pulls, which some registries limit.
    pub(crate) async fn enter(&self, url: &Url, service: Service, counted: bool) -> Result<Pass> {
        let gate = self.gate(url, service);
        let first_pull = if counted {
            gate.first_pull().await
        } else {
            None
        };
        let places = Arc::clone(&gate.places);
        let place = places
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        gate.wait(self.max_wait, counted).await?;
        Ok(Pass {
            gate,
            max_wait: self.max_wait,
            counted,
            began: Instant::now(),
            _first_pull: first_pull,
            place: Some(place),
        })
    }

    fn open(&self, origin: String, url: &Url) -> Gate {
        let polite = url.host_str().is_some_and(|host| POLITE.contains(&host));
        let pace = if polite {
            Pace::polite(Instant::now())
        } else {
            Pace::default()
        };
        Gate {
            origin,
            places: Arc::new(Semaphore::new(1)),
            warm: AtomicBool::new(false),
            jobs: self.jobs,
            state: Mutex::new(State {
                width: Width::new(self.jobs),
                owed: 0,
                pace,
                pulls: Pulls::keeping(self.keep_pulls),
                closed: None,
                said: None,
            }),
            first_pull: Arc::default(),
            settled: Notify::new(),
        }
    }

    /// The fewest pulls that a registry of this run has left, where one says so.
    pub(crate) fn pulls_left(&self) -> Option<u64> {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let left = hosts.values().filter_map(|gate| gate.state().pulls.left());
        left.min()
    }

    /// Whether the registry at `url` counts pulls, as far as it has told.
    pub(crate) fn counts_pulls(&self, url: &Url) -> bool {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = hosts.get(&(origin(url), Service::Registry));
        gate.is_some_and(|gate| gate.state().pulls.left().is_some())
    }

    fn gate(&self, url: &Url, service: Service) -> Arc<Gate> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= MOST_HOSTS {
            hosts.retain(|_, gate| Arc::strong_count(gate) > 1 || gate.is_limited());
        }
        if hosts.len() >= 2 * MOST_HOSTS {
            hosts.retain(|_, gate| Arc::strong_count(gate) > 1);
        }
        let key = (origin(url), service);
        let gate = hosts
            .entry(key)
            .or_insert_with_key(|(origin, _)| Arc::new(self.open(origin.clone(), url)));
        Arc::clone(gate)
    }
}

impl Gate {
    /// Whether forgetting it would forget a limit.
    fn is_limited(&self) -> bool {
        let state = self.state();
        state.closed.is_some() || state.pulls.left().is_some()
    }

    /// A place more; one that is still to be taken away stays instead.
    fn widen(&self, state: &mut State) {
        match state.owed.checked_sub(1) {
            Some(owed) => state.owed = owed,
            None => self.places.add_permits(1),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody pulls beside the first pull: its answer tells how many are left.
    async fn first_pull(&self) -> Option<OwnedMutexGuard<()>> {
        if self.state().pulls.is_known() {
            return None;
        }
        let guard = Arc::clone(&self.first_pull).lock_owned().await;
        if self.state().pulls.is_known() {
            None
        } else {
            Some(guard)
        }
    }

    /// Waits until a request may leave, as often as it takes.
    async fn wait(&self, max_wait: Duration, counted: bool) -> Result<()> {
        loop {
            let settled = self.settled.notified();
            match self.admit(max_wait, counted)? {
                Leave::Now => return Ok(()),
                Leave::After(wait) => tokio::time::sleep(wait).await,
                Leave::AfterAnAnswer => settled.await,
            }
        }
    }

    fn admit(&self, max_wait: Duration, counted: bool) -> Result<Leave> {
        let mut state = self.state();
        if let Some(error) = &state.closed {
            return Err(error.clone());
        }
        if counted && !state.pulls.take()? {
            return Ok(Leave::AfterAnAnswer);
        }
        let Err(wait) = state.pace.admit(Instant::now()) else {
            return Ok(Leave::Now);
        };
        if counted {
            state.pulls.settle();
        }
        if wait > max_wait {
            return Err(self.close(&mut state, wait));
        }
        self.say(&mut state, wait);
        Ok(Leave::After(wait))
    }

    /// A limit that does not clear in time: no further request leaves for this host.
    fn close(&self, state: &mut State, wait: Duration) -> Error {
        let what = format!(
            "the rate limit of {} clears in {} s only",
            self.origin,
            wait.as_secs()
        );
        let error = Error::new(ErrorKind::RateLimited, what)
            .advise("--max-wait sets how long to wait; sign in for a higher limit")
            .stopping();
        state.closed.get_or_insert(error).clone()
    }

    fn say(&self, state: &mut State, wait: Duration) {
        let now = Instant::now();
        if wait >= WORTH_SAYING && state.said.is_none_or(|until| until <= now) {
            state.said = Some(now + wait);
            tracing::info!(
                "waiting {} s for the rate limit of {}",
                wait.as_secs(),
                self.origin
            );
        }
    }
}

impl Pass {
    /// Learns from a try how much the host bears: slower where it shows strain, a little faster where it does not.
    pub(crate) fn feel(&self, outcome: std::result::Result<&Answer, &Error>) {
        let is_strain = match outcome {
            Ok(answer) => matches!(answer.status.as_u16(), 429 | 503),
            Err(error) => error.kind() == ErrorKind::Network && error.is_retryable(),
        };
        let mut state = self.gate.state();
        if !is_strain {
            if outcome.is_ok() && state.width.ease() {
                self.gate.widen(&mut state);
            }
            return;
        }
        let taken = state.width.strain(self.began, Instant::now());
        let free = self.gate.places.forget_permits(taken);
        state.owed += taken - free;
    }

    /// Learns from an answer what it tells about limits.
    pub(crate) fn learn(&self, answer: &Answer) {
        let mut state = self.gate.state();
        state
            .pace
            .learn(&answer.headers, Instant::now(), Timestamp::now());
        let told = answer.headers.contains_key("ratelimit-remaining");
        // A manifest that is not there tells as well that nobody counts, unless a later answer says so.
        let is_an_answer = answer.status.is_success() || answer.status == 404;
        if (told || self.counted && is_an_answer)
            && let Some(note) = state.pulls.learn(&answer.headers)
        {
            tracing::info!("{}: {note}", self.gate.origin);
        }
    }

    /// Nothing leaves for this host for so long; if that is longer than anybody waits, nothing leaves at all.
    pub(crate) fn pause(&self, wait: Duration) -> Result<()> {
        let mut state = self.gate.state();
        if wait > self.max_wait {
            return Err(self.gate.close(&mut state, wait));
        }
        state.pace.pause(Instant::now(), wait);
        Ok(())
    }

    /// The server counts no further pull: none is sent any more.
    pub(crate) fn spend_pulls(&self, error: Error) -> Error {
        self.gate.state().pulls.spend(error)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        state.pace.settle();
        if self.counted {
            state.pulls.settle();
        }
        let is_first = !self.gate.warm.swap(true, Ordering::Relaxed);
        let mut places = if is_first { self.gate.jobs - 1 } else { 0 };
        let owed = places.min(state.owed);
        places -= owed;
        state.owed -= owed;
        if state.owed > 0
            && let Some(place) = self.place.take()
        {
            place.forget();
            state.owed -= 1;
        }
        drop(state);
        self.gate.settled.notify_waiters();
        self.gate.places.add_permits(places);
    }
}

#[cfg(test)]
mod tests;
