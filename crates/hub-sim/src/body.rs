//! The body of an answer on its way out: at once, a byte at a time, or not to its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Bytes, Frame, SizeHint};
use tokio::time::Sleep;

use crate::server::{Cut, Ending};

/// How a body is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pace {
    #[default]
    Whole,
    /// Half of it, then the connection is closed.
    Half,
    /// A byte at a time with a pause before each.
    Drip(Duration),
}

/// Bytes to send; the exchange ends when this goes away.
#[derive(Debug)]
pub(crate) struct Body {
    left: Bytes,
    state: State,
    _ending: Ending,
}

#[derive(Debug)]
enum State {
    Whole,
    /// Bytes to go before the cut.
    Half(usize),
    /// What was sent is given a turn to leave before the connection is cut.
    Flushing,
    Cut,
    Drip(Duration, Pin<Box<Sleep>>),
}

impl Body {
    pub(crate) fn new(bytes: Bytes, pace: Pace, ending: Ending) -> Self {
        let state = match pace {
            Pace::Whole => State::Whole,
            Pace::Half => State::Half(bytes.len() / 2),
            Pace::Drip(pause) => State::Drip(pause, Box::pin(tokio::time::sleep(pause))),
        };
        Self {
            left: bytes,
            state,
            _ending: ending,
        }
    }

    fn take(&mut self, length: usize) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let part = self.left.split_to(length.min(self.left.len()));
        Poll::Ready(Some(Ok(Frame::data(part))))
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        match &mut self.state {
            State::Whole => self.take(usize::MAX),
            State::Half(length) => {
                let length = *length;
                self.state = State::Flushing;
                self.take(length)
            }
            State::Flushing => {
                self.state = State::Cut;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            State::Cut => Poll::Ready(Some(Err(Cut))),
            State::Drip(pause, sleep) => {
                ready!(sleep.as_mut().poll(cx));
                sleep.set(tokio::time::sleep(*pause));
                self.take(1)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
