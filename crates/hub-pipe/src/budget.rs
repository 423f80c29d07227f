//! How much may wait its turn: results of later inputs, until the earlier ones are done.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hub_core::Result;
use tokio::sync::{Notify, mpsc};

/// The most bytes that wait (PIPE.md §3).
const MOST: usize = 8 * 1024 * 1024;

/// What one input sends to the writer's side.
#[derive(Debug)]
pub(crate) enum Event {
    /// Whole lines.
    Records(Vec<u8>),
    /// An earlier tool's error record, and the end.
    Passed(String),
    /// The end, and how it went.
    End(Result<()>),
}

/// The bytes that wait, of all inputs together.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    /// The input whose records are being written.
    head: u64,
}

impl Budget {
    /// Whether input `index` may add `bytes`. The head may always have something under way, or nothing would ever move.
    fn take(&self, index: u64, own: &AtomicUsize, bytes: usize) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let first = index == state.head && own.load(Ordering::Relaxed) == 0;
        let taken = first || state.waiting + bytes <= MOST;
        if taken {
            state.waiting += bytes;
            own.fetch_add(bytes, Ordering::Relaxed);
        }
        taken
    }

    fn give_back(&self, own: &AtomicUsize, bytes: usize) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .waiting -= bytes;
        own.fetch_sub(bytes, Ordering::Relaxed);
        self.changed.notify_waiters();
    }

    fn is_head(&self, index: u64) -> bool {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .head
            == index
    }

    /// The turn of input `index` has come.
    pub(crate) fn advance(&self, index: u64) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .head = index;
        self.changed.notify_waiters();
    }
}

/// Where the records of one input go. They come out after those of all inputs before it.
#[derive(Debug)]
pub struct Records {
    index: u64,
    own: Arc<AtomicUsize>,
    budget: Arc<Budget>,
    events: mpsc::UnboundedSender<Event>,
}

/// The writer's side of [`Records`].
#[derive(Debug)]
pub(crate) struct Waiting {
    own: Arc<AtomicUsize>,
    budget: Arc<Budget>,
    events: mpsc::UnboundedReceiver<Event>,
}

/// A way for the records of input `index`.
pub(crate) fn channel(index: u64, budget: &Arc<Budget>) -> (Records, Waiting) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let own = Arc::new(AtomicUsize::new(0));
    let records = Records {
        index,
        own: Arc::clone(&own),
        budget: Arc::clone(budget),
        events: sender,
    };
    (
        records,
        Waiting {
            own,
            budget: Arc::clone(budget),
            events: receiver,
        },
    )
}

impl Records {
    /// Hands over whole lines; waits while too much is waiting for its turn.
    pub async fn write(&mut self, lines: Vec<u8>) {
        if lines.is_empty() {
            return;
        }
        loop {
            let changed = self.budget.changed.notified();
            if self.budget.take(self.index, &self.own, lines.len()) {
                break;
            }
            changed.await;
        }
        // The run may have ended meanwhile; then nobody wants the records.
        let _ = self.events.send(Event::Records(lines));
    }

    /// Waits until all inputs before this one are done. Whoever holds much in memory waits, so that only one does.
    pub async fn turn(&self) {
        loop {
            let changed = self.budget.changed.notified();
            if self.budget.is_head(self.index) {
                return;
            }
            changed.await;
        }
    }

    /// Hands over an error record of an earlier tool.
    pub(crate) fn pass(self, record: String) {
        let _ = self.events.send(Event::Passed(record));
    }

    /// Hands over the outcome.
    pub(crate) fn end(self, outcome: Result<()>) {
        let _ = self.events.send(Event::End(outcome));
    }
}

impl Waiting {
    /// The next event; `None` if the input's task ended without saying how, which is a bug.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        let event = self.events.recv().await;
        self.received(event)
    }

    /// Whether the next event is there already, so that [`Waiting::next`] does not wait.
    pub(crate) fn is_ready(&self) -> bool {
        !self.events.is_empty() || self.events.is_closed()
    }

    fn received(&self, event: Option<Event>) -> Option<Event> {
        if let Some(Event::Records(lines)) = &event {
            self.budget.give_back(&self.own, lines.len());
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn later_inputs_wait_at_the_bound_and_the_head_never_does() {
        let budget = Arc::new(Budget::default());
        let (mut head, mut first) = channel(0, &budget);
        let (mut later, mut second) = channel(1, &budget);
        later.write(vec![b'x'; MOST]).await;
        assert!(
            later.write(vec![b'x']).now_or_never().is_none(),
            "the bound is reached"
        );
        assert!(
            head.write(vec![b'x'; 9]).now_or_never().is_some(),
            "the head moves all the same"
        );
        assert!(
            head.write(vec![b'x']).now_or_never().is_none(),
            "one at a time"
        );
        assert!(matches!(first.next().await, Some(Event::Records(_))));
        assert!(head.write(vec![b'x']).now_or_never().is_some());
        budget.advance(1);
        assert!(matches!(second.next().await, Some(Event::Records(_))));
        assert!(later.write(vec![b'x'; 9]).now_or_never().is_some());
    }
}
