//! JSON as Go's encoding/json reads and prints it, for documents that Go programs print too. It knows no document.
//!
//! The Go that is followed is 1.19, which skopeo 1.9.3 is built with; where a later one differs, the code says so.

pub(super) mod print;
pub(super) mod read;
pub(super) mod time;
