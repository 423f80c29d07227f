//! HTTP below both APIs: one try, the places of a host, and pure decisions about what an answer leads to.

pub(crate) mod account;
pub(crate) mod gate;
pub(crate) mod link;
pub(crate) mod message;
pub(crate) mod pace;
pub(crate) mod pulls;
pub(crate) mod redirect;
pub(crate) mod retry;
pub(crate) mod transport;
pub(crate) mod width;
pub(crate) mod words;
