//! A request and an answer as plain values, so that what the simulator says is decided by functions without a socket.

mod answer;
mod request;

pub(crate) use answer::Answer;
pub(crate) use request::Request;
